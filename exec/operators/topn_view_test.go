package operators_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// viewOfTop is a TopN and the view that has its rows, which is also the TopN's table.
type viewOfTop struct {
	top     op.Operator
	table   *state.Table
	columns []int // of the TopN's output
	keys    []int
	enc     *key.Encoder
	tick    map[string][]byte // what the tick sets, nil for what it deletes
}

func newViewOfTop(spec *flow.TopN, env operators.Env) *viewOfTop {
	out := outputOf(spec)
	v := &viewOfTop{top: operators.Build(spec, env), table: env.Tables[0], columns: spec.View, keys: spec.Partition, tick: map[string][]byte{}}
	if spec.Limit > 1 {
		v.keys = append(slices.Clone(v.keys), len(spec.Columns))
	}
	var columns []key.Column
	for _, c := range v.keys {
		columns = append(columns, key.Asc(out[c]))
	}
	v.enc = key.NewEncoder(columns...)
	return v
}

func outputOf(spec *flow.TopN) []types.Type {
	if spec.Rank {
		return append(slices.Clone(spec.Columns), int8Type)
	}
	return spec.Columns
}

func (v *viewOfTop) Push(in int, b *batch.Batch, emit op.Emit) error { return v.top.Push(in, b, emit) }

func (v *viewOfTop) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	out, err := v.top.EndTick(t, func(b *batch.Batch) error {
		for i := range b.Len() {
			k := string(v.enc.AppendRow(nil, b, v.keys, i))
			if b.DiffAt(i) > 0 {
				v.tick[k] = state.AppendRow(nil, b, v.columns, i)
			} else if v.tick[k] == nil {
				v.tick[k] = nil
			}
		}
		return emit(b)
	})
	for k, row := range v.tick {
		if row == nil {
			v.table.Delete([]byte(k))
		} else {
			v.table.Put([]byte(k), row)
		}
	}
	clear(v.tick)
	return out, err
}

// TestTopNInView has the equation of TestTopN, with restarts from the rows that came out.
func TestTopNInView(t *testing.T) {
	t.Parallel()
	var specs []*flow.TopN
	for _, s := range topNSpecs() {
		if !s.AppendOnly || s.Kind != flow.RowNumber || s.Offset > 0 || s.Limit < 1 || s.Limit > 1 && !s.Rank {
			continue
		}
		s.View = []int{2, 0, 1, 0}
		if s.Rank {
			s.View = []int{3, 2, 0, 3, 1, 0}
		}
		specs = append(specs, s)
	}
	if len(specs) == 0 {
		t.Fatal("no specs")
	}
	for range 6 {
		rapid.Check(t, func(t *rapid.T) {
			spec := rapid.SampledFrom(specs).Draw(t, "spec")
			c := optest.Case{
				Make:   func(env operators.Env) op.Operator { return newViewOfTop(spec, joinEnv(env)) },
				Tables: 1, Inputs: [][]types.Type{spec.Columns}, Draw: drawTopRow, AppendOnly: true,
				Want: func(inputs [][]optest.Change) optest.Bag { return ranked(spec, inputs[0]) },
			}
			if len(spec.Partition) > 0 {
				c.DealtBy = [][]int{spec.Partition}
			}
			c.Check(t)
		})
	}
}
