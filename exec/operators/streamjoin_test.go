package operators_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// rangeForm is a kind of key of a join of two streams.
type rangeForm struct {
	name     string
	key      types.Type
	values   []types.Value
	keys     int // how many of the key's columns are equal; the rest is for the condition
	nullSafe bool
}

func rangeForms() []rangeForm {
	ints := []types.Value{types.IntValue(0), types.IntValue(1), types.IntValue(2)}
	return []rangeForm{
		{name: "int", key: int8Type, values: ints, keys: 1},
		{name: "int null-safe", key: int8Type, values: ints, keys: 1, nullSafe: true},
		{name: "text", key: textType, values: []types.Value{types.TextValue(""), types.TextValue("a"), types.TextValue(strings.Repeat("b", 100))}, keys: 1},
		{name: "float", key: floatType, values: []types.Value{
			types.FloatValue(0), types.FloatValue(math.Copysign(0, -1)), types.FloatValue(math.NaN()), types.FloatValue(1),
		}, keys: 1},
		{name: "no key", key: int8Type, values: ints},
	}
}

// sameKey compares keys as SQL does; NULLs are equal to nothing, or to each other.
func (f *rangeForm) sameKey(l, r types.Value) bool {
	switch {
	case f.keys == 0:
		return true
	case l.Null || r.Null:
		return f.nullSafe && l.Null && r.Null
	}
	return l.Int == r.Int && bytes.Equal(l.Bytes, r.Bytes) && (l.Float == r.Float || math.IsNaN(l.Float) && math.IsNaN(r.Float))
}

// spec joins left rows (start, key, end) with right rows (time, key) whose time is between start and end.
func (f *rangeForm) spec() *flow.Join {
	left, right := []types.Type{timeType, f.key, timeType}, []types.Type{timeType, f.key}
	start, end, time := column(0, timeType), column(2, timeType), column(3, timeType)
	spec := &flow.Join{
		Kind: flow.InnerJoin, Left: left, Right: right, AppendOnly: true, LeftTable: 0, RightTable: 1, LeftLate: 0, RightLate: 1,
		Cond:      &flow.Logic{Args: []flow.Expr{infix("<=", start, time), infix("<=", time, end)}},
		LeftBound: end, RightBound: column(0, timeType), LeftPunctual: []flow.Expr{start},
	}
	if f.keys == 1 {
		spec.LeftKeys, spec.RightKeys, spec.NullSafe = []int{1}, []int{1}, []bool{f.nullSafe}
	}
	return spec
}

// streamLate are the times that a row of such a join is late for at a watermark.
func streamLate(in int, ch optest.Change) []int64 {
	times := []int{0}
	if in == 0 {
		times = []int{0, 2}
	}
	for _, c := range times {
		if v := ch.Row[c]; !v.Null && v.Int <= ch.Watermark {
			return []int64{v.Int}
		}
	}
	return nil
}

// TestStreamJoin joins streams whose rows have a time in a range of each other, with rows that live shortly, long, and for ever.
func TestStreamJoin(t *testing.T) {
	for _, f := range rangeForms() {
		t.Run(f.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { f.check(t) })
		})
	}
}

