package incr

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// isSource tells whether a relation is a stream from outside.
func isSource(s *plan.Scan) bool { return s.Relation.Kind == catalog.Source }

// scan reads a relation. access is what a one-shot read wants of it, nil for everything.
func (l *lowering) scan(n *plan.Scan, access *flow.Access) (*rel, error) {
	if isSource(n) {
		return l.source(n, nil)
	}
	columns, r := l.leaf(n)
	if access != nil && access.Ordered {
		r.dist = []int{}
	}
	spec := &flow.Scan{Relation: flow.RelationID(n.Relation.ID), Name: n.Relation.Name, Columns: columns, Access: access, First: l.first}
	return l.add(spec, r), nil
}

// source reads the rows of a stream from outside for which predicates are true.
func (l *lowering) source(n *plan.Scan, where []flow.Predicate) (*rel, error) {
	columns, r := l.leaf(n)
	spec := &flow.Source{Relation: flow.RelationID(n.Relation.ID), Name: n.Relation.Name, Columns: columns, Where: where}
	if relation := l.Relation(n.Relation.ID); relation != nil && relation.Watermark != nil && !l.OneShot {
		return l.sourceWithWatermark(n, spec, r, relation.Watermark)
	}
	return l.add(spec, r), nil
}

// leaf is what is known of the rows of a relation, and the places of its columns.
func (l *lowering) leaf(n *plan.Scan) (columns []int, r rel) {
	columns = make([]int, len(n.Cols))
	for i, c := range n.Cols {
		columns[i] = n.Place(c)
	}
	source := isSource(n)
	r = rel{cols: n.Cols, appendOnly: l.OneShot || source || n.Relation.AppendOnly, stream: source && !l.OneShot}
	relation := l.Relation(n.Relation.ID)
	if relation == nil || l.OneShot {
		return columns, r
	}
	r.appendOnly = r.appendOnly || relation.AppendOnly
	r.stream = r.stream || relation.Stream
	for _, t := range relation.Times {
		if p := indexOf(columns, t.Column); p >= 0 {
			r.times = append(r.times, newTime(p, t.Shift))
		}
	}
	if w := relation.Watermark; w != nil {
		p := indexOf(columns, w.Column)
		if _, has := r.time(p); p >= 0 && !has {
			r.times = append(r.times, newTime(p, 1))
		}
	}
	return columns, r
}

// sourceWithWatermark reads the columns of the watermark's expression too, and drops them behind the source if the query does not
// want them.
func (l *lowering) sourceWithWatermark(n *plan.Scan, spec *flow.Source, r rel, w *flow.Watermark) (*rel, error) {
	wanted := len(spec.Columns)
	need := func(column int) int {
		if p := indexOf(spec.Columns, column); p >= 0 {
			return p
		}
		spec.Columns = append(spec.Columns, column)
		c := n.Relation.Columns[column]
		r.cols = append(r.cols[:len(r.cols):len(r.cols)], plan.Column{Name: c.Name, Type: c.Type})
		return len(spec.Columns) - 1
	}
	column := need(w.Column)
	spec.Watermark = &flow.Watermark{Expr: flow.MapColumns(w.Expr, need), Column: column}
	if _, ok := r.time(column); !ok {
		r.times = append(r.times, newTime(column, 1))
	}
	out := l.add(spec, r)
	if len(spec.Columns) == wanted {
		return out, nil
	}
	return l.narrow(out, n.Cols), nil
}

func indexOf(list []int, x int) int {
	for i, y := range list {
		if x == y {
			return i
		}
	}
	return -1
}

// narrow is the first columns of a node, which are those of cols.
func (l *lowering) narrow(in *rel, cols []plan.Column) *rel {
	places := make([]int, len(cols))
	for i := range cols {
		places[i] = i
	}
	return l.pick(in, places, cols)
}

// pick is a projection onto columns by their places; cols is what they are called.
func (l *lowering) pick(in *rel, places []int, cols []plan.Column) *rel {
	to := func(i int) int { return indexOf(places, i) }
	r := rel{cols: cols, appendOnly: in.appendOnly, stream: in.stream, punctual: in.timed()}
	r.key, r.times, r.dist = in.passed(to)
	for _, c := range in.proc {
		if p := to(c); p >= 0 {
			r.proc = append(r.proc, p)
		}
	}
	spec := &flow.Project{}
	for _, p := range places {
		spec.Exprs = append(spec.Exprs, column(in, p))
	}
	return l.add(spec, r, local(in))
}

func (l *lowering) values(n *plan.Values) (*rel, error) {
	spec := &flow.Values{Rows: make([][]flow.Expr, len(n.Rows))}
	for _, c := range n.Cols {
		spec.Columns = append(spec.Columns, c.Type)
	}
	for i, row := range n.Rows {
		var err error
		if spec.Rows[i], err = exprs(row, nil); err != nil {
			return nil, err
		}
	}
	return l.add(spec, rel{cols: n.Cols, appendOnly: true, dist: []int{}}), nil
}

// oneRow is a row without columns.
func (l *lowering) oneRow() *rel {
	return l.add(&flow.Values{Columns: []types.Type{}, Rows: [][]flow.Expr{{}}}, rel{appendOnly: true, key: []int{}, dist: []int{}})
}
