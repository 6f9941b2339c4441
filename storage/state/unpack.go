package state

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Unpacker reads packs (Packer). It keeps its memory between calls. The zero Unpacker is ready.
type Unpacker struct {
	d      rowsDecoder
	lists  []packedList
	values batch.Vec // of a column that rows share
}

// packedList is a list of a pack.
type packedList struct {
	values int
	places []int32 // by row
}

// Decode appends the rows of a pack to vectors, nil for those that are not wanted, and answers how many there are.
func (u *Unpacker) Decode(dst []*batch.Vec, kinds []types.Kind, value []byte) (rows int, err error) {
	d := &u.d
	d.rest, d.cut = value, false
	defer func() { d.rest = nil }()
	if version := d.take(1); version != nil && version[0] != PackVersion {
		return 0, invariants.Errorf("a pack of version %d", version[0])
	}
	rows = int(min(d.uvarint(), MaxPackRows+1))
	if rows > MaxPackRows || !u.readLists(rows) {
		return 0, invariants.Errorf("a pack of %d rows has malformed lists", rows)
	}
	for n, kind := range kinds {
		list := int(min(d.uvarint(), math.MaxInt32)) - 1
		body := d.take(int(d.uint32()))
		if d.cut || list >= len(u.lists) {
			return 0, invariants.Errorf("a pack of %d columns is cut off in column %d", len(kinds), n)
		}
		if dst[n] != nil && !u.column(dst[n], kind, list, rows, body) {
			return 0, invariants.Errorf("column %d of a pack of %d columns is malformed", n, len(kinds))
		}
	}
	if len(d.rest) > 0 {
		return 0, invariants.Errorf("a pack of %d columns does not end with its value", len(kinds))
	}
	return rows, nil
}

func (u *Unpacker) readLists(rows int) (ok bool) {
	d := &u.d
	lists := d.uvarint()
	if u.lists = u.lists[:0]; lists > uint64(len(d.rest)) {
		return false
	}
	for n := range int(lists) {
		if n < cap(u.lists) {
			u.lists = u.lists[:n+1]
		} else {
			u.lists = append(u.lists, packedList{})
		}
		l := &u.lists[n]
		l.values, l.places = int(min(d.uvarint(), MaxPackRows+1)), l.places[:0]
		raw := d.take(2 * rows)
		for ; len(raw) > 0; raw = raw[2:] {
			at := int32(binary.LittleEndian.Uint16(raw))
			if int(at) >= l.values {
				return false
			}
			l.places = append(l.places, at)
		}
	}
	return !d.cut
}

// column appends the values of a column to v.
func (u *Unpacker) column(v *batch.Vec, kind types.Kind, list, rows int, body []byte) (ok bool) {
	d := rowsDecoder{rest: body}
	if list < 0 {
		d.append(v, rows)
		return !d.cut && len(d.rest) == 0
	}
	if u.values.Kind() != kind || u.values.Type() != v.Type() {
		u.values = batch.NewVec(v.Type())
	}
	u.values.Reset()
	d.append(&u.values, u.lists[list].values)
	if d.cut || len(d.rest) > 0 {
		return false
	}
	v.Gather(&u.values, u.lists[list].places)
	return true
}

func (d *rowsDecoder) word() uint64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func (d *rowsDecoder) uint32() uint32 {
	b := d.take(4)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

// append appends the n values of a column (appendColumn) to a vector that may have some.
func (d *rowsDecoder) append(v *batch.Vec, n int) {
	base := v.Len()
	if d.flag() {
		for i := 0; i < n; i += 64 {
			for word := d.word(); word != 0; word &= word - 1 {
				v.SetNull(base + i + bits.TrailingZeros64(word))
			}
		}
	}
	switch v.Kind() {
	case types.Bool:
		for _, x := range d.take(n) {
			v.Bools = append(v.Bools, x != 0)
		}
	case types.Int64:
		d.appendInts(v, n)
	case types.Float64:
		for raw := d.take(8 * n); len(raw) > 0; raw = raw[8:] {
			v.Floats = append(v.Floats, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		}
	case types.Bytes:
		end := len(v.Data)
		for range n {
			if end += int(d.uvarint() & math.MaxUint32); end > math.MaxUint32 {
				d.cut = true
				return
			}
			v.Offsets = append(v.Offsets, uint32(end))
		}
		v.Data = append(v.Data, d.take(end-len(v.Data))...)
	}
}

// appendInts reads short varints from 8 bytes at once, as most are.
func (d *rowsDecoder) appendInts(v *batch.Vec, n int) {
	x, rest, out := int64(0), d.rest, v.Ints
	for range n {
		y, size := uint64(0), 0
		if len(rest) >= 8 {
			y, size = shortUvarint(binary.LittleEndian.Uint64(rest))
		}
		if size == 0 {
			if y, size = binary.Uvarint(rest); size <= 0 {
				d.cut = true
				return
			}
		}
		rest = rest[size:]
		x += int64(y>>1) ^ -int64(y&1)
		out = append(out, x)
	}
	d.rest, v.Ints = rest, out
}
