// Package optest tests operators by the equation that all must satisfy: after every tick the sum of what an operator has
// emitted is its function of the sum of what was pushed, for any cut of the input into batches and ticks and any order
// within a tick.
package optest

import (
	"fmt"
	"maps"
	"strings"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Row is a row of single values.
type Row []types.Value

// String gives a row as text that is the same for equal rows only.
func (r Row) String() string {
	var b strings.Builder
	for _, v := range r {
		if v.Null {
			b.WriteString("- ")
			continue
		}
		fmt.Fprintf(&b, "%d/%v/%q ", v.Int, v.Float, v.Bytes)
	}
	return b.String()
}

// Change is a row with its signed multiplicity.
type Change struct {
	Row  Row
	Diff int64
}

// Bag is rows with their multiplicities, by their text.
type Bag map[string]int64

// Add adds a row; what comes to nothing is taken out.
func (b Bag) Add(r Row, diff int64) {
	k := r.String()
	if b[k] += diff; b[k] == 0 {
		delete(b, k)
	}
}

// Case is an operator with what it should compute.
type Case struct {
	// Build makes a new operator.
	Build func() op.Operator
	// Inputs are the columns of each input.
	Inputs [][]types.Type
	// Draw makes a random row of an input.
	Draw func(t *rapid.T, in int) Row
	// Want computes the output from the whole content of the inputs.
	Want func(inputs [][]Change) Bag
}

// Check runs random changes through the operator and checks the equation after every tick.
func (c Case) Check(t *rapid.T) {
	r := run{t: t, c: c, operator: c.Build(), got: Bag{}, content: make([][]Change, len(c.Inputs))}
	for tick := range rapid.IntRange(1, 4).Draw(t, "ticks") {
		changes := make([][]Change, len(c.Inputs))
		for in := range c.Inputs {
			changes[in] = r.draw(in)
			r.content[in] = append(r.content[in], changes[in]...)
		}
		r.push(changes)
		watermarks := make([]int64, len(c.Inputs))
		for in := range watermarks {
			watermarks[in] = op.NoWatermark
		}
		if _, err := r.operator.EndTick(op.Tick{Epoch: uint64(tick + 1), Watermarks: watermarks}, r.emit); err != nil {
			t.Fatal(err)
		}
		if want := c.Want(r.content); !maps.Equal(r.got, want) {
			t.Fatalf("after tick %d: %v, want %v\ninputs: %v", tick+1, r.got, want, r.content)
		}
	}
}

type run struct {
	t        *rapid.T
	c        Case
	operator op.Operator
	got      Bag
	content  [][]Change
}

// draw makes the changes of an input in one tick: new rows, and some of those there leave again.
func (r *run) draw(in int) []Change {
	var changes []Change
	for range rapid.IntRange(0, 12).Draw(r.t, "rows") {
		changes = append(changes, Change{r.c.Draw(r.t, in), rapid.Int64Range(1, 2).Draw(r.t, "times")})
	}
	there := append(append([]Change{}, r.content[in]...), changes...)
	left := Bag{}
	for _, ch := range there {
		left.Add(ch.Row, ch.Diff)
	}
	for range rapid.IntRange(0, 6).Draw(r.t, "deletes") {
		if len(there) == 0 {
			break
		}
		ch := rapid.SampledFrom(there).Draw(r.t, "deleted")
		if left[ch.Row.String()] > 0 {
			left.Add(ch.Row, -1)
			changes = append(changes, Change{ch.Row, -1})
		}
	}
	return changes
}

// push hands the changes of a tick over in random order and in batches of random size, and scribbles over each batch after.
func (r *run) push(changes [][]Change) {
	type change struct {
		in int
		Change
	}
	var all []change
	for in, list := range changes {
		for _, ch := range list {
			all = append(all, change{in, ch})
		}
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	order = rapid.Permutation(order).Draw(r.t, "order")
	for len(order) > 0 {
		in := all[order[0]].in
		b := batch.New(r.c.Inputs[in]...)
		size := rapid.SampledFrom([]int{1, 2, 3, 1024}).Draw(r.t, "batch")
		for len(order) > 0 && all[order[0]].in == in && b.Len() < size {
			ch := all[order[0]]
			b.AppendValues(ch.Diff, ch.Row...)
			order = order[1:]
		}
		if err := r.operator.Push(in, b, r.emit); err != nil {
			r.t.Fatal(err)
		}
		b.Scribble()
	}
}

// emit adds what the operator emits to what it has emitted before.
func (r *run) emit(b *batch.Batch) error {
	for i := range b.Len() {
		row := make(Row, len(b.Cols))
		for c := range b.Cols {
			row[c] = b.Cols[c].Value(i)
		}
		r.got.Add(row, b.DiffAt(i))
	}
	return nil
}
