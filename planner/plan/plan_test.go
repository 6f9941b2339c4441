package plan_test

import (
	"testing"

	"github.com/freshetdb/freshet/planner/plan"
)

// TestColumnsOfEmptyJoins asks for the columns of a tall tree of joins that have none. If they were not kept, the work would
// double at each level, and the test would not end.
func TestColumnsOfEmptyJoins(t *testing.T) {
	var n plan.Node = &plan.Values{}
	for range 100 {
		n = &plan.Join{Kind: plan.InnerJoin, Left: n, Right: &plan.Values{}}
	}
	if cols := n.Columns(); len(cols) != 0 {
		t.Errorf("joins of rows without columns have %d", len(cols))
	}
}
