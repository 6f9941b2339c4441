package types

import (
	"fmt"
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// sqlNames are the names that format_type prints where they differ from pg_type's.
var sqlNames = map[OID]string{
	OIDBool: "boolean", OIDAny: `"any"`, OIDChar: `"char"`, OIDInt2: "smallint", OIDInt4: "integer", OIDInt8: "bigint", OIDFloat4: "real",
	OIDFloat8: "double precision", OIDBPChar: "character", OIDVarchar: "character varying", OIDTime: "time without time zone",
	OIDTimetz: "time with time zone", OIDTimestamp: "timestamp without time zone", OIDTimestamptz: "timestamp with time zone",
}

// FormatType writes a type as format_type() does: its SQL name, with the modifier if there is one. A type that is not built in
// is "???".
func FormatType(t Type) string {
	info, ok := infoOf(t.OID)
	switch {
	case t.OID == 0:
		return "-"
	case !ok:
		return "???"
	case info.Elem != 0 && info.Name[0] == '_':
		return FormatType(Type{info.Elem, t.Mod}) + "[]"
	}
	mod := t.Mod
	switch t.OID {
	case OIDBPChar:
		if mod < 0 {
			return "bpchar" // "character" alone would be character(1)
		}
		return withLength("character", mod-typmodHeader)
	case OIDVarchar:
		return withLength("character varying", mod-typmodHeader)
	case OIDNumeric:
		if mod < typmodHeader {
			return "numeric"
		}
		precision, scale := numeric.SplitTypmod(mod)
		return fmt.Sprintf("numeric(%d,%d)", precision, scale)
	case OIDTime, OIDTimetz, OIDTimestamp, OIDTimestamptz:
		name := sqlNames[t.OID]
		if mod < 0 {
			return name
		}
		head := name[:len(name)-len(" with time zone")]
		if t.OID == OIDTime || t.OID == OIDTimestamp {
			head = name[:len(name)-len(" without time zone")]
		}
		return head + "(" + strconv.Itoa(int(mod)) + ")" + name[len(head):]
	case OIDInterval:
		return formatInterval(mod)
	default: // the others have no modifiers
	}
	if name, ok := sqlNames[t.OID]; ok {
		return name
	}
	return info.Name
}

func withLength(name string, n int32) string {
	if n <= 0 {
		return name
	}
	return name + "(" + strconv.Itoa(int(n)) + ")"
}

var intervalFields = []struct {
	bit  int32
	name string
}{
	{datetime.FieldYear, "year"},
	{datetime.FieldMonth, "month"},
	{datetime.FieldDay, "day"},
	{datetime.FieldHour, "hour"},
	{datetime.FieldMinute, "minute"},
	{datetime.FieldSecond, "second"},
}

func formatInterval(mod int32) string {
	fields, precision := datetime.SplitIntervalTypmod(mod)
	first, last := "", ""
	for _, f := range intervalFields {
		if fields&f.bit != 0 {
			if first == "" {
				first = f.name
			}
			last = f.name
		}
	}
	s := "interval"
	if first != "" {
		s += " " + first
	}
	if last != first {
		s += " to " + last
	}
	if precision >= 0 {
		s += "(" + strconv.Itoa(int(precision)) + ")"
	}
	return s
}

// byName are the built-in types by pg_type's name and by the SQL names that are one word.
var byName = func() map[string]OID {
	m := map[string]OID{
		"boolean": OIDBool, "smallint": OIDInt2, "integer": OIDInt4, "int": OIDInt4, "bigint": OIDInt8, "real": OIDFloat4,
		"float": OIDFloat8, "decimal": OIDNumeric, "dec": OIDNumeric, "character": OIDBPChar,
	}
	for oid, info := range byOID {
		m[info.Name] = oid
	}
	return m
}()

// LookupName finds a built-in type by its name in lower case: int4, integer, text, _int4. The name char is "char" with quotes; the
// parser spells char(n) as bpchar.
func LookupName(name string) (Type, bool) {
	oid, ok := byName[name]
	return Of(oid), ok
}

// ArrayOf is the type of arrays of a type, with its modifier; ok is false if there is none.
func ArrayOf(t Type) (Type, bool) {
	if IsRecord(t.OID) {
		return Type{OIDRecordArray, t.Mod}, true
	}
	info, ok := infoOf(t.OID)
	if !ok || info.Array == 0 {
		return Type{}, false
	}
	return Type{info.Array, t.Mod}, true
}

// ElemOf is the type of the elements of an array type; ok is false for other types.
func ElemOf(t Type) (Type, bool) {
	if t.OID&rowArrayTypeBit != 0 && t.OID&rowTypeBit == 0 {
		return Type{OIDRecord, t.Mod}, true
	}
	info, ok := infoOf(t.OID)
	if !ok || info.Elem == 0 {
		return Type{}, false
	}
	return Type{info.Elem, t.Mod}, true
}

// maxLength is the largest n of varchar(n) (htup_details.h).
const maxLength = 10 * 1024 * 1024

// MakeTypmod is the modifier of a type with arguments in parentheses: numeric(10, 2), varchar(20), timestamp(3). Interval has
// datetime.IntervalTypmod. The error is 22023 or 42601.
func MakeTypmod(oid OID, args []int32) (int32, error) {
	switch oid {
	case OIDNumeric:
		switch len(args) {
		case 1:
			return numeric.Typmod(int(args[0]), 0)
		case 2:
			return numeric.Typmod(int(args[0]), int(args[1]))
		}
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid NUMERIC type modifier")
	case OIDVarchar, OIDBPChar:
		return lengthTypmod(oid, args)
	case OIDTime, OIDTimetz, OIDTimestamp, OIDTimestamptz, OIDInterval:
		if len(args) != 1 {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
		}
		precision := args[0]
		if precision < 0 {
			return 0, pgerr.Newf(pgerr.InvalidParameterValue, "%s precision must not be negative", typmodName(oid, precision))
		}
		precision = min(precision, datetime.MaxPrecision) // with a warning in PostgreSQL
		if oid == OIDInterval {
			return datetime.IntervalTypmod(0, precision), nil
		}
		return precision, nil
	default:
	}
	return 0, pgerr.Newf(pgerr.SyntaxError, `type modifier is not allowed for type "%s"`, FormatType(Of(oid)))
}

func typmodName(oid OID, precision int32) string {
	switch oid {
	case OIDTime:
		return fmt.Sprintf("TIME(%d)", precision)
	case OIDTimetz:
		return fmt.Sprintf("TIME(%d) WITH TIME ZONE", precision)
	case OIDTimestamp:
		return fmt.Sprintf("TIMESTAMP(%d)", precision)
	case OIDTimestamptz:
		return fmt.Sprintf("TIMESTAMP(%d) WITH TIME ZONE", precision)
	default:
		return fmt.Sprintf("INTERVAL(%d)", precision)
	}
}

func lengthTypmod(oid OID, args []int32) (int32, error) {
	name := map[OID]string{OIDVarchar: "varchar", OIDBPChar: "char"}[oid]
	switch {
	case len(args) != 1:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
	case args[0] < 1:
		return 0, pgerr.Newf(pgerr.InvalidParameterValue, "length for type %s must be at least 1", name)
	case args[0] > maxLength:
		return 0, pgerr.Newf(pgerr.InvalidParameterValue, "length for type %s cannot exceed %d", name, maxLength)
	}
	return args[0] + typmodHeader, nil
}
