package operators

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// hop copies every row into each sliding or cumulating window that its time falls into. (Aggregates over sliding windows do not need it:
// they share panes.)
type hop struct {
	stateless
	spec         *flow.Hop
	out          *batch.Batch
	sel          []int32
	starts, ends []int64
}

func newHop(spec *flow.Hop) *hop {
	timeType := spec.Columns[spec.Time]
	columns := append(slices.Clone(spec.Columns), timeType, timeType)
	return &hop{spec: spec, out: batch.New(columns...)}
}

func (h *hop) Push(_ int, b *batch.Batch, emit op.Emit) error {
	times, wide, bytes := &b.Cols[h.spec.Time], isWide(b), 0
	for i, t := range times.Ints {
		// The infinite times, like no time at all, are in no window.
		if times.IsNull(i) || t == math.MinInt64 || t == math.MaxInt64 {
			continue
		}
		first, last := h.windows(t)
		beside := 0
		if wide {
			beside = weightOf(b, i)
		}
		for w := first; w <= last; w += h.spec.Slide {
			start, end := w, w+h.spec.Size
			if h.spec.Cumulate {
				start, end = last-h.spec.Size, w
			}
			h.sel, h.starts, h.ends = append(h.sel, int32(i)), append(h.starts, start), append(h.ends, end)
			if bytes += beside; len(h.sel) == batch.Rows || bytes >= batch.BytesMax {
				bytes = 0
				if err := h.flush(b, emit); err != nil {
					return err
				}
			}
		}
	}
	if len(h.sel) == 0 {
		return nil
	}
	return h.flush(b, emit)
}

// windows are the windows that hold time t, from first to last by steps of Slide: the starts of sliding ones, the ends of cumulating ones,
// which all begin together, a Size before the last end.
func (h *hop) windows(t int64) (first, last int64) {
	s := h.spec
	if s.Cumulate {
		return floorTime(t, s.Slide, s.Offset) + s.Slide, floorTime(t, s.Size, s.Offset) + s.Size
	}
	return floorTime(t-s.Size, s.Slide, s.Offset) + s.Slide, floorTime(t, s.Slide, s.Offset)
}

// floorTime is the greatest multiple of a step beyond offset up to t.
func floorTime(t, step, offset int64) int64 {
	r := (t - offset) % step
	if r < 0 {
		r += step
	}
	return t - r
}

// flush emits the copies that have been listed.
func (h *hop) flush(b *batch.Batch, emit op.Emit) error {
	h.out.Reset()
	n := len(h.spec.Columns)
	for c := range n {
		h.out.Cols[c].Gather(&b.Cols[c], h.sel)
	}
	h.out.Cols[n].Ints = append(h.out.Cols[n].Ints, h.starts...)
	h.out.Cols[n+1].Ints = append(h.out.Cols[n+1].Ints, h.ends...)
	if len(b.Diff) > 0 {
		for _, i := range h.sel {
			h.out.Diff = append(h.out.Diff, b.Diff[i])
		}
	}
	h.out.SetLen(len(h.sel))
	h.sel, h.starts, h.ends = h.sel[:0], h.starts[:0], h.ends[:0]
	return emit(h.out)
}
