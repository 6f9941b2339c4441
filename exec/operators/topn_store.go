package operators

import (
	"encoding/binary"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// The table of a top-N has an entry for each row that is kept: its key is the partition and a number that the row has there, its value how often
// the row is there, and the row. A row that comes takes the number of one that has gone in the same tick: of a partition whose rows are only
// turned out by others, an entry is written in place, and none is deleted.
//
// A top-N of which all that it must remember becomes the rows of a view has no table of its own, but reads that of the view (flow.TopN.View).

// storeTick notes the rows that the tick has changed, and drops those that are gone.
func (n *topN) storeTick(watermark int64) {
	for i, d := range n.dirty {
		if d.row == 0 {
			continue
		}
		p := n.rows.at(d.row)
		*word(p, topMark) = 0
		count := int64(*word(p, topTimes))
		invariants.Assertf(count >= 0, "a row is there %d times", count)
		if count != 0 {
			continue
		}
		if d.was != 0 && n.stored(d.part, watermark) {
			free := state.Word(d.part, partFree)
			n.freed = append(n.freed, freeSlot{*word(p, topSlot), *free})
			*free = uint64(len(n.freed))
		}
		block, at, found := n.search(d.part, d.row)
		invariants.Assertf(found, "a row is not where it belongs")
		n.cut(d.part, block, at)
		n.rows.remove(d.row)
		n.dirty[i].row = 0
	}
	for _, d := range n.dirty {
		if d.row == 0 || !n.stored(d.part, watermark) {
			continue
		}
		p := n.rows.at(d.row)
		if d.was == 0 {
			*word(p, topSlot) = n.newSlot(d.part)
		}
		if count := int64(*word(p, topTimes)); count != d.was {
			n.note(d.part, d.row, count)
		}
	}
	n.dirty = n.dirty[:0]
	for _, part := range n.touched {
		*state.Flags(part) &^= partTouched
		if n.spec.View == nil {
			n.deleteFreed(part)
		}
		n.noteEmpty(part)
	}
	n.touched, n.freed = n.touched[:0], n.freed[:0]
}

// stored tells that rows of a partition are to be in a table of the operator: not those that expire now.
func (n *topN) stored(part unsafe.Pointer, watermark int64) bool {
	return !n.env.OneShot && n.spec.View == nil && (n.bounder == nil || int64(*state.Word(part, partBound)) > watermark)
}

// newSlot is a number for a row of a partition.
func (n *topN) newSlot(part unsafe.Pointer) uint64 {
	if free := state.Word(part, partFree); *free != 0 {
		f := n.freed[*free-1]
		*free = f.next
		return f.slot
	}
	slots := state.Word(part, partSlots)
	*slots++
	return *slots - 1
}

// deleteFreed tells the table of the numbers that no row has taken over.
func (n *topN) deleteFreed(part unsafe.Pointer) {
	l, free := &n.load, state.Word(part, partFree)
	for *free != 0 {
		f := n.freed[*free-1]
		*free = f.next
		l.key = binary.AppendUvarint(n.appendPart(l.key[:0], part), f.slot)
		n.table.Delete(l.key)
	}
}

// note tells the table of a row.
func (n *topN) note(part unsafe.Pointer, r ref, count int64) {
	l := &n.load
	l.key = binary.AppendUvarint(n.appendPart(l.key[:0], part), *word(n.rows.at(r), topSlot))
	l.value = n.rows.appendState(binary.AppendVarint(l.value[:0], count), r)
	n.table.Put(l.key, l.value)
}

// appendPart appends what the keys of a partition's rows begin with.
func (n *topN) appendPart(dst []byte, part unsafe.Pointer) []byte {
	if n.bounder != nil {
		dst = key.AppendBound(dst, int64(*state.Word(part, partBound)))
	}
	if !n.ints {
		return append(dst, n.parts.Key(part)...)
	}
	k, null := state.IntKey(part)
	n.load.one[0] = types.IntValue(k)
	n.load.one[0].Null = null
	return n.partKey.AppendValues(dst, n.load.one[:]...)
}
