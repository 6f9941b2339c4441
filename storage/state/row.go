package state

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// RowVersion is the version of the form of rows in values. It is part of the format of a data folder.
const RowVersion = 1

// AppendRow appends columns of row i in the form that values have: a bitmap of nulls, then each value that is not null: a boolean as a
// byte, an integer as a zigzag varint, a float as 8 bytes, others as their length and bytes.
func AppendRow(dst []byte, b *batch.Batch, cols []int, i int) []byte {
	at := len(dst)
	for range (len(cols) + 7) / 8 {
		dst = append(dst, 0)
	}
	for n, c := range cols {
		v := &b.Cols[c]
		if v.IsNull(i) {
			dst[at+n/8] |= 1 << (n % 8)
			continue
		}
		switch v.Kind() {
		case types.Bool:
			x := byte(0)
			if v.Bools[i] {
				x = 1
			}
			dst = append(dst, x)
		case types.Int64:
			dst = binary.AppendVarint(dst, v.Ints[i])
		case types.Float64:
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Floats[i]))
		case types.Bytes:
			x := v.BytesAt(i)
			dst = binary.AppendUvarint(dst, uint64(len(x)))
			dst = append(dst, x...)
		}
	}
	return dst
}

// DecodeRow appends the values of a row in that form to vectors, nil for those that are not wanted, and returns what follows it.
func DecodeRow(dst []*batch.Vec, kinds []types.Kind, b []byte) (rest []byte, err error) {
	bitmap := (len(kinds) + 7) / 8
	if len(b) < bitmap {
		return nil, invariants.Errorf("a row of %d columns is cut off", len(kinds))
	}
	nulls := b[:bitmap]
	b = b[bitmap:]
	for n, kind := range kinds {
		v := dst[n]
		if nulls[n/8]&(1<<(n%8)) != 0 {
			if v != nil {
				v.AppendNull()
			}
			continue
		}
		size := 1
		switch kind {
		case types.Bool:
			if len(b) > 0 && v != nil {
				v.Bools = append(v.Bools, b[0] != 0)
			}
		case types.Int64:
			var x int64
			if x, size = binary.Varint(b); size > 0 && v != nil {
				v.Ints = append(v.Ints, x)
			}
		case types.Float64:
			if size = 8; len(b) >= 8 && v != nil {
				v.Floats = append(v.Floats, math.Float64frombits(binary.LittleEndian.Uint64(b)))
			}
		case types.Bytes:
			length, head := binary.Uvarint(b)
			if size = head + int(length); head <= 0 || length > uint64(len(b)) || size > len(b) {
				size = 0
			} else if v != nil {
				v.AppendBytes(b[head:size])
			}
		}
		if size <= 0 || size > len(b) {
			return nil, invariants.Errorf("a row of %d columns is cut off in column %d", len(kinds), n)
		}
		b = b[size:]
	}
	return b, nil
}
