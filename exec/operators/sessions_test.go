package operators_test

import (
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
)

const sessionGap, sessionUnit = 10, 1 << 21

func sessionsSpec(bounded bool, partition ...int) *flow.Sessions {
	s := &flow.Sessions{Columns: []types.Type{int8Type, timeType, textType}, Partition: partition, Time: 1, Gap: sessionGap * sessionUnit, Shift: 1}
	if bounded {
		shift := &flow.Const{Typ: int8Type, Value: types.IntValue(s.Gap + s.Shift)}
		s.Bound = &flow.Call{Function: fn.TimeBound, Args: []flow.Expr{column(1, timeType), shift}, Typ: int8Type}
	}
	return s
}

// sessionModel is what sessions must do, by brute force. What is late depends on what was closed when the tick began.
type sessionModel struct {
	spec     *flow.Sessions
	accepted []optest.Change
	pending  []optest.Change
}

// partition is the text of what keeps a row's sessions apart.
func (m *sessionModel) partition(r optest.Row) string {
	key := optest.Row{}
	for _, c := range m.spec.Partition {
		key = append(key, r[c])
	}
	return key.String()
}

// sessions are the bounds of the sessions of a partition.
func (m *sessionModel) sessions(partition string) [][2]int64 {
	left := optest.Bag{}
	times := map[string]int64{}
	for _, ch := range m.accepted {
		if m.partition(ch.Row) == partition && !ch.Row[m.spec.Time].Null {
			left.Add(ch.Row, ch.Diff)
			times[ch.Row.String()] = ch.Row[m.spec.Time].Int
		}
	}
	var list []int64
	for k := range left {
		list = append(list, times[k])
	}
	slices.Sort(list)
	var out [][2]int64
	for _, t := range list {
		if n := len(out); n > 0 && t <= out[n-1][1] {
			out[n-1][1] = t + m.spec.Gap
			continue
		}
		out = append(out, [2]int64{t, t + m.spec.Gap})
	}
	return out
}

func (m *sessionModel) late(_ int, ch optest.Change) []int64 {
	if m.spec.Bound != nil && !ch.Row[m.spec.Time].Null {
		t := ch.Row[m.spec.Time].Int
		bound := t + m.spec.Gap + m.spec.Shift
		if bound <= ch.Watermark {
			return []int64{bound}
		}
		for _, s := range m.sessions(m.partition(ch.Row)) {
			if s[1]+m.spec.Shift <= ch.Watermark && t >= s[0] && t <= s[1] {
				return []int64{bound}
			}
		}
	}
	m.pending = append(m.pending, ch)
	return nil
}

// settle ends a tick.
func (m *sessionModel) settle() {
	m.accepted = append(m.accepted, m.pending...)
	m.pending = nil
}

func (m *sessionModel) want([][]optest.Change, op.Tick) optest.Bag {
	m.settle()
	out := optest.Bag{}
	for _, ch := range m.accepted {
		for _, s := range m.sessions(m.partition(ch.Row)) {
			if t := ch.Row[m.spec.Time]; !t.Null && t.Int >= s[0] && t.Int <= s[1] {
				out.Add(append(slices.Clone(ch.Row), types.IntValue(s[0]), types.IntValue(s[1])), ch.Diff)
			}
		}
	}
	return out
}

func TestSessions(t *testing.T) {
	t.Parallel()
	for _, bounded := range []bool{false, true} {
		for _, partition := range [][]int{{}, {0}, {2}, {0, 2}} {
			rapid.Check(t, func(t *rapid.T) {
				m := &sessionModel{spec: sessionsSpec(bounded, partition...)}
				c := optest.Case{
					Make:   func(env operators.Env) op.Operator { return operators.Build(m.spec, joinEnv(env)) },
					Tables: 1, Inputs: [][]types.Type{m.spec.Columns}, DealtBy: [][]int{partition},
					AppendOnly: rapid.Bool().Draw(t, "append only"),
					Draw: func(t *rapid.T, _ int) optest.Row {
						row := optest.Row{
							types.IntValue(rapid.Int64Range(0, 2).Draw(t, "int")), types.IntValue(rapid.Int64Range(0, 60).Draw(t, "time") * sessionUnit),
							types.BytesValue([]byte(rapid.SampledFrom([]string{"", "a"}).Draw(t, "text"))),
						}
						if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
							row[rapid.IntRange(0, 2).Draw(t, "where")] = types.NullValue
						}
						return row
					},
					Late: m.late, WantAt: m.want,
				}
				if bounded {
					c.Watermark = func(t *rapid.T, _ int) int64 {
						return rapid.Int64Range(-1, 70).Draw(t, "watermark")*sessionUnit + rapid.Int64Range(0, 1).Draw(t, "more")
					}
				}
				c.Check(t)
			})
		}
	}
}

