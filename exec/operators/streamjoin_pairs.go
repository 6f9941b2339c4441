package operators

import (
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// streamPairs finds the pairs of the rows of a batch with those that the other side has kept. The condition is judged over the columns that it
// reads; the others are fetched for the pairs that fulfil it.
type streamPairs struct {
	j      *streamJoin
	cond   *eval.Evaluator // over narrow; nil: none
	narrow *batch.Batch
	reads  [2][]int // the columns of narrow, by side
	out    *batch.Batch
	sel    []int32 // of the pushed batch
	refs   []ref   // of the other side
	pass   []int32

	// The chains that are walked: rows of the pushed batch, and where the chain of each goes on.
	rows  []int32
	nexts []ref
	// Of one step along them: what lies there, and what may be pairs.
	links    []logLink
	hits     []int32
	hitsRefs []ref
}

func (p *streamPairs) init(j *streamJoin) {
	p.j = j
	p.out = batch.New(append(slices.Clone(j.spec.Left), j.spec.Right...)...)
	if j.spec.Cond == nil {
		return
	}
	var read []int
	flow.MapColumns(j.spec.Cond, func(c int) int {
		if !slices.Contains(read, c) {
			read = append(read, c)
		}
		return c
	})
	slices.Sort(read)
	columns := make([]types.Type, len(read))
	for i, c := range read {
		side := &j.sides[0]
		if c >= j.sides[1].first {
			side = &j.sides[1]
		}
		columns[i] = side.columns[c-side.first]
		p.reads[side.side] = append(p.reads[side.side], c-side.first)
	}
	p.narrow = batch.New(columns...)
	p.cond = eval.Compile(flow.MapColumns(j.spec.Cond, func(c int) int { return slices.Index(read, c) }))
}

// run emits what the rows of a batch, whose hashes are known, give with the other side's. It goes along the chains of all of them at once, one row a
// step, and each step first reads what is anywhere in memory, then looks at it: so the processor waits for many places at a time, not for one after the
// other. Where to write what is kept must not depend on it, either, or that waits, too.
func (p *streamPairs) run(own, other *streamSide, b *batch.Batch, emit op.Emit) error {
	for p.begin(&other.log, own.hashes); len(p.rows) > 0; {
		p.step(&other.log, own.hashes)
		if err := p.take(own, other, b, emit); err != nil {
			return err
		}
	}
	return p.flush(own, other, b, emit)
}

// begin finds where the chains of the rows begin. Which of them are empty cannot be foreseen: there is no branch for it, here and in step.
func (p *streamPairs) begin(log *rowLog, hashes []uint64) {
	n := len(hashes)
	p.rows, p.nexts = slices.Grow(p.rows[:0], n)[:n], slices.Grow(p.nexts[:0], n)[:n]
	for i, h := range hashes {
		p.nexts[i] = log.head(uint32(h))
	}
	n = 0
	for i, r := range p.nexts {
		p.rows[n], p.nexts[n] = int32(i), r
		if log.has(r) {
			n++
		}
	}
	p.rows, p.nexts = p.rows[:n], p.nexts[:n]
}

// step goes one row further in each chain, and sets hits to those of the rows it has met whose hash is the same.
func (p *streamPairs) step(log *rowLog, hashes []uint64) {
	n := len(p.rows)
	p.links, p.hits, p.hitsRefs = slices.Grow(p.links[:0], n)[:n], slices.Grow(p.hits[:0], n)[:n], slices.Grow(p.hitsRefs[:0], n)[:n]
	for k, r := range p.nexts {
		p.links[k] = log.chunk(r).links[r&(logRows-1)]
	}
	n, found := 0, 0
	for k, link := range p.links {
		i := p.rows[k]
		p.hits[found], p.hitsRefs[found] = i, p.nexts[k]
		if link.hash == uint32(hashes[i]) {
			found++
		}
		p.rows[n], p.nexts[n] = i, link.next
		if log.has(link.next) {
			n++
		}
	}
	p.rows, p.nexts = p.rows[:n], p.nexts[:n]
	p.hits, p.hitsRefs = p.hits[:found], p.hitsRefs[:found]
}

// take adds the hits that are pairs.
func (p *streamPairs) take(own, other *streamSide, b *batch.Batch, emit op.Emit) error {
	log, closed, best := &other.log, p.j.closed, p.j.best
	for n, i := range p.hits {
		r := p.hitsRefs[n]
		c, k := log.chunk(r), int(r&(logRows-1))
		if log.expires && c.bounds[k] <= closed || !own.sameKey(b, int(i), other, &c.rows, k) {
			continue
		}
		if log.rated && c.best[k] < best.rows[i] {
			best.beaten[i] = best.beaten[i] || !best.byRow
			continue
		}
		if p.sel, p.refs = append(p.sel, i), append(p.refs, r); len(p.sel) == batch.Rows {
			if err := p.flush(own, other, b, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush judges the pairs that were found, and emits those that fulfil the condition, or notes them, if not all are wanted.
func (p *streamPairs) flush(own, other *streamSide, b *batch.Batch, emit op.Emit) error {
	if len(p.sel) == 0 {
		return nil
	}
	if err := p.judge(own, other, b); err != nil {
		return err
	}
	if p.j.best != nil {
		p.j.best.note(own, other, p.sel, p.refs, p.pass)
		p.sel, p.refs = p.sel[:0], p.refs[:0]
		return nil
	}
	if p.cond != nil {
		for n, k := range p.pass {
			p.sel[n], p.refs[n] = p.sel[k], p.refs[k]
		}
		p.sel, p.refs = p.sel[:len(p.pass)], p.refs[:len(p.pass)]
	}
	if len(p.sel) == 0 {
		return nil
	}
	p.fill(own, other, b)
	p.sel, p.refs = p.sel[:0], p.refs[:0]
	return emit(p.out)
}

// judge sets pass to the pairs that fulfil the condition.
func (p *streamPairs) judge(own, other *streamSide, b *batch.Batch) error {
	p.pass = p.pass[:0]
	if p.cond == nil {
		for k := range p.sel {
			p.pass = append(p.pass, int32(k))
		}
		return nil
	}
	p.narrow.Reset()
	at := 0
	for side, columns := range p.reads {
		for _, c := range columns {
			if v := &p.narrow.Cols[at]; side == own.side {
				v.Gather(&b.Cols[c], p.sel)
			} else {
				other.log.gather(v, c, p.refs)
			}
			at++
		}
	}
	p.narrow.SetLen(len(p.sel))
	ctx := p.j.env.Eval
	ctx.Errors.Truncate(0)
	p.pass = p.cond.Select(ctx, p.narrow, p.pass)
	if ctx.Errors.Len() > 0 {
		p.fill(own, other, b)
		return p.j.env.Errors(ctx, p.out)
	}
	return nil
}

// fill makes the batch of the pairs.
func (p *streamPairs) fill(own, other *streamSide, b *batch.Batch) {
	p.out.Reset()
	for c := range own.columns {
		p.out.Cols[own.first+c].Gather(&b.Cols[c], p.sel)
	}
	for c := range other.columns {
		other.log.gather(&p.out.Cols[other.first+c], c, p.refs)
	}
	if len(b.Diff) > 0 || other.log.repeated {
		for k, r := range p.refs {
			p.out.Diff = append(p.out.Diff, b.DiffAt(int(p.sel[k]))*other.log.diff(r))
		}
	}
	p.out.SetLen(len(p.sel))
}

// fillKept makes the batch of pairs of which both rows are kept. refs are their places by side.
func (p *streamPairs) fillKept(refs [2][]ref) {
	p.out.Reset()
	repeated := false
	for i := range p.j.sides {
		s := &p.j.sides[i]
		for c := range s.columns {
			s.log.gather(&p.out.Cols[s.first+c], c, refs[i])
		}
		repeated = repeated || s.log.repeated
	}
	if repeated {
		for n, r := range refs[0] {
			p.out.Diff = append(p.out.Diff, p.j.sides[0].log.diff(r)*p.j.sides[1].log.diff(refs[1][n]))
		}
	}
	p.out.SetLen(len(refs[0]))
}
