package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/internal/bench"
)

// TestSurvive kills a server in the middle of queries of each kind of state: joins that expire, panes, ranks, sessions, sets of distinct values.
// "make survive" is the campaign. FRESHET_SEED repeats a run.
func TestSurvive(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(setting("FRESHET_SEED", int(time.Now().UnixNano()%1_000_000)))
	for i, query := range []string{"q4", "q5", "q9", "q11", "q16", "q18", "q20"} {
		t.Run(query, func(t *testing.T) {
			r, err := bench.Survive(t.Context(), bench.SurviveOptions{
				Process:   bench.Process{Program: program, Folder: t.TempDir(), Environment: []string{asFreshet + "=1"}, Workers: 1 + i%3},
				Benchmark: "nexmark", Query: query, Events: 20_000, RowsPerSecond: 20_000, Kills: 2, Seed: seed,
			})
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := r.WriteText(&text); err != nil || r.Rows == 0 || len(r.Kills) != 2 {
				t.Errorf("got %+v, %v", r, err)
			}
			t.Log(text.String())
		})
	}
}

func TestBenchTable(t *testing.T) {
	t.Setenv(asFreshet, "1")
	stdout, _, status := freshet(t, "", "bench", "table", "--query", "q2,short/q7", "--seconds", "0.01", "--count", "1", "--folder", t.TempDir())
	if lines := strings.Split(stdout, "\n"); status != 0 || len(lines) != 6 || !strings.Contains(lines[3], "| q2 into blackhole | ") ||
		!strings.HasSuffix(lines[3], "| 20 | 60 | 2.25 |") {
		t.Errorf("got status %d, %q", status, stdout)
	}
	for want, args := range map[string][]string{
		`no line of "q99"`: {"--query", "q99"}, "must be positive": {"--seconds", "0"}, "/nosuch": {"--program", "/nosuch"},
	} {
		if _, stderr, status := freshet(t, "", append([]string{"bench", "table"}, args...)...); status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%q: status %d, %q", args, status, stderr)
		}
	}
	if _, stderr, status := freshet(t, "", "bench", "survive", "--kills", "-1"); status != 1 || !strings.Contains(stderr, "cannot be negative") {
		t.Errorf("status %d, %q", status, stderr)
	}
	for _, l := range bench.Lines {
		o := bench.Options{Benchmark: l.Benchmark, Query: l.Query, Events: 1, Source: l.Source, Into: "nowhere", Connectors: all.Kinds()}
		if _, err := bench.Run(t.Context(), o); err == nil || !strings.Contains(fmt.Sprint(err), "nowhere") {
			t.Errorf("%s: %v", l.Name, err)
		}
	}
}

// TestBenchScale also has the skewed bids: their result is compared with the independent computation, as all are.
func TestBenchScale(t *testing.T) {
	t.Setenv(asFreshet, "1") // long runs each query in a process
	stdout, _, status := freshet(t, "", "bench", "scale", "--query", "q5", "--share", "0.0001", "--count", "1", "--folder", t.TempDir())
	if lines := strings.Split(stdout, "\n"); status != 0 || len(lines) != 5 || !strings.HasPrefix(lines[3], "| q5, 99 % of the bids") {
		t.Errorf("got status %d, %q", status, stdout)
	}
	stdout, _, status = freshet(t, "", "bench", "long", "--query", "q3,q15", "--events", "1000", "--folder", t.TempDir())
	if lines := strings.Split(stdout, "\n"); status != 0 || len(lines) != 5 || strings.Count(lines[3], "|") != 11 || !strings.Contains(lines[2], "| 0.0M |") {
		t.Errorf("got status %d, %q", status, stdout)
	}
	for want, args := range map[string][]string{
		`no query "q99"`: {"long", "--query", "q99"}, `how "q2" scales`: {"scale", "--query", "q2"}, "--share positive": {"scale", "--share", "0"}, "--times must": {"long", "--times", "0"},
		"cannot be negative": {"nexmark", "--cores", "-1"}, "hot_auction_ratio": {"nexmark", "--hot-auction-ratio", "2000000"},
	} {
		if _, stderr, status := freshet(t, "", append([]string{"bench"}, args...)...); status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%q: status %d, %q", args, status, stderr)
		}
	}
}
