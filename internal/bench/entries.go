package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// EntriesOptions say of how many events the state is measured.
type EntriesOptions struct {
	Process
	Events int64
	// Settle is how long the server is left alone before its memory is looked at.
	Settle time.Duration
}

// EntriesResult is what the state of one query takes in memory.
type EntriesResult struct {
	Query  string `json:"query"`
	Events int64  `json:"events"`
	// Counted says what an entry is, Entries how many there are.
	Counted string `json:"counted"`
	Entries int64  `json:"entries"`
	// Rows is how many rows the view has, RowBytes how wide one is as text.
	Rows     int64   `json:"rows"`
	RowBytes float64 `json:"row_bytes"`
	// BeforeBytes is what the server has resident without the view, AfterBytes with it.
	BeforeBytes   int64   `json:"before_rss_bytes"`
	AfterBytes    int64   `json:"after_rss_bytes"`
	BytesPerEntry float64 `json:"bytes_per_entry"`
	// PoolBytes is what the server's account of the memory of operators has; the rest of what is resident is the store's and Go's.
	PoolBytes         int64   `json:"pool_bytes"`
	PoolBytesPerEntry float64 `json:"pool_bytes_per_entry"`
}

// EntriesResults are those of all queries that are measured.
type EntriesResults []EntriesResult

// stateEntries are the queries of which it is measured, what an entry of their state is, and how many there are as the view has them, which is
// compared with the independent computation before.
var stateEntries = []struct{ query, counted, count string }{
	{
		"q16", "groups, and different bidders and auctions of each, however many of its counts they are in",
		"SELECT count(*) + sum(total_bidders) + sum(total_auctions) FROM result",
	},
	{"q18", "pairs of bidder and auction, each with its whole row", "SELECT count(*) FROM result"},
}

// Entries measures the memory of an entry of state, all included, of a query with sets of different values and of one with wide rows.
func Entries(ctx context.Context, o EntriesOptions) (EntriesResults, error) {
	var list EntriesResults
	for _, e := range stateEntries {
		s, err := newSurvivor(SurviveOptions{Process: o.Process, Benchmark: "nexmark", Query: e.query, Events: o.Events})
		if err != nil {
			return nil, err
		}
		r := EntriesResult{Query: e.query, Events: o.Events, Counted: e.counted}
		if err := s.measureEntries(ctx, o.Settle, e.count, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", e.query, err)
		}
		list = append(list, r)
	}
	return list, nil
}

func (s *survivor) measureEntries(ctx context.Context, settle time.Duration, count string, r *EntriesResult) (err error) {
	if s.process, err = startProcess(ctx, s.Process); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.process.stop(context.WithoutCancel(ctx))) }()
	if err := errors.Join(s.defineSources(ctx), pause(ctx, settle)); err != nil {
		return err
	}
	r.BeforeBytes = s.process.resident()
	if err := s.defineView(); err != nil {
		return err
	}
	if _, err := s.waitFor(ctx, s.result.SourceRows, time.Second); err != nil {
		return err
	}
	// For what the last ticks have left behind.
	if err := errors.Join(s.process.settle(ctx), pause(ctx, settle)); err != nil {
		return err
	}
	r.AfterBytes = s.process.resident()
	if r.PoolBytes, err = s.askNumber("SELECT sum(state_bytes)::bigint FROM sys.view_stats"); err != nil {
		return err
	}
	if err := s.verify(); err != nil {
		return err
	}
	r.Rows, r.RowBytes = s.want.sum.rows, float64(s.want.width)/float64(s.want.sum.rows)
	if r.Entries, err = s.askNumber(count); err != nil {
		return err
	}
	r.BytesPerEntry = float64(r.AfterBytes-r.BeforeBytes) / float64(r.Entries)
	r.PoolBytesPerEntry = float64(r.PoolBytes) / float64(r.Entries)
	return nil
}

// WriteJSON writes one object a line.
func (r EntriesResults) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	for i := range r {
		if err := e.Encode(&r[i]); err != nil {
			return err
		}
	}
	return nil
}

// WriteText writes a table for people.
func (r EntriesResults) WriteText(w io.Writer) error {
	for i := range r {
		x := &r[i]
		_, err := fmt.Fprintf(w, "%s       %d events, %d rows of %.0f bytes as text, equal to the independent computation\nentries   %d: %s\n"+
			"memory    %.1f MB before, %.1f MB with the view: %.1f bytes an entry\npool      %.1f MB by the account of operators: %.1f bytes an entry\n",
			x.Query, x.Events, x.Rows, x.RowBytes, x.Entries, x.Counted,
			float64(x.BeforeBytes)/1e6, float64(x.AfterBytes)/1e6, x.BytesPerEntry, float64(x.PoolBytes)/1e6, x.PoolBytesPerEntry)
		if err != nil {
			return err
		}
	}
	return nil
}
