package bind

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is queries within expressions (transformSubLink).

// innerQuery binds a query in an expression; it may use columns from here.
func (s *scope) innerQuery(q *ast.Query, pos int) (plan.Node, error) {
	if s.kind.alone() {
		return nil, unsupported(pos, "cannot use subquery in %s", strings.TrimSuffix(kindNames[s.kind], "s"))
	}
	child := s.b.child(s)
	blk, err := child.query(q)
	if err != nil {
		return nil, err
	}
	return blk.finish()
}

func (s *scope) subquery(e *ast.Subquery) (scalar, error) {
	pos := int(e.Pos)
	n, err := s.innerQuery(e.Query, pos)
	if err != nil {
		return scalar{}, err
	}
	if e.Kind == ast.ExistsSubquery {
		return at(&plan.Subquery{Kind: plan.ExistsSubquery, Query: n, Typ: plan.Bool, Pos: pos}, pos), nil
	}
	cols := n.Columns()
	if len(cols) != 1 {
		return scalar{}, errAt(pos, pgerr.SyntaxError, "subquery must return only one column")
	}
	t := cols[0].Type
	if e.Kind == ast.ScalarSubquery {
		return at(&plan.Subquery{Kind: plan.ScalarSubquery, Query: n, Typ: t, Pos: pos}, pos), nil
	}
	array := t
	if !isArray(t.OID) {
		var ok bool
		if array, ok = types.ArrayOf(types.Of(t.OID)); !ok {
			return scalar{}, errAt(pos, pgerr.UndefinedObject, "could not find array type for data type %s", s.b.nameOf(t))
		}
	}
	return at(&plan.Subquery{Kind: plan.ArraySubquery, Query: n, Typ: array, Pos: pos}, pos), nil
}

// quantifiedQuery is x op ANY|ALL (query), of which x IN (query) is one.
func (s *scope) quantifiedQuery(x ast.Expr, op ast.Operator, all bool, q *ast.Query, pos int) (scalar, error) {
	n, err := s.innerQuery(q, pos)
	if err != nil {
		return scalar{}, err
	}
	left, err := s.bind(x)
	if err != nil {
		return left, err
	}
	list := []scalar{left}
	if isRowAST(x) {
		list = left.row.fields
	}
	cols := n.Columns()
	switch {
	case len(list) < len(cols):
		return scalar{}, errAt(pos, pgerr.SyntaxError, "subquery has too many columns")
	case len(list) > len(cols):
		return scalar{}, errAt(pos, pgerr.SyntaxError, "subquery has too few columns")
	}
	e := &plan.Subquery{Kind: plan.AnySubquery, Typ: plan.Bool, Pos: pos}
	if all {
		e.Kind = plan.AllSubquery
	}
	if len(list) > 1 && op.Name != "=" && op.Name != "<>" && op.Name != "!=" {
		return scalar{}, unsupported(pos, "a comparison of rows of a query by %s is not supported yet", op.Name)
	}
	if e.Query, err = s.compareWithRows(e, n, list, op, pos); err != nil {
		return scalar{}, err
	}
	return at(e, leftmost(pos, list...)), nil
}

// compareWithRows fills X and Op and casts the columns of the query to what the operators take.
func (s *scope) compareWithRows(e *plan.Subquery, n plan.Node, list []scalar, op ast.Operator, pos int) (plan.Node, error) {
	cols := n.Columns()
	exprs := make([]plan.Expr, len(cols))
	cast := false
	for i, c := range cols {
		right := at(refTo(c, 0), 0)
		o, err := s.b.findOperator(op, list[i].oid(), c.Type.OID, pos)
		if err != nil {
			return nil, err
		}
		if o.Function.Result != types.OIDBool {
			return nil, errAt(pos, pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", typeNameOf(o.Function.Result))
		}
		args, err := s.b.castArgs(opArgs(o), []scalar{list[i], right}, pos)
		if err != nil {
			return nil, err
		}
		e.X = append(e.X, args[0].value(s.b))
		e.Op = append(e.Op, o)
		exprs[i] = args[1].Expr
		if _, same := exprs[i].(*plan.ColumnRef); !same {
			cast = true
		}
	}
	if !cast {
		return n, nil
	}
	return s.b.project(n, exprs, names(cols)), nil
}

func names(cols []plan.Column) []string {
	all := make([]string, len(cols))
	for i, c := range cols {
		all[i] = c.Name
	}
	return all
}

// project computes expressions over a node; a column that is handed on keeps its id, once.
func (b *binder) project(in plan.Node, exprs []plan.Expr, names []string) plan.Node {
	p := &plan.Project{Input: in, Exprs: exprs}
	used := map[plan.ColumnID]bool{}
	input := in.Columns()
	for i, e := range exprs {
		var c plan.Column
		if ref, ok := e.(*plan.ColumnRef); ok && !used[ref.ID] {
			c = plan.ColumnByID(input, ref.ID)
		}
		if c.ID == 0 {
			c = b.column(names[i], e.Type())
			if ref, ok := e.(*plan.ColumnRef); ok {
				if same := plan.ColumnByID(input, ref.ID); same.ID != 0 {
					c.Table, c.Number, c.NotNull = same.Table, same.Number, same.NotNull
				}
			}
		}
		used[c.ID] = true
		c.Name = names[i]
		p.Cols = append(p.Cols, c)
	}
	if slices.Equal(p.Cols, input) {
		return in
	}
	return p
}
