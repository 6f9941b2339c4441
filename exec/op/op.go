// Package op is the contract between the runtime and the operators of a dataflow. It holds no implementation: operators are
// in exec/operators, the runtime is exec/dataflow.
package op

import (
	"math"

	"github.com/freshetdb/freshet/sql/batch"
)

// Operator is a state machine that turns changes of its inputs into changes of its output. It has no goroutine, clock or lock,
// and does no I/O but through its state tables.
//
// One worker calls it, in this order, for every tick: Push any number of times, in any order over all inputs, then EndTick
// once. Between ticks it is not called. The sum of all it has emitted up to the end of a tick is its function of the
// sum of all that was pushed up to then, for any cut of the input into batches and ticks.
//
// Within a tick changes come in any order: a row may leave before it enters, and its multiplicity be negative or above one
// for a while. So no operator decides, fails or drops anything in Push that a later change of the same tick could
// take back; in EndTick every multiplicity of an input is at least 0.
//
// After an error the operator is thrown away; nothing of the tick is kept. It must hold nothing that cannot be rebuilt from
// its state tables at the last durable epoch.
type Operator interface {
	// Push takes a batch of changes of input in. The batch is borrowed until Push returns: keep data only by copying. It may
	// emit what is certain already (stateless operators, joins).
	Push(in int, b *batch.Batch, emit Emit) error

	// EndTick ends a tick: the operator emits its net changes, hands its changed state over, drops what has expired, and says
	// how its output's time stands.
	EndTick(t Tick, emit Emit) (Outcome, error)
}

// Emit hands a batch of changes on. The batch is borrowed until Emit returns; the operator may then reuse it. Emit may run other
// operators and may block until they have room. It returns ErrEnough when nobody wants more (LIMIT, cancelled): the
// operator returns that at once.
type Emit func(b *batch.Batch) error

// Tick is what an operator knows of the time. It is recorded with the epoch, so that a tick is a function of its inputs.
type Tick struct {
	Epoch uint64
	// Now is the time of the tick in microseconds since 1970-01-01 UTC. It never goes back.
	Now int64
	// Watermarks holds for every input the time up to which it is complete at the end of this tick, NoWatermark if it says nothing.
	Watermarks []int64
}

// Outcome is what an operator says at the end of a tick.
type Outcome struct {
	// Watermark is up to which time the output is complete.
	Watermark int64
	// Wake is when the operator must be called again even without input, in microseconds since 1970-01-01 UTC; Never if not.
	Wake int64
}

// NoWatermark is the watermark of an input that says nothing about time, and of one that has not begun.
const NoWatermark = math.MinInt64

// Complete is the watermark of an input that has ended.
const Complete = math.MaxInt64

// Never is no time to wake.
const Never = math.MaxInt64

// Prefetcher is an Operator that can say before Push what it will read: the runtime calls Prefetch with the same batch, and the
// operator fetches missing keys sorted and together. Without it every miss is a read of its own.
type Prefetcher interface {
	Prefetch(in int, b *batch.Batch) error
}

// InputEnder is an Operator that gains from knowing that an input has ended, in a one-shot read: a join stores one side
// only. EndInput is called once an input, between Pushes. Without it the operator behaves as in a running view.
type InputEnder interface {
	EndInput(in int, emit Emit) error
}

// enough is the type of ErrEnough.
type enough struct{}

func (enough) Error() string { return "no more rows are wanted" }

// ErrEnough is returned by Emit when nobody wants more rows. It is no failure.
var ErrEnough error = enough{}

// Round runs the step of a recursion once, in a one-shot read: rows are what the round before has given, borrowed, and what comes of them goes to emit,
// whose batches are borrowed too. It is no failure if emit answers ErrEnough; the round ends then.
type Round func(rows []*batch.Batch, emit Emit) error
