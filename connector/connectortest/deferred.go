package connectortest

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
)

// deferred: columns that a source says it defers have, of rows that were chosen, what they have if they are decoded at once.
func deferred(t *testing.T, c Case) {
	s := c.Make(t)
	var start connector.Start
	for col := range c.Columns {
		if s.Defers(col) {
			start.Deferred = append(start.Deferred, col)
		} else {
			start.Columns = append(start.Columns, col)
		}
	}
	closeIt(t, s)
	if len(start.Deferred) == 0 {
		return
	}
	all := slices.Concat(start.Columns, start.Deferred)
	for every := range 4 {
		chosen := func(row int) bool { return every > 0 && (row*row)%7%every == 0 }
		var want []string
		row := 0
		c.read(t, connector.Start{Columns: all}, nil, func(b, _ *batch.Batch) {
			for i := range b.Len() {
				if chosen(row) {
					want = append(want, texts(b, len(all), []int32{int32(i)})...)
				}
				row++
			}
		})
		if diff := cmp.Diff(want, c.completed(t, start, chosen, every%2 == 1)); diff != "" {
			t.Errorf("columns %v, deferred %v, (-all +chosen):\n%s", start.Columns, start.Deferred, diff)
		}
	}
}

// completed reads the rows that are chosen by their number. It has deferred columns made together, or apart from each other.
func (c Case) completed(t *testing.T, start connector.Start, chosen func(row int) bool, apart bool) (rows []string) {
	s := c.Make(t)
	defer closeIt(t, s)
	row := 0
	for _, start.Partition = range partitions(t, s) {
		r, err := s.Open(t.Context(), start)
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		for n := 0; ; n++ {
			p, err := r.Fetch(connector.Limit{Rows: 1 + n*n*n})
			if errors.Is(err, io.EOF) || p == nil && err == nil {
				break
			}
			if err != nil {
				t.Fatalf("fetch: %v", err)
			}
			for more := true; more; {
				b := Batch(c.Columns, start.Columns)
				if more, err = p.Decode(b, nil, func(connector.RowError) {}); err != nil {
					t.Fatalf("decode: %v", err)
				}
				var sel []int32
				for i := range b.Len() {
					if chosen(row) {
						sel = append(sel, int32(i))
					}
					row++
				}
				out := Batch(c.Columns, slices.Concat(start.Columns, start.Deferred))
				var late []*batch.Vec
				for i := range start.Columns {
					out.Cols[i].Gather(&b.Cols[i], sel)
				}
				for i := range start.Deferred {
					late = append(late, &out.Cols[len(start.Columns)+i])
				}
				complete(p.(connector.DeferringPiece), late, sel, apart)
				out.SetLen(len(sel))
				rows = append(rows, texts(out, len(out.Cols), every(out))...)
			}
			p.Release()
		}
		closeIt(t, r)
	}
	return rows
}

// complete makes columns of rows, together or in one call for each.
func complete(p connector.DeferringPiece, columns []*batch.Vec, sel []int32, apart bool) {
	if !apart {
		p.Complete(columns, sel)
		return
	}
	for i, v := range columns {
		one := make([]*batch.Vec, len(columns))
		one[i] = v
		p.Complete(one, sel)
	}
}
