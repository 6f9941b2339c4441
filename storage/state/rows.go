package state

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// RowsVersion is the version of the form of many rows in one value. It is part of the format of a data folder.
const RowsVersion = 1

// AppendRows appends the rows of a batch from one up to another in the form that values of many rows have: the version, the number of rows, a byte that tells whether
// multiplicities follow, as varints; then column by column a byte that tells whether a bitmap of nulls follows, and the values, of nulls too: booleans as
// bytes, integers as zigzag varints of the difference to the one before, floats as 8 bytes, others as all their lengths and then all their bytes.
func AppendRows(dst []byte, b *batch.Batch, from, to int) []byte {
	dst = append(dst, RowsVersion)
	dst = binary.AppendUvarint(dst, uint64(to-from))
	dst = append(dst, flagByte(len(b.Diff) > 0))
	if len(b.Diff) > 0 {
		for _, n := range b.Diff[from:to] {
			dst = binary.AppendVarint(dst, n)
		}
	}
	for i := range b.Cols {
		dst = appendColumn(dst, &b.Cols[i], from, to)
	}
	return dst
}

func flagByte(set bool) byte {
	if set {
		return 1
	}
	return 0
}

func appendColumn(dst []byte, v *batch.Vec, from, to int) []byte {
	dst = append(dst, flagByte(v.HasNulls()))
	if v.HasNulls() {
		for i := from; i < to; i += 64 {
			word := uint64(0)
			for k := i; k < min(i+64, to); k++ {
				if v.IsNull(k) {
					word |= 1 << (k - i)
				}
			}
			dst = binary.LittleEndian.AppendUint64(dst, word)
		}
	}
	switch v.Kind() {
	case types.Bool:
		for _, x := range v.Bools[from:to] {
			dst = append(dst, flagByte(x))
		}
	case types.Int64:
		before := int64(0)
		for _, x := range v.Ints[from:to] {
			dst = binary.AppendVarint(dst, x-before)
			before = x
		}
	case types.Float64:
		for _, x := range v.Floats[from:to] {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x))
		}
	case types.Bytes:
		for i := from; i < to; i++ {
			dst = binary.AppendUvarint(dst, uint64(v.Offsets[i+1]-v.Offsets[i]))
		}
		dst = append(dst, v.Data[v.Offsets[from]:v.Offsets[to]]...)
	}
	return dst
}

// DecodeRows appends the rows of a value in that form to a batch that is empty and has their columns.
func DecodeRows(dst *batch.Batch, value []byte) error {
	d := rowsDecoder{rest: value}
	if version := d.take(1); version != nil && version[0] != RowsVersion {
		return invariants.Errorf("rows of version %d", version[0])
	}
	rows := d.uvarint()
	if rows > uint64(len(value)) && len(dst.Cols) > 0 {
		return invariants.Errorf("%d rows in %d bytes", rows, len(value))
	}
	n := int(rows)
	if d.flag() {
		for range n {
			dst.Diff = append(dst.Diff, d.varint())
		}
	}
	for i := range dst.Cols {
		d.append(&dst.Cols[i], n)
	}
	if d.cut || len(d.rest) > 0 {
		return invariants.Errorf("%d rows of %d columns do not end with their value", n, len(dst.Cols))
	}
	dst.SetLen(n)
	return nil
}

// rowsDecoder takes a value apart. cut tells that it has ended too early; what is read then is 0.
type rowsDecoder struct {
	rest []byte
	cut  bool
}

func (d *rowsDecoder) take(n int) []byte {
	if d.cut = d.cut || n < 0 || n > len(d.rest); d.cut {
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *rowsDecoder) flag() bool {
	b := d.take(1)
	return b != nil && b[0] != 0
}

func (d *rowsDecoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.rest)
	d.skip(n)
	return x
}

func (d *rowsDecoder) varint() int64 {
	x, n := binary.Varint(d.rest)
	d.skip(n)
	return x
}

func (d *rowsDecoder) skip(n int) {
	if d.cut = d.cut || n <= 0; !d.cut {
		d.rest = d.rest[n:]
	}
}