func (f *rangeForm) check(t *rapid.T) {
	spec, last := f.spec(), int64(0)
	unit := int64(1) << rapid.SampledFrom([]int{0, 20, 24}).Draw(t, "unit")
	c := optest.Case{
		Make:   func(env operators.Env) op.Operator { return operators.Build(spec, joinEnv(env)) },
		Tables: 2, Inputs: [][]types.Type{spec.Left, spec.Right}, AppendOnly: true,
		Draw: func(t *rapid.T, in int) optest.Row {
			start := rapid.Int64Range(0, 8).Draw(t, "time") * unit
			row := optest.Row{types.IntValue(start), rapid.SampledFrom(f.values).Draw(t, "key")}
			if in == 0 {
				life := rapid.SampledFrom([]int64{-1, 0, 1, 2, 4, 40, 400}).Draw(t, "life")
				row = append(row, types.IntValue(start+life*unit))
			}
			if rapid.IntRange(0, 8).Draw(t, "null") == 0 {
				row[rapid.IntRange(0, len(row)-1).Draw(t, "where")] = types.NullValue
			}
			return row
		},
		Watermark: func(t *rapid.T, in int) int64 { // of both the same
			if in == 0 {
				last = rapid.Int64Range(-1, 9).Draw(t, "watermark") * unit
			}
			return last
		},
		Late: streamLate,
		Want: func(inputs [][]optest.Change) optest.Bag {
			out := optest.Bag{}
			for _, l := range inputs[0] {
				for _, r := range inputs[1] {
					times := !l.Row[0].Null && !r.Row[0].Null && !l.Row[2].Null && l.Row[0].Int <= r.Row[0].Int && r.Row[0].Int <= l.Row[2].Int
					if times && streamLate(0, l) == nil && streamLate(1, r) == nil && f.sameKey(l.Row[1], r.Row[1]) {
						out.Add(append(append(optest.Row{}, l.Row...), r.Row...), l.Diff*r.Diff)
					}
				}
			}
			return out
		},
	}
	if f.keys > 0 && f.key != floatType { // the test deals -0 and 0 to different workers
		c.DealtBy = [][]int{{1}, {1}}
	}
	c.Check(t)
}

// streamJoinRun is a join over tables that are read back, with a tick function that makes what it notes durable.
type streamJoinRun struct {
	tb       testing.TB
	env      operators.Env
	operator op.Operator
	stored   [2]*optest.Stored
	tick     op.Tick
	emit     op.Emit
}

func newStreamJoinRun(tb testing.TB, emit op.Emit) *streamJoinRun {
	r := &streamJoinRun{tb: tb, emit: emit, stored: [2]*optest.Stored{{}, {}}}
	r.env = joinEnv(oneShotEnv())
	r.env.OneShot = false
	r.env.Late = func(int, *batch.Batch, []int32, []int64, int64) error { return nil }
	r.tick.Watermarks = []int64{op.NoWatermark, op.NoWatermark}
	r.restart()
	return r
}

func (r *streamJoinRun) restart() {
	r.env.Pool.Drop(r.env.Owner)
	for i, s := range r.stored {
		r.env.Tables[i] = state.NewTable(nil)
		if s.Len() > 0 {
			r.env.Tables[i] = state.NewTable(s)
		}
	}
	r.env.Watermarks = append([]int64{}, r.tick.Watermarks...)
	forms := rangeForms()
	r.operator = operators.Build(forms[2].spec(), r.env)
}

func (r *streamJoinRun) push(in int, b *batch.Batch) {
	if err := r.operator.Push(in, b, r.emit); err != nil {
		r.tb.Fatal(err)
	}
}

func (r *streamJoinRun) end(watermark int64) {
	r.tick.Epoch++
	r.tick.Watermarks = []int64{watermark, watermark}
	if _, err := r.operator.EndTick(r.tick, r.emit); err != nil {
		r.tb.Fatal(err)
	}
	for i, t := range r.env.Tables {
		c := &state.Changes{}
		t.Take(c)
		r.stored[i] = r.stored[i].Apply(c)
	}
}

