package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// over is a call of a window function. In expressions it stands as its column.
type over struct {
	function  plan.OverFunc
	partition []plan.Expr
	order     []sortExpr
	column    plan.Column
	pos       int
}

// overFunctions are the window functions that can be computed.
var overFunctions = map[string]plan.OverFunc{"row_number": plan.FuncRowNumber, "rank": plan.FuncRank, "dense_rank": plan.FuncDenseRank}

// windowCall is the part of ParseFuncOrColumn about window functions.
func (s *scope) windowCall(c *call, f *candidate) (scalar, error) {
	pos := int(c.Pos)
	name := dotted(c.Name.Parts)
	switch {
	case c.Over == nil:
		return scalar{}, errAt(pos, pgerr.WrongObjectType, "window function %s requires an OVER clause", name)
	case c.WithinGroup:
		return scalar{}, errAt(pos, pgerr.WrongObjectType, "window function %s cannot have WITHIN GROUP", name)
	case c.Distinct:
		return scalar{}, unsupported(pos, "DISTINCT is not implemented for window functions")
	case len(c.OrderBy) > 0:
		return scalar{}, unsupported(pos, "aggregate ORDER BY is not implemented for window functions")
	case c.Filter != nil:
		return scalar{}, unsupported(pos, "FILTER is not implemented for non-aggregate window functions")
	case s.kind.windowRefusal() != "":
		return scalar{}, errAt(pos, pgerr.WindowingError, "%s", s.kind.windowRefusal())
	case c.Nulls != ast.DefaultNulls:
		return scalar{}, unsupported(pos, "RESPECT NULLS and IGNORE NULLS are not supported")
	}
	function, ok := overFunctions[f.window]
	if !ok {
		return scalar{}, unsupported(pos, "window function %s is not supported yet", name).WithHint("row_number(), rank() and dense_rank() are.")
	}
	o := &over{function: function, pos: pos}
	if err := s.windowSpec(c.Over, o, 0); err != nil {
		return scalar{}, err
	}
	for _, other := range s.overs {
		if other.function == o.function && sameSpec(o, other) {
			return at(refTo(other.column, pos), pos), nil
		}
	}
	o.column = s.b.column(c.name, types.Of(types.OIDInt8))
	s.b.owner[o.column.ID] = s
	s.overs = append(s.overs, o)
	return at(refTo(o.column, pos), pos), nil
}

func sameSpec(a, b *over) bool {
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
			o.partition = append(o.partition, x.value(s.b))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.in(kindWindowOrder, func() error {
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
}

func (s *scope) windowExpr(e ast.Expr) (scalar, error) {
	x, err := s.bind(e)
	if err != nil {
		return x, err
	}
	if x, err = s.b.resolveUnknown(x); err != nil {
		return x, err
	}
	return x, s.b.checkEquality(x.Type(), x.pos)
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
		return errAt(pos, pgerr.WindowingError, "cannot copy window %q because it has a frame clause", string(w.Base))
	}
	return s.windowSpec(base, o, depth+1)
}

// isOver tells whether a column is that of a window function.
func (b *binder) isOver(id plan.ColumnID) bool {
	o := b.owner[id]
	return o != nil && slices.ContainsFunc(o.overs, func(x *over) bool { return x.column.ID == id })
}

// planOvers computes the window functions: those of one specification together.
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
			if sameSpec(o, other) {
				done = append(done, other)
				node.Calls = append(node.Calls, plan.OverCall{Function: other.function, Column: other.column})
			}
		}
		node.Input = c.node()
		n = node
	}
	return n
}
