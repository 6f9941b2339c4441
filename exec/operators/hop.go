package operators

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// hop copies every row into each sliding window that its time falls into. (Aggregates over sliding windows do not need it: they
// share panes.)
type hop struct {
	stateless
	spec   *flow.Hop
	out    *batch.Batch
	sel    []int32
	starts []int64
}

func newHop(spec *flow.Hop) *hop {
	timeType := spec.Columns[spec.Time]
	columns := append(slices.Clone(spec.Columns), timeType, timeType)
	return &hop{spec: spec, out: batch.New(columns...)}
}

func (h *hop) Push(_ int, b *batch.Batch, emit op.Emit) error {
	times := &b.Cols[h.spec.Time]
	for i, t := range times.Ints {
		// The infinite times, like no time at all, are in no window.
		if times.IsNull(i) || t == math.MinInt64 || t == math.MaxInt64 {
			continue
		}
		for start := h.lastStart(t); start > t-h.spec.Size; start -= h.spec.Slide {
			h.sel = append(h.sel, int32(i))
			h.starts = append(h.starts, start)
			if len(h.sel) == batch.Rows {
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

// lastStart is the start of the last window that holds time t: the greatest multiple of Slide beyond Offset up to t.
func (h *hop) lastStart(t int64) int64 {
	r := (t - h.spec.Offset) % h.spec.Slide
	if r < 0 {
		r += h.spec.Slide
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
	for _, start := range h.starts {
		h.out.Cols[n+1].Ints = append(h.out.Cols[n+1].Ints, start+h.spec.Size)
	}
	if len(b.Diff) > 0 {
		for _, i := range h.sel {
			h.out.Diff = append(h.out.Diff, b.Diff[i])
		}
	}
	h.out.SetLen(len(h.sel))
	h.sel, h.starts = h.sel[:0], h.starts[:0]
	return emit(h.out)
}
