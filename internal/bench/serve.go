package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"
	"time"
)

// ServeOptions say how serving is measured.
type ServeOptions struct {
	Process
	// Rows is how many rows the table has, Inserts how many are inserted one by one.
	Rows, Inserts int
	// Seconds is how long each number of connections asks, and how long the server is watched doing nothing.
	Seconds int
}

// ServeResult is what was measured of a server that is a process of its own, by a client on the same machine.
type ServeResult struct {
	BinaryBytes int64 `json:"binary_bytes"`
	// FirstQueryMS is from the start of the process on an empty folder to the answer of the first query.
	FirstQueryMS float64 `json:"first_query_ms"`
	// IdleBytes is its resident memory then, IdleCPU the share of a core that it takes; 0 where the system does not tell.
	IdleBytes int64   `json:"idle_rss_bytes"`
	IdleCPU   float64 `json:"idle_cpu_percent"`
	// Insert is from sending an INSERT to its acknowledgement, Visible to the answer of a SELECT of a dependent view that has it.
	InsertP50MS  float64 `json:"insert_p50_ms"`
	InsertP99MS  float64 `json:"insert_p99_ms"`
	VisibleP50MS float64 `json:"visible_p50_ms"`
	VisibleP99MS float64 `json:"visible_p99_ms"`
	// Points are SELECTs of one row by key.
	Points []PointResult `json:"points"`
}

// Serve measures a server: its start, doing nothing, writes, and reads by key.
func Serve(ctx context.Context, o ServeOptions) (r ServeResult, err error) {
	info, err := os.Stat(o.Program)
	if err != nil {
		return r, err
	}
	r.BinaryBytes = info.Size()
	o.socket = true
	p, err := startProcess(ctx, o.Process)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.stop(ctx)) }()
	r.FirstQueryMS = millis(p.firstQuery)
	m := &serveRun{ServeOptions: o, process: p, result: &r}
	return r, errors.Join(m.idle(ctx), m.load(), m.inserts(ctx), m.points(ctx))
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// serveRun is the measuring of one server.
type serveRun struct {
	ServeOptions
	*process
	result *ServeResult
}

// idle watches the server doing nothing.
func (m *serveRun) idle(ctx context.Context) error {
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	before := processCPU(m.pid)
	if err := pause(ctx, time.Duration(m.Seconds)*time.Second); err != nil {
		return err
	}
	m.result.IdleCPU = (processCPU(m.pid) - before).Seconds() / float64(m.Seconds) * 100
	m.result.IdleBytes = m.resident()
	return nil
}

// load makes a table and a view on it.
func (m *serveRun) load() error {
	return m.do(
		"CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)",
		fmt.Sprintf("INSERT INTO t SELECT i, i * 7 FROM generate_series(1, %d) i", m.Rows),
		"CREATE MATERIALIZED VIEW counted AS SELECT v % 100 AS k, count(*) AS n FROM t GROUP BY v % 100",
	)
}

// inserts inserts rows one by one, and reads each time what the view has.
func (m *serveRun) inserts(ctx context.Context) error {
	const ask = "SELECT n FROM counted WHERE k = -1"
	var acknowledged, visible []time.Duration
	for i := range m.Inserts {
		if err := ctx.Err(); err != nil {
			return err
		}
		want := strconv.Itoa(i + 1)
		start := time.Now()
		if err := m.client.query(fmt.Sprintf("INSERT INTO t VALUES (%d, -1)", -1-i)); err != nil {
			return err
		}
		acknowledged = append(acknowledged, time.Since(start))
		if err := m.client.query(ask); err != nil {
			return err
		}
		visible = append(visible, time.Since(start))
		if got := string(m.client.row); got != want {
			return fmt.Errorf("%d rows were acknowledged and the view shows %q", i+1, got)
		}
	}
	r := m.result
	r.InsertP50MS, r.InsertP99MS = millis(percentile(acknowledged, 0.5)), millis(percentile(acknowledged, 0.99))
	r.VisibleP50MS, r.VisibleP99MS = millis(percentile(visible, 0.5)), millis(percentile(visible, 0.99))
	return nil
}

// WriteJSON writes one object in a line.
func (r *ServeResult) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteText writes a table for people.
func (r *ServeResult) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	lines := [][2]string{
		{"binary", fmt.Sprintf("%.1f MB", float64(r.BinaryBytes)/1e6)},
		{"start to first query", fmt.Sprintf("%.1f ms, empty folder", r.FirstQueryMS)},
		{"idle", fmt.Sprintf("%.1f MB resident, %.2f %% of a core", float64(r.IdleBytes)/1e6, r.IdleCPU)},
		{"INSERT acknowledged", fmt.Sprintf("after %.2f ms (p50), %.2f ms (p99)", r.InsertP50MS, r.InsertP99MS)},
		{"INSERT read in a view", fmt.Sprintf("after %.2f ms (p50), %.2f ms (p99)", r.VisibleP50MS, r.VisibleP99MS)},
	}
	for _, p := range r.Points {
		lines = append(lines, p.line())
	}
	for _, l := range lines {
		if _, err := fmt.Fprintf(t, "%s\t%s\n", l[0], l[1]); err != nil {
			return err
		}
	}
	return t.Flush()
}
