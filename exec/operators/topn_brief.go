package operators

import (
	"unsafe"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/state"
)

// briefly is how a rank of one row, whose rows are those of a view, keeps its partitions: only the first eight bytes by which the row of each is ordered. They tell
// nearly always whether a row that comes is behind that of the view, or takes its place. Where they are the same, or somebody wants to know which row has lost
// its place, the row is read back. So what is in memory beside the keys is what has come in the tick.
type briefly struct {
	on bool
	// alone tells that all rows in memory have come in this tick, or were read back in it.
	alone bool
	// watched tells that somebody wants the rows that lose their places in this tick.
	watched bool
	// rows is how many rows were let go, ties how many of them had to be read back for one that begins with the same bytes.
	rows, ties int
}

// tooManyTies is one in how many rows may be read back: each takes some hundred times as long as one that is told from that in the view.
const tooManyTies = 64

func (n *topN) mayBeBrief() bool {
	s := n.spec
	return s.View != nil && n.env.View != nil && !n.env.OneShot && s.AppendOnly && !s.Rising && s.Kind == flow.RowNumber &&
		n.from == 0 && n.to == 1 && len(s.Order) > 0
}

// letGoBriefly frees the rows of the tick, which it has written into the view, if partitions are kept briefly.
func (n *topN) letGoBriefly() bool {
	b := &n.brief
	b.on = b.on && b.ties <= b.rows/tooManyTies+1024
	if !b.on {
		return false
	}
	for _, part := range n.touched {
		if !b.alone || halves(part, partSpace)[1] != 0 {
			n.clearPart(part)
		}
		*state.Word(part, partList), *state.Word(part, partSpace), *state.Word(part, partLast) = 0, 0, 0
		flags := state.Flags(part)
		*flags = *flags&^(partFull|partTouched) | partRests | partRead | partBrief
	}
	if b.alone {
		n.rows.rewind()
	}
	b.rows += len(n.touched)
	n.resting = n.resting || len(n.touched) > 0
	n.touched, n.dirty = n.touched[:0], n.dirty[:0]
	return true
}

// needsRow tells that row i of the batch cannot be put into a partition without the row that this has in the view.
func (n *topN) needsRow(part unsafe.Pointer, i int) bool {
	worst := *state.Word(part, partWorst)
	if n.abbrev[i] == worst {
		n.brief.ties++
		return true
	}
	return n.abbrev[i] < worst && n.brief.watched
}

// briefAtOnce notes what the row that was decoded after a restart begins with.
func (n *topN) briefAtOnce(part unsafe.Pointer) {
	n.load.abbrev = n.order.abbreviate(n.load.abbrev[:0], n.load.row)
	*state.Word(part, partWorst) = n.load.abbrev[0]
	*state.Flags(part) |= partRests | partRead | partBrief
	n.resting = true
}
