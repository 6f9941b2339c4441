package dataflow

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/state"
)

// viewTable leads from an operator whose state is the view (flow.TopN.View, flow.Aggregate.View) to the view's table, past what lies between them: projections that only pick columns,
// which the operator has done itself in the form that it writes.
type viewTable struct {
	from  *proc
	below []*proc // what is passed by, and the materialize
}

// alone answers what keeps the rows, nil if somebody else wants them.
func (v *viewTable) alone() *materialize {
	v.below = v.below[:0]
	for p := v.from; ; {
		if len(p.lanes) != 1 || p.lanes[0].edge.exchange != nil || p.held != nil {
			return nil
		}
		p = p.lanes[0].target()
		v.below = append(v.below, p)
		switch p.node.spec.(type) {
		case *flow.Project:
		case *flow.Materialize:
			if m := p.op.(*materialize); m.keepsOnly() {
				return m
			}
			return nil
		default:
			return nil
		}
	}
}

// Watched tells that somebody else wants the rows.
func (v *viewTable) Watched() bool { return v.alone() == nil }

// Begin answers nil if somebody else wants the rows.
func (v *viewTable) Begin() *state.Run {
	if m := v.alone(); m != nil {
		return m.writers[0].run
	}
	return nil
}

// End counts the rows as if they had come this way.
func (v *viewTable) End(rows int) {
	v.from.rowsOut += int64(rows)
	for _, p := range v.below {
		p.touched = true
		p.rowsIn += int64(rows)
		p.rowsOut += int64(rows)
	}
}

// keepsOnly tells that all that becomes of a row is its entry in the primary arrangement: there are no indexes, and nobody reads the changes.
func (m *materialize) keepsOnly() bool {
	return len(m.writers) == 1 && !m.graph.watched() && m.rel.primary().Unique
}
