package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// reading is what is read of a source for some nodes together.
type reading struct {
	// columns are those that some node wants, or tests itself.
	columns []int
	// where are the predicates that all nodes have and the connector decides.
	where []batch.Predicate
	// left are the columns that the time is made of: it is that of all rows, also of those that are left out.
	left []int
	// deferred are those of the columns that are made only of rows that have not been dropped, if there are any; early the others.
	deferred, early []int
}

// readingOf says what is read for nodes.
func readingOf(c connector.Source, specs []*flow.Source) (r reading) {
	for i := range specs[0].Where {
		p := &specs[0].Where[i].Predicate
		if c.Decides(*p) && !slices.ContainsFunc(specs, func(s *flow.Source) bool { return !has(s, p) }) {
			r.where = append(r.where, *p)
		}
	}
	add := func(list *[]int, c int) {
		if !slices.Contains(*list, c) {
			*list = append(*list, c)
		}
	}
	for _, s := range specs {
		for _, c := range s.Columns {
			add(&r.columns, c)
		}
		for i := range s.Where {
			if p := &s.Where[i].Predicate; !r.decided(p) {
				add(&r.columns, p.Column)
			}
		}
		if s.Watermark != nil && len(r.where) > 0 {
			flow.MapColumns(s.Watermark.Expr, func(i int) int {
				add(&r.left, s.Columns[i])
				return i
			})
		}
	}
	slices.Sort(r.columns)
	slices.Sort(r.left)
	return r
}

func has(s *flow.Source, p *batch.Predicate) bool {
	return slices.ContainsFunc(s.Where, func(o flow.Predicate) bool { return o.Equal(p) })
}

// decided tells whether a predicate is true for all rows that are read.
func (r *reading) decided(p *batch.Predicate) bool {
	return slices.ContainsFunc(r.where, func(o batch.Predicate) bool { return o.Equal(p) })
}

func (r *reading) equal(o *reading) bool {
	return slices.Equal(r.columns, o.columns) && slices.Equal(r.left, o.left) && slices.Equal(r.deferred, o.deferred) &&
		slices.EqualFunc(r.where, o.where, func(a, b batch.Predicate) bool { return a.Equal(&b) })
}

// start is where a reader of a partition begins.
func (r *reading) start(partition string, from connector.Offset) connector.Start {
	return connector.Start{Partition: partition, From: from, Columns: r.decodes(), Where: r.where, Left: r.left, Deferred: r.deferred}
}

// decoded is what rows are decoded into.
type decoded struct {
	rows batch.Batch
	left batch.Batch // of rows that are left out
	// numbered is for those of which columns are made later.
	numbered
}

// memory makes what rows are decoded into; typeOf says of what type a column of the source is.
func (r *reading) memory(typeOf func(c int) types.Type) *decoded {
	some := func(list []int) (b batch.Batch) {
		for _, c := range list {
			b.Cols = append(b.Cols, batch.NewVec(typeOf(c)))
		}
		return b
	}
	d := &decoded{rows: some(r.columns), left: some(r.left)}
	if len(r.deferred) > 0 {
		d.numbered = r.numbered(some(r.early))
	}
	return d
}

// batchBytesMax is how large rows may be together that wait for more: long ones must not add up.
const batchBytesMax = 1 << 20

// sparse tells whether there are so few rows that more are waited for, because the others were left out.
func (d *decoded) sparse() bool {
	return d.left.Len() >= batch.Rows && d.rows.Len() < batch.Rows/2 && d.rows.Bytes() < batchBytesMax
}

// chosen gives a node its rows and columns of what is read.
type chosen struct {
	spec *flow.Source
	pick []int // places of the wanted columns in what is read
	view batch.Batch
	// where are the predicates that are not decided yet; Column is a place in what is read.
	where []batch.Predicate
	sel   []int32
	out   batch.Batch // the rows for which they are true
}

// newChosen makes it for a node with columns of such types.
func newChosen(spec *flow.Source, columns []types.Type) chosen {
	return chosen{spec: spec, view: batch.Batch{Cols: make([]batch.Vec, len(columns))}, out: *batch.New(columns...)}
}

func (c *chosen) follow(r *reading) {
	c.pick, c.where = nil, nil
	for _, col := range c.spec.Columns {
		c.pick = append(c.pick, slices.Index(r.columns, col))
	}
	for i := range c.spec.Where {
		p := c.spec.Where[i].Predicate
		if !r.decided(&p) {
			p.Column = slices.Index(r.columns, p.Column)
			c.where = append(c.where, p)
		}
	}
}

// of answers the node's part of a batch, which is borrowed.
func (c *chosen) of(b *batch.Batch) *batch.Batch {
	pick(&c.view, b, c.pick)
	if len(c.where) == 0 {
		return &c.view
	}
	c.sel = c.where[0].Select(&b.Cols[c.where[0].Column], c.sel[:0])
	for i := range c.where[1:] {
		p := &c.where[1+i]
		c.sel = p.Refine(&b.Cols[p.Column], c.sel)
	}
	if len(c.sel) == b.Len() {
		return &c.view
	}
	c.out.Reset()
	c.out.Gather(&c.view, c.sel)
	return &c.out
}
