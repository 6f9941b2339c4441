package operators_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

var floatType = types.Of(types.OIDFloat8)

// oneShot makes an operator of a one-shot read, with empty tables.
func oneShot(spec flow.Spec) op.Operator { return operators.Build(spec, oneShotEnv()) }

func oneShotEnv() operators.Env {
	return operators.Env{
		Eval: &eval.Context{}, Pool: state.NewPool(), OneShot: true,
		Errors: func(ctx *eval.Context, _ *batch.Batch) error { return ctx.Errors.Errs[0] },
		Tables: []*state.Table{state.NewTable(nil), state.NewTable(nil)},
	}
}

// collect makes an Emit that adds rows, each as often as it is there, to rows.
func collect(rows *[]optest.Row) op.Emit {
	return func(b *batch.Batch) error {
		for i := range b.Len() {
			row := optest.Row{}
			for c := range b.Cols {
				v := b.Cols[c].Value(i)
				v.Bytes = slices.Clone(v.Bytes)
				row = append(row, v)
			}
			for range b.DiffAt(i) {
				*rows = append(*rows, row)
			}
		}
		b.Scribble()
		return nil
	}
}

func texts(rows []optest.Row) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, r.String())
	}
	return out
}

// drawSortRow makes a row (bigint, text, double, text).
func drawSortRow(t *rapid.T) optest.Row {
	row := optest.Row{
		types.IntValue(rapid.Int64Range(-2, 2).Draw(t, "int")),
		types.TextValue(rapid.SampledFrom([]string{"", "a", "a\x00", "abcdefghij", "abcdefghik"}).Draw(t, "text")),
		types.FloatValue(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, math.NaN(), math.Inf(-1)}).Draw(t, "float")),
		types.TextValue(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "text")),
	}
	for i := range row {
		if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
			row[i] = types.NullValue
		}
	}
	return row
}

// TestSort compares with sorting by keys, for any order, LIMIT, OFFSET and WITH TIES.
func TestSort(t *testing.T) {
	columns := []types.Type{int8Type, textType, floatType, textType}
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Sort{Columns: columns}
		var keyColumns []key.Column
		for range rapid.IntRange(1, 3).Draw(t, "order") {
			k := flow.SortKey{Column: rapid.IntRange(0, 2).Draw(t, "column"), Desc: rapid.Bool().Draw(t, "desc"), NullsFirst: rapid.Bool().Draw(t, "nulls first")}
			spec.Order = append(spec.Order, k)
			keyColumns = append(keyColumns, key.Column{Type: columns[k.Column], Desc: k.Desc, NullsFirst: k.NullsFirst})
		}
		from, to := 0, math.MaxInt
		if rapid.Bool().Draw(t, "offset?") {
			from = rapid.IntRange(0, 5).Draw(t, "offset")
			spec.Offset = number(int64(from))
		}
		if rapid.Bool().Draw(t, "limit?") {
			limit := rapid.IntRange(0, 5).Draw(t, "limit")
			spec.Limit, to = number(int64(limit)), from+limit
			spec.WithTies = rapid.Bool().Draw(t, "with ties")
		}
		operator := oneShot(spec)
		encoder := key.NewEncoder(keyColumns...)
		orderOf := func(r optest.Row) string {
			var values []types.Value
			for _, k := range spec.Order {
				values = append(values, r[k.Column])
			}
			return string(encoder.AppendValues(nil, values...))
		}
		var all, got []optest.Row
		for range rapid.IntRange(0, 4).Draw(t, "batches") {
			b := batch.New(columns...)
			for range rapid.IntRange(0, 8).Draw(t, "rows") {
				row, times := drawSortRow(t), rapid.Int64Range(1, 2).Draw(t, "times")
				b.AppendValues(times, row...)
				for range times {
					all = append(all, row)
				}
			}
			if err := operator.Push(0, b, nil); err != nil && !errors.Is(err, op.ErrEnough) {
				t.Fatal(err)
			}
			b.Scribble()
		}
		if _, err := operator.EndTick(op.Tick{}, collect(&got)); err != nil {
			t.Fatal(err)
		}
		slices.SortStableFunc(all, func(a, b optest.Row) int { return strings.Compare(orderOf(a), orderOf(b)) })
		if spec.WithTies && to > from && to < len(all) {
			for last := all[to-1]; to < len(all) && orderOf(all[to]) == orderOf(last); {
				to++
			}
		}
		want := all[min(from, len(all)):min(to, len(all))]
		var gotOrder, wantOrder []string
		for _, r := range got {
			gotOrder = append(gotOrder, orderOf(r))
		}
		for _, r := range want {
			wantOrder = append(wantOrder, orderOf(r))
		}
		if diff := cmp.Diff(wantOrder, gotOrder); diff != "" {
			t.Fatalf("order %v of %v (-want +got):\n%s", spec.Order, texts(all), diff)
		}
		if from == 0 && to >= len(all) { // nothing is left out, so all rows are known
			a, b := texts(got), texts(all)
			slices.Sort(a)
			slices.Sort(b)
			if diff := cmp.Diff(b, a); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}
	})
}

