package operators

import (
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// keyForm is the way groups are found in memory.
type keyForm uint8

const (
	keyNone  keyForm = iota // there is one group to a window
	keyInt                  // one column of integers
	keyText                 // one column of texts
	keyBytes                // encoded keys
)

// groupKeys knows the keys of an aggregate: which columns find a group in its window, which are the same in all of the window, and how both
// are written.
type groupKeys struct {
	form keyForm
	// fixed and rest are columns of the input: those that the bound determines, and the others.
	fixed, rest []int
	// place has for each key of the spec its place in fixed, or -1 - its place in rest.
	place     []int
	fixedKey  *key.Encoder
	restKey   *key.Encoder
	restTypes []types.Type
	restKinds []types.Kind
	// exact tells that rest can be read back from its key. If it cannot, word 1 of a group is a blob with the values.
	exact bool
	all   []int // places of rest, for rows that have no other columns
	keys  key.Keys
	one   batch.Vec // a text that is read back from its key
	dst   []*batch.Vec
	some  [2][]int32
	buf   []byte
}

func newGroupKeys(spec *flow.Aggregate) groupKeys {
	k := groupKeys{exact: true}
	var fixed, rest []key.Column
	for i, col := range spec.Keys {
		c := key.Asc(spec.Columns[col])
		if spec.Bound != nil && c.Exact() && (slices.Contains(spec.BoundKeys, i) || isColumn(spec.Bound, col)) {
			k.place = append(k.place, len(k.fixed))
			k.fixed, fixed = append(k.fixed, col), append(fixed, c)
			continue
		}
		k.place = append(k.place, -1-len(k.rest))
		k.all = append(k.all, len(k.rest))
		k.rest, rest = append(k.rest, col), append(rest, c)
		k.restTypes, k.restKinds = append(k.restTypes, c.Type), append(k.restKinds, c.Type.Kind())
		k.exact = k.exact && c.Exact()
	}
	k.fixedKey, k.restKey = key.NewEncoder(fixed...), key.NewEncoder(rest...)
	switch {
	case len(rest) == 0:
		k.form = keyNone
	case len(rest) == 1 && k.restKinds[0] == types.Int64:
		k.form = keyInt
	case len(rest) == 1 && rest[0].Bytes():
		k.form = keyText
		k.one = batch.NewVec(k.restTypes[0])
	default:
		k.form = keyBytes
	}
	k.dst = make([]*batch.Vec, len(rest))
	return k
}

// isColumn tells whether a bound is that very column.
func isColumn(e flow.Expr, col int) bool {
	c, ok := e.(*flow.Column)
	return ok && c.Index == col
}

// words is how many words of a group come before the states: the count, and the values of keys that are not exact.
func (k *groupKeys) words() int {
	if k.exact {
		return 1
	}
	return 2
}

const rawWord = 1

// find sets rows[i] to the group of row i of a batch, for the rows that sel lists (nil: all), whose columns of rest are cols.
func (k *groupKeys) find(m *state.Map, b *batch.Batch, cols []int, sel []int32, rows []unsafe.Pointer) error {
	switch k.form {
	case keyNone:
		row, err := m.PutNull()
		if err != nil {
			return err
		}
		if sel == nil {
			for i := range rows {
				rows[i] = row
			}
		}
		for _, i := range sel {
			rows[i] = row
		}
		return nil
	case keyInt:
		v := &b.Cols[cols[0]]
		if v.HasNulls() {
			return k.findWithNulls(m, v, sel, rows)
		}
		return m.PutInts(v.Ints, sel, rows)
	case keyText:
		return k.findTexts(m, &b.Cols[cols[0]], sel, rows)
	case keyBytes:
	}
	k.keys.Reset()
	if sel == nil {
		k.restKey.AppendBatch(&k.keys, b, cols)
	}
	for _, i := range sel {
		k.keys.Data = k.restKey.AppendRow(k.keys.Data, b, cols, int(i))
		k.keys.End()
	}
	return m.PutKeys(&k.keys, sel, rows)
}

// findTexts is find for texts, which are their own keys: they are looked up where they lie.
func (k *groupKeys) findTexts(m *state.Map, v *batch.Vec, sel []int32, rows []unsafe.Pointer) (err error) {
	if sel == nil && !v.HasNulls() {
		texts := key.Keys{Data: v.Data, Ends: v.Offsets[1:]}
		return m.PutKeys(&texts, nil, rows)
	}
	put := func(i int) {
		if err != nil {
			return
		}
		if v.IsNull(i) {
			rows[i], err = m.PutNull()
		} else {
			rows[i], err = m.PutKey(v.BytesAt(i))
		}
	}
	if sel == nil {
		for i := range rows {
			put(i)
		}
	}
	for _, i := range sel {
		put(int(i))
	}
	return err
}

func (k *groupKeys) findWithNulls(m *state.Map, v *batch.Vec, sel []int32, rows []unsafe.Pointer) error {
	some, none := k.some[0][:0], k.some[1][:0]
	add := func(i int32) {
		if v.IsNull(int(i)) {
			none = append(none, i)
		} else {
			some = append(some, i)
		}
	}
	if sel == nil {
		for i := range rows {
			add(int32(i))
		}
	}
	for _, i := range sel {
		add(i)
	}
	k.some = [2][]int32{some, none}
	if len(none) > 0 {
		row, err := m.PutNull()
		if err != nil {
			return err
		}
		for _, i := range none {
			rows[i] = row
		}
	}
	if len(some) == 0 {
		return nil
	}
	return m.PutInts(v.Ints, some, rows)
}

// appendKey appends the key of a group within its window.
func (k *groupKeys) appendKey(dst []byte, m *state.Map, row unsafe.Pointer) []byte {
	switch k.form {
	case keyInt:
		n, null := state.IntKey(row)
		return k.restKey.AppendValues(dst, types.Value{Null: null, Int: n})
	case keyText:
		return k.restKey.AppendValues(dst, textKey(m, row))
	case keyBytes:
		return append(dst, m.Key(row)...)
	case keyNone:
	}
	return dst
}

// textKey is the value of a group's one key.
func textKey(m *state.Map, row unsafe.Pointer) types.Value {
	if _, null := state.IntKey(row); null {
		return types.NullValue
	}
	return types.BytesValue(m.Key(row))
}

// put returns the group of a key within its window.
func (k *groupKeys) put(m *state.Map, encoded []byte) (unsafe.Pointer, error) {
	switch k.form {
	case keyInt:
		v := batch.NewVec(k.restTypes[0])
		if _, err := k.restKey.DecodeRow([]*batch.Vec{&v}, encoded); err != nil {
			return nil, err
		}
		if v.IsNull(0) {
			return m.PutNull()
		}
		rows := [1]unsafe.Pointer{}
		err := m.PutInts(v.Ints, nil, rows[:])
		return rows[0], err
	case keyText:
		k.one.Reset()
		if _, err := k.restKey.DecodeRow([]*batch.Vec{&k.one}, encoded); err != nil {
			return nil, err
		}
		if k.one.IsNull(0) {
			return m.PutNull()
		}
		return m.PutKey(k.one.BytesAt(0))
	case keyBytes:
		return m.PutKey(encoded)
	case keyNone:
	}
	return m.PutNull()
}

// setRaw keeps the values of a new group's keys, which cannot be read back from its key: those of row i of a batch.
func (k *groupKeys) setRaw(m *state.Map, row unsafe.Pointer, b *batch.Batch, cols []int, i int) error {
	k.buf = state.AppendRow(k.buf[:0], b, cols, i)
	ref, err := m.Blobs.Set(0, k.buf)
	*state.Word(row, rawWord) = ref
	return err
}

// delete takes a group out of memory; its blobs have been freed.
func (k *groupKeys) delete(m *state.Map, row unsafe.Pointer) {
	m.Delete(row, k.form == keyNone || k.form == keyInt)
}

// appendValues appends the values of a group's keys to vectors, in the order of the spec.
func (k *groupKeys) appendValues(cols []batch.Vec, w *window, row unsafe.Pointer) error {
	for i, place := range k.place {
		if place >= 0 {
			cols[i].AppendFrom(&w.fixed.Cols[place], 0)
		} else {
			k.dst[-1-place] = &cols[i]
		}
	}
	return k.readRest(w, row)
}

// readRest appends the values of a group's keys that are not fixed to the vectors in dst.
func (k *groupKeys) readRest(w *window, row unsafe.Pointer) error {
	switch {
	case k.form == keyNone:
		return nil
	case k.form == keyInt:
		n, null := state.IntKey(row)
		if null {
			k.dst[0].AppendNull()
		} else {
			k.dst[0].Ints = append(k.dst[0].Ints, n)
		}
		return nil
	case k.form == keyText:
		k.dst[0].Append(textKey(w.groups, row))
		return nil
	case k.exact:
		_, err := k.restKey.DecodeRow(k.dst, w.groups.Key(row))
		return err
	default:
		_, err := state.DecodeRow(k.dst, k.restKinds, w.groups.Blobs.Get(*state.Word(row, rawWord)))
		return err
	}
}
