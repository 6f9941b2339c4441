package eval

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

var (
	int8Type = types.Of(types.OIDInt8)
	boolType = types.Of(types.OIDBool)
)

// operator returns the infix operator over bigint.
func operator(symbol string) *fn.Function {
	for _, o := range fn.Builtins().Operators(symbol) {
		if o.Left == types.OIDInt8 && o.Right == types.OIDInt8 {
			return o.Function
		}
	}
	panic("no operator " + symbol)
}

// outcome is what a row of an expression gives: a value, null or an error (which is null too).
type outcome struct {
	value  types.Value
	failed bool
}

// interpret computes an expression over bigint and boolean for one row, the obvious way.
func interpret(e flow.Expr, row []types.Value) outcome {
	switch e := e.(type) {
	case *flow.Column:
		return outcome{value: row[e.Index]}
	case *flow.Const:
		return outcome{value: e.Value}
	case *flow.Not:
		x := interpret(e.X, row)
		if !x.value.Null {
			x.value = types.BoolValue(!x.value.Bool())
		}
		return x
	case *flow.IsNull:
		x := interpret(e.X, row)
		return outcome{types.BoolValue(x.value.Null != e.Not), x.failed}
	case *flow.Logic:
		return interpretLogic(e, row)
	case *flow.Case:
		return interpretCase(e, row)
	case *flow.Call:
		return interpretCall(e, row)
	case *flow.Coalesce:
		return interpretCoalesce(e, row)
	case *flow.Param:
		return outcome{value: params[e.Index]}
	}
	panic(fmt.Sprintf("a %T", e))
}

// params are the parameters of the expressions.
var params = []types.Value{types.IntValue(7), types.NullValue}

func interpretCoalesce(e *flow.Coalesce, row []types.Value) outcome {
	result := outcome{value: types.NullValue}
	for _, arg := range e.Args {
		x := interpret(arg, row)
		result.failed = result.failed || x.failed
		if !x.value.Null {
			return outcome{x.value, result.failed}
		}
	}
	return result
}

func interpretLogic(e *flow.Logic, row []types.Value) outcome {
	result := outcome{value: types.BoolValue(!e.Or)}
	for _, arg := range e.Args {
		x := interpret(arg, row)
		result.failed = result.failed || x.failed
		switch {
		case x.value.Null:
			result.value = types.NullValue
		case x.value.Bool() == e.Or:
			return outcome{types.BoolValue(e.Or), result.failed}
		}
	}
	return result
}

func interpretCase(e *flow.Case, row []types.Value) outcome {
	failed := false
	for _, w := range e.Whens {
		cond := interpret(w.Cond, row)
		failed = failed || cond.failed
		if !cond.value.Null && cond.value.Bool() {
			r := interpret(w.Result, row)
			return outcome{r.value, r.failed || failed}
		}
	}
	r := interpret(e.Else, row)
	return outcome{r.value, r.failed || failed}
}

func interpretCall(e *flow.Call, row []types.Value) outcome {
	a, b := interpret(e.Args[0], row), interpret(e.Args[1], row)
	failed := a.failed || b.failed
	if a.value.Null || b.value.Null {
		return outcome{types.NullValue, failed}
	}
	x, y := a.value.Int, b.value.Int
	bad := outcome{types.NullValue, true}
	switch e.Function.Name {
	case "+":
		if r := x + y; (r > x) == (y > 0) {
			return outcome{types.IntValue(r), failed}
		}
		return bad
	case "*":
		if x == 0 || y == 0 {
			return outcome{types.IntValue(0), failed}
		}
		if r := x * y; r/y == x && (x != -1 || y != math.MinInt64) && (y != -1 || x != math.MinInt64) {
			return outcome{types.IntValue(r), failed}
		}
		return bad
	case "/":
		if y == 0 || x == math.MinInt64 && y == -1 {
			return bad
		}
		return outcome{types.IntValue(x / y), failed}
	case "<":
		return outcome{types.BoolValue(x < y), failed}
	case "=":
		return outcome{types.BoolValue(x == y), failed}
	}
	panic(e.Function.Name)
}

