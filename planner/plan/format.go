package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/sql/types"
)

// String writes a plan as text, one node a line, inputs and queries in expressions below. It is EXPLAIN's logical plan.
func String(n Node) string {
	var b strings.Builder
	writeNode(&b, n, 0)
	return b.String()
}

func writeNode(b *strings.Builder, n Node, depth int) {
	line(b, depth, head(n))
	for _, e := range Exprs(n) {
		writeQueries(b, e, depth+1)
	}
	for _, in := range Inputs(n) {
		writeNode(b, in, depth+1)
	}
}

func line(b *strings.Builder, depth int, text string) {
	b.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

func writeQueries(b *strings.Builder, e Expr, depth int) {
	if q, ok := e.(*Subquery); ok {
		line(b, depth, "query:")
		writeNode(b, q.Query, depth+1)
	}
	for _, a := range Args(e) {
		writeQueries(b, a, depth)
	}
}

// head is the line of a node without its inputs.
func head(n Node) string {
	switch n := n.(type) {
	case *Scan:
		name := n.Relation.Name
		if n.Alias != "" && n.Alias != name {
			name += " as " + n.Alias
		}
		return "scan " + name + " [" + columnList(n.Cols) + "]"
	case *Values:
		return valuesHead(n)
	case *Filter:
		return "filter " + ExprString(n.Cond)
	case *Project:
		return "project [" + projectList(n) + "]"
	case *Join:
		return joinHead(n)
	case *Window:
		return windowHead(n)
	case *Aggregate:
		return "aggregate by (" + idList(n.Keys, n.Input) + ") [" + aggList(n) + "]"
	case *Distinct:
		if n.On == nil {
			return "distinct"
		}
		return "distinct on (" + idList(n.On, n.Input) + ") order (" + sortList(n.Order, n.Input) + ")"
	case *Over:
		return overHead(n)
	case *TopN:
		return topNHead(n)
	case *Order:
		return "order (" + sortList(n.Keys, n.Input) + ")"
	case *Limit:
		return limitHead(n)
	case *SetOp:
		return [...]string{"union", "intersect", "except"}[n.Kind] + flag(n.All, " all") + " [" + columnList(n.Cols) + "]"
	case *Recursion:
		return "recursion " + strconv.Itoa(int(n.ID)) + " union" + flag(n.All, " all") + " [" + columnList(n.Cols) + "]"
	case *Working:
		return "working " + strconv.Itoa(int(n.ID)) + " of " + n.Name + " [" + columnList(n.Cols) + "]"
	case *TableFunc:
		return tableFuncHead(n)
	case *Single:
		return "single (" + idList(n.Keys, n.Input) + ")"
	case *Emit:
		if n.OnClose {
			return "emit on window close"
		}
		return "emit every " + strconv.FormatInt(n.EveryMicros, 10) + " us"
	}
	return fmt.Sprintf("%T", n)
}

func topNHead(n *TopN) string {
	s := "top"
	if n.Limit >= 0 {
		s += " " + strconv.FormatInt(n.Limit, 10)
	}
	if n.Offset > 0 {
		s += " offset " + strconv.FormatInt(n.Offset, 10)
	}
	s += " by " + overNames[n.Kind]
	if n.Partition != nil {
		s += " in (" + idList(n.Partition, n.Input) + ")"
	}
	s += " order (" + sortList(n.Order, n.Input) + ")"
	if n.Number != nil {
		s += " [" + columnName(*n.Number) + "]"
	}
	return s
}

func flag(b bool, text string) string {
	if b {
		return text
	}
	return ""
}

func valuesHead(n *Values) string {
	var rows []string
	for _, r := range n.Rows {
		rows = append(rows, "("+exprList(r)+")")
	}
	return "values [" + columnList(n.Cols) + "] " + strings.Join(rows, ", ")
}

func projectList(n *Project) string {
	var list []string
	for i, e := range n.Exprs {
		c := n.Cols[i]
		if ref, ok := e.(*ColumnRef); ok && ref.ID == c.ID && ref.Name == c.Name {
			list = append(list, columnName(c))
			continue
		}
		list = append(list, ExprString(e)+" as "+columnName(c))
	}
	return strings.Join(list, ", ")
}

func joinHead(n *Join) string {
	s := [...]string{"inner", "left", "full", "semi", "anti", "not in", "left single", "lookup", "left lookup"}[n.Kind] + " join" + flag(n.Lateral, " lateral")
	if n.On != nil {
		s += " on " + ExprString(n.On)
	}
	return s
}

func windowHead(n *Window) string {
	s := [...]string{"tumble", "hop", "session", "cumulate"}[n.Kind] + " " + idList([]ColumnID{n.Time}, n.Input)
	if n.Slide != 0 {
		s += fmt.Sprintf(" slide %d us", n.Slide)
	}
	s += fmt.Sprintf(" size %d us", n.Size)
	if n.Offset != 0 {
		s += fmt.Sprintf(" offset %d us", n.Offset)
	}
	if n.Partition != nil {
		s += " partition (" + idList(n.Partition, n.Input) + ")"
	}
	return s + " [" + columnList([]Column{n.Start, n.End}) + "]"
}

func aggList(n *Aggregate) string {
	var list []string
	for _, c := range n.Calls {
		s := c.Function.Name + "(" + flag(c.Distinct, "distinct ") + idList(c.Args, n.Input)
		if len(c.Order) > 0 {
			s += " order " + sortList(c.Order, n.Input)
		}
		s += ")"
		if c.Filter != 0 {
			s += " filter " + idList([]ColumnID{c.Filter}, n.Input)
		}
		list = append(list, s+" as "+columnName(c.Column))
	}
	return strings.Join(list, ", ")
}

func limitHead(n *Limit) string {
	s := "limit"
	if n.Limit != nil {
		s += " " + ExprString(n.Limit)
	}
	if n.Offset != nil {
		s += " offset " + ExprString(n.Offset)
	}
	return s + flag(n.WithTies, " with ties")
}

func tableFuncHead(n *TableFunc) string {
	var calls []string
	for _, c := range n.Calls {
		calls = append(calls, c.Function.Name+"("+exprList(c.Args)+") as ("+columnList(c.Cols)+")")
	}
	s := "table function " + strings.Join(calls, ", ")
	if n.Ordinality != nil {
		s += " ordinality " + columnName(*n.Ordinality)
	}
	return s + flag(n.Outer, " outer")
}

func columnName(c Column) string { return refName(c.Name, c.ID) }

func refName(name string, id ColumnID) string {
	if name == "" || name == "?column?" {
		name = "_"
	}
	return name + "#" + strconv.Itoa(int(id))
}

func columnList(cols []Column) string {
	var list []string
	for _, c := range cols {
		list = append(list, columnName(c))
	}
	return strings.Join(list, ", ")
}

func idList(ids []ColumnID, in Node) string {
	var cols []Column
	for _, id := range ids {
		c := ColumnByID(in.Columns(), id)
		c.ID = id
		cols = append(cols, c)
	}
	return columnList(cols)
}

func sortList(keys []SortKey, in Node) string {
	var list []string
	for _, k := range keys {
		s := idList([]ColumnID{k.Column}, in)
		if k.Desc {
			s += " desc"
		}
		if k.NullsFirst != k.Desc {
			s += [...]string{" nulls last", " nulls first"}[btoi(k.NullsFirst)]
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func exprList(list []Expr) string {
	var s []string
	for _, e := range list {
		s = append(s, ExprString(e))
	}
	return strings.Join(s, ", ")
}

// ExprString writes an expression as text. A query within is "(query)"; String writes it below the node.
func ExprString(e Expr) string {
	switch e := e.(type) {
	case *ColumnRef:
		return refName(e.Name, e.ID)
	case *Const:
		return constString(e)
	case *Param:
		return "$" + strconv.Itoa(e.Index+1)
	case *Call:
		return callString(e)
	case *Logic:
		op := " AND "
		if e.Or {
			op = " OR "
		}
		var s []string
		for _, a := range e.Args {
			s = append(s, ExprString(a))
		}
		return "(" + strings.Join(s, op) + ")"
	case *Not:
		return "NOT " + ExprString(e.X)
	case *IsNull:
		return ExprString(e.X) + " IS" + flag(e.Not, " NOT") + " NULL"
	case *Case:
		s := "CASE"
		for _, w := range e.Whens {
			s += " WHEN " + ExprString(w.Cond) + " THEN " + ExprString(w.Result)
		}
		return s + " ELSE " + ExprString(e.Else) + " END"
	case *Coalesce:
		return "COALESCE(" + exprList(e.Args) + ")"
	case *Subquery:
		return subqueryString(e)
	}
	return fmt.Sprintf("%T", e)
}

func constString(e *Const) string {
	if e.Value.Null {
		return "NULL::" + types.FormatType(e.Typ)
	}
	text := types.Text(e.Typ, e.Value, types.DefaultSettings)
	switch e.Typ.OID {
	case types.OIDInt4:
		return text
	case types.OIDBool:
		return [...]string{"false", "true"}[btoi(e.Value.Bool())]
	case types.OIDText:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	default:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'::" + types.FormatType(e.Typ)
	}
}

func callString(e *Call) string {
	name := e.Function.Name
	if name == "" || strings.ContainsAny(name[:1], "+-*/<>=~!@#%^&|`?") {
		switch len(e.Args) {
		case 1:
			return "(" + name + " " + ExprString(e.Args[0]) + ")"
		case 2:
			return "(" + ExprString(e.Args[0]) + " " + name + " " + ExprString(e.Args[1]) + ")"
		}
	}
	if e.Typ.Mod >= 0 && len(e.Args) == 1 && e.Function.Result == e.Typ.OID {
		name = types.FormatType(e.Typ)
	}
	return name + "(" + exprList(e.Args) + ")"
}

func subqueryString(e *Subquery) string {
	switch e.Kind {
	case ExistsSubquery:
		return "EXISTS (query)"
	case AnySubquery, AllSubquery:
		var ops []string
		for _, o := range e.Op {
			ops = append(ops, o.Symbol)
		}
		return "(" + exprList(e.X) + ") " + strings.Join(ops, ",") + [...]string{" ANY", " ALL"}[btoi(e.Kind == AllSubquery)] + " (query)"
	case ArraySubquery:
		return "ARRAY (query)"
	case ScalarSubquery:
	}
	return "(query)"
}
