package pgwire

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// maxRowBytes is the longest message that PostgreSQL's clients accept (MaxAllocSize).
const maxRowBytes = 1<<30 - 1

// rowHeaderBytes are type, length and number of columns of a DataRow message.
const rowHeaderBytes = 7

// encoding is how the values of a column are written. The frequent ones have their own, the rest go through their type's codec.
type encoding uint8

const (
	encodeIntText encoding = iota
	encodeBytes            // the bytes of kind Bytes as they are
	encodeInt2Binary
	encodeInt4Binary
	encodeInt8Binary
	encodeFloat8Binary
	encodeBoolText
	encodeBoolBinary
	encodeText // from here on by the codec
	encodeBinary
)

// chunkRows is how many rows are written at a time: their bytes stay in the processor's cache between two columns.
const chunkRows = 128

// rowEncoder writes rows of a fixed list of columns as DataRow messages.
//
// It goes column by column: it measures the values of all rows of a chunk, so that it knows where each row begins, and then writes
// each column's values to their places. So what a column is is decided once for a chunk, not for each value, and nothing
// is allocated but the buffer.
type rowEncoder struct {
	columns  []columnEncoder
	settings *types.Settings

	at [chunkRows]int // the size of each row, then where its next value goes
	// side has the values of columns that only their codec can measure, in the order of writing; ends is where each ends.
	side []byte
	ends []int
}

type columnEncoder struct {
	how   encoding
	kind  types.Kind
	codec *types.Codec
}

// reset makes the encoder one of columns in the given formats (see formatOf).
func (e *rowEncoder) reset(columns []Column, formats []int16, settings *types.Settings) {
	e.settings = settings
	e.columns = slices.Grow(e.columns[:0], len(columns))
	for i, c := range columns {
		codec, ok := types.CodecOf(c.Type.OID)
		how := encodingOf(c.Type, formatOf(formats, i) == binaryFormat)
		if !ok { // a type of the user's: its values are their text
			how = encodeBytes
		}
		e.columns = append(e.columns, columnEncoder{how: how, kind: c.Type.Kind(), codec: codec})
	}
}

func encodingOf(t types.Type, binaryForm bool) encoding {
	switch t.OID {
	case types.OIDInt2:
		return either(binaryForm, encodeInt2Binary, encodeIntText)
	case types.OIDInt4:
		return either(binaryForm, encodeInt4Binary, encodeIntText)
	case types.OIDInt8:
		return either(binaryForm, encodeInt8Binary, encodeIntText)
	case types.OIDFloat8:
		return either(binaryForm, encodeFloat8Binary, encodeText)
	case types.OIDBool:
		return either(binaryForm, encodeBoolBinary, encodeBoolText)
	case types.OIDText, types.OIDVarchar, types.OIDName, types.OIDBPChar, types.OIDUnknown, types.OIDJSON:
		return encodeBytes
	default:
		return either(binaryForm, encodeBinary, encodeText)
	}
}

func either(second bool, yes, no encoding) encoding {
	if second {
		return yes
	}
	return no
}

// chunk is how many rows of b are written at a time: few if they are long.
func (e *rowEncoder) chunk(b *batch.Batch) int {
	return min(max(flushBytes*b.Len()/(b.Bytes()+1), 1), chunkRows)
}

// appendRows appends rows from to to-1 of b, at most chunkRows, as DataRow messages.
func (e *rowEncoder) appendRows(dst []byte, b *batch.Batch, from, to int) ([]byte, error) {
	at := e.at[:to-from]
	for r := range at {
		at[r] = rowHeaderBytes + 4*len(e.columns)
	}
	e.side, e.ends = e.side[:0], e.ends[:0]
	for c := range e.columns {
		e.measure(&e.columns[c], &b.Cols[c], from, at)
	}
	begin := len(dst)
	total := 0
	for _, size := range at {
		if size > maxRowBytes {
			return dst, pgerr.Newf(pgerr.ProgramLimitExceeded, "row of %d bytes is longer than the protocol allows", size)
		}
		total += size
	}
	dst = slices.Grow(dst, total)[:begin+total]
	for r, size := range at {
		header := dst[begin : begin+rowHeaderBytes]
		header[0] = 'D'
		binary.BigEndian.PutUint32(header[1:], uint32(size-1))
		binary.BigEndian.PutUint16(header[5:], uint16(len(e.columns)))
		at[r] = begin + rowHeaderBytes
		begin += size
	}
	coded := 0
	for c := range e.columns {
		if e.columns[c].how >= encodeText {
			coded = e.writeCoded(dst, &b.Cols[c], from, at, coded)
		} else {
			write(dst, e.columns[c].how, &b.Cols[c], from, at)
		}
	}
	if cap(e.side) > keepBytes {
		e.side = nil
	}
	return dst, nil
}

