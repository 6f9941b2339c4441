package operators_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

var joinKinds = map[flow.JoinKind]string{
	flow.InnerJoin: "inner", flow.LeftJoin: "left", flow.FullJoin: "full", flow.SemiJoin: "semi", flow.AntiJoin: "anti", flow.NotInJoin: "not in",
}

// joinForm is a form of a join's condition, with what it means for two rows: 1 true, 0 false, -1 unknown.
type joinForm struct {
	name     string
	columns  []types.Type
	keys     []int
	nullSafe []bool
	cond     flow.Expr
	dealt    bool
}

func joinForms() []joinForm {
	ints := []types.Type{int8Type, int8Type}
	// l.1 + r.1 > 0
	cond := infix(">", infix("+", column(1, int8Type), column(3, int8Type)), number(0))
	return []joinForm{
		{name: "int", columns: ints, keys: []int{0}, nullSafe: []bool{false}, dealt: true},
		{name: "int null-safe", columns: ints, keys: []int{0}, nullSafe: []bool{true}, dealt: true},
		{name: "int with condition", columns: ints, keys: []int{0}, nullSafe: []bool{false}, cond: cond, dealt: true},
		{name: "text", columns: []types.Type{textType, int8Type}, keys: []int{0}, nullSafe: []bool{false}, dealt: true},
		{name: "two keys", columns: []types.Type{textType, int8Type}, keys: []int{0, 1}, nullSafe: []bool{false, true}, dealt: true},
		{name: "two plain keys", columns: ints, keys: []int{0, 1}, nullSafe: []bool{false, false}},
		{name: "condition", columns: ints, cond: cond},
		{name: "cross", columns: ints},
	}
}

// matches is the value of the condition for two rows: 1 true, 0 false, -1 unknown.
func (f *joinForm) matches(l, r optest.Row) int {
	result := 1
	for i, k := range f.keys {
		same := l[k].Int == r[k].Int && string(l[k].Bytes) == string(r[k].Bytes)
		switch {
		case f.nullSafe[i]:
			if l[k].Null != r[k].Null || !l[k].Null && !same {
				return 0
			}
		case l[k].Null || r[k].Null:
			result = -1
		case !same:
			return 0
		}
	}
	if f.cond != nil && (l[1].Null || r[1].Null || l[1].Int+r[1].Int <= 0) {
		return 0 // of NOT IN, the condition says which rows the subquery has
	}
	return result
}

// bagOf sums up changes.
func bagOf(changes []optest.Change) (rows []optest.Row, counts []int64) {
	places := map[string]int{}
	for _, ch := range changes {
		k := ch.Row.String()
		at, ok := places[k]
		if !ok {
			at = len(rows)
			places[k] = at
			rows, counts = append(rows, ch.Row), append(counts, 0)
		}
		counts[at] += ch.Diff
	}
	return rows, counts
}

// joined is what a join is by definition.
func joined(kind flow.JoinKind, width int, matches func(l, r optest.Row) int, left, right []optest.Change) optest.Bag {
	out := optest.Bag{}
	l, ln := bagOf(left)
	r, rn := bagOf(right)
	nulls := optest.Row{}
	for range width {
		nulls = append(nulls, types.NullValue)
	}
	concat := func(a, b optest.Row) optest.Row { return append(append(optest.Row{}, a...), b...) }
	found := make([]bool, len(r))
	for i := range l {
		yes, maybe := false, false
		for k := range r {
			if ln[i] == 0 || rn[k] == 0 {
				continue
			}
			m := matches(l[i], r[k])
			yes, maybe = yes || m == 1, maybe || m == -1
			if m == 1 {
				found[k] = true
				if kind == flow.InnerJoin || kind == flow.LeftJoin || kind == flow.FullJoin {
					out.Add(concat(l[i], r[k]), ln[i]*rn[k])
				}
			}
		}
		switch {
		case (kind == flow.LeftJoin || kind == flow.FullJoin) && !yes:
			out.Add(concat(l[i], nulls), ln[i])
		case kind == flow.SemiJoin && yes, kind == flow.AntiJoin && !yes, kind == flow.NotInJoin && !yes && !maybe:
			out.Add(l[i], ln[i])
		}
	}
	if kind == flow.FullJoin {
		for k := range r {
			if !found[k] {
				out.Add(concat(nulls, r[k]), rn[k])
			}
		}
	}
	return out
}

func joinEnv(env operators.Env) operators.Env {
	env.Eval = &eval.Context{}
	env.Errors = func(ctx *eval.Context, _ *batch.Batch) error { return ctx.Errors.Errs[0] }
	return env
}

