package dataflow_test

import (
	"testing"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// TestStill: timers fire after ticks in which nothing was to be done, and ticks with nothing to do leave graphs alone.
func TestStill(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "id", "v")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	var b builder
	in := b.add(&flow.Clock{Every: 100, Size: 100}, tab.Columns, b.scan(&tab.Relation, nil))
	def, view := b.view(2, "v", 0, in)
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{def}})
	for _, row := range []string{"1 10", "2 20"} {
		w.mustWrite(tab, row)
		begun := w.now
		end := begun - begun%100 + 100
		seen := begun
		for _, now := range []int64{begun, begun + 1, end - 1, end, end + 1, end + 100, end + 250} {
			w.now = now
			w.step()
			if now == end {
				seen = end // the window that was open closes, and no other has been opened
			}
			if g := status(w, view.ID); g.Watermark != seen {
				t.Errorf("%d after the beginning and %d after the window's end the time of the view is %d, not %d", now-begun, now-end, g.Watermark, seen)
			}
		}
		w.restart()
	}
}
