package types

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

func parseFloat8(_, text []byte, _ int32, _ *Settings) (Value, error) {
	f, err := parseFloat(text, 64, "double precision")
	return Value{Float: f}, err
}

func parseFloat4(_, text []byte, _ int32, _ *Settings) (Value, error) {
	f, err := parseFloat(text, 32, "real")
	return Value{Float: f}, err
}

// parseFloat is float8in: what C's strtod accepts, hexadecimal and the names of NaN and infinity included.
func parseFloat(text []byte, bits int, typeName string) (float64, error) {
	b := trimSpace(text)
	unsigned := b
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		unsigned = b[1:]
	}
	hex := len(unsigned) > 2 && unsigned[0] == '0' && unsigned[1]|0x20 == 'x'
	var stack [64]byte
	switch {
	case len(unsigned) == 0 || bytes.IndexByte(b, '_') >= 0:
		return 0, invalidText(typeName, text)
	case unsigned[0]|0x20 == 'n' && len(unsigned) < len(b):
		if strings.EqualFold(string(unsigned), "nan") {
			return notANumber, nil
		}
	case hex && !bytes.ContainsAny(b, "pP"):
		b = append(append(stack[:0], b...), "p0"...)
	}
	f, err := strconv.ParseFloat(string(b), bits)
	switch {
	case err == nil && math.IsNaN(f):
		return notANumber, nil
	case err == nil && (f != 0 || !hasDigit(unsigned, hex)):
		return f, nil
	case err == nil || strings.HasSuffix(err.Error(), "value out of range"):
		return 0, pgerr.Newf(pgerr.NumericValueOutOfRange, `"%s" is out of range for type %s`, numberPart(text), typeName)
	default:
		return 0, invalidText(typeName, text)
	}
}

// notANumber is the NaN that PostgreSQL makes.
var notANumber = math.Float64frombits(0x7ff8 << 48)

// numberPart is what strtod read: PostgreSQL names that part without the white space before and after it.
func numberPart(text []byte) []byte { return trimSpace(text) }

// hasDigit tells whether a number has a digit other than 0 before its exponent.
func hasDigit(b []byte, hex bool) bool {
	if hex {
		b = b[2:]
	}
	for _, c := range b {
		switch {
		case c >= '1' && c <= '9', hex && c|0x20 >= 'a' && c|0x20 <= 'f':
			return true
		case !hex && c|0x20 == 'e', hex && c|0x20 == 'p':
			return false
		}
	}
	return false
}

func appendFloat8(dst []byte, v Value, s *Settings) []byte {
	return appendFloat(dst, v.Float, 64, s.ExtraFloatDigits)
}

func appendFloat4(dst []byte, v Value, s *Settings) []byte {
	return appendFloat(dst, v.Float, 32, s.ExtraFloatDigits)
}

// appendFloat writes the shortest decimal that gives the same float, or with extra <= 0 a fixed number of digits, the way
// PostgreSQL's float8out does: plain for exponents from -4 to 14 (5 for real).
func appendFloat(dst []byte, f float64, bits, extra int) []byte {
	digitsOfType := 15
	if bits == 32 {
		digitsOfType = 6
	}
	precision := -1
	plainLimit := digitsOfType
	if extra <= 0 {
		precision = max(digitsOfType+extra, 1)
		plainLimit = precision
	}
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == 0:
		if math.Signbit(f) {
			return append(dst, '-', '0')
		}
		return append(dst, '0')
	}
	var stack [40]byte
	e := strconv.AppendFloat(stack[:0], f, 'e', max(precision-1, -1), bits)
	digits, exponent := splitFloat(e)
	if precision < 0 {
		// Ryu as PostgreSQL has it takes no decimal in the middle between two floats: one more digit settles that.
		for n := len(digits); n < digitsOfType+2 && onBoundary(f, bits, digits, exponent); {
			n++
			digits, exponent = splitFloat(strconv.AppendFloat(stack[:0], f, 'e', n-1, bits))
			for ; n < digitsOfType+2 && !reads(f, bits, digits, exponent); n++ {
				digits, exponent = splitFloat(strconv.AppendFloat(stack[:0], f, 'e', n, bits))
			}
		}
	}
	if f < 0 {
		dst = append(dst, '-')
	}
	return layoutFloat(dst, digits, exponent, plainLimit)
}

