package datetime

import (
	"math"
	"strconv"
)

// fieldKind is what a piece of the text looks like; what it means is decided later, from all of them.
type fieldKind uint8

const (
	numberField  fieldKind = iota // 12, 12.5, .5
	dateField                     // digits or letters with - / . between
	timeField                     // 12:34
	zoneField                     // a sign and digits
	stringField                   // letters
	specialField                  // a sign and letters
)

type field struct {
	kind fieldKind
	text string // in lower case
}

// Limits of PostgreSQL's ParseDateTime.
const (
	maxFields = 25
	maxLength = 128 + maxFields
)

func isDigit(c byte) bool { return c-'0' <= 9 }
func isAlpha(c byte) bool { return (c|0x20)-'a' <= 25 }
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isPunct(c byte) bool { return c > ' ' && c < 0x7f && !isDigit(c) && !isAlpha(c) }

// splitter cuts a text into fields: ParseDateTime of datetime.c.
type splitter struct {
	text string
	at   int
	buf  []byte // the field being read
	used int    // what the fields before took, with an end for each
}

// peek is the next byte, or 0 at the end.
func (s *splitter) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *splitter) take() {
	c := s.text[s.at]
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	s.buf = append(s.buf, c)
	s.at++
}

func (s *splitter) takeWhile(ok func(byte) bool) {
	for s.at < len(s.text) && ok(s.text[s.at]) {
		s.take()
	}
}

func splitFields(text string) ([]field, problem) {
	s := splitter{text: text}
	var fields []field
	for s.at < len(text) {
		c := text[s.at]
		if isSpace(c) {
			s.at++
			continue
		}
		if len(fields) == maxFields {
			return nil, badFormat
		}
		s.buf = s.buf[:0]
		var kind fieldKind
		switch {
		case isDigit(c):
			kind = s.digits()
		case c == '.':
			s.take()
			s.takeWhile(isDigit)
		case isAlpha(c):
			kind = s.letters()
		case c == '+' || c == '-':
			var ok bool
			if kind, ok = s.signed(); !ok {
				return nil, badFormat
			}
		case isPunct(c):
			s.at++
			continue
		default:
			return nil, badFormat
		}
		s.used += len(s.buf) + 1
		if s.used > maxLength {
			return nil, badFormat
		}
		fields = append(fields, field{kind, string(s.buf)})
	}
	return fields, fine
}

// digits reads a field that begins with a digit.
func (s *splitter) digits() fieldKind {
	s.takeWhile(isDigit)
	switch delimiter := s.peek(); delimiter {
	case ':':
		s.takeWhile(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
		return timeField
	case '-', '/', '.':
		s.take()
		if !isDigit(s.peek()) {
			s.takeWhile(func(c byte) bool { return isDigit(c) || isAlpha(c) || c == delimiter })
			return dateField
		}
		s.takeWhile(isDigit)
		if s.peek() == delimiter {
			s.takeWhile(func(c byte) bool { return isDigit(c) || c == delimiter })
			return dateField
		}
		if delimiter != '.' {
			return dateField
		}
	}
	return numberField
}

// letters reads a field that begins with a letter: a word, or a date or zone name with other characters in it.
func (s *splitter) letters() fieldKind {
	s.takeWhile(isAlpha)
	c := s.peek()
	named := c == '-' || c == '/' || c == '.'
	if c == '+' || isDigit(c) {
		_, known := dateTokens[shortToken(string(s.buf))]
		named = !known
	}
	if !named {
		return stringField
	}
	s.takeWhile(func(c byte) bool {
		return isDigit(c) || isAlpha(c) || c == '+' || c == '-' || c == '/' || c == '_' || c == '.' || c == ':'
	})
	return dateField
}

// signed reads a field that begins with a sign; white space may follow it.
func (s *splitter) signed() (fieldKind, bool) {
	s.take()
	for isSpace(s.peek()) {
		s.at++
	}
	switch c := s.peek(); {
	case isDigit(c):
		s.takeWhile(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' || c == '-' })
		return zoneField, true
	case isAlpha(c):
		s.takeWhile(isAlpha)
		return specialField, true
	default:
		return 0, false
	}
}

// leadingInt reads a number with or without a sign from the beginning of s, as C's strtol does: nothing at all is 0. ok is
// false if it is outside of the range.
func leadingInt(s string, least, most int64) (n int64, rest string, ok bool) {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	minus := false
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		minus = s[i] == '-'
		i++
	}
	start := i
	ok = true
	for ; i < len(s) && isDigit(s[i]); i++ {
		digit := int64(s[i] - '0')
		if minus {
			digit = -digit
		}
		if n > (math.MaxInt64-9)/10 && (n > math.MaxInt64/10 || digit > math.MaxInt64-n*10) ||
			n < (math.MinInt64+9)/10 && (n < math.MinInt64/10 || digit < math.MinInt64-n*10) {
			ok = false
			continue
		}
		n = n*10 + digit
	}
	if i == start {
		return 0, s, true
	}
	return n, s[i:], ok && n >= least && n <= most
}

func leadingInt32(s string) (n int, rest string, ok bool) {
	v, rest, ok := leadingInt(s, math.MinInt32, math.MaxInt32)
	return int(v), rest, ok
}

// fraction reads ".ddd" to the end of the text.
func fraction(s string) (float64, problem) {
	if len(s) == 1 {
		return 0, fine
	}
	for i := 1; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, badFormat
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, badFormat
	}
	return f, fine
}

// fractionalSecond reads ".ddd" as microseconds.
func fractionalSecond(s string) (int64, problem) {
	f, p := fraction(s)
	return int64(math.RoundToEven(f * 1000000)), p
}
