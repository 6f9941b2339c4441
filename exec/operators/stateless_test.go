package operators_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

var (
	int8Type = types.Of(types.OIDInt8)
	textType = types.Of(types.OIDText)
	timeType = types.Of(types.OIDTimestamp)
)

// infix is an operator over bigint.
func infix(symbol string, a, b flow.Expr) flow.Expr {
	for _, o := range fn.Builtins().Operators(symbol) {
		if o.Left == types.OIDInt8 && o.Right == types.OIDInt8 {
			return &flow.Call{Function: o.Function, Args: []flow.Expr{a, b}, Typ: types.Of(o.Function.Result)}
		}
	}
	panic("no operator " + symbol)
}

func column(i int, t types.Type) flow.Expr { return &flow.Column{Index: i, Typ: t} }

func number(n int64) flow.Expr { return &flow.Const{Typ: int8Type, Value: types.IntValue(n)} }

// drawIntText makes a row (bigint, text).
func drawIntText(t *rapid.T, _ int) optest.Row {
	row := optest.Row{types.IntValue(rapid.Int64Range(-3, 3).Draw(t, "int")), types.TextValue(rapid.SampledFrom([]string{"", "a", "bc"}).Draw(t, "text"))}
	for i := range row {
		if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
			row[i] = types.NullValue
		}
	}
	return row
}

// build makes a function that builds the operator of a spec. Rows that fail are counted.
func build(spec flow.Spec, failed *int) func() op.Operator {
	return func() op.Operator {
		return operators.Build(spec, operators.Env{
			Eval: &eval.Context{},
			Errors: func(ctx *eval.Context, _ *batch.Batch) error {
				*failed += ctx.Errors.Len()
				return nil
			},
		})
	}
}

// each applies f, which adds the output of one row, to all changes of all inputs.
func each(inputs [][]optest.Change, f func(out optest.Bag, row optest.Row, diff int64)) optest.Bag {
	out := optest.Bag{}
	for _, changes := range inputs {
		for _, ch := range changes {
			f(out, ch.Row, ch.Diff)
		}
	}
	return out
}

func TestFilter(t *testing.T) {
	columns := []types.Type{int8Type, textType}
	failed := 0
	spec := &flow.Filter{Cond: infix(">", column(0, int8Type), number(0)), Columns: columns}
	rapid.Check(t, optest.Case{
		Build: build(spec, &failed), Inputs: [][]types.Type{columns}, Draw: drawIntText,
		Want: func(inputs [][]optest.Change) optest.Bag {
			return each(inputs, func(out optest.Bag, row optest.Row, diff int64) {
				if !row[0].Null && row[0].Int > 0 {
					out.Add(row, diff)
				}
			})
		},
	}.Check)
	if failed != 0 {
		t.Errorf("%d rows failed", failed)
	}
}

func TestProject(t *testing.T) {
	columns := []types.Type{int8Type, textType}
	failed := 0
	spec := &flow.Project{Exprs: []flow.Expr{column(1, textType), number(7), infix("/", number(6), column(0, int8Type))}}
	rapid.Check(t, optest.Case{
		Build: build(spec, &failed), Inputs: [][]types.Type{columns}, Draw: drawIntText,
		Want: func(inputs [][]optest.Change) optest.Bag {
			return each(inputs, func(out optest.Bag, row optest.Row, diff int64) {
				quotient := types.NullValue // also where it fails, by zero
				if !row[0].Null && row[0].Int != 0 {
					quotient = types.IntValue(6 / row[0].Int)
				}
				out.Add(optest.Row{row[1], types.IntValue(7), quotient}, diff)
			})
		},
	}.Check)
	if failed == 0 {
		t.Error("no division by zero was counted")
	}
}

func TestUnion(t *testing.T) {
	columns := []types.Type{int8Type, textType}
	failed := 0
	rapid.Check(t, optest.Case{
		Build: build(&flow.Union{Inputs: 3}, &failed), Inputs: [][]types.Type{columns, columns, columns}, Draw: drawIntText,
		Want: func(inputs [][]optest.Change) optest.Bag {
			return each(inputs, func(out optest.Bag, row optest.Row, diff int64) { out.Add(row, diff) })
		},
	}.Check)
}

func TestHop(t *testing.T) {
	columns := []types.Type{int8Type, timeType}
	failed := 0
	for _, spec := range []*flow.Hop{
		{Columns: columns, Time: 1, Slide: 2, Size: 10},
		{Columns: columns, Time: 1, Slide: 3, Size: 7, Offset: 1},
		{Columns: columns, Time: 1, Slide: 5, Size: 2}, // windows with gaps between them
	} {
		rapid.Check(t, optest.Case{
			Build: build(spec, &failed), Inputs: [][]types.Type{columns},
			Draw: func(t *rapid.T, _ int) optest.Row {
				row := optest.Row{types.IntValue(rapid.Int64Range(0, 2).Draw(t, "int")), types.IntValue(rapid.Int64Range(-12, 12).Draw(t, "time"))}
				if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
					row[1] = types.NullValue
				}
				return row
			},
			Want: func(inputs [][]optest.Change) optest.Bag {
				return each(inputs, func(out optest.Bag, row optest.Row, diff int64) {
					if row[1].Null {
						return
					}
					for start := int64(-100); start < 100; start++ {
						inside := start <= row[1].Int && row[1].Int < start+spec.Size
						if inside && (start-spec.Offset)%spec.Slide == 0 {
							out.Add(optest.Row{row[0], row[1], types.IntValue(start), types.IntValue(start + spec.Size)}, diff)
						}
					}
				})
			},
		}.Check)
	}
}

// TestStatelessAllocatesNothing checks the steady state of each operator.
func TestStatelessAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	columns := []types.Type{int8Type, timeType}
	b := batch.New(columns...)
	for i := range batch.Rows {
		b.AppendValues(1, types.IntValue(int64(i%5)), types.IntValue(int64(i)))
	}
	failed := 0
	for _, spec := range []flow.Spec{
		&flow.Filter{Cond: infix(">", column(0, int8Type), number(2)), Columns: columns},
		&flow.Project{Exprs: []flow.Expr{infix("+", column(0, int8Type), number(1)), number(7)}},
		&flow.Union{Inputs: 1},
		&flow.Hop{Columns: columns, Time: 1, Slide: 2, Size: 10},
	} {
		operator := build(spec, &failed)()
		push := func() {
			if err := operator.Push(0, b, func(*batch.Batch) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(20, push); n != 0 {
			t.Errorf("%T: %v allocations a batch", spec, n)
		}
	}
}