// TestStreamJoinForgets runs for long with a few rows that stay among many that go: neither memory nor tables grow, and what stays is found, after
// a restart too.
func TestStreamJoinForgets(t *testing.T) {
	defer operators.RecordRows(100)()
	const second, staying, ticks = 1_000_000, 50, 400
	found := 0
	r := newStreamJoinRun(t, func(b *batch.Batch) error { found += b.Len(); return nil })
	left, right := batch.New(timeType, textType, timeType), batch.New(timeType, textType)
	wide := strings.Repeat("w", 100)
	var memory []int64
	for tick := range int64(ticks) {
		now := tick * second
		left.Reset()
		for i := range int64(40) {
			end := types.IntValue(now + 3*second)
			if i == 0 && tick < staying {
				end = types.IntValue(now + 1000*second)
			}
			left.AppendValues(1, types.IntValue(now), types.TextValue(fmt.Sprintf("%s%d", wide, i)), end)
		}
		right.Reset()
		right.AppendValues(1, types.IntValue(now), types.TextValue(wide+"0"))
		right.AppendValues(1, types.IntValue(now), types.TextValue(wide+"1"))
		r.push(0, left)
		before := found
		r.push(1, right)
		want := min(tick+1, staying) + min(max(tick+1-staying, 0), 4) + min(tick+1, 4)
		if got := int64(found - before); got != want {
			t.Fatalf("tick %d: %d partners, want %d", tick, got, want)
		}
		r.end(now - second)
		memory = append(memory, r.env.Pool.Bytes())
		if tick == ticks-50 {
			r.restart()
		}
	}
	if got, limit := memory[ticks-60], 2*memory[2*staying]; got > limit {
		t.Errorf("%d bytes of memory, %d before", got, limit/2)
	}
	if got, limit := r.stored[0].Bytes(), 2*(staying+4*40)*(len(wide)+50); got > limit {
		t.Errorf("%d bytes in the table, want at most %d", got, limit)
	}
}

// TestStreamJoinLongValues joins rows that no piece of memory holds, with others.
func TestStreamJoinLongValues(t *testing.T) {
	var found []int
	r := newStreamJoinRun(t, func(b *batch.Batch) error {
		for i := range b.Len() {
			found = append(found, len(b.Cols[1].BytesAt(i)))
		}
		return nil
	})
	sizes := []int{10, state.ChunkBytes/2 + 1, state.ChunkBytes / 2, 3 * state.ChunkBytes, 20}
	left, right := batch.New(timeType, textType, timeType), batch.New(timeType, textType)
	for _, n := range sizes {
		text := types.TextValue(strings.Repeat("x", n))
		left.AppendValues(1, types.IntValue(5), text, types.IntValue(9))
		right.AppendValues(1, types.IntValue(7), text)
	}
	r.push(0, left)
	r.end(1)
	r.restart()
	r.push(1, right)
	if got, want := fmt.Sprint(found), fmt.Sprint(sizes); got != want {
		t.Errorf("found %v, want %v", got, want)
	}
}

// TestStreamJoinAllocatesNothing checks the steady state: rows come, are joined, are noted, and expire.
func TestStreamJoinAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	defer operators.LargeLogs()()
	env := joinEnv(oneShotEnv())
	env.OneShot = false
	forms := rangeForms()
	operator := operators.Build(forms[0].spec(), env)
	left, right := batch.New(timeType, int8Type, timeType), batch.New(timeType, int8Type)
	now := int64(0)
	emit := func(*batch.Batch) error { return nil }
	tick := op.Tick{Watermarks: make([]int64, 2)}
	round := func() {
		now += 1000
		left.Reset()
		right.Reset()
		for i := range int64(1000) {
			left.AppendValues(1, types.IntValue(now+i), types.IntValue(i), types.IntValue(now+i+100))
			right.AppendValues(1, types.IntValue(now+i), types.IntValue(i))
		}
		for in, b := range []*batch.Batch{left, right} {
			if err := operator.Push(in, b, emit); err != nil {
				t.Fatal(err)
			}
		}
		tick.Epoch++
		tick.Watermarks[0], tick.Watermarks[1] = now-1000, now-1000
		if _, err := operator.EndTick(tick, emit); err != nil {
			t.Fatal(err)
		}
		takeAll(env)
	}
	for range 10 {
		round()
	}
	if n := testing.AllocsPerRun(5, round); n > 4 {
		t.Errorf("%v allocations in a tick", n)
	}
}
