package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// BulkOptions say how many rows go in and out at once.
type BulkOptions struct {
	Process
	Rows int
}

// BulkResult is how fast a table with a primary key, of two bigints, takes rows from COPY, and how fast all of its rows come out.
type BulkResult struct {
	Rows        int     `json:"rows"`
	CopyInPerS  float64 `json:"copy_in_rows_per_s"`
	SelectPerS  float64 `json:"select_rows_per_s"`
	CopyOutPerS float64 `json:"copy_out_rows_per_s"`
}

// Bulk measures COPY into a table, and SELECT and COPY of all that is there. The rows are counted and summed up afterwards.
func Bulk(ctx context.Context, o BulkOptions) (r BulkResult, err error) {
	r.Rows = o.Rows
	p, err := startProcess(ctx, o.Process)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.stop(ctx)) }()
	if err := p.do("CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)"); err != nil {
		return r, err
	}
	rate := func(start time.Time) float64 { return float64(o.Rows) / time.Since(start).Seconds() }
	start := time.Now()
	if err := p.client.copyIn("COPY t FROM STDIN", o.Rows); err != nil {
		return r, err
	}
	r.CopyInPerS = rate(start)
	want := fmt.Sprintf("%d %d", o.Rows, 7*int64(o.Rows)*int64(o.Rows-1)/2)
	if got, err := p.askOne("SELECT count(*) || ' ' || sum(v) FROM t"); err != nil || got != want {
		return r, errors.Join(err, fmt.Errorf("the table has %q, want %q", got, want))
	}
	for _, read := range []struct {
		sql  string
		rate *float64
	}{
		{"SELECT * FROM t", &r.SelectPerS}, {"COPY t TO STDOUT", &r.CopyOutPerS}, // in this order: only the second finds blocks in the cache
	} {
		start := time.Now()
		if err := p.client.query(read.sql); err != nil {
			return r, err
		}
		if *read.rate = rate(start); p.client.rows != o.Rows {
			return r, fmt.Errorf("%s gave %d rows, want %d", read.sql, p.client.rows, o.Rows)
		}
	}
	return r, nil
}

// copyIn sends rows of COPY: their numbers from 0 on, and seven times that.
func (c *wireClient) copyIn(sql string, rows int) error {
	c.message('Q', sql, "\x00")
	if err := c.send(); err != nil {
		return err
	}
	if err := c.expect('G'); err != nil {
		return err
	}
	const chunk = 64 << 10
	data := make([]byte, 0, chunk+64)
	for i := range rows {
		data = append(strconv.AppendInt(data, int64(i), 10), '\t')
		data = append(strconv.AppendInt(data, int64(7*i), 10), '\n')
		if len(data) >= chunk || i == rows-1 {
			c.message('d', string(data))
			if err := c.send(); err != nil {
				return err
			}
			data = data[:0]
		}
	}
	c.message('c')
	return c.flush()
}

// WriteJSON writes one object in a line.
func (r *BulkResult) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteText writes a table for people.
func (r *BulkResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d rows of two bigints\nCOPY FROM  %.2f M rows/s into a table with a primary key, durable\nSELECT     %.2f M rows/s\nCOPY TO    %.2f M rows/s\n",
		r.Rows, r.CopyInPerS/1e6, r.SelectPerS/1e6, r.CopyOutPerS/1e6)
	return err
}
