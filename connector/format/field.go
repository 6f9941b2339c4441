package format

import (
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// class is what the decoders distinguish: types with a fast way of their own, and the others.
type class uint8

const (
	classText class = iota // text, and varchar without a limit
	classInt
	classFloat
	classBool
	classNumeric
	classTime // timestamp, timestamptz
	classJSON // json, jsonb
	classArray
	classOther // by the type's text form
)

// field is one wanted column.
type field struct {
	name  string
	typ   types.Type
	class class
	// low and high bound the whole numbers that are read as they stand, and scale is what they are multiplied with; 0: there are none.
	low, high int64
	scale     int64
	ordinal   int // which of the format's fields it is, for CSV without a header
	column    int // in the batch
	unit      timeUnit
	onlyUnit  bool // times are numbers of the unit, and nothing else
	codec     *types.Codec
	elem      *types.Info // of arrays
	// seen is the serial number of the last row that had it.
	seen uint64
}

func newField(f *Format, c connector.Column, index, at int) field {
	x := field{name: c.Name, typ: c.Type, class: classOf(c.Type), column: at, unit: f.unit, onlyUnit: f.encode == CSV}
	for _, before := range f.columns[:index] {
		if before.Meta == connector.NoMeta {
			x.ordinal++
		}
	}
	switch {
	case x.class == classInt:
		x.low, x.high = intRange(c.Type.OID)
		x.scale = 1
	case x.class == classTime && x.unit != 0:
		x.low, x.high = minMicros/int64(x.unit), maxMicros/int64(x.unit)
		x.scale = int64(x.unit)
	}
	x.codec, _ = types.CodecOf(c.Type.OID)
	if x.class == classArray {
		info, _ := types.Lookup(c.Type.OID)
		elem, _ := types.Lookup(info.Elem)
		x.elem = &elem
	}
	return x
}

func intRange(oid types.OID) (low, high int64) {
	switch oid {
	case types.OIDInt2:
		return -1 << 15, 1<<15 - 1
	case types.OIDInt4:
		return -1 << 31, 1<<31 - 1
	case types.OIDOID:
		return 0, 1<<32 - 1
	default:
		return -1 << 63, 1<<63 - 1
	}
}

func classOf(t types.Type) class {
	switch t.OID {
	case types.OIDInt2, types.OIDInt4, types.OIDInt8, types.OIDOID:
		return classInt
	case types.OIDFloat4, types.OIDFloat8:
		return classFloat
	case types.OIDBool:
		return classBool
	case types.OIDNumeric:
		return classNumeric
	case types.OIDTimestamp, types.OIDTimestamptz:
		if t.Mod < 0 {
			return classTime
		}
	case types.OIDText:
		return classText
	case types.OIDVarchar:
		if t.Mod < 0 {
			return classText
		}
	case types.OIDJSON, types.OIDJSONB:
		return classJSON
	default:
	}
	if i, ok := types.Lookup(t.OID); ok && i.Elem != 0 && i.Category == 'A' {
		return classArray
	}
	return classOther
}

// checkType refuses a column that an encoding cannot fill.
func checkType(encode string, c connector.Column) error {
	info, known := types.Lookup(c.Type.OID)
	switch {
	case !known, info.Category == 'P':
	case encode == Text && c.Type.OID != types.OIDText && c.Type.OID != types.OIDVarchar:
		return pgerr.Newf(pgerr.DatatypeMismatch, "column %q of ENCODE TEXT is of type %s, not text", c.Name, types.FormatType(c.Type)).
			WithHint("Declare it as text, and cast it in a query.")
	case encode == Bytes && c.Type.OID != types.OIDBytea:
		return pgerr.Newf(pgerr.DatatypeMismatch, "column %q of ENCODE BYTES is of type %s, not bytea", c.Name, types.FormatType(c.Type)).
			WithHint("Declare it as bytea, and cast it in a query.")
	default:
		return nil
	}
	return pgerr.Newf(pgerr.FeatureNotSupported, "column %q has a type that ENCODE %s cannot read", c.Name, encode)
}
