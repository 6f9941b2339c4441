package operators

import (
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
)

// Env is what the runtime gives an operator beside its input.
type Env struct {
	// Eval is the context of the worker's expressions; the runtime sets its time before every tick.
	Eval *eval.Context
	// Errors takes rows that cannot be computed.
	Errors RowErrors
}

// Build makes the operator that a spec describes. A new operator has its line here.
func Build(spec flow.Spec, env Env) op.Operator {
	switch s := spec.(type) {
	case *flow.Filter:
		return newFilter(s, env.Eval, env.Errors)
	case *flow.Project:
		return newProject(s, env.Eval, env.Errors)
	case *flow.Union:
		return union{}
	case *flow.Hop:
		return newHop(s)
	}
	invariants.Assertf(false, "no operator for a %T", spec)
	return nil
}
