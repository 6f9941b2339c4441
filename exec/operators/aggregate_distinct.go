package operators

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// distinctValues are the values that DISTINCT calls count where rows may be taken back, of the groups of a window: one entry for a group and
// value, whichever filters the calls have. Its key in memory is the address of the group and the key of the value; in the state table the
// keys of window and group come before that of the value instead.
//
// An entry is how often the value has passed each filter, then 1 + the entry's place in touched. A stored value is the counts as varints. Of
// values that are equal and look different, such as 1.0 and 1.00, the first counts for all: the bytes behind the key are a blob of the entry, its
// last word, and stand behind the key in the table.
type distinctValues struct {
	entries *state.Map
	// touched are the entries that the tick changes, and diffs their changes, as many words for each as it has.
	touched []touchedValue
	diffs   []int64
}

type touchedValue struct{ entry, group unsafe.Pointer }

// distinctScratch is what a multiset of distinct values has and the memory it uses again.
type distinctScratch struct {
	words int // of an entry, those that count
	// What a batch adds: the filters that rows pass, their numbers, and their entries.
	masks   []uint64
	numbers []int32
	entries []unsafe.Pointer
	// What has come and gone: groups, filters that the values in multiset.values are new to, and filters they are gone from.
	groups     []unsafe.Pointer
	came, went []uint64
	sel        []int32
	signs      []int64
}

const groupAddressBytes = 8

func (a *aggregate) newDistinct(s *multiset) *distinctValues {
	words := s.words + 1
	if s.bytes != nil {
		words++
	}
	return &distinctValues{entries: state.NewMap(a.env.Pool, a.env.Owner, words)}
}

// look is the word of an entry that refers to how the value looks.
func (s *multiset) look(entry unsafe.Pointer) *uint64 { return state.Word(entry, s.words+1) }

// keepLooks notes how the values of the listed rows look whose entries are new.
func (s *multiset) keepLooks(d *distinctValues, b *batch.Batch) error {
	if s.bytes == nil {
		return nil
	}
	cols := s.cols[len(s.equal.Columns()):]
	for k, i := range s.numbers {
		ref := s.look(s.entries[k])
		if *ref != 0 {
			continue
		}
		s.buf = s.bytes.AppendRow(s.buf[:0], b, cols, int(i))
		var err error
		if *ref, err = d.entries.Blobs.Set(0, s.buf); err != nil {
			return err
		}
	}
	return nil
}

// valueOf is the value of an entry as enc writes it, borrowed.
func (s *multiset) valueOf(d *distinctValues, entry unsafe.Pointer) []byte {
	k := d.entries.Key(entry)[groupAddressBytes:]
	if s.bytes == nil {
		return k
	}
	s.buf = append(append(s.buf[:0], k...), d.entries.Blobs.Get(*s.look(entry))...)
	return s.buf
}

// forget takes an entry away.
func (s *multiset) forget(d *distinctValues, entry unsafe.Pointer) {
	if s.bytes != nil {
		d.entries.Blobs.Free(*s.look(entry))
	}
	d.entries.Delete(entry, false)
}

// passed are the filters that a row passes.
func (s *multiset) passed(b *batch.Batch, i int) uint64 {
	mask := uint64(0)
	for f, col := range s.Filters {
		if col < 0 || b.Cols[col].Bools[i] && !b.Cols[col].IsNull(i) {
			mask |= 1 << f
		}
	}
	return mask
}

func appendGroupAddress(dst []byte, group unsafe.Pointer) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(uintptr(group)))
}

// gatherDistinct is gather for distinct values.
func (a *aggregate) gatherDistinct(s *multiset, w *window, b *batch.Batch, sel []int32, rows []unsafe.Pointer) error {
	sel = a.counting(b, -1, s.Args, s.NullCall, sel)
	n := len(sel)
	if sel == nil {
		n = b.Len()
	}
	s.from.Reset()
	s.masks, s.numbers = s.masks[:0], s.numbers[:0]
	for k := range n {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		mask := s.passed(b, i)
		if mask == 0 {
			continue
		}
		s.from.Data = s.equal.AppendRow(appendGroupAddress(s.from.Data, rows[i]), b, s.cols, i)
		s.from.End()
		s.masks, s.numbers = append(s.masks, mask), append(s.numbers, int32(i))
	}
	for len(s.entries) < len(s.numbers) {
		s.entries = append(s.entries, nil)
	}
	d := w.distinct[s.place]
	if err := d.entries.PutKeys(&s.from, nil, s.entries[:len(s.numbers)]); err != nil {
		return err
	}
	if err := s.keepLooks(d, b); err != nil {
		return err
	}
	for k, i := range s.numbers {
		s.note(d, touchedValue{s.entries[k], rows[i]}, s.masks[k], b.DiffAt(int(i)))
	}
	return nil
}

