package types

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// intCodec is the codec of an integer type of 2, 4 or 8 bytes; those of 4 bytes may be unsigned.
func intCodec(parse func([]byte) (int64, error), size int, unsigned bool) *Codec {
	return &Codec{
		parse: func(_, text []byte, _ int32, _ *Settings) (Value, error) {
			n, err := parse(text)
			return Value{Int: n}, err
		},
		text: appendInt,
		decode: func(_, wire []byte, _ int32) (Value, error) {
			if err := wireSize(wire, size); err != nil {
				return Value{}, err
			}
			switch {
			case size == 2:
				return Value{Int: int64(int16(binary.BigEndian.Uint16(wire)))}, nil
			case unsigned:
				return Value{Int: int64(binary.BigEndian.Uint32(wire))}, nil
			case size == 4:
				return Value{Int: int64(int32(binary.BigEndian.Uint32(wire)))}, nil
			default:
				return Value{Int: int64(binary.BigEndian.Uint64(wire))}, nil
			}
		},
		binary: func(dst []byte, v Value) []byte {
			switch size {
			case 2:
				return binary.BigEndian.AppendUint16(dst, uint16(v.Int))
			case 4:
				return binary.BigEndian.AppendUint32(dst, uint32(v.Int))
			default:
				return binary.BigEndian.AppendUint64(dst, uint64(v.Int))
			}
		},
		compare: compareInts,
	}
}

func appendInt(dst []byte, v Value, _ *Settings) []byte { return strconv.AppendInt(dst, v.Int, 10) }

func appendInt8Binary(dst []byte, v Value) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v.Int))
}

func parseInt2(text []byte) (int64, error) {
	return parseInt(text, math.MinInt16, math.MaxInt16, "smallint")
}

func parseInt4(text []byte) (int64, error) {
	return parseInt(text, math.MinInt32, math.MaxInt32, "integer")
}

func parseInt8(text []byte) (int64, error) {
	return parseInt(text, math.MinInt64, math.MaxInt64, "bigint")
}

func outOfRange(typeName string, text []byte) error {
	return pgerr.Newf(pgerr.NumericValueOutOfRange, `value "%s" is out of range for type %s`, text, typeName)
}

// parseInt is pg_strtoint: white space, a sign, decimal digits, white space. Digits that are too many are told before what
// follows them.
func parseInt(text []byte, least, most int64, typeName string) (int64, error) {
	i, minus := 0, false
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		minus = text[i] == '-'
		i++
	}
	start := i
	var n uint64 // the absolute value
	limit := uint64(most)
	if minus {
		limit = -uint64(least)
	}
	tenth := limit / 10
	for ; i < len(text) && text[i]-'0' <= 9; i++ {
		digit := uint64(text[i] - '0')
		if n >= tenth && (n > tenth || digit > limit%10) {
			return 0, outOfRange(typeName, text)
		}
		n = n*10 + digit
	}
	digits := i - start
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	if digits == 0 || i < len(text) {
		return 0, invalidText(typeName, text)
	}
	if minus {
		return -int64(n), nil
	}
	return int64(n), nil
}

// parseOID is oidin: C's strtoul, which takes negative numbers too.
func parseOID(text []byte) (int64, error) {
	i, minus := 0, false
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		minus = text[i] == '-'
		i++
	}
	start := i
	var n uint64
	over := false
	for ; i < len(text) && text[i]-'0' <= 9; i++ {
		digit := uint64(text[i] - '0')
		if n > (math.MaxUint64-digit)/10 {
			over = true
		}
		n = n*10 + digit
	}
	if i == start {
		return 0, invalidText("oid", text)
	}
	if over {
		return 0, outOfRange("oid", text)
	}
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	if i < len(text) {
		return 0, invalidText("oid", text)
	}
	if minus {
		n = -n
	}
	if n > math.MaxUint32 && n != uint64(int64(int32(uint32(n)))) {
		return 0, outOfRange("oid", text)
	}
	return int64(uint32(n)), nil
}
