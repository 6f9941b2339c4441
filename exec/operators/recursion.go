package operators

import (
	"errors"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// recursion is a recursive query of WITH. It hands on the rows of its input, and when that has ended those that each round makes of the rows of the round
// before, as they come: whoever has enough of them ends it. Beside what UNION must remember it keeps the rows of two rounds.
type recursion struct {
	spec  *flow.Recursion
	round op.Round
	// rows are those that the running round is over, next those that it has given.
	rows, next rowQueue
	// seen are all rows that were handed on, where each is to be there once.
	seen *state.Map
	keys groupKeys
	find []unsafe.Pointer
	sel  []int32
	once *batch.Batch
	// enough tells that nobody wants more.
	enough bool
}

// rowSeen is the flag of a row that was handed on.
const rowSeen = 1

func newRecursion(spec *flow.Recursion, env Env) *recursion {
	r := &recursion{spec: spec, round: env.Rounds(spec.Step), rows: rowQueue{columns: spec.Columns}, next: rowQueue{columns: spec.Columns}}
	if !spec.All {
		r.keys = newGroupKeys(&flow.Aggregate{Columns: spec.Columns, Keys: identity(len(spec.Columns))})
		r.seen = state.NewMap(env.Pool, env.Owner, 1)
		r.once = batch.New(spec.Columns...)
	}
	return r
}

// Push takes rows of the non-recursive term.
func (r *recursion) Push(_ int, b *batch.Batch, emit op.Emit) error { return r.add(b, emit) }

// add hands rows on, and keeps them for the next round.
func (r *recursion) add(b *batch.Batch, emit op.Emit) error {
	if !r.spec.All {
		var err error
		if b, err = r.unseen(b); err != nil || b.Len() == 0 {
			return err
		}
	}
	r.next.add(b)
	err := emit(b)
	r.enough = errors.Is(err, op.ErrEnough)
	return err
}

// unseen are the rows of a batch that were not there before, once each.
func (r *recursion) unseen(b *batch.Batch) (*batch.Batch, error) {
	n := b.Len()
	r.find = slices.Grow(r.find[:0], n)[:n]
	if err := r.keys.find(r.seen, b, r.keys.rest, nil, r.find); err != nil {
		return nil, err
	}
	r.sel = r.sel[:0]
	for i, row := range r.find {
		if f := state.Flags(row); *f&rowSeen == 0 {
			*f |= rowSeen
			r.sel = append(r.sel, int32(i))
		}
	}
	r.once.Reset()
	for c := range r.once.Cols {
		r.once.Cols[c].Gather(&b.Cols[c], r.sel)
	}
	r.once.SetLen(len(r.sel))
	return r.once, nil
}

// EndTick runs rounds until one gives nothing new.
func (r *recursion) EndTick(_ op.Tick, emit op.Emit) (op.Outcome, error) {
	out := op.Outcome{Watermark: op.Complete, Wake: op.Never}
	for first := r.spec.Always; !r.enough && (first || r.next.used > 0); first = false {
		r.rows, r.next = r.next, r.rows
		r.next.reset()
		err := r.round(r.rows.filled(), func(b *batch.Batch) error { return r.add(b, emit) })
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// rowQueue is rows in batches, whose memory it keeps.
type rowQueue struct {
	columns []types.Type
	batches []*batch.Batch
	used    int
}

func (q *rowQueue) reset() { q.used = 0 }

func (q *rowQueue) filled() []*batch.Batch { return q.batches[:q.used] }

// add copies the rows of a batch.
func (q *rowQueue) add(b *batch.Batch) {
	for from := 0; from < b.Len(); {
		if q.used == 0 || q.batches[q.used-1].Full() {
			q.open()
		}
		last := q.batches[q.used-1]
		to := min(b.Len(), from+batch.Rows-last.Len())
		if isWide(b) {
			to = from + 1
		}
		last.AppendRange(b, from, to)
		from = to
	}
}

// open begins another batch.
func (q *rowQueue) open() {
	if q.used == len(q.batches) {
		q.batches = append(q.batches, batch.New(q.columns...))
	}
	q.batches[q.used].Reset()
	q.used++
}
