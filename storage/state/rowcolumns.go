package state

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
)

// RowsDecoder decodes many rows of AppendRow at once, column by column: what a column is is decided once, not for each value, and
// what lies behind the last wanted column is not read. It keeps its memory between calls. The zero RowsDecoder is ready.
type RowsDecoder struct {
	rows  *key.Keys
	at    []uint32 // where in the rows' bytes the next value of each row begins
	nulls bool     // some value is null
	// unwanted takes the integers that nobody wants: that costs less than to look for that at each.
	unwanted batch.Vec
}

// Decode appends the values of rows to vectors, nil for those that are not wanted.
func (d *RowsDecoder) Decode(dst []*batch.Vec, kinds []types.Kind, rows *key.Keys) error {
	d.rows = rows
	defer func() { d.rows = nil }()
	if !d.begin(uint32(len(kinds)+7) / 8) {
		return invariants.Errorf("one of %d rows of %d columns is cut off", rows.Len(), len(kinds))
	}
	wanted := len(dst)
	for wanted > 0 && dst[wanted-1] == nil {
		wanted--
	}
	for n, v := range dst[:wanted] {
		var ok bool
		switch kinds[n] {
		case types.Int64:
			ok = d.ints(v, n)
		case types.Bytes:
			ok = d.bytes(v, n)
		case types.Bool, types.Float64:
			ok = d.fixed(v, kinds[n], n)
		}
		if !ok {
			return invariants.Errorf("one of %d rows of %d columns is cut off in column %d", rows.Len(), len(kinds), n)
		}
	}
	return nil
}

// begin goes behind the bitmaps of nulls, which have a size in bytes; ok is false if one is cut off.
func (d *RowsDecoder) begin(bitmap uint32) (ok bool) {
	data, ends := d.rows.Data, d.rows.Ends
	at := slices.Grow(d.at[:0], len(ends))[:len(ends)]
	from, some := uint32(0), byte(0)
	for r, end := range ends {
		if from+bitmap > end {
			return false
		}
		for _, b := range data[from : from+bitmap] {
			some |= b
		}
		at[r] = from + bitmap
		from = end
	}
	d.at, d.nulls = at, some != 0
	return true
}

// isNull tells whether column n of row r is null.
func (d *RowsDecoder) isNull(r, n int) bool { return d.rows.At(r)[n/8]&(1<<(n%8)) != 0 }

func (d *RowsDecoder) ints(v *batch.Vec, n int) (ok bool) {
	if v == nil {
		v = &d.unwanted
		v.Ints = v.Ints[:0]
	}
	data, ends, at, out := d.rows.Data, d.rows.Ends, d.at, v.Ints
	for r, p := range at {
		if d.nulls && d.isNull(r, n) {
			out = append(out, 0)
			v.SetNull(len(out) - 1)
			continue
		}
		x, size := uint64(0), 0
		if int(p)+8 <= len(data) {
			x, size = shortUvarint(binary.LittleEndian.Uint64(data[p:]))
		}
		if size == 0 {
			if x, size = binary.Uvarint(data[p:ends[r]]); size <= 0 {
				return false
			}
		}
		p += uint32(size)
		if p > ends[r] {
			return false
		}
		at[r] = p
		out = append(out, int64(x>>1)^-int64(x&1))
	}
	v.Ints = out
	return true
}

// shortUvarint decodes the varint that the first of 8 bytes begin with, without a branch for each; size is 0 if it is longer.
func shortUvarint(b uint64) (x uint64, size int) {
	const more = 0x8080808080808080 // the bits of bytes that are not the last
	last := ^b & more
	if last == 0 {
		return 0, 0
	}
	size = bits.TrailingZeros64(last)/8 + 1
	b &= (last ^ (last - 1)) &^ more // the varint's bytes, 7 bits of each
	b = b&0x007f007f007f007f | b&0x7f007f007f007f00>>1
	b = b&0x00003fff00003fff | b&0x3fff00003fff0000>>2
	b = b&0x000000000fffffff | b&0x0fffffff00000000>>4
	return b, size
}

func (d *RowsDecoder) bytes(v *batch.Vec, n int) (ok bool) {
	data := d.rows.Data
	for r, p := range d.at {
		if d.nulls && d.isNull(r, n) {
			if v != nil {
				v.AppendNull()
			}
			continue
		}
		end := d.rows.Ends[r]
		length, head := binary.Uvarint(data[p:end])
		from := p + uint32(max(head, 0))
		if head <= 0 || length > uint64(end-from) {
			return false
		}
		d.at[r] = from + uint32(length)
		if v != nil {
			v.AppendBytes(data[from:d.at[r]])
		}
	}
	return true
}

func (d *RowsDecoder) fixed(v *batch.Vec, kind types.Kind, n int) (ok bool) {
	size := uint32(1)
	if kind == types.Float64 {
		size = 8
	}
	data := d.rows.Data
	for r, p := range d.at {
		if d.nulls && d.isNull(r, n) {
			if v != nil {
				v.AppendNull()
			}
			continue
		}
		if d.at[r] = p + size; d.at[r] > d.rows.Ends[r] {
			return false
		}
		switch {
		case v == nil:
		case kind == types.Float64:
			v.Floats = append(v.Floats, math.Float64frombits(binary.LittleEndian.Uint64(data[p:])))
		default:
			v.Bools = append(v.Bools, data[p] != 0)
		}
	}
	return true
}
