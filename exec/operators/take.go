package operators

import (
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// take lets rows from an offset on pass, up to a limit, and says when it has enough. Which rows these are depends on the order in which they
// come: it is for one-shot reads.
type take struct {
	stateless
	spec   *flow.Take
	ctx    *eval.Context
	ready  bool
	window rowWindow
	at     int64 // the number of the next row
	out    *batch.Batch
}

func newTake(spec *flow.Take, ctx *eval.Context) *take {
	return &take{spec: spec, ctx: ctx, out: batch.New(spec.Columns...)}
}

func (t *take) Push(_ int, b *batch.Batch, emit op.Emit) error {
	if !t.ready {
		w, err := evalWindow(t.ctx, t.spec.Limit, t.spec.Offset)
		if err != nil {
			return err
		}
		t.window, t.ready = w, true
	}
	if t.at >= t.window.to {
		return op.ErrEnough
	}
	n := int64(b.Len())
	if len(b.Diff) == 0 && t.window.clip(t.at, n) == n {
		t.at += n
		return t.done(emit(b))
	}
	t.out.Reset()
	for i := range b.Len() {
		diff := b.DiffAt(i)
		if diff < 0 {
			return invariants.Errorf("a row is taken back behind a LIMIT")
		}
		if pass := t.window.clip(t.at, diff); pass > 0 {
			t.out.AppendRow(b, i, pass)
		}
		if t.at += diff; t.at >= t.window.to {
			break
		}
	}
	if t.out.Len() == 0 {
		return t.done(nil)
	}
	return t.done(emit(t.out))
}

// done adds to the outcome of emit that no more rows are wanted.
func (t *take) done(err error) error {
	if err == nil && t.at >= t.window.to {
		return op.ErrEnough
	}
	return err
}

// EndTick also finds a mistake in LIMIT where there was no row.
func (t *take) EndTick(tick op.Tick, emit op.Emit) (op.Outcome, error) {
	if !t.ready {
		if _, err := evalWindow(t.ctx, t.spec.Limit, t.spec.Offset); err != nil {
			return op.Outcome{}, err
		}
	}
	return t.stateless.EndTick(tick, emit)
}