// numbers are values where something goes wrong.
var numbers = []int64{0, 1, -1, 2, 7, -7, math.MaxInt64, math.MinInt64, math.MaxInt64 / 2, 1 << 32}

func drawInt(t *rapid.T) types.Value {
	if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return types.NullValue
	}
	return types.IntValue(rapid.SampledFrom(numbers).Draw(t, "number"))
}

// drawExpr makes a random expression of a type over columns of bigint.
func drawExpr(t *rapid.T, columns, depth int, boolean bool) flow.Expr {
	if depth == 0 {
		if boolean {
			return &flow.Const{Typ: boolType, Value: rapid.SampledFrom([]types.Value{types.NullValue, types.BoolValue(true), types.BoolValue(false)}).Draw(t, "bool")}
		}
		if rapid.IntRange(0, 4).Draw(t, "param") == 0 {
			return &flow.Param{Index: rapid.IntRange(0, len(params)-1).Draw(t, "index"), Typ: int8Type}
		}
		if rapid.Bool().Draw(t, "column") {
			return &flow.Column{Index: rapid.IntRange(0, columns-1).Draw(t, "index"), Typ: int8Type}
		}
		return &flow.Const{Typ: int8Type, Value: drawInt(t)}
	}
	sub := func(boolean bool) flow.Expr {
		return drawExpr(t, columns, rapid.IntRange(0, depth-1).Draw(t, "depth"), boolean)
	}
	if rapid.IntRange(0, 4).Draw(t, "case") == 0 {
		typ := int8Type
		if boolean {
			typ = boolType
		}
		return &flow.Case{Typ: typ, Else: sub(boolean), Whens: []flow.When{{Cond: sub(true), Result: sub(boolean)}, {Cond: sub(true), Result: sub(boolean)}}}
	}
	if rapid.IntRange(0, 6).Draw(t, "coalesce") == 0 {
		typ := int8Type
		if boolean {
			typ = boolType
		}
		return &flow.Coalesce{Typ: typ, Args: []flow.Expr{sub(boolean), sub(boolean), sub(boolean)}}
	}
	if !boolean {
		symbol := rapid.SampledFrom([]string{"+", "*", "/"}).Draw(t, "symbol")
		return &flow.Call{Function: operator(symbol), Args: []flow.Expr{sub(false), sub(false)}, Typ: int8Type}
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return &flow.Not{X: sub(true)}
	case 1:
		return &flow.IsNull{X: sub(false), Not: rapid.Bool().Draw(t, "not")}
	case 2:
		return &flow.Logic{Or: rapid.Bool().Draw(t, "or"), Args: []flow.Expr{sub(true), sub(true), sub(true)}}
	default:
		symbol := rapid.SampledFrom([]string{"<", "="}).Draw(t, "symbol")
		return &flow.Call{Function: operator(symbol), Args: []flow.Expr{sub(false), sub(false)}, Typ: boolType}
	}
}

// drawComparisons makes AND or OR of comparisons that cannot fail.
func drawComparisons(t *rapid.T, columns int) flow.Expr {
	l := &flow.Logic{Or: rapid.Bool().Draw(t, "or")}
	for range rapid.IntRange(1, 3).Draw(t, "comparisons") {
		symbol := rapid.SampledFrom([]string{"<", "="}).Draw(t, "symbol")
		l.Args = append(l.Args, &flow.Call{Function: operator(symbol), Args: []flow.Expr{
			&flow.Column{Index: rapid.IntRange(0, columns-1).Draw(t, "index"), Typ: int8Type}, drawExpr(t, columns, 0, false),
		}, Typ: boolType})
	}
	return l
}

