package operators_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// stateTest drives one operator with one state table through ticks and restarts.
type stateTest struct {
	t      *testing.T
	spec   flow.Spec
	stored *optest.Stored
	table  *state.Table
	op     op.Operator
	got    optest.Bag
}

func newStateTest(t *testing.T, spec flow.Spec) *stateTest {
	s := &stateTest{t: t, spec: spec, stored: &optest.Stored{}, got: optest.Bag{}}
	s.restart()
	return s
}

func (s *stateTest) restart() {
	env := oneShotEnv()
	env.OneShot, s.table = false, state.NewTable(nil)
	if s.stored.Len() > 0 {
		s.table = state.NewTable(s.stored)
	}
	env.Tables = []*state.Table{s.table}
	s.op = operators.Build(s.spec, env)
}

// tick pushes single integers with their multiplicities, one batch each, and ends the tick.
func (s *stateTest) tick(changes ...[2]int64) error {
	s.t.Helper()
	emit := func(b *batch.Batch) error {
		for i := range b.Len() {
			s.got.Add(optest.Row{b.Cols[0].Value(i)}, b.DiffAt(i))
		}
		return nil
	}
	for _, ch := range changes {
		b := batch.New(int8Type)
		b.AppendValues(ch[1], types.IntValue(ch[0]))
		if err := s.op.Push(0, b, emit); err != nil {
			s.t.Fatal(err)
		}
	}
	_, err := s.op.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark}}, emit)
	c := &state.Changes{}
	s.table.Take(c)
	s.stored = s.stored.Apply(c)
	if !s.table.Fresh() {
		s.table.SetReader(s.stored)
	}
	return err
}

func TestSingle(t *testing.T) {
	for _, keys := range [][]int{{0}, {}} {
		for _, restart := range []bool{false, true} {
			s := newStateTest(t, &flow.Single{Columns: []types.Type{int8Type}, Keys: keys})
			steps := []struct {
				changes [][2]int64
				want    pgerr.Code
			}{
				{[][2]int64{{1, 1}}, ""},
				{[][2]int64{{1, 1}, {1, -1}}, ""}, // two for a while
				{[][2]int64{{1, -1}}, ""},         // gone
				{[][2]int64{{2, -1}, {2, 2}}, ""}, // taken away before it comes
				{[][2]int64{{2, -1}, {3, 1}}, ""}, // another one
				{[][2]int64{{3, 1}}, "21000"},     // twice
			}
			for i, step := range steps {
				err := s.tick(step.changes...)
				switch {
				case step.want == "" && err != nil:
					t.Errorf("keys %v, restart %v, step %d: %v", keys, restart, i, err)
				case step.want != "" && pgerr.CodeOf(err) != step.want:
					t.Errorf("keys %v, restart %v, step %d: %v, want %s", keys, restart, i, err, step.want)
				}
				if restart {
					s.restart()
				}
			}
			want := optest.Bag{}
			want.Add(optest.Row{types.IntValue(3)}, 2)
			if diff := cmp.Diff(want, s.got); diff != "" {
				t.Errorf("keys %v, restart %v (-want +got):\n%s", keys, restart, diff)
			}
		}
	}
}
