package operators_test

import (
	"testing"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

func intJoin(kind flow.JoinKind) *flow.Join {
	ints := []types.Type{int8Type, int8Type}
	return &flow.Join{
		Kind: kind, Left: ints, Right: ints, LeftKeys: []int{0}, RightKeys: []int{0}, NullSafe: []bool{false},
		LeftTable: 0, RightTable: 1,
	}
}

// intBatches makes batches of (key, value), keys being spread over 0 to keys-1.
func intBatches(rows, keys int, diff int64) []*batch.Batch {
	var list []*batch.Batch
	for at := 0; at < rows; at += batch.Rows {
		b := batch.New(int8Type, int8Type)
		for i := at; i < min(at+batch.Rows, rows); i++ {
			b.AppendValues(diff, types.IntValue(int64(i*7919%keys)), types.IntValue(int64(i)))
		}
		list = append(list, b)
	}
	return list
}

func pushAll(tb testing.TB, operator op.Operator, in int, list []*batch.Batch, emit op.Emit) {
	for _, b := range list {
		if err := operator.Push(in, b, emit); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkJoinProbe joins rows with a side that has ended, one partner each.
func BenchmarkJoinProbe(b *testing.B) {
	for _, c := range []struct {
		name string
		keys int
	}{{"1k", 1_000}, {"100k", 100_000}, {"1M", 1_000_000}} {
		b.Run(c.name, func(b *testing.B) {
			operator := oneShot(intJoin(flow.InnerJoin))
			rows := 0
			emit := func(out *batch.Batch) error { rows += out.Len(); return nil }
			pushAll(b, operator, 1, intBatches(c.keys, c.keys, 1), emit)
			if err := operator.(op.InputEnder).EndInput(1, emit); err != nil {
				b.Fatal(err)
			}
			probes := intBatches(max(c.keys, 200_000), c.keys, 1)
			b.ResetTimer()
			for n := 0; n < b.N; n += batch.Rows {
				if err := operator.Push(0, probes[n/batch.Rows%len(probes)], emit); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

// BenchmarkJoinStream joins two streams that both grow, one partner each, with ticks.
func BenchmarkJoinStream(b *testing.B) {
	env := oneShotEnv()
	env.OneShot = false
	operator := operators.Build(intJoin(flow.InnerJoin), env)
	emit := func(*batch.Batch) error { return nil }
	in := batch.New(int8Type, int8Type)
	tick := op.Tick{Watermarks: []int64{op.NoWatermark, op.NoWatermark}}
	for n := 0; n < b.N; n += 2 * batch.Rows {
		for side := range 2 {
			in.Reset()
			for i := range batch.Rows {
				in.AppendValues(1, types.IntValue(int64(n/2+i)*7919%1_000_003), types.IntValue(int64(n+i)))
			}
			if err := operator.Push(side, in, emit); err != nil {
				b.Fatal(err)
			}
		}
		if n/2/batch.Rows%16 == 0 {
			if _, err := operator.EndTick(tick, emit); err != nil {
				b.Fatal(err)
			}
			takeAll(env)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// TestJoinStreams joins many rows with a key that has many partners: the product comes in batches.
func TestJoinStreams(t *testing.T) {
	env := joinEnv(oneShotEnv())
	env.OneShot = false
	spec := intJoin(flow.LeftJoin)
	spec.Cond = infix("<>", column(1, int8Type), column(3, int8Type))
	operator := operators.Build(spec, env)
	rows := 0
	emit := func(b *batch.Batch) error {
		if rows += b.Len(); b.Len() > batch.Rows {
			t.Errorf("a batch of %d rows", b.Len())
		}
		return nil
	}
	pushAll(t, operator, 0, intBatches(1_000, 1, 1), emit)
	pushAll(t, operator, 1, intBatches(3_000, 1, 1), emit)
	if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark, op.NoWatermark}}, emit); err != nil {
		t.Fatal(err)
	}
	if want := 1_000*3_000 - 1_000; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
}

// TestJoinAllocatesNothing checks the steady state: rows come, are joined, and leave.
func TestJoinAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	for kind, name := range joinKinds {
		for _, condition := range []bool{false, true} {
			spec := intJoin(kind)
			if condition {
				spec.Cond = infix("<=", column(0, int8Type), column(2, int8Type))
			}
			env := joinEnv(oneShotEnv())
			env.OneShot = false
			operator := operators.Build(spec, env)
			in, out := intBatches(2000, 500, 1), intBatches(2000, 500, -1)
			emit := func(*batch.Batch) error { return nil }
			tick := op.Tick{Watermarks: []int64{op.NoWatermark, op.NoWatermark}}
			round := func() {
				for side := range 2 {
					pushAll(t, operator, side, in, emit)
				}
				if _, err := operator.EndTick(tick, emit); err != nil {
					t.Fatal(err)
				}
				takeAll(env)
				for side := range 2 {
					pushAll(t, operator, side, out, emit)
				}
				if _, err := operator.EndTick(tick, emit); err != nil {
					t.Fatal(err)
				}
				takeAll(env)
			}
			round()
			if n := testing.AllocsPerRun(3, round); n != 0 {
				t.Errorf("%s, condition %v: %v allocations", name, condition, n)
			}
		}
	}
}
