package fn

import (
	"bytes"
	"crypto/md5" //nolint:gosec // SQL's md5() is that
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// reservedWords are the keywords that quote_ident puts in quotes: all but PostgreSQL's unreserved ones.
const reservedWords = ` all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce
	collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
	current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
	freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
	lateral leading least left like limit localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric offset on only
	or order out outer overlaps overlay placing position precision primary real references returning right row select session_user setof
	similar smallint some substring symmetric table tablesample then time timestamp to trailing treat trim true union unique user using values
	varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
	xmlserialize xmltable `

var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, word := range strings.Fields(reservedWords) {
		m[word] = true
	}
	return m
}()

// AppendIdent writes a name as SQL, in quotes where it needs them: quote_ident.
func AppendIdent(dst []byte, name string) []byte {
	safe := name != ""
	for i := range len(name) {
		c := name[i]
		safe = safe && (c-'a' <= 25 || c == '_' || i > 0 && c-'0' <= 9)
	}
	if safe && !reserved[name] {
		return append(dst, name...)
	}
	dst = append(dst, '"')
	for i := range len(name) {
		if name[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, name[i])
	}
	return append(dst, '"')
}

// AppendLiteral writes a text as a string constant: quote_literal.
func AppendLiteral(dst []byte, s string) []byte {
	if strings.Contains(s, `\`) {
		dst = append(dst, 'E')
	}
	dst = append(dst, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			dst = append(dst, s[i])
		}
		dst = append(dst, s[i])
	}
	return append(dst, '\'')
}

func quoteAny(c *Call, i int) error {
	var buf []byte
	buf = c.appendText(buf, 0, i)
	c.putAppended(AppendLiteral(c.Out.Data, view(buf)))
	return nil
}

func quoteNullable(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putText("NULL")
		return nil
	}
	return quoteAny(c, i)
}

// base64Line is how many characters a line of encode(..., 'base64') has.
const base64Line = 76

func encodeBytes(c *Call, i int) error {
	data, format := c.bytes(0, i), strings.ToLower(c.text(1, i))
	dst := c.Out.Data
	switch format {
	case "hex":
		dst = hex.AppendEncode(dst, data)
	case "base64":
		const perLine = base64Line / 4 * 3
		for len(data) > perLine {
			dst = append(base64.StdEncoding.AppendEncode(dst, data[:perLine]), '\n')
			data = data[perLine:]
		}
		dst = base64.StdEncoding.AppendEncode(dst, data)
	case "escape":
		for _, b := range data {
			switch {
			case b == 0 || b >= 0x80:
				dst = append(dst, '\\', '0'+b>>6, '0'+b>>3&7, '0'+b&7)
			case b == '\\':
				dst = append(dst, '\\', '\\')
			default:
				dst = append(dst, b)
			}
		}
	default:
		return unknownEncoding(c.text(1, i))
	}
	c.putAppended(dst)
	return nil
}

func unknownEncoding(format string) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, `unrecognized encoding: "%s"`, format)
}

func decodeText(c *Call, i int) error {
	data, format := c.bytes(0, i), strings.ToLower(c.text(1, i))
	dst := c.Out.Data
	var err error
	switch format {
	case "hex":
		dst, err = decodeHex(dst, data)
	case "base64":
		dst, err = decodeBase64(dst, data)
	case "escape":
		dst, err = decodeEscape(dst, data)
	default:
		err = unknownEncoding(c.text(1, i))
	}
	if err == nil {
		c.putAppended(dst)
	}
	return err
}

func isSpaceByte(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func decodeHex(dst, data []byte) ([]byte, error) {
	half := -1
	for _, b := range data {
		if isSpaceByte(b) && half < 0 {
			continue
		}
		digit := bytes.IndexByte([]byte("0123456789abcdef"), b|0x20)
		if b-'0' <= 9 {
			digit = int(b - '0')
		} else if (b|0x20)-'a' > 5 {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, `invalid hexadecimal digit: "%c"`, b)
		}
		if half < 0 {
			half = digit
			continue
		}
		dst = append(dst, byte(half<<4|digit))
		half = -1
	}
	if half >= 0 {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
	}
	return dst, nil
}

func decodeBase64(dst, data []byte) ([]byte, error) {
	clean := make([]byte, 0, len(data))
	for _, b := range data {
		switch {
		case isSpaceByte(b):
		case b == '=' || b == '+' || b == '/' || b-'0' <= 9 || (b|0x20)-'a' <= 25:
			clean = append(clean, b)
		default:
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, `invalid symbol "%c" found while decoding base64 sequence`, b)
		}
	}
	out, err := base64.StdEncoding.AppendDecode(dst, clean)
	if err != nil {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return out, nil
}

func decodeEscape(dst, data []byte) ([]byte, error) {
	for len(data) > 0 {
		switch {
		case data[0] != '\\':
			dst = append(dst, data[0])
			data = data[1:]
		case len(data) > 3 && data[1]-'0' <= 3 && data[2]-'0' <= 7 && data[3]-'0' <= 7:
			dst = append(dst, (data[1]-'0')<<6|(data[2]-'0')<<3|(data[3]-'0'))
			data = data[4:]
		case len(data) > 1 && data[1] == '\\':
			dst = append(dst, '\\')
			data = data[2:]
		default:
			return nil, pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return dst, nil
}

func md5Hex(dst, s []byte) []byte {
	sum := md5.Sum(s) //nolint:gosec // SQL's md5() is that
	return hex.AppendEncode(dst, sum[:])
}

func convertFrom(c *Call, i int) error {
	if !isUTF8Name(c.text(1, i)) {
		return badEncoding(c.text(1, i))
	}
	b := c.bytes(0, i)
	if err := types.CheckText(b); err != nil {
		return err
	}
	c.putBytes(b)
	return nil
}

func convertTo(c *Call, i int) error {
	if !isUTF8Name(c.text(1, i)) {
		return badEncoding(c.text(1, i))
	}
	c.putBytes(c.bytes(0, i))
	return nil
}

func isUTF8Name(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "-", ""))
	return name == "utf8" || name == "unicode"
}

func badEncoding(name string) error {
	return pgerr.Newf(pgerr.FeatureNotSupported, "encoding %q is not supported", name).WithHint("Text is in UTF8.")
}

func getByte(c *Call, i int) error {
	b, n := c.bytes(0, i), c.int(1, i)
	if n < 0 || n >= int64(len(b)) {
		return pgerr.Newf(pgerr.ArraySubscriptError, "index %d out of valid range, 0..%d", n, len(b)-1)
	}
	c.putInt(int64(b[n]))
	return nil
}

func setByte(c *Call, i int) error {
	b, n, v := c.bytes(0, i), c.int(1, i), c.int(2, i)
	if n < 0 || n >= int64(len(b)) {
		return pgerr.Newf(pgerr.ArraySubscriptError, "index %d out of valid range, 0..%d", n, len(b)-1)
	}
	at := len(c.Out.Data) + int(n)
	c.putBytes(b)
	c.Out.Data[at] = byte(v)
	return nil
}

func codeFunctions() []*Function {
	return []*Function{
		def("quote_ident(text) text", text1(func(dst, s []byte) []byte { return AppendIdent(dst, view(s)) }), "a name as SQL writes it, in quotes where needed", `quote_ident('Foo bar') → "Foo bar"`),
		def("quote_literal(text) text", perRow(quoteAny), "a text as a string constant", `quote_literal(E'O\'Reilly') → ''O''Reilly''`),
		def("quote_literal(anyelement) text", perRow(quoteAny), "a value as a string constant", "quote_literal(42.5) → ''42.5''").stable(),
		def("quote_nullable(text) text", perRowNulls(quoteNullable), "a text as a string constant, or NULL", "quote_nullable(NULL) → NULL").nulls(),
		def("quote_nullable(anyelement) text", perRowNulls(quoteNullable), "a value as a string constant, or NULL", "quote_nullable(42.5) → ''42.5''").nulls().stable(),
		def("md5(text) text", text1(md5Hex), "the MD5 hash in hexadecimal digits", "md5('abc') → 900150983cd24fb0d6963f7d28e17f72"),
		def("md5(bytea) text", text1(md5Hex), "the MD5 hash in hexadecimal digits", `md5('\x616263'::bytea) → 900150983cd24fb0d6963f7d28e17f72`),
		def("sha224(bytea) bytea", text1(func(dst, s []byte) []byte {
			sum := sha256.Sum224(s)
			return append(dst, sum[:]...)
		}), "the SHA-224 hash", `sha224('abc'::bytea) → \x23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7`),
		def("sha256(bytea) bytea", text1(func(dst, s []byte) []byte {
			sum := sha256.Sum256(s)
			return append(dst, sum[:]...)
		}), "the SHA-256 hash", `sha256('abc'::bytea) → \xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad`),
		def("sha384(bytea) bytea", text1(func(dst, s []byte) []byte {
			sum := sha512.Sum384(s)
			return append(dst, sum[:]...)
		}), "the SHA-384 hash", `length(sha384('abc'::bytea)) → 48`),
		def("sha512(bytea) bytea", text1(func(dst, s []byte) []byte {
			sum := sha512.Sum512(s)
			return append(dst, sum[:]...)
		}), "the SHA-512 hash", `length(sha512('abc'::bytea)) → 64`),
		def("encode(bytea, text) text", perRow(encodeBytes), "bytes as text: base64, escape or hex", `encode('123\000\001'::bytea, 'base64') → MTIzAAE=`),
		def("decode(text, text) bytea", perRow(decodeText), "text as bytes: base64, escape or hex", `decode('MTIzAAE=', 'base64') → \x3132330001`),
		def("convert_from(bytea, name) text", perRow(convertFrom), "bytes as text; the encoding is UTF8", `convert_from('\x616263'::bytea, 'UTF8') → abc`),
		def("convert_to(text, name) bytea", perRow(convertTo), "text as bytes; the encoding is UTF8", `convert_to('abc', 'UTF8') → \x616263`),
		def("get_byte(bytea, int4) int4", perRow(getByte), "a byte, counted from 0", `get_byte('\x1234567890'::bytea, 4) → 144`),
		def("set_byte(bytea, int4, int4) bytea", perRow(setByte), "with a byte changed, counted from 0", `set_byte('\x1234567890'::bytea, 4, 64) → \x1234567840`),
		def("format(text) text", perRowNulls(format), "a text with its place holders filled in", "format('Hello %%') → Hello %").nulls().stable(),
		def("format(text, variadic any) text", perRowNulls(format), "a text with its place holders filled in: %s, %I for a name, %L for a constant, %1$s for an argument by number, %-10s for a width", "format('Hello %s, %1$s, %L', 'World', NULL) → 'Hello World, World, NULL'", "format('|%10s|', 'foo') → |       foo|").nulls().stable(),
	}
}
