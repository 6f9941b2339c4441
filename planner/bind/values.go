package bind

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// valuesBlock is transformValuesClause.
func (s *scope) valuesBlock(v *ast.Values, q *ast.Query) (*block, error) {
	rows, err := s.valueRows(v, kindValues)
	if err != nil {
		return nil, err
	}
	n := &plan.Values{Rows: make([][]plan.Expr, len(rows))}
	k := &selection{scope: s}
	for c := range rows[0] {
		column := make([]scalar, len(rows))
		for r := range rows {
			column[r] = rows[r][c]
		}
		oid, err := s.b.commonType(column, "VALUES")
		if err != nil {
			return nil, err
		}
		for r := range rows {
			if column[r], err = s.b.coerceToCommon(column[r], oid, "VALUES"); err != nil {
				return nil, err
			}
			n.Rows[r] = append(n.Rows[r], column[r].value(s.b))
		}
		shape := rows[0][c]
		col := s.b.column("column"+itoa(c+1), types.Type{OID: oid, Mod: commonMod(column, oid)})
		s.b.keepShape(col.ID, shape)
		n.Cols = append(n.Cols, col)
		k.targets = append(k.targets, &target{x: at(refTo(col, rows[0][c].pos), rows[0][c].pos), name: col.Name})
	}
	i := itemOf("*VALUES*", n.Cols)
	s.visible, s.all = append(s.visible, i), append(s.all, i)
	for _, c := range n.Cols {
		s.b.owner[c.ID] = s
	}
	k.from = n
	if err := k.orderBy(q.OrderBy); err != nil {
		return nil, err
	}
	if k.limit, k.offset, err = s.limitClause(q); err != nil {
		return nil, err
	}
	k.withTies = q.WithTies
	if err := checkTargetCount(k.targets); err != nil {
		return nil, err
	}
	b := &block{targets: k.targets}
	b.finish = func() (plan.Node, error) {
		if len(k.sort) == 0 && k.limit == nil && k.offset == nil {
			return n, nil
		}
		return k.finish()
	}
	return b, nil
}

// valueRows binds the rows of VALUES, which must have the same length.
func (s *scope) valueRows(v *ast.Values, k kind) ([][]scalar, error) {
	var rows [][]scalar
	for _, r := range v.Rows {
		var list []scalar
		err := s.in(k, func() (err error) {
			list, err = s.exprList(r)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 && len(list) != len(rows[0]) {
			pos := 0
			if len(list) > 0 {
				pos = list[0].pos
			}
			return nil, errAt(pos, pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
		rows = append(rows, list)
	}
	return rows, nil
}
