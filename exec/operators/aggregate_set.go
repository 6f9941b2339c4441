package operators

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// multiset keeps all values that calls need of each group, with counts, ordered by the group and then by the calls' order. In memory the key is
// that of the group and that of the values; in the state table the window's prefix comes before. A stored value is the count as a varint.
//
// The values are read back from the key. Where a key does not tell all (1.0 and 1.00 are equal) it goes on with the bytes themselves. Values
// are the same for DISTINCT if their keys are up to there.
type multiset struct {
	flow.Multiset
	place  int // among the multisets of the aggregate
	table  *state.Table
	enc    *key.Encoder
	cols   []int        // of the input, for enc
	equal  *key.Encoder // of the columns before the bytes
	bytes  *key.Encoder // of the others; nil if there are none
	at     []int        // for each argument its place among the columns of enc
	states []*aggState
	types  []types.Type
	dst    []*batch.Vec
	values *batch.Batch // of the arguments
	diffs  []int64      // the changes of the keys in from
	counts []int64
	from   key.Keys
	sorter key.Sorter
	buf    []byte
	last   []byte
	same   []bool
	args   []*batch.Vec
	distinctScratch
	// joins tells that it has members: distinct values of rows that are never taken back; ints, that they are single integers.
	joins, ints bool
	member      memberScratch
}

// A change that waits for EndTick: the sum of the diffs.
const pendingWords = 1

func newMultiset(spec *flow.Aggregate, m flow.Multiset, table *state.Table) *multiset {
	s := &multiset{Multiset: m, table: table}
	var columns []key.Column
	place := map[int]int{} // of columns of the input that can be read back
	add := func(c key.Column, col int) {
		if _, ok := place[col]; !ok && (c.Exact() || c.Type.Kind() == types.Float64) {
			place[col] = len(columns)
		}
		columns, s.cols = append(columns, c), append(s.cols, col)
	}
	for _, o := range m.Order {
		add(key.Column{Type: spec.Columns[o.Column], Desc: o.Desc, NullsFirst: o.NullsFirst}, o.Column)
	}
	ordered := slices.Clone(s.cols)
	for _, col := range m.Args {
		if !slices.Contains(ordered, col) {
			add(key.Asc(spec.Columns[col]), col)
			ordered = append(ordered, col)
		}
	}
	s.equal = key.NewEncoder(slices.Clone(columns)...)
	for _, col := range m.Args {
		if _, ok := place[col]; !ok {
			place[col] = len(columns)
			columns, s.cols = append(columns, key.Asc(types.Of(types.OIDBytea))), append(s.cols, col)
		}
		s.at = append(s.at, place[col])
		s.types = append(s.types, spec.Columns[col])
	}
	if n := len(s.equal.Columns()); n < len(columns) {
		s.bytes = key.NewEncoder(columns[n:]...)
	}
	s.enc, s.dst, s.values = key.NewEncoder(columns...), make([]*batch.Vec, len(columns)), batch.New(s.types...)
	for i := range s.values.Cols {
		s.args = append(s.args, &s.values.Cols[i])
	}
	s.words = len(m.Filters)
	s.joins = m.Distinct && spec.AppendOnly
	s.ints = s.joins && s.asInts()
	return s
}

// sameAsLast tells whether a key of values is of those that equal the ones it was asked for before; last is empty at the first.
func (s *multiset) sameAsLast(k []byte) (bool, error) {
	if s.bytes == nil {
		return false, nil // equal values have one key
	}
	equal, err := s.equalPart(k)
	same := len(s.last) > 0 && bytes.Equal(equal, s.last)
	s.last = append(s.last[:0], equal...)
	return same, err
}

// equalPart is the part of a key of values that tells whether they are equal.
func (s *multiset) equalPart(k []byte) ([]byte, error) {
	if s.bytes == nil {
		return k, nil
	}
	clear(s.dst)
	rest, err := s.equal.DecodeRow(s.dst, k)
	return k[:len(k)-len(rest)], err
}

// decode appends the values of a key, from that of the values on, to s.values.
func (s *multiset) decode(k []byte) error {
	clear(s.dst)
	for i, at := range s.at {
		s.dst[at] = &s.values.Cols[i]
	}
	if _, err := s.enc.DecodeRow(s.dst, k); err != nil {
		return err
	}
	for i, at := range s.at { // two arguments that are the same column
		if v := &s.values.Cols[i]; s.dst[at] != v {
			v.AppendFrom(s.dst[at], s.dst[at].Len()-1)
		}
	}
	return nil
}

// gather notes the changes that a batch makes to a multiset.
func (a *aggregate) gather(s *multiset, w *window, b *batch.Batch, sel []int32, rows []unsafe.Pointer) error {
	if s.joins {
		return a.join(s, w, b, sel, rows)
	}
	w.changed = true
	if s.Distinct {
		return a.gatherDistinct(s, w, b, sel, rows)
	}
	sel = a.counting(b, s.Filters[0], s.Args, s.NullCall, sel)
	n := len(sel)
	if sel == nil {
		n = b.Len()
	}
	for k := range n {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		s.buf = a.keys.appendKey(s.buf[:0], w.groups, rows[i])
		s.buf = s.enc.AppendRow(s.buf, b, s.cols, i)
		p, err := w.pending[s.place].PutKey(s.buf)
		if err != nil {
			return err
		}
		*(*int64)(unsafe.Pointer(state.Word(p, 0))) += b.DiffAt(i)
	}
	return nil
}

