package session

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
)

// A view or sink whose plan has more or fewer tables than when the log of definitions got their ids keeps what others know it by: its own id, the table of
// its rows, and the relations of its late rows, which are nowhere else. All other tables are new ones. The graph has failed then, and RESUME fills them.

// renewed plans a query again, with other ids than the log has for it. view was planned with too few of them, or too many: those that were left.
func (t *tables) renewed(view *planner.View, left []catalog.ID, again func() (*planner.View, error)) (*planner.View, error) {
	late, known := t.keptLate(view.Graph.Late, left)
	if !known {
		return nil, pgerr.New(pgerr.FeatureNotSupported,
			"this version of Freshet plans it with other tables than the one that has made it, and cannot tell which of those have its late rows")
	}
	ids := make([]catalog.ID, t.asked)
	state := t.asked - 2*len(t.late)
	copy(ids, left[:t.own])
	copy(ids[state:], late)
	t.misfit = fmt.Sprintf("its plan has %d tables, and had %d", state, len(left)-len(late))
	if err := t.change.Renew(left, ids); err != nil {
		return nil, err
	}
	return again()
}

// keptLate are those of the ids of the log that are of late rows: two for each relation, which are its last. How many there are is not written down, but what has been computed
// under them is (flow.Form). known is false if there may be others.
func (t *tables) keptLate(late []flow.Late, ids []catalog.ID) (kept []catalog.ID, known bool) {
	if len(ids) < t.own {
		return nil, false
	}
	form, known := dataflow.KeptForm(t.contents, flow.RelationID(t.object.ID))
	if !known {
		return nil, len(late) == 0
	}
	was := slices.Clone(late)
	for n := 0; n <= len(late) && t.own+2*n <= len(ids); n++ {
		kept = ids[len(ids)-2*n:]
		for i := range n {
			was[i].Relation = flow.RelationID(kept[2*i])
		}
		if flow.HasLate(form, was[:n]) {
			return kept, true
		}
	}
	return nil, false
}
