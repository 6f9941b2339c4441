package types

// Info is what is fixed about a built-in type.
type Info struct {
	OID   OID
	Name  string // pg_type.typname
	Kind  Kind
	Array OID // the type of arrays of it, 0 for none
	Elem  OID // the element type of an array type, else 0
	// Size is pg_type.typlen: bytes of the binary wire form, -1 for variable length.
	Size int16
	// Category and Preferred guide the choice between overloads (PostgreSQL 15, 10.2 and 52.64).
	Category  byte
	Preferred bool
}

// builtins are the types that exist in every database. A new type has its line here and its codec in codecs.
var builtins = []Info{
	{OIDBool, "bool", Bool, 1000, 0, 1, 'B', true},
	{OIDBytea, "bytea", Bytes, 1001, 0, -1, 'U', false},
	{OIDChar, "char", Bytes, 1002, 0, 1, 'Z', false},
	{OIDName, "name", Bytes, 1003, 0, 64, 'S', false},
	{OIDInt8, "int8", Int64, 1016, 0, 8, 'N', false},
	{OIDInt2, "int2", Int64, 1005, 0, 2, 'N', false},
	{OIDInt2Vector, "int2vector", Bytes, 1006, OIDInt2, -1, 'A', false},
	{OIDInt4, "int4", Int64, 1007, 0, 4, 'N', false},
	{OIDRegproc, "regproc", Int64, 1008, 0, 4, 'N', false},
	{OIDText, "text", Bytes, 1009, 0, -1, 'S', true},
	{OIDOID, "oid", Int64, 1028, 0, 4, 'N', true},
	{OIDOIDVector, "oidvector", Bytes, 1013, OIDOID, -1, 'A', false},
	{OIDJSON, "json", Bytes, 199, 0, -1, 'U', false},
	{OIDFloat4, "float4", Float64, 1021, 0, 4, 'N', false},
	{OIDFloat8, "float8", Float64, 1022, 0, 8, 'N', true},
	{OIDUnknown, "unknown", Bytes, 0, 0, -2, 'X', false},
	{OIDBPChar, "bpchar", Bytes, 1014, 0, -1, 'S', false},
	{OIDVarchar, "varchar", Bytes, 1015, 0, -1, 'S', false},
	{OIDDate, "date", Int64, 1182, 0, 4, 'D', false},
	{OIDTime, "time", Int64, 1183, 0, 8, 'D', false},
	{OIDTimestamp, "timestamp", Int64, 1115, 0, 8, 'D', false},
	{OIDTimestamptz, "timestamptz", Int64, 1185, 0, 8, 'D', true},
	{OIDInterval, "interval", Bytes, 1187, 0, 16, 'T', true},
	{OIDTimetz, "timetz", Bytes, 1270, 0, 12, 'D', false},
	{OIDNumeric, "numeric", Bytes, 1231, 0, -1, 'N', false},
	{OIDRegprocedure, "regprocedure", Int64, 2207, 0, 4, 'N', false},
	{OIDRegoper, "regoper", Int64, 2208, 0, 4, 'N', false},
	{OIDRegoperator, "regoperator", Int64, 2209, 0, 4, 'N', false},
	{OIDRegclass, "regclass", Int64, 2210, 0, 4, 'N', false},
	{OIDRegtype, "regtype", Int64, 2211, 0, 4, 'N', false},
	{OIDRecord, "record", Bytes, 2287, 0, -1, 'P', false},
	{OIDAny, "any", Bytes, 0, 0, 4, 'P', false},
	{OIDAnyArray, "anyarray", Bytes, 0, 0, -1, 'P', false},
	{OIDAnyElement, "anyelement", Bytes, 0, 0, 4, 'P', false},
	{OIDAnyNonArray, "anynonarray", Bytes, 0, 0, 4, 'P', false},
	{OIDAnyEnum, "anyenum", Bytes, 0, 0, 4, 'P', false},
	{OIDAnyCompatible, "anycompatible", Bytes, 0, 0, 4, 'P', false},
	{OIDAnyCompatibleArray, "anycompatiblearray", Bytes, 0, 0, -1, 'P', false},
	{OIDAnyCompatibleNonArray, "anycompatiblenonarray", Bytes, 0, 0, 4, 'P', false},
	{OIDVoid, "void", Bytes, 0, 0, 4, 'P', false},
	{OIDUUID, "uuid", Bytes, 2951, 0, 16, 'U', false},
	{OIDRegconfig, "regconfig", Int64, 3735, 0, 4, 'N', false},
	{OIDRegdict, "regdictionary", Int64, 3770, 0, 4, 'N', false},
	{OIDJSONB, "jsonb", Bytes, 3807, 0, -1, 'U', false},
	{OIDRegnamespace, "regnamespace", Int64, 4090, 0, 4, 'N', false},
	{OIDRegrole, "regrole", Int64, 4097, 0, 4, 'N', false},
	{OIDRegcollation, "regcollation", Int64, 4192, 0, 4, 'N', false},
}

var byOID = index()

// index adds the array type of every type that has one.
func index() map[OID]*Info {
	m := make(map[OID]*Info, 2*len(builtins))
	for i := range builtins {
		b := &builtins[i]
		m[b.OID] = b
		if b.Array != 0 {
			m[b.Array] = &Info{OID: b.Array, Name: "_" + b.Name, Kind: Bytes, Elem: b.OID, Size: -1, Category: 'A'}
		}
	}
	return m
}

// Lookup returns what is fixed about a built-in type or an enum; ok is false for others.
func Lookup(oid OID) (info Info, ok bool) {
	i, ok := infoOf(oid)
	if !ok {
		return Info{}, false
	}
	return *i, true
}

// Kind returns the physical form of the type's values. Types that are not built in are Bytes.
func (t Type) Kind() Kind {
	if i, ok := byOID[t.OID]; ok {
		return i.Kind
	}
	return Bytes
}
