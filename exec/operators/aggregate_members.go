package operators

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// members are the values that DISTINCT calls count where rows are never taken back, of the groups of a window: it matters only which filters
// a value has passed, a bit for each. So a value that comes again changes nothing, and what is new is counted at once.
//
// Integers are in pairs; other values in entries, whose key is the address of the group and that of the value. What comes to a group in a tick is a
// piece: of each value its multiset, its new bits, and the value; an integer as the difference to the one before, other values without what
// their keys begin with in common. The last pieces of a group are stored with it, so that most ticks write nothing more than the group, which
// has changed anyway; when they have become long they move into an entry of a state table, one for all multisets of the aggregate:
//
//	[bound] keys, epoch -> pieces, each with its length
type members struct {
	entries *state.Map
	pairs   *state.PairBits
}

// memberScratch is the memory of a multiset that has members.
type memberScratch struct {
	masks   []uint64 // of rows, the filters that they pass and that their values are new to
	numbers []int32  // of rows, in the batch
	entries []unsafe.Pointer
	groups  []unsafe.Pointer
	ints    []int64
	sel     []int32
}

// cameValue is a new value of a group, until it is stored at the end of the tick.
type cameValue struct {
	entry unsafe.Pointer // nil: value is it
	value int64
	bits  uint64
	set   int32
	next  int32 // 1 + the place of the one before it of the same group, 0 for none
}

func (a *aggregate) newMembers(s *multiset) *members {
	if s.ints {
		return &members{pairs: state.NewPairBits(a.env.Pool, a.env.Owner)}
	}
	return &members{entries: state.NewMap(a.env.Pool, a.env.Owner, 1)}
}

func (m *members) reset() {
	if m.pairs != nil {
		m.pairs.Reset()
		return
	}
	m.entries.Reset()
}

// asInts tells whether the values are single integers whose bits fit into pairs.
func (s *multiset) asInts() bool {
	return len(s.cols) == 1 && len(s.types) == 1 && s.types[0].Kind() == types.Int64 && !s.NullCall && len(s.Filters) <= state.PairBitsMax
}

// join adds the values of the rows of a batch that sel lists (nil: all) to their groups, and counts those that are new.
func (a *aggregate) join(s *multiset, w *window, b *batch.Batch, sel []int32, rows []unsafe.Pointer) error {
	m := &s.member
	s.pass(b, a.counting(b, -1, s.Args, s.NullCall, sel))
	m.groups = m.groups[:0]
	for _, i := range m.numbers {
		m.groups = append(m.groups, rows[i])
	}
	if err := s.find(w.members[s.place], b); err != nil {
		return err
	}
	n := 0 // those that are new to a filter
	for k, mask := range m.masks {
		if mask == 0 {
			continue
		}
		v := cameValue{bits: mask, set: int32(s.place)}
		if s.ints {
			v.value = m.ints[k]
		} else {
			v.entry = m.entries[k]
		}
		a.noteCame(m.groups[k], v)
		m.masks[n], m.numbers[n] = mask, m.numbers[k]
		n++
	}
	return s.count(w, b, rows, m.masks[:n], m.numbers[:n])
}

// pass lists the rows of a batch that pass a filter, of those that sel lists (nil: all), with the filters that they pass.
func (s *multiset) pass(b *batch.Batch, sel []int32) {
	m := &s.member
	m.numbers = append(m.numbers[:0], sel...)
	if sel == nil {
		for i := range b.Len() {
			m.numbers = append(m.numbers, int32(i))
		}
	}
	m.masks = slices.Grow(m.masks[:0], len(m.numbers))[:len(m.numbers)]
	clear(m.masks)
	for f, col := range s.Filters {
		bit := uint64(1) << f
		if col < 0 {
			for k := range m.masks {
				m.masks[k] |= bit
			}
			continue
		}
		v := &b.Cols[col]
		nulls := v.HasNulls()
		for k, i := range m.numbers {
			if v.Bools[i] && (!nulls || !v.IsNull(int(i))) {
				m.masks[k] |= bit
			}
		}
	}
	n := 0
	for k, mask := range m.masks {
		if mask != 0 {
			m.masks[n], m.numbers[n] = mask, m.numbers[k]
			n++
		}
	}
	m.masks, m.numbers = m.masks[:n], m.numbers[:n]
}

// find finds the values of the listed rows, and leaves in masks the filters that they are new to.
func (s *multiset) find(in *members, b *batch.Batch) error {
	m := &s.member
	if s.ints {
		m.ints = m.ints[:0]
		values := b.Cols[s.cols[0]].Ints
		for _, i := range m.numbers {
			m.ints = append(m.ints, values[i])
		}
		return in.pairs.Add(m.groups, m.ints, m.masks)
	}
	s.from.Reset()
	for k, i := range m.numbers {
		s.from.Data = s.equal.AppendRow(appendGroupAddress(s.from.Data, m.groups[k]), b, s.cols, int(i))
		s.from.End()
	}
	for len(m.entries) < len(m.numbers) {
		m.entries = append(m.entries, nil)
	}
	if err := in.entries.PutKeys(&s.from, nil, m.entries[:len(m.numbers)]); err != nil {
		return err
	}
	for k := range m.masks {
		bits := state.Word(m.entries[k], 0)
		m.masks[k] &^= *bits
		*bits |= m.masks[k]
	}
	return nil
}

