package eval_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// TestPredicatesLikeOperators: predicates that sources decide are true where SQL's operators are.
func TestPredicatesLikeOperators(t *testing.T) {
	symbols := []string{batch.In: "=", batch.NotIn: "<>", batch.Less: "<", batch.LessOrEqual: "<=", batch.Greater: ">", batch.GreaterOrEqual: ">="}
	draws := map[types.OID]*rapid.Generator[types.Value]{
		types.OIDInt8: rapid.Map(rapid.OneOf(rapid.Int64Range(-2, 2), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64})), types.IntValue),
		types.OIDText: rapid.Map(rapid.SampledFrom([]string{"", "a", "ab", "b", "é", "\x01"}), func(s string) types.Value { return types.BytesValue([]byte(s)) }),
	}
	rapid.Check(t, func(t *rapid.T) {
		oid := rapid.SampledFrom([]types.OID{types.OIDInt8, types.OIDText}).Draw(t, "type")
		typ, value := types.Of(oid), draws[oid]
		v := batch.NewVec(typ)
		for range rapid.IntRange(0, 100).Draw(t, "rows") {
			if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
				v.AppendNull()
			} else {
				v.Append(value.Draw(t, "value"))
			}
		}
		p := batch.Predicate{Op: batch.Comparison(rapid.IntRange(0, len(symbols)-1).Draw(t, "op"))}
		values := 1
		if p.Op == batch.In || p.Op == batch.NotIn {
			values = rapid.IntRange(1, 3).Draw(t, "values")
		}
		cond := &flow.Logic{Or: p.Op == batch.In}
		for range values {
			x := value.Draw(t, "constant")
			p.Values = append(p.Values, x)
			cond.Args = append(cond.Args, &flow.Call{
				Function: operatorOf(symbols[p.Op], oid), Typ: types.Of(types.OIDBool),
				Args: []flow.Expr{&flow.Column{Typ: typ}, &flow.Const{Typ: typ, Value: x}},
			})
		}
		b := &batch.Batch{Cols: []batch.Vec{v}}
		b.SetLen(v.Len())
		want := eval.Compile(cond).Select(&eval.Context{}, b, []int32{-7})
		if got := p.Select(&v, []int32{-7}); !slices.Equal(got, want) {
			t.Errorf("Select gives %v, the operator %v", got, want)
		}
		var all []int32
		for i := range v.Len() {
			all = append(all, int32(i))
		}
		if got := p.Refine(&v, all); !slices.Equal(got, want[1:]) {
			t.Errorf("Refine gives %v, the operator %v", got, want[1:])
		}
	})
}

func operatorOf(symbol string, oid types.OID) *fn.Function {
	for _, o := range fn.Builtins().Operators(symbol) {
		if o.Left == oid && o.Right == oid {
			return o.Function
		}
	}
	panic("no operator " + symbol)
}