// TestSortLarge sorts more rows than fit a run, with and without a bound, in two orders of arrival, which must give the same.
func TestSortLarge(t *testing.T) {
	columns := []types.Type{int8Type, int8Type}
	const rows = 50_000
	for _, limit := range []int64{-1, 10, 3000, 20_000} {
		for _, ties := range []bool{false, true} {
			spec := &flow.Sort{Columns: columns, Order: []flow.SortKey{{Column: 0, Desc: true}}, WithTies: ties}
			if limit >= 0 {
				spec.Limit = number(limit)
			}
			results := map[string]bool{}
			for _, step := range []int{7919, 1} {
				operator := oneShot(spec)
				for at := 0; at < rows; at += batch.Rows {
					b := batch.New(columns...)
					for i := at; i < min(at+batch.Rows, rows); i++ {
						n := int64(i * step % rows)
						b.AppendValues(1, types.IntValue(n/100), types.IntValue(n))
					}
					if err := operator.Push(0, b, nil); err != nil {
						t.Fatal(err)
					}
				}
				var got []optest.Row
				if _, err := operator.EndTick(op.Tick{}, collect(&got)); err != nil {
					t.Fatal(err)
				}
				want := rows
				if limit >= 0 {
					want = int(limit)
					if ties {
						want = (want + 99) / 100 * 100
					}
				}
				if len(got) != want {
					t.Errorf("limit %d, ties %v: %d rows, want %d", limit, ties, len(got), want)
				}
				for i := 1; i < len(got); i++ {
					if got[i-1][0].Int < got[i][0].Int {
						t.Fatalf("row %d is out of order", i)
					}
				}
				results[fmt.Sprint(texts(got))] = true
			}
			if len(results) != 1 {
				t.Errorf("limit %d, ties %v: the result depends on the order of arrival", limit, ties)
			}
		}
	}
}

