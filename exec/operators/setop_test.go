package operators_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/types"
)

func TestSetOp(t *testing.T) {
	for _, columns := range [][]types.Type{{int8Type}, {int8Type, textType}, {aggNumericType, int8Type}} {
		rapid.Check(t, func(t *rapid.T) {
			spec := &flow.SetOp{Columns: columns, Except: rapid.Bool().Draw(t, "except"), All: rapid.Bool().Draw(t, "all")}
			all := []int{0, 1}[:len(columns)]
			optest.Case{
				Make: makeOver(spec), Tables: 1, DealtBy: [][]int{all, all}, Inputs: [][]types.Type{columns, columns},
				Draw: func(t *rapid.T, in int) optest.Row {
					row := drawAgg(t, in)
					from := map[types.OID]int{types.OIDInt8: colInt, types.OIDText: colText, types.OIDNumeric: colNumeric}
					var picked optest.Row
					for _, c := range columns {
						picked = append(picked, row[from[c.OID]])
					}
					return picked
				},
				Want: func(inputs [][]optest.Change) optest.Bag { return setOpOf(spec, inputs) },
			}.Check(t)
		})
	}
}

func setOpOf(spec *flow.SetOp, inputs [][]optest.Change) optest.Bag {
	counts := [2]optest.Bag{{}, {}}
	rows := map[string]optest.Row{}
	for in, changes := range inputs {
		for _, ch := range changes {
			counts[in].Add(ch.Row, ch.Diff)
			rows[ch.Row.String()] = ch.Row
		}
	}
	out := optest.Bag{}
	for k, row := range rows {
		left, right := counts[0][k], counts[1][k]
		if !spec.All {
			left, right = min(left, 1), min(right, 1)
		}
		if spec.Except {
			out.Add(row, max(left-right, 0))
		} else {
			out.Add(row, min(left, right))
		}
	}
	return out
}
