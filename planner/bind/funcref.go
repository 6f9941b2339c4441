package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// funcRef is transformRangeFunction: functions in FROM. They may always look to their left.
func (s *scope) funcRef(t *ast.FuncRef) (plan.Node, []*item, error) {
	s.lateral = true
	defer func() { s.lateral = false }()
	var calls []plan.TableCall
	var scalars []scalar
	var names []string
	for _, f := range splitUnnest(t.Funcs) {
		call, x, err := s.funcItem(f.Call)
		if err != nil {
			return nil, nil, err
		}
		columns := f.Columns
		if !t.RowsFrom {
			columns = t.Columns
		} else if len(t.Columns) > 0 {
			return nil, nil, errAt(int(t.Columns[0].Pos), pgerr.SyntaxError, "ROWS FROM() with multiple functions cannot have a column definition list").
				WithHint("Put a separate column definition list for each function inside ROWS FROM().")
		}
		names = append(names, columnNameOf(f.Call))
		if call == nil {
			if len(columns) > 0 {
				return nil, nil, errAt(int(columns[0].Pos), pgerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"")
			}
			scalars = append(scalars, x)
			continue
		}
		if err := s.defineColumns(call, columns, int(f.Call.At())); err != nil {
			return nil, nil, err
		}
		calls = append(calls, *call)
	}
	if len(scalars) > 0 {
		return s.scalarRef(t, calls, scalars, names)
	}
	n := &plan.TableFunc{Calls: calls}
	i := &item{alias: names[0]}
	single := len(calls) == 1 && len(calls[0].Cols) == 1
	for k, c := range calls {
		for _, col := range c.Cols {
			i.columns = append(i.columns, itemColumn{name: col.Name, value: refTo(col, 0), typ: col.Type})
		}
		if plain := len(c.Cols) == 1 && c.Cols[0].Name == c.Function.Name; plain {
			i.columns[len(i.columns)-1].name = names[k]
			if single && t.Alias != nil {
				i.columns[0].name = string(t.Alias.Name)
			}
			i.scalar = single && !t.Ordinality
		} else {
			i.scalar = single && !t.Ordinality
		}
	}
	if t.Ordinality {
		o := s.b.column("ordinality", types.Of(types.OIDInt8))
		n.Ordinality = &o
		i.columns = append(i.columns, itemColumn{name: o.Name, value: refTo(o, 0), typ: o.Type})
	}
	if err := i.rename(t.Alias, "table"); err != nil {
		return nil, nil, err
	}
	for k := range i.columns { // the columns have the names that the query gives them
		renameColumn(n, i.columns[k].value.(*plan.ColumnRef).ID, i.columns[k].name)
	}
	return n, []*item{s.newItem(i)}, nil
}

// splitUnnest makes of unnest(a, b) the functions unnest(a) and unnest(b) side by side.
func splitUnnest(list []*ast.FuncItem) []*ast.FuncItem {
	var out []*ast.FuncItem
	for _, f := range list {
		c, ok := f.Call.(*ast.FuncCall)
		if !ok || len(c.Args) < 2 || len(c.Name.Parts) != 1 || c.Name.Last() != "unnest" || len(f.Columns) > 0 || c.Variadic || c.Distinct || c.Star {
			out = append(out, f)
			continue
		}
		for _, a := range c.Args {
			out = append(out, &ast.FuncItem{Pos: f.Pos, Call: &ast.FuncCall{Pos: c.Pos, Name: c.Name, Args: []*ast.Arg{a}}})
		}
	}
	return out
}

func renameColumn(n *plan.TableFunc, id plan.ColumnID, name string) {
	for c := range n.Calls {
		for k := range n.Calls[c].Cols {
			if n.Calls[c].Cols[k].ID == id {
				n.Calls[c].Cols[k].Name = name
			}
		}
	}
	if n.Ordinality != nil && n.Ordinality.ID == id {
		n.Ordinality.Name = name
	}
}

