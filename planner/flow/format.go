package flow

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/sql/types"
)

// String writes a graph as text, the output first, one node a line, inputs below it. It is what EXPLAIN shows. A node that has several
// readers is written once, with its number; the others name it.
func String(g *Graph) string {
	w := writer{g: g, readers: make([]int, len(g.Nodes)), done: make([]bool, len(g.Nodes))}
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			w.readers[in.Node]++
		}
	}
	if len(g.Nodes) > 0 {
		w.node(NodeID(len(g.Nodes)-1), nil, nil, 0)
	}
	return w.b.String()
}

type writer struct {
	g       *Graph
	b       strings.Builder
	readers []int
	done    []bool
}

func (w *writer) node(id NodeID, by *Node, in *Input, depth int) {
	n := &w.g.Nodes[id]
	w.b.WriteString(strings.Repeat("  ", depth))
	if in != nil && in.Exchange != nil {
		w.b.WriteString(exchangeText(in.Exchange, n) + " ")
	}
	if w.readers[id] > 1 {
		fmt.Fprintf(&w.b, "#%d ", id)
	}
	if w.done[id] {
		w.b.WriteString("(as above)\n")
		return
	}
	w.done[id] = true
	w.b.WriteString(w.g.head(n) + w.g.facts(n) + "\n")
	for i := range n.Inputs {
		w.node(n.Inputs[i].Node, n, &n.Inputs[i], depth+1)
	}
	if r, ok := n.Spec.(*Recursion); ok {
		w.step(w.g.Steps[r.Step], depth+1)
	}
}

// step writes what a recursion repeats.
func (w *writer) step(g *Graph, depth int) {
	indent := strings.Repeat("  ", depth)
	w.b.WriteString(indent + "each round:\n")
	for line := range strings.Lines(String(g)) {
		w.b.WriteString(indent + "  " + line)
	}
}

func exchangeText(e *Exchange, n *Node) string {
	if len(e.Keys) == 0 {
		return "=> one:"
	}
	return "=> hash(" + places(e.Keys, n.Columns) + "):"
}

// facts is what the planner has proved about a node's output.
func (g *Graph) facts(n *Node) string {
	var s string
	if n.Key != nil {
		s += " key (" + places(n.Key, n.Columns) + ")"
	}
	if n.AppendOnly {
		s += " append-only"
	}
	for _, t := range n.Time {
		s += " time " + place(t.Column, n.Columns)
		if t.Shift != 0 {
			s += "+" + micros(t.Shift)
		}
	}
	if n.Consolidate {
		s += " consolidated"
	}
	return s
}

// Describe writes a node without its inputs, with all that its spec says but the state tables. Nodes that have the same description
// and inputs compute the same.
func (g *Graph) Describe(n *Node) string {
	switch s := n.Spec.(type) {
	case *Scan:
		return strconv.Itoa(int(s.Relation)) + " " + g.head(n)
	case *Source:
		return strconv.Itoa(int(s.Relation)) + " " + g.head(n)
	case *Recursion:
		return g.head(n) + " " + g.Steps[s.Step].describeAll()
	default:
		return g.head(n)
	}
}

// describeAll describes all nodes of a graph and how they are joined.
func (g *Graph) describeAll() string {
	var b strings.Builder
	for i := range g.Nodes {
		n := &g.Nodes[i]
		fmt.Fprintf(&b, "(%s", g.Describe(n))
		for _, in := range n.Inputs {
			fmt.Fprintf(&b, " %d", in.Node)
		}
		for _, c := range n.Columns {
			b.WriteString(" " + types.FormatType(c.Type))
		}
		b.WriteString(")")
	}
	return b.String()
}

// input is what a node's expressions are over: the columns of its inputs, one after the other.
func (g *Graph) input(n *Node) []Field {
	var all []Field
	for _, in := range n.Inputs {
		all = append(all, g.Nodes[in.Node].Columns...)
	}
	return all
}

