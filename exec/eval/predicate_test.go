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

// TestSetsLikeOperators: a column in a list of many constants, or not in it, is what comparing with each gives; also beside other conditions.
func TestSetsLikeOperators(t *testing.T) {
	draws := map[types.OID]*rapid.Generator[types.Value]{
		types.OIDInt8:   rapid.Map(rapid.Int64Range(-20, 20), types.IntValue),
		types.OIDText:   rapid.Map(rapid.StringN(0, 2, -1), func(s string) types.Value { return types.BytesValue([]byte(s)) }),
		types.OIDFloat8: rapid.Map(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, math.NaN()}), types.FloatValue),
		types.OIDNumeric: rapid.Map(rapid.SampledFrom([]string{"1", "1.0", "2", "NaN"}), func(s string) types.Value {
			v, _ := types.Parse(types.Of(types.OIDNumeric), s, types.DefaultSettings)
			return v
		}),
	}
	rapid.Check(t, func(t *rapid.T) {
		oid := rapid.SampledFrom([]types.OID{types.OIDInt8, types.OIDText, types.OIDFloat8, types.OIDNumeric}).Draw(t, "type")
		typ, or := types.Of(oid), rapid.Bool().Draw(t, "in")
		draw := func(label string) types.Value {
			if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
				return types.NullValue
			}
			return draws[oid].Draw(t, label)
		}
		b := batch.New(typ)
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			b.AppendValues(1, draw("value"))
		}
		symbol := "<>"
		if or {
			symbol = "="
		}
		list := func(n int) *flow.Logic {
			cond := &flow.Logic{Or: or}
			for range n {
				cond.Args = append(cond.Args, &flow.Call{
					Function: operatorOf(symbol, oid), Typ: types.Of(types.OIDBool),
					Args: []flow.Expr{&flow.Column{Typ: typ}, &flow.Const{Typ: typ, Value: draw("constant")}},
				})
			}
			return cond
		}
		cond := list(rapid.IntRange(1, 40).Draw(t, "constants"))
		if rapid.Bool().Draw(t, "beside") {
			cond.Args = append(cond.Args, &flow.IsNull{X: &flow.Column{Typ: typ}, Not: rapid.Bool().Draw(t, "not null")})
		}
		got := eval.Compile(cond).Eval(&eval.Context{}, b)
		for i := range b.Len() {
			want := types.BoolValue(!or)
			for _, arg := range cond.Args {
				x := eval.Compile(arg).Eval(&eval.Context{}, b)
				if v := x.Value(i); v.Null && want.Bool() != or {
					want = types.NullValue
				} else if !v.Null && v.Bool() == or {
					want = v
					break
				}
			}
			if v := got.Value(i); v.Null != want.Null || v.Bool() != want.Bool() {
				t.Fatalf("row %d: %v, not %v", i, v, want)
			}
		}
	})
}

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
