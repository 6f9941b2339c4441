package key

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/sql/types"
)

// Arrays and rows are kept as PostgreSQL's binary wire format (array_send, record_send), so their elements are in it too.

// The bytes of an element in the key of an array or row. The end sorts first: of two arrays of which one begins with the
// other, the shorter is less.
const (
	elementEnd   = 0x01
	elementValue = 0x02
	elementNull  = 0x03
)

const (
	arrayDimensionsMax = 6 // MAXDIM
	wireDepthMax       = 64
)

// appendArray appends an array as array_cmp has it: element by element, NULL above values; then the number of elements, of
// dimensions, their sizes and lower bounds.
func appendArray(dst, b []byte, depth int) ([]byte, bool) {
	if len(b) < 12 || depth > wireDepthMax {
		return dst, false
	}
	dimensions := int(binary.BigEndian.Uint32(b))
	elem := types.Of(types.OID(binary.BigEndian.Uint32(b[8:])))
	if dimensions > arrayDimensionsMax || len(b) < 12+8*dimensions {
		return dst, false
	}
	shape, rest := b[12:12+8*dimensions], b[12+8*dimensions:]
	form := formOf(elem)
	for len(rest) > 0 {
		var ok bool
		if dst, rest, ok = appendElement(dst, rest, elem, form, depth); !ok {
			return dst, false
		}
	}
	dst = append(dst, elementEnd, byte(dimensions))
	for part := range 2 { // all sizes, then all lower bounds
		for d := range dimensions {
			dst = binary.BigEndian.AppendUint32(dst, binary.BigEndian.Uint32(shape[8*d+4*part:])^1<<31)
		}
	}
	return dst, true
}

// appendRecord appends a row as record_cmp has it: column by column, NULL above values, then the number of columns.
func appendRecord(dst, b []byte, depth int) ([]byte, bool) {
	columns, rest, ok := types.RecordFields(b)
	if !ok || depth > wireDepthMax {
		return dst, false
	}
	for ; columns > 0; columns-- {
		if len(rest) < 4 {
			return dst, false
		}
		t := types.Of(types.OID(binary.BigEndian.Uint32(rest)))
		if dst, rest, ok = appendElement(dst, rest[4:], t, formOf(t), depth); !ok {
			return dst, false
		}
	}
	return append(dst, elementEnd), len(rest) == 0
}

// appendElement appends the element that b begins with: 4 bytes of length, or -1 for NULL, and its bytes.
func appendElement(dst, b []byte, t types.Type, f form, depth int) (_, rest []byte, ok bool) {
	if len(b) < 4 {
		return dst, nil, false
	}
	size, b := int32(binary.BigEndian.Uint32(b)), b[4:]
	if size == -1 {
		return append(dst, elementNull), b, true
	}
	if size < 0 || int(size) > len(b) {
		return dst, nil, false
	}
	dst, ok = appendWire(append(dst, elementValue), b[:size], t, f, depth)
	return dst, b[size:], ok
}

// appendWire appends a value in PostgreSQL's binary wire format.
func appendWire(dst, b []byte, t types.Type, f form, depth int) ([]byte, bool) {
	switch f {
	case formBool:
		return append(dst, b...), len(b) == 1
	case formInt:
		return appendWireInt(dst, b, t)
	case formFloat:
		switch len(b) {
		case 4:
			return appendUint64(dst, orderedFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(b))))), true
		case 8:
			return appendUint64(dst, orderedFloat(math.Float64frombits(binary.BigEndian.Uint64(b)))), true
		}
		return dst, false
	case formTrimmed:
		return appendEscaped(dst, trimSpaces(b)), true
	case formUUID:
		return append(dst, b...), len(b) == uuidSize
	case formInterval:
		return appendInterval(dst, b)
	case formTimetz:
		return appendTimetz(dst, b)
	case formNumeric:
		return appendNumberWire(dst, b)
	case formJSONB:
		if len(b) == 0 || b[0] != 1 { // the version that jsonb_send writes
			return dst, false
		}
		return appendJSONB(dst, b[1:])
	case formArray:
		return appendArray(dst, b, depth+1)
	case formRecord:
		return appendRecord(dst, b, depth+1)
	default:
		return appendEscaped(dst, b), true
	}
}

// appendWireInt appends integers and times. The origin of dates and times is PostgreSQL's 2000-01-01, which does not change
// their order. oid and its relatives are unsigned.
func appendWireInt(dst, b []byte, t types.Type) ([]byte, bool) {
	switch len(b) {
	case 2:
		return appendUint64(dst, orderedInt(int64(int16(binary.BigEndian.Uint16(b))))), true
	case 4:
		u := binary.BigEndian.Uint32(b)
		switch t.OID {
		case types.OIDInt4, types.OIDDate:
			return appendUint64(dst, orderedInt(int64(int32(u)))), true
		default:
			return appendUint64(dst, orderedInt(int64(u))), true
		}
	case 8:
		return appendUint64(dst, binary.BigEndian.Uint64(b)^signBit), true
	}
	return dst, false
}
