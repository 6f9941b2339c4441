package operators

import (
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// values gives the rows of VALUES once, at the end of the first tick of its graph.
type values struct {
	spec   *flow.Values
	ctx    *eval.Context
	errors RowErrors
	done   bool
}

func newValues(spec *flow.Values, env Env) *values {
	return &values{spec: spec, ctx: env.Eval, errors: env.Errors, done: env.Resumed}
}

func (v *values) Push(int, *batch.Batch, op.Emit) error { return nil } // there are no inputs

func (v *values) EndTick(_ op.Tick, emit op.Emit) (op.Outcome, error) {
	outcome := op.Outcome{Watermark: op.Complete, Wake: op.Never}
	if v.done {
		return outcome, nil
	}
	v.done = true
	one, out := &batch.Batch{}, batch.New(v.spec.Columns...)
	one.SetLen(1)
	for i, row := range v.spec.Rows {
		v.ctx.Errors.Truncate(0)
		for c, e := range row {
			out.Cols[c].Append(eval.Compile(e).Eval(v.ctx, one).Value(0))
		}
		out.AppendDiff(1)
		if v.ctx.Errors.Len() > 0 {
			if err := v.errors(v.ctx, one); err != nil {
				return outcome, err
			}
		}
		if out.Full() || i == len(v.spec.Rows)-1 {
			if err := emit(out); err != nil {
				return outcome, err
			}
			out.Reset()
		}
	}
	return outcome, nil
}
