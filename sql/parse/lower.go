package parse

import (
	"slices"
	"strconv"
	"sync"

	"github.com/freshetdb/freshet/sql/ast"
)

// A lowering is one query or expression on its way through TiDB's grammar.
//
// While the parser reads it by PostgreSQL's grammar it builds every node of the syntax tree but the operators, and writes a
// text for TiDB that holds nothing else but the skeleton that must be grouped: SELECT, FROM, JOIN ... ON, WHERE, GROUP BY,
// ORDER BY, OR, AND, comparisons, arithmetic, IN, calls f(...), tables t0, t1, ..., and `?`. Each `?` is a mark: its
// place in the text leads to the node that it stands for. Expressions inside a node that have operators in them are
// written as the arguments of a call `f(?, a, b)`, whose first argument is the node's mark; the decoder puts what comes
// of them into the node's slots. An operator that TiDB lacks is written with one that it has, of the same precedence:
// `x || y` as `x | f(?, y)`, where the mark on the right side says what it really is.
//
// An expression without operators never reaches the text: a leaf is ready when it has been read.
type lowering struct {
	items []item
	marks []mark
	// ops are the operators that stand in the text themselves, in its order.
	ops []nativeOp
	// slots holds the slots of all marks, each mark's one after the other.
	slots []*ast.Expr
	// pending are the slots of the calls that are still open.
	pending []*ast.Expr
	// scratch collects the elements of lists that are being read.
	scratch []ast.Expr
	// lead is written before the next expression that reaches the text: a comma, or the clause that it opens.
	lead string
	// tables counts the FROM items.
	tables int
	lone   loneQuery
	// asofs and grouped are looked at again when all is grouped.
	asofs   []*ast.Join
	grouped []*ast.Select

	text   []byte
	markAt []int32 // by byte offset in text: index into marks, plus one
	nextOp int
}

// item is a piece of the text: opening parentheses, fixed text, then perhaps a mark.
type item struct {
	opens int32
	mark  int32 // index into marks, or noMark
	text  string
}

const noMark = -1

// mark is what a `?` stands for.
type mark struct {
	node ast.Expr
	// left is where the operand to the left goes, for marks on the right side of an operator.
	left *ast.Expr
	// slot0 and slots say where the expressions beside the mark go.
	slot0, slots int
}

// nativeOp is an operator of the text.
type nativeOp struct {
	name string
	pos  ast.Pos
}

var loweringPool = sync.Pool{New: func() any { return new(lowering) }}

// begin starts a lowering; nested statements (a data-modifying CTE) have one of their own.
func (p *parser) begin() (outer *lowering) {
	outer = p.low
	p.low = loweringPool.Get().(*lowering)
	return outer
}

// finish ends the lowering that begin started.
func (p *parser) finish(outer *lowering) {
	p.low.reset()
	loweringPool.Put(p.low)
	p.low = outer
}

func (l *lowering) reset() {
	clear(l.marks) // nodes must not be kept alive by the pool
	clear(l.slots)
	clear(l.pending)
	clear(l.scratch)
	clear(l.markAt)
	*l = lowering{
		items: l.items[:0], marks: l.marks[:0], ops: l.ops[:0], slots: l.slots[:0], pending: l.pending[:0],
		scratch: l.scratch[:0], text: l.text[:0], markAt: l.markAt[:0],
	}
}

// emit writes fixed text.
func (l *lowering) emit(text string) { l.items = append(l.items, item{mark: noMark, text: text}) }

// emitLeaf writes a mark that stands for a finished node.
func (l *lowering) emitLeaf(node ast.Expr) {
	l.marks = append(l.marks, mark{node: node})
	l.items = append(l.items, item{mark: int32(len(l.marks) - 1)})
}

// emitOp writes an operator that the decoder takes as it is.
func (l *lowering) emitOp(text, name string, pos ast.Pos) {
	l.emit(text)
	l.ops = append(l.ops, nativeOp{name, pos})
}

// wrap puts what has been written since item start in parentheses.
func (l *lowering) wrap(start int) {
	l.items[start].opens++
	l.emit(")")
}

// newMark makes a mark whose slots are the pending ones from base on.
func (l *lowering) newMark(node ast.Expr, left *ast.Expr, base int) int32 {
	l.marks = append(l.marks, mark{node, left, len(l.slots), len(l.pending) - base})
	l.slots = append(l.slots, l.pending[base:]...)
	l.pending = l.pending[:base]
	return int32(len(l.marks) - 1)
}

// call is a piece of the text that is being written and will begin with a mark.
type call struct {
	item, base int
	lead       string
}

// open begins the call f(?, ...) of a node whose inner expressions follow, each by sub.
func (l *lowering) open() call { return l.openWith("f(") }

