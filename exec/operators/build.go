package operators

import (
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// Env is what the runtime gives an operator beside its input.
type Env struct {
	// Eval is the context of the worker's expressions; the runtime sets its time before every tick.
	Eval *eval.Context
	// Errors takes rows that cannot be computed.
	Errors RowErrors
	// SkipErrors leaves those rows out; else what cannot be computed is null.
	SkipErrors bool
	// Tables are the operator's sides of the state tables that its spec names, by their place in Graph.Tables. A one-shot read has fresh
	// ones whose changes nobody takes.
	Tables []*state.Table
	// Pool and Owner are for state in memory.
	Pool  *state.Pool
	Owner state.Owner
	// Late takes late rows: those of b that sel lists, with their bounds and the watermark that they are late for. late is the spec's.
	Late LateRows
	// Watermarks are those of the inputs at the last durable epoch, which say what is late in the first tick after a restart. Nil: none.
	Watermarks []int64
	// Owns appends to sel the rows of a batch of input in that are dealt to this worker; only the columns that the input's exchange deals
	// by need have values. Operators ask it for what they find in their tables, where the rows of all workers are. Nil: all of them.
	Owns func(in int, b *batch.Batch, sel []int32) []int32
	// Worker is the number of this worker. No two of them write the same key of a table.
	Worker int
	// View takes the rows of an operator whose state is the graph's view. Nil: they are emitted.
	View ViewTable
	// OneShot tells that there is one tick only, so nothing need be kept for another and no change noted.
	OneShot bool
	// Rounds makes what runs a step of the graph (flow.Graph.Steps). A one-shot read has it.
	Rounds func(step int) op.Round
	// Resumed tells that the graph has run before: its tables hold the state of the last durable epoch.
	Resumed bool
}

// closed is the watermark of all inputs together in the last durable epoch.
func (e *Env) closed() int64 {
	if len(e.Watermarks) == 0 {
		return op.NoWatermark
	}
	return earliest(e.Watermarks)
}

// LateRows takes the late rows of a batch. All arguments are borrowed.
type LateRows func(late int, b *batch.Batch, sel []int32, bounds []int64, watermark int64) error

// ViewTable is the table of a view, for an operator that knows its rows in the form that they have there (flow.TopN.View), or keeps its state there (flow.Aggregate.View).
type ViewTable interface {
	// Watched tells that somebody wants the rows in columns: they are to be emitted. It is the same throughout a tick.
	Watched() bool
	// Begin answers the run that takes the rows of a tick, in the order of their keys. Nil: somebody wants them in columns, and they are to be emitted.
	Begin() *state.Run
	// End says how many there were.
	End(rows int)
}

// Build makes the operator that a spec describes. A new operator has its line here.
func Build(spec flow.Spec, env Env) op.Operator {
	switch s := spec.(type) {
	case *flow.Filter:
		return newFilter(s, env.Eval, env.Errors)
	case *flow.Project:
		return newProject(s, env)
	case *flow.Union:
		return union{}
	case *flow.Timeless:
		return timeless{}
	case *flow.Clock:
		return newClock(s)
	case *flow.Sessions:
		return newSessions(s, env)
	case *flow.Hop:
		return newHop(s)
	case *flow.Values:
		return newValues(s, env)
	case *flow.TableFunc:
		return newTableFunc(s, env)
	case *flow.Join:
		if s.Logs() && !env.OneShot {
			return newStreamJoin(s, env)
		}
		return newJoin(s, env)
	case *flow.MultiJoin:
		return newMultiJoin(s, env)
	case *flow.TopN:
		return newTopN(s, env)
	case *flow.LocalTop:
		return newLocalTop(s, env)
	case *flow.LocalAggregate:
		return newLocalAggregate(s, env)
	case *flow.Over:
		return newOver(s, env)
	case *flow.Hold:
		return newHold(s, env)
	case *flow.Sort:
		return newSorter(s, env)
	case *flow.Take:
		return newTake(s, env.Eval)
	case *flow.Recursion:
		return newRecursion(s, env)
	case *flow.Aggregate:
		if s.Sessions != nil {
			return newSessionGroups(s, env)
		}
		return newAggregate(s, env)
	case *flow.SetOp:
		return newSetOp(s, env)
	case *flow.Single:
		return newSingle(s, env)
	case *flow.Scan, *flow.Source, *flow.Working, *flow.Materialize, *flow.Output: // the runtime's own
	}
	invariants.Assertf(false, "no operator for a %T", spec)
	return nil
}
