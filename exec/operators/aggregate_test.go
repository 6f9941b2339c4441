package operators_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

var (
	aggBoolType    = types.Of(types.OIDBool)
	aggNumericType = types.Of(types.OIDNumeric)
	// aggColumns are the columns of the aggregates under test.
	aggColumns = []types.Type{int8Type, textType, int8Type, aggNumericType, aggBoolType, timeType, floatType}
)

// The places of aggColumns.
const (
	colInt = iota
	colText
	colValue
	colNumeric
	colBool
	colTime
	colFloat
)

// aggregateOf is the overload of an aggregate for columns.
func aggregateOf(name string, args ...int) *fn.Aggregate {
	for _, f := range fn.Builtins().Aggregates(name) {
		if len(f.Args) != len(args) {
			continue
		}
		ok := true
		for i, col := range args {
			oid := aggColumns[col].OID
			ok = ok && (f.Args[i] == oid || f.Args[i] == types.OIDAny || f.Args[i] == types.OIDAnyNonArray || f.Args[i] == types.OIDAnyElement)
		}
		if ok {
			return f
		}
	}
	panic(fmt.Sprintf("no aggregate %s of %v", name, args))
}

// aggCall is a call of an aggregate over columns.
func aggCall(name string, args ...int) flow.AggCall {
	f := aggregateOf(name, args...)
	var ts []types.Type
	for _, col := range args {
		ts = append(ts, aggColumns[col])
	}
	return flow.AggCall{Function: f, Args: args, Filter: -1, Result: f.ResultOf(ts)}
}

func filtered(c flow.AggCall) flow.AggCall {
	c.Filter = colBool
	return c
}

func distinct(c flow.AggCall) flow.AggCall {
	c.Distinct = true
	return c
}

// drawAgg makes a row of aggColumns. Numerics of one value have one scale, so that a group by them has one look.
func drawAgg(t *rapid.T, _ int) optest.Row {
	number, err := types.Parse(aggNumericType, rapid.SampledFrom([]string{"0", "1.50", "-2.5", "NaN", "12345678901234567890", "0.001"}).Draw(t, "numeric"), types.DefaultSettings)
	if err != nil {
		t.Fatal(err)
	}
	row := optest.Row{
		types.IntValue(rapid.Int64Range(-1, 2).Draw(t, "int")),
		types.TextValue(rapid.SampledFrom([]string{"", "a", "a\x00b", "bc"}).Draw(t, "text")),
		types.IntValue(rapid.SampledFrom([]int64{-3, 0, 1, 2, math.MaxInt64, math.MinInt64}).Draw(t, "value")),
		number,
		types.BoolValue(rapid.Bool().Draw(t, "bool")),
		types.IntValue(rapid.Int64Range(0, 20).Draw(t, "time")),
		types.FloatValue(rapid.SampledFrom([]float64{0, 1.5, -1e20, 1e20, 1e-300, math.Inf(1), math.NaN(), 0.1}).Draw(t, "float")),
	}
	for i := range row {
		if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
			row[i] = types.NullValue
		}
	}
	return row
}

// makeOver builds an operator over an environment of the harness.
func makeOver(spec flow.Spec) func(env operators.Env) op.Operator {
	return func(env operators.Env) op.Operator {
		env.Eval = &eval.Context{}
		env.Errors = func(*eval.Context, *batch.Batch) error { return nil }
		return operators.Build(spec, env)
	}
}

// once computes an aggregate's output for all changes in one tick of an operator that does nothing else.
func once(t *rapid.T, spec *flow.Aggregate, inputs [][]optest.Change) optest.Bag {
	return onceOrFail(t, spec, inputs, op.NoWatermark)
}

