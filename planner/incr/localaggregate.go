package incr

import (
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/types"
)

// maxLocalColumns is how many columns a LocalAggregate has at most: it has two bits for each in a word.
const maxLocalColumns = 32

// localAggregate puts a LocalAggregate before the exchange of an aggregate, where there is one and all calls can be computed of rows that are summed up.
func (l *lowering) localAggregate(in *rel, spec *flow.Aggregate) *rel {
	if l.OneShot || spec.Sessions != nil || len(spec.Columns) > maxLocalColumns || exchange(in, spec.Keys).Exchange == nil || !localPays(spec) {
		return in
	}
	roles, ok := localRoles(spec)
	if !ok {
		return in
	}
	r := rel{cols: in.cols, appendOnly: in.appendOnly, stream: in.stream}
	for _, t := range in.times {
		if role := roles[t.Column]; role == flow.LocalSame || role == flow.LocalWindow {
			r.times = append(r.times, t)
		}
	}
	return l.add(&flow.LocalAggregate{Columns: spec.Columns, Roles: roles, Bound: spec.Bound, Panes: spec.Panes}, r, local(in))
}

// localPays tells whether finding the group twice costs less than it spares: so it is for keys of one word, and for DISTINCT.
func localPays(spec *flow.Aggregate) bool {
	if slices.ContainsFunc(spec.Calls, func(c flow.AggCall) bool { return c.Distinct && !c.Function.NoDistinct }) {
		return true
	}
	return !slices.ContainsFunc(spec.Keys, func(k int) bool { return spec.Columns[k].Kind() == types.Bytes })
}

// localRoles gives each column of an aggregate's input its role; ok is false if one needs two.
func localRoles(spec *flow.Aggregate) (roles []flow.LocalRole, ok bool) {
	roles = make([]flow.LocalRole, len(spec.Columns))
	for i, k := range spec.Keys {
		roles[k] = flow.LocalSame
		if slices.Contains(spec.BoundKeys, i) && spec.Columns[k].Kind() == types.Int64 {
			roles[k] = flow.LocalWindow
		}
	}
	for _, c := range spec.Calls {
		if c.Filter >= 0 { // a boolean, which no window is
			roles[c.Filter] = flow.LocalSame
		}
	}
	if p := spec.Panes; p != nil {
		if roles[p.Time] != flow.LocalAny {
			return nil, false
		}
		roles[p.Time] = flow.LocalPane
	}
	for i := range spec.Calls {
		c := &spec.Calls[i]
		if len(c.Args) == 0 && c.Function.CountsRows {
			continue
		}
		role, ok := localRole(spec, c)
		if !ok || !joinRoles(&roles[c.Args[0]], role) {
			return nil, false
		}
	}
	return roles, true
}

// localRole is what a call wants of its argument.
func localRole(spec *flow.Aggregate, c *flow.AggCall) (flow.LocalRole, bool) {
	if len(c.Args) != 1 {
		return 0, false
	}
	f, t := c.Function, spec.Columns[c.Args[0]]
	distinct := c.Distinct && !f.NoDistinct
	if distinct && (!spec.AppendOnly || t.Kind() != types.Int64) || f.Extreme != 0 && (!spec.AppendOnly || t.Kind() != types.Int64) {
		return 0, false
	}
	switch {
	case f.Extreme < 0:
		return flow.LocalMin, true
	case f.Extreme > 0:
		return flow.LocalMax, true
	case f.Name == "count" && distinct:
		return flow.LocalDistinct, true
	case f.Name == "count":
		return flow.LocalPresent, true
	case f.Name != "sum" && f.Name != "avg" || t.OID != types.OIDInt2 && t.OID != types.OIDInt4 && t.OID != types.OIDInt8:
		return 0, false
	case distinct:
		return flow.LocalDistinct, true
	}
	return flow.LocalSum, true
}

// joinRoles gives a column one more role, and tells whether it can have it.
func joinRoles(have *flow.LocalRole, role flow.LocalRole) bool {
	switch {
	case *have == role || *have == flow.LocalSame || *have == flow.LocalWindow: // rows that differ there are not summed up
		return true
	case *have == flow.LocalAny, *have == flow.LocalPresent && role == flow.LocalSum:
		*have = role
		return true
	default: // rows that are summed up have 0, not null
		return *have == flow.LocalSum && role == flow.LocalPresent
	}
}
