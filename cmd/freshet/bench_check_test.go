package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/internal/bench"
)

// TestCheck goes through a few of the combinations of "make campaign". FRESHET_SEED repeats a run.
func TestCheck(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err = bench.Check(t.Context(), bench.CheckOptions{
		Process: bench.Process{Program: program, Folder: t.TempDir(), Environment: []string{asFreshet + "=1"}},
		Queries: []string{"q4", "ysb"}, Events: 20_000, AllWorkers: []int{2, 3}, AllTickRows: []int{2048, 0}, Kills: 1,
		Seed: uint64(setting("FRESHET_SEED", int(time.Now().UnixNano()%1_000_000))),
	}, &out)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err != nil || len(lines) != 8 || !strings.HasPrefix(lines[7], "ysb: 3 workers, ticks of 50 to 100 ms, ") {
		t.Fatalf("got %v, %s", err, &out)
	}
	for i, line := range lines {
		_, rest, small := strings.Cut(line, "ticks of 2048 rows, ")
		if small != (i%2 == 0) {
			t.Errorf("line %d is %q", i, line)
		}
		// Ticks of 2048 rows stay so, however fast they are.
		var epochs int
		if _, err := fmt.Sscanf(rest, "%d epochs", &epochs); small && (err != nil || epochs < 20_000/2048) {
			t.Errorf("%q: %d epochs, %v", line, epochs, err)
		}
	}
}

func TestCheckFlags(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`no query "q99"`:                       {"check", "--query", "q99"},
		"--workers must be at least 1":         {"check", "--workers", "0"},
		"--tick-rows and --kills cannot be":    {"check", "--tick-rows", "-1"},
		"events must be at least 1":            {"check", "--events", "0"},
		"nor the rows of a tick":               {"nexmark", "--tick-rows", "-1"},
		"--workers, --tick-rows, --kills and ": {"survive", "--tick-rows", "-1"},
		"--events must be at least 1":          {"entries", "--events", "0"},
	} {
		if _, stderr, status := freshet(t, "", append([]string{"bench"}, args...)...); status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%q: status %d, %q", args, status, stderr)
		}
	}
}
