package dataflow

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// numbers is a cursor over a table of one bigint, the key, from 0 on.
type numbers struct {
	a       *arrangement
	n, end  int
	failsAt int // no entry from this on can be read; 0: all can
	err     error
	fetches atomic.Int64
	ended   bool // it must not be used any more
	rows    batch.Batch
}

func newNumbers(end int) *numbers {
	bigint := types.Of(types.OIDInt8)
	return &numbers{
		a:   newArrangement(flow.Arrangement{Key: []flow.SortKey{{Column: 0}}, Unique: true}, []flow.Field{{Type: bigint}}, true),
		end: end, rows: *batch.New(bigint),
	}
}

func (c *numbers) Next(out *state.Run, rows int) (more bool, err error) {
	if c.ended {
		return false, errors.New("a cursor is used by nobody")
	}
	c.fetches.Add(1)
	for ; rows > 0 && c.n < c.end; rows, c.n = rows-1, c.n+1 {
		if c.failsAt > 0 && c.n >= c.failsAt {
			return false, c.err
		}
		c.rows.Reset()
		c.rows.AppendValues(1, types.IntValue(int64(c.n)))
		out.Put(c.a.appendKey(nil, &c.rows, 0), c.a.appendRow(nil, &c.rows, 0))
	}
	return c.n < c.end, nil
}

func (c *numbers) Close() error { return nil }

// TestScanAhead: a long scan gives all rows in their order, however far it is read ahead, and no further than a few runs; where its taker
// or its cursor fails it ends with that error, and nobody uses the cursor any more.
func TestScanAhead(t *testing.T) {
	stop, broken := errors.New("enough"), errors.New("the disk is gone")
	for _, test := range []struct {
		name                 string
		rows, failsAt, stops int
		want                 error
	}{
		{name: "all", rows: 20*batch.Rows + 7},
		{name: "whole runs", rows: 64 + 256 + 1024 + 8*batch.Rows},
		{name: "taker", rows: 50 * batch.Rows, stops: 9 * batch.Rows, want: stop},
		{name: "cursor", rows: 50 * batch.Rows, failsAt: 9*batch.Rows + 5, want: broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newNumbers(test.rows)
			c.failsAt, c.err = test.failsAt, broken
			d := newDecoder(c.a, []types.Type{types.Of(types.OIDInt8)}, []int{0})
			got, batches := 0, int64(0)
			err := d.scan(c, func(b *batch.Batch) error {
				if batches++; c.fetches.Load() > batches-1+runsAhead {
					t.Errorf("%d runs have been read when the taker has %d", c.fetches.Load(), batches)
				}
				for _, n := range b.Cols[0].Ints {
					if n != int64(got) {
						t.Fatalf("row %d is %d", got, n)
					}
					got++
				}
				if test.stops > 0 && got >= test.stops {
					return stop
				}
				return nil
			})
			c.ended = true // under the race detector this finds who still uses it
			if !errors.Is(err, test.want) || err != nil && test.want == nil {
				t.Fatalf("got error %v, want %v", err, test.want)
			}
			if test.want == nil && got != test.rows {
				t.Errorf("got %d rows, want %d", got, test.rows)
			}
		})
	}
}

var _ state.Cursor = (*numbers)(nil)
