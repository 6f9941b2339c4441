package operators_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// viewOfGroups is an aggregate and the view that has its groups. Every other tick nobody wants the rows in columns: they are read from what the aggregate has
// written. In the others both must be the same.
type viewOfGroups struct {
	groups  op.Operator
	table   *state.Table // the harness's
	own     *state.Table // what the aggregate writes
	columns []int
	types   []types.Type // of the aggregate's output
	rows    map[string][]byte
	watched bool
	ended   int // how many rows the aggregate says that there were, in a tick that nobody watches
}

func newViewOfGroups(spec *flow.Aggregate, env operators.Env) *viewOfGroups {
	v := &viewOfGroups{
		table: env.Tables[0], columns: spec.View.Columns, types: append(spec.KeyTypes(), spec.ResultTypes()...), watched: env.Worker%2 == 0,
	}
	var reader state.Reader
	if !v.table.Fresh() {
		reader = v.table
	}
	v.own = state.NewTable(reader)
	env.Tables = slices.Clone(env.Tables)
	env.Tables[0], env.View = v.own, v
	v.groups = makeOver(spec)(env)
	return v
}

func (v *viewOfGroups) Watched() bool     { return v.watched }
func (v *viewOfGroups) Begin() *state.Run { panic("an aggregate notes its rows in its table") }
func (v *viewOfGroups) End(rows int)      { v.ended = rows }

func (v *viewOfGroups) Push(in int, b *batch.Batch, emit op.Emit) error {
	return v.groups.Push(in, b, emit)
}

// row adds a row of the view to a bag, in the columns of the aggregate.
func (v *viewOfGroups) row(to *batch.Batch, value []byte, diff int64) error {
	dst, kinds := make([]*batch.Vec, len(v.columns)), make([]types.Kind, len(v.columns))
	for i, c := range v.columns {
		kinds[i] = v.types[c].Kind()
		if slices.Index(v.columns, c) == i {
			dst[i] = &to.Cols[c]
		}
	}
	rest, err := state.DecodeRow(dst, kinds, value)
	if err == nil && len(rest) == 0 {
		err = fmt.Errorf("nothing of the group is behind its row %x", value)
	}
	to.AppendDiff(diff)
	return err
}

// differs tells whether two entries have other rows, whatever is behind them.
func (v *viewOfGroups) differs(before, after []byte) (bool, error) {
	if before == nil || after == nil {
		return true, nil
	}
	b := batch.New(v.types...)
	for _, value := range [][]byte{before, after} {
		if err := v.row(b, value, 1); err != nil {
			return false, err
		}
	}
	return rowAt(b, 0).String() != rowAt(b, 1).String(), nil
}

func rowAt(b *batch.Batch, i int) optest.Row {
	row := make(optest.Row, len(b.Cols))
	for c := range b.Cols {
		row[c] = b.Cols[c].Value(i)
	}
	return row
}

func (v *viewOfGroups) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	if v.rows == nil {
		if err := v.readRows(); err != nil {
			return op.Outcome{}, err
		}
	}
	emitted, written := optest.Bag{}, optest.Bag{}
	v.ended = 0
	out, err := v.groups.EndTick(t, func(b *batch.Batch) error {
		addRows(emitted, b)
		return nil
	})
	if err != nil {
		return out, err
	}
	changes := &state.Changes{}
	v.own.Take(changes)
	net := batch.New(v.types...)
	run := &changes.Run
	for i := range run.Len() {
		k, after := string(run.Keys.At(i)), bytes.Clone(run.Values.At(i))
		if run.IsDeleted(i) {
			v.table.Delete([]byte(k))
			after = nil
		} else {
			v.table.Put([]byte(k), after)
		}
		if err := v.change(net, v.rows[k], after); err != nil {
			return out, err
		}
		if v.rows[k] = after; after == nil {
			delete(v.rows, k)
		}
	}
	addRows(written, net)
	switch {
	case v.watched && !maps.Equal(emitted, written):
		return out, fmt.Errorf("emitted are %v, written %v", emitted, written)
	case !v.watched && (len(emitted) > 0 || v.ended != run.Len()):
		return out, fmt.Errorf("emitted are %v although nobody wants them, or there are %d rows instead of %d", emitted, run.Len(), v.ended)
	}
	v.watched = !v.watched
	return out, emit(net)
}

// change adds what has become of an entry.
func (v *viewOfGroups) change(net *batch.Batch, before, after []byte) error {
	if differs, err := v.differs(before, after); !differs || err != nil {
		return err
	}
	if before != nil {
		if err := v.row(net, before, -1); err != nil {
			return err
		}
	}
	if after != nil {
		return v.row(net, after, 1)
	}
	return nil
}

// readRows reads the view after a restart.
func (v *viewOfGroups) readRows() error {
	v.rows = map[string][]byte{}
	return eachEntry(v.table, func(k, value []byte) error {
		v.rows[string(k)] = bytes.Clone(value)
		return nil
	})
}

func eachEntry(t *state.Table, f func(k, value []byte) error) error {
	cursor, err := t.Scan(state.Range{})
	if err != nil {
		return err
	}
	var run state.Run
	for more := true; more; {
		if more, err = cursor.Next(&run, 100); err != nil {
			return err
		}
	}
	for i := range run.Len() {
		if err := f(run.Keys.At(i), run.Values.At(i)); err != nil {
			return err
		}
	}
	return cursor.Close()
}

