package operators

import (
	"bytes"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
)

// joinPairs finds the pairs of the rows of a batch with the rows of the other side, a batch of them at a time: those that fulfil the condition are
// emitted, and counted where partners are counted by row.
type joinPairs struct {
	j *join
	// wanted tells that pairs are looked at at all; emits that they are the output.
	wanted, emits bool
	cond          *eval.Evaluator
	maybe         []maybeEqual
	columns       bool // pairs need their columns

	out     *batch.Batch // left columns, then right ones
	passed  *batch.Batch // those rows of out that fulfil the condition
	sel     []int32      // of the pushed batch
	refs    []ref        // of the other side
	counts  []int64      // of those
	weighed filling
	pass    []int32 // which of the pairs fulfil the condition
	kept    []int32
	// matched are the partners of the rows of the pushed batch.
	matched []int64
}

// maybeEqual is a pair of columns that are not known to be different: NOT IN.
type maybeEqual struct {
	left, right int
	key         *key.Encoder
	a, b        []byte
}

func (p *joinPairs) init(j *join, emits bool) {
	p.j, p.emits, p.cond = j, emits, evaluator(j.spec.Cond)
	if j.notIn != nil && j.notIn.pairwise {
		p.maybe = j.notIn.maybe(j.spec)
	}
	p.wanted = emits || j.perRow
	p.columns = emits || p.cond != nil || p.maybe != nil
	if !p.wanted {
		return
	}
	all := append(slices.Clone(j.spec.Left), j.spec.Right...)
	p.out = batch.New(all...)
	if p.cond != nil || p.maybe != nil {
		p.passed = batch.New(all...)
	}
}

func (p *joinPairs) run(own, other *joinSide, b *batch.Batch, keep bool, emit op.Emit) error {
	j := p.j
	if j.perRow {
		p.matched = slices.Grow(p.matched[:0], b.Len())[:b.Len()]
		clear(p.matched)
	}
	hides := other.bound >= 0 && j.closed > op.NoWatermark
	wide := isWide(b)
	p.weighed = filling{}
	for i, bucket := range j.rows {
		if bucket == nil {
			continue
		}
		beside := 0
		if wide {
			beside = weightOf(b, i)
		}
		for r := *bucketHead(bucket, other.side); r != 0; {
			row := other.rows.at(r)
			this, count := r, rowCount(row)
			r = nextRow(row)
			if count == 0 && !j.perRow || hides && other.expiry.boundOf(row) <= j.closed {
				continue
			}
			p.sel, p.refs, p.counts = append(p.sel, int32(i)), append(p.refs, this), append(p.counts, count)
			if p.weighed.full(other.rows, this, len(p.sel), beside) {
				if err := p.flush(own, other, b, emit); err != nil {
					return err
				}
			}
		}
	}
	if err := p.flush(own, other, b, emit); err != nil {
		return err
	}
	if keep && own.matched >= 0 {
		for _, f := range own.fresh {
			*word(own.rows.at(f.r), own.matched) = uint64(p.matched[f.i])
		}
	}
	return nil
}

// flush judges the pairs that were found, and emits and counts those that fulfil the condition.
func (p *joinPairs) flush(own, other *joinSide, b *batch.Batch, emit op.Emit) error {
	if len(p.sel) == 0 {
		return nil
	}
	zeros := p.fill(own, other, b)
	all, err := p.judge(b, zeros)
	if err != nil {
		return err
	}
	if p.j.perRow {
		p.count(own, other, b, all)
	}
	if p.emits && (all || len(p.pass) > 0) {
		out := p.out
		if !all || zeros {
			out = p.gather(b, all)
		}
		if out.Len() > 0 {
			err = emit(out)
		}
	}
	p.sel, p.refs, p.counts = p.sel[:0], p.refs[:0], p.counts[:0]
	return err
}

// fill makes the batch of the pairs. zeros tells that some have multiplicity 0; they have 1 there and are not to be emitted.
func (p *joinPairs) fill(own, other *joinSide, b *batch.Batch) (zeros bool) {
	out := p.out
	out.Reset()
	if !p.columns {
		return false
	}
	for c := range own.columns {
		out.Cols[own.first+c].Gather(&b.Cols[c], p.sel)
	}
	other.rows.appendRows(out, other.first, p.refs)
	plain := len(b.Diff) == 0
	if plain {
		for _, n := range p.counts {
			plain = plain && n == 1
		}
	}
	if !plain {
		for k, n := range p.counts {
			if n *= b.DiffAt(int(p.sel[k])); n == 0 {
				n, zeros = 1, true
			}
			out.Diff = append(out.Diff, n)
		}
	}
	out.SetLen(len(p.sel))
	return zeros
}

