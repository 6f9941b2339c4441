package operators_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// multiJoinSpec joins three or four inputs; what comes before, between and behind the keys differs from input to input.
func multiJoinSpec(key types.Type, inputs int) *flow.MultiJoin {
	return &flow.MultiJoin{
		Inputs: [][]types.Type{{key, textType}, {int8Type, key}, {key}, {textType, key, int8Type}}[:inputs],
		Keys:   [][]int{{0}, {1}, {0}, {1}}[:inputs],
	}
}

// TestMultiJoin compares joins of several inputs on one key with all combinations of their rows.
func TestMultiJoin(t *testing.T) {
	for _, f := range rangeForms() {
		if f.keys == 0 || f.nullSafe {
			continue
		}
		for _, inputs := range []int{2, 3, 4} {
			if inputs == 4 && f.key != int8Type { // there are many combinations
				continue
			}
			for _, shares := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s of %d sharing %v", f.name, inputs, shares), func(t *testing.T) {
					spec := multiJoinSpec(f.key, inputs)
					spec.Shares = shares
					rapid.Check(t, func(t *rapid.T) { checkMultiJoin(t, &f, spec) })
				})
			}
		}
	}
}

// ownValues is an operator whose rows share values, each of which it gives its own.
type ownValues struct{ op.Operator }

func (o ownValues) Push(in int, b *batch.Batch, emit op.Emit) error {
	return o.Operator.Push(in, b, func(shared *batch.Batch) error {
		plain := &batch.Batch{}
		for i := range shared.Cols {
			plain.Cols = append(plain.Cols, batch.NewVec(shared.Cols[i].Type()))
		}
		plain.AppendPlain(shared)
		return emit(plain)
	})
}

func checkMultiJoin(t *rapid.T, f *rangeForm, spec *flow.MultiJoin) {
	c := optest.Case{
		Make: func(env operators.Env) op.Operator {
			return ownValues{operators.Build(spec, joinEnv(env))}
		},
		Tables: len(spec.Inputs), Inputs: spec.Inputs, AppendOnly: true,
		Draw: func(t *rapid.T, in int) optest.Row {
			row := drawJoinRow(t, spec.Inputs[in], in)
			row[spec.Keys[in][0]] = rapid.SampledFrom(append(f.values, types.NullValue)).Draw(t, "key")
			return row
		},
		Want: func(inputs [][]optest.Change) optest.Bag {
			out := optest.Bag{}
			addCombinations(out, f, spec, inputs, optest.Change{Diff: 1}, types.NullValue)
			return out
		},
	}
	if f.key != floatType { // the test deals -0 and 0 to different workers
		c.DealtBy = spec.Keys
	}
	c.Check(t)
}

// addCombinations adds what a row of the first inputs, whose key is known, gives with those that are left.
func addCombinations(out optest.Bag, f *rangeForm, spec *flow.MultiJoin, left [][]optest.Change, row optest.Change, key types.Value) {
	if len(left) == 0 {
		out.Add(row.Row, row.Diff)
		return
	}
	first := len(left) == len(spec.Inputs)
	column := spec.Keys[len(spec.Inputs)-len(left)][0]
	for _, ch := range left[0] {
		if k := ch.Row[column]; first || f.sameKey(key, k) {
			joined := optest.Change{Row: append(row.Row[:len(row.Row):len(row.Row)], ch.Row...), Diff: row.Diff * ch.Diff}
			addCombinations(out, f, spec, left[1:], joined, k)
		}
	}
}
