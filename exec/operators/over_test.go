package operators_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
)

// overColumns are the partition, what is ordered by, and a text.
var overColumns = []types.Type{int8Type, int8Type, textType}

func overAggregateOf(name string, arg types.OID) *fn.Aggregate {
	for _, a := range new(fn.Registry).Aggregates(name) {
		if len(a.Args) == 1 && a.Args[0] == arg {
			return a
		}
	}
	return nil
}

// overSpec has lag, sum over rows of the neighbourhood, which leaves out the row itself, and min from the row on.
func overSpec() *flow.Over {
	rows := func(n int64) flow.Expr { return &flow.Const{Typ: int8Type, Value: types.IntValue(n)} }
	behind := &flow.Frame{Unit: fn.FrameRows, Start: flow.FrameBound{Kind: fn.CurrentRow}, End: flow.FrameBound{Kind: fn.UnboundedFollowing}}
	return &flow.Over{
		Columns: overColumns, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Late: -1,
		Frame: flow.Frame{
			Unit: fn.FrameRows, Exclude: fn.ExcludeCurrentRow,
			Start: flow.FrameBound{Kind: fn.Preceding, Offset: rows(2)}, End: flow.FrameBound{Kind: fn.Following, Offset: rows(1)},
		},
		Calls: []flow.OverCall{
			{Function: flow.OverLag, Args: []flow.Expr{column(2, textType)}, Filter: -1, Result: textType},
			{Function: flow.OverAggregate, Aggregate: overAggregateOf("sum", types.OIDInt4), Args: []flow.Expr{column(1, int8Type)}, Filter: -1, Result: int8Type},
			{Function: flow.OverAggregate, Aggregate: overAggregateOf("min", types.OIDInt8), Args: []flow.Expr{column(1, int8Type)}, Filter: -1, Result: int8Type, Frame: behind},
		},
	}
}

// overWanted is what overSpec is by definition.
func overWanted(changes []optest.Change) optest.Bag {
	whole := key.NewEncoder(key.Asc(int8Type), key.Asc(int8Type), key.Asc(textType))
	parts := map[string][]optest.Row{}
	rows, counts := bagOf(changes)
	for i, r := range rows {
		for range counts[i] {
			part := optest.Row{r[0]}.String()
			parts[part] = append(parts[part], r)
		}
	}
	out := optest.Bag{}
	for _, part := range parts {
		slices.SortFunc(part, func(a, b optest.Row) int {
			return strings.Compare(string(whole.AppendValues(nil, a...)), string(whole.AppendValues(nil, b...)))
		})
		for i, r := range part {
			lag, sum, least := types.NullValue, types.NullValue, types.NullValue
			if i > 0 {
				lag = part[i-1][2]
			}
			for k := max(0, i-2); k <= min(i+1, len(part)-1); k++ {
				v := part[k][1]
				if k == i || v.Null {
					continue
				}
				if sum.Null {
					sum = types.IntValue(0)
				}
				sum.Int += v.Int
			}
			for _, other := range part[i:] {
				v := other[1]
				if v.Null {
					continue
				}
				if least.Null || v.Int < least.Int {
					least = v
				}
			}
			out.Add(append(slices.Clone(r), lag, sum, least), 1)
		}
	}
	return out
}

func TestOver(t *testing.T) {
	spec := overSpec()
	rapid.Check(t, func(t *rapid.T) {
		optest.Case{
			Make:   func(env operators.Env) op.Operator { return operators.Build(spec, joinEnv(env)) },
			Tables: 1, Inputs: [][]types.Type{overColumns}, Draw: drawTopRow, DealtBy: [][]int{{0}},
			Want: func(inputs [][]optest.Change) optest.Bag { return overWanted(inputs[0]) },
		}.Check(t)
	})
}
