package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// setCall is a call of a function that returns a set, in an expression. There it stands as its column, or a row of them.
type setCall struct {
	function *fn.TableFunction
	args     []plan.Expr
	cols     []plan.Column
	grouped  bool // it is computed before the groups
}

// setCall is a call outside of FROM.
func (s *scope) setCall(c *call, f *candidate) (scalar, error) {
	pos := int(c.Pos)
	switch {
	case s.kind == kindFromFunction:
		return scalar{}, errAt(pos, pgerr.FeatureNotSupported, "set-returning functions must appear at top level of FROM")
	case s.kind.setRefusal() != "":
		return scalar{}, errAt(pos, pgerr.FeatureNotSupported, "%s", s.kind.setRefusal())
	}
	t, err := s.tableCall(c, f)
	if err != nil {
		return scalar{}, err
	}
	s.lastSet = pos
	set := &setCall{function: f.table, args: t.Args, cols: t.Cols}
	for _, other := range s.sets {
		if other.function == set.function && f.table.Volatility != fn.Volatile && slices.EqualFunc(other.args, set.args, plan.Equal) {
			return other.value(pos), nil
		}
	}
	for _, col := range set.cols {
		s.b.owner[col.ID] = s
	}
	s.sets = append(s.sets, set)
	return set.value(pos), nil
}

// value is the call's column, or its columns as a row.
func (c *setCall) value(pos int) scalar {
	if len(c.cols) == 1 {
		return at(refTo(c.cols[0], pos), pos)
	}
	r := &row{typ: types.Of(types.OIDRecord), relation: c.function.Name}
	for _, col := range c.cols {
		r.fields, r.names = append(r.fields, at(refTo(col, pos), pos)), append(r.names, col.Name)
	}
	return scalar{pos: pos, row: r}
}

// tableCall casts the arguments of a call of a table function and makes its columns.
func (s *scope) tableCall(c *call, f *candidate) (plan.TableCall, error) {
	pos := int(c.Pos)
	args, err := s.b.castArgs(f.args, c.args, pos)
	if err != nil {
		return plan.TableCall{}, err
	}
	if s.b.Continuous && f.table.Volatility == fn.Volatile {
		return plan.TableCall{}, unsupported(pos, "volatile function %s() in a materialized view is not supported", f.table.Name)
	}
	t := plan.TableCall{Function: f.table, Args: exprsOf(s.b, args)}
	given := argTypes(t.Args)
	names := f.table.OutColumns(given)
	for i, typ := range f.table.ColumnTypes(given) {
		t.Cols = append(t.Cols, s.b.column(names[i].Name, typ))
	}
	return t, nil
}

// isSet tells whether a column is that of a function that returns a set.
func (b *binder) isSet(id plan.ColumnID) bool {
	o := b.owner[id]
	return o != nil && slices.ContainsFunc(o.sets, func(x *setCall) bool { return x.makes(id) })
}

func (c *setCall) makes(id plan.ColumnID) bool {
	return slices.ContainsFunc(c.cols, func(col plan.Column) bool { return col.ID == id })
}

// setsIn are the calls of this level in an expression, and those in their arguments.
func (s *scope) setsIn(e plan.Expr) []*setCall {
	var out []*setCall
	plan.Walk(e, func(x plan.Expr) bool {
		if ref, ok := x.(*plan.ColumnRef); ok {
			for _, c := range s.sets {
				if c.makes(ref.ID) && !slices.Contains(out, c) {
					for _, a := range c.args {
						out = append(out, s.setsIn(a)...)
					}
					out = append(out, c)
				}
			}
		}
		return true
	})
	return out
}

// planSets computes calls, those in arguments first; calls of one depth side by side.
func (k *selection) planSets(n plan.Node, calls []*setCall) plan.Node {
	made := map[plan.ColumnID]bool{}
	for _, c := range n.Columns() {
		made[c.ID] = true
	}
	rest := slices.DeleteFunc(slices.Clone(calls), func(c *setCall) bool { return made[c.cols[0].ID] })
	for len(rest) > 0 {
		f := &plan.TableFunc{Input: n}
		var later []*setCall
		for _, c := range rest {
			needs := false
			for _, a := range c.args {
				for _, inner := range k.setsIn(a) {
					needs = needs || !made[inner.cols[0].ID]
				}
			}
			if needs {
				later = append(later, c)
				continue
			}
			f.Calls = append(f.Calls, plan.TableCall{Function: c.function, Args: c.args, Cols: c.cols})
		}
		n = f
		for _, c := range n.Columns() {
			made[c.ID] = true
		}
		rest = later
	}
	return n
}