func drawJoinRow(t *rapid.T, columns []types.Type, in int) optest.Row {
	row := optest.Row{}
	for _, c := range columns {
		v := types.IntValue(rapid.Int64Range(-1, 2).Draw(t, "int"))
		if c == textType {
			v = types.TextValue(rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "text"))
		}
		// NOT IN is only of interest while its right side has no null.
		if rapid.IntRange(0, 5+6*in).Draw(t, "null") == 0 {
			v = types.NullValue
		}
		row = append(row, v)
	}
	return row
}

func (f *joinForm) spec(kind flow.JoinKind) *flow.Join {
	return &flow.Join{
		Kind: kind, Left: f.columns, Right: f.columns, LeftKeys: f.keys, RightKeys: f.keys, NullSafe: f.nullSafe,
		Cond: f.cond, LeftTable: 0, RightTable: 1, LeftLate: -1, RightLate: -1,
	}
}

func drawKind(t *rapid.T) flow.JoinKind {
	return rapid.SampledFrom([]flow.JoinKind{
		flow.InnerJoin, flow.LeftJoin, flow.FullJoin, flow.SemiJoin, flow.AntiJoin, flow.NotInJoin,
	}).Draw(t, "kind")
}

func TestJoin(t *testing.T) {
	for _, f := range joinForms() {
		t.Run(f.name, func(t *testing.T) {
			for range 2 {
				rapid.Check(t, func(t *rapid.T) {
					kind := drawKind(t)
					spec := f.spec(kind)
					spec.AppendOnly = rapid.Bool().Draw(t, "append-only")
					c := optest.Case{
						Make:   func(env operators.Env) op.Operator { return operators.Build(spec, joinEnv(env)) },
						Tables: 2, Inputs: [][]types.Type{f.columns, f.columns}, AppendOnly: spec.AppendOnly,
						Draw: func(t *rapid.T, in int) optest.Row { return drawJoinRow(t, f.columns, in) },
						Want: func(inputs [][]optest.Change) optest.Bag {
							return joined(kind, len(f.columns), f.matches, inputs[0], inputs[1])
						},
					}
					if f.dealt && kind != flow.NotInJoin {
						c.DealtBy = [][]int{f.keys[:1], f.keys[:1]}
					}
					c.Check(t)
				})
			}
		})
	}
}

// TestJoinOneShot pushes in any order and lets the inputs end at any time, or not.
func TestJoinOneShot(t *testing.T) {
	for _, f := range joinForms() {
		t.Run(f.name, func(t *testing.T) {
			for range 2 {
				rapid.Check(t, func(t *rapid.T) { checkOneShotJoin(t, f.spec(drawKind(t)), &f) })
			}
		})
	}
}

func checkOneShotJoin(t *rapid.T, spec *flow.Join, f *joinForm) {
	operator := oneShot(spec)
	got := optest.Bag{}
	emit := func(b *batch.Batch) error {
		var rows []optest.Row
		if err := collect(&rows)(b); err != nil {
			return err
		}
		for _, r := range rows {
			got.Add(r, 1)
		}
		return nil
	}
	var content [2][]optest.Change
	ended := [2]bool{}
	for range rapid.IntRange(0, 8).Draw(t, "steps") {
		in := rapid.IntRange(0, 1).Draw(t, "input")
		if ended[in] {
			continue
		}
		if rapid.IntRange(0, 3).Draw(t, "end") == 0 {
			ended[in] = true
			if err := operator.(op.InputEnder).EndInput(in, emit); err != nil {
				t.Fatal(err)
			}
			continue
		}
		b := batch.New(f.columns...)
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			row, n := drawJoinRow(t, f.columns, in), rapid.Int64Range(1, 2).Draw(t, "times")
			b.AppendValues(n, row...)
			content[in] = append(content[in], optest.Change{Row: row, Diff: n})
		}
		if err := operator.Push(in, b, emit); err != nil {
			t.Fatal(err)
		}
		b.Scribble()
	}
	if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark, op.NoWatermark}}, emit); err != nil {
		t.Fatal(err)
	}
	want := joined(spec.Kind, len(f.columns), f.matches, content[0], content[1])
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v\nwant %v\ninputs %v", got, want, content)
	}
}