// onceOrFail does so with the watermark that the tick ends with.
func onceOrFail(t rapid.TB, spec *flow.Aggregate, inputs [][]optest.Change, watermark int64) optest.Bag {
	sums, rows := map[string]int64{}, map[string]optest.Row{}
	for _, ch := range inputs[0] {
		sums[ch.Row.String()] += ch.Diff
		rows[ch.Row.String()] = ch.Row
	}
	b := batch.New(spec.Columns...)
	for k, n := range sums {
		if n != 0 {
			b.AppendValues(n, rows[k]...)
		}
	}
	pool := state.NewPool()
	env := operators.Env{Pool: pool, OneShot: true, Late: func(int, *batch.Batch, []int32, []int64, int64) error {
		t.Fatal("a row is late in the only tick")
		return nil
	}}
	for range 1 + len(spec.Multisets()) {
		env.Tables = append(env.Tables, state.NewTable(nil))
	}
	operator := makeOver(spec)(env)
	out := optest.Bag{}
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			row := make(optest.Row, len(b.Cols))
			for c := range b.Cols {
				row[c] = b.Cols[c].Value(i)
			}
			out.Add(row, b.DiffAt(i))
		}
		return nil
	}
	if err := operator.Push(0, b, emit); err != nil {
		t.Fatal(err)
	}
	if _, err := operator.EndTick(op.Tick{Watermarks: []int64{watermark}}, emit); err != nil {
		t.Fatal(err)
	}
	pool.Drop(0)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAggregateKeys checks the equation for keys of all kinds: what comes of all ticks, restarts and workers is what one run over everything gives.
func TestAggregateKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Aggregate{Columns: aggColumns, Late: -1}
		spec.Keys = rapid.SampledFrom([][]int{
			{}, {colInt}, {colText}, {colBool}, {colNumeric}, {colFloat}, {colInt, colText}, {colNumeric, colInt},
		}).Draw(t, "keys")
		spec.AppendOnly = rapid.Bool().Draw(t, "append only")
		if rapid.IntRange(0, 3).Draw(t, "distinct") > 0 {
			spec.Calls = []flow.AggCall{aggCall("count"), aggCall("sum", colValue), filtered(aggCall("count", colText)), aggCall("max", colValue)}
		}
		optest.Case{
			Make: makeOver(spec), Tables: 1 + len(spec.Multisets()), DealtBy: [][]int{spec.Keys}, Inputs: [][]types.Type{aggColumns}, Draw: drawAgg,
			AppendOnly: spec.AppendOnly,
			Want:       func(inputs [][]optest.Change) optest.Bag { return once(t, spec, inputs) },
		}.Check(t)
	})
}

// TestAggregateDistinct checks the equation for DISTINCT calls that share their values and differ in their filters, beside calls that need the
// values in order.
func TestAggregateDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Aggregate{Columns: aggColumns, Late: -1}
		spec.Keys = rapid.SampledFrom([][]int{{}, {colInt}, {colText}, {colText, colInt}}).Draw(t, "keys")
		spec.AppendOnly = rapid.Bool().Draw(t, "append only")
		spec.Calls = []flow.AggCall{
			filtered(distinct(aggCall("count", colText))), distinct(aggCall("count", colText)), distinct(aggCall("sum", colValue)), aggCall("max", colValue),
			filtered(distinct(aggCall("sum", colValue))), filtered(distinct(aggCall("count", colTime))),
			distinct(aggCall("count", colNumeric)), filtered(distinct(aggCall("count", colNumeric))),
		}
		for _, m := range spec.Multisets() {
			if !m.Distinct && len(m.Filters) != 1 {
				t.Fatalf("values in order have filters %v", m.Filters)
			}
		}
		optest.Case{
			Make: makeOver(spec), Tables: 1 + len(spec.Multisets()), DealtBy: [][]int{spec.Keys}, Inputs: [][]types.Type{aggColumns}, Draw: drawLooks,
			AppendOnly: spec.AppendOnly,
			Want:       func(inputs [][]optest.Change) optest.Bag { return once(t, spec, inputs) },
		}.Check(t)
	})
}

// drawLooks draws rows with numbers that are equal and look different.
func drawLooks(t *rapid.T, in int) optest.Row {
	row := drawAgg(t, in)
	if text := rapid.SampledFrom([]string{"0", "1.5", "1.50", "1.500", ""}).Draw(t, "look"); text != "" {
		n, err := types.Parse(aggNumericType, text, types.DefaultSettings)
		if err != nil {
			t.Fatal(err)
		}
		row[colNumeric] = n
	}
	return row
}

// TestAggregateModel compares with sums that the test computes itself.
func TestAggregateModel(t *testing.T) {
	spec := &flow.Aggregate{
		Columns: aggColumns, Keys: []int{colInt}, Late: -1,
		Calls: []flow.AggCall{aggCall("count"), aggCall("count", colValue), aggCall("max", colTime), filtered(aggCall("min", colTime)), distinct(aggCall("count", colTime))},
	}
	rapid.Check(t, optest.Case{
		Make: makeOver(spec), Tables: 1 + len(spec.Multisets()), DealtBy: [][]int{{colInt}}, Inputs: [][]types.Type{aggColumns}, Draw: drawAgg,
		Want: func(inputs [][]optest.Change) optest.Bag { return modelOf(inputs[0]) },
	}.Check)
}

