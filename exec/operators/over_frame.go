package operators

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// rowRange are places of rows: from <= place < to.
type rowRange struct{ from, to int }

func (r rowRange) len() int { return max(0, r.to-r.from) }

func (r rowRange) has(i int) bool { return r.from <= i && i < r.to }

// frameEnd is a bound of the frame.
type frameEnd struct {
	*flow.FrameBound
	unit  fn.FrameUnit
	order flow.SortKey // of a RANGE with an offset
	value types.Value  // the offset
	rows  int          // and as a number of rows or groups
}

// overFrame is the frame of some of the functions.
type overFrame struct {
	*flow.Frame
	start, end frameEnd
	offsets    bool // are computed
	// rows are those of each row of the part that is being computed, before anything is left out.
	rows []rowRange
}

// frameOf is the frame of a function, which others may have too.
func (w *overWalk) frameOf(c *flow.OverCall) *overFrame {
	f := c.Frame
	if f == nil {
		f = &w.spec.Frame
	}
	for _, o := range w.frames {
		if o.Frame == f {
			return o
		}
	}
	o := &overFrame{Frame: f, start: newFrameEnd(w.spec, f, &f.Start), end: newFrameEnd(w.spec, f, &f.End)}
	w.frames = append(w.frames, o)
	return o
}

func newFrameEnd(spec *flow.Over, f *flow.Frame, b *flow.FrameBound) frameEnd {
	e := frameEnd{FrameBound: b, unit: f.Unit}
	if b.InRange != nil {
		e.order = spec.Order[0]
	}
	return e
}

// maxRows is more rows than a partition has.
const maxRows = 1 << 40

// evaluate computes the offset.
func (e *frameEnd) evaluate(env *Env, which string) error {
	if e.Offset == nil {
		return nil
	}
	v, err := evalConstant(env.Eval, e.Offset)
	if err == nil {
		err = fn.FrameOffset(v, e.InRange, which)
	}
	e.value, e.rows = v, int(min(v.Int, maxRows))
	return err
}

// find finds the frame of each row of a part.
func (f *overFrame) find(w *overWalk, p *overPart) error {
	if !f.offsets {
		if err := f.start.evaluate(w.env, "starting"); err != nil {
			return err
		}
		if err := f.end.evaluate(w.env, "ending"); err != nil {
			return err
		}
		f.offsets = true
	}
	f.rows = f.rows[:0]
	for range p.refs {
		f.rows = append(f.rows, rowRange{0, len(p.refs)})
	}
	if err := f.start.find(p, w.settings(), func(i, at int) { f.rows[i].from = at }, false); err != nil {
		return err
	}
	return f.end.find(p, w.settings(), func(i, at int) { f.rows[i].to = at }, true)
}

// find calls set with the place where the frame of each row begins, or behind its last row if end is set.
func (e *frameEnd) find(p *overPart, s *types.Settings, set func(i, at int), end bool) error {
	switch {
	case e.Kind == fn.UnboundedPreceding || e.Kind == fn.UnboundedFollowing:
		return nil
	case e.InRange != nil:
		return e.findInRange(p, s, set, end)
	}
	distance := e.rows
	if e.Kind == fn.Preceding {
		distance = -distance
	}
	n := len(p.refs)
	for i := range n {
		g := rowRange{i, i + 1}
		switch {
		case e.unit == fn.FrameRows:
			g.from, g.to = i+distance, i+distance+1
		case e.Kind == fn.CurrentRow:
			g = p.groupOf(i)
		default:
			g = p.groupAt(int(p.group[i]) + distance)
		}
		if end {
			g.from = g.to
		}
		set(i, min(max(g.from, 0), n))
	}
	return nil
}

// groupAt is the range of a group, which may be before the first or behind the last.
func (p *overPart) groupAt(g int) rowRange {
	last := len(p.groups) - 1
	switch {
	case g < 0:
		return rowRange{0, 0}
	case g >= last:
		return rowRange{p.groups[last], p.groups[last]}
	}
	return rowRange{p.groups[g], p.groups[g+1]}
}

// findInRange compares the values of the one column of the order. Nulls are in the frames of nulls only.
func (e *frameEnd) findInRange(p *overPart, s *types.Settings, set func(i, at int), end bool) error {
	v := &p.rows.Cols[e.order.Column]
	values := notNull(v, p)
	for i := range p.refs {
		if !values.has(i) {
			g := p.groupOf(i)
			if end {
				g.from = g.to
			}
			set(i, g.from)
		}
	}
	at := values.from
	down := (e.Kind == fn.Preceding) != e.order.Desc
	for i := values.from; i < values.to; i++ {
		for at < values.to {
			c, err := e.InRange.Compare(v.Value(at), v.Value(i), e.value, down, s)
			if err != nil {
				return err
			}
			if e.order.Desc {
				c = -c
			}
			if c > 0 || c == 0 && !end {
				break
			}
			at++
		}
		set(i, at)
	}
	return nil
}

// notNull is the range of the rows that have a value; the nulls are all before or all behind.
func notNull(v *batch.Vec, p *overPart) rowRange {
	r := rowRange{0, len(p.refs)}
	for r.from < r.to && v.IsNull(r.from) {
		r.from++
	}
	for r.from < r.to && v.IsNull(r.to-1) {
		r.to--
	}
	return r
}

// segments are the parts of row i's frame that are left when its exclusion is taken out, in order.
func (f *overFrame) segments(p *overPart, i int) (s [3]rowRange) {
	rows := f.rows[i]
	out := rowRange{i, i + 1}
	switch f.Exclude {
	case fn.ExcludeNothing:
		s[0] = rows
		return s
	case fn.ExcludeGroup, fn.ExcludeTies:
		out = p.groupOf(i)
	case fn.ExcludeCurrentRow:
	}
	s[0] = rowRange{rows.from, min(rows.to, out.from)}
	if f.Exclude == fn.ExcludeTies && rows.has(i) {
		s[1] = rowRange{i, i + 1}
	}
	s[2] = rowRange{max(rows.from, out.to), rows.to}
	return s
}

// nth is the place of a row of a frame from its beginning, or from its end; -1 if there are not so many.
func nth(s [3]rowRange, n int64, fromEnd bool) int {
	for k := range s {
		r := s[k]
		if fromEnd {
			r = s[len(s)-1-k]
		}
		size := int64(r.len())
		if n >= size {
			n -= size
			continue
		}
		if fromEnd {
			return r.to - 1 - int(n)
		}
		return r.from + int(n)
	}
	return -1
}

func errNtile() *pgerr.Error {
	return pgerr.New(pgerr.InvalidArgumentForNtile, "argument of ntile must be greater than zero")
}

func errNthValue() *pgerr.Error {
	return pgerr.New(pgerr.InvalidArgumentForNthValue, "argument of nth_value must be greater than zero")
}
