package operators_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// makeBehindLocal makes an aggregate behind a LocalAggregate: together they are what the aggregate is alone.
func makeBehindLocal(spec *flow.Aggregate, roles []flow.LocalRole) func(env operators.Env) op.Operator {
	local := &flow.LocalAggregate{Columns: spec.Columns, Roles: roles, Bound: spec.Bound, Panes: spec.Panes}
	return func(env operators.Env) op.Operator {
		return localThenTop{makeOver(local)(env), makeOver(spec)(env)}
	}
}

// localRoles are those of the columns of an aggregate that are not Any.
func localRoles(roles map[int]flow.LocalRole) []flow.LocalRole {
	out := make([]flow.LocalRole, len(aggColumns))
	for col, r := range roles {
		out[col] = r
	}
	return out
}

// TestLocalAggregate checks the equation for an aggregate behind a LocalAggregate: keys of all kinds, rows that leave, large numbers, nulls.
func TestLocalAggregate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Aggregate{Columns: aggColumns, Late: -1, AppendOnly: rapid.Bool().Draw(t, "append only")}
		spec.Keys = rapid.SampledFrom([][]int{
			{}, {colInt}, {colText}, {colBool}, {colNumeric}, {colFloat}, {colInt, colText}, {colBool, colInt}, {colNumeric, colInt},
		}).Draw(t, "keys")
		roles := map[int]flow.LocalRole{colValue: flow.LocalSum, colTime: flow.LocalPresent, colBool: flow.LocalSame}
		spec.Calls = []flow.AggCall{
			aggCall("count"), aggCall("sum", colValue), filtered(aggCall("avg", colValue)), aggCall("count", colValue), filtered(aggCall("count", colTime)),
		}
		if spec.AppendOnly && rapid.Bool().Draw(t, "extremes") {
			spec.Calls = append(spec.Calls[:1], aggCall("min", colValue), filtered(aggCall("max", colTime)), filtered(aggCall("count")))
			roles[colValue], roles[colTime] = flow.LocalMin, flow.LocalMax
		}
		for _, k := range spec.Keys {
			roles[k] = flow.LocalSame
		}
		checkLocal(t, spec, roles)
	})
}

// TestLocalAggregateDistinct does so for DISTINCT, where integers are handed on once.
func TestLocalAggregateDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Aggregate{Columns: aggColumns, Late: -1, AppendOnly: true}
		spec.Keys = rapid.SampledFrom([][]int{{}, {colInt}, {colText, colNumeric}}).Draw(t, "keys")
		spec.Calls = []flow.AggCall{
			aggCall("count"), distinct(aggCall("count", colTime)), filtered(distinct(aggCall("count", colTime))), filtered(distinct(aggCall("sum", colValue))),
		}
		roles := map[int]flow.LocalRole{colValue: flow.LocalDistinct, colTime: flow.LocalDistinct, colBool: flow.LocalSame}
		for _, k := range spec.Keys {
			roles[k] = flow.LocalSame
		}
		checkLocal(t, spec, roles)
	})
}

func checkLocal(t *rapid.T, spec *flow.Aggregate, roles map[int]flow.LocalRole) {
	optest.Case{
		Make: makeBehindLocal(spec, localRoles(roles)), Tables: 1 + len(spec.Multisets()), DealtBy: [][]int{spec.Keys},
		Inputs: [][]types.Type{aggColumns}, Draw: drawAgg, AppendOnly: spec.AppendOnly,
		Want: func(inputs [][]optest.Change) optest.Bag { return once(t, spec, inputs) },
	}.Check(t)
}