// TestJoinBounds joins windows: what belongs to a closed one is late, and goes.
func TestJoinBounds(t *testing.T) {
	columns := []types.Type{timeType, int8Type}
	cond := infix(">", infix("+", column(1, int8Type), column(3, int8Type)), number(0))
	bound := func(row optest.Row) int64 { return row[0].Int }
	late := func(ch optest.Change) bool { return !ch.Row[0].Null && bound(ch.Row) <= ch.Watermark }
	last := int64(0)
	for _, condition := range []flow.Expr{nil, cond} {
		f := &joinForm{columns: columns, keys: []int{0}, nullSafe: []bool{false}, cond: condition}
		rapid.Check(t, func(t *rapid.T) {
			kind := rapid.SampledFrom([]flow.JoinKind{flow.InnerJoin, flow.LeftJoin, flow.FullJoin, flow.SemiJoin, flow.AntiJoin}).Draw(t, "kind")
			spec := f.spec(kind)
			spec.AppendOnly = rapid.Bool().Draw(t, "append-only")
			spec.LeftBound, spec.RightBound, spec.LeftLate, spec.RightLate = column(0, timeType), column(0, timeType), 0, 1
			optest.Case{
				Make:   func(env operators.Env) op.Operator { return operators.Build(spec, joinEnv(env)) },
				Tables: 2, Inputs: [][]types.Type{columns, columns}, DealtBy: [][]int{{0}, {0}}, AppendOnly: spec.AppendOnly,
				Draw: func(t *rapid.T, _ int) optest.Row {
					row := optest.Row{types.IntValue(rapid.Int64Range(0, 4).Draw(t, "time") << 20), types.IntValue(rapid.Int64Range(-1, 1).Draw(t, "int"))}
					if rapid.IntRange(0, 6).Draw(t, "null") == 0 {
						row[rapid.IntRange(0, 1).Draw(t, "where")] = types.NullValue
					}
					return row
				},
				Watermark: func(t *rapid.T, in int) int64 { // of both the same
					if in == 0 {
						last = rapid.Int64Range(-1, 10).Draw(t, "watermark") << 19
					}
					return last
				},
				Late: func(_ int, ch optest.Change) []int64 {
					if late(ch) {
						return []int64{bound(ch.Row)}
					}
					return nil
				},
				Want: func(inputs [][]optest.Change) optest.Bag {
					kept := make([][]optest.Change, len(inputs))
					for in, changes := range inputs {
						for _, ch := range changes {
							if !late(ch) {
								kept[in] = append(kept[in], ch)
							}
						}
					}
					return joined(kind, len(columns), f.matches, kept[0], kept[1])
				},
			}.Check(t)
		})
	}
}

// TestJoinPunctual joins rows with those that are not earlier: the later side goes with the watermark, the other one stays, but what comes
// of it when partners may have gone is late.
func TestJoinPunctual(t *testing.T) {
	columns := []types.Type{timeType, int8Type}
	late := func(ch optest.Change) bool { return !ch.Row[0].Null && ch.Row[0].Int <= ch.Watermark }
	last := int64(0)
	matches := func(l, r optest.Row) int {
		if l[1].Int == r[1].Int && !l[0].Null && !r[0].Null && l[0].Int <= r[0].Int {
			return 1
		}
		return 0
	}
	f := &joinForm{columns: columns, keys: []int{1}, nullSafe: []bool{false}, cond: infix("<=", column(0, timeType), column(2, timeType))}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]flow.JoinKind{flow.InnerJoin, flow.LeftJoin, flow.SemiJoin, flow.AntiJoin}).Draw(t, "kind")
		spec := f.spec(kind)
		spec.RightBound, spec.LeftPunctual, spec.LeftLate, spec.RightLate = column(0, timeType), []flow.Expr{column(0, timeType)}, 0, 1
		spec.AppendOnly = rapid.Bool().Draw(t, "append-only")
		optest.Case{
			Make:   func(env operators.Env) op.Operator { return operators.Build(spec, joinEnv(env)) },
			Tables: 2, Inputs: [][]types.Type{columns, columns}, DealtBy: [][]int{{1}, {1}}, AppendOnly: spec.AppendOnly,
			Draw: func(t *rapid.T, _ int) optest.Row {
				row := optest.Row{types.IntValue(rapid.Int64Range(0, 6).Draw(t, "time") << 20), types.IntValue(rapid.Int64Range(0, 2).Draw(t, "int"))}
				if rapid.IntRange(0, 8).Draw(t, "null") == 0 {
					row[0] = types.NullValue
				}
				return row
			},
			Watermark: func(t *rapid.T, in int) int64 { // of both the same
				if in == 0 {
					last = rapid.Int64Range(-1, 14).Draw(t, "watermark") << 19
				}
				return last
			},
			Late: func(_ int, ch optest.Change) []int64 {
				if late(ch) {
					return []int64{ch.Row[0].Int}
				}
				return nil
			},
			Want: func(inputs [][]optest.Change) optest.Bag {
				kept := make([][]optest.Change, len(inputs))
				for in, changes := range inputs {
					for _, ch := range changes {
						if !late(ch) {
							kept[in] = append(kept[in], ch)
						}
					}
				}
				return joined(kind, len(columns), matches, kept[0], kept[1])
			},
		}.Check(t)
	})
}
