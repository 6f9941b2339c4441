package operators

import "github.com/freshetdb/freshet/exec/op"

// Tests have few rows: what is for many begins early there.
func init() {
	backgroundRows = 2
	largeBucket = 2
}

// SessionRows is how many rows sessions keep.
func SessionRows(o op.Operator) int { return o.(*sessions).index.used }

// SessionGroups is how many sessions and partitions are in memory where sessions keep the states of groups.
func SessionGroups(o op.Operator) int {
	s := o.(*sessionGroups)
	return s.sessions.Len() + s.parts.groups.Len()
}