// TestLocalAggregatePasses shows that rows are summed up over a tick, that DISTINCT integers pass once, that late rows and large numbers pass as they
// are, and that it stands aside where no two rows are of one class.
func TestLocalAggregatePasses(t *testing.T) {
	spec := &flow.LocalAggregate{
		Columns: []types.Type{int8Type, int8Type, int8Type}, Roles: []flow.LocalRole{flow.LocalWindow, flow.LocalSum, flow.LocalDistinct},
		Bound: column(0, int8Type),
	}
	operator := operators.Build(spec, joinEnv(operators.Env{}))
	var out *batch.Batch
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			out.AppendRow(b, i, b.DiffAt(i))
		}
		return nil
	}
	for _, tick := range []struct{ watermark, rows int64 }{
		{op.NoWatermark, 2}, {15, 2}, // windows 10 and 20
	} {
		out = batch.New(spec.Columns...)
		for range 10 {
			b := batch.New(spec.Columns...)
			for i := range int64(100) {
				b.AppendValues(1, types.IntValue(10+i%2*10), types.IntValue(i), types.IntValue(i%10))
			}
			if err := operator.Push(0, b, emit); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{tick.watermark}}, emit); err != nil {
			t.Fatal(err)
		}
		sum, count := int64(0), int64(0)
		for i := range out.Len() {
			sum += out.Cols[1].Ints[i] * out.DiffAt(i)
			count += out.DiffAt(i)
		}
		if count != 1000 || sum != 10*4950 {
			t.Errorf("%d rows with the sum %d, want 1000 with %d", count, sum, 10*4950)
		}
		// In the first tick each integer passes once; each class is two rows.
		if want := 14; tick.watermark == op.NoWatermark && out.Len() != want {
			t.Errorf("%d rows, want %d:\n%v", out.Len(), want, out)
		}
	}
	out = batch.New(spec.Columns...)
	b := batch.New(spec.Columns...)
	b.AppendValues(1, types.IntValue(15), types.IntValue(1), types.NullValue) // late
	b.AppendValues(1, types.IntValue(15), types.IntValue(1), types.NullValue)
	b.AppendValues(1, types.IntValue(30), types.IntValue(math.MaxInt64), types.NullValue)
	if err := operator.Push(0, b, emit); err != nil {
		t.Fatal(err)
	}
	if _, err := operator.EndTick(op.Tick{Watermarks: []int64{15}}, emit); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), b.String(); got != want {
		t.Errorf("rows that cannot be summed up: got\n%s\nwant\n%s", got, want)
	}
	passed := 0
	for n := range int64(64) {
		b := batch.New(spec.Columns...)
		for i := range int64(batch.Rows) {
			b.AppendValues(1, types.IntValue(100+n*batch.Rows+i), types.IntValue(i), types.NullValue)
		}
		if err := operator.Push(0, b, func(b *batch.Batch) error { passed += b.Len(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if passed < 48*batch.Rows {
		t.Errorf("%d rows have passed by now, as if it had not stood aside", passed)
	}
}

func TestLocalAggregateAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	spec := &flow.LocalAggregate{
		Columns: []types.Type{int8Type, int8Type}, Roles: []flow.LocalRole{flow.LocalSame, flow.LocalSum}, Bound: column(0, int8Type),
	}
	operator := operators.Build(spec, joinEnv(operators.Env{}))
	in := intBatches(2000, 100, 1)
	emit := func(*batch.Batch) error { return nil }
	tick := op.Tick{Watermarks: []int64{50}}
	round := func() {
		pushAll(t, operator, 0, in, emit)
		if _, err := operator.EndTick(tick, emit); err != nil {
			t.Fatal(err)
		}
	}
	round()
	if n := testing.AllocsPerRun(10, round); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLocalAggregatePanes checks the equation for sliding windows, with late rows as they came.
func TestLocalAggregatePanes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]flow.Panes{{Slide: 2, Size: 6}, {Slide: 2, Size: 5, Offset: 1}, {Slide: 5, Size: 2}}).Draw(t, "panes")
		p.Time, p.Expires = colTime, rapid.Bool().Draw(t, "expires")
		spec := &flow.Aggregate{
			Columns: aggColumns, Keys: []int{colInt}, Panes: &p, AppendOnly: rapid.Bool().Draw(t, "append only"),
			Calls: []flow.AggCall{aggCall("count"), aggCall("sum", colValue), filtered(aggCall("count", colFloat))},
		}
		spec.OnClose = p.Expires && rapid.Bool().Draw(t, "on close")
		roles := localRoles(map[int]flow.LocalRole{
			colInt: flow.LocalSame, colTime: flow.LocalPane, colValue: flow.LocalSum, colBool: flow.LocalSame, colFloat: flow.LocalPresent,
		})
		checkPanes(t, spec, makeBehindLocal(spec, roles))
	})
}

