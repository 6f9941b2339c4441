package plan

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/sql/fn"
)

// This file is what walkers and printers need of window functions.

// FrameNames are how frames are written, for what prints them.
var (
	frameUnits = [...]string{fn.FrameRange: "range", fn.FrameRows: "rows", fn.FrameGroups: "groups"}
	boundNames = [...]string{
		fn.UnboundedPreceding: "unbounded preceding", fn.Preceding: "preceding", fn.CurrentRow: "current row", fn.Following: "following",
		fn.UnboundedFollowing: "unbounded following",
	}
	exclusionNames = [...]string{fn.ExcludeCurrentRow: "current row", fn.ExcludeGroup: "group", fn.ExcludeTies: "ties"}
	overNames      = [...]string{
		FuncRowNumber: "row_number", FuncRank: "rank", FuncDenseRank: "dense_rank", FuncPercentRank: "percent_rank", FuncCumeDist: "cume_dist",
		FuncNtile: "ntile", FuncLag: "lag", FuncLead: "lead", FuncFirstValue: "first_value", FuncLastValue: "last_value", FuncNthValue: "nth_value",
	}
)

func (n *Over) exprs() []Expr {
	var all []Expr
	for _, c := range n.Calls {
		all = append(append(all, present(c.Frame.Start.Offset, c.Frame.End.Offset)...), c.Args...)
	}
	return all
}

// Frame is that of the first function that looks at one.
func (n *Over) Frame() Frame {
	for _, c := range n.Calls {
		if c.Function.IsFramed() {
			return c.Frame
		}
	}
	return DefaultFrame
}

// Equal tells whether two frames are the same.
func (f Frame) Equal(g Frame) bool {
	return f.Unit == g.Unit && f.Exclude == g.Exclude && f.Start.equal(g.Start) && f.End.equal(g.End)
}

func (b FrameBound) equal(c FrameBound) bool {
	return b.Kind == c.Kind && b.InRange == c.InRange && (b.Offset == nil) == (c.Offset == nil) && (b.Offset == nil || Equal(b.Offset, c.Offset))
}

func (n *Over) mapExprs(f func(Expr) Expr) *Over {
	c := *n
	c.Calls = slices.Clone(n.Calls)
	for i := range c.Calls {
		call := &c.Calls[i]
		call.Args = mapList(call.Args, f)
		call.Frame.Start.Offset, call.Frame.End.Offset = mapOptional(call.Frame.Start.Offset, f), mapOptional(call.Frame.End.Offset, f)
	}
	return &c
}

// overHead has the frame of the first function behind the order, and those that differ from it behind their functions.
func overHead(n *Over) string {
	var calls []string
	frame := n.Frame()
	for _, c := range n.Calls {
		name := overNames[min(c.Function, FuncNthValue)]
		if c.Function == FuncAggregate {
			name = c.Aggregate.Name
		}
		if len(c.Args) > 0 || c.Function == FuncAggregate {
			var args []string
			for _, a := range c.Args {
				args = append(args, ExprString(a))
			}
			name += "(" + strings.Join(args, ", ") + ")"
		}
		if c.Filter != 0 {
			name += " filter " + idList([]ColumnID{c.Filter}, n.Input)
		}
		if c.Function.IsFramed() && !c.Frame.Equal(frame) {
			name += c.Frame.text()
		}
		calls = append(calls, name+" as "+columnName(c.Column))
	}
	return "over (" + idList(n.Partition, n.Input) + ") order (" + sortList(n.Order, n.Input) + ")" + frame.head() + " [" + strings.Join(calls, ", ") + "]"
}

// head is empty for the default frame.
func (f Frame) head() string {
	if f == DefaultFrame {
		return ""
	}
	return f.text()
}

func (f Frame) text() string {
	s := " " + frameUnits[f.Unit] + " from " + f.Start.head() + " to " + f.End.head()
	if f.Exclude != fn.ExcludeNothing {
		s += " without " + exclusionNames[f.Exclude]
	}
	return s
}

func (b FrameBound) head() string {
	if b.Offset == nil {
		return boundNames[b.Kind]
	}
	return ExprString(b.Offset) + " " + boundNames[b.Kind]
}

// Constant tells whether an expression has the same value for all rows: it has no columns, no queries and calls nothing volatile.
func Constant(e Expr) bool {
	constant := true
	Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *ColumnRef, *Subquery:
			constant = false
		case *Call:
			constant = constant && x.Function.Volatility != fn.Volatile
		case *Const, *Param, *Logic, *Not, *IsNull, *Case, *Coalesce:
		}
		return constant
	})
	return constant
}