// funcItem binds one function: it is a call that returns a set, or an expression.
func (s *scope) funcItem(e ast.Expr) (call *plan.TableCall, x scalar, err error) {
	err = s.in(kindFromFunction, func() error {
		f, ok := e.(*ast.FuncCall)
		if !ok {
			x, err = s.bind(e)
			return err
		}
		c, err := s.bindCall(f)
		if err != nil {
			return err
		}
		cand, y, err := s.resolve(c)
		if err != nil {
			return err
		}
		if cand == nil || cand.table == nil {
			x = y
			if cand != nil {
				x, err = s.bind(e)
			}
			return err
		}
		if err := s.checkPlainCall(c, cand); err != nil {
			return err
		}
		t, err := s.tableCall(c, cand)
		call = &t
		return err
	})
	return call, x, err
}

// defineColumns gives a function that returns record the columns that the query defines.
func (s *scope) defineColumns(call *plan.TableCall, columns []*ast.ColumnType, pos int) error {
	isRecord := len(call.Cols) == 1 && call.Cols[0].Type.OID == types.OIDRecord
	switch {
	case isRecord && len(columns) == 0:
		return errAt(pos, pgerr.SyntaxError, "a column definition list is required for functions returning \"record\"")
	case !isRecord && len(columns) > 0 && len(call.Cols) > 1:
		return errAt(int(columns[0].Pos), pgerr.SyntaxError, "a column definition list is redundant for a function with OUT parameters")
	case !isRecord && len(columns) > 0:
		return errAt(int(columns[0].Pos), pgerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"")
	case !isRecord:
		return nil
	}
	call.Cols = nil
	for i, c := range columns {
		if slices.ContainsFunc(columns[:i], func(o *ast.ColumnType) bool { return o.Name == c.Name }) {
			return errAt(int(c.Pos), pgerr.DuplicateColumn, "column name %q specified more than once", string(c.Name))
		}
		t, err := s.b.typeOf(c.Type)
		if err != nil {
			return err
		}
		call.Cols = append(call.Cols, s.b.column(string(c.Name), t))
	}
	if call.Function.Name == "unnest" {
		var fields []types.Type
		for _, c := range call.Cols {
			fields = append(fields, c.Type)
		}
		call.Function = fn.UnnestRows(call.Args[0].Type(), fields)
	}
	return nil
}

// scalarRef is a function in FROM that returns one value: one row.
func (s *scope) scalarRef(t *ast.FuncRef, calls []plan.TableCall, list []scalar, names []string) (plan.Node, []*item, error) {
	if len(calls) > 0 {
		return nil, nil, unsupported(int(t.Pos), "ROWS FROM with functions that return one value beside others is not supported yet")
	}
	n := &plan.Values{Rows: [][]plan.Expr{{}}}
	i := &item{alias: names[0], scalar: len(list) == 1 && !t.Ordinality}
	add := func(name string, e plan.Expr) {
		if len(list) == 1 && t.Alias != nil && len(n.Cols) == 0 {
			name = string(t.Alias.Name)
		}
		c := s.b.column(name, e.Type())
		n.Cols = append(n.Cols, c)
		n.Rows[0] = append(n.Rows[0], e)
		i.columns = append(i.columns, itemColumn{name: name, value: refTo(c, 0), typ: c.Type})
	}
	for k, x := range list {
		x, err := s.b.resolveUnknown(x)
		if err != nil {
			return nil, nil, err
		}
		if x.row != nil {
			return nil, nil, unsupported(x.pos, "a row in FROM is not supported yet")
		}
		add(names[k], x.Expr)
	}
	if t.Ordinality {
		add("ordinality", &plan.Const{Typ: types.Of(types.OIDInt8), Value: types.IntValue(1)})
	}
	if err := i.rename(t.Alias, "table"); err != nil {
		return nil, nil, err
	}
	return n, []*item{s.newItem(i)}, nil
}
