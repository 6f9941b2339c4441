package bind

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is CASE and the calls that the grammar knows by keyword.

// caseExpr is transformCaseExpr. The operand of CASE x WHEN y is compared with each y.
func (s *scope) caseExpr(e *ast.Case) (scalar, error) {
	x, err := s.withoutSets("CASE", func() (scalar, error) { return s.caseArms(e) })
	return x, err
}

// withoutSets binds what functions that return sets may not be in, since it does not compute all of its parts.
func (s *scope) withoutSets(construct string, bind func() (scalar, error)) (scalar, error) {
	before := s.lastSet
	s.lastSet = 0
	x, err := bind()
	if err == nil && s.lastSet != 0 {
		err = errAt(s.lastSet, pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", construct).
			WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
	}
	s.lastSet = before
	return x, err
}

func (s *scope) caseArms(e *ast.Case) (scalar, error) {
	operand, err := s.caseOperand(e)
	if err != nil {
		return operand, err
	}
	var conds []plan.Expr
	var results []scalar
	for i, w := range e.Whens {
		cond, err := s.caseCondition(e, operand, w, i)
		if err != nil {
			return cond, err
		}
		r, err := s.bind(w.Result)
		if err != nil {
			return r, err
		}
		conds, results = append(conds, cond.Expr), append(results, r)
	}
	deflt := at(nullOf(types.Of(types.OIDUnknown)), 0)
	if e.Else != nil {
		if deflt, err = s.bind(e.Else); err != nil {
			return deflt, err
		}
	}
	// The default comes first: its type is preferred.
	all := append([]scalar{deflt}, results...)
	oid, err := s.b.commonType(all, "CASE")
	if err != nil {
		return scalar{}, err
	}
	if all[0], err = s.b.coerceToCommon(all[0], oid, "CASE/ELSE"); err != nil {
		return scalar{}, err
	}
	c := &plan.Case{}
	for i := range results {
		if all[i+1], err = s.b.coerceToCommon(all[i+1], oid, "CASE/WHEN"); err != nil {
			return scalar{}, err
		}
		c.Whens = append(c.Whens, plan.When{Cond: conds[i], Result: all[i+1].value(s.b)})
	}
	c.Else = all[0].value(s.b)
	c.Typ = types.Type{OID: oid, Mod: commonMod(all, oid)}
	return at(c, int(e.Pos)), nil
}

func (s *scope) caseOperand(e *ast.Case) (scalar, error) {
	if e.Operand == nil {
		return scalar{}, nil
	}
	x, err := s.bind(e.Operand)
	if err != nil {
		return x, err
	}
	return s.b.resolveUnknown(x)
}

func (s *scope) caseCondition(e *ast.Case, operand scalar, w *ast.When, i int) (scalar, error) {
	if e.Operand == nil {
		return s.condition(w.Cond, "CASE/WHEN")
	}
	right, err := s.bind(w.Cond)
	if err != nil {
		return right, err
	}
	left := operand
	if i > 0 && operand.row == nil {
		left.Expr = plan.CopyExpr(operand.Expr, s.b.nextID)
	}
	x, err := s.b.infix(equalsOp, left, right, int(w.Pos))
	if err != nil {
		return x, err
	}
	return s.b.coerceToBoolean(x, "CASE/WHEN")
}

// special are the calls that the grammar knows by keyword.
func (s *scope) special(e *ast.Special) (scalar, error) {
	if e.Kind == "GROUPING" {
		return s.groupingCall(e)
	}
	if e.Kind == "COALESCE" {
		return s.withoutSets(e.Kind, func() (scalar, error) { return s.specialCall(e) })
	}
	return s.specialCall(e)
}

func (s *scope) specialCall(e *ast.Special) (scalar, error) {
	pos := int(e.Pos)
	args := make([]scalar, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = s.bind(a); err != nil {
			return scalar{}, err
		}
	}
	switch e.Kind {
	case "NULLIF":
		return s.nullIf(args, pos)
	case "COALESCE":
		t, err := s.b.common(args, "COALESCE")
		if err != nil {
			return scalar{}, err
		}
		return at(&plan.Coalesce{Args: exprsOf(s.b, args), Typ: t}, pos), nil
	case "GREATEST", "LEAST":
		t, err := s.b.common(args, e.Kind)
		if err != nil {
			return scalar{}, err
		}
		return s.b.extreme(strings.ToLower(e.Kind), args, t, pos)
	}
	return scalar{}, unsupported(pos, "%s is not supported", e.Kind)
}

// nullIf is CASE WHEN a = b THEN NULL ELSE a END, where a has the type that = makes of it.
func (s *scope) nullIf(args []scalar, pos int) (scalar, error) {
	x, err := s.b.infix(equalsOp, args[0], args[1], pos)
	if err != nil {
		return x, err
	}
	if x.oid() != types.OIDBool {
		return x, errAt(pos, pgerr.DatatypeMismatch, "NULLIF requires = operator to yield boolean")
	}
	a := x.Expr.(*plan.Call).Args[0]
	value := plan.CopyExpr(a, s.b.nextID)
	return at(&plan.Case{Whens: []plan.When{{Cond: x.Expr, Result: nullOf(a.Type())}}, Else: value, Typ: a.Type()}, pos), nil
}
