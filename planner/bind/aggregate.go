package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// aggregate is a call of an aggregate function. In expressions it stands as its column.
type aggregate struct {
	function *fn.Aggregate
	args     []plan.Expr
	filter   plan.Expr
	distinct bool
	order    []sortExpr
	column   plan.Column
	pos      int
}

// sortExpr is an element of an ORDER BY within a call or window.
type sortExpr struct {
	expr             plan.Expr
	desc, nullsFirst bool
}

// aggregateCall is the part of ParseFuncOrColumn about aggregates, and transformAggregateCall.
func (s *scope) aggregateCall(c *call, f *candidate) (scalar, error) {
	pos := int(c.Pos)
	if err := checkAggregateForm(c, f.aggregate); err != nil {
		return scalar{}, err
	}
	args, err := s.b.castArgs(f.args, c.args, pos)
	if err != nil {
		return scalar{}, err
	}
	for i, a := range args { // a constant as an argument of any type
		if c := a.literal(); c != nil && a.isUnknown() {
			args[i].Expr = &plan.Const{Typ: types.Of(types.OIDText), Value: c.Value}
		}
	}
	a := &aggregate{function: f.aggregate, args: exprsOf(s.b, args), distinct: c.Distinct, pos: pos}
	if c.Filter != nil {
		a.filter = c.filter.Expr
	}
	if err := s.aggregateOrder(c, a); err != nil {
		return scalar{}, err
	}
	if c.Distinct {
		for _, x := range args {
			if err := s.b.checkEquality(x.Type(), x.pos); err != nil {
				return scalar{}, err
			}
		}
	}
	owner, err := s.aggregateOwner(a)
	if err != nil {
		return scalar{}, err
	}
	return owner.addAggregate(a, c.name, f.aggregate.ResultOf(argTypes(a.args))), nil
}