// judge lists the pairs that fulfil the condition in pass; all tells that it is all of them, which are not listed.
func (p *joinPairs) judge(b *batch.Batch, zeros bool) (all bool, err error) {
	p.pass = p.pass[:0]
	if p.cond == nil && p.maybe == nil {
		return true, nil
	}
	ctx := p.j.env.Eval
	if p.cond != nil {
		ctx.Errors.Truncate(0)
		p.pass = p.cond.Select(ctx, p.out, p.pass)
		if zeros && ctx.Errors.Len() > 0 {
			p.dropErrors(b)
		}
		if ctx.Errors.Len() > 0 {
			if err := p.j.env.Errors(ctx, p.out); err != nil {
				return false, err
			}
		}
	} else {
		for k := range p.sel {
			p.pass = append(p.pass, int32(k))
		}
	}
	for i := range p.maybe {
		p.pass = p.maybe[i].filter(p.out, p.pass)
	}
	return len(p.pass) == len(p.sel), nil
}

// dropErrors drops the errors of pairs that are not there.
func (p *joinPairs) dropErrors(b *batch.Batch) {
	errs := &p.j.env.Eval.Errors
	kept := 0
	for k, row := range errs.Rows {
		if p.counts[row]*b.DiffAt(int(p.sel[row])) != 0 {
			errs.Rows[kept], errs.Errs[kept] = row, errs.Errs[k]
			kept++
		}
	}
	errs.Truncate(kept)
}

// count adds the pairs to the partners of both sides.
func (p *joinPairs) count(own, other *joinSide, b *batch.Batch, all bool) {
	if all {
		for k := range p.sel {
			p.countPair(own, other, b, k)
		}
		return
	}
	for _, k := range p.pass {
		p.countPair(own, other, b, int(k))
	}
}

func (p *joinPairs) countPair(_, other *joinSide, b *batch.Batch, k int) {
	i, j := p.sel[k], p.j
	p.matched[i] += p.counts[k]
	if other.matched < 0 {
		return
	}
	if !j.env.OneShot {
		j.markRow(other, j.rows[i], p.refs[k])
	}
	*word(other.rows.at(p.refs[k]), other.matched) += uint64(b.DiffAt(int(i)))
}

// gather copies the pairs that are to be emitted.
func (p *joinPairs) gather(b *batch.Batch, all bool) *batch.Batch {
	p.kept = p.kept[:0]
	if all {
		for k := range p.sel {
			if p.counts[k]*b.DiffAt(int(p.sel[k])) != 0 {
				p.kept = append(p.kept, int32(k))
			}
		}
	} else {
		for _, k := range p.pass {
			if p.counts[k]*b.DiffAt(int(p.sel[k])) != 0 {
				p.kept = append(p.kept, k)
			}
		}
	}
	if p.passed == nil {
		p.passed = batch.New(append(slices.Clone(p.j.spec.Left), p.j.spec.Right...)...)
	}
	p.passed.Reset()
	p.passed.Gather(p.out, p.kept)
	return p.passed
}

// filter keeps the rows of sel whose two columns are equal or null.
func (m *maybeEqual) filter(b *batch.Batch, sel []int32) []int32 {
	kept := sel[:0]
	for _, i := range sel {
		row := int(i)
		if b.Cols[m.left].IsNull(row) || b.Cols[m.right].IsNull(row) {
			kept = append(kept, i)
			continue
		}
		m.a = m.key.AppendRow(m.a[:0], b, []int{m.left}, row)
		m.b = m.key.AppendRow(m.b[:0], b, []int{m.right}, row)
		if bytes.Equal(m.a, m.b) {
			kept = append(kept, i)
		}
	}
	return kept
}

// joinAlone emits rows of one side without a partner: with nulls for the other side's columns, or, of semi and anti joins, as they are.
type joinAlone struct {
	sides   *[2]joinSide
	wide    bool
	out     *batch.Batch
	side    *joinSide // whose rows are listed
	refs    []ref
	diffs   []int64
	weighed filling
}

func (a *joinAlone) init(j *join) {
	a.sides = &j.sides
	columns := slices.Clone(j.spec.Left)
	if a.wide = j.spec.Kind == flow.LeftJoin || j.spec.Kind == flow.FullJoin; a.wide {
		columns = append(columns, j.spec.Right...)
	}
	a.out = batch.New(columns...)
}

// add lists a kept row with a multiplicity that is not 0.
func (a *joinAlone) add(s *joinSide, r ref, diff int64, emit op.Emit) error {
	if a.side != s {
		if err := a.flush(emit); err != nil {
			return err
		}
		a.side = s
	}
	a.refs, a.diffs = append(a.refs, r), append(a.diffs, diff)
	if a.weighed.full(s.rows, r, len(a.refs), 0) {
		return a.flush(emit)
	}
	return nil
}

