package key

import (
	"encoding/binary"
	"strconv"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// DecodeRow appends the columns of one key to vectors: dst has for each column of the key where its value goes, or nil to
// pass it over. It returns what follows the columns in the key.
//
// A value is the one that was encoded where Column.Exact says so. A float comes back as equal to it (0 for -0), a numeric with
// the fewest digits that its value needs, a bpchar without trailing spaces. Intervals, jsonb, arrays and rows do not
// come back: asking for one is an internal error, as is a key of other columns.
func (e *Encoder) DecodeRow(dst []*batch.Vec, k []byte) (rest []byte, err error) {
	for i := range e.columns {
		if k, err = e.decodeColumn(dst[i], i, k); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (e *Encoder) decodeColumn(dst *batch.Vec, i int, k []byte) (rest []byte, err error) {
	c := &e.columns[i]
	if c.Bound {
		bound, rest, ok := BoundOf(k)
		if !ok {
			return nil, e.malformed(i)
		}
		if dst != nil {
			dst.Append(types.IntValue(bound))
		}
		return rest, nil
	}
	if len(k) == 0 {
		return nil, e.malformed(i)
	}
	mask := c.mask()
	switch k[0] {
	case c.nullTag():
		if dst != nil {
			dst.AppendNull()
		}
		return k[1:], nil
	case tagMalformed ^ mask:
		raw, rest, plain, ok := cutEscaped(k[1:], mask)
		if !ok {
			return nil, e.malformed(i)
		}
		if dst != nil {
			dst.Data = appendUnescaped(dst.Data, raw, mask, plain)
			dst.FinishBytes()
		}
		return rest, nil
	case tagValue ^ mask:
		return e.decodeValue(dst, i, k[1:], mask)
	default:
		return nil, e.malformed(i)
	}
}

func (e *Encoder) decodeValue(dst *batch.Vec, i int, k []byte, mask byte) (rest []byte, err error) {
	switch f := e.forms[i]; f {
	case formBool, formInt, formFloat, formUUID, formInterval, formTimetz:
		n := fixedSize(f)
		if len(k) < n {
			return nil, e.malformed(i)
		}
		if dst != nil {
			if err := e.decodeFixed(dst, i, k[:n], mask); err != nil {
				return nil, err
			}
		}
		return k[n:], nil
	case formNumeric:
		number, rest, ok := cutNumeric(k, mask)
		if !ok {
			return nil, e.malformed(i)
		}
		if dst != nil {
			if dst.Data, ok = appendNumericOf(dst.Data, number, mask); !ok {
				return nil, e.malformed(i)
			}
			dst.FinishBytes()
		}
		return rest, nil
	default:
		raw, rest, plain, ok := cutEscaped(k, mask)
		if !ok {
			return nil, e.malformed(i)
		}
		if dst == nil {
			return rest, nil
		}
		if f != formText && f != formTrimmed {
			return nil, invariants.Errorf("column %d of type %d cannot be read back from a key", i, e.columns[i].Type.OID)
		}
		dst.Data = appendUnescaped(dst.Data, raw, mask, plain)
		dst.FinishBytes()
		return rest, nil
	}
}

func fixedSize(f form) int {
	switch f {
	case formBool:
		return 1
	case formUUID:
		return uuidSize
	case formInterval:
		return intervalKeySize
	case formTimetz:
		return timetzSize
	default:
		return 8
	}
}

func (e *Encoder) decodeFixed(dst *batch.Vec, i int, k []byte, mask byte) error {
	var raw [uuidSize]byte
	for n, c := range k {
		raw[n] = c ^ mask
	}
	switch e.forms[i] {
	case formBool:
		dst.Bools = append(dst.Bools, raw[0] != 0)
	case formInt:
		dst.Ints = append(dst.Ints, int64(binary.BigEndian.Uint64(raw[:])^signBit))
	case formFloat:
		dst.Floats = append(dst.Floats, floatOf(binary.BigEndian.Uint64(raw[:])))
	case formUUID:
		dst.AppendBytes(raw[:])
	case formTimetz:
		dst.Data = appendTimetzOf(dst.Data, raw[:])
		dst.FinishBytes()
	default:
		return invariants.Errorf("column %d of type %d cannot be read back from a key", i, e.columns[i].Type.OID)
	}
	return nil
}

func (e *Encoder) malformed(i int) error {
	return &MalformedError{Column: i, Type: e.columns[i].Type}
}

// MalformedError says that bytes are not a key of the columns that were expected: the data folder is damaged, or was
// written with other definitions.
type MalformedError struct {
	Column int
	Type   types.Type
}

func (err *MalformedError) Error() string {
	return "malformed key: column " + strconv.Itoa(err.Column) + " is not of type " + strconv.Itoa(int(err.Type.OID))
}
