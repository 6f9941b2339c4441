package optest

import (
	"fmt"
	"hash/fnv"
	"slices"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// run is one random history of an operator.
type run struct {
	t        *rapid.T
	c        Case
	workers  []*worker
	pool     *state.Pool
	stored   []*Stored // what is durable, by table
	tick     op.Tick
	content  [][]Change
	got      Bag
	late     Bag
	wantLate Bag
}

// worker is an instance of the operator with its tables.
type worker struct {
	operator op.Operator
	tables   []*state.Table
}

func newRun(t *rapid.T, c Case) *run {
	r := &run{t: t, c: c, got: Bag{}, late: Bag{}, wantLate: Bag{}, content: make([][]Change, len(c.Inputs)), pool: state.NewPool()}
	for range c.Inputs {
		r.tick.Watermarks = append(r.tick.Watermarks, op.NoWatermark)
	}
	for range c.Tables {
		r.stored = append(r.stored, &Stored{})
	}
	if c.Build != nil {
		r.workers = []*worker{{operator: c.Build()}}
		return r
	}
	r.restart()
	return r
}

// restart throws the operators away with all their memory, and makes new ones over what is durable, on another number of workers.
func (r *run) restart() {
	r.drop()
	n := 1
	if r.c.DealtBy != nil {
		n = rapid.IntRange(1, 3).Draw(r.t, "workers")
	}
	r.workers = make([]*worker, n)
	for w := range r.workers {
		r.workers[w] = &worker{}
		for _, s := range r.stored {
			var reader state.Reader
			if s.Len() > 0 {
				reader = s
			}
			r.workers[w].tables = append(r.workers[w].tables, state.NewTable(reader))
		}
		r.workers[w].operator = r.c.Make(operators.Env{
			Tables: r.workers[w].tables, Pool: r.pool, Owner: state.Owner(w), Late: r.takeLate,
			Watermarks: slices.Clone(r.tick.Watermarks), Worker: w,
			Owns: func(in int, b *batch.Batch, sel []int32) []int32 {
				for i := range b.Len() {
					if r.workerOf(in, rowOf(b, i)) == w {
						sel = append(sel, int32(i))
					}
				}
				return sel
			},
		})
	}
}

// drop takes back the memory of all workers.
func (r *run) drop() {
	for w := range r.workers {
		r.pool.Drop(state.Owner(w))
	}
}

func (r *run) close() {
	r.drop()
	if err := r.pool.Close(); err != nil {
		r.t.Error(err)
	}
}

// workerOf is the worker that a row is dealt to.
func (r *run) workerOf(in int, row Row) int {
	if r.c.DealtBy == nil {
		return 0
	}
	dealt := Row{}
	for _, c := range r.c.DealtBy[in] {
		dealt = append(dealt, row[c])
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(dealt.String())) // a hash does not fail
	return int(h.Sum32() % uint32(len(r.workers)))
}

// draw makes the changes of an input in one tick: new rows, and some of those there leave again.
func (r *run) draw(in int) []Change {
	var changes []Change
	watermark := r.tick.Watermarks[in]
	for range rapid.IntRange(0, 12).Draw(r.t, "rows") {
		changes = append(changes, Change{r.c.Draw(r.t, in), rapid.Int64Range(1, 2).Draw(r.t, "times"), watermark})
	}
	if r.c.AppendOnly {
		return changes
	}
	there := append(append([]Change{}, r.content[in]...), changes...)
	left := Bag{}
	for _, ch := range there {
		left.Add(ch.Row, ch.Diff)
	}
	for range rapid.IntRange(0, 6).Draw(r.t, "deletes") {
		if len(there) == 0 {
			break
		}
		ch := rapid.SampledFrom(there).Draw(r.t, "deleted")
		if left[ch.Row.String()] > 0 {
			left.Add(ch.Row, -1)
			changes = append(changes, Change{ch.Row, -1, watermark})
		}
	}
	return changes
}

// expectLate adds what the operator must hand over of the changes of an input.
func (r *run) expectLate(in int, changes []Change) {
	if r.c.Late == nil {
		return
	}
	for _, ch := range changes {
		for _, bound := range r.c.Late(in, ch) {
			r.wantLate.add(lateText(in, ch.Row, bound, ch.Watermark), ch.Diff)
		}
	}
}

func lateText(in int, row Row, bound, watermark int64) string {
	return fmt.Sprintf("%d: %v for %d at %d", in, row, bound, watermark)
}

func (r *run) takeLate(late int, b *batch.Batch, sel []int32, bounds []int64, watermark int64) error {
	for n, i := range sel {
		r.late.add(lateText(late, rowOf(b, int(i)), bounds[n], watermark), b.DiffAt(int(i)))
	}
	return nil
}

// push hands the changes of a tick over in random order and in batches of random size, and scribbles over each batch after.
func (r *run) push(changes [][]Change) {
	type change struct {
		in, worker int
		Change
	}
	var all []change
	for in, list := range changes {
		for _, ch := range list {
			all = append(all, change{in, r.workerOf(in, ch.Row), ch})
		}
	}
	if len(all) == 0 {
		return
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	order = rapid.Permutation(order).Draw(r.t, "order")
	size := rapid.SampledFrom([]int{1, 2, 3, 1024}).Draw(r.t, "batch")
	for len(order) > 0 {
		first := all[order[0]]
		b := batch.New(r.c.Inputs[first.in]...)
		rest := order[:0]
		for _, i := range order {
			if ch := all[i]; ch.in == first.in && ch.worker == first.worker && b.Len() < size {
				b.AppendValues(ch.Diff, ch.Row...)
			} else {
				rest = append(rest, i)
			}
		}
		order = rest
		operator := r.workers[first.worker].operator
		if p, ok := operator.(op.Prefetcher); ok {
			r.check(p.Prefetch(first.in, b))
		}
		r.check(operator.Push(first.in, b, r.emit))
		b.Scribble()
	}
}

func (r *run) check(err error) {
	if err != nil {
		r.t.Fatal(err)
	}
}

// endTick ends the tick on all workers and makes what they noted durable. Tables that are not fresh read an epoch that may be one behind.
func (r *run) endTick(epoch uint64) {
	r.tick.Epoch, r.tick.Now = epoch, int64(epoch)
	if r.c.Watermark != nil {
		for in, before := range r.tick.Watermarks {
			r.tick.Watermarks[in] = max(before, r.c.Watermark(r.t, in))
		}
	}
	for _, w := range r.workers {
		t := r.tick
		t.Watermarks = slices.Clone(t.Watermarks)
		_, err := w.operator.EndTick(t, r.emit)
		r.check(err)
	}
	behind := len(r.stored) > 0 && !r.c.Waits && rapid.Bool().Draw(r.t, "behind")
	for i, before := range r.stored {
		var changes []*state.Changes
		for _, w := range r.workers {
			c := &state.Changes{}
			w.tables[i].Take(c)
			changes = append(changes, c)
		}
		r.stored[i] = before.Apply(changes...)
		for _, w := range r.workers {
			if r.c.ReadsBack || !w.tables[i].Fresh() {
				if behind {
					w.tables[i].SetReader(before)
				} else {
					w.tables[i].SetReader(r.stored[i])
				}
			}
		}
	}
}

func (r *run) want() Bag {
	if r.c.WantAt != nil {
		return r.c.WantAt(r.content, r.tick)
	}
	return r.c.Want(r.content)
}

// emit adds what the operator emits to what it has emitted before, and scribbles over it.
func (r *run) emit(b *batch.Batch) error {
	for i := range b.Len() {
		r.got.Add(rowOf(b, i), b.DiffAt(i))
	}
	b.Scribble()
	return nil
}

// rowOf copies a row of a batch.
func rowOf(b *batch.Batch, i int) Row {
	row := make(Row, len(b.Cols))
	for c := range b.Cols {
		v := b.Cols[c].Value(i)
		if v.Null {
			v = types.NullValue
		}
		v.Bytes = slices.Clone(v.Bytes)
		row[c] = v
	}
	return row
}
