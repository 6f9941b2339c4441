// Package optest tests operators by the equation that all must satisfy: after every tick the sum of what an operator has
// emitted is its function of the sum of what was pushed, for any cut of the input into batches and ticks, any order
// within a tick, any number of workers, and restarts between ticks.
package optest

import (
	"fmt"
	"maps"
	"strings"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
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
	// Watermark is the one of the input at the end of the tick before the change came: what decides whether it is late.
	Watermark int64
}

// Bag is rows with their multiplicities, by their text.
type Bag map[string]int64

// Add adds a row; what comes to nothing is taken out.
func (b Bag) Add(r Row, diff int64) { b.add(r.String(), diff) }

// minus is what b has more than another bag.
func (b Bag) minus(other Bag) Bag {
	diff := maps.Clone(b)
	for k, n := range other {
		diff.add(k, -n)
	}
	return diff
}

func (b Bag) add(k string, diff int64) {
	if b[k] += diff; b[k] == 0 {
		delete(b, k)
	}
}

// Case is an operator with what it should compute. Of Build and Make one is set, of Want and WantAt one.
type Case struct {
	// Build makes a new operator without state. It is neither restarted nor dealt to workers.
	Build func() op.Operator
	// Make makes an operator with state over an environment, which has all but what expressions need: the case adds Eval
	// and Errors. It is called for each worker, and again for each restart: then the tables read what the operator's
	// predecessors noted in them, and are not fresh.
	Make func(env operators.Env) op.Operator
	// ReadsBack tells that it reads what its own ticks have written, of fresh tables too.
	ReadsBack bool
	// Waits tells that what it reads is always the epoch of the tick before, for which the runtime waits.
	Waits bool
	// Tables is how many state tables it has.
	Tables int
	// DealtBy are, for each input, the columns by which rows are dealt to workers; nil: there is one worker.
	DealtBy [][]int
	// Inputs are the columns of each input.
	Inputs [][]types.Type
	// Draw makes a random row of an input.
	Draw func(t *rapid.T, in int) Row
	// AppendOnly tells that rows never leave.
	AppendOnly bool
	// Watermark, if not nil, draws a time; the input's watermark after a tick is the greatest up to then.
	Watermark func(t *rapid.T, in int) int64
	// Late gives the bounds that a change is too late for, by its Watermark: the operator must hand over exactly these, each once. The
	// place of an input's late rows in Graph.Late is its number. Nil: nothing is late.
	Late func(in int, ch Change) []int64
	// Want computes the output from the whole content of the inputs.
	Want func(inputs [][]Change) Bag
	// WantAt does so where the output depends on the time too; changes that were late for everything are among the content.
	WantAt func(inputs [][]Change, t op.Tick) Bag
}

// Check runs random changes through the operator and checks the equation after every tick.
func (c Case) Check(t *rapid.T) {
	r := newRun(t, c)
	defer r.close()
	for tick := range rapid.IntRange(1, 5).Draw(t, "ticks") {
		if c.Make != nil && tick > 0 && rapid.IntRange(0, 2).Draw(t, "restart") == 0 {
			r.restart()
		}
		changes := make([][]Change, len(c.Inputs))
		for in := range c.Inputs {
			changes[in] = r.draw(in)
			r.content[in] = append(r.content[in], changes[in]...)
			r.expectLate(in, changes[in])
		}
		r.push(changes)
		r.endTick(uint64(tick + 1))
		if want := r.want(); !maps.Equal(r.got, want) {
			t.Fatalf("after tick %d (+ is too much, - is missing): %v\ngot %v\nwant %v\ninputs: %v\nwatermarks: %v",
				tick+1, r.got.minus(want), r.got, want, r.content, r.tick.Watermarks)
		}
		if !maps.Equal(r.late, r.wantLate) {
			t.Fatalf("after tick %d late rows are %v\nwant %v\ninputs: %v", tick+1, r.late, r.wantLate, r.content)
		}
	}
}
