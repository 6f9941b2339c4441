package operators

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// groupVersion is the version of what a group is stored as: this byte, the count, the values of keys that are not exact (their length, and
// state.AppendRow), the states, and the last pieces of its members. It is part of the format of a data
// folder.
const groupVersion = 1

// appendGroup appends what a group is stored as.
func (a *aggregate) appendGroup(dst []byte, w *window, row unsafe.Pointer) []byte {
	dst = a.keys.appendHead(dst, *countOf(row), w.groups, row)
	dst = a.appendStates(dst, w.groups.Blobs, row)
	if a.cameTable != nil {
		dst = append(dst, w.groups.Blobs.Get(*state.Word(row, a.piecesWord))...)
	}
	return dst
}

// appendHead appends the head of what a group is stored as, whose keys are those of a row of a map.
func (k *groupKeys) appendHead(dst []byte, count int64, m *state.Map, row unsafe.Pointer) []byte {
	dst = append(dst, groupVersion)
	dst = binary.AppendVarint(dst, count)
	if k.exact {
		return dst
	}
	raw := m.Blobs.Get(*state.Word(row, rawWord))
	dst = binary.AppendUvarint(dst, uint64(len(raw)))
	return append(dst, raw...)
}

// decodeGroup fills a new group with what was stored.
func (a *aggregate) decodeGroup(w *window, row unsafe.Pointer, b []byte) error {
	count, raw, b, err := a.keys.cutGroup(b)
	if err != nil {
		return err
	}
	*countOf(row) = count
	if !a.keys.exact {
		ref, err := w.groups.Blobs.Set(*state.Word(row, rawWord), raw)
		if err != nil {
			return err
		}
		*state.Word(row, rawWord) = ref
	}
	if b, err = a.decodeStates(w.groups.Blobs, row, b); err != nil || len(b) == 0 {
		return err
	}
	if a.cameTable == nil {
		return invariants.Errorf("a stored group has %d bytes too many", len(b))
	}
	*state.Word(row, a.piecesWord), err = w.groups.Blobs.Set(*state.Word(row, a.piecesWord), b)
	return err
}

// cutGroup reads the head of what a group is stored as.
func (k *groupKeys) cutGroup(b []byte) (count int64, raw, rest []byte, err error) {
	if len(b) == 0 || b[0] != groupVersion {
		return 0, nil, nil, invariants.Errorf("a stored group of %d bytes has no version %d", len(b), groupVersion)
	}
	count, n := binary.Varint(b[1:])
	if n <= 0 {
		return 0, nil, nil, errCutOff()
	}
	b = b[1+n:]
	if k.exact {
		return count, nil, b, nil
	}
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return 0, nil, nil, errCutOff()
	}
	return count, b[n : n+int(length)], b[n+int(length):], nil
}

func errCutOff() error { return invariants.Errorf("a stored group is cut off") }

// loaded notes that a group is in memory as it was stored.
func (a *aggregate) loaded(w *window, row unsafe.Pointer, value []byte) error {
	f := state.Flags(row)
	*f |= groupKnown | groupStored
	value, err := a.storedGroup(value)
	if err != nil {
		return err
	}
	if err := a.decodeGroup(w, row, value); err != nil {
		return err
	}
	if a.there(row) && !a.spec.OnClose {
		*f |= groupShown
	}
	return nil
}

// groupReader is memory for reading groups.
type groupReader struct {
	rows          []unsafe.Pointer
	sorter        key.Sorter
	plain, sorted key.Keys
	values        key.Keys
	found         []bool
	run           state.Run
}

