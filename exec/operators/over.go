package operators

import (
	"sort"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// overWalk computes window functions. The rows of partitions are kept in order as those of a top-N; of each partition that a tick has
// changed the functions are computed over the rows that it had and over those that it has, and the difference goes out.
type overWalk struct {
	n    *topN
	spec *flow.Over
	env  *Env
	emit op.Emit

	calls  []overCall
	frames []*overFrame // that some function looks at
	blobs  *state.Blobs

	was, now overPart
	out      *batch.Batch
	outErrs  fn.Errors
}

// overPart are the rows of a partition in order, each as often as it is there, and the functions' results.
type overPart struct {
	refs    []ref
	rows    *batch.Batch
	results *batch.Batch
	errs    fn.Errors // by the place of the row
	// groups are the places where rows begin that are equal in the order, and behind them the number of rows; group says which one a
	// row is in.
	groups []int
	group  []int32
}

func newOver(spec *flow.Over, env Env) op.Operator {
	n := newTopN(&flow.TopN{
		Columns: spec.Columns, Partition: spec.Partition, Order: spec.Order, Limit: -1, Bound: spec.Bound, Table: spec.Table, Late: spec.Late,
	}, env)
	w := &overWalk{n: n, spec: spec, env: &n.env, blobs: state.NewBlobs(env.Pool, env.Owner)}
	columns := append([]types.Type(nil), spec.Columns...)
	var results []types.Type
	for i := range spec.Calls {
		c := newOverCall(&spec.Calls[i])
		if c.framed() {
			c.frame = w.frameOf(&spec.Calls[i])
		}
		w.calls = append(w.calls, c)
		results = append(results, spec.Calls[i].Result)
	}
	w.out = batch.New(append(columns, results...)...)
	for _, p := range []*overPart{&w.was, &w.now} {
		p.rows, p.results = batch.New(spec.Columns...), batch.New(results...)
	}
	n.walker = w
	return n
}

func (w *overWalk) begin(emit op.Emit) { w.emit = emit }

func (w *overWalk) part(part unsafe.Pointer, fresh bool) error {
	w.was.refs, w.now.refs = w.was.refs[:0], w.now.refs[:0]
	for k := range w.n.blocks(part) {
		for _, r := range w.n.block(part, k) {
			was, now := w.n.counts(r, fresh)
			w.was.repeat(r, was)
			w.now.repeat(r, now)
		}
	}
	for _, p := range []*overPart{&w.was, &w.now} {
		if err := w.compute(p); err != nil {
			return err
		}
	}
	return w.difference()
}

func (p *overPart) repeat(r ref, times int64) {
	for range times {
		p.refs = append(p.refs, r)
	}
}

// compute calls the functions for all rows of a partition.
func (w *overWalk) compute(p *overPart) error {
	p.rows.Reset()
	p.results.Reset()
	p.errs.Truncate(0)
	if len(p.refs) == 0 {
		return nil
	}
	w.n.rows.appendRows(p.rows, 0, p.refs)
	p.rows.SetLen(len(p.refs))
	p.findGroups(w.n.order)
	for _, f := range w.frames {
		if err := f.find(w, p); err != nil {
			return err
		}
	}
	for i := range w.calls {
		if err := w.calls[i].compute(w, p, &p.results.Cols[i]); err != nil {
			return err
		}
	}
	p.results.SetLen(len(p.refs))
	if p.errs.Len() > 1 {
		sort.Stable(byRow{&p.errs})
	}
	return nil
}

// findGroups finds which rows are equal in the order.
func (p *overPart) findGroups(order *rowOrder) {
	p.groups, p.group = p.groups[:0], p.group[:0]
	for i, r := range p.refs {
		if i == 0 || r != p.refs[i-1] && order.compareOrder(p.refs[i-1], r) != 0 {
			p.groups = append(p.groups, i)
		}
		p.group = append(p.group, int32(len(p.groups)-1))
	}
	p.groups = append(p.groups, len(p.refs))
}

// groupOf is the range of the rows that are equal to row i in the order.
func (p *overPart) groupOf(i int) rowRange {
	g := p.group[i]
	return rowRange{p.groups[g], p.groups[g+1]}
}

// difference emits what has changed. Both parts have their rows in the same order.
func (w *overWalk) difference() error {
	i, k := 0, 0
	for i < len(w.was.refs) || k < len(w.now.refs) {
		before, after := i < len(w.was.refs), k < len(w.now.refs)
		if before && after && w.was.refs[i] != w.now.refs[k] {
			// One of them is not in the other part, or not so often.
			before = w.n.order.compare(w.was.refs[i], w.now.refs[k]) < 0
			after = !before
		}
		if before && after && w.same(i, k) {
			i, k = i+1, k+1
			continue
		}
		if before {
			w.row(&w.was, i, -1)
			i++
		}
		if after {
			w.row(&w.now, k, 1)
			k++
		}
		if w.out.Len() >= batch.Rows-1 || w.out.Full() {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// same tells whether the results of a row are those of before. An error is a difference: it has to be taken back, or told.
func (w *overWalk) same(i, k int) bool {
	if hasError(&w.was.errs, i) || hasError(&w.now.errs, k) {
		return false
	}
	for c := range w.now.results.Cols {
		if !sameValue(&w.was.results.Cols[c], i, &w.now.results.Cols[c], k) {
			return false
		}
	}
	return true
}

// row appends row i of a part to the output.
func (w *overWalk) row(p *overPart, i int, diff int64) {
	columns := len(p.rows.Cols)
	for c := range p.rows.Cols {
		w.out.Cols[c].AppendFrom(&p.rows.Cols[c], i)
	}
	for c := range p.results.Cols {
		w.out.Cols[columns+c].AppendFrom(&p.results.Cols[c], i)
	}
	for n := firstError(&p.errs, i); n < p.errs.Len() && int(p.errs.Rows[n]) == i; n++ {
		w.outErrs.Add(w.out.Len(), p.errs.Errs[n])
	}
	w.out.AppendDiff(diff)
}

// flush emits the rows that are ready.
func (w *overWalk) flush() error {
	if w.out.Len() == 0 {
		return nil
	}
	if w.outErrs.Len() > 0 {
		ctx := w.env.Eval
		ctx.Errors.Truncate(0)
		for n, row := range w.outErrs.Rows {
			ctx.Errors.Add(int(row), w.outErrs.Errs[n])
		}
		w.outErrs.Truncate(0)
		if err := w.env.Errors(ctx, w.out); err != nil {
			return err
		}
	}
	err := w.emit(w.out)
	w.out.Reset()
	return err
}