// TestLocalAggregateBound does so for groups with a bound.
func TestLocalAggregateBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Aggregate{
			Columns: aggColumns, Keys: []int{colText, colTime}, BoundKeys: []int{1}, Bound: column(colTime, timeType), AppendOnly: true,
			Calls: []flow.AggCall{aggCall("count"), aggCall("max", colValue), distinct(aggCall("count", colInt))}, OnClose: rapid.Bool().Draw(t, "on close"),
		}
		roles := localRoles(map[int]flow.LocalRole{
			colText: flow.LocalSame, colTime: flow.LocalWindow, colValue: flow.LocalMax, colInt: flow.LocalDistinct,
		})
		checkBound(t, spec, makeBehindLocal(spec, roles), timeOf)
	})
}

// TestLocalClassesOfOneHash: keys are compared when their hash has been found, texts and others.
func TestLocalClassesOfOneHash(t *testing.T) {
	columns := []types.Type{types.Of(types.OIDText), types.Of(types.OIDInt8), types.Of(types.OIDFloat8)}
	spec := &flow.LocalAggregate{Columns: columns, Roles: []flow.LocalRole{flow.LocalSame, flow.LocalSame, flow.LocalSame}}
	b := batch.New(columns...)
	for _, row := range []struct {
		text   string
		number int64
		float  float64
	}{{"a", 1, 1}, {"b", 1, 1}, {"a", 2, 1}, {"a", 1, 2}, {"b", 1, 1}, {"", 1, 1}, {"ab", 1, 1}, {"a", 1, 1}, {"", 1, 1}} {
		b.Cols[0].AppendBytes([]byte(row.text))
		b.Cols[1].Ints = append(b.Cols[1].Ints, row.number)
		b.Cols[2].Floats = append(b.Cols[2].Floats, row.float)
		b.AppendDiff(1)
	}
	if diff := cmp.Diff([]int32{0, 1, 2, 3, 1, 4, 5, 0, 4}, operators.ClassesOfOneHash(spec, b)); diff != "" {
		t.Error(diff)
	}
}

// TestLocalAggregateOfLongKeys: classes are forgotten when their keys are together too long to be remembered, and what was summed up is handed on.
func TestLocalAggregateOfLongKeys(t *testing.T) {
	const batches, rows, size = 24, 8, 1 << 20
	spec := &flow.LocalAggregate{Columns: []types.Type{textType, int8Type}, Roles: []flow.LocalRole{flow.LocalSame, flow.LocalDistinct}}
	operator := operators.Build(spec, joinEnv(operators.Env{}))
	got, most := int64(0), 0
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			got += b.DiffAt(i)
		}
		return nil
	}
	b, pad := batch.New(spec.Columns...), make([]byte, size)
	for n := range int64(batches) {
		b.Reset()
		for i := range int64(rows) {
			b.AppendValues(1, types.BytesValue(strconv.AppendInt(pad, n*rows+i, 10)), types.IntValue(0))
		}
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		most = max(most, operators.LocalBytes(operator))
	}
	if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark}}, emit); err != nil {
		t.Fatal(err)
	}
	if got != batches*rows {
		t.Errorf("%d rows came out, want %d", got, batches*rows)
	}
	if most > batch.BytesMax+2*rows*size {
		t.Errorf("%d bytes of keys were remembered", most)
	}
}
