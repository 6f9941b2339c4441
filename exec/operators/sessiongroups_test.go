package operators_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// sessionPair is an aggregate over sessions as one operator, and the two that must give the same.
type sessionPair struct {
	fused    *flow.Aggregate
	sessions *flow.Sessions
	groups   *flow.Aggregate
}

func newSessionPair(bounded, onClose bool, keys ...int) sessionPair {
	n := len(aggColumns)
	calls := slices.DeleteFunc(windowCalls(), func(c flow.AggCall) bool { return c.Distinct })
	p := sessionPair{
		sessions: &flow.Sessions{Columns: aggColumns, Partition: keys, Time: colTime, Gap: 3, Shift: 1},
		groups: &flow.Aggregate{
			Columns: append(slices.Clone(aggColumns), timeType, timeType), Keys: append(slices.Clone(keys), n, n+1), Calls: calls, OnClose: onClose,
		},
	}
	p.fused = &flow.Aggregate{
		Columns: aggColumns, Keys: keys, Calls: calls, AppendOnly: true, OnClose: onClose, Sessions: &flow.SessionGroups{Time: colTime, Gap: 3, Shift: 1},
	}
	if bounded {
		bound := func(col int, shift int64) flow.Expr {
			return &flow.Call{Function: fn.TimeBound, Args: []flow.Expr{column(col, timeType), number(shift)}, Typ: int8Type}
		}
		p.sessions.Bound = bound(colTime, 4)
		p.fused.Bound = p.sessions.Bound
		p.groups.Bound = bound(n+1, 1)
	}
	return p
}

// pipe is two operators behind each other, over the tables of both.
type pipe struct {
	first, second op.Operator
}

func (p sessionPair) make(env operators.Env) *pipe {
	over := func(tables []*state.Table, spec flow.Spec, late operators.LateRows) op.Operator {
		e := env
		e.Tables, e.Late = tables, late
		return makeOver(spec)(e)
	}
	never := func(int, *batch.Batch, []int32, []int64, int64) error { panic("a row of a session is late") }
	return &pipe{first: over(env.Tables[:1], p.sessions, env.Late), second: over(env.Tables[1:], p.groups, never)}
}

func (p *pipe) push(b *batch.Batch, emit op.Emit) error {
	return p.first.Push(0, b, func(b *batch.Batch) error { return p.second.Push(0, b, emit) })
}

func (p *pipe) endTick(t op.Tick, emit op.Emit) error {
	_, err := p.first.EndTick(t, func(b *batch.Batch) error { return p.second.Push(0, b, emit) })
	if err == nil {
		_, err = p.second.EndTick(t, emit)
	}
	return err
}

// sessionTwin runs the two operators beside a run of the fused one: in one worker, with the same ticks, never restarted.
type sessionTwin struct {
	t       *rapid.T
	pipe    *pipe
	pool    *state.Pool
	pending []optest.Change
	out     optest.Bag
}

func newSessionTwin(t *rapid.T, p sessionPair) *sessionTwin {
	w := &sessionTwin{t: t, pool: state.NewPool(), out: optest.Bag{}}
	env := operators.Env{Pool: w.pool, Late: func(int, *batch.Batch, []int32, []int64, int64) error { return nil }}
	for range 2 + len(p.groups.Multisets()) {
		env.Tables = append(env.Tables, state.NewTable(nil))
	}
	w.pipe = p.make(env)
	return w
}

func (w *sessionTwin) want(_ [][]optest.Change, now op.Tick) optest.Bag {
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			row := make(optest.Row, len(b.Cols))
			for c := range b.Cols {
				row[c] = b.Cols[c].Value(i)
			}
			w.out.Add(row, b.DiffAt(i))
		}
		return nil
	}
	b := batch.New(aggColumns...)
	for _, ch := range w.pending {
		b.AppendValues(ch.Diff, ch.Row...)
	}
	w.pending = nil
	if err := w.pipe.push(b, emit); err != nil {
		w.t.Fatal(err)
	}
	if err := w.pipe.endTick(now, emit); err != nil {
		w.t.Fatal(err)
	}
	return w.out
}