// TestSessionsShorter checks that the rows of a session that has become shorter are forgotten together: none that is left changes afterwards.
func TestSessionsShorter(t *testing.T) {
	env := joinEnv(oneShotEnv())
	env.OneShot = false
	operator := operators.Build(sessionsSpec(true, 0), env)
	var last []optest.Row
	emit := collect(&last)
	tick := func(watermark, diff int64, units ...int64) {
		last = last[:0]
		b := batch.New(int8Type, timeType, textType)
		for _, u := range units {
			b.AppendValues(diff, types.IntValue(1), types.IntValue(u*sessionUnit), types.BytesValue(nil))
		}
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{watermark * sessionUnit}}, emit); err != nil {
			t.Fatal(err)
		}
		takeAll(env)
	}
	tick(0, 1, 0)
	tick(0, 1, 1, 2)
	tick(0, -1, 2)
	tick(22, 1) // the session of 0 and 1 ends at 11, and is forgotten at 21
	if n := operators.SessionRows(operator); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	tick(22, 1, 13)
	if len(last) != 1 {
		t.Errorf("a new session changes others: %v", last)
	}
}

// TestSessionsExpire checks that what is over leaves memory and the table.
func TestSessionsExpire(t *testing.T) {
	env := joinEnv(oneShotEnv())
	env.OneShot = false
	operator := operators.Build(sessionsSpec(true, 0), env)
	emit := func(*batch.Batch) error { return nil }
	most := 0
	for round := range int64(200) {
		b := batch.New(int8Type, timeType, textType)
		for i := range int64(100) {
			b.AppendValues(1, types.IntValue(i%10), types.IntValue((round*4*sessionGap+i%7)*sessionUnit), types.BytesValue([]byte("text")))
		}
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		if _, err := operator.EndTick(op.Tick{Watermarks: []int64{round * 4 * sessionGap * sessionUnit}}, emit); err != nil {
			t.Fatal(err)
		}
		most = max(most, operators.SessionRows(operator))
		takeAll(env)
	}
	if now := operators.SessionRows(operator); most > 500 || now > most {
		t.Errorf("%d rows are kept, at most there were %d", now, most)
	}
}

func TestSessionsAllocateNothing(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks themselves allocate; make test runs this one")
	}
	env := joinEnv(oneShotEnv())
	env.OneShot = false
	operator := operators.Build(sessionsSpec(true, 0), env)
	b := batch.New(int8Type, timeType, textType)
	now := int64(0)
	tick := op.Tick{Watermarks: []int64{0}}
	emit := func(*batch.Batch) error { return nil }
	round := func() {
		b.Reset()
		for i := range batch.Rows {
			b.AppendValues(1, types.IntValue(int64(i%97)), types.IntValue(now+int64(i)<<8), types.BytesValue(nil))
		}
		if err := operator.Push(0, b, emit); err != nil {
			t.Fatal(err)
		}
		now += 4 * sessionGap * sessionUnit
		tick.Watermarks[0] = now
		if _, err := operator.EndTick(tick, emit); err != nil {
			t.Fatal(err)
		}
		takeAll(env)
	}
	for range 64 {
		round()
	}
	if n := testing.AllocsPerRun(20, round); n > 2 { // lists of spans are a map
		t.Errorf("%v allocations a batch", n)
	}
}
