package parse

import (
	"fmt"

	tidbast "github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/ast"
)

// onLowered is told each lowered text; for tests.
var onLowered func(text string)

// group has TiDB group what was lowered and fills the slots of all marks. The text must begin with SELECT.
func (p *parser) group() {
	if p.failed() {
		return
	}
	text := p.low.lowered()
	if onLowered != nil {
		onLowered(text)
	}
	tree, err := groupText(text)
	d := decoder{low: p.low}
	if err == nil {
		d.query(tree)
		err = d.err
	}
	if err == nil && p.low.nextOp != len(p.low.ops) {
		err = fmt.Errorf("%d of %d operators found", p.low.nextOp, len(p.low.ops))
	}
	if err != nil {
		p.fail(invariants.Errorf("lowered text %q: %v", text, err))
		return
	}
	p.checkAsofs()
	p.rewriteGroupWindows()
}

// decoder walks TiDB's tree in the order of the text. Whatever it does not expect there is an error: a fault of the
// lowering, which must never be a wrong tree instead.
type decoder struct {
	low *lowering
	err error
}

func (d *decoder) failf(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// mark returns the mark that a `?` is, or nil.
func (d *decoder) mark(n tidbast.Node) *mark {
	m, ok := n.(*marker)
	if !ok || m.offset < 0 || m.offset >= len(d.low.markAt) || d.low.markAt[m.offset] == 0 {
		d.failf("no mark at a %T", n)
		return nil
	}
	return &d.low.marks[d.low.markAt[m.offset]-1]
}

// slotFiller hands out the slots of a mark one after the other.
type slotFiller struct {
	d     *decoder
	slots []*ast.Expr
}

func (d *decoder) filler(m *mark) slotFiller {
	return slotFiller{d, d.low.slots[m.slot0 : m.slot0+m.slots]}
}

func (f *slotFiller) fill(n tidbast.ExprNode) {
	if len(f.slots) == 0 {
		f.d.failf("more expressions than slots")
		return
	}
	*f.slots[0] = f.d.expr(n)
	f.slots = f.slots[1:]
}

func (f *slotFiller) done() {
	if len(f.slots) != 0 {
		f.d.failf("%d slots left", len(f.slots))
	}
}

// query decodes one SELECT of the text. The first field is the mark of the block; its slots are for the expressions of all
// clauses, in their order.
func (d *decoder) query(s *tidbast.SelectStmt) {
	if s.With != nil {
		for _, cte := range s.With.CTEs {
			d.subquery(cte.Query)
		}
	}
	m := d.mark(s.Fields.Fields[0].Expr)
	if m == nil {
		return
	}
	f := d.filler(m)
	for _, field := range s.Fields.Fields[1:] {
		f.fill(field.Expr)
	}
	if s.From != nil {
		d.table(s.From.TableRefs)
	}
	if s.Where != nil {
		f.fill(s.Where)
	}
	if s.GroupBy != nil {
		for _, item := range s.GroupBy.Items {
			f.fill(item.Expr)
		}
	}
	if s.OrderBy != nil {
		for _, item := range s.OrderBy.Items {
			f.fill(item.Expr)
		}
	}
	f.done()
}

func (d *decoder) subquery(q tidbast.ResultSetNode) {
	switch q := q.(type) {
	case *tidbast.SubqueryExpr:
		d.subquery(q.Query)
	case *tidbast.SelectStmt:
		d.query(q)
	default:
		d.failf("unexpected query %T", q)
	}
}

// table decodes a FROM item; the nodes know already how they are joined.
func (d *decoder) table(t tidbast.ResultSetNode) {
	switch t := t.(type) {
	case *tidbast.Join:
		d.table(t.Left)
		if t.Right != nil {
			d.table(t.Right)
		}
		if t.On != nil {
			d.operand(t.On.Expr)
		}
	case *tidbast.TableSource:
		d.table(t.Source)
	case *tidbast.TableName:
	case *tidbast.SelectStmt:
		d.query(t)
	default:
		d.failf("unexpected table %T", t)
	}
}

// expr decodes an expression.
func (d *decoder) expr(n tidbast.ExprNode) ast.Expr {
	switch n := n.(type) {
	case *tidbast.ParenthesesExpr:
		return d.expr(n.Expr)
	case *tidbast.BinaryOperationExpr:
		if n.Op == opcode.LogicAnd || n.Op == opcode.LogicOr {
			return d.logic(n)
		}
		return d.binary(n)
	case *tidbast.PatternInExpr:
		if len(n.List) != 1 {
			break
		}
		return d.right(n.Expr, n.List[0])
	case *tidbast.FuncCallExpr:
		if n.FnName.L == "concat" && len(n.Args) == 2 { // what TiDB makes of ||
			return d.right(n.Args[0], n.Args[1])
		}
		return d.operand(n)
	case *marker:
		return d.operand(n)
	case *tidbast.SubqueryExpr:
		d.failf("subquery outside a call")
		return nil
	}
	d.failf("unexpected expression %T", n)
	return nil
}

// operand decodes ? or f(?, ...), whose expressions go into the mark's slots.
func (d *decoder) operand(n tidbast.ExprNode) ast.Expr {
	m, args := d.markOf(n)
	if m == nil {
		return nil
	}
	if m.left != nil {
		d.failf("operator without a left side")
	}
	d.arguments(m, args)
	return m.node
}

func (d *decoder) markOf(n tidbast.ExprNode) (*mark, []tidbast.ExprNode) {
	if f, ok := n.(*tidbast.FuncCallExpr); ok && f.FnName.L == "f" && len(f.Args) > 0 {
		return d.mark(f.Args[0]), f.Args[1:]
	}
	return d.mark(n), nil
}

func (d *decoder) arguments(m *mark, args []tidbast.ExprNode) {
	f := d.filler(m)
	for _, a := range args {
		// A subquery fills its own slots; it is in the text for that alone.
		if q, ok := a.(*tidbast.SubqueryExpr); ok {
			d.subquery(q)
			continue
		}
		f.fill(a)
	}
	f.done()
}

// right decodes an operator that a mark on its right side stands for.
func (d *decoder) right(left, right tidbast.ExprNode) ast.Expr {
	x := d.expr(left)
	m, args := d.markOf(right)
	if m == nil {
		return nil
	}
	if m.left == nil {
		d.failf("no operator to the right")
		return nil
	}
	*m.left = x
	d.arguments(m, args)
	return m.node
}

// isRight tells whether n is a mark on the right side of an operator.
func (d *decoder) isRight(n tidbast.ExprNode) bool {
	switch f := n.(type) {
	case *tidbast.FuncCallExpr:
		if f.FnName.L != "f" || len(f.Args) == 0 {
			return false
		}
		n = f.Args[0]
	case *marker:
	default:
		return false
	}
	m := d.mark(n)
	return m != nil && m.left != nil
}

// nativeNames are the operators of the text that mean themselves.
var nativeNames = map[opcode.Op]string{
	opcode.LogicAnd: "AND", opcode.LogicOr: "OR",
	opcode.EQ: "=", opcode.NE: "<>", opcode.LT: "<", opcode.GT: ">", opcode.LE: "<=", opcode.GE: ">=",
	opcode.Plus: "+", opcode.Minus: "-", opcode.Mul: "*", opcode.Div: "/", opcode.Mod: "%", opcode.Xor: "^",
}

// takeOp takes the next operator in the order of the text, which must be op.
func (d *decoder) takeOp(op opcode.Op) nativeOp {
	i := d.low.nextOp
	if i >= len(d.low.ops) || d.low.ops[i].name != nativeNames[op] {
		d.failf("unexpected operator %s", op)
		return nativeOp{}
	}
	d.low.nextOp++
	return d.low.ops[i]
}

func (d *decoder) binary(n *tidbast.BinaryOperationExpr) ast.Expr {
	if d.isRight(n.R) {
		return d.right(n.L, n.R)
	}
	left := d.expr(n.L)
	op := d.takeOp(n.Op)
	return &ast.Binary{Pos: op.pos, Op: ast.Operator{Name: op.name}, Left: left, Right: d.expr(n.R)}
}

// logic decodes a chain of ANDs or ORs, which may be very long, into one node.
func (d *decoder) logic(n *tidbast.BinaryOperationExpr) ast.Expr {
	var rights []tidbast.ExprNode
	var first tidbast.ExprNode = n
	for {
		b, ok := unwrap(first).(*tidbast.BinaryOperationExpr)
		if !ok || b.Op != n.Op {
			break
		}
		rights = append(rights, b.R)
		first = b.L
	}
	e := &ast.Logic{Or: n.Op == opcode.LogicOr, Args: make([]ast.Expr, 0, len(rights)+1)}
	e.Args = append(e.Args, d.expr(first))
	for i := len(rights) - 1; i >= 0; i-- {
		op := d.takeOp(n.Op)
		if e.Pos == 0 {
			e.Pos = op.pos
		}
		e.Args = append(e.Args, d.expr(rights[i]))
	}
	return e
}

func unwrap(n tidbast.ExprNode) tidbast.ExprNode {
	for {
		p, ok := n.(*tidbast.ParenthesesExpr)
		if !ok {
			return n
		}
		n = p.Expr
	}
}