func (l *lowering) openWith(text string) call {
	c := call{len(l.items), len(l.pending), l.lead}
	l.emit(text)
	l.lead = ","
	return c
}

// close ends a call. If none of the inner expressions reached the text, neither does the node: it is returned as a leaf.
func (l *lowering) close(c call, node ast.Expr) ast.Expr {
	if l.bare(c) {
		l.drop(c)
		return node
	}
	l.closeMark(c, node, nil)
	l.emit(")")
	return nil
}

// closeRight ends a call on the right side of an operator, whose left operand goes to left.
func (l *lowering) closeRight(c call, node ast.Expr, left *ast.Expr) {
	if l.bare(c) {
		l.drop(c)
		l.marks = append(l.marks, mark{node: node, left: left})
		l.items = append(l.items, item{mark: int32(len(l.marks) - 1)})
		return
	}
	l.closeMark(c, node, left)
	l.emit(")")
}

// bare tells whether a call has no inner expression in the text.
func (l *lowering) bare(c call) bool { return len(l.pending) == c.base }

// drop takes back what openWith wrote.
func (l *lowering) drop(c call) {
	l.items = l.items[:c.item]
	l.lead = c.lead
}

// closeMark makes the mark at the beginning of a call.
func (l *lowering) closeMark(c call, node ast.Expr, left *ast.Expr) {
	l.items[c.item].mark = l.newMark(node, left, c.base)
	l.lead = c.lead
}

// sub reads an expression inside a call into dst.
func (p *parser) sub(dst *ast.Expr) { p.subAt(dst, precOr, false) }

// subAt is sub for expressions that bind at least as tightly as min.
func (p *parser) subAt(dst *ast.Expr, min precedence, restricted bool) {
	if leaf := p.subExpr(min, restricted); leaf != nil {
		*dst = leaf
		return
	}
	p.low.await(dst)
}

// awaited is in a slot until the decoder fills it, so that whoever asks sees that something will be there.
var awaited ast.Expr = &ast.Default{}

// await makes dst the slot of the expression that has just been written in the open call.
func (l *lowering) await(dst *ast.Expr) {
	*dst = awaited
	l.pending = append(l.pending, dst)
}

// redirect moves an expression to another node, and its slot with it if it is awaited: that is the pending slot next. It
// returns where the next one's slot is, so that many can be moved in their order.
func (l *lowering) redirect(next int, from, to *ast.Expr) int {
	*to = *from
	if *from != awaited {
		return next
	}
	l.pending[next] = to
	return next + 1
}

// subExpr reads an expression inside a call and returns it if it is a leaf; otherwise it has been written.
func (p *parser) subExpr(min precedence, restricted bool) ast.Expr {
	l := p.low
	n, lead := len(l.items), l.lead
	if lead != "" {
		l.emit(lead)
	}
	l.lead = ""
	leaf, _ := p.lowerExpr(min, restricted)
	if leaf != nil {
		l.items = l.items[:n]
		l.lead = lead
		return leaf
	}
	l.lead = ","
	return nil
}

// subList reads expressions separated by commas inside a call.
func (p *parser) subList() []ast.Expr { return p.subListOf(p.subElement) }

func (p *parser) subElement() ast.Expr { return p.subExpr(precOr, false) }

// subListOf reads elements separated by commas. element returns a leaf, or nil for one that has been written.
func (p *parser) subListOf(element func() ast.Expr) []ast.Expr {
	base := len(p.low.scratch)
	for {
		e := element()
		p.low.scratch = append(p.low.scratch, e)
		if !p.accept(",") {
			return p.takeList(base)
		}
	}
}

// takeList makes a list of the scratch elements from base on, with slots for those that are in the text.
func (p *parser) takeList(base int) []ast.Expr {
	l := p.low
	list := slices.Clone(l.scratch[base:])
	l.scratch = l.scratch[:base]
	for i, e := range list {
		if e == nil {
			l.await(&list[i])
		}
	}
	return list
}

// tableName gives the name of FROM item n in the text.
func tableName(n int) string {
	if n < len(tableNames) {
		return tableNames[n]
	}
	return "t" + strconv.Itoa(n)
}

var tableNames = func() (names [64]string) {
	for i := range names {
		names[i] = "t" + strconv.Itoa(i)
	}
	return names
}()

// lowered writes the text for TiDB.
func (l *lowering) lowered() string {
	for i := range l.items {
		it := &l.items[i]
		for range it.opens {
			l.text = append(l.text, '(')
		}
		l.text = append(l.text, it.text...)
		if it.mark != noMark {
			for len(l.markAt) < len(l.text) {
				l.markAt = append(l.markAt, 0)
			}
			l.markAt = append(l.markAt, it.mark+1)
			l.text = append(l.text, '?')
		}
	}
	return string(l.text)
}