// splitFloat takes "-d.ddde±xx" apart: the digits without zeros at their end, in place, and the exponent.
func splitFloat(e []byte) (digits []byte, exponent int) {
	if e[0] == '-' {
		e = e[1:]
	}
	at := bytes.IndexByte(e, 'e')
	minus := e[at+1] == '-'
	for _, c := range e[at+2:] {
		exponent = exponent*10 + int(c-'0')
	}
	if minus {
		exponent = -exponent
	}
	digits = e[:at]
	if len(digits) > 1 {
		digits[1] = digits[0] // over the point
		digits = digits[1:]
	}
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, exponent
}

// reads tells whether a decimal is read as |f|.
func reads(f float64, bits int, digits []byte, exponent int) bool {
	text := strconv.AppendInt(append(append([]byte("."), digits...), 'e'), int64(exponent)+1, 10)
	got, err := strconv.ParseFloat(string(text), bits)
	return err == nil && got == math.Abs(f)
}

// onBoundary tells whether the decimal is exactly in the middle between f and a neighbour. Only even mantissas accept such a
// decimal, and only where few powers of five are at play, so that almost all floats are settled without arithmetic.
func onBoundary(f float64, bits int, digits []byte, exponent int) bool {
	f = math.Abs(f)
	odd := math.Float64bits(f)&1 != 0
	if bits == 32 {
		odd = math.Float32bits(float32(f))&1 != 0
	}
	scale := exponent - len(digits) + 1 // of the last digit
	if odd || scale < 1 || scale > 23 {
		return false
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return false
	}
	value := new(big.Int).Mul(new(big.Int).SetUint64(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	exact, accuracy := new(big.Float).SetFloat64(f).Int(nil)
	away := value.Cmp(exact)
	if accuracy != big.Exact || away == 0 {
		return false
	}
	neighbour := math.Nextafter(f, math.Inf(away))
	if bits == 32 {
		neighbour = float64(math.Nextafter32(float32(f), float32(math.Inf(away))))
	}
	other, _ := new(big.Float).SetFloat64(neighbour).Int(nil)
	return value.Lsh(value, 1).Cmp(exact.Add(exact, other)) == 0
}

// layoutFloat writes digits d.ddd × 10^exponent.
func layoutFloat(dst, digits []byte, exponent, plainLimit int) []byte {
	switch {
	case exponent < -4 || exponent >= plainLimit:
		dst = append(dst, digits[0])
		if len(digits) > 1 {
			dst = append(append(dst, '.'), digits[1:]...)
		}
		dst = append(dst, 'e', '+')
		if exponent < 0 {
			dst[len(dst)-1] = '-'
			exponent = -exponent
		}
		if exponent < 10 {
			dst = append(dst, '0')
		}
		return strconv.AppendInt(dst, int64(exponent), 10)
	case exponent < 0:
		dst = append(dst, "0."...)
		for range -exponent - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	case len(digits) <= exponent+1:
		dst = append(dst, digits...)
		for range exponent + 1 - len(digits) {
			dst = append(dst, '0')
		}
		return dst
	default:
		dst = append(dst, digits[:exponent+1]...)
		return append(append(dst, '.'), digits[exponent+1:]...)
	}
}

func decodeFloat8(_, wire []byte, _ int32) (Value, error) {
	if err := wireSize(wire, 8); err != nil {
		return Value{}, err
	}
	return Value{Float: math.Float64frombits(binary.BigEndian.Uint64(wire))}, nil
}

func decodeFloat4(_, wire []byte, _ int32) (Value, error) {
	if err := wireSize(wire, 4); err != nil {
		return Value{}, err
	}
	return Value{Float: float64(math.Float32frombits(binary.BigEndian.Uint32(wire)))}, nil
}

func appendFloat8Binary(dst []byte, v Value) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Float))
}

func appendFloat4Binary(dst []byte, v Value) []byte {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(v.Float)))
}