// modelOf computes what TestAggregateModel wants.
func modelOf(changes []optest.Change) optest.Bag {
	type group struct {
		key         types.Value
		rows, value int64
		times, kept map[int64]int64
	}
	groups := map[string]*group{}
	for _, ch := range changes {
		k := ch.Row[:1].String()
		g := groups[k]
		if g == nil {
			g = &group{key: ch.Row[0], times: map[int64]int64{}, kept: map[int64]int64{}}
			groups[k] = g
		}
		g.rows += ch.Diff
		if !ch.Row[colValue].Null {
			g.value += ch.Diff
		}
		if at := ch.Row[colTime]; !at.Null {
			g.times[at.Int] += ch.Diff
			if f := ch.Row[colBool]; !f.Null && f.Bool() {
				g.kept[at.Int] += ch.Diff
			}
		}
	}
	out := optest.Bag{}
	for _, g := range groups {
		if g.rows == 0 {
			continue
		}
		least, greatest, different := types.NullValue, types.NullValue, int64(0)
		for at, n := range g.times {
			if n > 0 {
				different++
				if greatest.Null || at > greatest.Int {
					greatest = types.IntValue(at)
				}
			}
		}
		for at, n := range g.kept {
			if n > 0 && (least.Null || at < least.Int) {
				least = types.IntValue(at)
			}
		}
		out.Add(optest.Row{g.key, types.IntValue(g.rows), types.IntValue(g.value), greatest, least, types.IntValue(different)}, 1)
	}
	return out
}

// TestAggregateErrors checks that the error of a result is told with the row that enters, and taken back with the row that leaves. A row that has an error
// before and after a tick neither comes nor goes.
func TestAggregateErrors(t *testing.T) {
	sum := fn.Builtins().Aggregates("sum")
	spec := &flow.Aggregate{Columns: aggColumns, Keys: []int{colInt}, Late: -1}
	for _, f := range sum {
		if f.Args[0] == types.OIDInt4 { // over a column whose values it does not expect: the sum does not fit
			spec.Calls = []flow.AggCall{{Function: f, Args: []int{colValue}, Filter: -1, Result: int8Type}}
		}
	}
	told := map[int64]int64{} // group to errors
	pool := state.NewPool()
	operator := operators.Build(spec, operators.Env{
		Pool: pool, Tables: []*state.Table{state.NewTable(nil)}, Eval: &eval.Context{},
		Errors: func(ctx *eval.Context, b *batch.Batch) error {
			for n, row := range ctx.Errors.Rows {
				if ctx.Errors.Errs[n].Message != "bigint out of range" || !b.Cols[1].IsNull(int(row)) {
					t.Errorf("row %d: %v", row, ctx.Errors.Errs[n])
				}
				told[b.Cols[0].Ints[row]] += b.DiffAt(int(row))
			}
			return nil
		},
	})
	emitted := optest.Bag{}
	for tick, c := range []struct {
		diff int64
		want int64 // errors of group 1 after the tick
	}{{1, 0}, {1, 1}, {1, 1}, {-2, 0}, {-1, 0}, {2, 1}, {-2, 0}} {
		b := batch.New(aggColumns...)
		row := make([]types.Value, len(aggColumns))
		for i := range row {
			row[i] = types.NullValue
		}
		row[colInt], row[colValue] = types.IntValue(1), types.IntValue(math.MaxInt64)
		b.AppendValues(c.diff, row...)
		net, rows := optest.Bag{}, 0
		emit := func(b *batch.Batch) error {
			for i := range b.Len() {
				emitted.Add(optest.Row{b.Cols[0].Value(i), b.Cols[1].Value(i)}, b.DiffAt(i))
				net.Add(optest.Row{b.Cols[0].Value(i), b.Cols[1].Value(i)}, b.DiffAt(i))
				rows++
			}
			return nil
		}
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark}}, emit); err != nil {
			t.Fatal(err)
		}
		if rows != len(net) {
			t.Errorf("tick %d: %d rows, net %v", tick, rows, net)
		}
		if told[1] != c.want || len(emitted) > 1 {
			t.Errorf("after tick %d: %d errors, want %d; %v", tick, told[1], c.want, emitted)
		}
	}
	if len(emitted) != 0 {
		t.Errorf("left: %v", emitted)
	}
}
