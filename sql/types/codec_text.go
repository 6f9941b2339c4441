package types

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// typmodHeader is what typmods of lengths have on top (VARHDRSZ).
const typmodHeader = 4

// CheckText returns PostgreSQL's error 22021 for bytes that are not UTF-8, or that hold a zero byte, which no text may.
func CheckText(b []byte) error {
	zero := bytes.IndexByte(b, 0)
	if zero < 0 && utf8.Valid(b) {
		return nil
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 || b[i] == 0 {
			shown := b[i:min(len(b), i+leadLength(b[i]))]
			message := `invalid byte sequence for encoding "UTF8":`
			for _, c := range shown {
				message += fmt.Sprintf(" 0x%02x", c)
			}
			return pgerr.New(pgerr.CharacterNotInRepertoire, message)
		}
		i += size
	}
	return nil
}

// leadLength is how long the character would be that begins with c.
func leadLength(c byte) int {
	switch {
	case c&0xe0 == 0xc0:
		return 2
	case c&0xf0 == 0xe0:
		return 3
	case c&0xf8 == 0xf0:
		return 4
	default:
		return 1
	}
}

func parseText(dst, text []byte, _ int32, _ *Settings) (Value, error) {
	return Value{Bytes: append(dst, text...)}, nil
}

func decodeText(dst, wire []byte, _ int32) (Value, error) {
	if err := CheckText(wire); err != nil {
		return Value{}, err
	}
	return Value{Bytes: append(dst, wire...)}, nil
}

// cutText cuts b to n characters if only spaces are behind them; long is true if more is.
func cutText(b []byte, n int) (cut []byte, chars int, long bool) {
	if len(b) <= n {
		return b, utf8.RuneCount(b), false
	}
	at := 0
	for chars < n && at < len(b) {
		_, size := utf8.DecodeRune(b[at:])
		at += size
		chars++
	}
	for _, c := range b[at:] {
		if c != ' ' {
			return b, chars, true
		}
	}
	return b[:at], chars, false
}

func tooLong(name string, n int) error {
	return pgerr.Newf(pgerr.StringDataRightTruncation, "value too long for type %s(%d)", name, n)
}

func parseVarchar(dst, text []byte, mod int32, _ *Settings) (Value, error) {
	if n := int(mod) - typmodHeader; n >= 0 {
		cut, _, long := cutText(text, n)
		if long {
			return Value{}, tooLong("character varying", n)
		}
		text = cut
	}
	return Value{Bytes: append(dst, text...)}, nil
}

func decodeVarchar(dst, wire []byte, mod int32) (Value, error) {
	if err := CheckText(wire); err != nil {
		return Value{}, err
	}
	return parseVarchar(dst, wire, mod, nil)
}

// parseBPChar fills character(n) up with spaces, as PostgreSQL stores and shows it.
func parseBPChar(dst, text []byte, mod int32, _ *Settings) (Value, error) {
	n := int(mod) - typmodHeader
	if n < 0 {
		return Value{Bytes: append(dst, text...)}, nil
	}
	cut, chars, long := cutText(text, n)
	if long {
		return Value{}, tooLong("character", n)
	}
	dst = append(dst, cut...)
	for ; chars < n; chars++ {
		dst = append(dst, ' ')
	}
	return Value{Bytes: dst}, nil
}

func decodeBPChar(dst, wire []byte, mod int32) (Value, error) {
	if err := CheckText(wire); err != nil {
		return Value{}, err
	}
	return parseBPChar(dst, wire, mod, nil)
}

func trimPadding(b []byte) []byte { return bytes.TrimRight(b, " ") }

func compareBPChar(a, b Value) int { return bytes.Compare(trimPadding(a.Bytes), trimPadding(b.Bytes)) }

func appendTrimmed(dst, b []byte) []byte { return append(dst, trimPadding(b)...) }

// maxName is NAMEDATALEN - 1.
const maxName = 63

// parseName cuts to 63 bytes, at the end of a character.
func parseName(dst, text []byte, _ int32, _ *Settings) (Value, error) {
	if len(text) > maxName {
		at := maxName
		for at > 0 && !utf8.RuneStart(text[at]) {
			at--
		}
		text = text[:at]
	}
	return Value{Bytes: append(dst, text...)}, nil
}

func decodeName(dst, wire []byte, _ int32) (Value, error) {
	if err := CheckText(wire); err != nil {
		return Value{}, err
	}
	if len(wire) > maxName {
		return Value{}, pgerr.New(pgerr.NameTooLong, "identifier too long").
			WithDetail("Identifier must be less than %d characters.", maxName+1)
	}
	return Value{Bytes: append(dst, wire...)}, nil
}

// "char" is one byte; the empty text is the zero byte, which is no byte as text. Bytes above 127 are written \ooo, in octal.

func parseChar(dst, text []byte, _ int32, _ *Settings) (Value, error) {
	if len(text) == 0 {
		return Value{Bytes: append(dst, 0)}, nil
	}
	if len(text) == 4 && text[0] == '\\' && isOctal(text[1]) && isOctal(text[2]) && isOctal(text[3]) {
		return Value{Bytes: append(dst, (text[1]-'0')<<6|(text[2]-'0')<<3|(text[3]-'0'))}, nil
	}
	return Value{Bytes: append(dst, text[0])}, nil
}

func appendChar(dst []byte, v Value, _ *Settings) []byte {
	if len(v.Bytes) == 0 || v.Bytes[0] == 0 {
		return dst
	}
	c := v.Bytes[0]
	if c >= 0x80 {
		return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
	}
	return append(dst, c)
}

func decodeChar(dst, wire []byte, _ int32) (Value, error) {
	if err := byteSize(wire); err != nil {
		return Value{}, err
	}
	return Value{Bytes: append(dst, wire[0])}, nil
}

func appendCharBinary(dst []byte, v Value) []byte {
	if len(v.Bytes) == 0 {
		return append(dst, 0)
	}
	return append(dst, v.Bytes[0])
}