func addRows(to optest.Bag, b *batch.Batch) {
	for i := range b.Len() {
		to.Add(rowAt(b, i), b.DiffAt(i))
	}
}

// inView lets the groups of a spec be kept in a view of all columns, the last first and the first twice, whose key has the keys the other way round.
func inView(spec *flow.Aggregate) (tables int) {
	v := &flow.GroupsInView{Columns: []int{0}}
	for c := range len(spec.Keys) + len(spec.Calls) {
		v.Columns = slices.Insert(v.Columns, 0, c)
	}
	for c := range spec.Keys {
		v.Key = slices.Insert(v.Key, 0, c)
	}
	_, sets := spec.MultisetTables()
	if tables = 1 + sets; spec.Bound != nil {
		v.Windows = tables
		tables++
	}
	spec.View = v
	return tables
}

// TestAggregateInView has the equation of aggregates whose groups are rows of a view.
func TestAggregateInView(t *testing.T) {
	t.Parallel()
	lists := [][]flow.AggCall{
		nil,
		{aggCall("count"), aggCall("sum", colValue), filtered(aggCall("count", colText)), aggCall("max", colValue)},
		{distinct(aggCall("count", colText)), filtered(distinct(aggCall("count", colText))), aggCall("max", colText), aggCall("avg", colNumeric)},
		windowCalls(),
	}
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Aggregate{Columns: aggColumns, Late: -1, AppendOnly: rapid.Bool().Draw(t, "append only")}
		spec.Keys = rapid.SampledFrom([][]int{{colInt}, {colText}, {colBool}, {colNumeric}, {colFloat}, {colInt, colText}, {colNumeric, colInt}}).Draw(t, "keys")
		spec.Calls = rapid.SampledFrom(lists).Draw(t, "calls")
		model := *spec
		optest.Case{
			Tables: inView(spec), DealtBy: [][]int{spec.Keys}, Inputs: [][]types.Type{aggColumns}, Draw: drawAgg, AppendOnly: spec.AppendOnly,
			Make: func(env operators.Env) op.Operator { return newViewOfGroups(spec, env) },
			Want: func(inputs [][]optest.Change) optest.Bag { return once(t, &model, inputs) },
		}.Check(t)
	})
}

// TestAggregateWindowsInView has that of groups that expire, of which the view keeps the rows. What is stored of a window is how many groups it has.
func TestAggregateWindowsInView(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := &flow.Aggregate{Columns: aggColumns, Bound: column(colTime, timeType), Calls: windowCalls(), AppendOnly: rapid.Bool().Draw(t, "append only")}
		spec.Keys = rapid.SampledFrom([][]int{{colTime, colInt}, {colText, colTime}, {colNumeric, colTime}, {colTime}}).Draw(t, "keys")
		model := *spec
		optest.Case{
			Tables: inView(spec), DealtBy: [][]int{spec.Keys}, Inputs: [][]types.Type{aggColumns}, Draw: drawAgg, AppendOnly: spec.AppendOnly,
			Watermark: drawWatermark,
			Make: func(env operators.Env) op.Operator {
				if err := checkWindows(spec, env); err != nil {
					t.Fatal(err)
				}
				return newViewOfGroups(spec, env)
			},
			Late: func(_ int, ch optest.Change) []int64 {
				if bound := timeOf(ch.Row); lateFor(ch, bound) {
					return []int64{bound}
				}
				return nil
			},
			WantAt: func(inputs [][]optest.Change, now op.Tick) optest.Bag {
				inTime := slices.DeleteFunc(slices.Clone(inputs[0]), func(ch optest.Change) bool { return lateFor(ch, timeOf(ch.Row)) })
				return onceOrFail(t, &model, [][]optest.Change{inTime}, now.Watermarks[0])
			},
		}.Check(t)
	})
}

// checkWindows compares, before a restart, what is stored of the windows that are open with the groups of the view.
func checkWindows(spec *flow.Aggregate, env operators.Env) error {
	windows, groups := map[int64]int64{}, map[int64]int64{}
	err := eachEntry(env.Tables[spec.View.Windows], func(k, value []byte) error {
		bound, _, _ := key.BoundOf(k)
		n, _, err := operators.WindowGroups(value)
		windows[bound] += n
		return err
	})
	if err != nil {
		return err
	}
	v := &viewOfGroups{columns: spec.View.Columns, types: append(spec.KeyTypes(), spec.ResultTypes()...)}
	err = eachEntry(env.Tables[0], func(_, value []byte) error {
		b := batch.New(v.types...)
		err := v.row(b, value, 1)
		row := make(optest.Row, len(aggColumns))
		row[colTime] = b.Cols[slices.Index(spec.Keys, colTime)].Value(0)
		if bound := timeOf(row); bound > env.Watermarks[0] {
			groups[bound]++
		}
		return err
	})
	maps.DeleteFunc(windows, func(_, n int64) bool { return n == 0 })
	if err == nil && !maps.Equal(windows, groups) {
		err = fmt.Errorf("the open windows have %v groups, and what is stored of them says %v", groups, windows)
	}
	return err
}
