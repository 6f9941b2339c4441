package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// over is a call of a window function. In expressions it stands as its column.
type over struct {
	function  plan.OverFunc
	aggregate *fn.Aggregate
	args      []plan.Expr
	filter    plan.Expr
	partition []plan.Expr
	order     []sortExpr
	frame     plan.Frame
	column    plan.Column
	pos       int
}

// overFunctions are the window functions. Results that are of no argument's type are in overTypes.
var (
	overFunctions = map[string]plan.OverFunc{
		"row_number": plan.FuncRowNumber, "rank": plan.FuncRank, "dense_rank": plan.FuncDenseRank, "percent_rank": plan.FuncPercentRank,
		"cume_dist": plan.FuncCumeDist, "ntile": plan.FuncNtile, "lag": plan.FuncLag, "lead": plan.FuncLead,
		"first_value": plan.FuncFirstValue, "last_value": plan.FuncLastValue, "nth_value": plan.FuncNthValue,
	}
	overTypes = map[plan.OverFunc]types.OID{
		plan.FuncRowNumber: types.OIDInt8, plan.FuncRank: types.OIDInt8, plan.FuncDenseRank: types.OIDInt8, plan.FuncNtile: types.OIDInt4,
		plan.FuncPercentRank: types.OIDFloat8, plan.FuncCumeDist: types.OIDFloat8,
	}
)

// windowCall is the part of ParseFuncOrColumn about window functions, and about aggregates with OVER.
func (s *scope) windowCall(c *call, f *candidate) (scalar, error) {
	if err := s.checkWindowForm(c, f); err != nil {
		return scalar{}, err
	}
	pos := int(c.Pos)
	o := &over{function: plan.FuncAggregate, aggregate: f.aggregate, pos: pos}
	if f.window != "" {
		o.function = overFunctions[f.window]
	}
	args, err := s.b.castArgs(f.args, c.args, pos)
	if err != nil {
		return scalar{}, err
	}
	for i, a := range args { // a constant as an argument of any type
		if k := a.literal(); k != nil && a.isUnknown() {
			args[i].Expr = &plan.Const{Typ: types.Of(types.OIDText), Value: k.Value}
		}
	}
	o.args = exprsOf(s.b, args)
	if c.Filter != nil {
		o.filter = c.filter.Expr
	}
	if err := s.checkWindowArgs(o); err != nil {
		return scalar{}, err
	}
	if err := s.windowSpec(c.Over, o, 0); err != nil {
		return scalar{}, err
	}
	if o.function < plan.FuncFirstValue { // the frame is nothing to these
		o.frame = plan.DefaultFrame
	}
	for _, other := range s.overs {
		if sameOver(o, other) {
			return at(refTo(other.column, pos), pos), nil
		}
	}
	o.column = s.b.column(c.name, o.resultType())
	s.b.owner[o.column.ID] = s
	s.overs = append(s.overs, o)
	return at(refTo(o.column, pos), pos), nil
}

func (o *over) resultType() types.Type {
	if o.aggregate != nil {
		return o.aggregate.ResultOf(argTypes(o.args))
	}
	if oid, ok := overTypes[o.function]; ok {
		return types.Of(oid)
	}
	return o.args[0].Type()
}

