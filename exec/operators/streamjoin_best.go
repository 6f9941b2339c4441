package operators

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// bestPairs drops pairs that are not wanted (flow.Join.Best), because another one is emitted or was. One side's rows are ranked by the order; each row of
// the other side is rated with the best rank that it was given. Unless the order holds by row only, a ranked row that is behind that of a rated row with
// its keys is not kept, either: what it would be joined with later is not wanted.
//
// What a row was rated with is not in the store. After a restart pairs are emitted that need not be, until a better one comes.
type bestPairs struct {
	ranked int // the side
	byRow  bool
	order  *rowOrder
	column int          // of the ranked side: the first of the order
	values *batch.Batch // of the pairs' ranked rows: that column
	source *batch.Batch // a view of it in a pushed batch
	rows   []uint64     // the ranks of a pushed batch of the ranked side: what is less is before
	pairs  []uint64     // those of pairs
	beaten []bool       // rows of that batch that are behind
	kept   *batch.Batch
	sel    []int32
	hashes []uint64
	bounds []int64
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
	return b
}

// begin ranks the rows of a pushed batch.
func (p *bestPairs) begin(b *batch.Batch) {
	p.source.Cols = b.Cols[p.column : p.column+1]
	p.source.SetLen(b.Len())
	p.rows = p.order.abbreviate(p.rows[:0], p.source)
	p.beaten = slices.Grow(p.beaten[:0], b.Len())[:b.Len()]
	clear(p.beaten)
}

// choose leaves those of the pairs in pass that no other one beats.
func (p *bestPairs) choose(own, other *streamSide, sel []int32, refs []ref, pass []int32) []int32 {
	pushed := own.side == p.ranked
	if p.pairs = p.pairs[:0]; pushed {
		for _, i := range sel {
			p.pairs = append(p.pairs, p.rows[i])
		}
	} else {
		p.values.Reset()
		other.log.gather(&p.values.Cols[0], p.column, refs)
		p.values.SetLen(len(refs))
		p.pairs = p.order.abbreviate(p.pairs, p.values)
	}
	best := func(k int32) *uint64 {
		if pushed {
			return other.log.bestAt(refs[k])
		}
		return own.log.bestAt(own.log.added[sel[k]])
	}
	for _, k := range pass {
		rated := best(k)
		*rated = min(*rated, p.pairs[k])
	}
	n := 0
	for _, k := range pass {
		if p.pairs[k] <= *best(k) {
			pass[n] = k
			n++
		}
	}
	for k := 0; pushed && !p.byRow && k < len(sel); k++ { // also of those that are no pairs
		p.beaten[sel[k]] = p.beaten[sel[k]] || p.pairs[k] > *best(int32(k))
	}
	return pass[:n]
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
