package types

import (
	"bytes"
	"cmp"
	"math"
	"unsafe"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// Codec reads and writes the values of one type. Whoever handles many values of a column looks it up once. Its methods may be
// called from any goroutine and keep no argument.
//
// Reading appends: a value of kind Bytes is appended to dst, and the Value returned has all of dst with it as its Bytes. So a
// vector's data can be read into directly, and dst = nil gives just the value. For other kinds dst is not used. Bytes never
// borrow the input.
type Codec struct {
	parse  func(dst, text []byte, mod int32, s *Settings) (Value, error)
	text   func(dst []byte, v Value, s *Settings) []byte
	decode func(dst, wire []byte, mod int32) (Value, error)
	binary func(dst []byte, v Value) []byte
	// compare orders two values, neither null.
	compare func(a, b Value) int
	// normal appends the bytes that all equal values have in common; nil where equal values are the same bytes.
	normal func(dst, b []byte) []byte
	// plain tells that the text and binary forms are the bytes as they are.
	plain bool
	// wire appends the binary form of a value of kind Bytes where that is not what items have (rows with names); else nil.
	wire func(dst, b []byte) []byte
}

// CodecOf returns the codec of a type; ok is false for types that there are none of.
func CodecOf(oid OID) (c *Codec, ok bool) {
	switch {
	case oid&rowTypeBit != 0:
		oid = OIDRecord
	case oid&rowArrayTypeBit != 0:
		oid = OIDRecordArray
	}
	if c, ok = codecs[oid]; ok {
		return c, true
	}
	if IsEnum(oid) || IsEnumArray(oid) {
		return enumCodec(oid), true
	}
	return nil, false
}

// Parse reads the text form, as PostgreSQL's input function of the type does, and applies the typmod if it is not negative. The
// text must be valid UTF-8. The error is a *pgerr.Error: 22P02 and its relatives.
func (c *Codec) Parse(dst, text []byte, mod int32, s *Settings) (Value, error) {
	return c.parse(dst, text, mod, s)
}

// AppendText appends the text form, as PostgreSQL's output function of the type does. v is not null.
func (c *Codec) AppendText(dst []byte, v Value, s *Settings) []byte { return c.text(dst, v, s) }

// Decode reads PostgreSQL's binary wire form and applies the typmod if it is not negative. The error is a *pgerr.Error: 22P03,
// 08P01 and those of Parse.
func (c *Codec) Decode(dst, wire []byte, mod int32) (Value, error) { return c.decode(dst, wire, mod) }

// AppendBinary appends PostgreSQL's binary wire form. v is not null.
func (c *Codec) AppendBinary(dst []byte, v Value) []byte {
	if c.wire != nil {
		return c.wire(dst, v.Bytes)
	}
	return c.binary(dst, v)
}

// Compare orders two values that are not null as ORDER BY does: -1, 0 or 1.
func (c *Codec) Compare(a, b Value) int { return c.compare(a, b) }

// Canonical tells whether equal values of the type are always the same in their physical form. It is false for numeric
// (1.0 = 1.00), interval (1 day = 24:00), jsonb, bpchar and arrays of these, which are grouped and hashed by AppendNormal; and for
// floats, where 0 and -0 are equal, and all NaNs.
func (c *Codec) Canonical() bool { return c.normal == nil }

// AppendNormal appends bytes that are the same for all values of kind Bytes that are equal to the one with the bytes b, and
// for no others. It is itself a value of the type.
func (c *Codec) AppendNormal(dst, b []byte) []byte {
	if c.normal == nil {
		return append(dst, b...)
	}
	return c.normal(dst, b)
}

// Parse reads the text form of a value of type t.
func Parse(t Type, text string, s *Settings) (Value, error) {
	c, ok := CodecOf(t.OID)
	if !ok {
		return Value{}, pgerr.Newf(pgerr.FeatureNotSupported, "type %s has no text form", FormatType(t))
	}
	return c.Parse(nil, []byte(text), t.Mod, s)
}

// Text gives the text form of a value of type t that is not null.
func Text(t Type, v Value, s *Settings) string {
	c, ok := CodecOf(t.OID)
	if !ok {
		return string(v.Bytes)
	}
	return string(c.AppendText(nil, v, s))
}

// codecs has a line for each type of info.go; index adds those of arrays.
var codecs map[OID]*Codec

func init() { //nolint:gochecknoinits // arrays and rows look their elements up in this table, which an initializer must not
	codecs = scalarCodecs()
	for i := range builtins {
		b := &builtins[i]
		if elem, ok := codecs[b.OID]; ok && b.Array != 0 {
			codecs[b.Array] = arrayCodec(b.OID, elem)
		}
	}
	codecs[OIDRecordArray].wire = appendRecordArrayWire
}

func scalarCodecs() map[OID]*Codec {
	text := &Codec{parse: parseText, text: appendBytes, decode: decodeText, binary: appendPlain, compare: compareBytes, plain: true}
	oid := intCodec(parseOID, 4, true)
	return map[OID]*Codec{
		OIDBool:         {parse: parseBool, text: appendBool, decode: decodeBool, binary: appendBoolBinary, compare: compareInts},
		OIDBytea:        {parse: parseBytea, text: appendBytea, decode: decodeBytes, binary: appendPlain, compare: compareBytes},
		OIDChar:         {parse: parseChar, text: appendChar, decode: decodeChar, binary: appendCharBinary, compare: compareBytes},
		OIDName:         {parse: parseName, text: appendBytes, decode: decodeName, binary: appendPlain, compare: compareBytes, plain: true},
		OIDInt8:         intCodec(parseInt8, 8, false),
		OIDInt2:         intCodec(parseInt2, 2, false),
		OIDInt2Vector:   vectorCodec(OIDInt2),
		OIDInt4:         intCodec(parseInt4, 4, false),
		OIDRegproc:      regCodec(OIDRegproc),
		OIDText:         text,
		OIDOID:          oid,
		OIDOIDVector:    vectorCodec(OIDOID),
		OIDJSON:         {parse: parseJSON, text: appendBytes, decode: decodeJSON, binary: appendPlain, compare: compareBytes, plain: true},
		OIDFloat4:       {parse: parseFloat4, text: appendFloat4, decode: decodeFloat4, binary: appendFloat4Binary, compare: compareFloats},
		OIDFloat8:       {parse: parseFloat8, text: appendFloat8, decode: decodeFloat8, binary: appendFloat8Binary, compare: compareFloats},
		OIDUnknown:      text,
		OIDBPChar:       {parse: parseBPChar, text: appendBytes, decode: decodeBPChar, binary: appendPlain, compare: compareBPChar, normal: appendTrimmed, plain: true},
		OIDVarchar:      {parse: parseVarchar, text: appendBytes, decode: decodeVarchar, binary: appendPlain, compare: compareBytes, plain: true},
		OIDDate:         {parse: parseDate, text: appendDate, decode: decodeDate, binary: appendDateBinary, compare: compareInts},
		OIDTime:         {parse: parseTime, text: appendTime, decode: decodeTime, binary: appendInt8Binary, compare: compareInts},
		OIDTimestamp:    {parse: parseTimestamp, text: appendTimestamp, decode: decodeTimestamp, binary: appendTimestampBinary, compare: compareInts},
		OIDTimestamptz:  {parse: parseTimestamptz, text: appendTimestamptz, decode: decodeTimestamp, binary: appendTimestampBinary, compare: compareInts},
		OIDInterval:     {parse: parseInterval, text: appendInterval, decode: decodeInterval, binary: appendIntervalBinary, compare: compareIntervals, normal: appendNormalInterval},
		OIDTimetz:       {parse: parseTimetz, text: appendTimetz, decode: decodeTimetz, binary: appendTimetzBinary, compare: compareTimetz},
		OIDNumeric:      {parse: parseNumeric, text: appendNumeric, decode: decodeNumeric, binary: appendNumericBinary, compare: compareNumerics, normal: appendNormalNumeric},
		OIDRegprocedure: regCodec(OIDRegprocedure),
		OIDRegoper:      regCodec(OIDRegoper),
		OIDRegoperator:  regCodec(OIDRegoperator),
		OIDRegclass:     regCodec(OIDRegclass),
		OIDRegtype:      regCodec(OIDRegtype),
		OIDRecord:       {parse: parseRecord, text: appendRecord, decode: decodeRecord, binary: appendPlain, compare: compareRecords, normal: appendNormalRecord, wire: appendRecordWire},
		OIDVoid:         {parse: parseVoid, text: appendBytes, decode: decodeVoid, binary: appendPlain, compare: compareBytes},
		OIDUUID:         {parse: parseUUID, text: appendUUID, decode: decodeUUID, binary: appendUUIDBinary, compare: compareBytes},
		OIDJSONB:        {parse: parseJSONB, text: appendBytes, decode: decodeJSONB, binary: appendJSONBBinary, compare: compareJSONB, normal: appendNormalJSONB},
		OIDRegconfig:    regCodec(OIDRegconfig),
		OIDRegdict:      regCodec(OIDRegdict),
		OIDRegcollation: regCodec(OIDRegcollation),
		OIDRegnamespace: regCodec(OIDRegnamespace),
		OIDRegrole:      regCodec(OIDRegrole),
	}
}

func appendBytes(dst []byte, v Value, _ *Settings) []byte { return append(dst, v.Bytes...) }

func appendPlain(dst []byte, v Value) []byte { return append(dst, v.Bytes...) }

func decodeBytes(dst, wire []byte, _ int32) (Value, error) {
	return Value{Bytes: append(dst, wire...)}, nil
}

func decodeVoid(dst, _ []byte, _ int32) (Value, error) { return Value{Bytes: dst}, nil }

func parseVoid(dst, _ []byte, _ int32, _ *Settings) (Value, error) { return Value{Bytes: dst}, nil }

func compareInts(a, b Value) int { return cmp.Compare(a.Int, b.Int) }

func compareBytes(a, b Value) int { return bytes.Compare(a.Bytes, b.Bytes) }

// compareFloats has NaN equal to itself and greater than all else (PostgreSQL 15, 8.1.3).
func compareFloats(a, b Value) int {
	switch aNaN, bNaN := math.IsNaN(a.Float), math.IsNaN(b.Float); {
	case aNaN && bNaN:
		return 0
	case aNaN:
		return 1
	case bNaN:
		return -1
	}
	return cmp.Compare(a.Float, b.Float)
}

// wireSize returns an error if a binary value does not have n bytes.
func wireSize(wire []byte, n int) error {
	switch {
	case len(wire) < n:
		return pgerr.New(pgerr.ProtocolViolation, "insufficient data left in message")
	case len(wire) > n:
		return ErrBytesLeft
	}
	return nil
}

// byteSize is wireSize for values of one byte, which PostgreSQL reads by a function of their own.
func byteSize(wire []byte) error {
	if len(wire) == 0 {
		return pgerr.New(pgerr.ProtocolViolation, "no data left in message")
	}
	return wireSize(wire, 1)
}

// ErrBytesLeft is the error of a binary value that has more bytes than its type reads. Who knows which value it is says so.
var ErrBytesLeft = numeric.ErrBytesLeft

// invalidText is what most input functions say.
func invalidText(typeName string, text []byte) error {
	return pgerr.Newf(pgerr.InvalidTextRepresentation, `invalid input syntax for type %s: "%s"`, typeName, text)
}

// view is b as a string without a copy, for parsers, which keep nothing of what they read. b must not change meanwhile.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// isSpace is C's isspace.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// trimSpace drops white space at both ends.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