// checkWindowForm refuses what a call with OVER may not have.
func (s *scope) checkWindowForm(c *call, f *candidate) error {
	pos := int(c.Pos)
	name := dotted(c.Name.Parts)
	switch {
	case c.Over == nil:
		return errAt(pos, pgerr.WrongObjectType, "window function %s requires an OVER clause", name)
	case f.aggregate != nil && f.aggregate.OrderedSet:
		return unsupported(pos, "OVER is not supported for ordered-set aggregate %s", name)
	case c.WithinGroup && f.aggregate != nil:
		return errAt(pos, pgerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	case c.WithinGroup:
		return errAt(pos, pgerr.WrongObjectType, "window function %s cannot have WITHIN GROUP", name)
	case c.Distinct:
		return unsupported(pos, "DISTINCT is not implemented for window functions")
	case f.aggregate != nil && len(c.args) == 0 && !c.Star:
		return errAt(pos, pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name)
	case len(c.OrderBy) > 0:
		return unsupported(pos, "aggregate ORDER BY is not implemented for window functions")
	case c.Filter != nil && f.aggregate == nil:
		return unsupported(pos, "FILTER is not implemented for non-aggregate window functions")
	case s.kind.windowRefusal() != "":
		return errAt(pos, pgerr.WindowingError, "%s", s.kind.windowRefusal())
	case c.Nulls != ast.DefaultNulls:
		return unsupported(pos, "RESPECT NULLS and IGNORE NULLS are not supported")
	}
	return nil
}

// checkWindowArgs refuses window functions and functions that return sets in what a window function is called with.
func (s *scope) checkWindowArgs(o *over) error {
	for _, x := range append(slices.Clone(o.args), o.filter) {
		if x == nil {
			continue
		}
		for _, ref := range s.uses(x) {
			switch {
			case s.b.owner[ref.ID] != s:
			case s.b.isOver(ref.ID):
				return errAt(ref.Pos, pgerr.WindowingError, "window function calls cannot be nested")
			case s.b.isSet(ref.ID):
				return errAt(ref.Pos, pgerr.FeatureNotSupported, "window function calls cannot contain set-returning function calls").
					WithHint("You might be able to move the set-returning function into a LATERAL FROM item.")
			}
		}
	}
	return nil
}

func sameOver(a, b *over) bool {
	return a.function == b.function && a.frame.Equal(b.frame) && a.aggregate == b.aggregate && slices.EqualFunc(a.args, b.args, plan.Equal) &&
		(a.filter == nil) == (b.filter == nil) && (a.filter == nil || plan.Equal(a.filter, b.filter)) && sameSort(a, b)
}

// sameSort tells whether two functions go over the same rows in the same order. Their frames may differ.
func sameSort(a, b *over) bool {
	return slices.EqualFunc(a.partition, b.partition, plan.Equal) && slices.EqualFunc(a.order, b.order, func(x, y sortExpr) bool {
		return x.desc == y.desc && x.nullsFirst == y.nullsFirst && plan.Equal(x.expr, y.expr)
	})
}

// checkWindows looks for names that the WINDOW clause has twice.
func (s *scope) checkWindows() error {
	seen := map[ast.Ident]bool{}
	for _, w := range s.windows {
		if seen[w.Name] {
			return errAt(int(w.Pos), pgerr.WindowingError, "window %q is already defined", string(w.Name))
		}
		seen[w.Name] = true
	}
	return nil
}

func (s *scope) findWindow(name ast.Ident, pos int) (*ast.Window, error) {
	for _, w := range s.windows {
		if w.Name == name {
			return w, nil
		}
	}
	return nil, errAt(pos, pgerr.UndefinedObject, "window %q does not exist", string(name))
}

// windowSpec is transformWindowDefinitions for one specification. depth bounds a chain of names, each of which must be defined before.
func (s *scope) windowSpec(w *ast.Window, o *over, depth int) error {
	if w.Ref {
		named, err := s.findWindow(w.Name, int(w.Pos))
		if err != nil {
			return err
		}
		return s.windowSpec(named, o, depth+1)
	}
	if w.Base != "" {
		if err := s.baseWindow(w, o, depth); err != nil {
			return err
		}
	}
	if depth > len(s.windows)+1 {
		return errAt(int(w.Pos), pgerr.UndefinedObject, "window %q does not exist", string(w.Base))
	}
	err := s.in(kindPartition, func() error {
		for _, p := range w.PartitionBy {
			x, err := s.windowExpr(p)
			if err != nil {
				return err
			}
			if err := s.b.checkEquality(x.Type(), x.pos); err != nil {
				return err
			}
			o.partition = append(o.partition, x.value(s.b))
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = s.in(kindWindowOrder, func() error {
		for _, item := range w.OrderBy {
			x, err := s.windowExpr(item.X)
			if err != nil {
				return err
			}
			k, err := s.b.sortOf(item, x)
			if err != nil {
				return err
			}
			o.order = append(o.order, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	o.frame, err = s.windowFrame(w, o.order)
	return err
}

func (s *scope) windowExpr(e ast.Expr) (scalar, error) {
	x, err := s.bind(e)
	if err != nil {
		return x, err
	}
	if x, err = s.b.resolveUnknown(x); err != nil {
		return x, err
	}
	for _, ref := range s.uses(x.value(s.b)) {
		if s.b.isSet(ref.ID) {
			return x, unsupported(ref.Pos, "a set-returning function in a window definition is not supported yet").
				WithHint("Move it into FROM.")
		}
	}
	return x, nil
}

// baseWindow takes over what the named window says.
func (s *scope) baseWindow(w *ast.Window, o *over, depth int) error {
	base, err := s.findWindow(w.Base, int(w.Pos))
	if err != nil {
		return err
	}
	pos := int(w.Pos)
	switch {
	case len(w.PartitionBy) > 0:
		return errAt(pos, pgerr.WindowingError, "cannot override PARTITION BY clause of window %q", string(w.Base))
	case len(w.OrderBy) > 0 && len(base.OrderBy) > 0:
		return errAt(pos, pgerr.WindowingError, "cannot override ORDER BY clause of window %q", string(w.Base))
	case base.Frame != nil:
		e := errAt(pos, pgerr.WindowingError, "cannot copy window %q because it has a frame clause", string(w.Base))
		if w.Name == "" && len(w.OrderBy) == 0 && w.Frame == nil {
			return e.WithHint("Omit the parentheses in this OVER clause.")
		}
		return e
	}
	return s.windowSpec(base, o, depth+1)
}

// isOver tells whether a column is that of a window function.
func (b *binder) isOver(id plan.ColumnID) bool {
	o := b.owner[id]
	return o != nil && slices.ContainsFunc(o.overs, func(x *over) bool { return x.column.ID == id })
}

// planOvers computes the window functions: those of one partition and order together, so that rows that are equal in it have one order for all
// of them.
func (k *selection) planOvers(n plan.Node) plan.Node {
	var done []*over
	for _, o := range k.overs {
		if slices.Contains(done, o) {
			continue
		}
		c := k.newComputer(n)
		c.all = true
		node := &plan.Over{}
		for _, p := range o.partition {
			node.Partition = append(node.Partition, c.id(p, ""))
		}
		for _, s := range o.order {
			node.Order = append(node.Order, plan.SortKey{Column: c.id(s.expr, ""), Desc: s.desc, NullsFirst: s.nullsFirst})
		}
		for _, other := range k.overs {
			if sameSort(o, other) {
				done = append(done, other)
				node.Calls = append(node.Calls, c.over(other))
			}
		}
		node.Input = c.node()
		n = node
	}
	return n
}

// over is a call whose arguments are columns, but for those that have no columns in them.
func (c *computer) over(o *over) plan.OverCall {
	call := plan.OverCall{Function: o.function, Aggregate: o.aggregate, Frame: o.frame, Column: o.column}
	asked := aggregate{filter: o.filter}
	for _, x := range o.args {
		if !plan.Constant(x) {
			id := c.id(asked.filtered(x), "")
			x = refTo(c.column(id), 0)
		}
		call.Args = append(call.Args, x)
	}
	if o.filter != nil {
		call.Filter = c.id(o.filter, "")
	}
	return call
}
