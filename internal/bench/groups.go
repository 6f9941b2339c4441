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

// GroupsOptions say how many groups a view has.
type GroupsOptions struct {
	Process
	Groups int
	// Settle is how long the server is left alone before its memory is looked at.
	Settle time.Duration
}

// GroupsResult is what a view that counts by a bigint takes in memory.
type GroupsResult struct {
	Groups int `json:"groups"`
	// BeforeBytes is what the server has resident without the view, AfterBytes with it.
	BeforeBytes   int64   `json:"before_rss_bytes"`
	AfterBytes    int64   `json:"after_rss_bytes"`
	BytesPerGroup float64 `json:"bytes_per_group"`
	GroupsPerS    float64 `json:"groups_per_s"`
}

// Groups measures the memory of a view with many groups, all included: the state, the store, what has not been collected.
func Groups(ctx context.Context, o GroupsOptions) (r GroupsResult, err error) {
	r.Groups = o.Groups
	p, err := startProcess(ctx, o.Process)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.stop(ctx)) }()
	source := fmt.Sprintf("CREATE SOURCE s (k bigint) WITH (connector = 'datagen', rows = %d, fields.k.kind = 'sequence')", o.Groups)
	if err := errors.Join(p.do(source), pause(ctx, o.Settle)); err != nil {
		return r, err
	}
	r.BeforeBytes = p.resident()
	start := time.Now()
	// A bijection of the numbers, so that groups do not come in the order of their keys.
	if err := p.do("CREATE MATERIALIZED VIEW v AS SELECT k * 2654435761 % 4294967296 AS k, count(*) AS n FROM s GROUP BY k * 2654435761 % 4294967296"); err != nil {
		return r, err
	}
	for n := ""; n != strconv.Itoa(o.Groups); {
		if err := p.settle(ctx); err != nil {
			return r, err
		}
		if n, err = p.askOne("SELECT count(*) FROM v"); err != nil {
			return r, err
		}
	}
	r.GroupsPerS = float64(o.Groups) / time.Since(start).Seconds()
	if err := pause(ctx, o.Settle); err != nil { // for what the last ticks and the question have left behind
		return r, err
	}
	r.AfterBytes = p.resident()
	r.BytesPerGroup = float64(r.AfterBytes-r.BeforeBytes) / float64(o.Groups)
	return r, nil
}

// WriteJSON writes one object in a line.
func (r *GroupsResult) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// WriteText writes a table for people.
func (r *GroupsResult) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "groups  %d, %.2f M a second, waiting included\nmemory  %.1f MB before, %.1f MB with the view\na group %.1f bytes\n",
		r.Groups, r.GroupsPerS/1e6, float64(r.BeforeBytes)/1e6, float64(r.AfterBytes)/1e6, r.BytesPerGroup)
	return err
}