// note adds a row that passes some filters to the changes of its value.
func (s *multiset) note(d *distinctValues, v touchedValue, mask uint64, diff int64) {
	place := state.Word(v.entry, s.words)
	if *place == 0 {
		d.touched = append(d.touched, v)
		for range s.words {
			d.diffs = append(d.diffs, 0)
		}
		*place = uint64(len(d.touched))
	}
	diffs := d.diffs[(int(*place)-1)*s.words:]
	for ; mask != 0; mask &= mask - 1 {
		diffs[bits.TrailingZeros64(mask)] += diff
	}
}

// loadDistinct reads the values of a group, whose key in the table is prefix.
func (a *aggregate) loadDistinct(s *multiset, d *distinctValues, group unsafe.Pointer, prefix []byte) error {
	c, err := s.table.Scan(state.Prefix(prefix))
	if err != nil {
		return err
	}
	return a.eachStored(c, func(k, value []byte) error {
		k = k[len(prefix):]
		equal, err := s.equalPart(k)
		if err != nil {
			return err
		}
		a.buf = append(appendGroupAddress(a.buf[:0], group), equal...)
		entry, err := d.entries.PutKey(a.buf)
		if err != nil {
			return err
		}
		if s.bytes != nil { // the tick's own rows may look otherwise
			look := s.look(entry)
			if *look, err = d.entries.Blobs.Set(*look, k[len(equal):]); err != nil {
				return err
			}
		}
		for i := range s.words {
			word, n := binary.Uvarint(value)
			if n <= 0 {
				return invariants.Errorf("stored counts are cut off")
			}
			*state.Word(entry, i), value = word, value[n:]
		}
		return nil
	})
}

// applyDistinct makes the changes of a window's values.
func (a *aggregate) applyDistinct(s *multiset, w *window, d *distinctValues, store bool) error {
	for n, v := range d.touched {
		*state.Word(v.entry, s.words) = 0
		c := s.change(v.entry, d.diffs[n*s.words:(n+1)*s.words])
		value := s.valueOf(d, v.entry)
		if c.came|c.went != 0 {
			if err := s.decode(value); err != nil {
				return err
			}
			s.groups, s.came, s.went = append(s.groups, v.group), append(s.came, c.came), append(s.went, c.went)
		}
		if store && c.changed {
			a.putDistinct(s, w, v, value, c.left)
		}
		if !c.left {
			s.forget(d, v.entry)
		}
		if len(s.groups) == batch.Rows {
			if err := s.flushDistinct(w); err != nil {
				return err
			}
		}
	}
	d.touched, d.diffs = d.touched[:0], d.diffs[:0]
	return s.flushDistinct(w)
}

// valueChange is what became of a value: the filters it is new to and gone from, and whether anything has changed and anything is left.
type valueChange struct {
	came, went    uint64
	changed, left bool
}

// change adds diffs to an entry.
func (s *multiset) change(entry unsafe.Pointer, diffs []int64) (c valueChange) {
	for f, diff := range diffs {
		count := (*int64)(unsafe.Pointer(state.Word(entry, f)))
		before := *count
		*count += diff
		invariants.Assertf(*count >= 0, "a value is there %d times at the end of a tick", *count)
		c.changed = c.changed || diff != 0
		c.left = c.left || *count != 0
		switch {
		case before == 0 && *count != 0:
			c.came |= 1 << f
		case before != 0 && *count == 0:
			c.went |= 1 << f
		}
	}
	return c
}

// putDistinct stores a value, or takes it away if nothing is left of it.
func (a *aggregate) putDistinct(s *multiset, w *window, v touchedValue, value []byte, left bool) {
	a.buf = append(a.keys.appendKey(append(a.buf[:0], w.prefix...), w.groups, v.group), value...)
	if !left {
		s.table.Delete(a.buf)
		return
	}
	at := len(a.buf)
	for k := range s.words {
		a.buf = binary.AppendUvarint(a.buf, *state.Word(v.entry, k))
	}
	s.table.Put(a.buf[:at], a.buf[at:])
}

// flushDistinct adds the values that have come and gone to the states of the calls.
func (s *multiset) flushDistinct(w *window) error {
	for len(s.signs) < len(s.groups) {
		s.signs = append(s.signs, 0)
	}
	for _, st := range s.states {
		bit := uint64(1) << st.filterAt
		s.sel = s.sel[:0]
		for i := range s.groups {
			switch {
			case s.came[i]&bit != 0:
				s.sel, s.signs[i] = append(s.sel, int32(i)), 1
			case s.went[i]&bit != 0:
				s.sel, s.signs[i] = append(s.sel, int32(i)), -1
			}
		}
		if len(s.sel) == 0 {
			continue
		}
		u := &st.update
		copy(u.Args, s.args)
		u.Groups, u.Offset, u.Diffs, u.Sel, u.Blobs = s.groups, st.offset, s.signs[:len(s.groups)], s.sel, w.groups.Blobs
		if err := st.Update(u); err != nil {
			return err
		}
	}
	s.groups, s.came, s.went = s.groups[:0], s.came[:0], s.went[:0]
	for i := range s.values.Cols {
		s.values.Cols[i].Reset()
	}
	return nil
}
