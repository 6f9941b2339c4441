package operators_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// viewOfTop is a TopN and the view that has its rows, which is also the TopN's table. Every other tick it wants the rows as they lie there.
type viewOfTop struct {
	top     op.Operator
	table   *state.Table
	columns []int // of the TopN's output
	types   []types.Type
	keys    []int
	enc     *key.Encoder
	tick    map[string][]byte // what the tick sets, nil for what it deletes
	rows    map[string][]byte // of the view
	direct  bool
	run     state.Run
	ended   int // how many rows the TopN says that there were
}

func (v *viewOfTop) Watched() bool { return !v.direct }

func (v *viewOfTop) Begin() *state.Run {
	if !v.direct {
		return nil
	}
	v.run.Reset()
	return &v.run
}

func (v *viewOfTop) End(rows int) { v.ended = rows }

// readRows reads the view after a restart.
func (v *viewOfTop) readRows() error {
	v.rows = map[string][]byte{}
	cursor, err := v.table.Scan(state.Range{})
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
		v.rows[string(run.Keys.At(i))] = bytes.Clone(run.Values.At(i))
	}
	return cursor.Close()
}

// change emits that a row of the view takes the place of another, in the TopN's columns.
func (v *viewOfTop) change(before, after []byte, emit op.Emit) error {
	b := batch.New(v.types...)
	var dst []*batch.Vec
	var kinds []types.Kind
	for i, c := range v.columns {
		kinds = append(kinds, v.types[c].Kind())
		if dst = append(dst, &b.Cols[c]); slices.Index(v.columns, c) < i {
			dst[i] = nil
		}
	}
	for _, row := range [][]byte{before, after} {
		if row == nil {
			continue
		}
		if rest, err := state.DecodeRow(dst, kinds, row); err != nil || len(rest) > 0 {
			return fmt.Errorf("row %x has %d bytes too many: %w", row, len(rest), err)
		}
	}
	if before != nil {
		b.AppendDiff(-1)
	}
	b.AppendDiff(1)
	return emit(b)
}

// changes are those of the run that the TopN has written.
func (v *viewOfTop) changes(emit op.Emit) error {
	if v.ended != v.run.Len() {
		return fmt.Errorf("%d rows instead of %d", v.ended, v.run.Len())
	}
	for i := range v.run.Len() {
		if i > 0 && v.run.Keys.Compare(i-1, i) >= 0 || v.run.IsDeleted(i) {
			return fmt.Errorf("key %x is not above %x, or is deleted", v.run.Keys.At(i), v.run.Keys.At(max(i-1, 0)))
		}
		k, row := string(v.run.Keys.At(i)), bytes.Clone(v.run.Values.At(i))
		if err := v.change(v.rows[k], row, emit); err != nil {
			return err
		}
		v.tick[k] = row
	}
	v.run.Reset()
	v.ended = 0
	return nil
}

func newViewOfTop(spec *flow.TopN, env operators.Env) *viewOfTop {
	out := outputOf(spec)
	v := &viewOfTop{types: out, table: env.Tables[0], columns: spec.View, keys: spec.Partition, tick: map[string][]byte{}}
	env.View = v
	v.top = operators.Build(spec, env)
	if spec.Limit > 1 {
		v.keys = append(slices.Clone(v.keys), len(spec.Columns))
	}
	var columns []key.Column
	for _, c := range v.keys {
		columns = append(columns, key.Asc(out[c]))
	}
	v.enc = key.NewEncoder(columns...)
	return v
}

func outputOf(spec *flow.TopN) []types.Type {
	if spec.Rank {
		return append(slices.Clone(spec.Columns), int8Type)
	}
	return spec.Columns
}

func (v *viewOfTop) Push(in int, b *batch.Batch, emit op.Emit) error { return v.top.Push(in, b, emit) }

func (v *viewOfTop) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	if v.rows == nil {
		if err := v.readRows(); err != nil {
			return op.Outcome{}, err
		}
	}
	out, err := v.top.EndTick(t, func(b *batch.Batch) error {
		for i := range b.Len() {
			k := string(v.enc.AppendRow(nil, b, v.keys, i))
			if b.DiffAt(i) > 0 {
				v.tick[k] = state.AppendRow(nil, b, v.columns, i)
			} else if v.tick[k] == nil {
				v.tick[k] = nil
			}
		}
		return emit(b)
	})
	if err == nil {
		err = v.changes(emit)
	}
	v.direct = !v.direct
	for k, row := range v.tick {
		v.rows[k] = row
		if row == nil {
			v.table.Delete([]byte(k))
		} else {
			v.table.Put([]byte(k), row)
		}
	}
	clear(v.tick)
	return out, err
}

// restShift is the logarithm of more than the span by which partitions leave memory together.
const restShift = 21

