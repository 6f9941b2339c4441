package operators

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// topLoad is how far the rows of a top-N have been read back after a restart: those of a partition when a change of it comes, and some more in
// every tick. A table whose keys begin with bounds is read whole at once.
type topLoad struct {
	started, complete bool

	next    []byte
	missing []unsafe.Pointer
	run     state.Run
	row     *batch.Batch
	abbrev  []uint64
	vecs    []*batch.Vec
	sel     []int32

	key, value []byte
	prefix     []byte
	one        [1]types.Value

	// Of a top-N whose rows are those of a view: kinds are those of the view's columns, number takes the number of the row that was decoded, if the
	// view has it.
	kinds  []types.Kind
	number batch.Vec
}

func (n *topN) start() error {
	l := &n.load
	if l.started {
		return nil
	}
	l.started = true
	if l.complete = n.env.OneShot || n.table.Fresh(); l.complete && n.decided == nil && !n.brief.on {
		return nil
	}
	l.row = batch.New(n.spec.Columns...)
	if n.spec.View != nil {
		l.readView(n.spec)
	} else {
		for c := range l.row.Cols {
			l.vecs = append(l.vecs, &l.row.Cols[c])
		}
	}
	for n.bounder != nil && !l.complete {
		if err := n.readOn(); err != nil {
			return err
		}
	}
	return nil
}

// readView prepares for the rows of a view.
func (l *topLoad) readView(spec *flow.TopN) {
	l.number = batch.NewVec(types.Of(types.OIDInt8))
	for i, c := range spec.View {
		var v *batch.Vec
		kind := l.number.Kind()
		if c < len(spec.Columns) {
			v, kind = &l.row.Cols[c], spec.Columns[c].Kind()
		} else {
			v = &l.number
		}
		if slices.Index(spec.View, c) < i { // the view has the column twice
			v = nil
		}
		l.vecs, l.kinds = append(l.vecs, v), append(l.kinds, kind)
	}
}

// read fetches the partitions of a batch that are not in memory.
func (n *topN) read() error {
	l := &n.load
	if l.complete && !n.resting {
		return nil
	}
	l.missing = l.missing[:0]
	n.brief.watched = n.resting && n.env.View != nil && n.env.View.Watched()
	for i, part := range n.found {
		flags := state.Flags(part)
		if *flags&partBrief != 0 {
			if !n.needsRow(part, i) {
				continue
			}
			*flags &^= partBrief
		}
		if *flags&partRests != 0 || !l.complete && *flags&partRead == 0 {
			*flags = *flags&^partRests | partRead
			l.missing = append(l.missing, part)
		}
	}
	slices.SortFunc(l.missing, n.compareParts)
	for _, part := range l.missing {
		l.key = n.appendPart(l.key[:0], part)
		err := scanTable(n.table, state.Prefix(l.key), &l.run, func(k, value []byte) error {
			count, err := n.decode(value)
			if err != nil {
				return err
			}
			return n.restore(part, k, count)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readOn reads some more rows that nobody has asked for.
func (n *topN) readOn() (err error) {
	l := &n.load
	if l.complete {
		return nil
	}
	var more bool
	l.next, more, err = scanChunk(n.table, l.next, &l.run, func(k, value []byte) error {
		bound := int64(neverBound)
		if n.bounder != nil {
			var ok bool
			if bound, _, ok = key.BoundOf(k); !ok {
				return invariants.Errorf("a key of a top-N is cut off")
			}
			if bound <= n.closed {
				return nil
			}
		}
		count, err := n.decode(value)
		if err != nil {
			return err
		}
		if n.env.Owns != nil {
			if l.sel = n.env.Owns(0, l.row, l.sel[:0]); len(l.sel) == 0 {
				return nil
			}
		}
		if err := n.findParts(l.row); err != nil {
			return err
		}
		part := n.found[0]
		flags := *state.Flags(part)
		if flags&partRead != 0 {
			return nil
		}
		if n.brief.on {
			n.briefAtOnce(part)
			return nil
		}
		if rests, err := n.restsAtOnce(part); rests || err != nil {
			return err
		}
		if n.bounder != nil && flags&partBegun == 0 {
			n.begin(part, bound)
		}
		return n.restore(part, k, count)
	})
	l.complete = !more
	return err
}

// decode reads a row of the table.
func (n *topN) decode(value []byte) (count int64, err error) {
	l := &n.load
	l.row.Reset()
	kinds, size := l.kinds, 0
	if n.spec.View != nil {
		l.number.Reset()
		count = 1
	} else {
		kinds = n.rows.kinds
		if count, size = binary.Varint(value); size <= 0 {
			return 0, invariants.Errorf("a row of a top-N has no count")
		}
	}
	rest, err := state.DecodeRow(l.vecs, kinds, value[size:])
	if err != nil {
		return 0, err
	}
	if len(rest) > 0 {
		return 0, invariants.Errorf("a row of a top-N has %d bytes too many", len(rest))
	}
	l.row.SetLen(1)
	return count, nil
}

// slot is the number of the row that was decoded: that of its key in the table, or in the view.
func (n *topN) slot(part unsafe.Pointer, k []byte) (uint64, error) {
	if n.spec.View != nil {
		if n.spec.Limit == 1 {
			return 1, nil
		}
		return uint64(n.load.number.Ints[0]), nil
	}
	n.load.prefix = n.appendPart(n.load.prefix[:0], part)
	slot, size := binary.Uvarint(k[len(n.load.prefix):])
	if size <= 0 {
		return 0, invariants.Errorf("a key of a top-N is cut off")
	}
	return slot, nil
}

// restore puts the row that was decoded into a partition, if it is not there.
func (n *topN) restore(part unsafe.Pointer, k []byte, count int64) error {
	slot, err := n.slot(part, k)
	if err != nil {
		return err
	}
	r, err := n.rows.put(n.load.row, n.cols, 0)
	if err != nil {
		return err
	}
	block, at, found := n.search(part, r)
	if found {
		n.rows.remove(r)
		if n.spec.View != nil {
			n.restoreCopy(n.block(part, block)[at], slot)
		}
		return nil
	}
	p := n.rows.at(r)
	*word(p, topTimes), *word(p, topSlot) = uint64(count), slot
	if n.spec.View == nil {
		slots := state.Word(part, partSlots)
		*slots = max(*slots, slot+1)
	}
	return n.insert(part, block, at, r)
}

// restoreCopy counts a row of the view that is the same as one that is there, whose slot is the number of the first copy: their numbers follow on each
// other. One that has been counted may come again.
func (n *topN) restoreCopy(r ref, number uint64) {
	p := n.rows.at(r)
	if times := word(p, topTimes); number == *word(p, topSlot)+*times {
		*times++
	}
}

// noteEmpty lists a partition that has become empty. Those with a bound go when it is reached.
func (n *topN) noteEmpty(part unsafe.Pointer) {
	if flags := state.Flags(part); n.bounder == nil && *flags&partEmpty == 0 && n.blocks(part) == 0 {
		*flags |= partEmpty
		n.empty = append(n.empty, part)
	}
}

// forget drops partitions that are empty. One whose rows went in this tick stays for one more if the table is read: it may not know yet.
func (n *topN) forget() {
	drop := n.emptied
	if n.load.complete {
		drop = len(n.empty)
	}
	for _, part := range n.empty[:drop] {
		if *state.Flags(part) &^= partEmpty; n.blocks(part) == 0 {
			n.parts.Delete(part, n.ints)
		}
	}
	n.empty = slices.Delete(n.empty, 0, drop)
	n.emptied = len(n.empty)
}
