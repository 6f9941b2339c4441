package flow

import (
	"strings"

	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

var (
	overNames = [...]string{
		"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value",
	}
	frameUnits     = [...]string{fn.FrameRange: "range", fn.FrameRows: "rows", fn.FrameGroups: "groups"}
	exclusionNames = [...]string{fn.ExcludeNothing: "", fn.ExcludeCurrentRow: " without current row", fn.ExcludeGroup: " without group", fn.ExcludeTies: " without ties"}
)

func (g *Graph) overText(s *Over, in []Field) string {
	text := "over"
	if len(s.Partition) > 0 {
		text += " in (" + places(s.Partition, in) + ")"
	}
	if len(s.Order) > 0 {
		text += " order (" + sortText(s.Order, in) + ")"
	}
	text += s.Frame.text()
	var calls []string
	for _, c := range s.Calls {
		name := ""
		if c.Function == OverAggregate {
			name = c.Aggregate.Name
		} else {
			name = overNames[c.Function]
		}
		name += "(" + exprs(c.Args, in) + ")"
		if c.Filter >= 0 {
			name += " filter " + place(c.Filter, in)
		}
		if c.Frame != nil {
			name += c.Frame.whole()
		}
		calls = append(calls, name+" "+types.FormatType(c.Result))
	}
	return text + " [" + strings.Join(calls, ", ") + "]" + g.boundText(" bound ", s.Bound, in)
}

// text is empty for the default frame.
func (f *Frame) text() string {
	if f.Unit == fn.FrameRange && f.Start.Kind == fn.UnboundedPreceding && f.End.Kind == fn.CurrentRow && f.Exclude == fn.ExcludeNothing {
		return ""
	}
	return f.whole()
}

func (f *Frame) whole() string {
	return " " + frameUnits[f.Unit] + " from " + f.Start.text() + " to " + f.End.text() + exclusionNames[f.Exclude]
}

func (b *FrameBound) text() string {
	name := [...]string{"unbounded preceding", "preceding", "current row", "following", "unbounded following"}[b.Kind]
	if b.Offset == nil {
		return name
	}
	return ExprString(b.Offset, nil) + " " + name
}
