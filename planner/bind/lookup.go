package bind

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
)

// procTime is the function that gives the time at which a row is computed.
const procTime = "proctime"

// lookupJoin tells whether a join's right side is read as of the time at which a left row is computed: FOR SYSTEM_TIME AS OF PROCTIME(), or
// of a column of the left side that is that. It gives the join without it.
func (s *scope) lookupJoin(j *ast.Join, left side) (*ast.Join, bool, error) {
	t, ok := j.Right.(*ast.TableRef)
	if !ok || t.AsOf == nil || t.AsOf.Epoch {
		return j, false, nil
	}
	switch x := t.AsOf.X.(type) {
	case *ast.ColumnRef:
	case *ast.FuncCall:
		if string(x.Name.Last()) != procTime {
			return j, false, nil
		}
	default:
		return j, false, nil
	}
	saved := s.visible
	s.visible = left.items
	setLateral(left.items, false, true)
	x, err := s.expr(t.AsOf.X, kindJoinOn)
	s.visible = saved
	if err != nil {
		return nil, false, err
	}
	if !isProcTime(x.Expr, left.node) {
		return nil, false, unsupported(int(t.AsOf.Pos), "joining with a relation as of the time of a column is not supported yet").
			WithHint("FOR SYSTEM_TIME AS OF proctime() joins with what the relation has when a row comes.")
	}
	if o, err := s.b.relation(t.Name); err == nil && o.Kind == catalog.Source {
		return nil, false, unsupported(int(t.Pos), "a source cannot be read as of a time").
			WithHint("Join with a table or a materialized view.")
	}
	now, join := *t, *j
	now.AsOf = nil
	join.Right = &now
	return &join, true, nil
}

// isProcTime tells whether an expression over a plan's columns is the time at which a row is computed.
func isProcTime(e plan.Expr, n plan.Node) bool {
	switch e := e.(type) {
	case *plan.Call:
		return e.Function.Name == procTime
	case *plan.ColumnRef:
		p, ok := n.(*plan.Project)
		if !ok {
			for _, in := range plan.Inputs(n) {
				if isProcTime(e, in) {
					return true
				}
			}
			return false
		}
		for i, c := range p.Cols {
			if c.ID == e.ID {
				return isProcTime(p.Exprs[i], p.Input)
			}
		}
	default:
	}
	return false
}

// asLookup makes a join one that looks its right side up.
func asLookup(j *ast.Join, n plan.Node) (plan.Node, error) {
	join, ok := n.(*plan.Join)
	if !ok {
		return n, nil
	}
	out := *join
	switch {
	case j.Kind == ast.InnerJoin && join.Kind == plan.InnerJoin:
		out.Kind = plan.LookupJoin
	case j.Kind == ast.LeftJoin && join.Kind == plan.LeftJoin:
		out.Kind = plan.LeftLookupJoin
	default:
		return nil, unsupported(int(j.Pos), "FOR SYSTEM_TIME AS OF proctime() needs an inner join or a left join")
	}
	return &out, nil
}
