package format

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

const bytea = types.OIDBytea

// appendText appends the value whose text form is text. It is how values of CSV are read, and strings of JSON.
func appendText(v *batch.Vec, f *field, text []byte) *pgerr.Error {
	switch f.class {
	case classText:
		if !validText(text) {
			return invalidText(text)
		}
		v.AppendBytes(text)
		return nil
	case classInt:
		if n, ok := parseInt(text); ok && n >= f.low && n <= f.high {
			v.Ints = append(v.Ints, n)
			return nil
		}
	case classFloat:
		if x, ok := parseFloat(text, f.typ.OID == types.OIDFloat4); ok {
			v.Floats = append(v.Floats, x)
			return nil
		}
	case classNumeric:
		return appendNumeric(v, f, text)
	case classTime:
		if t, ok := parseTimestamp(text, f.typ.OID == types.OIDTimestamptz); ok {
			v.Ints = append(v.Ints, t)
			return nil
		}
		if f.unit != 0 && (f.onlyUnit || isUnixTime(text)) {
			t, err := f.unit.text(text)
			if err == nil {
				v.Ints = append(v.Ints, t)
			}
			return err
		}
	default:
	}
	return appendCodec(v, f, text)
}

// appendCodec appends a value as its type's codec reads it.
func appendCodec(v *batch.Vec, f *field, text []byte) *pgerr.Error {
	if !validText(text) {
		return invalidText(text)
	}
	if isMoving(f.typ.OID, text) {
		return pgerr.Newf(pgerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", types.FormatType(f.typ), text).
			WithDetail("A row must mean the same whenever it is read.")
	}
	value, err := f.codec.Parse(v.Data, text, f.typ.Mod, types.DefaultSettings)
	if err != nil {
		return asUserError(err)
	}
	switch v.Kind() {
	case types.Bool:
		v.Bools = append(v.Bools, value.Bool())
	case types.Int64:
		v.Ints = append(v.Ints, value.Int)
	case types.Float64:
		v.Floats = append(v.Floats, value.Float)
	case types.Bytes:
		v.Data = value.Bytes
		v.FinishBytes()
	}
	return nil
}

// appendNumeric is appendCodec for numeric, which does not copy the text.
func appendNumeric(v *batch.Vec, f *field, text []byte) *pgerr.Error {
	if len(text) == 0 || !validText(text) {
		return appendCodec(v, f, text)
	}
	n, err := numeric.Parse(unsafe.String(&text[0], len(text)), f.typ.Mod) // the text lives as long as the call
	if err != nil {
		return asUserError(err)
	}
	v.Data = n.Append(v.Data)
	v.FinishBytes()
	return nil
}

func asUserError(err error) *pgerr.Error {
	var e *pgerr.Error
	if errors.As(err, &e) {
		return e
	}
	return pgerr.New(pgerr.InternalError, err.Error())
}

// isMoving tells whether a text is a date or time that depends on when it is read: now, today, tomorrow, yesterday.
func isMoving(oid types.OID, text []byte) bool {
	switch oid {
	case types.OIDDate, types.OIDTime, types.OIDTimetz, types.OIDTimestamp, types.OIDTimestamptz:
	default:
		return false
	}
	for _, word := range []string{"now", "today", "tomorrow", "yesterday"} {
		if len(text) >= len(word) && bytes.Contains(bytes.ToLower(text), []byte(word)) {
			return true
		}
	}
	return false
}

// validText tells whether bytes can be a text of SQL: UTF-8 without a zero byte.
func validText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

func invalidText(b []byte) *pgerr.Error {
	if utf8.Valid(b) {
		return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x00`)
	}
	return errInvalidUTF8()
}

// parseInt reads an optional sign and up to nineteen digits; what is longer or different is for the codec to judge.
func parseInt(b []byte) (int64, bool) {
	i, negative := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		i = 1
	}
	if len(b) == i || len(b)-i > 18 {
		return 0, false
	}
	var n int64
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if negative {
		n = -n
	}
	return n, true
}

var powersOfTen = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseFloat reads a decimal number. Those of up to fifteen digits with a small exponent are exact in one division or
// multiplication (Clinger, 1990); the others are for strconv, which rounds once, too. What overflows is not ok.
func parseFloat(b []byte, single bool) (float64, bool) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		negative, i = true, 1
	}
	mantissa, digits, fraction := uint64(0), 0, -1
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' && fraction < 0 {
			fraction = 0
			continue
		}
		if c -= '0'; c > 9 {
			break
		}
		mantissa = mantissa*10 + uint64(c)
		digits++
		if fraction >= 0 {
			fraction++
		}
	}
	if i == len(b) && digits > 0 && digits <= 15 && !single {
		x := float64(mantissa)
		if fraction > 0 {
			x /= powersOfTen[fraction]
		}
		if negative {
			x = -x
		}
		return x, true
	}
	if digits == 0 || len(b) > 400 {
		return 0, false
	}
	size := 64
	if single {
		size = 32
	}
	x, err := strconv.ParseFloat(unsafe.String(&b[0], len(b)), size) // the text lives as long as the call
	if err != nil || x == 0 && mantissa != 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, false
	}
	return x, true
}

// isUnixTime tells whether a text in the place of a time is a whole number, and not a date (8 digits) or a date and time (14).
func isUnixTime(b []byte) bool {
	if len(b) == 8 || len(b) == 14 {
		return false
	}
	_, ok := parseInt(b)
	return ok
}

// wholeText turns 1e3 and 5.0 into digits. A number that is not whole, or has more digits than any integer, is an error.
func wholeText(b []byte) ([]byte, *pgerr.Error) {
	mantissa, exponent := b, 0
	if i := bytes.IndexAny(b, "eE"); i >= 0 {
		n, err := strconv.Atoi(string(bytes.TrimPrefix(b[i+1:], []byte("+"))))
		if len(bytes.Trim(b[:i], "-0.")) == 0 {
			return []byte("0"), nil // whatever the exponent
		}
		if err != nil || n > 30 || n < -400 {
			return nil, notWhole(b)
		}
		mantissa, exponent = b[:i], n
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits := append(bytes.Clone(whole), fraction...)
	exponent -= len(fraction)
	for ; exponent > 0; exponent-- {
		digits = append(digits, '0')
	}
	for ; exponent < 0; exponent++ {
		last := len(digits) - 1
		if last < 0 || digits[last] == '-' {
			break // nothing but zeros was cut off: 0.0, 0e-5
		}
		if digits[last] != '0' {
			return nil, notWhole(b)
		}
		digits = digits[:last]
	}
	if len(digits) == 0 || len(digits) == 1 && digits[0] == '-' {
		digits = []byte("0")
	}
	return digits, nil
}

func notWhole(b []byte) *pgerr.Error {
	return pgerr.Newf(pgerr.InvalidTextRepresentation, "%s is not a whole number", b)
}
