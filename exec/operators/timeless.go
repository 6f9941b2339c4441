package operators

import (
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/sql/batch"
)

// timeless hands on what comes and says that no time need be awaited of it.
type timeless struct{}

func (timeless) Push(_ int, b *batch.Batch, emit op.Emit) error { return emit(b) }

func (timeless) EndTick(op.Tick, op.Emit) (op.Outcome, error) {
	return op.Outcome{Watermark: op.Complete, Wake: op.Never}, nil
}
