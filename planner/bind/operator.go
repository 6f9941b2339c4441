package bind

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is PostgreSQL's parse_oper.c.

func opArgs(o *fn.Operator) []types.OID {
	if o.Left == 0 {
		return []types.OID{o.Right}
	}
	return []types.OID{o.Left, o.Right}
}

// findOperator chooses the operator for two operands, or for one if left is 0.
func (b *binder) findOperator(name ast.Operator, left, right types.OID, pos int) (*fn.Operator, error) {
	if err := b.checkOperatorSchema(name, left, right, pos); err != nil {
		return nil, err
	}
	symbol := name.Name
	if symbol == "!=" {
		symbol = "<>"
	}
	var all []*fn.Operator
	for _, o := range b.Functions.Operators(symbol) {
		if (o.Left == 0) == (left == 0) {
			all = append(all, o)
		}
	}
	input := []types.OID{left, right}
	if left == 0 {
		input = input[1:]
	}
	if o := exactOperator(all, left, right); o != nil {
		return o, nil
	}
	if len(all) > 0 {
		fit := matching(input, all, opArgs)
		switch len(fit) {
		case 0:
		case 1:
			return fit[0], nil
		default:
			if o, ok := choose(input, fit, opArgs); ok {
				return o, nil
			}
			return nil, errAt(pos, pgerr.AmbiguousFunction, "operator is not unique: %s", b.operatorSignature(name, left, right)).
				WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.")
		}
	}
	return nil, b.noOperator(name, left, right, pos)
}

func (b *binder) noOperator(name ast.Operator, left, right types.OID, pos int) error {
	// The right side would be a jsonpath: only a constant can be one, as there is no such type. An unknown left side is a jsonb for @? alone.
	if right == types.OIDUnknown && (name.Name == "@?" && (left == types.OIDJSONB || left == types.OIDUnknown) || name.Name == "@@" && left == types.OIDJSONB) {
		return unsupported(pos, "operator %s of jsonb is not supported", name.Name).WithHint(jsonPathHint)
	}
	e := errAt(pos, pgerr.UndefinedFunction, "operator does not exist: %s", b.operatorSignature(name, left, right))
	if left == 0 {
		return e.WithHint("No operator matches the given name and argument type. You might need to add an explicit type cast.")
	}
	return e.WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.")
}

// checkOperatorSchema looks at the schema of OPERATOR(schema.op): all operators are in pg_catalog.
func (b *binder) checkOperatorSchema(name ast.Operator, left, right types.OID, pos int) error {
	if len(name.Schema) == 0 || name.Schema[len(name.Schema)-1] == "pg_catalog" {
		return nil
	}
	var parts []string
	for _, p := range name.Schema {
		parts = append(parts, string(p))
	}
	if _, err := b.Catalog.SchemaOf(b.Path, parts); err != nil {
		return place(err, pos)
	}
	return b.noOperator(name, left, right, pos)
}

// exactOperator finds an operator for exactly these types; an unknown operand is first taken to have the type of the other.
func exactOperator(all []*fn.Operator, left, right types.OID) *fn.Operator {
	if left == types.OIDUnknown && right != 0 {
		left = right
	} else if right == types.OIDUnknown && left != 0 {
		right = left
	}
	for _, o := range all {
		if o.Left == left && o.Right == right {
			return o
		}
	}
	return nil
}

func (b *binder) operatorSignature(name ast.Operator, left, right types.OID) string {
	var s strings.Builder
	if left != 0 {
		s.WriteString(b.rowTypeName(left) + " ")
	}
	for _, p := range name.Schema {
		s.WriteString(string(p) + ".")
	}
	op := name.Name
	if op == "!=" {
		op = "<>"
	}
	s.WriteString(op + " " + b.rowTypeName(right))
	return s.String()
}

// infix is make_op for two operands.
func (b *binder) infix(name ast.Operator, left, right scalar, pos int) (scalar, error) {
	o, err := b.findOperator(name, left.oid(), right.oid(), pos)
	if err != nil {
		return scalar{}, err
	}
	return b.applyOperator(o, []scalar{left, right}, pos)
}

// prefix is make_op for one operand.
func (b *binder) prefix(name ast.Operator, x scalar, pos int) (scalar, error) {
	o, err := b.findOperator(name, 0, x.oid(), pos)
	if err != nil {
		return scalar{}, err
	}
	return b.applyOperator(o, []scalar{x}, pos)
}

// applyOperator casts the operands and makes the call.
func (b *binder) applyOperator(o *fn.Operator, args []scalar, pos int) (scalar, error) {
	e, err := b.call(o.Function, opArgs(o), args, pos)
	if err != nil {
		return scalar{}, err
	}
	return at(e, leftmost(pos, args...)), nil
}

// call casts arguments to the declared types, polymorphic ones resolved, and makes the call.
func (b *binder) call(f *fn.Function, declared []types.OID, args []scalar, pos int) (plan.Expr, error) {
	cast, err := b.castArgs(declared, args, pos)
	if err != nil {
		return nil, err
	}
	if err := b.checkContinuous(f, pos); err != nil {
		return nil, err
	}
	exprs := exprsOf(b, cast)
	return &plan.Call{Function: f, Args: exprs, Typ: f.ResultOf(argTypes(exprs)), Pos: pos}, nil
}

// argTypes are the types of arguments, for what a function makes of them; rows of relations are record.
func argTypes(args []plan.Expr) []types.Type {
	out := make([]types.Type, len(args))
	for i, e := range args {
		if out[i] = e.Type(); isRowType(out[i].OID) {
			out[i] = types.Of(types.OIDRecord)
		}
	}
	return out
}

// castArgs is make_fn_arguments.
func (b *binder) castArgs(declared []types.OID, args []scalar, pos int) ([]scalar, error) {
	actual := make([]types.OID, len(args))
	for i, a := range args {
		actual[i] = a.oid()
	}
	want, err := enforceGeneric(actual, declared, pos)
	if err != nil {
		return nil, place(err, pos)
	}
	out := make([]scalar, len(args))
	for i, a := range args {
		to := types.Of(want[i])
		if a.oid() == want[i] || want[i] == types.OIDUnknown {
			out[i] = a
			continue
		}
		if out[i], err = b.coerce(a, to, types.Implicit, 0); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkContinuous refuses what depends on when or by whom it is computed in a query that is kept fresh.
func (b *binder) checkContinuous(f *fn.Function, pos int) error {
	if !b.Continuous {
		return nil
	}
	switch {
	case isClock(f.Name):
		return unsupported(pos, "%s() in a materialized view is not supported", f.Name).
			WithHint("Rows that come and go with time are not built yet; filter by the time when you read the view.")
	case f.Volatility == fn.Volatile && f.Name != procTime: // which incr looks at: rows that only come may have the time of it
		return unsupported(pos, "volatile function %s() in a materialized view is not supported", f.Name).
			WithHint("A view must give the same for the same input; compute such values when rows are inserted.")
	}
	return nil
}

func isClock(name string) bool {
	switch name {
	case "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday":
		return true
	}
	return false
}
