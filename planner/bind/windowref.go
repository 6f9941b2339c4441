package bind

import (
	"fmt"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

var windowNames = [...]string{ast.Tumble: "TUMBLE", ast.Hop: "HOP", ast.Session: "SESSION", ast.Cumulate: "CUMULATE"}

// windowRef is TUMBLE, HOP, SESSION or CUMULATE over an item of FROM: its columns, and the bounds of windows.
func (s *scope) windowRef(t *ast.WindowRef) (plan.Node, []*item, error) {
	name := windowNames[t.Kind]
	in, items, err := s.fromItem(t.Input)
	if err != nil {
		return nil, nil, err
	}
	// The arguments see the input alone.
	saved := s.visible
	s.visible = items
	w, node, err := s.windowArgs(t, in, name)
	s.visible = saved
	if err != nil {
		return nil, nil, err
	}
	inner := items[len(items)-1]
	i := &item{alias: inner.alias, noName: inner.noName, hasAlias: true}
	i.columns = append(i.columns, inner.columns...)
	for _, c := range []plan.Column{w.Start, w.End} {
		i.columns = append(i.columns, itemColumn{name: c.Name, value: refTo(c, 0), typ: c.Type})
	}
	if last, err := s.windowTime(w.End); err == nil {
		i.columns = append(i.columns, itemColumn{name: "window_time", value: last, typ: w.End.Type, hidden: true})
	}
	if err := i.rename(t.Alias, "table"); err != nil {
		return nil, nil, err
	}
	if t.Alias != nil {
		i.noName = false
	}
	return node, []*item{s.newItem(i)}, nil
}

// windowTime is the last microsecond of a window.
func (s *scope) windowTime(end plan.Column) (plan.Expr, error) {
	micro := datetime.Interval{Micros: 1}
	c := &plan.Const{Typ: types.Of(types.OIDInterval), Value: types.BytesValue(micro.Append(nil))}
	x, err := s.b.infix(ast.Operator{Name: "-"}, at(refTo(end, 0), 0), at(c, 0), 0)
	return x.Expr, err
}

// windowArgs checks the arguments and makes the node.
func (s *scope) windowArgs(t *ast.WindowRef, in plan.Node, name string) (w *plan.Window, n plan.Node, err error) {
	pos := int(t.Pos)
	x, err := s.expr(t.TimeColumn, kindFromFunction)
	if err != nil {
		return nil, nil, err
	}
	ref, ok := x.Expr.(*plan.ColumnRef)
	if !ok || plan.ColumnByID(in.Columns(), ref.ID).ID == 0 {
		return nil, nil, errAt(int(t.TimeColumn.At()), pgerr.InvalidColumnReference, "the time column of %s must be a column of its relation", name).
			WithHint("Compute it in a query: FROM %s((SELECT ... AS ts FROM ...) AS t, ts, ...).", name)
	}
	if oid := x.oid(); oid != types.OIDTimestamp && oid != types.OIDTimestamptz {
		return nil, nil, errAt(x.pos, pgerr.DatatypeMismatch, "the time column of %s must be of type timestamp or timestamptz, not type %s", name, s.b.nameOf(x.Type())).
			WithHint("%s", windowTimeHint(oid, ref.Name, name))
	}
	w = &plan.Window{Kind: windowKinds[t.Kind], Input: in, Time: ref.ID}
	timeType := types.Of(ref.Typ.OID)
	w.Start, w.End = s.b.column("window_start", timeType), s.b.column("window_end", timeType)
	size := "size"
	if t.Kind == ast.Session {
		size = "gap"
	}
	if t.Size == nil {
		return nil, nil, errAt(pos, pgerr.SyntaxError, "%s needs a %s", name, size)
	}
	if t.Step != nil {
		if w.Slide, err = s.fixedInterval(t.Step, name, map[bool]string{true: "slide", false: "step"}[t.Kind == ast.Hop]); err != nil {
			return nil, nil, err
		}
	}
	if w.Size, err = s.fixedInterval(t.Size, name, size); err != nil {
		return nil, nil, err
	}
	if t.Offset != nil {
		if w.Offset, _, err = s.constInterval(t.Offset, name, "offset"); err != nil {
			return nil, nil, err
		}
	}
	if err := checkWindowSizes(t, w, name); err != nil {
		return nil, nil, err
	}
	n, err = s.windowPartition(t, w)
	return w, n, err
}

// windowTimeHint says how a column of another type becomes a time.
func windowTimeHint(oid types.OID, column, name string) string {
	const query = "in a query: FROM %[1]s((SELECT *, %[2]s AS ts FROM ...) AS t, ts, ...)."
	switch oid {
	case types.OIDInt2, types.OIDInt4, types.OIDInt8, types.OIDNumeric, types.OIDFloat4, types.OIDFloat8:
		return fmt.Sprintf("Seconds since 1970 are made a time "+query+" For milliseconds it is to_timestamp(%[3]s / 1000.0).",
			name, "to_timestamp("+column+")", column)
	case types.OIDText, types.OIDVarchar, types.OIDBPChar, types.OIDDate:
		return fmt.Sprintf("Cast it "+query, name, column+"::timestamptz")
	default:
		return fmt.Sprintf("Compute a time "+query, name, "...")
	}
}

var windowKinds = [...]plan.WindowKind{ast.Tumble: plan.Tumble, ast.Hop: plan.Hop, ast.Session: plan.Session, ast.Cumulate: plan.Cumulate}

func checkWindowSizes(t *ast.WindowRef, w *plan.Window, name string) error {
	switch {
	case t.Kind == ast.Hop && w.Slide > w.Size:
		return errAt(int(t.Step.At()), pgerr.InvalidParameterValue, "slide of HOP is longer than its size").
			WithHint("The slide comes first: HOP(relation, time column, slide, size).")
	case t.Kind == ast.Cumulate && w.Size%w.Slide != 0:
		return errAt(int(t.Size.At()), pgerr.InvalidParameterValue, "size of %s must be a multiple of its step", name).
			WithHint("The step comes first: CUMULATE(relation, time column, step, size).")
	}
	return nil
}

// windowPartition binds PARTITION BY of a SESSION.
func (s *scope) windowPartition(t *ast.WindowRef, w *plan.Window) (plan.Node, error) {
	for _, e := range t.PartitionBy {
		x, err := s.expr(e, kindFromFunction)
		if err != nil {
			return nil, err
		}
		ref, ok := x.Expr.(*plan.ColumnRef)
		if !ok {
			return nil, unsupported(x.pos, "SESSION can be partitioned by columns only").WithHint("Compute the column in a query in FROM.")
		}
		w.Partition = append(w.Partition, ref.ID)
	}
	return w, nil
}