// TestSortTakesBack sums up rows that were added and taken away.
func TestSortTakesBack(t *testing.T) {
	operator := oneShot(&flow.Sort{Columns: []types.Type{int8Type}, Order: []flow.SortKey{{Column: 0}}, Limit: number(2)})
	b := batch.New(int8Type)
	for _, ch := range []struct{ n, diff int64 }{{3, 1}, {1, -1}, {2, 1}, {1, 2}, {5, 1}} {
		b.AppendValues(ch.diff, types.IntValue(ch.n))
	}
	if err := operator.Push(0, b, nil); err != nil {
		t.Fatal(err)
	}
	var got []optest.Row
	if _, err := operator.EndTick(op.Tick{}, collect(&got)); err != nil {
		t.Fatal(err)
	}
	want := texts([]optest.Row{{types.IntValue(1)}, {types.IntValue(2)}})
	if diff := cmp.Diff(want, texts(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLimitMustNotBeNegative(t *testing.T) {
	columns := []types.Type{int8Type}
	for _, c := range []struct {
		limit, offset flow.Expr
		want          pgerr.Code
	}{
		{number(-1), nil, pgerr.InvalidRowCountInLimit},
		{nil, number(-1), pgerr.InvalidRowCountInResultOffset},
		{&flow.Const{Typ: int8Type, Value: types.NullValue}, number(0), ""},
		{infix("/", number(1), number(0)), nil, pgerr.DivisionByZero},
	} {
		for _, spec := range []flow.Spec{&flow.Take{Columns: columns, Limit: c.limit, Offset: c.offset}, &flow.Sort{Columns: columns, Limit: c.limit, Offset: c.offset}} {
			_, err := oneShot(spec).EndTick(op.Tick{}, nil)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%T: %v", spec, err)
			case c.want != "" && pgerr.CodeOf(err) != c.want:
				t.Errorf("%T: %v, want %s", spec, err, c.want)
			}
		}
	}
}

func TestTake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset, limit := rapid.IntRange(0, 6).Draw(t, "offset"), rapid.IntRange(0, 6).Draw(t, "limit")
		operator := oneShot(&flow.Take{Columns: []types.Type{int8Type}, Limit: number(int64(limit)), Offset: number(int64(offset))})
		n, enough := int64(0), false
		var all, got []optest.Row
		for !enough && n < 30 {
			b := batch.New(int8Type)
			for range rapid.IntRange(1, 5).Draw(t, "rows") {
				times := rapid.Int64Range(1, 2).Draw(t, "times")
				b.AppendValues(times, types.IntValue(n))
				for range times {
					all = append(all, optest.Row{types.IntValue(n)})
				}
				n++
			}
			switch err := operator.Push(0, b, collect(&got)); {
			case errors.Is(err, op.ErrEnough):
				enough = true
			case err != nil:
				t.Fatal(err)
			}
		}
		if !enough {
			t.Error("it never has enough")
		}
		if diff := cmp.Diff(texts(all[min(offset, len(all)):min(offset+limit, len(all))]), texts(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestValues(t *testing.T) {
	spec := &flow.Values{Columns: []types.Type{int8Type, textType}, Rows: [][]flow.Expr{
		{infix("+", number(1), number(2)), &flow.Const{Typ: textType, Value: types.TextValue("a")}},
		{number(4), &flow.Const{Typ: textType, Value: types.NullValue}},
	}}
	operator := oneShot(spec)
	var got []optest.Row
	for range 2 { // the second tick has nothing new
		if _, err := operator.EndTick(op.Tick{}, collect(&got)); err != nil {
			t.Fatal(err)
		}
	}
	want := texts([]optest.Row{{types.IntValue(3), types.TextValue("a")}, {types.IntValue(4), types.NullValue}})
	if diff := cmp.Diff(want, texts(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	env := oneShotEnv()
	env.Resumed = true
	if _, err := operators.Build(spec, env).EndTick(op.Tick{}, func(*batch.Batch) error { return errors.New("rows come again") }); err != nil {
		t.Error(err)
	}
}

// countTo gives the numbers from 1 to its argument, with their squares; it fails at 13.
var countTo = &fn.TableFunction{
	Name: "count_to", Args: []types.OID{types.OIDInt8}, Columns: []fn.OutColumn{{Name: "n", Type: types.OIDInt8}, {Name: "square", Type: types.OIDInt8}},
	Open: func(call *fn.TableCall) (fn.RowIterator, error) { return &counter{to: call.Args[0].Int}, nil },
}

type counter struct{ at, to int64 }

func (c *counter) Next(out *batch.Batch, rows int) (bool, error) {
	for range min(rows, 100) {
		if c.at == c.to {
			return false, nil
		}
		if c.at++; c.at == 13 {
			return false, pgerr.New(pgerr.NumericValueOutOfRange, "thirteen")
		}
		out.AppendValues(1, types.IntValue(c.at), types.IntValue(c.at*c.at))
	}
	return c.at < c.to, nil
}

func TestTableFunc(t *testing.T) {
	columns := []types.Type{int8Type, int8Type}
	result := []types.Type{int8Type, int8Type}
	for _, calls := range []int{1, 2} {
		for _, outer := range []bool{false, true} {
			spec := &flow.TableFunc{Columns: columns, Ordinality: true, Outer: outer}
			for i := range calls {
				spec.Calls = append(spec.Calls, flow.TableCall{Function: countTo, Args: []flow.Expr{column(i, int8Type)}, Result: result})
			}
			failed := 0
			rapid.Check(t, optest.Case{
				Build: build(spec, &failed), Inputs: [][]types.Type{columns},
				Draw: func(t *rapid.T, _ int) optest.Row {
					row := optest.Row{}
					for range columns {
						row = append(row, types.IntValue(rapid.SampledFrom([]int64{0, 1, 3, 9}).Draw(t, "to")))
						if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
							row[len(row)-1] = types.NullValue
						}
					}
					return row
				},
				Want: func(inputs [][]optest.Change) optest.Bag {
					return each(inputs, func(out optest.Bag, row optest.Row, diff int64) {
						rows := int64(0)
						for i := range calls {
							rows = max(rows, row[i].Int)
						}
						for n := int64(1); n <= rows; n++ {
							full := slices.Clone(row)
							for i := range calls {
								if n <= row[i].Int {
									full = append(full, types.IntValue(n), types.IntValue(n*n))
								} else {
									full = append(full, types.NullValue, types.NullValue)
								}
							}
							out.Add(append(full, types.IntValue(n)), diff)
						}
						if rows == 0 && outer {
							full := slices.Clone(row)
							for range 2*calls + 1 {
								full = append(full, types.NullValue)
							}
							out.Add(full, diff)
						}
					})
				},
			}.Check)
			if failed != 0 {
				t.Errorf("%d rows failed", failed)
			}
		}
	}
}

// TestTableFuncStreams calls a function with more rows than fit a batch, then one that fails.
func TestTableFuncStreams(t *testing.T) {
	spec := &flow.TableFunc{Columns: []types.Type{int8Type}, Calls: []flow.TableCall{{Function: &fn.TableFunction{
		Name: "many", Open: func(call *fn.TableCall) (fn.RowIterator, error) {
			return &counter{at: 100, to: 100 + call.Args[0].Int}, nil
		},
	}, Args: []flow.Expr{column(0, int8Type)}, Result: []types.Type{int8Type, int8Type}}, {Function: countTo, Args: []flow.Expr{number(2)}, Result: []types.Type{int8Type, int8Type}}}}
	failed := 0
	operator := build(spec, &failed)()
	b := batch.New(int8Type)
	b.AppendValues(1, types.IntValue(10_000))
	b.AppendValues(1, types.IntValue(10_000))
	rows := 0
	if err := operator.Push(0, b, func(out *batch.Batch) error {
		if rows += out.Len(); out.Len() > batch.Rows {
			t.Errorf("a batch of %d rows", out.Len())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if rows != 20_000 {
		t.Errorf("%d rows, want 20000", rows)
	}
	spec = &flow.TableFunc{Columns: []types.Type{int8Type}, Calls: []flow.TableCall{{Function: countTo, Args: []flow.Expr{column(0, int8Type)}, Result: []types.Type{int8Type, int8Type}}}}
	b.Reset()
	b.AppendValues(1, types.IntValue(20))
	if err := build(spec, &failed)().Push(0, b, func(*batch.Batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if failed != 1 {
		t.Errorf("%d rows failed, want 1", failed)
	}
}

var taken state.Changes

// takeAll takes the changes of all tables and gives their memory back, as the runtime does after a tick.
func takeAll(env operators.Env) {
	for _, t := range env.Tables {
		taken.DeleteRanges = taken.DeleteRanges[:0]
		t.Take(&taken)
		t.GiveBack(&taken.Run)
	}
}

// TestOneShotAllocatesNothing checks the steady state of each operator. (Table functions make an iterator for each call.)
func TestOneShotAllocatesNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	columns := []types.Type{int8Type, int8Type}
	b := intBatches(batch.Rows, 500, 1)[0]
	for _, spec := range []flow.Spec{
		&flow.Sort{Columns: columns, Order: []flow.SortKey{{Column: 1}}, Limit: number(10)},
		&flow.Sort{Columns: columns, Order: []flow.SortKey{{Column: 0}, {Column: 1}}, Limit: number(3000), WithTies: true},
		&flow.Take{Columns: columns, Offset: number(5)},
		&flow.Single{Columns: columns, Keys: []int{0}},
	} {
		operator := oneShot(spec)
		push := func() {
			if err := operator.Push(0, b, func(*batch.Batch) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		for range 50 {
			push()
		}
		if n := testing.AllocsPerRun(10, push); n != 0 {
			t.Errorf("%T: %v allocations a batch", spec, n)
		}
	}
}