// count adds rows whose values are new to some filters to the states of the calls.
func (s *multiset) count(w *window, b *batch.Batch, rows []unsafe.Pointer, came []uint64, numbers []int32) error {
	for _, st := range s.states {
		bit := uint64(1) << st.filterAt
		sel := s.member.sel[:0]
		for k, i := range numbers {
			if came[k]&bit != 0 {
				sel = append(sel, i)
			}
		}
		if s.member.sel = sel; len(sel) == 0 {
			continue
		}
		u := &st.update
		for n, col := range st.args {
			u.Args[n] = &b.Cols[col]
		}
		u.Groups, u.Offset, u.Diffs, u.Sel, u.Blobs = rows, st.offset, nil, sel, w.groups.Blobs
		if err := st.Update(u); err != nil {
			return err
		}
	}
	return nil
}

// noteCame puts a value before those that have come to its group in the tick.
func (a *aggregate) noteCame(group unsafe.Pointer, v cameValue) {
	if a.env.OneShot {
		return
	}
	head := state.Word(group, a.cameWord)
	v.next = int32(*head)
	a.came = append(a.came, v)
	*head = uint64(len(a.came))
}

// piecesBytes is how long the pieces are that are stored with a group: they are written again with each change of the group, which must not cost more than
// an entry now and then.
var piecesBytes = 128

// storeCame stores what has come to the groups that the tick has touched, before they are stored themselves.
func (a *aggregate) storeCame(epoch uint64, watermark int64) error {
	if len(a.came) == 0 {
		return nil
	}
	for _, d := range a.dirty {
		head := state.Word(d.row, a.cameWord)
		first := int32(*head)
		*head = 0
		if first == 0 || !a.stores(d.w, watermark) {
			continue
		}
		blobs, ref := d.w.groups.Blobs, state.Word(d.row, a.piecesWord)
		a.piece = a.appendPiece(a.piece[:0], d.w, first)
		a.pieces = binary.AppendUvarint(append(a.pieces[:0], blobs.Get(*ref)...), uint64(len(a.piece)))
		a.pieces = append(a.pieces, a.piece...)
		if len(a.pieces) > piecesBytes {
			a.buf = a.keys.appendKey(append(a.buf[:0], d.w.prefix...), d.w.groups, d.row)
			a.buf = binary.AppendUvarint(a.buf, epoch)
			a.cameTable.Put(a.buf, a.pieces)
			blobs.Free(*ref)
			*ref = 0
			continue
		}
		var err error
		if *ref, err = blobs.Set(*ref, a.pieces); err != nil {
			return err
		}
	}
	a.came = a.came[:0]
	return nil
}

// appendPiece appends the values that have come to a group, from one on.
func (a *aggregate) appendPiece(dst []byte, w *window, first int32) []byte {
	set, before, last := int32(-1), int64(0), []byte(nil)
	for n := first; n != 0; {
		v := &a.came[n-1]
		if v.set != set {
			set, before, last = v.set, 0, nil
		}
		dst = binary.AppendUvarint(dst, uint64(v.set))
		dst = binary.AppendUvarint(dst, v.bits)
		if v.entry == nil {
			dst = binary.AppendVarint(dst, v.value-before)
			before = v.value
		} else {
			k := w.members[set].entries.Key(v.entry)[groupAddressBytes:]
			common := commonLength(last, k)
			dst = binary.AppendUvarint(dst, uint64(common))
			dst = binary.AppendUvarint(dst, uint64(len(k)-common))
			dst = append(dst, k[common:]...)
			last = k
		}
		n = v.next
	}
	return dst
}

func commonLength(x, y []byte) int {
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

// loadMembers reads the values of a group that has been read itself.
func (a *aggregate) loadMembers(w *window, row unsafe.Pointer) error {
	if a.cameTable == nil {
		return nil
	}
	if err := a.decodePieces(w, row, w.groups.Blobs.Get(*state.Word(row, a.piecesWord))); err != nil {
		return err
	}
	c, err := a.cameTable.Scan(state.Prefix(a.keys.appendKey(append(a.buf[:0], w.prefix...), w.groups, row)))
	if err != nil {
		return err
	}
	return a.eachStored(c, func(_, value []byte) error { return a.decodePieces(w, row, value) })
}

func (a *aggregate) decodePieces(w *window, row unsafe.Pointer, b []byte) error {
	for len(b) > 0 {
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			return errCutOff()
		}
		if err := a.decodePiece(w, row, b[n:n+int(length)]); err != nil {
			return err
		}
		b = b[n+int(length):]
	}
	return nil
}

// decodePiece adds stored values to a group.
func (a *aggregate) decodePiece(w *window, row unsafe.Pointer, b []byte) error {
	set, before := -1, int64(0)
	last := appendGroupAddress(nil, row)
	for len(b) > 0 {
		of, n := binary.Uvarint(b)
		bits, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || of >= uint64(len(a.sets)) || w.members[of] == nil {
			return errCutOff()
		}
		if b = b[n+m:]; int(of) != set {
			set, before, last = int(of), 0, last[:groupAddressBytes]
		}
		in := w.members[set]
		if in.pairs != nil {
			step, n := binary.Varint(b)
			if n <= 0 {
				return errCutOff()
			}
			b, before = b[n:], before+step
			if err := in.pairs.Add([]unsafe.Pointer{row}, []int64{before}, []uint64{bits}); err != nil {
				return err
			}
			continue
		}
		common, n := binary.Uvarint(b)
		length, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || common > uint64(len(last)-groupAddressBytes) || length > uint64(len(b)-n-m) {
			return errCutOff()
		}
		last = append(last[:groupAddressBytes+int(common)], b[n+m:n+m+int(length)]...)
		b = b[n+m+int(length):]
		entry, err := in.entries.PutKey(last)
		if err != nil {
			return err
		}
		*state.Word(entry, 0) |= bits
	}
	return nil
}