func checkAggregateForm(c *call, f *fn.Aggregate) error {
	name := dotted(c.Name.Parts)
	pos := int(c.Pos)
	switch {
	case len(c.args) == 0 && !c.Star && !c.WithinGroup:
		return errAt(pos, pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name)
	case f.OrderedSet && !c.WithinGroup:
		return errAt(pos, pgerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name)
	case !f.OrderedSet && c.WithinGroup:
		return errAt(pos, pgerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	case c.Nulls != ast.DefaultNulls:
		return unsupported(pos, "aggregate functions do not accept RESPECT/IGNORE NULLS")
	}
	return nil
}

// aggregateOrder binds the ORDER BY in a call.
func (s *scope) aggregateOrder(c *call, a *aggregate) error {
	for i, o := range c.OrderBy {
		var x scalar
		var err error
		if c.WithinGroup {
			x = at(a.args[len(a.args)-len(c.OrderBy)+i], 0)
		} else if x, err = s.bind(o.X); err != nil {
			return err
		}
		if x, err = s.b.resolveUnknown(x); err != nil {
			return err
		}
		k, err := s.b.sortOf(o, x)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(c.args, func(arg scalar) bool { return equalScalars(arg, x) }); i >= 0 {
			k.expr = a.args[i] // with the cast that the call makes
		} else if !c.WithinGroup && c.Distinct {
			return errAt(x.pos, pgerr.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list")
		}
		a.order = append(a.order, k)
	}
	return nil
}

// aggregateOwner is check_agglevels_and_constraints: an aggregate belongs to the innermost query whose columns it uses.
func (s *scope) aggregateOwner(a *aggregate) (*scope, error) {
	parts := slices.Clone(a.args)
	for _, o := range a.order {
		parts = append(parts, o.expr)
	}
	if a.filter != nil {
		parts = append(parts, a.filter)
	}
	level, nested := -1, 0
	nestedLevel := -1
	for _, p := range parts {
		for _, ref := range s.uses(p) {
			l := s.level(s.b.owner[ref.ID])
			if level < 0 || l < level {
				level = l
			}
			if inner := s.aggregateAt(ref.ID); inner != 0 && (nestedLevel < 0 || l < nestedLevel) {
				nestedLevel, nested = l, ref.Pos
			}
			if s.b.isOver(ref.ID) && l == 0 {
				return nil, errAt(ref.Pos, pgerr.GroupingError, "aggregate function calls cannot contain window function calls")
			}
			if s.b.isSet(ref.ID) && l == 0 {
				return nil, errAt(ref.Pos, pgerr.FeatureNotSupported, "aggregate function calls cannot contain set-returning function calls").
					WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
			}
		}
	}
	if nested != 0 && nestedLevel == level {
		return nil, errAt(nested, pgerr.GroupingError, "aggregate function calls cannot be nested")
	}
	owner := s
	for range max(level, 0) {
		owner = owner.parent
	}
	if owner == s && s.kind == kindFilter && s.parent == nil {
		return owner, s.refuseAggregate(a.pos)
	}
	return owner, owner.refuseAggregate(a.pos)
}

func (s *scope) refuseAggregate(pos int) error {
	if m := s.kind.aggregateRefusal(); m != "" {
		return errAt(pos, pgerr.GroupingError, "%s", m)
	}
	return nil
}

// aggregateAt is the place of the aggregate that a column is; 0 if it is none.
func (s *scope) aggregateAt(id plan.ColumnID) int {
	if o := s.b.owner[id]; o != nil {
		for _, a := range o.aggs {
			if a.column.ID == id {
				return a.pos
			}
		}
	}
	return 0
}

// addAggregate notes a call of this level; equal calls are computed once.
func (s *scope) addAggregate(a *aggregate, name string, t types.Type) scalar {
	s.hasAggs = true
	for _, other := range s.aggs {
		if sameAggregate(a, other) {
			return at(refTo(other.column, a.pos), a.pos)
		}
	}
	a.column = s.b.column(name, t)
	s.b.owner[a.column.ID] = s
	s.aggs = append(s.aggs, a)
	return at(refTo(a.column, a.pos), a.pos)
}

func sameAggregate(a, b *aggregate) bool {
	return a.function == b.function && a.distinct == b.distinct && slices.EqualFunc(a.args, b.args, plan.Equal) &&
		(a.filter == nil) == (b.filter == nil) && (a.filter == nil || plan.Equal(a.filter, b.filter)) &&
		slices.EqualFunc(a.order, b.order, func(x, y sortExpr) bool {
			return x.desc == y.desc && x.nullsFirst == y.nullsFirst && plan.Equal(x.expr, y.expr)
		})
}

// sortOf is the order that a SortItem asks for (addTargetToSortList).
func (b *binder) sortOf(o *ast.SortItem, x scalar) (sortExpr, error) {
	k := sortExpr{expr: x.value(b), desc: o.Desc}
	if o.Using != nil {
		switch o.Using.Name {
		case "<":
		case ">":
			k.desc = true
		default:
			if _, err := b.findOperator(*o.Using, x.oid(), x.oid(), int(o.UsingAt)); err != nil {
				return k, err
			}
			return k, errAt(int(o.UsingAt), pgerr.WrongObjectType, "operator %s is not a valid ordering operator", o.Using.Name).
				WithHint("Ordering operators must be \"<\" or \">\" members of btree operator families.")
		}
		if _, err := b.findOperator(*o.Using, x.oid(), x.oid(), int(o.UsingAt)); err != nil {
			return k, err
		}
	}
	pos := x.pos
	if o.Using != nil {
		pos = int(o.UsingAt)
	}
	k.nullsFirst = o.Nulls == ast.NullsFirst || o.Nulls == ast.NullsDefault && k.desc
	return k, b.checkOrder(x.Type(), pos)
}

// checkOrder refuses types that have no order.
func (b *binder) checkOrder(t types.Type, pos int) error {
	if orderable(t.OID) {
		return nil
	}
	return errAt(pos, pgerr.UndefinedFunction, "could not identify an ordering operator for type %s", b.nameOf(t)).
		WithHint("Use an explicit ordering operator or modify the query.")
}

// checkEquality refuses types that have no equality.
func (b *binder) checkEquality(t types.Type, pos int) error {
	if orderable(t.OID) {
		return nil
	}
	return errAt(pos, pgerr.UndefinedFunction, "could not identify an equality operator for type %s", b.nameOf(t))
}

// orderable tells whether values of a type are ordered; of those there are, only json is not.
func orderable(oid types.OID) bool {
	if oid == types.OIDJSON || oid == types.OIDVoid {
		return false
	}
	if e := elemOf(oid); e != 0 {
		return orderable(e)
	}
	return true
}