// loadSets reads the multisets of the groups that the tick has touched and that are not in memory.
func (a *aggregate) loadSets() error {
	for _, d := range a.dirty {
		f := state.Flags(d.row)
		if d.w.complete || *f&groupLoaded != 0 {
			continue
		}
		*f |= groupLoaded
		if *f&groupStored == 0 {
			continue
		}
		for i, s := range a.sets {
			s.buf = a.keys.appendKey(append(s.buf[:0], d.w.prefix...), d.w.groups, d.row)
			var err error
			switch {
			case s.joins: // they have been read with the group
			case s.Distinct:
				err = a.loadDistinct(s, d.w.distinct[i], d.row, s.buf)
			default:
				err = a.loadSet(s, d.w, d.w.sets[i], s.buf)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *aggregate) loadSet(s *multiset, w *window, set *state.Ordered, prefix []byte) error {
	c, err := s.table.Scan(state.Prefix(prefix))
	if err != nil {
		return err
	}
	return a.eachStored(c, func(k, value []byte) error {
		count, n := binary.Uvarint(value)
		if n <= 0 {
			return invariants.Errorf("a stored count is cut off")
		}
		_, err := set.Add(k[len(w.prefix):], int64(count))
		return err
	})
}

// applySets makes the changes that wait, in the order of their keys. closing is the watermark up to which nothing need be stored.
func (a *aggregate) applySets(w *window, store bool) error {
	for i, s := range a.sets {
		if s.joins {
			continue
		}
		if s.Distinct {
			if err := a.applyDistinct(s, w, w.distinct[i], store); err != nil {
				return err
			}
			continue
		}
		pending := w.pending[i]
		s.from.Reset()
		s.diffs = s.diffs[:0]
		err := pending.Each(func(p unsafe.Pointer) error {
			if diff := *(*int64)(unsafe.Pointer(state.Word(p, 0))); diff != 0 {
				s.diffs = append(s.diffs, diff)
				s.from.Append(pending.Key(p))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, n := range s.sorter.Sort(&s.from) {
			if err := a.applyOne(s, w, i, s.from.At(int(n)), s.diffs[n], store); err != nil {
				return err
			}
		}
		pending.Reset()
	}
	w.changed = false
	return nil
}

func (a *aggregate) applyOne(s *multiset, w *window, set int, k []byte, diff int64, store bool) error {
	count, err := w.sets[set].Add(k, diff)
	if err != nil {
		return err
	}
	invariants.Assertf(count >= 0, "a value is there %d times at the end of a tick", count)
	if store {
		a.buf = append(append(a.buf[:0], w.prefix...), k...)
		if count == 0 {
			s.table.Delete(a.buf)
		} else {
			at := len(a.buf)
			a.buf = binary.AppendUvarint(a.buf, uint64(count))
			s.table.Put(a.buf[:at], a.buf[at:])
		}
	}
	return nil
}

// setResults appends the results of the calls that read multisets, for one group.
func (a *aggregate) setResults(w *window, row unsafe.Pointer, cols []batch.Vec, errs *fn.Errors) error {
	for i := range a.calls {
		c := &a.calls[i]
		if c.set < 0 {
			continue
		}
		s := a.sets[c.set]
		s.buf = a.keys.appendKey(s.buf[:0], w.groups, row)
		var err error
		if c.Function.Extreme != 0 {
			err = s.extreme(w.sets[c.set], c.Function.Extreme > 0, &cols[i])
		} else {
			err = a.collect(s, c, w.sets[c.set], &cols[i], errs)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// extreme appends the first or last value of the group whose key is s.buf.
func (s *multiset) extreme(set *state.Ordered, last bool, out *batch.Vec) error {
	var it state.Iterator
	if last {
		it = set.SeekLast(key.PrefixEnd(s.buf))
	} else {
		it = set.Seek(s.buf)
	}
	if !it.Valid() || !bytes.HasPrefix(it.Key(), s.buf) {
		out.AppendNull()
		return nil
	}
	clear(s.dst)
	s.dst[s.at[0]] = out
	_, err := s.enc.DecodeRow(s.dst, it.Key()[len(s.buf):])
	return err
}

// collect computes a call from all values of the group whose key is s.buf.
func (a *aggregate) collect(s *multiset, c *aggCall, set *state.Ordered, out *batch.Vec, errs *fn.Errors) error {
	s.counts, s.same, s.last = s.counts[:0], s.same[:0], s.last[:0]
	for it := set.Seek(s.buf); it.Valid() && bytes.HasPrefix(it.Key(), s.buf); it.Next() {
		k, count := it.Key()[len(s.buf):], it.Count()
		same, err := s.sameAsLast(k)
		if err != nil {
			return err
		}
		if c.Distinct {
			if same {
				continue
			}
			count = 1
		}
		if err := s.decode(k); err != nil {
			return err
		}
		s.same = append(s.same, same)
		s.counts = append(s.counts, count)
	}
	settings := types.DefaultSettings
	if a.env.Eval != nil && a.env.Eval.Settings != nil {
		settings = a.env.Eval.Settings
	}
	c.Function.Collect(&fn.AggRows{Args: s.args, Counts: s.counts, Same: s.same, Out: out, Errors: errs, Settings: settings})
	for i := range s.values.Cols {
		s.values.Cols[i].Reset()
	}
	return nil
}
