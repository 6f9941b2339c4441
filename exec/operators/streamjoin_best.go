package operators

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// bestPairs drops pairs that are not wanted (flow.Join.Best), because another one is emitted or was. One side's rows are ranked by the order; each row of
// the other side is rated with the best rank that it was given. Unless the order holds by row only, a ranked row that is behind that of a rated row with
// its keys is not kept, either: what it would be joined with later is not wanted.
//
// Pairs are noted as places in the logs. Those that are still the best of their rated row at the end of the tick are put together then.
//
// What a row was rated with is not in the store. After a restart pairs are emitted that need not be, until a better one comes.
type bestPairs struct {
	ranked  int // the side
	byRow   bool
	order   *rowOrder
	column  int          // of the ranked side: the first of the order
	values  *batch.Batch // of the pairs' ranked rows: that column
	source  *batch.Batch // a view of it in a pushed batch
	rows    []uint64     // the ranks of a pushed batch of the ranked side: what is less is before
	ranks   []uint64     // those of pairs
	beaten  []bool       // rows of that batch that are behind
	pairs   []bestPair   // of the tick
	settled int          // the first of those of the pushed batch: until it is kept, they have the number of their ranked row in it
	places  []ref        // where the rows of the batch are in the log
	refs    [2][]ref     // by side: those of pairs that are put together
	kept    *batch.Batch
	sel     []int32
	hashes  []uint64
	bounds  []int64
}

// bestPair is a pair that nothing had beaten when it was found.
type bestPair struct {
	rank          uint64
	rated, ranked ref
}

// noBest is the rank of a row that has had no partner.
const noBest = math.MaxUint64

func newBestPairs(j *streamJoin) *bestPairs {
	first := j.spec.Best[0]
	b := &bestPairs{byRow: j.spec.BestByRow}
	if first.Column >= j.sides[1].first {
		b.ranked = 1
	}
	side := &j.sides[b.ranked]
	b.column = first.Column - side.first
	first.Column = 0
	t := side.columns[b.column]
	b.order = newRowOrder(nil, side.columns[b.column:b.column+1], []flow.SortKey{first})
	b.values, b.source, b.kept = batch.New(t), batch.New(), batch.New(side.columns...)
	j.sides[1-b.ranked].log.rated = true
	j.sides[0].log.placed, j.sides[1].log.placed = true, true
	return b
}

// begin ranks the rows of a pushed batch.
func (p *bestPairs) begin(b *batch.Batch) {
	p.source.Cols = b.Cols[p.column : p.column+1]
	p.source.SetLen(b.Len())
	p.rows = p.order.abbreviate(p.rows[:0], p.source)
	p.beaten = slices.Grow(p.beaten[:0], b.Len())[:b.Len()]
	clear(p.beaten)
	p.settled = len(p.pairs)
}

// note notes those of the pairs in pass that no other one beats.
func (p *bestPairs) note(own, other *streamSide, sel []int32, refs []ref, pass []int32) {
	pushed := own.side == p.ranked
	if p.ranks = p.ranks[:0]; pushed {
		for _, i := range sel {
			p.ranks = append(p.ranks, p.rows[i])
		}
	} else {
		p.values.Reset()
		other.log.gather(&p.values.Cols[0], p.column, refs)
		p.values.SetLen(len(refs))
		p.ranks = p.order.abbreviate(p.ranks, p.values)
	}
	best := func(k int32) *uint64 {
		if pushed {
			return other.log.bestAt(refs[k])
		}
		return own.log.bestAt(own.log.added[sel[k]])
	}
	for _, k := range pass {
		rated := best(k)
		*rated = min(*rated, p.ranks[k])
	}
	for _, k := range pass {
		switch {
		case p.ranks[k] > *best(k):
		case pushed:
			p.pairs = append(p.pairs, bestPair{p.ranks[k], refs[k], ref(sel[k])})
		default:
			p.pairs = append(p.pairs, bestPair{p.ranks[k], own.log.added[sel[k]], refs[k]})
		}
	}
	for k := 0; pushed && !p.byRow && k < len(sel); k++ { // also of those that are no pairs
		p.beaten[sel[k]] = p.beaten[sel[k]] || p.ranks[k] > *best(int32(k))
	}
}

// keep appends the rows of a pushed batch of the ranked side to its log, but those that are behind others.
func (p *bestPairs) keep(own, other *streamSide, b *batch.Batch, bounds []int64) error {
	p.dropBeaten(&other.log, p.settled)
	found := p.pairs[p.settled:]
	for _, pair := range found {
		p.beaten[pair.ranked] = false
	}
	if err := own.log.append(p.unbeaten(b, own.hashes, bounds)); err != nil {
		return err
	}
	p.places = slices.Grow(p.places[:0], b.Len())[:b.Len()]
	for n, i := range p.sel {
		p.places[i] = own.log.added[n]
	}
	for n := range found {
		found[n].ranked = p.places[found[n].ranked]
	}
	return nil
}

// dropBeaten leaves out pairs from one on whose rated row has been given a better one.
func (p *bestPairs) dropBeaten(rated *rowLog, from int) {
	p.pairs = append(p.pairs[:from], slices.DeleteFunc(p.pairs[from:], func(pair bestPair) bool { return pair.rank > *rated.bestAt(pair.rated) })...)
}

// emit puts the pairs of the tick together that are still the best of their rated rows.
func (p *bestPairs) emit(j *streamJoin, emit op.Emit) error {
	p.dropBeaten(&j.sides[1-p.ranked].log, 0)
	for from := 0; from < len(p.pairs); from += batch.Rows {
		rows := p.pairs[from:min(from+batch.Rows, len(p.pairs))]
		for side := range p.refs {
			p.refs[side] = p.refs[side][:0]
		}
		for _, pair := range rows {
			p.refs[p.ranked], p.refs[1-p.ranked] = append(p.refs[p.ranked], pair.ranked), append(p.refs[1-p.ranked], pair.rated)
		}
		j.pairs.fillKept(p.refs)
		if err := emit(j.pairs.out); err != nil {
			return err
		}
	}
	p.pairs = p.pairs[:0]
	return nil
}

// unbeaten leaves out the rows of a pushed batch of the ranked side that are behind others.
func (p *bestPairs) unbeaten(b *batch.Batch, hashes []uint64, bounds []int64) (*batch.Batch, []uint64, []int64) {
	p.sel, p.hashes, p.bounds = p.sel[:0], p.hashes[:0], p.bounds[:0]
	for i, beaten := range p.beaten {
		if beaten {
			continue
		}
		p.sel, p.hashes = append(p.sel, int32(i)), append(p.hashes, hashes[i])
		if len(bounds) > 0 {
			p.bounds = append(p.bounds, bounds[i])
		}
	}
	if len(p.sel) == b.Len() {
		return b, hashes, bounds
	}
	p.kept.Reset()
	p.kept.Gather(b, p.sel)
	return p.kept, p.hashes, p.bounds
}
