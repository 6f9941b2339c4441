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
	all := present(n.Frame.Start.Offset, n.Frame.End.Offset)
	for _, c := range n.Calls {
		all = append(all, c.Args...)
	}
	return all
}

func (n *Over) mapExprs(f func(Expr) Expr) *Over {
	c := *n
	c.Frame.Start.Offset, c.Frame.End.Offset = mapOptional(n.Frame.Start.Offset, f), mapOptional(n.Frame.End.Offset, f)
	c.Calls = slices.Clone(n.Calls)
	for i := range c.Calls {
		c.Calls[i].Args = mapList(c.Calls[i].Args, f)
	}
	return &c
}

func overHead(n *Over) string {
	var calls []string
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
		calls = append(calls, name+" as "+columnName(c.Column))
	}
	return "over (" + idList(n.Partition, n.Input) + ") order (" + sortList(n.Order, n.Input) + ")" + n.Frame.head() + " [" + strings.Join(calls, ", ") + "]"
}

// head is empty for the default frame.
func (f Frame) head() string {
	if f == DefaultFrame {
		return ""
	}
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