func (a *joinAlone) flush(emit op.Emit) error {
	if len(a.refs) == 0 {
		return nil
	}
	a.out.Reset()
	a.side.rows.appendRows(a.out, a.side.first, a.refs)
	a.nulls(a.side, len(a.refs))
	a.out.Diff = append(a.out.Diff, a.diffs...)
	a.out.SetLen(len(a.refs))
	a.refs, a.diffs = a.refs[:0], a.diffs[:0]
	return emit(a.out)
}

// emitBatch emits rows of a pushed batch.
func (a *joinAlone) emitBatch(s *joinSide, b *batch.Batch, sel []int32, emit op.Emit) error {
	a.out.Reset()
	for c := range s.columns {
		a.out.Cols[s.first+c].Gather(&b.Cols[c], sel)
	}
	a.nulls(s, len(sel))
	if len(b.Diff) > 0 {
		for _, i := range sel {
			a.out.Diff = append(a.out.Diff, b.Diff[i])
		}
	}
	a.out.SetLen(len(sel))
	return emit(a.out)
}

// nulls appends n nulls to the columns of the side that is not s.
func (a *joinAlone) nulls(s *joinSide, n int) {
	if !a.wide {
		return
	}
	other := &a.sides[1-s.side]
	for c := range other.columns {
		appendNulls(&a.out.Cols[other.first+c], n)
	}
}

// appendNulls appends n nulls.
func appendNulls(v *batch.Vec, n int) {
	from := v.Len()
	switch v.Kind() {
	case types.Bool:
		v.Bools = append(v.Bools, make([]bool, n)...)
	case types.Int64:
		v.Ints = append(v.Ints, make([]int64, n)...)
	case types.Float64:
		v.Floats = append(v.Floats, make([]float64, n)...)
	case types.Bytes:
		for range n {
			v.FinishBytes()
		}
	}
	for i := range n {
		v.SetNull(from + i)
	}
}

// joinNotIn is what NOT IN needs beside: with one key and no condition the number of the right side's rows, and of those that are null;
// otherwise the keys that nulls make uncertain are compared pair by pair.
type joinNotIn struct {
	pairwise                 bool
	total, nulls             int64
	totalBefore, nullsBefore int64 // at the end of the tick before
	bucket                   unsafe.Pointer
	left, right              []int // the keys that are compared
	equalLeft, equalRight    []int // the others
}

func newJoinNotIn(spec *flow.Join) *joinNotIn {
	n := &joinNotIn{}
	for i, safe := range spec.NullSafe {
		if safe {
			n.equalLeft, n.equalRight = append(n.equalLeft, spec.LeftKeys[i]), append(n.equalRight, spec.RightKeys[i])
		} else {
			n.left, n.right = append(n.left, spec.LeftKeys[i]), append(n.right, spec.RightKeys[i])
		}
	}
	n.pairwise = len(spec.LeftKeys) != 1 || len(n.left) != 1 || spec.Cond != nil || spec.LeftBound != nil || spec.RightBound != nil
	return n
}

// split gives the keys that buckets are made by.
func (n *joinNotIn) split(*flow.Join) (left, right []int, nullSafe []bool) {
	for range n.equalLeft {
		nullSafe = append(nullSafe, true)
	}
	return n.equalLeft, n.equalRight, nullSafe
}

func (n *joinNotIn) maybe(spec *flow.Join) []maybeEqual {
	var list []maybeEqual
	for i, c := range n.left {
		list = append(list, maybeEqual{left: c, right: len(spec.Left) + n.right[i], key: key.NewEncoder(key.Asc(spec.Left[c]))})
	}
	return list
}

// partners is how many rows of the right side make NOT IN false or unknown for the left rows of a bucket, of which equal ones are in it.
func (n *joinNotIn) partners(_ *join, bucket unsafe.Pointer, equal, total, nulls int64) int64 {
	if bucket == n.bucket && bucket != nil {
		return total
	}
	return equal + nulls
}

// prepare makes the bucket of NULL.
func (n *joinNotIn) prepare(j *join) (err error) {
	switch {
	case n.pairwise || n.bucket != nil:
	case j.ints:
		n.bucket, err = j.index.PutNull()
	default:
		n.bucket, err = j.index.PutKey(j.sides[0].key.AppendValues(nil, types.NullValue))
	}
	return err
}

// add counts a batch of the right side.
func (n *joinNotIn) add(j *join, b *batch.Batch) {
	if n.pairwise {
		return
	}
	v := &b.Cols[n.right[0]]
	for i := range b.Len() {
		d := b.DiffAt(i)
		n.total += d
		if v.IsNull(i) {
			n.nulls += d
		}
	}
	if !j.env.OneShot {
		j.markBucket(n.bucket)
	}
}
