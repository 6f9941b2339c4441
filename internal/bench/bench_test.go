package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/sql/batch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestQueries runs every query on every way, and compares what it gives with the independent computation.
func TestQueries(t *testing.T) {
	t.Parallel()
	input := t.TempDir()
	for _, q := range queries {
		for _, v := range []struct {
			source, into string
			workers      int
		}{{"gen", "view", 1}, {"gen", "view", 2}, {"json", "view", 2}, {"gen", "blackhole", 2}} {
			t.Run(fmt.Sprintf("%s/%s/%s/%s/%d", q.benchmark, q.name, v.source, v.into, v.workers), func(t *testing.T) {
				r, err := Run(t.Context(), Options{
					Benchmark: q.benchmark, Query: q.name, Events: 20_000, Workers: v.workers, Source: v.source, Into: v.into,
					Input: input, Folder: t.TempDir(), Verify: true, Connectors: all.Kinds(),
				})
				if err != nil {
					t.Fatal(err)
				}
				if !r.Verified || r.Rows == 0 || r.Commits == 0 || r.WallS <= 0 || r.VisibleP99MS < r.VisibleP50MS || r.VisibleP50MS <= 0 {
					t.Errorf("got %+v", r)
				}
			})
		}
	}
}

// TestFinishedFails holds that a run does not wait for what will not come.
func TestFinishedFails(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	for _, s := range []dataflow.Stats{
		{Failing: dataflow.TickFailure{Err: full}},
		{Graphs: []dataflow.GraphStats{{Status: dataflow.Failed, Err: full}}},
	} {
		if done, err := finished(&s, &dataflow.Stats{}); done || !errors.Is(err, full) {
			t.Errorf("got %v, %v of %+v", done, err, s)
		}
	}
}

// TestVerifyFails shows that a wrong answer is found: of a query that is compared with another's, and of one row that differs.
func TestVerifyFails(t *testing.T) {
	t.Parallel()
	for _, into := range []string{"view", "blackhole"} {
		b := &bench{Options: Options{
			Benchmark: "nexmark", Query: "q2", Events: 5000, Source: "gen", Into: into, Folder: t.TempDir(), Verify: true, Connectors: all.Kinds(),
		}}
		if err := b.check(); err != nil {
			t.Fatal(err)
		}
		b.dir = t.TempDir()
		wrong := *b.query
		wrong.answer = func(in inputs, r *rows) error {
			first := true
			return in["bid"].each([]string{"auction", "price"}, func(events *batch.Batch) error {
				for i, auction := range events.Cols[0].Ints {
					if auction%123 != 0 {
						continue
					}
					if first && into == "blackhole" { // a sink's rows are counted only
						first = false
						continue
					}
					price := events.Cols[1].Ints[i]
					if first {
						price++
						first = false
					}
					r.integer(auction)
					r.integer(price)
					r.end()
				}
				return nil
			})
		}
		b.query = &wrong
		if err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "the independent computation") || b.result.Verified {
			t.Errorf("into %s: %v", into, err)
		}
	}
}

func TestOptions(t *testing.T) {
	good := Options{Benchmark: "nexmark", Query: "q0", Events: 1, Source: "gen", Into: "view", Connectors: all.Kinds()}
	for want, change := range map[string]func(o *Options){
		"there are q0, q1":               func(o *Options) { o.Query = "q99" },
		"events must be at least 1":      func(o *Options) { o.Events = 0 },
		"workers cannot be negative":     func(o *Options) { o.Workers = -1 },
		`source "kafka" does not exist`:  func(o *Options) { o.Source = "kafka" },
		`into "nowhere" does not exist`:  func(o *Options) { o.Into = "nowhere" },
		`connector "nexmark" does not`:   func(o *Options) { o.Connectors = []*connector.Kind{} },
		"no such file or directory":      func(o *Options) { o.Folder = "/nosuchfolder" },
		"nosuchfolder/profile":           func(o *Options) { o.CPUProfile = "/nosuchfolder/profile" },
		"/nosuchfolder/nexmark-bid-1.js": func(o *Options) { o.Source, o.Input = "json", "/nosuchfolder" },
	} {
		o := good
		change(&o)
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestReport(t *testing.T) {
	r := Result{Benchmark: "nexmark", Query: "q5", Source: "gen", Into: "view", Events: 3_000_000, Workers: 2, Verified: true}
	r.finish(2*time.Second, 1500*time.Millisecond)
	var b bytes.Buffer
	if err := errors.Join(r.WriteJSON(&b)); err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(b.Bytes(), &object); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{
		"query", "source", "into", "events", "workers", "wall_s", "cpu_s", "gc_cpu_s", "events_per_s", "events_per_s_per_core", "rss_peak_bytes",
		"disk_bytes", "commits", "visible_p50_ms", "visible_p99_ms", "verified",
	} {
		if _, ok := object[k]; !ok {
			t.Errorf("no key %q in %s", k, &b)
		}
	}
	if r.EventsPerS != 2e6 || r.PerCore != 1.5e6 {
		t.Errorf("%v events a second, %v of one core", r.EventsPerS, r.PerCore)
	}
	b.Reset()
	if err := errors.Join(r.WriteBenchstat(&b), r.WriteText(&b)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"BenchmarkFreshet/nexmark/q5/gen/view-2\t1\t1500000000 ns/op\t2000000 events/s", "2.000 M events/s", "equal to"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	slow, fast := r, r
	slow.EventsPerS, fast.EventsPerS = 1, 3e6
	if m := Median([]Result{fast, slow, r}); m.EventsPerS != 2e6 {
		t.Errorf("the median is %v", m.EventsPerS)
	}
}

func TestPercentile(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(100-i))
	}
	if a, b, c := percentile(times, 0.5), percentile(times, 0.99), percentile(nil, 0.5); a != 51 || b != 100 || c != 0 {
		t.Errorf("got %d, %d, %d", a, b, c)
	}
}