// TestTopNRests: of a view whose partitions are decided one after the other, what is in memory is those that are not, and the keys of the others: also after a restart,
// and if what comes late is for one that has left.
func TestTopNRests(t *testing.T) {
	const rows, rounds, size = 100, 40, 1000
	spec := &flow.TopN{
		Columns: []types.Type{int8Type, textType}, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Limit: 1, Kind: flow.RowNumber, AppendOnly: true,
		Late: -1, View: []int{0, 1}, Decided: column(0, int8Type),
	}
	stored := &optest.Stored{}
	env := oneShotEnv()
	env.OneShot = false
	var v *viewOfTop
	tick := op.Tick{Watermarks: []int64{op.NoWatermark}}
	build := func() {
		env.Pool, env.Watermarks = state.NewPool(), tick.Watermarks
		var reader state.Reader
		if stored.Len() > 0 {
			reader = stored
		}
		env.Tables = []*state.Table{state.NewTable(reader)}
		v = newViewOfTop(spec, env)
	}
	got := optest.Bag{}
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			got.Add(optest.Row{b.Cols[0].Value(i), types.IntValue(int64(b.Cols[1].BytesAt(i)[0]))}, b.DiffAt(i))
		}
		return nil
	}
	end := func(watermark int64) {
		t.Helper()
		tick.Watermarks = []int64{watermark}
		if _, err := v.EndTick(tick, emit); err != nil {
			t.Fatal(err)
		}
		c := &state.Changes{}
		v.table.Take(c)
		stored = stored.Apply(c)
		v.table.SetReader(stored)
	}
	push := func(part int64, text byte) {
		t.Helper()
		b := batch.New(spec.Columns...)
		b.AppendValues(1, types.IntValue(part<<restShift), types.BytesValue(bytes.Repeat([]byte{text}, size)))
		if err := v.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
	}
	build()
	want := optest.Bag{}
	for round := range int64(rounds) {
		for i := range int64(rows) {
			push(round*rows+i, 'b')
			want.Add(optest.Row{types.IntValue((round*rows + i) << restShift), types.IntValue('b')}, 1)
		}
		if round > 0 { // one that has left gets a better row, and another one a worse
			part := (round-1)*rows + round
			push(part, 'a')
			push(part+1, 'c')
			want.Add(optest.Row{types.IntValue(part << restShift), types.IntValue('b')}, -1)
			want.Add(optest.Row{types.IntValue(part << restShift), types.IntValue('a')}, 1)
		}
		end(((round+1)*rows)<<restShift - 1)
		end(((round + 1) * rows) << restShift)
		if round == rounds/2 {
			build()
			for range rounds * rows / 100 {
				end(((round + 1) * rows) << restShift)
			}
		}
		if bytes := env.Pool.Bytes(); bytes > 4*rows*size+1<<20 {
			t.Fatalf("round %d: %d bytes are in memory", round, bytes)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTopNBrief: of a view with one row of each partition the rows of a tick are in memory until its end, or, if somebody wants them in columns, until the next tick that nobody
// watches; the view has the first of all.
func TestTopNBrief(t *testing.T) {
	const parts, rounds, size = 100, 200, 1000
	spec := &flow.TopN{
		Columns: []types.Type{int8Type, int8Type, textType}, Partition: []int{0}, Order: []flow.SortKey{{Column: 1}}, Limit: 1, Kind: flow.RowNumber, AppendOnly: true,
		Late: -1, View: []int{0, 1, 2},
	}
	env := oneShotEnv()
	env.OneShot, env.Pool = false, state.NewPool()
	env.Tables = []*state.Table{state.NewTable(nil)}
	v := newViewOfTop(spec, env)
	got := optest.Bag{}
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			got.Add(optest.Row{b.Cols[0].Value(i), b.Cols[1].Value(i)}, b.DiffAt(i))
		}
		return nil
	}
	stored := &optest.Stored{}
	want := optest.Bag{}
	for round := range int64(rounds) {
		b := batch.New(spec.Columns...)
		for part := range int64(parts) {
			b.AppendValues(1, types.IntValue(part), types.IntValue(-round/2), types.BytesValue(bytes.Repeat([]byte{'a'}, size))) // every other round has the same row once more
		}
		if err := v.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		if _, err := v.EndTick(op.Tick{}, emit); err != nil {
			t.Fatal(err)
		}
		c := &state.Changes{}
		v.table.Take(c)
		stored = stored.Apply(c)
		v.table.SetReader(stored)
		if bytes := env.Pool.Bytes(); bytes > 4*parts*size+1<<20 {
			t.Fatalf("round %d: %d bytes are in memory", round, bytes)
		}
	}
	for part := range int64(parts) {
		want.Add(optest.Row{types.IntValue(part), types.IntValue(-(rounds - 1) / 2)}, 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTopNInView has the equation of TestTopN, with restarts from the rows that came out.
func TestTopNInView(t *testing.T) {
	t.Parallel()
	var specs []*flow.TopN
	for _, s := range topNSpecs() {
		if !s.AppendOnly || s.Kind != flow.RowNumber || s.Offset > 0 || s.Limit < 1 || s.Limit > 1 && !s.Rank {
			continue
		}
		s.View = []int{2, 0, 1, 0}
		if s.Rank {
			s.View = []int{3, 2, 0, 3, 1, 0}
		}
		specs = append(specs, s)
	}
	if len(specs) == 0 {
		t.Fatal("no specs")
	}
	for range 6 {
		rapid.Check(t, func(t *rapid.T) {
			spec := rapid.SampledFrom(specs).Draw(t, "spec")
			c := optest.Case{
				Make:   func(env operators.Env) op.Operator { return newViewOfTop(spec, joinEnv(env)) },
				Tables: 1, Inputs: [][]types.Type{spec.Columns}, Draw: drawTopRow, AppendOnly: true,
				Want: func(inputs [][]optest.Change) optest.Bag { return ranked(spec, inputs[0]) },
			}
			if rapid.Bool().Draw(t, "rests") { // rows come for partitions that have left memory, too
				rests := *spec
				rests.Decided, spec = column(1, int8Type), &rests
				c.ReadsBack = true
				c.Draw = func(t *rapid.T, in int) optest.Row {
					row := drawTopRow(t, in)
					row[1].Int <<= restShift
					return row
				}
				c.Watermark = func(t *rapid.T, _ int) int64 { return rapid.Int64Range(-1, 6).Draw(t, "watermark") << restShift }
			}
			if spec.Limit == 1 { // partitions keep only what their row begins with
				c.ReadsBack, c.Waits = true, true
			}
			if len(spec.Partition) > 0 {
				c.DealtBy = [][]int{spec.Partition}
			}
			c.Check(t)
		})
	}
}
