package fn

import (
	"math"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// formatter writes format()'s result: text_format of varlena.c.
type formatter struct {
	c    *Call
	row  int
	text []byte
	at   int
	next int // the argument that comes next, from 1
	dst  []byte
}

func format(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	f := formatter{c: c, row: i, text: c.bytes(0, i), next: 1, dst: c.Out.Data}
	for f.at < len(f.text) {
		b := f.text[f.at]
		f.at++
		if b != '%' {
			f.dst = append(f.dst, b)
			continue
		}
		if err := f.specifier(); err != nil {
			return err
		}
	}
	c.putAppended(f.dst)
	return nil
}

func unterminated() error {
	return pgerr.New(pgerr.InvalidParameterValue, "unterminated format() type specifier").
		WithHint(`For a single "%%" use "%%%%".`)
}

func (f *formatter) peek() (byte, error) {
	if f.at >= len(f.text) {
		return 0, unterminated()
	}
	return f.text[f.at], nil
}

// number reads digits; ok is false if there are none.
func (f *formatter) number() (n int, ok bool, err error) {
	for f.at < len(f.text) && f.text[f.at]-'0' <= 9 {
		if n > (math.MaxInt32-9)/10 {
			return 0, false, pgerr.New(pgerr.NumericValueOutOfRange, "number is out of range")
		}
		n = n*10 + int(f.text[f.at]-'0')
		f.at++
		ok = true
	}
	if ok {
		_, err = f.peek()
	}
	return n, ok, err
}

func zeroArgument() error {
	return pgerr.New(pgerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
}

// specifier reads what follows a percent sign.
func (f *formatter) specifier() error {
	b, err := f.peek()
	if err != nil {
		return err
	}
	if b == '%' {
		f.at++
		f.dst = append(f.dst, '%')
		return nil
	}
	arg, width := -1, 0
	n, ok, err := f.number()
	if err != nil {
		return err
	}
	atFlags := true
	if ok {
		if f.text[f.at] == '$' {
			if n == 0 {
				return zeroArgument()
			}
			arg = n
			f.at++
		} else {
			width, atFlags = n, false
		}
	}
	left := false
	if atFlags {
		if left, width, err = f.flagsAndWidth(); err != nil {
			return err
		}
	}
	if b, err = f.peek(); err != nil {
		return err
	}
	_, size := utf8.DecodeRune(f.text[f.at:])
	f.at += size
	if b != 's' && b != 'I' && b != 'L' {
		return pgerr.Newf(pgerr.InvalidParameterValue, `unrecognized format() type specifier "%s"`, f.text[f.at-size:f.at]).
			WithHint(`For a single "%%" use "%%%%".`)
	}
	if arg < 0 {
		arg = f.next
	}
	f.next = arg + 1
	if arg >= len(f.c.Args) {
		return pgerr.New(pgerr.InvalidParameterValue, "too few arguments for format()")
	}
	return f.write(b, arg, width, left)
}

// flagsAndWidth reads flags and a width, which may be an argument: * or *n$.
func (f *formatter) flagsAndWidth() (left bool, width int, err error) {
	for f.at < len(f.text) && f.text[f.at] == '-' {
		left = true
		f.at++
	}
	b, err := f.peek()
	if err != nil {
		return false, 0, err
	}
	if b != '*' {
		width, _, err = f.number()
		return left, width, err
	}
	f.at++
	arg, ok, err := f.number()
	switch {
	case err != nil:
		return false, 0, err
	case !ok:
		arg = f.next
	case f.text[f.at] != '$':
		return false, 0, pgerr.New(pgerr.InvalidParameterValue, `width argument position must be ended by "$"`)
	case arg == 0:
		return false, 0, zeroArgument()
	default:
		f.at++
	}
	f.next = arg + 1
	if arg >= len(f.c.Args) {
		return false, 0, pgerr.New(pgerr.InvalidParameterValue, "too few arguments for format()")
	}
	if !f.c.isNull(arg, f.row) {
		if !isInteger(f.c.typeOf(arg).OID) {
			return false, 0, pgerr.New(pgerr.FeatureNotSupported, "the width of a format() argument is not an integer")
		}
		width = int(f.c.int(arg, f.row))
	}
	if width < 0 {
		left, width = true, -width
	}
	return left, width, nil
}

func (f *formatter) write(kind byte, arg, width int, left bool) error {
	var value []byte
	null := f.c.isNull(arg, f.row)
	if !null {
		value = f.c.appendText(nil, arg, f.row)
	}
	switch {
	case kind == 'I' && null:
		return pgerr.New(pgerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
	case kind == 'I':
		value = AppendIdent(nil, view(value))
	case kind == 'L' && null:
		value = []byte("NULL")
	case kind == 'L':
		value = AppendLiteral(nil, view(value))
	}
	pad := max(width-utf8.RuneCount(value), 0)
	if err := f.c.room(f.dst, len(value)+pad); err != nil {
		return err
	}
	if left {
		f.dst = append(f.dst, value...)
	}
	for range pad {
		f.dst = append(f.dst, ' ')
	}
	if !left {
		f.dst = append(f.dst, value...)
	}
	return nil
}
