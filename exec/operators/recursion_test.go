package operators_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestRecursion compares recursions over random graphs with the obvious computation, and what they hand on when only some rows are wanted.
func TestRecursion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := int64(rapid.IntRange(1, 3000).Draw(t, "nodes"))
		all := rapid.Bool().Draw(t, "all")
		next := func(n int64) []int64 { return []int64{(n*7 + 1) % nodes, (n*n + 3) % nodes, n} }
		if all { // it must end
			next = func(n int64) []int64 {
				return slices.DeleteFunc([]int64{n * 2, n*2 + 1}, func(n int64) bool { return n >= nodes || n == 0 })
			}
		}
		first := rapid.SliceOfN(rapid.Int64Range(0, nodes-1), 0, 5).Draw(t, "first")
		want := reached(first, next, all)
		enough := rapid.IntRange(1, len(want)+2).Draw(t, "enough")

		env := oneShotEnv()
		env.Rounds = func(int) op.Round { return steps(next) }
		recursion := operators.Build(&flow.Recursion{Columns: []types.Type{int8Type}, All: all}, env)
		var got []int64
		emit := func(b *batch.Batch) error {
			for i := range b.Len() {
				for range b.DiffAt(i) {
					got = append(got, b.Cols[0].Ints[i])
				}
			}
			b.Scribble()
			if len(got) >= enough {
				return op.ErrEnough
			}
			return nil
		}
		in := batch.New(int8Type)
		for _, n := range first {
			in.AppendValues(1, types.IntValue(n))
		}
		if err := recursion.Push(0, in, emit); err != nil && !errors.Is(err, op.ErrEnough) {
			t.Fatal(err)
		}
		if _, err := recursion.EndTick(op.Tick{Watermarks: []int64{op.Complete}}, emit); err != nil {
			t.Fatal(err)
		}
		switch {
		case enough > len(want):
			if !slices.Equal(got, want) {
				t.Fatalf("got %d, want %d", got, want)
			}
		case len(got) < enough || !slices.Equal(got, want[:min(len(got), len(want))]):
			t.Fatalf("got %d, want the first %d of %d", got, enough, want)
		}
	})
}

// steps is a round that puts out what follows each row, in batches that it uses again.
func steps(next func(int64) []int64) op.Round {
	out := batch.New(int8Type)
	return func(rows []*batch.Batch, emit op.Emit) error {
		for _, b := range rows {
			for i := range b.Len() {
				for _, n := range next(b.Cols[0].Ints[i]) {
					out.AppendValues(b.DiffAt(i), types.IntValue(n))
				}
			}
			err := error(nil)
			if out.Len() > 0 {
				err = emit(out)
			}
			out.Reset()
			if errors.Is(err, op.ErrEnough) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// reached are the rows in the order in which rounds find them.
func reached(first []int64, next func(int64) []int64, all bool) []int64 {
	var out []int64
	seen := map[int64]bool{}
	add := func(list []int64) (fresh []int64) {
		for _, n := range list {
			if all || !seen[n] {
				seen[n] = true
				fresh = append(fresh, n)
			}
		}
		out = append(out, fresh...)
		return fresh
	}
	for round := add(first); len(round) > 0; {
		var found []int64
		for _, n := range round {
			found = append(found, next(n)...)
		}
		round = add(found)
	}
	return out
}
