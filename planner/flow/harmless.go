package flow

import (
	"slices"

	"github.com/freshetdb/freshet/sql/types"
)

// Compares tells whether an expression compares columns or constants of kinds that any operator can compare: it cannot fail.
func Compares(e Expr) bool {
	call, ok := e.(*Call)
	if !ok || len(call.Args) != 2 || !slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, call.Function.Name) {
		return false
	}
	for _, arg := range call.Args {
		switch arg := arg.(type) {
		case *Column, *Const:
			if arg.Type().Kind() == types.Bytes {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// Harmless tells whether a condition consists of comparisons that cannot fail.
func Harmless(e Expr) bool {
	switch e := e.(type) {
	case *Logic:
		return !slices.ContainsFunc(e.Args, func(arg Expr) bool { return !Harmless(arg) })
	case *Not:
		return Harmless(e.X)
	case *IsNull:
		_, ok := e.X.(*Column)
		return ok
	case *Call:
		return Compares(e)
	case *Column, *Const, *Param, *Case, *Coalesce:
	}
	return false
}
