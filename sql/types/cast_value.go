package types

import (
	"bytes"
	"math"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// CastValue converts a value from one type to another, its modifier included: FindCast's cast, made. explicit is for CAST and ::,
// which cut strings that are too long; otherwise they are an error. It is for single values: constants, parameters, defaults.
func CastValue(v Value, from, to Type, explicit bool, s *Settings) (Value, error) {
	if v.Null {
		return v, nil
	}
	c, ok := FindCast(from.OID, to.OID)
	if !ok {
		return Value{}, pgerr.Newf(pgerr.CannotCoerce, "cannot cast type %s to %s", FormatType(Of(from.OID)), FormatType(Of(to.OID)))
	}
	var err error
	switch c.Method {
	case Binary:
		if from == to {
			return v, nil
		}
		v = wrapInt(v, from.OID, to.OID)
	case ByFunction:
		v, err = convert(v, from.OID, to.OID, s)
	case ThroughText:
		v, err = Parse(Of(to.OID), Text(from, v, s), s)
	case Elementwise:
		return castArray(v, from, to, explicit, s)
	}
	if err != nil {
		return Value{}, err
	}
	return ApplyTypmod(v, to, explicit)
}

// wrapInt is what becomes of integer and oid, which are the same 32 bits to PostgreSQL, in 64 bits.
func wrapInt(v Value, from, to OID) Value {
	switch {
	case from == OIDInt4 && to != OIDInt4:
		v.Int = int64(uint32(v.Int))
	case to == OIDInt4 && from != OIDInt4:
		v.Int = int64(int32(v.Int))
	}
	return v
}

// ApplyTypmod fits a value of the type without modifier to the modifier: the length coercion functions of PostgreSQL.
func ApplyTypmod(v Value, t Type, explicit bool) (Value, error) {
	if v.Null || t.Mod < 0 {
		return v, nil
	}
	switch t.OID {
	case OIDVarchar, OIDBPChar:
		text := v.Bytes
		if n := int(t.Mod) - typmodHeader; explicit && n >= 0 {
			text = firstChars(text, n)
		}
		if t.OID == OIDVarchar {
			return parseVarchar(nil, text, t.Mod, nil)
		}
		return parseBPChar(nil, text, t.Mod, nil)
	case OIDNumeric:
		n, err := numeric.Decode(v.Bytes).ApplyTypmod(t.Mod)
		if err != nil {
			return Value{}, err
		}
		return Value{Bytes: n.Append(nil)}, nil
	case OIDTime, OIDTimestamp, OIDTimestamptz:
		return Value{Int: datetime.Round(v.Int, t.Mod)}, nil
	case OIDTimetz:
		micros, west := splitTimetz(v.Bytes)
		return Value{Bytes: joinTimetz(nil, datetime.Round(micros, t.Mod), west)}, nil
	case OIDInterval:
		return Value{Bytes: datetime.DecodeInterval(v.Bytes).ApplyTypmod(t.Mod).Append(nil)}, nil
	default:
		if _, ok := ElemOf(t); ok {
			return castArray(v, Of(t.OID), t, explicit, DefaultSettings)
		}
		return v, nil
	}
}

// firstChars cuts to n characters.
func firstChars(b []byte, n int) []byte {
	for i := range string(b) {
		if n == 0 {
			return b[:i]
		}
		n--
	}
	return b
}

func castArray(v Value, from, to Type, explicit bool, s *Settings) (Value, error) {
	a, err := OpenArray(v.Bytes)
	if err != nil {
		return Value{}, err
	}
	source, _ := ElemOf(from)
	target, _ := ElemOf(to)
	c, ok := CodecOf(target.OID)
	if !ok {
		return v, nil
	}
	lengths, lower := a.Lengths, a.Lower
	values, err := a.Values()
	if err != nil {
		return Value{}, err
	}
	hasNull := false
	for _, value := range values {
		hasNull = hasNull || value.Null
	}
	dst := AppendArrayHeader(nil, target.OID, hasNull, lengths, lower)
	for _, value := range values {
		if value, err = CastValue(value, source, target, explicit, s); err != nil {
			return Value{}, err
		}
		dst = c.AppendItem(dst, value)
	}
	return Value{Bytes: dst}, nil
}

// numberClass sorts the types that are converted alike.
type numberClass uint8

const (
	notNumber numberClass = iota
	integerClass
	floatClass
	numericClass
)

func classOf(oid OID) numberClass {
	if IsReg(oid) {
		return integerClass
	}
	switch oid {
	case OIDInt2, OIDInt4, OIDInt8, OIDOID:
		return integerClass
	case OIDFloat4, OIDFloat8:
		return floatClass
	case OIDNumeric:
		return numericClass
	default:
		return notNumber
	}
}

// convert makes the casts of the table that have a function.
func convert(v Value, from, to OID, s *Settings) (Value, error) {
	switch source, target := classOf(from), classOf(to); {
	case source == integerClass && target == integerClass:
		return fitInt(v.Int, from, to)
	case source == integerClass && target == floatClass:
		return Value{Float: roundFloat(float64(v.Int), float32(v.Int), to)}, nil
	case source == integerClass && target == numericClass:
		return Value{Bytes: numeric.FromInt64(v.Int).Append(nil)}, nil
	case source == floatClass && target == integerClass:
		return floatToInt(v.Float, to)
	case source == floatClass && target == floatClass:
		return floatToFloat(v.Float, to)
	case source == floatClass && target == numericClass:
		if from == OIDFloat4 {
			return Value{Bytes: numeric.FromFloat32(v.Float).Append(nil)}, nil
		}
		return Value{Bytes: numeric.FromFloat64(v.Float).Append(nil)}, nil
	case source == numericClass && target != notNumber:
		return fromNumeric(numeric.Decode(v.Bytes), to)
	case from == OIDJSONB:
		return fromJSONB(v, to)
	case isString(from) && to == OIDRegclass:
		oid, err := parseReg(to, v.Bytes, s)
		return Value{Int: int64(oid)}, err
	case isString(from):
		return convertString(v, from, to)
	case from == OIDBool || to == OIDBool || from == OIDChar || to == OIDChar:
		return convertSmall(v, from, to)
	default:
		return convertTime(v, from, to, s)
	}
}

// roundFloat picks the float of the target's width.
func roundFloat(wide float64, narrow float32, to OID) float64 {
	if to == OIDFloat4 {
		return float64(narrow)
	}
	return wide
}

func intLimits(to OID) (least, most int64, name string) {
	switch to {
	case OIDInt2:
		return math.MinInt16, math.MaxInt16, "smallint"
	case OIDInt4:
		return math.MinInt32, math.MaxInt32, "integer"
	case OIDInt8:
		return math.MinInt64, math.MaxInt64, "bigint"
	default:
		return 0, math.MaxUint32, "OID"
	}
}

func numberOutOfRange(name string) error {
	return pgerr.Newf(pgerr.NumericValueOutOfRange, "%s out of range", name)
}

func fitInt(n int64, from, to OID) (Value, error) {
	least, most, name := intLimits(to)
	if name == "OID" && from == OIDInt2 {
		return Value{Int: int64(uint32(n))}, nil
	}
	if n < least || n > most {
		return Value{}, numberOutOfRange(name)
	}
	return Value{Int: n}, nil
}

func floatToInt(f float64, to OID) (Value, error) {
	least, most, name := intLimits(to)
	f = math.RoundToEven(f)
	// most+1 is a power of two, which float64 holds exactly.
	if !(f >= float64(least) && f < float64(uint64(most)+1)) {
		return Value{}, numberOutOfRange(name)
	}
	return Value{Int: int64(f)}, nil
}

func floatToFloat(f float64, to OID) (Value, error) {
	if to == OIDFloat8 {
		return Value{Float: f}, nil
	}
	narrow := float64(float32(f))
	switch {
	case math.IsInf(narrow, 0) && !math.IsInf(f, 0):
		return Value{}, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
	case narrow == 0 && f != 0:
		return Value{}, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
	}
	return Value{Float: narrow}, nil
}

func fromNumeric(n numeric.Num, to OID) (Value, error) {
	switch to {
	case OIDNumeric:
		return Value{Bytes: n.Append(nil)}, nil
	case OIDFloat4, OIDFloat8:
		width := 64
		if to == OIDFloat4 {
			width = 32
		}
		f, err := n.Float64(width)
		return Value{Float: f}, err
	default:
		width := map[OID]int{OIDInt2: 16, OIDInt4: 32, OIDInt8: 64}[to]
		_, _, name := intLimits(to)
		i, err := n.Int64(width, name)
		return Value{Int: i}, err
	}
}

func isString(oid OID) bool {
	return oid == OIDText || oid == OIDVarchar || oid == OIDBPChar || oid == OIDName
}

// convertString makes the casts between strings that change them.
func convertString(v Value, from, to OID) (Value, error) {
	b := v.Bytes
	if from == OIDBPChar && to != OIDBPChar {
		b = trimPadding(b)
	}
	switch to {
	case OIDName:
		return parseName(nil, b, -1, nil)
	case OIDChar:
		return parseChar(nil, b, -1, nil)
	default:
		return Value{Bytes: bytes.Clone(b)}, nil
	}
}

// convertSmall makes the casts of boolean and "char".
func convertSmall(v Value, from, to OID) (Value, error) {
	switch {
	case from == OIDBool && to == OIDInt4:
		return Value{Int: v.Int}, nil
	case from == OIDBool:
		return TextValue(map[bool]string{true: "true", false: "false"}[v.Bool()]), nil
	case to == OIDBool:
		return BoolValue(v.Int != 0), nil
	case to == OIDChar:
		if v.Int < math.MinInt8 || v.Int > math.MaxInt8 {
			return Value{}, numberOutOfRange(`"char"`)
		}
		return Value{Bytes: []byte{byte(v.Int)}}, nil
	case to == OIDInt4:
		return Value{Int: int64(int8(append(bytes.Clone(v.Bytes), 0)[0]))}, nil
	default:
		return Value{Bytes: appendChar(nil, v, nil)}, nil
	}
}
