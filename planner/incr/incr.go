// Package incr lowers a logical plan to a flow.Graph: it decides how each node is computed, which columns rows are dealt to workers
// by, what state is kept and when it expires, and proves keys, time columns and what is append-only on the way.
package incr

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/types"
)

// Options say what a plan is lowered for.
type Options struct {
	// OneShot is a SELECT: one tick over a snapshot, with throw-away state. Otherwise the graph runs on.
	OneShot bool
	// Relation tells how a relation lies in the store; nil for those that do not lie there (system relations, sources without
	// a watermark).
	Relation func(id catalog.ID) *flow.Relation
	// View is what the graph keeps its rows as: ID, Name, and the names of the columns. Lower fills in the rest.
	View *flow.Relation
	// Sink is where the rows go, if the graph runs on and there is no View.
	Sink flow.RelationID
	// Before is the id of the view or sink. Indexes with a greater one were made after it: nothing is derived from them, so that it is planned again as it was.
	// 0: from all indexes.
	Before flow.RelationID
	// Settings are those of the session; nil are the defaults.
	Settings *types.Settings
}

// Result is a graph and what is to be told about it.
type Result struct {
	Graph *flow.Graph
	// Notices are what the maker of a view is told.
	Notices []string
}

// Lower makes the graph of a plan, whose subqueries have been replaced by joins (opt).
func Lower(n plan.Node, o Options) (*Result, error) {
	if o.Settings == nil {
		o.Settings = types.DefaultSettings
	}
	if o.Relation == nil {
		o.Relation = func(catalog.ID) *flow.Relation { return nil }
	}
	l := &lowering{Options: o, g: &flow.Graph{}, made: map[string]*rel{}, joined: map[joinedInput]*rel{}}
	if !o.OneShot {
		if err := refuseInView(n); err != nil {
			return nil, err
		}
	}
	if !o.OneShot {
		l.closing = map[*plan.Join]plan.ColumnSet{}
		l.closes(n, nil)
	}
	r, err := l.root(n)
	if err != nil {
		return nil, err
	}
	l.finish(r)
	if !o.OneShot {
		if err := l.checkProcTime(); err != nil {
			return nil, err
		}
	}
	return &Result{l.g, l.notices}, nil
}

type lowering struct {
	Options
	g *flow.Graph
	// made finds a node that computes the same over the same inputs: equal parts of a query run once.
	made map[string]*rel
	// joined has the inputs of joins of many that did not become one operator: they are lowered once.
	joined  map[joinedInput]*rel
	notices []string
	// rounds are the recursions whose steps the graph is in, the innermost last.
	rounds  []plan.RecursionID
	windows int                           // that were counted
	first   bool                          // scans are of what a lookup join needs before all else
	closing map[*plan.Join]plan.ColumnSet // see closes
}

// rel is a lowered node: cols are those of the plan's node, in the order of the graph's.
type rel struct {
	id   flow.NodeID
	cols []plan.Column
	key  []int // as flow.Node.Key
	// appendOnly and times are those of the node.
	appendOnly bool
	times      []timeColumn
	// proc are the columns with the time of the tick in which a row came.
	proc []int
	// stream tells that rows come for ever, so that state over them has no end without a bound.
	stream bool
	// punctual tells that rows have a watermark by a column that may have been left out.
	punctual bool
	// dist are the columns by whose hash rows are dealt to workers; nil: anyhow; empty: all are on one worker.
	dist []int
}

func (r *rel) place(id plan.ColumnID) int {
	return slices.IndexFunc(r.cols, func(c plan.Column) bool { return c.ID == id })
}

func (r *rel) places(ids []plan.ColumnID) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = r.place(id)
	}
	return out
}

func (r *rel) types() []types.Type {
	out := make([]types.Type, len(r.cols))
	for i, c := range r.cols {
		out[i] = c.Type
	}
	return out
}

// time is what is known of a column's time.
func (r *rel) time(place int) (timeColumn, bool) {
	for _, t := range r.times {
		if t.Column == place {
			return t, true
		}
	}
	return timeColumn{}, false
}

// passed moves facts about columns to a node that hands some of them on: to gives the new place of each, -1 if it is gone.
func (r *rel) passed(to func(int) int) (key []int, times []timeColumn, dist []int) {
	key, dist = moved(r.key, to), moved(r.dist, to)
	for _, t := range r.times {
		if p := to(t.Column); p >= 0 {
			times = append(times, t.at(p))
		}
	}
	return key, times, dist
}

// moved is nil if a column is gone.
func moved(list []int, to func(int) int) []int {
	if list == nil {
		return nil
	}
	out := make([]int, len(list))
	for i, c := range list {
		if out[i] = to(c); out[i] < 0 {
			return nil
		}
	}
	return out
}

