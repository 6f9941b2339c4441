package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// block is a query whose expressions have their meaning. finish checks and plans it, once.
type block struct {
	targets []*target
	finish  func() (plan.Node, error)
}

// target is an element of a target list. Junk ones are there to order or group by.
type target struct {
	x    scalar
	name string
	junk bool
}

// visible are the targets that are the query's columns.
func (k *block) visible() []*target {
	return slices.DeleteFunc(slices.Clone(k.targets), func(t *target) bool { return t.junk })
}

// query binds a query on this level.
func (s *scope) query(q *ast.Query) (*block, error) {
	if err := s.with(q.With); err != nil {
		return nil, err
	}
	var k *block
	var err error
	switch body := q.Body.(type) {
	case *ast.Query:
		return s.query(mergeQuery(q, body))
	case *ast.Select:
		k, err = s.selectBlock(body, q)
	case *ast.Values:
		k, err = s.valuesBlock(body, q)
	case *ast.SetOp:
		k, err = s.setOpBlock(body, q)
	}
	if err != nil {
		return nil, err
	}
	if err := s.locking(q); err != nil {
		return nil, err
	}
	return s.emit(k, q.Emit)
}

// mergeQuery makes one query of a parenthesised one and what follows it, as PostgreSQL's grammar does. The outer WITH is bound already.
func mergeQuery(outer, inner *ast.Query) *ast.Query {
	m := *inner
	if len(outer.OrderBy) > 0 {
		m.OrderBy = outer.OrderBy
	}
	if outer.Limit != nil {
		m.Limit, m.WithTies = outer.Limit, outer.WithTies
	}
	if outer.Offset != nil {
		m.Offset = outer.Offset
	}
	if outer.Emit != nil {
		m.Emit = outer.Emit
	}
	m.Locking = append(slices.Clone(inner.Locking), outer.Locking...)
	return &m
}

// locking accepts FOR UPDATE and its like where PostgreSQL does: rows need no locks here.
func (s *scope) locking(q *ast.Query) error {
	for _, l := range q.Locking {
		pos := int(l.Pos)
		name := "FOR " + string(l.Strength)
		sel, ok := q.Body.(*ast.Select)
		switch {
		case !ok:
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not allowed with %s", name, "UNION/INTERSECT/EXCEPT")
		case sel.Distinct || len(sel.DistinctOn) > 0:
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not allowed with DISTINCT clause", name)
		case len(sel.GroupBy) > 0:
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not allowed with GROUP BY clause", name)
		case sel.Having != nil:
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not allowed with HAVING clause", name)
		case s.hasAggs:
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not allowed with aggregate functions", name)
		case len(s.overs) > 0:
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not allowed with window functions", name)
		case len(s.sets) > 0:
			return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not allowed with set-returning functions in the target list", name)
		case s.b.Continuous:
			return unsupported(pos, "%s is not allowed in a materialized view", name)
		}
		for _, of := range l.Of {
			if !slices.ContainsFunc(s.visible, func(i *item) bool { return !i.noName && i.alias == string(of.Last()) }) {
				return errAt(int(of.Pos), pgerr.UndefinedTable, "relation %q in %s clause not found in FROM clause", string(of.Last()), name)
			}
		}
	}
	return nil
}

// emit says when a continuous query gives its results.
func (s *scope) emit(k *block, e *ast.Emit) (*block, error) {
	if e == nil {
		return k, nil
	}
	pos := int(e.Pos)
	switch {
	case !s.b.Continuous:
		return nil, unsupported(pos, "EMIT is for materialized views").WithHint("A SELECT gives the results as they are now; leave EMIT out.")
	case e.Delay != nil || len(e.Options) > 0:
		return nil, unsupported(pos, "EMIT with a delay or options is not supported yet")
	case s.parent != nil:
		return nil, unsupported(pos, "EMIT is only for a whole view, not for a query within one")
	case !e.OnWindowClose && e.Every == nil:
		return k, nil
	}
	n := &plan.Emit{OnClose: e.OnWindowClose}
	if e.Every != nil {
		micros, err := s.fixedInterval(e.Every, "EMIT EVERY", "interval")
		if err != nil {
			return nil, err
		}
		n.EveryMicros = micros
	}
	finish := k.finish
	k.finish = func() (plan.Node, error) {
		in, err := finish()
		n.Input = in
		return n, err
	}
	return k, nil
}

// fixedInterval binds a constant interval of a fixed length above zero, in microseconds.
func (s *scope) fixedInterval(e ast.Expr, construct, what string) (int64, error) {
	micros, pos, err := s.constInterval(e, construct, what)
	if err == nil && micros <= 0 {
		err = errAt(pos, pgerr.InvalidParameterValue, "%s of %s must be greater than zero", what, construct)
	}
	return micros, err
}

func (s *scope) constInterval(e ast.Expr, construct, what string) (micros int64, pos int, err error) {
	x, err := s.expr(e, kindFromFunction)
	if err != nil {
		return 0, 0, err
	}
	pos = int(e.At())
	from := x.Type()
	x, ok, err := s.b.coerceToTarget(x, types.Of(types.OIDInterval), types.Implicit, 0)
	if err != nil {
		return 0, pos, err
	}
	if !ok {
		return 0, x.pos, errAt(x.pos, pgerr.DatatypeMismatch, "%s of %s must be an interval, not type %s", what, construct, s.b.nameOf(from)).
			WithHint("Write it as INTERVAL '1 minute'.")
	}
	c := x.literal()
	if c == nil || c.Value.Null {
		return 0, x.pos, unsupported(x.pos, "%s of %s must be a constant", what, construct).WithHint("Write it as INTERVAL '1 minute'.")
	}
	v := datetime.DecodeInterval(c.Value.Bytes)
	if v.Months != 0 {
		return 0, x.pos, unsupported(x.pos, "%s of %s must have a fixed length", what, construct).
			WithHint("Months and years have none; use days, hours, minutes or seconds.")
	}
	days := int64(v.Days) + v.Micros/datetime.Day
	if days <= -longestDays || days >= longestDays {
		return 0, x.pos, errAt(x.pos, pgerr.DatetimeFieldOverflow, "interval out of range")
	}
	return v.Micros + int64(v.Days)*datetime.Day, x.pos, nil
}

// longestDays is more days than a window, a gap or a delay may have: with ten million the bounds of windows that hold any
// row of the years -4713 to 200000 are times themselves.
const longestDays = 10_000_000
