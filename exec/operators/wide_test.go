package operators_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// textCall is repeat(x, n) or length(x).
func textCall(name string, args ...flow.Expr) flow.Expr {
	for _, f := range fn.Builtins().Functions(name) {
		if len(f.Args) == len(args) && f.Args[0] == types.OIDText {
			return &flow.Call{Function: f, Args: args, Typ: types.Of(f.Result)}
		}
	}
	panic("no function " + name)
}

// TestWideRows holds that rows of many bytes come in batches of few rows: together they would be more than the offsets of a vector reach.
func TestWideRows(t *testing.T) {
	const size, rows = 1 << 20, 40
	four := types.Of(types.OIDInt4)
	long := strings.Repeat("x", size)
	narrow, wide := batch.New(four, textType), batch.New(four, textType)
	for i := range int64(rows) {
		narrow.AppendValues(1, types.IntValue(size+i), types.TextValue("x"))
		wide.AppendValues(1, types.IntValue(size+i), types.TextValue(long[:size-int(i)]))
	}
	one := batch.New(four, textType)
	one.AppendValues(1, types.IntValue(0), types.TextValue(long))
	constant := &flow.Const{Typ: textType, Value: types.TextValue(long)}
	repeated := textCall("repeat", column(1, textType), column(0, four))
	columns := []types.Type{four, textType}
	cross := &flow.Join{Kind: flow.InnerJoin, Left: columns, Right: columns, RightTable: 1}
	for _, c := range []struct {
		name   string
		spec   flow.Spec
		inputs []*batch.Batch
		column int
	}{
		{"computed", &flow.Project{Exprs: []flow.Expr{repeated}}, []*batch.Batch{narrow}, 0},
		{"constant", &flow.Project{Exprs: []flow.Expr{constant}}, []*batch.Batch{narrow}, 0},
		{"coalesce", &flow.Project{Exprs: []flow.Expr{&flow.Coalesce{Typ: textType, Args: []flow.Expr{
			&flow.Case{Typ: textType, Whens: []flow.When{{Cond: &flow.IsNull{X: column(0, four), Not: true}, Result: constant}}, Else: column(1, textType)}, constant,
		}}}}, []*batch.Batch{narrow}, 0},
		{"condition", &flow.Filter{Columns: columns, Cond: &flow.IsNull{X: textCall("length", repeated), Not: true}}, []*batch.Batch{narrow}, 1},
		{"sort", &flow.Sort{Columns: columns, Order: []flow.SortKey{{Column: 0}}}, []*batch.Batch{wide}, 1},
		{"top", &flow.TopN{Columns: columns, Order: []flow.SortKey{{Column: 0}}, Limit: -1, Late: -1}, []*batch.Batch{wide}, 1},
		{"join with kept rows", cross, []*batch.Batch{one, wide}, 3},
		{"join of a long row", cross, []*batch.Batch{one, narrow}, 1},
	} {
		operator := operators.Build(c.spec, joinEnv(oneShotEnv()))
		got := 0
		emit := func(b *batch.Batch) error {
			got += b.Len()
			if n := len(b.Cols[c.column].Data); n > batch.BytesMax+size+rows {
				t.Errorf("%s: %d rows with %d bytes", c.name, b.Len(), n)
			}
			return nil
		}
		for in := range c.inputs {
			in = len(c.inputs) - 1 - in // the kept side first
			pushAll(t, operator, in, c.inputs[in:in+1], emit)
			if ender, ok := operator.(op.InputEnder); ok {
				if err := ender.EndInput(in, emit); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.Complete, op.Complete}}, emit); err != nil {
			t.Fatal(err)
		}
		if got != rows {
			t.Errorf("%s: %d rows", c.name, got)
		}
	}
}

// TestWideRowsNotMade holds that columns that are not made yet go through a projection that takes a batch in parts, and through a filter.
func TestWideRowsNotMade(t *testing.T) {
	const size, rows = 1 << 20, 40
	four := types.Of(types.OIDInt4)
	b := batch.New(four, textType, textType)
	for i := range int32(rows) {
		b.Cols[0].Ints = append(b.Cols[0].Ints, size)
		b.Cols[1].AppendString("x")
		b.Cols[2].Numbers = append(b.Cols[2].Numbers, 3*i)
	}
	b.SetLen(rows)
	repeated := textCall("repeat", column(1, textType), column(0, four))
	for _, spec := range []flow.Spec{
		&flow.Project{Exprs: []flow.Expr{repeated, column(1, textType), column(2, textType)}},
		&flow.Filter{Columns: []types.Type{four, textType, textType}, Cond: &flow.IsNull{X: textCall("length", repeated), Not: true}},
	} {
		var got []int32
		emit := func(b *batch.Batch) error {
			got = append(got, b.Cols[2].Numbers...)
			return nil
		}
		if err := operators.Build(spec, joinEnv(oneShotEnv())).Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, b.Cols[2].Numbers) {
			t.Errorf("%T: rows %v", spec, got)
		}
	}
}
