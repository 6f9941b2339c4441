package operators_test

import (
	"math"
	"slices"
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
	"github.com/freshetdb/freshet/storage/key"
)

// ranked is what a TopN is by definition.
func ranked(spec *flow.TopN, changes []optest.Change) optest.Bag {
	var orderColumns, restColumns []key.Column
	for _, k := range spec.Order {
		orderColumns = append(orderColumns, key.Column{Type: spec.Columns[k.Column], Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	for _, c := range spec.Columns {
		restColumns = append(restColumns, key.Asc(c))
	}
	order, whole := key.NewEncoder(orderColumns...), key.NewEncoder(restColumns...)
	type row struct {
		row         optest.Row
		order, full string
		n           int64
	}
	parts := map[string][]row{}
	rows, counts := bagOf(changes)
	for i, r := range rows {
		if counts[i] == 0 {
			continue
		}
		part, values := optest.Row{}, []types.Value{}
		for _, c := range spec.Partition {
			part = append(part, r[c])
		}
		for _, k := range spec.Order {
			values = append(values, r[k.Column])
		}
		o := string(order.AppendValues(nil, values...))
		parts[part.String()] = append(parts[part.String()], row{r, o, o + string(whole.AppendValues(nil, r...)), counts[i]})
	}
	to := int64(math.MaxInt64)
	if spec.Limit >= 0 {
		to = spec.Offset + spec.Limit
	}
	out := optest.Bag{}
	for _, part := range parts {
		slices.SortFunc(part, func(a, b row) int { return strings.Compare(a.full, b.full) })
		number, rank, dense, last := int64(0), int64(0), int64(0), "none"
		for _, r := range part {
			if r.order != last {
				rank, dense, last = number+1, dense+1, r.order
			}
			for range r.n {
				number++
				n := []int64{flow.RowNumber: number, flow.Rank: rank, flow.DenseRank: dense}[spec.Kind]
				if n <= spec.Offset || n > to {
					continue
				}
				if spec.Rank {
					out.Add(append(slices.Clone(r.row), types.IntValue(n)), 1)
				} else {
					out.Add(r.row, 1)
				}
			}
		}
	}
	return out
}

func topNSpecs() []*flow.TopN {
	var specs []*flow.TopN
	orders := [][]flow.SortKey{{{Column: 1}}, {{Column: 1, Desc: true}}, {{Column: 2, Desc: true, NullsFirst: true}, {Column: 1, NullsFirst: true}}}
	limits := [][2]int64{{0, 1}, {0, 3}, {2, 2}, {0, -1}, {1, -1}, {0, 0}}
	for i, kind := range []flow.RankKind{flow.RowNumber, flow.Rank, flow.DenseRank} {
		for _, rank := range []bool{false, true} {
			for k, limit := range limits {
				for _, appendOnly := range []bool{false, true} {
					partition := [][]int{{0}, {2}, {}}[(i+k)%3]
					specs = append(specs, &flow.TopN{
						Columns: []types.Type{int8Type, int8Type, textType}, Partition: partition, Order: orders[(i+k/2)%3],
						Offset: limit[0], Limit: limit[1], Kind: kind, Rank: rank, AppendOnly: appendOnly, Late: -1,
					})
				}
			}
		}
	}
	return specs
}

func drawTopRow(t *rapid.T, _ int) optest.Row {
	row := optest.Row{
		types.IntValue(rapid.Int64Range(0, 1).Draw(t, "part")), types.IntValue(rapid.Int64Range(0, 5).Draw(t, "int")),
		types.TextValue(rapid.SampledFrom([]string{"", "a", "abcdefgh1", "abcdefgh2"}).Draw(t, "text")),
	}
	if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		row[rapid.IntRange(0, 2).Draw(t, "where")] = types.NullValue
	}
	return row
}

func TestTopN(t *testing.T) {
	specs := topNSpecs()
	for range 12 {
		rapid.Check(t, func(t *rapid.T) {
			spec := rapid.SampledFrom(specs).Draw(t, "spec")
			local := rapid.Bool().Draw(t, "local")
			c := optest.Case{
				Make:   func(env operators.Env) op.Operator { return buildTopN(spec, local, env) },
				Tables: 1, Inputs: [][]types.Type{spec.Columns}, Draw: drawTopRow, AppendOnly: spec.AppendOnly,
				Want: func(inputs [][]optest.Change) optest.Bag { return ranked(spec, inputs[0]) },
			}
			if len(spec.Partition) > 0 {
				c.DealtBy = [][]int{spec.Partition}
			}
			c.Check(t)
		})
	}
}

// TestTopNBounds has partitions that end: their rows stay, or, with OnClose, come only then.
func TestTopNBounds(t *testing.T) {
	columns := []types.Type{timeType, int8Type}
	for _, onClose := range []bool{false, true} {
		for _, appendOnly := range []bool{false, true} {
			spec := &flow.TopN{
				Columns: columns, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Limit: 2, Kind: flow.Rank, Rank: true,
				Bound: column(0, timeType), OnClose: onClose, AppendOnly: appendOnly,
			}
			late := func(ch optest.Change) bool { return !ch.Row[0].Null && ch.Row[0].Int <= ch.Watermark }
			rapid.Check(t, optest.Case{
				Make:   func(env operators.Env) op.Operator { return buildTopN(spec, true, env) },
				Tables: 1, Inputs: [][]types.Type{columns}, DealtBy: [][]int{{0}}, AppendOnly: appendOnly,
				Draw: func(t *rapid.T, _ int) optest.Row {
					row := optest.Row{types.IntValue(rapid.Int64Range(0, 5).Draw(t, "time")), types.IntValue(rapid.Int64Range(0, 3).Draw(t, "int"))}
					if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
						row[0] = types.NullValue
					}
					return row
				},
				Watermark: func(t *rapid.T, _ int) int64 { return rapid.Int64Range(-1, 6).Draw(t, "watermark") },
				Late: func(_ int, ch optest.Change) []int64 {
					if late(ch) {
						return []int64{ch.Row[0].Int}
					}
					return nil
				},
				WantAt: func(inputs [][]optest.Change, tick op.Tick) optest.Bag {
					var kept []optest.Change
					for _, ch := range inputs[0] {
						closed := !ch.Row[0].Null && ch.Row[0].Int <= tick.Watermarks[0]
						if !late(ch) && (closed || !onClose) {
							kept = append(kept, ch)
						}
					}
					return ranked(spec, kept)
				},
			}.Check)
		}
	}
}

// TestTopNLarge has one partition with many rows, whose list is of many blocks, and takes them away again.
func TestTopNLarge(t *testing.T) {
	columns := []types.Type{int8Type, int8Type}
	const rows = 20_000
	spec := &flow.TopN{Columns: columns, Order: []flow.SortKey{{Column: 0}}, Limit: 5, Late: -1}
	env := oneShotEnv()
	env.OneShot = false
	operator := operators.Build(spec, env)
	got := optest.Bag{}
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			got.Add(optest.Row{b.Cols[0].Value(i), b.Cols[1].Value(i)}, b.DiffAt(i))
		}
		return nil
	}
	first := 0
	for round := range 4 {
		b := batch.New(columns...)
		for i := range rows {
			n := int64(i * 7919 % rows)
			switch round {
			case 0, 2:
				b.AppendValues(1, types.IntValue(n), types.IntValue(n*n))
			case 1:
				if n%3 != 0 || n < 300 {
					b.AppendValues(-1, types.IntValue(n), types.IntValue(n*n))
				}
			default:
				if n < 19_000 {
					b.AppendValues(-1, types.IntValue(n), types.IntValue(n*n))
				}
			}
		}
		first = []int{0, 300, 0, 300}[round]
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark}}, emit); err != nil {
			t.Fatal(err)
		}
		takeAll(env)
		want := optest.Bag{}
		step := []int64{1, 3, 1, 3}[round]
		for i := range int64(5) {
			n, times := int64(first)+i*step, int64(1)
			if round == 2 && n%3 == 0 && n >= 300 {
				times = 2
			}
			want.Add(optest.Row{types.IntValue(n), types.IntValue(n * n)}, times)
		}
		if len(got) != len(want) {
			t.Fatalf("round %d: %v, want %v", round, got, want)
		}
		for k, n := range want {
			if got[k] != n {
				t.Fatalf("round %d: %v, want %v", round, got, want)
			}
		}
	}
}

func TestTopNAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	for _, appendOnly := range []bool{false, true} {
		spec := &flow.TopN{
			Columns: []types.Type{int8Type, int8Type}, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Limit: 3, Rank: true,
			AppendOnly: appendOnly, Late: -1,
		}
		env := joinEnv(oneShotEnv())
		env.OneShot = false
		operator := operators.Build(spec, env)
		in, out := intBatches(2000, 100, 1), intBatches(2000, 100, -1)
		emit := func(*batch.Batch) error { return nil }
		tick := op.Tick{Watermarks: []int64{op.NoWatermark}}
		round := func() {
			for _, list := range [][]*batch.Batch{in, out} {
				if appendOnly {
					list = in
				}
				pushAll(t, operator, 0, list, emit)
				if _, err := operator.EndTick(tick, emit); err != nil {
					t.Fatal(err)
				}
				takeAll(env)
			}
		}
		round()
		if n := testing.AllocsPerRun(3, round); n != 0 {
			t.Errorf("append-only %v: %v allocations", appendOnly, n)
		}
	}
}

func BenchmarkTopN(b *testing.B) {
	for _, c := range []struct {
		name       string
		limit      int64
		appendOnly bool
		keys       int
	}{{"top1", 1, true, 10_000}, {"top10", 10, true, 10_000}, {"top1 1M", 1, true, 1_000_000}, {"retractable", 10, false, 10_000}} {
		b.Run(c.name, func(b *testing.B) {
			spec := &flow.TopN{
				Columns: []types.Type{int8Type, int8Type}, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Limit: c.limit, AppendOnly: c.appendOnly, Late: -1,
			}
			env := oneShotEnv()
			env.OneShot = false
			operator := operators.Build(spec, env)
			list := intBatches(max(c.keys, 400_000), c.keys, 1)
			emit := func(*batch.Batch) error { return nil }
			tick := op.Tick{Watermarks: []int64{op.NoWatermark}}
			if c.appendOnly { // the first rows are the best: those that follow are turned away
				pushAll(b, operator, 0, list, emit)
				if _, err := operator.EndTick(tick, emit); err != nil {
					b.Fatal(err)
				}
				takeAll(env)
				for _, in := range list {
					for i := range in.Cols[1].Ints {
						in.Cols[1].Ints[i] += 10_000_000
					}
				}
			}
			b.ResetTimer()
			for n := 0; n < b.N; n += batch.Rows {
				if err := operator.Push(0, list[n/batch.Rows%len(list)], emit); err != nil {
					b.Fatal(err)
				}
				if n/batch.Rows%64 == 63 {
					if _, err := operator.EndTick(tick, emit); err != nil {
						b.Fatal(err)
					}
					takeAll(env)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
