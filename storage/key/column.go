package key

import "github.com/freshetdb/freshet/sql/types"

// Version is the version of the encoding of keys, and of the hash. It is part of the format of a data folder.
const Version = 1

// TableID identifies a state table in the store. It is the first part of all the table's keys there. 0 is no table.
type TableID uint32

// Column is how one column takes part in a key. The zero order is ascending with NULLs last, as in PostgreSQL.
type Column struct {
	Type types.Type
	// Desc turns the order around. NULLs go where NullsFirst says, whatever Desc is.
	Desc bool
	// NullsFirst puts NULLs before values.
	NullsFirst bool
	// Bound makes the column the expiry bound of a state table: of kind Int64, never null, ascending, in 8 bytes without
	// a tag, so that whoever knows the bound knows the bytes (AppendBound). Only the first column can be one.
	Bound bool
}

// Asc returns a column in ascending order with NULLs last, the default of ORDER BY.
func Asc(t types.Type) Column { return Column{Type: t} }

// Desc returns a column in descending order with NULLs first, the default of ORDER BY ... DESC.
func Desc(t types.Type) Column { return Column{Type: t, Desc: true, NullsFirst: true} }

// Bound returns the column of an expiry bound.
func Bound(t types.Type) Column { return Column{Type: t, Bound: true} }

// Exact tells whether Decode gives back the very value that was encoded. It is false where values that are equal can look
// different (numeric, float, interval, bpchar, jsonb, arrays and rows of any type).
func (c Column) Exact() bool {
	switch formOf(c.Type) {
	case formBool, formInt, formText, formUUID, formTimetz:
		return true
	default:
		return false
	}
}

// Bytes tells whether values are the same exactly if their bytes are: where order does not count, they are their own keys.
func (c Column) Bytes() bool { return formOf(c.Type) == formText }

// The first byte of a column's encoding, before Desc inverts it.
const (
	tagNullFirst = 0x01
	tagValue     = 0x02
	// tagMalformed is for bytes that are no value of their type, which only a fault of ours can bring: they keep an
	// order and an identity, and nothing fails in the middle of a batch.
	tagMalformed = 0x03
	tagNullLast  = 0x04
)

// nullTag is the first and only byte of a NULL, after inversion.
func (c Column) nullTag() byte {
	tag := byte(tagNullFirst)
	if c.NullsFirst == c.Desc {
		tag = tagNullLast
	}
	return tag ^ c.mask()
}

// mask is what every byte of the column is combined with.
func (c Column) mask() byte {
	if c.Desc {
		return 0xFF
	}
	return 0
}

// form is the way the values of a type are ordered and written.
type form uint8

const (
	formBool form = iota
	formInt
	formFloat
	formText    // bytes, escaped
	formTrimmed // bpchar: trailing spaces do not count
	formUUID
	formInterval
	formTimetz
	formNumeric
	formJSONB
	formArray
	formRecord
)

func formOf(t types.Type) form {
	switch t.Kind() {
	case types.Bool:
		return formBool
	case types.Int64:
		return formInt
	case types.Float64:
		return formFloat
	case types.Bytes:
	}
	if types.IsRecord(t.OID) {
		return formRecord
	}
	switch t.OID {
	case types.OIDBPChar:
		return formTrimmed
	case types.OIDUUID:
		return formUUID
	case types.OIDInterval:
		return formInterval
	case types.OIDTimetz:
		return formTimetz
	case types.OIDNumeric:
		return formNumeric
	case types.OIDJSONB:
		return formJSONB
	default:
		if info, ok := types.Lookup(t.OID); ok && info.Elem != 0 {
			return formArray
		}
		return formText
	}
}

// width is the number of bytes of every value of the form with its tag, or 0 if they differ.
func (f form) width() int {
	switch f {
	case formBool:
		return 1 + 1
	case formInt, formFloat:
		return 1 + 8
	default:
		return 0
	}
}
