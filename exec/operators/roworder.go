package operators

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
)

// rowOrder compares rows of a rowStore: by the columns of an ORDER BY, then by the key encodings of all others, then by their looks. So it is the
// same order in every run, and only rows that are the same in every bit are equal.
type rowOrder struct {
	rows  *rowStore
	order []columnOrder
	rest  []columnOrder
	first *key.Encoder // of the first column of the order
	a, b  []byte
}

// compareForm is the way two values are compared.
type compareForm uint8

const (
	compareInts compareForm = iota
	compareFloats
	compareBytes
	compareKeys // by their encodings
)

type columnOrder struct {
	col              int
	form             compareForm
	desc, nullsFirst bool
	key              *key.Encoder // ascending, for compareKeys
}

func newRowOrder(rows *rowStore, columns []types.Type, order []flow.SortKey) *rowOrder {
	o := &rowOrder{rows: rows}
	used := make([]bool, len(columns))
	for _, k := range order {
		o.order = append(o.order, newColumnOrder(columns, k))
		used[k.Column] = true
	}
	for c := range columns {
		if !used[c] {
			o.rest = append(o.rest, newColumnOrder(columns, flow.SortKey{Column: c}))
		}
	}
	if len(order) > 0 {
		o.first = key.NewEncoder(keyColumn(columns, order[0]))
	}
	return o
}

// keyColumn is a column of an order as package key has it.
func keyColumn(columns []types.Type, k flow.SortKey) key.Column {
	return key.Column{Type: columns[k.Column], Desc: k.Desc, NullsFirst: k.NullsFirst}
}

func newColumnOrder(columns []types.Type, k flow.SortKey) columnOrder {
	t := columns[k.Column]
	o := columnOrder{col: k.Column, desc: k.Desc, nullsFirst: k.NullsFirst}
	switch {
	case t.Kind() == types.Float64:
		o.form = compareFloats
	case t.Kind() != types.Bytes:
		o.form = compareInts
	case t.OID == types.OIDText || t.OID == types.OIDVarchar || t.OID == types.OIDBytea || t.OID == types.OIDUUID:
		o.form = compareBytes
	default:
		o.form, o.key = compareKeys, key.NewEncoder(key.Asc(t))
	}
	return o
}

// compare is the whole order; 0 means that the rows are the same.
func (o *rowOrder) compare(a, b ref) int {
	if n := o.compareOrder(a, b); n != 0 {
		return n
	}
	p, q := o.rows.at(a), o.rows.at(b)
	for i := range o.rest {
		if n := o.column(&o.rest[i], p, q); n != 0 {
			return n
		}
	}
	return o.rows.compareLooks(p, q)
}

// compareOrder is the order of ORDER BY alone.
func (o *rowOrder) compareOrder(a, b ref) int {
	p, q := o.rows.at(a), o.rows.at(b)
	for i := range o.order {
		if n := o.column(&o.order[i], p, q); n != 0 {
			return n
		}
	}
	return 0
}

func (o *rowOrder) column(c *columnOrder, p, q unsafe.Pointer) int {
	s := o.rows
	if s.isNull(p, c.col) || s.isNull(q, c.col) {
		n := cmp.Compare(boolWord(s.isNull(p, c.col)), boolWord(s.isNull(q, c.col)))
		if c.nullsFirst {
			return -n
		}
		return n
	}
	n, x, y := 0, *word(p, s.slot(c.col)), *word(q, s.slot(c.col))
	switch c.form {
	case compareInts:
		n = cmp.Compare(int64(x), int64(y))
	case compareFloats:
		n = cmp.Compare(orderedFloat(math.Float64frombits(x)), orderedFloat(math.Float64frombits(y)))
	case compareBytes:
		n = bytes.Compare(s.bytesAt(p, c.col), s.bytesAt(q, c.col))
	case compareKeys:
		o.a = c.key.AppendValues(o.a[:0], types.BytesValue(s.bytesAt(p, c.col)))
		o.b = c.key.AppendValues(o.b[:0], types.BytesValue(s.bytesAt(q, c.col)))
		n = bytes.Compare(o.a, o.b)
	}
	if c.desc {
		return -n
	}
	return n
}

// compareLooks orders rows whose values are all equal: 1.0 and 1.00, 0 and -0.
func (s *rowStore) compareLooks(p, q unsafe.Pointer) int {
	for c, kind := range s.kinds {
		n := 0
		switch kind {
		case types.Bytes:
			n = bytes.Compare(s.bytesAt(p, c), s.bytesAt(q, c))
		case types.Float64:
			n = cmp.Compare(*word(p, s.slot(c)), *word(q, s.slot(c)))
		case types.Bool, types.Int64: // equal ones look the same
		}
		if n != 0 {
			return n
		}
	}
	return 0
}

// orderedFloat maps floats to integers in PostgreSQL's order: -0 is 0, and all NaNs are one, above infinity.
func orderedFloat(f float64) uint64 {
	const sign = 1 << 63
	switch {
	case f == 0:
		return sign
	case math.IsNaN(f):
		return math.MaxUint64
	}
	if b := math.Float64bits(f); b&sign == 0 {
		return b | sign
	}
	return ^math.Float64bits(f)
}

// abbreviate appends for each row of b, whose columns are those of the store, a number that orders rows as the first column of the order does, but
// may be the same for different values. Where two differ no further look is needed.
func (o *rowOrder) abbreviate(dst []uint64, b *batch.Batch) []uint64 {
	n, from := b.Len(), len(dst)
	dst = slices.Grow(dst, n)[:from+n]
	out := dst[from:]
	if len(o.order) == 0 {
		clear(out)
		return dst
	}
	c := &o.order[0]
	v := &b.Cols[c.col]
	switch v.Kind() {
	case types.Bool:
		for i, x := range v.Bools {
			out[i] = boolWord(x)
		}
	case types.Int64:
		for i, x := range v.Ints {
			out[i] = uint64(x) ^ 1<<63
		}
	case types.Float64:
		for i, x := range v.Floats {
			out[i] = orderedFloat(x)
		}
	case types.Bytes:
		cols := [1]int{c.col}
		for i := range out {
			o.a = append(o.first.AppendRow(o.a[:0], b, cols[:], i), 0, 0, 0, 0, 0, 0, 0)
			out[i] = binary.BigEndian.Uint64(o.a)
		}
		return dst
	}
	if c.desc {
		for i := range out {
			out[i] = ^out[i]
		}
	}
	if v.HasNulls() {
		null := uint64(math.MaxUint64)
		if c.nullsFirst {
			null = 0
		}
		for i := range out {
			if v.IsNull(i) {
				out[i] = null
			}
		}
	}
	return dst
}

// abbreviateRow is what abbreviate gives for a row of the store.
func (o *rowOrder) abbreviateRow(r ref) uint64 {
	if len(o.order) == 0 {
		return 0
	}
	c, s, p := &o.order[0], o.rows, o.rows.at(r)
	kind, x := s.kinds[c.col], *word(p, s.slot(c.col))
	switch {
	case kind == types.Bytes:
		o.a = append(o.first.AppendValues(o.a[:0], s.value(p, c.col)), 0, 0, 0, 0, 0, 0, 0)
		return binary.BigEndian.Uint64(o.a)
	case s.isNull(p, c.col) && c.nullsFirst:
		return 0
	case s.isNull(p, c.col):
		return math.MaxUint64
	case kind == types.Int64:
		x ^= 1 << 63
	case kind == types.Float64:
		x = orderedFloat(math.Float64frombits(x))
	}
	if c.desc {
		return ^x
	}
	return x
}