// fields are the columns of a node for the graph.
func fields(cols []plan.Column) []flow.Field {
	out := make([]flow.Field, len(cols))
	for i, c := range cols {
		out[i] = flow.Field{Name: c.Name, Type: c.Type}
	}
	return out
}

// add puts a node into the graph, unless there is one that does the same. r says what is known of it; its id is set.
func (l *lowering) add(spec flow.Spec, r rel, inputs ...flow.Input) *rel {
	n := flow.Node{
		Spec: spec, Inputs: inputs, Columns: fields(r.cols), Key: r.key, AppendOnly: r.appendOnly, Time: flowTimes(r.times),
	}
	text := l.identity(&n)
	if old := l.made[text]; old != nil && !l.volatile(spec) {
		r.id = old.id
		return &r
	}
	allotTables(l.g, spec)
	l.allotLate(spec, inputs)
	r.id = flow.NodeID(len(l.g.Nodes))
	l.g.Nodes = append(l.g.Nodes, n)
	l.made[text] = &r
	return &r
}

// identity is a text that equal nodes over equal inputs share.
func (l *lowering) identity(n *flow.Node) string {
	text := l.g.Describe(n)
	for _, in := range n.Inputs {
		text += fmt.Sprintf("|%d", in.Node)
		if in.Exchange != nil {
			text += fmt.Sprint(in.Exchange.Keys)
		}
	}
	for _, f := range n.Columns {
		text += "|" + types.FormatType(f.Type)
	}
	return text
}

// local is an edge to a node that may run wherever its input is.
func local(r *rel) flow.Input { return flow.Input{Node: r.id} }

// exchange is an edge on which rows are dealt by columns; without any, to one worker.
func exchange(r *rel, keys []int) flow.Input {
	if r.dist != nil && slices.Equal(r.dist, keys) {
		return local(r)
	}
	return flow.Input{Node: r.id, Exchange: &flow.Exchange{Keys: slices.Clone(keys)}}
}

// grouped is an edge to a node that needs all rows that agree in keys on one worker, and the columns by which they are dealt there. Rows that have
// been dealt by some of the keys stay where they are.
func grouped(r *rel, keys []int) (in flow.Input, dist []int) {
	if len(r.dist) > 0 && contained(r.dist, keys) {
		return local(r), r.dist
	}
	return exchange(r, keys), keys
}

// lower makes the graph's node for a plan's node; the columns are the same, in the same order.
func (l *lowering) lower(n plan.Node) (*rel, error) {
	if r := l.joined[joinedInput{n, l.first}]; r != nil {
		return r, nil
	}
	r, err := l.dispatch(n)
	if err != nil {
		return nil, err
	}
	return l.proveKey(n, r), nil
}

// proveKey notes the shortest key that is known of a plan's node.
func (l *lowering) proveKey(n plan.Node, r *rel) *rel {
	var best []plan.ColumnID
	for _, key := range plan.Keys(n, l.relationKeys) {
		if best == nil || len(key) < len(best) {
			best = key
		}
	}
	if best == nil || r.key != nil && len(r.key) <= len(best) {
		return r
	}
	c := *r
	c.key = r.places(best)
	if slices.Contains(c.key, -1) {
		return r
	}
	l.g.Nodes[r.id].Key = c.key
	return &c
}

// relationKeys are the unique orders of a relation in the store.
func (l *lowering) relationKeys(s *plan.Scan) [][]plan.ColumnID {
	relation := l.Relation(s.Relation.ID)
	if relation == nil {
		return nil
	}
	var keys [][]plan.ColumnID
next:
	for _, a := range relation.Arrangements {
		if !a.Unique || a.Where != nil || l.Before != 0 && a.ID > l.Before {
			continue
		}
		key := []plan.ColumnID{}
		for _, k := range a.Key {
			i := slices.IndexFunc(s.Cols, func(c plan.Column) bool { return s.Place(c) == k.Column })
			// A unique index lets any number of nulls in.
			if i < 0 || a.ID != relation.ID && !s.Cols[i].NotNull {
				continue next
			}
			key = append(key, s.Cols[i].ID)
		}
		keys = append(keys, key)
	}
	return keys
}

func (l *lowering) dispatch(n plan.Node) (*rel, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return l.scan(n, nil)
	case *plan.Values:
		return l.values(n)
	case *plan.Filter:
		return l.filter(n)
	case *plan.Project:
		return l.project(n)
	case *plan.Join:
		return l.join(n)
	case *plan.Window:
		return l.window(n)
	case *plan.Aggregate:
		return l.aggregate(n, false)
	case *plan.Distinct:
		return l.distinct(n)
	case *plan.Over:
		return l.over(n)
	case *plan.TopN:
		return l.topN(n, false)
	case *plan.Order:
		return l.order(n)
	case *plan.Limit:
		return l.limit(n)
	case *plan.SetOp:
		return l.setOp(n)
	case *plan.Recursion:
		return l.recursion(n)
	case *plan.Working:
		return l.working(n)
	case *plan.TableFunc:
		return l.tableFunc(n)
	case *plan.Single:
		return l.single(n)
	case *plan.Emit:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "EMIT is for a whole query, not for a part of one").
			WithHint("Put EMIT at the end of the statement.")
	}
	return nil, invariants.Errorf("cannot lower a %T", n)
}

