// Package types is what Freshet knows about SQL's types: their identities, names and physical forms, how a value is written
// and read as text and in PostgreSQL's binary wire format, and which casts there are.
//
// A type has an OID, PostgreSQL's own where PostgreSQL has the type, and a physical form, its Kind, which is all that vectors,
// kernels and state know about it. Values in a physical form carry no type; whoever holds one knows it.
package types

// OID identifies a type, as in pg_type.
type OID uint32

// Type is a type as a column has it. It is comparable.
type Type struct {
	OID OID
	// Mod is PostgreSQL's atttypmod: the length of varchar(n) plus 4, precision and scale of numeric(p, s), ...; -1 for none.
	Mod int32
}

// Of returns the type without a modifier.
func Of(oid OID) Type { return Type{OID: oid, Mod: -1} }

// Kind is a physical form of values.
type Kind uint8

// The physical forms. Each type has exactly one.
const (
	// Bool holds false and true.
	Bool Kind = iota
	// Int64 holds all integers and times: smallint, integer, bigint, oid and its relatives; date as days since 1970-01-01;
	// time as microseconds since midnight; timestamp and timestamptz as microseconds since 1970-01-01 (UTC).
	// The infinities of dates and timestamps are MinInt64 and MaxInt64.
	Int64
	// Float64 holds double precision, and real as a value that float32 can hold.
	Float64
	// Bytes holds all others: text and its relatives as UTF-8; bytea, uuid (16 bytes), interval (16 bytes), timetz (12 bytes),
	// arrays and rows as in PostgreSQL's binary wire format; jsonb as its canonical text; numeric as package numeric says.
	Bytes
)

// String gives the name of the kind, for tests and EXPLAIN.
func (k Kind) String() string {
	return [...]string{Bool: "bool", Int64: "int64", Float64: "float64", Bytes: "bytes"}[k]
}

// The OIDs of PostgreSQL's types that Freshet has (src/include/catalog/pg_type.dat).
const (
	OIDBool         OID = 16
	OIDBytea        OID = 17
	OIDChar         OID = 18 // "char"
	OIDName         OID = 19
	OIDInt8         OID = 20
	OIDInt2         OID = 21
	OIDInt2Vector   OID = 22
	OIDInt4         OID = 23
	OIDRegproc      OID = 24
	OIDText         OID = 25
	OIDOID          OID = 26
	OIDOIDVector    OID = 30
	OIDJSON         OID = 114
	OIDFloat4       OID = 700
	OIDFloat8       OID = 701
	OIDUnknown      OID = 705
	OIDBPChar       OID = 1042
	OIDVarchar      OID = 1043
	OIDDate         OID = 1082
	OIDTime         OID = 1083
	OIDTimestamp    OID = 1114
	OIDTimestamptz  OID = 1184
	OIDInterval     OID = 1186
	OIDTimetz       OID = 1266
	OIDNumeric      OID = 1700
	OIDRegprocedure OID = 2202
	OIDRegoper      OID = 2203
	OIDRegoperator  OID = 2204
	OIDRegclass     OID = 2205
	OIDRegtype      OID = 2206
	OIDRecord       OID = 2249
	OIDAny          OID = 2276
	OIDRecordArray  OID = 2287
	OIDAnyArray     OID = 2277
	OIDVoid         OID = 2278
	OIDAnyElement   OID = 2283
	OIDAnyNonArray  OID = 2776
	OIDUUID         OID = 2950
	OIDAnyEnum      OID = 3500
	OIDRegconfig    OID = 3734
	OIDRegdict      OID = 3769
	OIDJSONB        OID = 3802
	OIDRegnamespace OID = 4089
	OIDRegrole      OID = 4096
	OIDRegcollation OID = 4191

	OIDAnyCompatible         OID = 5077
	OIDAnyCompatibleArray    OID = 5078
	OIDAnyCompatibleNonArray OID = 5079
)
