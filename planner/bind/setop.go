package bind

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// operand is one side of a set operation (transformSetOperationTree): its columns may still get their types from the other side.
type operand struct {
	block *block
	// targets are the columns of a query, which a cast changes; of a set operation they are columns.
	leaf    bool
	columns []scalar
	names   []string
	poses   []int // where errors about a column are
	leaves  [][]string
}

// setOpBlock is transformSetOperationStmt.
func (s *scope) setOpBlock(body *ast.SetOp, q *ast.Query) (*block, error) {
	o, err := s.setOperation(body)
	if err != nil {
		return nil, err
	}
	n, err := o.block.finish()
	if err != nil {
		return nil, err
	}
	cols := n.Columns()
	// ORDER BY names the columns of the result only.
	sorted := &selection{scope: &scope{b: s.b, parent: s.parent, ctes: s.ctes}}
	own := itemOf("", cols)
	own.isJoin = true
	sorted.visible = append(sorted.visible, own)
	for i, leaf := range o.leaves { // for hints
		it := &item{alias: "*SELECT* " + itoa(i+1)}
		for _, name := range leaf {
			it.columns = append(it.columns, itemColumn{name: name})
		}
		sorted.all = append(sorted.all, it)
	}
	for i, c := range cols {
		sorted.targets = append(sorted.targets, &target{x: at(refTo(c, o.poses[i]), o.poses[i]), name: c.Name})
	}
	visible := len(sorted.targets)
	if err := sorted.orderBy(q.OrderBy); err != nil {
		return nil, err
	}
	if len(sorted.targets) > visible {
		e := errAt(sorted.targets[visible].x.pos, pgerr.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
		return nil, e.WithDetail("Only result column names can be used, not expressions or functions.").
			WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
	}
	limit, offset, err := s.limitClause(q)
	if err != nil {
		return nil, err
	}
	var keys []plan.SortKey
	for _, k := range sorted.sort {
		keys = append(keys, plan.SortKey{Column: cols[slices.Index(sorted.targets, k.target)].ID, Desc: k.desc, NullsFirst: k.nullsFirst})
	}
	n = orderAndLimit(n, keys, limit, offset, q.WithTies)
	return &block{targets: sorted.targets, finish: func() (plan.Node, error) { return n, nil }}, nil
}

// side binds one side.
func (s *scope) setOperand(body ast.QueryBody) (*operand, error) {
	if op, ok := body.(*ast.SetOp); ok {
		return s.setOperation(op)
	}
	q, ok := body.(*ast.Query)
	if ok && isPlain(q) { // only parentheses
		return s.setOperand(q.Body)
	}
	if !ok {
		q = &ast.Query{Pos: body.At(), Body: body}
	}
	child := &scope{b: s.b, parent: s.parent, ctes: s.ctes}
	blk, err := child.query(q)
	if err != nil {
		return nil, err
	}
	o := &operand{block: blk, leaf: true}
	for _, t := range blk.visible() {
		o.columns, o.names, o.poses = append(o.columns, t.x), append(o.names, t.name), append(o.poses, t.x.pos)
	}
	o.leaves = [][]string{o.names}
	return o, nil
}

func isPlain(q *ast.Query) bool {
	return q.With == nil && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil && len(q.Locking) == 0 && q.Emit == nil
}

var setOpKinds = map[ast.SetOpKind]plan.SetOpKind{ast.Union: plan.Union, ast.Intersect: plan.Intersect, ast.Except: plan.Except}

func (s *scope) setOperation(op *ast.SetOp) (*operand, error) {
	left, err := s.setOperand(op.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.setOperand(op.Right)
	if err != nil {
		return nil, err
	}
	return s.combine(op, left, right)
}

// combine makes a set operation of its sides.
func (s *scope) combine(op *ast.SetOp, left, right *operand) (*operand, error) {
	context := strings.ToUpper(string(op.Kind))
	if op.Corresponding {
		return nil, unsupported(int(op.Pos), "CORRESPONDING is not supported yet").WithHint("List the columns in the same order on both sides.")
	}
	if len(left.columns) != len(right.columns) {
		pos := 0
		if len(right.poses) > 0 {
			pos = right.poses[0]
		}
		return nil, errAt(pos, pgerr.SyntaxError, "each %s query must have the same number of columns", context)
	}
	result := &operand{names: left.names, leaves: append(slices.Clone(left.leaves), right.leaves...)}
	var cols []plan.Column
	for i := range left.columns {
		c, err := s.matchColumn(left, right, i, context)
		if err != nil {
			return nil, err
		}
		if !op.All || op.Kind != ast.Union {
			if err := s.b.checkEquality(c.Type, left.poses[i]); err != nil {
				return nil, err
			}
		}
		cols = append(cols, c)
		result.columns, result.poses = append(result.columns, at(refTo(c, 0), 0)), append(result.poses, left.poses[i])
	}
	l, err := s.castOperand(left, cols)
	if err != nil {
		return nil, err
	}
	r, err := s.castOperand(right, cols)
	if err != nil {
		return nil, err
	}
	n := &plan.SetOp{Kind: setOpKinds[op.Kind], All: op.All, Left: l, Right: r, Cols: cols}
	result.block = &block{finish: func() (plan.Node, error) { return n, nil }}
	return result, nil
}

// matchColumn finds the type of a column of the result; constants without a type get it.
func (s *scope) matchColumn(left, right *operand, i int, context string) (plan.Column, error) {
	pair := []scalar{{Expr: left.columns[i].value(s.b), pos: left.poses[i]}, {Expr: right.columns[i].value(s.b), pos: right.poses[i]}}
	oid, err := s.b.commonType(pair, context)
	if err != nil {
		return plan.Column{}, err
	}
	for n, o := range []*operand{left, right} {
		x := pair[n]
		if x.oid() != oid && !canCoerce([]types.OID{x.oid()}, []types.OID{oid}, types.Implicit) {
			return plan.Column{}, errAt(x.pos, pgerr.CannotCoerce, "%s could not convert type %s to %s", context, s.b.nameOf(x.Type()), s.b.rowTypeName(oid))
		}
		if o.leaf && x.isUnknown() {
			y, err := s.b.coerceToCommon(x, oid, context)
			if err != nil {
				return plan.Column{}, err
			}
			o.block.visible()[i].x, o.columns[i], pair[n] = y, y, y
		}
	}
	return s.b.column(left.names[i], types.Type{OID: oid, Mod: commonMod(pair, oid)}), nil
}

// castOperand plans a side with its columns cast to those of the result.
func (s *scope) castOperand(o *operand, cols []plan.Column) (plan.Node, error) {
	n, err := o.block.finish()
	if err != nil {
		return nil, err
	}
	have := n.Columns()
	exprs := make([]plan.Expr, len(cols))
	changed := false
	for i, c := range have {
		x, err := s.b.coerceToCommon(at(refTo(c, 0), 0), cols[i].Type.OID, "UNION")
		if err != nil {
			return nil, err
		}
		exprs[i] = x.Expr
		changed = changed || c.Type.OID != cols[i].Type.OID
	}
	if !changed {
		return n, nil
	}
	return s.b.project(n, exprs, names(have)), nil
}