// allotTables makes the state tables of the spec of the next node, and notes their places in it.
func allotTables(g *flow.Graph, spec flow.Spec) {
	table := func(name string, bound bool) int {
		g.Tables = append(g.Tables, flow.StateTable{Name: name, Bound: bound, Node: flow.NodeID(len(g.Nodes))})
		return len(g.Tables) - 1
	}
	switch s := spec.(type) {
	case *flow.Aggregate:
		bound := s.Bound != nil || s.Panes != nil && s.Panes.Expires
		name := "groups"
		switch {
		case s.Panes != nil:
			name = "panes"
		case s.Sessions != nil:
			name = "sessions"
		}
		s.Table = table(name, bound)
		if s.Sessions != nil && bound {
			table("closed sessions", bound)
		}
		_, sets := s.MultisetTables()
		for i := range sets {
			table(fmt.Sprintf("%s multiset %d", name, i), bound)
		}
	case *flow.Join:
		s.LeftTable = table("join left", s.LeftBound != nil)
		g.Tables[s.LeftTable].Appends = s.Logs() && s.LeftBound == nil
		s.RightTable = table("join right", s.RightBound != nil)
		g.Tables[s.RightTable].Appends = s.Logs() && s.RightBound == nil
	case *flow.MultiJoin:
		s.Table = len(g.Tables)
		for i := range s.Inputs {
			g.Tables[table(fmt.Sprintf("join input %d", i+1), false)].Appends = true
		}
	case *flow.TopN:
		s.Table = table("top", s.Bound != nil)
	case *flow.Over:
		s.Table = table("over", s.Bound != nil)
	case *flow.SetOp:
		s.Table = table("set operation", false)
	case *flow.Single:
		s.Table = table("single", false)
	case *flow.Sessions:
		s.Table = table("sessions", s.Bound != nil)
	case *flow.Hold:
		s.Table = table("held", true)
	case *flow.Scan, *flow.Source, *flow.Values, *flow.Materialize, *flow.Output, *flow.Filter, *flow.Project, *flow.LocalTop, *flow.LocalAggregate, *flow.Union, *flow.Hop, *flow.Timeless, *flow.Clock,
		*flow.TableFunc, *flow.Sort, *flow.Take, *flow.Recursion, *flow.Working:
	}
}

// allotLate makes the relations for late rows of a node whose state expires.
func (l *lowering) allotLate(spec flow.Spec, inputs []flow.Input) {
	late := func(in int, expires bool) int {
		if !expires {
			return -1
		}
		cols := append(slices.Clone(l.g.Nodes[inputs[in].Node].Columns),
			flow.Field{Name: "late_bound", Type: types.Of(types.OIDTimestamptz)},
			flow.Field{Name: "late_watermark", Type: types.Of(types.OIDTimestamptz)},
			flow.Field{Name: "late_arrival", Type: types.Of(types.OIDTimestamptz)},
			flow.Field{Name: "late_diff", Type: bigint})
		l.g.Late = append(l.g.Late, flow.Late{Columns: cols})
		return len(l.g.Late) - 1
	}
	switch s := spec.(type) {
	case *flow.Aggregate:
		s.Late = late(0, s.Bound != nil || s.Panes != nil && s.Panes.Expires)
	case *flow.Join:
		s.LeftLate, s.RightLate = late(0, s.LeftBound != nil || len(s.LeftPunctual) > 0), late(1, s.RightBound != nil || len(s.RightPunctual) > 0)
	case *flow.TopN:
		s.Late = late(0, s.Bound != nil)
	case *flow.Over:
		s.Late = late(0, s.Bound != nil)
	case *flow.Sessions:
		s.Late = late(0, s.Bound != nil)
	case *flow.Hold:
		s.Late = late(0, true)
	case *flow.Scan, *flow.Source, *flow.Values, *flow.Materialize, *flow.Output, *flow.Filter, *flow.Project, *flow.LocalTop, *flow.LocalAggregate, *flow.Union, *flow.Hop, *flow.Timeless, *flow.Clock,
		*flow.TableFunc, *flow.MultiJoin, *flow.SetOp, *flow.Single, *flow.Sort, *flow.Take, *flow.Recursion, *flow.Working:
	}
}