func (g *Graph) head(n *Node) string {
	in := g.input(n)
	switch s := n.Spec.(type) {
	case *Scan:
		return fmt.Sprintf("scan %s [%s]", nameOr(s.Name, s.Relation), columnsText(s.Columns, n.Columns)) + flag(s.First, " first") + accessText(s.Access)
	case *Source:
		text := fmt.Sprintf("source %s [%s]", nameOr(s.Name, s.Relation), columnsText(s.Columns, n.Columns))
		if len(s.Where) > 0 {
			text += " where " + predicatesText(s.Where)
		}
		if s.Watermark != nil {
			text += " watermark " + place(s.Watermark.Column, n.Columns) + " " + ExprString(s.Watermark.Expr, n.Columns)
		}
		return text
	case *Values:
		var rows []string
		for _, r := range s.Rows {
			rows = append(rows, "("+exprs(r, nil)+")")
		}
		return "values " + typesText(s.Columns) + " " + strings.Join(rows, ", ")
	case *Materialize:
		return fmt.Sprintf("materialize %s [%s]", s.Relation.Name, fieldsText(s.Relation.Columns)) + arrangementText(&s.Relation)
	case *Output:
		if s.Sink != 0 {
			return fmt.Sprintf("sink %d [%s]", s.Sink, fieldsText(n.Columns))
		}
		return "output [" + fieldsText(n.Columns) + "]"
	case *Filter:
		return "filter " + ExprString(s.Cond, in)
	case *Project:
		return "project [" + projectText(s, in, n.Columns) + "]"
	case *Hop:
		return [...]string{"hop ", "cumulate "}[btoi(s.Cumulate)] + place(s.Time, in) + windowText(s.Slide, s.Size, s.Offset)
	case *Union:
		return fmt.Sprintf("union %d", s.Inputs)
	case *Timeless:
		return "timeless"
	case *Clock:
		return "time of ticks, windows of " + micros(s.Size) + " every " + micros(s.Every) + flag(s.Offset != 0, " offset "+micros(s.Offset))
	case *Sessions:
		return "sessions in (" + places(s.Partition, in) + ") by " + places([]int{s.Time}, in) + " gap " + micros(s.Gap) + g.boundText(" bound ", s.Bound, in)
	case *TableFunc:
		return tableFuncText(s, in)
	case *Aggregate:
		return g.aggregateText(s, in)
	case *Join:
		return g.joinText(s, in)
	case *MultiJoin:
		return multiJoinText(s, in)
	case *TopN:
		return g.topNText(s, in)
	case *LocalTop:
		return "local top " + strconv.Itoa(s.Rows) + partitionText(s.Partition, in) + " order (" + sortText(s.Order, in) + ")" + g.boundText(" bound ", s.Bound, in)
	case *LocalAggregate:
		return g.localAggregateText(s, in)
	case *Over:
		return g.overText(s, in)
	case *SetOp:
		return [...]string{"intersect", "except"}[btoi(s.Except)] + flag(s.All, " all")
	case *Single:
		return "single (" + places(s.Keys, in) + ")"
	case *Hold:
		return "hold until " + ExprString(s.Bound, in) + flag(len(s.Order) > 0, " order ("+sortText(s.Order, in)+")")
	case *Sort:
		return "sort (" + sortText(s.Order, in) + ")" + limitText(s.Limit, s.Offset) + flag(s.WithTies, " with ties")
	case *Take:
		return "take" + limitText(s.Limit, s.Offset)
	case *Recursion:
		return "recursion, union" + flag(s.All, " all") + flag(s.Always, ", always a round") + " [" + fieldsText(n.Columns) + "]"
	case *Working:
		return "rows of the round before" + flag(s.Level > 0, fmt.Sprintf(" of recursion %d around", s.Level)) + " [" + fieldsText(n.Columns) + "]"
	}
	return fmt.Sprintf("%T", n.Spec)
}

func nameOr(name string, id RelationID) string {
	if name == "" {
		return strconv.Itoa(int(id))
	}
	return name
}

func arrangementText(r *Relation) string {
	var s string
	for _, a := range r.Arrangements {
		s += flag(a.Unique, " unique") + " order (" + sortText(a.Key, r.Columns) + ")"
	}
	return s
}

func accessText(a *Access) string {
	if a == nil {
		return ""
	}
	s := fmt.Sprintf(" by arrangement %d", a.Arrangement)
	if len(a.Equal) > 0 {
		s += " equal (" + exprs(a.Equal, nil) + ")"
	}
	if a.Low != nil {
		s += " from " + flag(!a.Low.Inclusive, "after ") + ExprString(a.Low.Value, nil)
	}
	if a.High != nil {
		s += " to " + flag(!a.High.Inclusive, "before ") + ExprString(a.High.Value, nil)
	}
	return s + flag(a.Ordered, " ordered") + flag(a.Reverse, " reverse")
}

