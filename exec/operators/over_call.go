package operators

import (
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// overCall is one window function.
type overCall struct {
	*flow.OverCall
	exprs []*eval.Evaluator
	args  []fn.Arg
	slide *slidingAggregate // OverAggregate
	frame *overFrame        // if it looks at one
}

func newOverCall(c *flow.OverCall) overCall {
	out := overCall{OverCall: c}
	for _, a := range c.Args {
		out.exprs = append(out.exprs, eval.Compile(a))
	}
	out.args = make([]fn.Arg, len(c.Args))
	if c.Function == flow.OverAggregate {
		out.slide = newSlidingAggregate(c)
	}
	return out
}

// framed tells whether the function looks at the frame.
func (c *overCall) framed() bool { return c.Function >= flow.OverFirstValue }

// int is an integer argument in row i.
func (c *overCall) int(arg, i int) (n int64, ok bool) {
	a := c.args[arg]
	if a.Const {
		i = 0
	}
	if a.IsNull(i) {
		return 0, false
	}
	return a.Ints[i], true
}

// appendArg appends an argument in row i to out.
func (c *overCall) appendArg(out *batch.Vec, arg, i int) {
	a := c.args[arg]
	if a.Const {
		i = 0
	}
	out.AppendFrom(a.Vec, i)
}

// compute appends the results for all rows to out.
func (c *overCall) compute(w *overWalk, p *overPart, out *batch.Vec) error {
	ctx := w.env.Eval
	ctx.Errors.Truncate(0)
	for i, e := range c.exprs {
		c.args[i] = e.Eval(ctx, p.rows)
	}
	for n, row := range ctx.Errors.Rows {
		p.errs.Add(int(row), ctx.Errors.Errs[n])
	}
	ctx.Errors.Truncate(0)
	switch c.Function {
	case flow.OverRowNumber, flow.OverRank, flow.OverDenseRank:
		c.ranks(p, out)
	case flow.OverPercentRank, flow.OverCumeDist:
		c.fractions(p, out)
	case flow.OverNtile:
		c.ntile(p, out)
	case flow.OverLag, flow.OverLead:
		c.neighbour(p, out)
	case flow.OverFirstValue, flow.OverLastValue, flow.OverNthValue:
		c.ofFrame(p, out)
	case flow.OverAggregate:
		return c.slide.compute(w, p, c.frame, c.args, out)
	}
	return nil
}

func (c *overCall) ranks(p *overPart, out *batch.Vec) {
	for i := range p.refs {
		n := int64(i)
		switch c.Function {
		case flow.OverRank:
			n = int64(p.groupOf(i).from)
		case flow.OverDenseRank:
			n = int64(p.group[i])
		default:
		}
		out.Ints = append(out.Ints, n+1)
	}
}

func (c *overCall) fractions(p *overPart, out *batch.Vec) {
	rows := float64(len(p.refs))
	for i := range p.refs {
		g, part := p.groupOf(i), 0.0
		switch {
		case c.Function == flow.OverCumeDist:
			part = float64(g.to) / rows
		case len(p.refs) > 1:
			part = float64(g.from) / (rows - 1)
		}
		out.Floats = append(out.Floats, part)
	}
}

// ntile is window_ntile: the first rows % buckets buckets have one row more. The number of buckets is that of the first row that has one.
func (c *overCall) ntile(p *overPart, out *batch.Vec) {
	buckets, bucket, size, left, more := int64(0), int64(0), int64(0), int64(0), int64(0)
	for i := range p.refs {
		if buckets == 0 {
			n, ok := c.int(0, i)
			if !ok {
				out.AppendNull()
				continue
			}
			if n <= 0 {
				p.errs.Add(i, errNtile())
				out.AppendNull()
				continue
			}
			buckets, bucket = n, 1
			size, more = int64(len(p.refs))/n, int64(len(p.refs))%n
			if size == 0 {
				size, more = 1, 0
			}
			left = size + min(more, 1)
		}
		if left == 0 {
			bucket++
			if left = size; bucket <= more {
				left++
			}
		}
		left--
		out.Ints = append(out.Ints, bucket)
	}
}

// neighbour is lag and lead.
func (c *overCall) neighbour(p *overPart, out *batch.Vec) {
	for i := range p.refs {
		distance, ok := int64(1), true
		if len(c.args) > 1 {
			distance, ok = c.int(1, i)
		}
		if c.Function == flow.OverLag {
			distance = -distance
		}
		switch at := int64(i) + distance; {
		case !ok:
			out.AppendNull()
		case 0 <= at && at < int64(len(p.refs)):
			c.appendArg(out, 0, int(at))
		case len(c.args) > 2:
			c.appendArg(out, 2, i)
		default:
			out.AppendNull()
		}
	}
}

// ofFrame is first_value, last_value and nth_value.
func (c *overCall) ofFrame(p *overPart, out *batch.Vec) {
	for i := range p.refs {
		n, ok := int64(1), true
		if c.Function == flow.OverNthValue {
			if n, ok = c.int(1, i); ok && n <= 0 {
				p.errs.Add(i, errNthValue())
				ok = false
			}
		}
		at := -1
		if ok {
			at = nth(c.frame.segments(p, i), n-1, c.Function == flow.OverLastValue)
		}
		if at < 0 {
			out.AppendNull()
			continue
		}
		c.appendArg(out, 0, at)
	}
}

// cancelled is the error of a statement that was cancelled; it is asked for where partitions are gone over many times.
func (w *overWalk) cancelled() error {
	if f := w.env.Eval.Cancelled; f != nil && f() {
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	}
	return nil
}

func (w *overWalk) settings() *types.Settings {
	if s := w.env.Eval.Settings; s != nil {
		return s
	}
	return types.DefaultSettings
}
