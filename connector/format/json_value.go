package format

import (
	"bytes"
	"math/bits"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// jsonValue appends the value at row[i] to a column, and answers the place behind it.
func (d *Decoder) jsonValue(v *batch.Vec, f *field, row []byte, i int) (int, *fault) {
	if i >= len(row) {
		return 0, jsonFault(row, i, "expected a value")
	}
	c := row[i]
	if c == '"' && f.class != classJSON {
		return d.jsonString(v, f, row, i)
	}
	if end := f.appendNumber(v, row, i); end >= 0 {
		return end, nil
	}
	end, bad := skipValue(row, i)
	if bad != nil {
		return 0, bad
	}
	text := row[i:end]
	if c == 'n' && string(text) == "null" {
		v.AppendNull()
		return end, nil
	}
	if c != '{' && c != '[' && c != '"' && !isScalar(text) {
		return 0, jsonFault(row, i, "expected a value")
	}
	var err *pgerr.Error
	switch {
	case f.class == classJSON || f.class == classText && c != '"':
		err = d.jsonDocument(v, f, text)
	case c == '{' || c == '[' && f.class != classArray:
		err = wrongType(f, text)
	case c == '[':
		d.array = d.array[:0]
		if d.array, bad = d.jsonArray(d.array, f, row[:end], i, 0); bad != nil {
			return 0, bad
		}
		err = appendCodec(v, f, d.array)
	default:
		err = jsonScalar(v, f, text)
	}
	if err != nil {
		return 0, &fault{err: err}
	}
	return end, nil
}

// appendNumber appends the whole number at row[i] to a column of whole numbers or times, and answers the place behind it; -1 if it is none, or
// not one of the column.
func (f *field) appendNumber(v *batch.Vec, row []byte, i int) int {
	if f.scale == 0 {
		return -1
	}
	n, end := f.number(row, i)
	if end >= 0 {
		v.Ints = append(v.Ints, n)
	}
	return end
}

// number reads the whole number at row[i] as a column of whole numbers or times has it, and answers the place behind it; -1 if it is none, or not
// one of the column.
func (f *field) number(row []byte, i int) (n int64, end int) {
	n, end = digits(row, i)
	if end == 0 || n < f.low || n > f.high {
		return 0, -1
	}
	return n * f.scale, end
}

// digits reads a whole number of up to eighteen digits that ends where a value may end; otherwise end is 0.
func digits(row []byte, i int) (n int64, end int) {
	negative := row[i] == '-'
	if negative {
		i++
	}
	start := i
	if i+16 <= len(row) {
		x, y := word(row, i)^'0'*ones, word(row, i+8)^'0'*ones
		if other := noDigits(x); other != 0 {
			count := bits.TrailingZeros64(other) >> 3
			n = eightValue(x << (64 - 8*count))
			i += count
		} else {
			count := bits.TrailingZeros64(noDigits(y)) >> 3
			n = eightValue(x)*tens[count] + eightValue(y<<(64-8*count))
			i += 8 + count
		}
	}
	for ; i < len(row); i++ {
		c := row[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int64(c)
	}
	if i == start || i-start > 18 || row[start] == '0' && i-start > 1 {
		return 0, 0
	}
	if i < len(row) {
		switch row[i] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
		default:
			return 0, 0
		}
	}
	if negative {
		n = -n
	}
	return n, i
}

// jsonString appends a string as the column's type reads texts.
func (d *Decoder) jsonString(v *batch.Vec, f *field, row []byte, i int) (int, *fault) {
	end := plainEnd(row, i+1)
	text := row[i+1 : end]
	if end < len(row) && row[end] == '"' {
		end++
	} else {
		if end, _ = stringEnd(row, i); end < 0 {
			return 0, jsonFault(row, i, "the string does not end")
		}
		var bad *fault
		if d.scratch, bad = unescape(d.scratch[:0], row, i, end); bad != nil {
			return 0, bad
		}
		text = d.scratch
	}
	if f.class == classText {
		v.AppendBytes(text) // unescape has checked it
		return end, nil
	}
	if err := appendText(v, f, text); err != nil {
		return 0, &fault{err: err}
	}
	return end, nil
}

// jsonDocument appends any value to a column of type json, jsonb or text, as it is written; jsonb makes it canonical.
func (d *Decoder) jsonDocument(v *batch.Vec, f *field, text []byte) *pgerr.Error {
	if f.class == classText {
		if text[0] == '{' || text[0] == '[' {
			json := field{class: classJSON, typ: types.Of(types.OIDJSON)}
			json.codec, _ = types.CodecOf(types.OIDJSON)
			return appendCodec(v, &json, text) // which checks it
		}
		v.AppendBytes(text)
		return nil
	}
	return appendCodec(v, f, text)
}

// jsonScalar appends a number, true or false.
func jsonScalar(v *batch.Vec, f *field, text []byte) *pgerr.Error {
	word := text[0] == 't' || text[0] == 'f'
	switch f.class {
	case classBool:
		if word {
			v.Bools = append(v.Bools, text[0] == 't')
			return nil
		}
		return wrongType(f, text)
	case classTime:
		if word || f.unit == 0 {
			return wrongType(f, text)
		}
		t, err := f.unit.text(text)
		if err == nil {
			v.Ints = append(v.Ints, t)
		}
		return err
	case classInt:
		if word {
			return wrongType(f, text)
		}
		return appendWhole(v, f, text)
	case classFloat, classNumeric:
		if word {
			return wrongType(f, text)
		}
		return appendText(v, f, text)
	case classArray:
		return wrongType(f, text)
	default:
		if word && f.typ.OID != types.OIDVarchar && f.typ.OID != types.OIDBPChar {
			return wrongType(f, text)
		}
		return appendText(v, f, text)
	}
}

// appendWhole appends a number that is whole though it may be written with a point or an exponent: 1e3, 5.0.
func appendWhole(v *batch.Vec, f *field, text []byte) *pgerr.Error {
	if bytes.ContainsAny(text, ".eE") {
		n, err := wholeText(text)
		if err != nil {
			return err
		}
		text = n
	}
	return appendText(v, f, text)
}

// jsonArray appends the array that goes from row[i] to the end of row, in PostgreSQL's text form. The elements are read as values of
// their type by the array's codec.
func (d *Decoder) jsonArray(dst []byte, f *field, row []byte, i, depth int) ([]byte, *fault) {
	if depth >= 6 {
		return dst, &fault{err: pgerr.New(pgerr.ProgramLimitExceeded, "number of array dimensions exceeds the maximum allowed (6)")}
	}
	dst = append(dst, '{')
	i = skipSpace(row, i+1)
	for n := 0; i < len(row)-1; n++ {
		if n > 0 {
			if row[i] != ',' {
				return dst, jsonFault(row, i, "expected a comma or a closing bracket")
			}
			dst = append(dst, ',')
			i = skipSpace(row, i+1)
		}
		end, bad := skipValue(row, i)
		if bad != nil {
			return dst, bad
		}
		if row[i] == '[' && f.elem.OID != types.OIDJSON && f.elem.OID != types.OIDJSONB {
			dst, bad = d.jsonArray(dst, f, row[:end], i, depth+1)
		} else if text := row[i:end]; text[0] == '"' || text[0] == '{' || text[0] == '[' || isScalar(text) || string(text) == "null" {
			var err *pgerr.Error
			if dst, err = d.jsonElement(dst, f, text); err != nil {
				bad = &fault{err: err}
			}
		} else {
			bad = jsonFault(row, i, "expected a value")
		}
		if bad != nil {
			return dst, bad
		}
		i = skipSpace(row, end)
	}
	return append(dst, '}'), nil
}

func (d *Decoder) jsonElement(dst []byte, f *field, text []byte) ([]byte, *pgerr.Error) {
	document := f.elem.OID == types.OIDJSON || f.elem.OID == types.OIDJSONB
	switch c := text[0]; {
	case string(text) == "null":
		return append(dst, "NULL"...), nil
	case c == '"' && !document:
		var bad *fault
		if d.scratch, bad = unescape(d.scratch[:0], text, 0, len(text)); bad != nil {
			return dst, bad.err
		}
		return appendQuoted(dst, d.scratch), nil
	case document:
		return appendQuoted(dst, text), nil
	case c == '{':
		return dst, wrongType(f, text)
	case f.elem.OID == types.OIDTimestamp || f.elem.OID == types.OIDTimestamptz:
		t, err := f.unit.text(text)
		if err != nil {
			return dst, err
		}
		codec, _ := types.CodecOf(f.elem.OID)
		d.scratch = codec.AppendText(d.scratch[:0], types.IntValue(t), types.DefaultSettings)
		return appendQuoted(dst, d.scratch), nil
	case classOf(types.Of(f.elem.OID)) == classInt && bytes.ContainsAny(text, ".eE"):
		whole, err := wholeText(text)
		return append(dst, whole...), err
	default:
		return append(dst, text...), nil
	}
}

// appendQuoted appends an element of an array in quotes.
func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// isScalar tells whether a text is a number as JSON writes it, true or false.
func isScalar(b []byte) bool {
	if len(b) > 0 && (b[0] == 't' || b[0] == 'f') {
		return string(b) == "true" || string(b) == "false"
	}
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	start := i
	i = skipDigits(b, i)
	if i == start || b[start] == '0' && i > start+1 {
		return false
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = skipDigits(b, start); i == start {
			return false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(b, i); i == start {
			return false
		}
	}
	return i == len(b)
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// wrongType says that a JSON value is not what the column's type can be made of.
func wrongType(f *field, text []byte) *pgerr.Error {
	kind := "number"
	switch text[0] {
	case '{':
		kind = "object"
	case '[':
		kind = "array"
	case 't', 'f':
		kind = "boolean"
	}
	return pgerr.Newf(pgerr.InvalidTextRepresentation, "column %q is of type %s, and the JSON value is of type %s",
		f.name, strings.TrimSpace(types.FormatType(f.typ)), kind)
}
