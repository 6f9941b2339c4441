package main

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/internal/bench"
)

func TestBench(t *testing.T) {
	t.Parallel()
	stdout, stderr, status := freshet(t, "", "bench", "nexmark", "--query", "q2", "--events", "2000", "--folder", t.TempDir(), "--json")
	var r bench.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != 0 || stderr != "" || !r.Verified {
		t.Errorf("got status %d, %q, %q (%v)", status, stdout, stderr, err)
	}
	stdout, _, status = freshet(t, "", "bench", "ysb", "--events", "2000", "--folder", t.TempDir(), "--count", "2", "--source", "json")
	if status != 0 || strings.Count(stdout, "equal to the independent computation") != 2 || !strings.Contains(stdout, "median of 2 runs") {
		t.Errorf("got status %d, %q", status, stdout)
	}
	for want, args := range map[string][]string{
		`no query "q99"`:            {"nexmark", "--query", "q99"},
		"events must be at least 1": {"ysb", "--events", "0"},
		"count must be at least 1":  {"ysb", "--count", "0"},
		"must be at least 1":        {"serve", "--rows", "0"},
		"nosuch":                    {"serve", "--program", "/nosuch"},
	} {
		if _, stderr, status := freshet(t, "", append([]string{"bench"}, args...)...); status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%q: status %d, %q", args, status, stderr)
		}
	}
}

func TestBenchServe(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := bench.Process{Program: program, Folder: t.TempDir(), Environment: []string{asFreshet + "=1"}}
	r, err := bench.Serve(t.Context(), bench.ServeOptions{Process: p, Rows: 500, Inserts: 20, Seconds: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.BinaryBytes == 0 || r.FirstQueryMS <= 0 || r.InsertP50MS <= 0 || r.VisibleP50MS < r.InsertP50MS || len(r.Points) != 4 || r.Points[1].PerSecond <= 0 || !r.Points[3].Socket {
		t.Errorf("got %+v", r)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "SELECT by key, 32 connections") {
		t.Errorf("%v, %s", err, &text)
	}
	p.Environment = append(p.Environment, "FRESHET_PASSWORD_FILE=/nosuch/passwords")
	if _, err := bench.Serve(t.Context(), bench.ServeOptions{Process: p, Rows: 1, Inserts: 1, Seconds: 1}); err == nil || !strings.Contains(err.Error(), "/nosuch/passwords") {
		t.Errorf("a server that does not start: %v", err)
	}
}

// TestBenchProcess: the other benchmarks that run a server check what they measure, and tell it.
func TestBenchProcess(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := bench.Process{Program: program, Folder: t.TempDir(), Environment: []string{asFreshet + "=1"}}
	bulk, err := bench.Bulk(t.Context(), bench.BulkOptions{Process: p, Rows: 5000})
	if err != nil || bulk.CopyInPerS <= 0 || bulk.SelectPerS <= 0 || bulk.CopyOutPerS <= 0 {
		t.Errorf("got %+v, %v", bulk, err)
	}
	groups, err := bench.Groups(t.Context(), bench.GroupsOptions{Process: p, Groups: 5000, Settle: time.Millisecond})
	if err != nil || groups.AfterBytes <= 0 || groups.GroupsPerS <= 0 {
		t.Errorf("got %+v, %v", groups, err)
	}
	views, err := bench.Views(t.Context(), bench.ViewsOptions{Process: p, Views: 7, Rows: 1000, Seconds: 1})
	if err != nil || views.RowsPerS <= 0 || views.CreatePerS <= 0 {
		t.Errorf("got %+v, %v", views, err)
	}
	entries, err := bench.Entries(t.Context(), bench.EntriesOptions{Process: p, Events: 5000, Settle: time.Millisecond})
	if err != nil || len(entries) != 2 || entries[0].Entries <= entries[0].Rows || entries[1].Entries != entries[1].Rows || entries[1].PoolBytes <= 0 {
		t.Errorf("got %+v, %v", entries, err)
	}
	var text strings.Builder
	for _, r := range []report{&bulk, &groups, &views, entries} {
		if err := errors.Join(r.WriteText(&text), r.WriteJSON(&text)); err != nil {
			t.Error(err)
		}
	}
	for _, want := range []string{"COPY FROM", "a group", "idle_micros_per_view", "by the account of operators", `"query":"q18"`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in %s", want, &text)
		}
	}
}