func (w *sessionTwin) close() {
	w.pool.Drop(0)
	if err := w.pool.Close(); err != nil {
		w.t.Error(err)
	}
}

// TestSessionGroups compares sessions that keep states, in any number of workers and with restarts, with sessions of rows under an aggregate.
func TestSessionGroups(t *testing.T) {
	for _, keys := range [][]int{{}, {colInt}, {colText, colInt}, {colNumeric}} {
		t.Run(fmt.Sprint(keys), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				bounded := rapid.Bool().Draw(t, "bounded")
				p := newSessionPair(bounded, bounded && rapid.Bool().Draw(t, "on close"), keys...)
				twin := newSessionTwin(t, p)
				defer twin.close()
				model := &sessionModel{spec: p.sessions}
				c := optest.Case{
					Make: makeOver(p.fused), Tables: 2, DealtBy: [][]int{keys}, Inputs: [][]types.Type{aggColumns}, Draw: drawAgg, AppendOnly: true,
					Late: func(in int, ch optest.Change) []int64 {
						twin.pending = append(twin.pending, ch)
						return model.late(in, ch)
					},
					WantAt: func(inputs [][]optest.Change, now op.Tick) optest.Bag {
						model.settle()
						return twin.want(inputs, now)
					},
				}
				if !bounded {
					c.Tables = 1
				} else {
					c.Watermark = func(t *rapid.T, in int) int64 { return min(drawWatermark(t, in), 1000) } // nothing comes after the end
				}
				c.Check(t)
			})
		})
	}
}

// TestSessionGroupsExpire checks that what is over leaves memory and the tables.
func TestSessionGroupsExpire(t *testing.T) {
	run := newSessionRun(t)
	most := 0
	for round := range int64(200) {
		run.tick(t, 100, round*20)
		most = max(most, operators.SessionGroups(run.operator))
	}
	if now := operators.SessionGroups(run.operator); most > 60 || now > most {
		t.Errorf("%d sessions and partitions are kept, at most there were %d", now, most)
	}
}

func TestSessionGroupsAllocateNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	run := newSessionRun(t)
	now := int64(0)
	round := func() {
		run.tick(t, batch.Rows, now)
		now += 20
	}
	for range 64 {
		round()
	}
	if n := testing.AllocsPerRun(20, round); n > 0 {
		t.Errorf("%v allocations a tick", n)
	}
}

// sessionRun is the operator by itself, fed with sessions of ten partitions.
type sessionRun struct {
	operator op.Operator
	env      operators.Env
	b        *batch.Batch
	marks    [1]int64
	emit     op.Emit
}

func newSessionRun(t *testing.T) *sessionRun {
	r := &sessionRun{env: joinEnv(oneShotEnv()), b: batch.New(aggColumns...), emit: func(*batch.Batch) error { return nil }}
	r.env.OneShot = false
	t.Cleanup(func() { r.env.Pool.Drop(0) })
	p := newSessionPair(true, false, colInt)
	p.fused.Calls = []flow.AggCall{aggCall("count"), aggCall("max", colText), aggCall("sum", colValue)}
	r.operator = operators.Build(p.fused, r.env)
	return r
}

// tick pushes rows of a few microseconds from now on, and says that all before now have come.
func (r *sessionRun) tick(t *testing.T, rows int, now int64) {
	r.b.Reset()
	for i := range int64(rows) {
		text := types.BytesValue(nil)
		r.b.AppendValues(1, types.IntValue(i%10), text, types.IntValue(i), text, types.BoolValue(true), types.IntValue(now+i%7), types.FloatValue(0.5))
	}
	if err := r.operator.Push(0, r.b, r.emit); err != nil {
		t.Fatal(err)
	}
	r.marks[0] = now
	if _, err := r.operator.EndTick(op.Tick{Watermarks: r.marks[:]}, r.emit); err != nil {
		t.Fatal(err)
	}
	takeAll(r.env)
}