// readGroups reads those groups of a window that are new in memory, sorted and together.
func (a *aggregate) readGroups(w *window, rows []unsafe.Pointer) error {
	r := &a.reader
	r.rows = r.rows[:0]
	r.plain.Reset()
	r.sorted.Reset()
	r.values.Reset()
	for _, row := range rows {
		if *state.Flags(row)&groupKnown != 0 {
			continue
		}
		r.rows = append(r.rows, row)
	}
	if len(r.rows) == 0 {
		return nil
	}
	if err := a.appendStoredKeys(&r.plain, w, r.rows); err != nil {
		return err
	}
	order := r.sorter.Sort(&r.plain)
	for _, i := range order {
		r.sorted.Append(r.plain.At(int(i)))
	}
	found, err := a.table.GetMany(&r.sorted, &r.values, r.found[:0])
	if err != nil {
		return err
	}
	r.found = found
	for n, i := range order {
		if found[n] {
			if err := a.loaded(w, r.rows[i], r.values.At(n)); err != nil {
				return err
			}
			if err := a.loadMembers(w, r.rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// findStored finds the last bound that is stored, once: a window above it is complete when it is made.
func (a *aggregate) findStored() error {
	if a.foundStored {
		return nil
	}
	a.foundStored, a.lastStored = true, math.MinInt64
	bounds := a.boundTable()
	if a.table.Fresh() {
		return nil
	}
	c, err := bounds.Scan(state.Range{Reverse: true})
	if err != nil {
		return err
	}
	run := &a.reader.run
	run.Reset()
	if _, err := c.Next(run, 1); err != nil {
		return err
	}
	if err := c.Close(); err != nil || run.Len() == 0 {
		return err
	}
	bound, _, ok := key.BoundOf(run.Keys.At(0))
	if !ok {
		return invariants.Errorf("a stored group has no bound")
	}
	a.lastStored = bound
	return nil
}

// readClosing brings all stored groups into memory whose bounds are above the last watermark and up to one: they are complete now.
func (a *aggregate) readClosing(watermark int64) error {
	if a.table.Fresh() {
		return nil
	}
	if err := a.findStored(); err != nil || a.earlier(a.lastStored) {
		return err
	}
	r := state.Range{To: nil}
	if a.closed != op.NoWatermark {
		r.From = key.AppendBound(nil, a.closed+1)
	}
	// Windows above lastStored are complete in memory, and what has died there is still in the store.
	if to := min(watermark, a.lastStored); to < math.MaxInt64 {
		r.To = key.AppendBound(nil, to+1)
	}
	c, err := a.table.Scan(r)
	if err != nil {
		return err
	}
	return a.eachStored(c, a.readOne)
}

// eachStored calls f for all entries of a cursor, and closes it. What f gets is borrowed.
func (a *aggregate) eachStored(c state.Cursor, f func(k, value []byte) error) error {
	run := &a.reader.run
	var err error
	for more := true; more && err == nil; {
		run.Reset()
		more, err = c.Next(run, batch.Rows)
		for i := 0; i < run.Len() && err == nil; i++ {
			err = f(run.Keys.At(i), run.Values.At(i))
		}
	}
	return errors.Join(err, c.Close())
}

// readOne brings a stored group into memory if this worker owns it and has not got it.
func (a *aggregate) readOne(k, value []byte) error {
	bound, rest, ok := key.BoundOf(k)
	if !ok {
		return invariants.Errorf("a stored group has no bound")
	}
	keyBatch := a.newKeyBatch()
	within, err := a.keys.decode(keyBatch, rest, value)
	if err != nil || !a.owns(keyBatch) {
		return err
	}
	w, err := a.storedWindow(bound, keyBatch)
	if err != nil {
		return err
	}
	row, err := a.keys.put(w.groups, within)
	if err != nil || *state.Flags(row)&groupKnown != 0 {
		return err
	}
	return a.loaded(w, row, value)
}

// storedWindow returns the window of a stored group.
func (a *aggregate) storedWindow(bound int64, keyBatch *batch.Batch) (*window, error) {
	if a.panes != nil {
		return a.paneWindow(bound-a.spec.Panes.Size, bound)
	}
	return a.window(bound, keyBatch, 0)
}

// newFixed returns an empty batch for the fixed keys.
func (a *aggregate) newFixed() *batch.Batch {
	b := batch.New()
	for _, col := range a.keys.fixed {
		b.Cols = append(b.Cols, batch.NewVec(a.spec.Columns[col]))
	}
	return b
}

// newKeyBatch returns an empty batch with the columns of the input.
func (a *aggregate) newKeyBatch() *batch.Batch { return batch.New(a.spec.Columns...) }

// owns tells whether this worker owns the first row of a batch, of which only the keys matter.
func (a *aggregate) owns(b *batch.Batch) bool {
	return a.env.Owns == nil || len(a.env.Owns(0, b, nil)) == 1
}

// decode makes b one row with the values of a group's keys in their columns, and null in the others. k is its stored key without bound, value what
// is stored there. It returns the key of the group within its window.
func (k *groupKeys) decode(b *batch.Batch, encoded, value []byte) (within []byte, err error) {
	b.Reset()
	dst := make([]*batch.Vec, len(k.fixed))
	for i, col := range k.fixed {
		dst[i] = &b.Cols[col]
	}
	if within, err = k.fixedKey.DecodeRow(dst, encoded); err != nil {
		return nil, err
	}
	for i, col := range k.rest {
		k.dst[i] = &b.Cols[col]
	}
	if k.exact {
		_, err = k.restKey.DecodeRow(k.dst, within)
	} else {
		var raw []byte
		if _, raw, _, err = k.cutGroup(value); err == nil {
			_, err = state.DecodeRow(k.dst, k.restKinds, raw)
		}
	}
	if err != nil {
		return nil, err
	}
	for i := range b.Cols {
		if b.Cols[i].Len() == 0 {
			b.Cols[i].AppendNull()
		}
	}
	b.SetLen(1)
	return bytes.Clone(within), nil
}