func projectText(s *Project, in, out []Field) string {
	var list []string
	for i, e := range s.Exprs {
		text := ExprString(e, in)
		if c, ok := e.(*Column); !ok || in[c.Index].Name != out[i].Name {
			text += " as " + fieldName(out[i].Name)
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func tableFuncText(s *TableFunc, in []Field) string {
	var calls []string
	for _, c := range s.Calls {
		calls = append(calls, c.Function.Name+"("+exprs(c.Args, in)+") "+typesText(c.Result))
	}
	return "table function " + strings.Join(calls, ", ") + flag(s.Ordinality, " with ordinality") + flag(s.Outer, " outer")
}

func (g *Graph) aggregateText(s *Aggregate, in []Field) string {
	text := "aggregate"
	if len(s.Calls) == 0 {
		text = "distinct"
	}
	text += " by (" + places(s.Keys, in) + ")"
	if p := s.Panes; p != nil {
		text += " panes " + place(p.Time, in) + windowText(p.Slide, p.Size, p.Offset) + flag(p.Expires, " expires")
	}
	if w := s.Sessions; w != nil {
		text += " sessions " + place(w.Time, in) + " gap " + micros(w.Gap)
	}
	var calls []string
	for _, c := range s.Calls {
		t := c.Function.Name + "(" + flag(c.Distinct, "distinct ") + places(c.Args, in)
		if len(c.Order) > 0 {
			t += " order " + sortText(c.Order, in)
		}
		t += ")"
		if c.Filter >= 0 {
			t += " filter " + place(c.Filter, in)
		}
		calls = append(calls, t+" "+types.FormatType(c.Result))
	}
	if calls != nil {
		text += " [" + strings.Join(calls, ", ") + "]"
	}
	return text + flag(s.AppendOnly, " insert-only") + g.boundText(" bound ", s.Bound, in) + flag(s.OnClose, " on close") + flag(s.View != nil, " kept in the view") + flag(s.Most, " most rows only")
}

func (g *Graph) localAggregateText(s *LocalAggregate, in []Field) string {
	var parts []string
	for i, r := range s.Roles {
		role := [...]string{"any ", "", "window ", "present ", "sum ", "min ", "max ", "distinct ", "pane "}[r]
		parts = append(parts, role+place(i, in))
	}
	text := "local aggregate [" + strings.Join(parts, ", ") + "]"
	if p := s.Panes; p != nil {
		text += windowText(p.Slide, p.Size, p.Offset) + flag(p.Expires, " expires")
	}
	return text + g.boundText(" bound ", s.Bound, in)
}

func (g *Graph) joinText(s *Join, in []Field) string {
	text := [...]string{"inner", "left", "full", "semi", "anti", "not in"}[s.Kind] + " join"
	left, right := in[:len(s.Left)], in[len(s.Left):]
	var keys []string
	for i := range s.LeftKeys {
		keys = append(keys, place(s.LeftKeys[i], left)+[...]string{" = ", " is "}[btoi(s.NullSafe[i])]+place(s.RightKeys[i], right))
	}
	if keys != nil {
		text += " on (" + strings.Join(keys, ", ") + ")"
	}
	if s.Cond != nil {
		text += " where " + ExprString(s.Cond, in)
	}
	text += flag(s.AppendOnly, " insert-only") + flag(s.Lookup, " lookup") + [...]string{"", " left stays", " right stays"}[s.Stays] + g.boundText(" left bound ", s.LeftBound, left) + g.boundText(" right bound ", s.RightBound, right)
	for _, e := range s.LeftPunctual {
		text += g.boundText(" left late after ", e, left)
	}
	for _, e := range s.RightPunctual {
		text += g.boundText(" right late after ", e, right)
	}
	if s.Best != nil {
		text += " best" + flag(s.BestByRow, " by row") + " (" + sortText(s.Best, in) + ")"
	}
	return text
}

func multiJoinText(s *MultiJoin, in []Field) string {
	keys := make([][]string, len(s.Keys[0]))
	for i, columns := range s.Inputs {
		for k, c := range s.Keys[i] {
			keys[k] = append(keys[k], place(c, in[:len(columns)]))
		}
		in = in[len(columns):]
	}
	equal := make([]string, len(keys))
	for k, list := range keys {
		equal[k] = strings.Join(list, " = ")
	}
	return fmt.Sprintf("inner join of %d on (%s) insert-only", len(s.Inputs), strings.Join(equal, ", ")) + flag(s.Shares, " sharing values")
}

func (g *Graph) topNText(s *TopN, in []Field) string {
	text := "top"
	if s.Limit >= 0 {
		text += " " + strconv.FormatInt(s.Limit, 10)
	}
	if s.Offset > 0 {
		text += " offset " + strconv.FormatInt(s.Offset, 10)
	}
	text += " by " + [...]string{"row_number", "rank", "dense_rank"}[s.Kind] + partitionText(s.Partition, in)
	return text + " order (" + sortText(s.Order, in) + ")" + flag(s.Rank, " numbered") + flag(s.AppendOnly, " insert-only") + flag(s.Rising, " rising") +
		g.boundText(" bound ", s.Bound, in) + flag(s.OnClose, " on close") + flag(s.View != nil, " kept in the view") + g.restText(s, in)
}

// restText tells when a partition leaves memory.
func (g *Graph) restText(s *TopN, in []Field) string {
	if s.View == nil {
		return ""
	}
	return g.boundText(" until ", s.Decided, in)
}

func partitionText(partition []int, in []Field) string {
	if len(partition) == 0 {
		return ""
	}
	return " in (" + places(partition, in) + ")"
}

func (g *Graph) boundText(label string, e Expr, in []Field) string {
	if e == nil {
		return ""
	}
	return label + ExprString(e, in)
}

func limitText(limit, offset Expr) string {
	var s string
	if limit != nil {
		s += " limit " + ExprString(limit, nil)
	}
	if offset != nil {
		s += " offset " + ExprString(offset, nil)
	}
	return s
}

func windowText(slide, size, offset int64) string {
	s := " slide " + micros(slide) + " size " + micros(size)
	if offset != 0 {
		s += " offset " + micros(offset)
	}
	return s
}

// micros writes a span in seconds where it is whole ones.
func micros(n int64) string {
	if n%1_000_000 == 0 {
		return strconv.FormatInt(n/1_000_000, 10) + "s"
	}
	return strconv.FormatInt(n, 10) + "us"
}