// TestEvalIsInterpretation compares the columnar evaluation with that of single rows, for random expressions over random
// rows: values, nulls, and which rows fail.
func TestEvalIsInterpretation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const columns = 3
		boolean := rapid.Bool().Draw(t, "boolean")
		e := drawExpr(t, columns, 4, boolean)
		if boolean && rapid.Bool().Draw(t, "comparisons only") {
			e = drawComparisons(t, columns)
		}
		nulls := rapid.Bool().Draw(t, "nulls")
		evaluator := Compile(e)
		for range 2 { // the second batch meets what the first left behind
			b := batch.New(int8Type, int8Type, int8Type)
			var rows [][]types.Value
			for range rapid.IntRange(1, 70).Draw(t, "rows") {
				row := []types.Value{drawInt(t), drawInt(t), drawInt(t)}
				for i := range row {
					row[i].Null = row[i].Null && nulls
				}
				rows = append(rows, row)
				b.AppendValues(1, row...)
			}
			ctx := &Context{Params: params}
			got := evaluator.Eval(ctx, b)
			for i, row := range rows {
				want := interpret(e, row)
				at := i
				if got.Const {
					at = 0
				}
				if v := got.Value(at); v.Null != want.value.Null || !v.Null && v.Int != want.value.Int {
					t.Fatalf("row %d %v: %v, want %v", i, row, v, want)
				}
				failed := slices.Contains(ctx.Errors.Rows, int32(at)) || slices.Contains(ctx.Errors.Rows, int32(i))
				if want.failed != failed && !constantFailure(e) {
					t.Fatalf("row %d %v: failed %v, want %v", i, row, failed, want.failed)
				}
			}
		}
	})
}

// constantFailure tells whether part of e is a call over constants that fails: it is computed once, and its error counted once,
// for all rows.
func constantFailure(e flow.Expr) bool {
	switch e := e.(type) {
	case *flow.Call:
		return constantFailure(e.Args[0]) || constantFailure(e.Args[1]) || isConstant(e) && interpret(e, nil).failed
	case *flow.Not:
		return constantFailure(e.X)
	case *flow.IsNull:
		return constantFailure(e.X)
	case *flow.Logic:
		return slices.ContainsFunc(e.Args, constantFailure)
	case *flow.Case:
		for _, w := range e.Whens {
			if constantFailure(w.Cond) || constantFailure(w.Result) {
				return true
			}
		}
		return constantFailure(e.Else)
	case *flow.Coalesce:
		return slices.ContainsFunc(e.Args, constantFailure)
	case *flow.Column, *flow.Const, *flow.Param:
	}
	return false
}

func isConstant(e flow.Expr) bool {
	switch e := e.(type) {
	case *flow.Const, *flow.Param:
		return true
	case *flow.Call:
		return isConstant(e.Args[0]) && isConstant(e.Args[1])
	default:
		return false
	}
}

func exampleExpr() flow.Expr {
	col := func(i int) flow.Expr { return &flow.Column{Index: i, Typ: int8Type} }
	num := func(n int64) flow.Expr { return &flow.Const{Typ: int8Type, Value: types.IntValue(n)} }
	op := func(symbol string, typ types.Type, a, b flow.Expr) flow.Expr {
		return &flow.Call{Function: operator(symbol), Args: []flow.Expr{a, b}, Typ: typ}
	}
	return &flow.Logic{Args: []flow.Expr{
		op(">", boolType, op("+", int8Type, col(0), num(3)), num(100)),
		op("=", boolType, op("*", int8Type, col(1), col(0)), col(1)),
	}}
}

func exampleBatch() *batch.Batch {
	b := batch.New(int8Type, int8Type)
	for i := range batch.Rows {
		b.AppendValues(1, types.IntValue(int64(i)), types.IntValue(int64(i%7)))
	}
	return b
}

func TestEvalAllocatesNothing(t *testing.T) {
	e, b, ctx := Compile(exampleExpr()), exampleBatch(), &Context{}
	sel := make([]int32, 0, batch.Rows)
	if n := testing.AllocsPerRun(100, func() { sel = e.Select(ctx, b, sel[:0]) }); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

func BenchmarkSelect(b *testing.B) {
	e, in, ctx := Compile(exampleExpr()), exampleBatch(), &Context{}
	var sel []int32
	b.ReportAllocs()
	for b.Loop() {
		sel = e.Select(ctx, in, sel[:0])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch.Rows, "ns/row")
}
