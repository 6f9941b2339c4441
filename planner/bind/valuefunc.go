package bind

import (
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// valueFunc are the functions without parentheses.
func (s *scope) valueFunc(e *ast.ValueFunc) (scalar, error) {
	pos := int(e.Pos)
	times := map[string]types.OID{
		"CURRENT_DATE": types.OIDDate, "CURRENT_TIME": types.OIDTimetz, "CURRENT_TIMESTAMP": types.OIDTimestamptz,
		"LOCALTIME": types.OIDTime, "LOCALTIMESTAMP": types.OIDTimestamp,
	}
	if oid, ok := times[e.Kind]; ok {
		return s.currentTime(oid, e.Precision, pos)
	}
	name := map[string]string{
		"CURRENT_USER": "current_user", "USER": "current_user", "CURRENT_ROLE": "current_user", "SESSION_USER": "session_user",
		"CURRENT_CATALOG": "current_database", "CURRENT_SCHEMA": "current_schema",
	}[e.Kind]
	if name == "" {
		return scalar{}, unsupported(pos, "%s is not supported", e.Kind)
	}
	return s.callNamed(name, pos)
}

// currentTime is now() as a value of a type, with a precision if one was given.
func (s *scope) currentTime(oid types.OID, precision int, pos int) (scalar, error) {
	x, err := s.callNamed("now", pos)
	if err != nil {
		return x, err
	}
	to := types.Of(oid)
	if precision >= 0 {
		if to.Mod, err = types.MakeTypmod(oid, []int32{int32(precision)}); err != nil {
			return x, place(err, pos)
		}
	}
	y, err := s.b.coerce(x, to, types.Explicit, 0)
	y.pos = pos
	return y, err
}

// callNamed calls a function of pg_catalog with arguments that are still to be bound.
func (s *scope) callNamed(name string, pos int, args ...ast.Expr) (scalar, error) {
	call := &ast.FuncCall{Pos: ast.Pos(pos), Name: &ast.Name{Pos: ast.Pos(pos), Parts: []ast.Ident{"pg_catalog", ast.Ident(name)}}}
	for _, a := range args {
		call.Args = append(call.Args, &ast.Arg{Pos: a.At(), Value: a})
	}
	return s.funcCall(call)
}

var _ plan.Expr = (*plan.Const)(nil)
