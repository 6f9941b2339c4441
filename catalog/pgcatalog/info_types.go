package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// What information_schema says about a type (its functions _pg_char_max_length and so on).

// Parts of a modifier.
const (
	modHeader         = 4 // VARHDRSZ, which is added to lengths
	modScaleBits      = 16
	modScaleMask      = 0xFFFF
	noPrecision       = 0xFFFF // of an interval
	maxTextBytes      = 1 << 30
	maxBytesPerRune   = 4
	defaultPrecision  = 6
	decimal, binaryIn = 10, 2
)

// describedType are the cells that columns, attributes and parameters have in common.
func (e *Env) describedType(t types.Type) []cell {
	cells := []cell{{"data_type", text(e.dataType(t.OID))}}
	switch t.OID {
	case types.OIDBPChar, types.OIDVarchar, types.OIDText:
		if t.Mod >= modHeader {
			cells = append(cells, cell{"character_maximum_length", integer(t.Mod - modHeader)},
				cell{"character_octet_length", integer((t.Mod - modHeader) * maxBytesPerRune)})
		} else {
			cells = append(cells, cell{"character_octet_length", integer(maxTextBytes)})
		}
	case types.OIDNumeric:
		if t.Mod >= modHeader {
			cells = append(cells, cell{"numeric_precision", integer((t.Mod - modHeader) >> modScaleBits & modScaleMask)},
				cell{"numeric_precision_radix", integer(decimal)}, cell{"numeric_scale", integer((t.Mod - modHeader) & modScaleMask)})
		} else {
			cells = append(cells, cell{"numeric_precision_radix", integer(decimal)})
		}
	case types.OIDInt2, types.OIDInt4, types.OIDInt8:
		f := factsOf(t.OID)
		cells = append(cells, cell{"numeric_precision", integer(f.size * 8)}, cell{"numeric_precision_radix", integer(binaryIn)},
			cell{"numeric_scale", integer(0)})
	case types.OIDFloat4, types.OIDFloat8:
		bits := map[types.OID]int{types.OIDFloat4: 24, types.OIDFloat8: 53}[t.OID]
		cells = append(cells, cell{"numeric_precision", integer(bits)}, cell{"numeric_precision_radix", integer(binaryIn)})
	case types.OIDDate:
		cells = append(cells, cell{"datetime_precision", integer(0)})
	case types.OIDTime, types.OIDTimetz, types.OIDTimestamp, types.OIDTimestamptz:
		cells = append(cells, cell{"datetime_precision", integer(precision(t.Mod))})
	case types.OIDInterval:
		cells = append(cells, intervalCells(t)...)
	default:
	}
	return cells
}

func precision(mod int32) int32 {
	if mod < 0 {
		return defaultPrecision
	}
	return mod
}

func intervalCells(t types.Type) []cell {
	p := int32(defaultPrecision)
	if t.Mod >= 0 && t.Mod&noPrecision != noPrecision {
		p = t.Mod & noPrecision
	}
	cells := []cell{{"datetime_precision", integer(p)}}
	name := types.FormatType(t)
	if fields, ok := strings.CutPrefix(name, "interval "); ok {
		fields, _, _ = strings.Cut(fields, "(")
		cells = append(cells, cell{"interval_type", text(strings.ToUpper(fields))})
	}
	return cells
}

// dataType is data_type of information_schema.
func (e *Env) dataType(oid types.OID) string {
	if _, isArray := types.ElemOf(types.Of(oid)); isArray || factsOf(oid).array {
		return "ARRAY"
	}
	if listedTypes()[oid] {
		return (Lookups{e}).typeText(oid)
	}
	return "USER-DEFINED"
}

// udt names a type as udt_schema and udt_name do.
func (e *Env) udt(oid types.OID) (schema, name string) {
	if i, ok := recordedTypes.find(oid); ok {
		r := named("pg_catalog", "pg_type")
		s := e.Snapshot.Object(catalog.ID(recordedTypes.all.Cols[r.place("typnamespace")].Ints[i]))
		return s.Name, string(recordedTypes.all.Cols[1].BytesAt(i))
	}
	if o, isArray := (Lookups{e}).enum(oid); o != nil {
		name = o.Name
		if isArray {
			name = "_" + name
		}
		return e.schemaName(o), name
	}
	if o, isArray := (Lookups{e}).rowType(oid); o != nil {
		name = o.Name
		if isArray {
			name = "_" + name
		}
		return e.schemaName(o), name
	}
	return "pg_catalog", "unknown"
}

// databaseText is the name of the current database.
func (e *Env) databaseText() types.Value {
	if d := e.database(); d != nil {
		return text(d.Name)
	}
	return null
}
