package operators

import (
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// clock hands its input on. The time of its output is that of ticks, so windows of processing time close as it passes, and it wants to
// be called when the next of them does, as long as rows have come that are in one.
type clock struct {
	spec *flow.Clock
	came bool
	// open is until when windows are open.
	open int64
}

func newClock(spec *flow.Clock) *clock { return &clock{spec: spec, open: op.NoWatermark} }

func (c *clock) Push(_ int, b *batch.Batch, emit op.Emit) error {
	c.came = true
	return emit(b)
}

func (c *clock) EndTick(t op.Tick, _ op.Emit) (op.Outcome, error) {
	out := op.Outcome{Watermark: t.Now, Wake: op.Never}
	next := c.end(t.Now)
	if c.came || c.open == op.NoWatermark { // after a restart it is not known what is open
		c.came = false
		c.open = next - c.spec.Every + c.spec.Size
	}
	if c.open > t.Now {
		out.Wake = next
	}
	return out, nil
}

// end is the first end of a window after a time.
func (c *clock) end(t int64) int64 {
	past := (t - c.spec.Offset) % c.spec.Every
	if past < 0 {
		past += c.spec.Every
	}
	return t - past + c.spec.Every
}
