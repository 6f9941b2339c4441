package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// ViewsOptions say how many views there are, and how many rows they all look at.
type ViewsOptions struct {
	Process
	Views, Rows, Seconds int
}

// ViewsResult is what many views on one source cost, each with a filter of its own.
type ViewsResult struct {
	Views int `json:"views"`
	Rows  int `json:"rows"`
	// CreatePerS is how many views were made a second, one statement each.
	CreatePerS float64 `json:"create_per_s"`
	// RowsPerS is how many rows of the source were taken a second, each seen by all views.
	RowsPerS float64 `json:"rows_per_s"`
	// BytesPerView is memory before the rows came, IdleMicrosPerView processor time of one view a second when nothing comes.
	BytesPerView      float64 `json:"bytes_per_view"`
	IdleMicrosPerView float64 `json:"idle_micros_per_view_per_s"`
}

// Views measures views that each take the rows of one key from a file that grows.
func Views(ctx context.Context, o ViewsOptions) (r ViewsResult, err error) {
	r.Views, r.Rows = o.Views, o.Rows
	p, err := startProcess(ctx, o.Process)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.stop(ctx)) }()
	path := filepath.Join(p.dir, "rows.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return r, err
	}
	err = p.do(fmt.Sprintf("CREATE SOURCE s (k bigint, v bigint) WITH (connector = 'file', path = %s, follow = true) FORMAT PLAIN ENCODE JSON", quote(path)))
	if err = errors.Join(err, pause(ctx, time.Second)); err != nil {
		return r, err
	}
	before := p.resident()
	start := time.Now()
	for i := range o.Views {
		if err := errors.Join(ctx.Err(), p.do(fmt.Sprintf("CREATE MATERIALIZED VIEW v%d AS SELECT k, count(*) AS n, sum(v) AS total FROM s WHERE k = %d GROUP BY k", i, i))); err != nil {
			return r, err
		}
	}
	r.CreatePerS = float64(o.Views) / time.Since(start).Seconds()
	r.BytesPerView = float64(p.resident()-before) / float64(o.Views)
	if r.RowsPerS, err = o.feed(ctx, p, path); err != nil {
		return r, err
	}
	if err := pause(ctx, 2*time.Second); err != nil {
		return r, err
	}
	cpu := processCPU(p.pid)
	if err := pause(ctx, time.Duration(o.Seconds)*time.Second); err != nil {
		return r, err
	}
	r.IdleMicrosPerView = float64((processCPU(p.pid) - cpu).Microseconds()) / float64(o.Seconds) / float64(o.Views)
	return r, nil
}

// feed appends the rows, and waits until the views have them. It answers how many a second were taken.
func (o *ViewsOptions) feed(ctx context.Context, p *process, path string) (float64, error) {
	next := path + ".next"
	f, err := os.Create(next)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriter(f)
	for i := range o.Rows {
		if _, err := fmt.Fprintf(w, `{"k":%d,"v":%d}`+"\n", i%(2*o.Views), i); err != nil {
			return 0, errors.Join(err, f.Close())
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return 0, err
	}
	// The rows are there all at once: what is measured is reading them, not writing.
	start := time.Now()
	if err := os.Rename(next, path); err != nil {
		return 0, err
	}
	last := (o.Rows - 1) % (2 * o.Views)
	for _, k := range []int{min(last, o.Views-1), 0, o.Views / 2} {
		want := fmt.Sprint((o.Rows - k + 2*o.Views - 1) / (2 * o.Views))
		for got := ""; got != want; {
			if got, err = p.askOne(fmt.Sprintf("SELECT n FROM v%d", k)); err == nil {
				err = pause(ctx, time.Millisecond)
			}
			if err != nil {
				return 0, err
			}
		}
	}
	return float64(o.Rows) / time.Since(start).Seconds(), nil
}

// WriteJSON writes one object in a line.
func (r *ViewsResult) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteText writes a table for people.
func (r *ViewsResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "views     %d on one source, each with its own filter, %.0f made a second\nrows      %.3f M a second into all of them\nmemory    %.1f KB a view\nidle      %.2f us of processor time a view and second\n",
		r.Views, r.CreatePerS, r.RowsPerS/1e6, r.BytesPerView/1e3, r.IdleMicrosPerView)
	return err
}