// measure adds the bytes of a column's values to at. Lengths are there already, and null has nothing else.
func (e *rowEncoder) measure(column *columnEncoder, v *batch.Vec, from int, at []int) {
	nulls := v.HasNulls()
	switch column.how {
	case encodeIntText:
		for r, n := range v.Ints[from : from+len(at)] {
			if !nulls || !v.IsNull(from+r) {
				at[r] += types.IntTextBytes(n)
			}
		}
	case encodeBytes:
		offsets := v.Offsets[from : from+len(at)+1]
		for r := range at {
			if !nulls || !v.IsNull(from+r) {
				at[r] += int(offsets[r+1] - offsets[r])
			}
		}
	case encodeText, encodeBinary:
		start := 0
		for r := range at {
			start = len(e.side)
			switch {
			case nulls && v.IsNull(from+r):
			case column.how == encodeText:
				e.side = column.codec.AppendText(e.side, v.Value(from+r), e.settings)
			default:
				e.side = column.codec.AppendBinary(e.side, v.Value(from+r))
			}
			e.ends = append(e.ends, len(e.side))
			at[r] += len(e.side) - start
		}
	default:
		size := fixedBytes[column.how]
		for r := range at {
			if !nulls || !v.IsNull(from+r) {
				at[r] += size
			}
		}
	}
}

// fixedBytes are the sizes of the encodings that have one.
var fixedBytes = [...]int{
	encodeInt2Binary: 2, encodeInt4Binary: 4, encodeInt8Binary: 8, encodeFloat8Binary: 8, encodeBoolText: 1, encodeBoolBinary: 1,
}

// write writes a column's values where at says, and moves at behind them. The encodings that results mostly have come first,
// each with a loop of its own.
func write(dst []byte, how encoding, v *batch.Vec, from int, at []int) {
	nulls := v.HasNulls()
	switch {
	case how == encodeIntText && !nulls:
		for r, n := range v.Ints[from : from+len(at)] {
			at[r] = putIntText(dst, at[r], n)
		}
	case how == encodeBytes && !nulls:
		offsets := v.Offsets[from : from+len(at)+1]
		for r, p := range at {
			value := v.Data[offsets[r]:offsets[r+1]]
			binary.BigEndian.PutUint32(dst[p:], uint32(len(value)))
			at[r] = p + 4 + copy(dst[p+4:], value)
		}
	default:
		for r, p := range at {
			if i := from + r; nulls && v.IsNull(i) {
				binary.BigEndian.PutUint32(dst[p:], null)
				at[r] = p + 4
			} else {
				at[r] = writeValue(dst, p, how, v, i)
			}
		}
	}
}

// writeValue writes value i, which is not null, at p, and returns where it ends.
func writeValue(dst []byte, p int, how encoding, v *batch.Vec, i int) int {
	switch how {
	case encodeIntText:
		return putIntText(dst, p, v.Ints[i])
	case encodeBytes:
		value := v.BytesAt(i)
		binary.BigEndian.PutUint32(dst[p:], uint32(len(value)))
		return p + 4 + copy(dst[p+4:], value)
	case encodeInt2Binary:
		binary.BigEndian.PutUint32(dst[p:], 2)
		binary.BigEndian.PutUint16(dst[p+4:], uint16(v.Ints[i]))
		return p + 6
	case encodeInt4Binary:
		binary.BigEndian.PutUint64(dst[p:], 4<<32|uint64(uint32(v.Ints[i])))
		return p + 8
	case encodeInt8Binary:
		binary.BigEndian.PutUint32(dst[p:], 8)
		binary.BigEndian.PutUint64(dst[p+4:], uint64(v.Ints[i]))
		return p + 12
	case encodeFloat8Binary:
		binary.BigEndian.PutUint32(dst[p:], 8)
		binary.BigEndian.PutUint64(dst[p+4:], math.Float64bits(v.Floats[i]))
		return p + 12
	case encodeBoolText:
		return putByte(dst, p, "ft"[asIndex(v.Bools[i])])
	case encodeBoolBinary:
		return putByte(dst, p, asIndex(v.Bools[i]))
	case encodeText, encodeBinary: // writeCoded does them
	}
	return p
}

// writeCoded writes the values that measure has put aside, from number coded on.
func (e *rowEncoder) writeCoded(dst []byte, v *batch.Vec, from int, at []int, coded int) int {
	start := 0
	if coded > 0 {
		start = e.ends[coded-1]
	}
	for r := range at {
		end, p := e.ends[coded], at[r]
		coded++
		if v.IsNull(from + r) {
			binary.BigEndian.PutUint32(dst[p:], null)
		} else {
			binary.BigEndian.PutUint32(dst[p:], uint32(end-start))
		}
		at[r] = p + 4 + copy(dst[p+4:], e.side[start:end])
		start = end
	}
	return coded
}

// null is the length that stands for NULL.
const null = 1<<32 - 1

func putByte(dst []byte, p int, b byte) int {
	binary.BigEndian.PutUint32(dst[p:], 1)
	dst[p+4] = b
	return p + 5
}

// putIntText writes the length and digits of n at p, and returns where they end.
func putIntText(dst []byte, p int, n int64) int {
	length := types.IntTextBytes(n)
	binary.BigEndian.PutUint32(dst[p:], uint32(length))
	types.PutIntText(dst[p+4:p+4+length], n)
	return p + 4 + length
}

func asIndex(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// check tells whether b has the columns that the client has been told of.
func (e *rowEncoder) check(b *batch.Batch) error {
	if len(b.Cols) != len(e.columns) {
		return invariants.Errorf("rows have %d columns, the client was told %d", len(b.Cols), len(e.columns))
	}
	for i := range b.Cols {
		if got, told := b.Cols[i].Kind(), e.columns[i].kind; got != told {
			return invariants.Errorf("column %d is of kind %s, the client was told %s", i, got, told)
		}
	}
	return nil
}
