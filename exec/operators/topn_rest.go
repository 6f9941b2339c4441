package operators

import (
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/storage/state"
)

// A partition of a top-N that has its state in its view leaves memory when no more rows of it are expected (flow.TopN.Decided): its key stays, so that what is not
// there is known to be new, and its rows are read back from the view if one comes after all.

// restSpan is to what its multiples the times are rounded up at which partitions rest: about a second. Many rest together.
const restSpan = 1 << 20 // microseconds

// coarse is a bound as partitions are listed by it.
func (n *topN) coarse(bound int64) int64 {
	if n.decided == nil {
		return bound
	}
	return bound | (restSpan - 1)
}

// rest lets the partitions leave that were decided at the end of the tick before. What is read back is that of an epoch that may be one behind: a partition that this tick
// has changed stays until the time goes on.
func (n *topN) rest() {
	if n.decided == nil || n.closed == op.NoWatermark {
		return
	}
	for len(n.times) > 0 && n.times[0].at <= n.closed {
		bound, _ := n.times.pop()
		part := n.ends[bound]
		delete(n.ends, bound)
		for part != nil {
			next := *(*unsafe.Pointer)(unsafe.Pointer(state.Word(part, partNext)))
			if *state.Flags(part)&partTouched != 0 {
				n.begin(part, n.coarse(n.closed+1))
			} else {
				n.letGo(part)
			}
			part = next
		}
	}
}

// letGo frees the rows of a partition.
func (n *topN) letGo(part unsafe.Pointer) {
	flags := state.Flags(part)
	if *flags&partBrief != 0 {
		*flags &^= partBegun
		return
	}
	n.clearPart(part)
	*state.Word(part, partWorst), *state.Word(part, partLast) = 0, 0
	*flags = *flags&^(partFull|partBegun) | partRests | partRead
	n.resting = true
}

// clearPart frees the rows of a partition, all of them.
func (n *topN) clearPart(part unsafe.Pointer) {
	for n.blocks(part) > 0 {
		last := n.blocks(part) - 1
		rows := n.block(part, last)
		r := rows[len(rows)-1]
		n.cut(part, last, len(rows)-1)
		n.rows.remove(r)
	}
}

// restsAtOnce tells that the row that was decoded after a restart need not be in memory, and notes its partition, if none of its rows is there.
func (n *topN) restsAtOnce(part unsafe.Pointer) (bool, error) {
	if n.decided == nil {
		return false, nil
	}
	if err := n.decided.compute(n.load.row); err != nil {
		return false, err
	}
	bound, flags := n.coarse(n.decided.bounds[0]), state.Flags(part)
	if bound <= n.closed && n.blocks(part) == 0 {
		*flags |= partRests | partRead
		n.resting = true
		return true, nil
	}
	if *flags&partBegun == 0 {
		n.begin(part, bound)
	}
	return false, nil
}
