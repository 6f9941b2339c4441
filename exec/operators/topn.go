package operators

import (
	"bytes"
	"cmp"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// topN numbers the rows of each partition in an order and lets those with wanted numbers pass. It keeps all rows of a partition in order, or, if
// rows are never taken back, those with the first numbers. At the end of a tick it walks once over the first rows of each partition that has
// changed and sees both what they were before the tick and what they are: the difference goes out.
type topN struct {
	spec     *flow.TopN
	env      Env
	table    *state.Table
	rows     *rowStore // head: multiplicity; 1 + the place in dirty; number in the table
	order    *rowOrder
	parts    *state.Map
	ints     bool // the partition is one integer
	cols     []int
	bounder  *bounder
	decided  *bounder // when partitions leave memory; nil: they stay
	resting  bool     // some partition has left
	brief    briefly
	onClose  bool
	bounded  bool // only the first rows are kept
	from, to int64
	bigs     [][]listBlock
	freeBigs []uint32

	found  []unsafe.Pointer
	sel    []int32
	copied []ref // rows of the batch that are not in their partitions yet
	keys   key.Keys
	abbrev []uint64
	dirty  []topRow
	// touched are the partitions that the tick has changed.
	touched []unsafe.Pointer
	empty   []unsafe.Pointer // as in a join
	emptied int
	closed  int64
	// ends are the partitions by their bound; times are their keys, the earliest first.
	ends  map[int64]unsafe.Pointer
	times spanHeap

	partKey *key.Encoder
	freed   []freeSlot
	walk    topWalk
	// walker goes over the partitions that have changed: walk, or that of another operator that keeps rows in this way.
	walker partWalker
	load   topLoad
}

// partWalker emits how what it computes of a partition has changed. fresh tells that nothing of the partition was emitted before.
type partWalker interface {
	begin(emit op.Emit)
	part(part unsafe.Pointer, fresh bool) error
	flush() error
}

// topRow is a row that the tick has changed, and how often it was there before; 0 for row means that it is gone already.
type topRow struct {
	part unsafe.Pointer
	row  ref
	was  int64
}

// The words of a partition.
const (
	partList  = iota // the block of a small list, or its only row, and how many rows it has
	partSpace        // how many the block has room for, 0 for the only row; 1 + the place in bigs of a large list
	partWorst        // the abbreviation of the last wanted row, if the partition is full
	partLast         // that row
	viewWords        // a partition whose rows are those of a view has no more
)

const (
	partBound = iota + viewWords
	partNext  // the next partition of the same bound
	restWords // a partition whose rows are those of a view and that leaves memory has no more
)

const (
	partSlots = iota + restWords // how many numbers its rows have been given in the table
	partFree                     // 1 + the place in freed of a number that the tick has no row for any more
	partWords
)

// The flags of a partition.
const (
	partRead = 1 << iota
	partTouched
	partEmpty
	partFull  // a row behind partLast is not wanted
	partBegun // it has a bound
	partRests // its rows are not in memory, but in the view
	partBrief // partWorst is known nevertheless
)

const (
	topTimes = iota
	topMark
	topSlot
	topHead
)

// freeSlot is a number in the table whose row has gone in this tick, and 1 + the place of another one of the same partition.
type freeSlot struct{ slot, next uint64 }

func newTopN(spec *flow.TopN, env Env) *topN {
	n := &topN{
		spec: spec, env: env, table: env.Tables[spec.Table], cols: identity(len(spec.Columns)), from: spec.Offset, to: noLimit,
		onClose: spec.OnClose && !env.OneShot, closed: env.closed(), ends: map[int64]unsafe.Pointer{}, sel: make([]int32, 0, batch.Rows),
	}
	if spec.Limit >= 0 {
		n.to = spec.Offset + spec.Limit
	}
	n.bounded = (spec.AppendOnly || spec.Rising) && n.to != noLimit
	n.rows = newRowStore(env.Pool, env.Owner, spec.Columns, topHead)
	n.order = newRowOrder(n.rows, spec.Columns, spec.Order)
	words := partWords
	if spec.View != nil {
		words = viewWords
		if spec.Decided != nil {
			words = restWords
		}
	}
	n.parts = state.NewMap(env.Pool, env.Owner, words)
	n.ints = len(spec.Partition) == 1 && spec.Columns[spec.Partition[0]].Kind() == types.Int64
	var partition []key.Column
	for _, c := range spec.Partition {
		partition = append(partition, key.Asc(spec.Columns[c]))
	}
	n.partKey = key.NewEncoder(partition...)
	if spec.Bound != nil && !env.OneShot {
		n.bounder = newBounder(&n.env, spec.Bound, spec.Late, spec.Columns)
	}
	if spec.View != nil && spec.Decided != nil {
		n.decided = newBounder(&n.env, spec.Decided, -1, spec.Columns)
	}
	n.brief.on = n.mayBeBrief()
	n.brief.alone = true
	n.walk.init(n)
	n.walker = &n.walk
	return n
}

func (n *topN) Push(_ int, b *batch.Batch, _ op.Emit) error {
	if err := n.start(); err != nil {
		return err
	}
	var bounds []int64
	if n.bounder != nil {
		var err error
		if b, bounds, err = n.bounder.split(b, n.closed); err != nil {
			return err
		}
	}
	if b.Len() == 0 || n.to <= n.from {
		return nil
	}
	if n.decided != nil {
		if err := n.decided.compute(b); err != nil {
			return err
		}
		bounds = n.decided.bounds
	}
	if err := n.findParts(b); err != nil {
		return err
	}
	n.abbrev = n.order.abbreviate(n.abbrev[:0], b)
	if err := n.read(); err != nil {
		return err
	}
	for from := 0; from < len(n.found); from += putAtOnce {
		if err := n.pushSome(b, from, min(from+putAtOnce, len(n.found)), bounds); err != nil {
			return err
		}
	}
	return nil
}

// putAtOnce is how many rows are copied at once: so few that they fit the first cache.
const putAtOnce = 64

// pushSome adds those of the rows [from, to) of b to their partitions that may be wanted.
func (n *topN) pushSome(b *batch.Batch, from, to int, bounds []int64) (err error) {
	n.sel = n.sel[:0]
	for i := from; i < to; i++ {
		part := n.found[i]
		if bounds != nil && *state.Flags(part)&partBegun == 0 {
			n.begin(part, n.coarse(bounds[i]))
		}
		if !n.behind(part, i) {
			*state.Flags(part) &^= partRests | partBrief // it is before the row that is in the view
			n.sel = append(n.sel, int32(i))
		}
	}
	if n.copied, err = n.rows.putRows(n.copied[:0], b, n.cols, n.sel); err != nil {
		return err
	}
	for k, i := range n.sel {
		if err := n.change(n.found[i], n.copied[k], b.DiffAt(int(i))); err != nil {
			return err
		}
	}
	return nil
}

// behind tells that row i of the batch is certainly behind the last wanted one of its partition.
func (n *topN) behind(part unsafe.Pointer, i int) bool {
	return n.bounded && *state.Flags(part)&(partFull|partBrief) != 0 && n.abbrev[i] > *state.Word(part, partWorst)
}

// change adds a row, which is in the store already, to its partition.
func (n *topN) change(part unsafe.Pointer, r ref, diff int64) error {
	if n.bounded {
		if diff < 0 {
			n.takeBack(part, r)
			return nil
		}
		if *state.Flags(part)&partFull != 0 && n.beyond(r, ref(*state.Word(part, partLast))) {
			n.rows.remove(r)
			return nil
		}
	}
	block, at, found := n.search(part, r)
	if found {
		n.rows.remove(r)
		r = n.block(part, block)[at]
	} else if err := n.insert(part, block, at, r); err != nil {
		return err
	}
	n.mark(part, r)
	*word(n.rows.at(r), topTimes) += uint64(diff)
	if n.bounded {
		n.trim(part)
	}
	return nil
}

// takeBack takes a row back, of an input that puts another in its place (flow.TopN.Rising). r is the row as it came. It is not there
// if it was never among the first, or has been turned out.
func (n *topN) takeBack(part unsafe.Pointer, r ref) {
	invariants.Assertf(n.spec.Rising, "a row is taken back from an input that has only new ones")
	block, at, found := n.search(part, r)
	n.rows.remove(r)
	if !found {
		return
	}
	kept := n.block(part, block)[at]
	times := word(n.rows.at(kept), topTimes)
	if *times == 0 {
		return
	}
	n.mark(part, kept)
	*times--
	if kept == ref(*state.Word(part, partLast)) {
		*state.Flags(part) &^= partFull
	}
}

// beyond tells that a row comes after the last wanted one, and is not wanted.
func (n *topN) beyond(r, last ref) bool {
	if n.spec.Kind == flow.RowNumber {
		return n.order.compare(r, last) > 0
	}
	return n.order.compareOrder(r, last) > 0
}

// mark notes what a row is before the tick changes it.
func (n *topN) mark(part unsafe.Pointer, r ref) {
	if flags := state.Flags(part); *flags&partTouched == 0 {
		*flags |= partTouched
		n.touched = append(n.touched, part)
	}
	p := n.rows.at(r)
	if *word(p, topMark) != 0 {
		return
	}
	n.dirty = append(n.dirty, topRow{part, r, int64(*word(p, topTimes))})
	*word(p, topMark) = uint64(len(n.dirty))
}

// wasCount is how often a row was there before the tick.
func (n *topN) wasCount(p unsafe.Pointer) int64 {
	if mark := *word(p, topMark); mark != 0 {
		return n.dirty[mark-1].was
	}
	return int64(*word(p, topTimes))
}

// trim now and then takes away what a partition of which only the first rows are kept has too many: when it has a quarter more than
// needed, or, where equal rows make that more rows than numbers, whenever it has doubled.
func (n *topN) trim(part unsafe.Pointer) {
	size := n.size(part)
	doubled := size&(size-1) == 0
	if *state.Flags(part)&partFull != 0 {
		if size > n.to+n.to/4 && (doubled || size <= 2*n.to+minBlock) {
			n.trimNow(part)
		}
	} else if size == n.to || size > n.to && doubled {
		n.trimNow(part)
	}
}

// trimNow looks for the last wanted row of a partition and takes those behind it away.
func (n *topN) trimNow(part unsafe.Pointer) {
	at, last, full := int64(0), ref(0), false
	for k := range n.blocks(part) {
		for _, r := range n.block(part, k) {
			count := int64(*word(n.rows.at(r), topTimes))
			switch {
			case count == 0: // it was turned out in this tick already
			case full:
				if n.beyond(r, last) {
					n.turnOut(part, r)
				}
			default:
				if n.spec.Kind != flow.DenseRank {
					at += count
				} else if last == 0 || n.order.compareOrder(last, r) != 0 {
					at++
				}
				last, full = r, at >= n.to
			}
		}
	}
	if full {
		*state.Flags(part) |= partFull
		*state.Word(part, partLast), *state.Word(part, partWorst) = uint64(last), n.order.abbreviateRow(last)
	}
	n.sweep(part)
}

// turnOut takes away a row that is not wanted any more. One that was there before the tick stays, with multiplicity 0, until that was emitted.
func (n *topN) turnOut(part unsafe.Pointer, r ref) {
	n.mark(part, r)
	*word(n.rows.at(r), topTimes) = 0
}

// sweep removes the rows of a partition that came and went in this tick.
func (n *topN) sweep(part unsafe.Pointer) {
	for k := n.blocks(part) - 1; k >= 0; k-- {
		for i := len(n.block(part, k)) - 1; i >= 0; i-- {
			r := n.block(part, k)[i]
			p := n.rows.at(r)
			if *word(p, topTimes) != 0 || n.wasCount(p) != 0 {
				continue
			}
			n.dirty[*word(p, topMark)-1].row = 0
			n.cut(part, k, i)
			n.rows.remove(r)
		}
	}
}

// begin gives a partition its bound.
func (n *topN) begin(part unsafe.Pointer, bound int64) {
	*state.Flags(part) |= partBegun
	*state.Word(part, partBound) = uint64(bound)
	next, ok := n.ends[bound]
	if !ok {
		n.times.push(bound, struct{}{})
	}
	*state.Word(part, partNext) = uint64(uintptr(next)) // not of the Go heap, and does not move
	n.ends[bound] = part
}

// findParts sets found to the partitions of the rows of a batch, which are added if they are not there.
func (n *topN) findParts(b *batch.Batch) error {
	rows := b.Len()
	n.found = slices.Grow(n.found[:0], rows)[:rows]
	if !n.ints {
		n.keys.Reset()
		n.partKey.AppendBatch(&n.keys, b, n.spec.Partition)
		return n.parts.PutKeys(&n.keys, nil, n.found)
	}
	v := &b.Cols[n.spec.Partition[0]]
	if !v.HasNulls() {
		return n.parts.PutInts(v.Ints, nil, n.found)
	}
	n.sel = n.sel[:0]
	for i := range rows {
		if !v.IsNull(i) {
			n.sel = append(n.sel, int32(i))
			continue
		}
		part, err := n.parts.PutNull()
		if err != nil {
			return err
		}
		n.found[i] = part
	}
	return n.parts.PutInts(v.Ints, n.sel, n.found)
}

// compareParts orders partitions by their keys in the table.
func (n *topN) compareParts(a, b unsafe.Pointer) int {
	if !n.ints {
		return bytes.Compare(n.parts.Key(a), n.parts.Key(b))
	}
	x, xNull := state.IntKey(a)
	y, yNull := state.IntKey(b)
	if xNull != yNull {
		return cmp.Compare(boolWord(xNull), boolWord(yNull))
	}
	return cmp.Compare(x, y)
}
