package numeric

import (
	"math"
	"math/big"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Parse reads PostgreSQL's text form: digits with an optional point and exponent, NaN, Infinity and its short spelling;
// white space around it is ignored. The typmod is applied if it is not negative.
func Parse(text string, typmod int32) (Num, error) {
	s := strings.Trim(text, " \t\n\v\f\r")
	n, ok := parseSpecial(s)
	if !ok {
		p := parser{text: text, rest: s}
		var err error
		if n, err = p.number(); err != nil {
			return Num{}, err
		}
	}
	return n.ApplyTypmod(typmod)
}

func parseSpecial(s string) (n Num, ok bool) {
	if s == "" || s[0] >= '.' && s[0] <= '9' {
		return Num{}, false
	}
	switch {
	case strings.EqualFold(s, "nan"):
		return NaN, true
	case strings.EqualFold(s, "infinity"), strings.EqualFold(s, "inf"),
		strings.EqualFold(s, "+infinity"), strings.EqualFold(s, "+inf"):
		return Inf, true
	case strings.EqualFold(s, "-infinity"), strings.EqualFold(s, "-inf"):
		return NegInf, true
	}
	return Num{}, false
}

type parser struct {
	text, rest string
}

func (p *parser) invalid() error {
	return pgerr.Newf(pgerr.InvalidTextRepresentation, `invalid input syntax for type numeric: "%s"`, p.text)
}

// number reads sign, digits and exponent. Its scale may be above the limit; the caller checks.
func (p *parser) number() (Num, error) {
	var n Num
	s := p.rest
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			n.kind = negative
		}
		s = s[1:]
	}
	// The coefficient is built in place as long as it fits; digits are kept in the text for the case that it does not.
	start, i, point, count := 0, 0, -1, 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && point < 0 {
			point = i
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		count++
	}
	digits := s[start:i]
	if count == 0 {
		return Num{}, p.invalid()
	}
	scale := 0
	if point >= 0 {
		scale = i - point - 1
	}
	exponent, err := p.exponent(s[i:])
	if err != nil {
		return Num{}, err
	}
	if n.mag, err = smallDigits(digits); err != nil {
		b, ok := new(big.Int).SetString(strings.Replace(digits, ".", "", 1), 10)
		if !ok {
			return Num{}, p.invalid()
		}
		n.setBig(b)
	}
	n.scale = scale
	return n.unsignedZero().shift(exponent)
}

// errTooLong says that a coefficient does not fit 128 bits; it never leaves this file.
var errTooLong = pgerr.New(pgerr.InternalError, "more than 38 digits")

// smallDigits reads digits, with a point anywhere, that fit 128 bits.
func smallDigits(digits string) (u128, error) {
	var u u128
	var word uint64
	in := 0 // digits in word
	for i := 0; i < len(digits); i++ {
		if digits[i] == '.' {
			continue
		}
		word = word*10 + uint64(digits[i]-'0')
		if in++; in == 18 {
			var ok bool
			if u, ok = u.append18(word, in); !ok {
				return u128{}, errTooLong
			}
			word, in = 0, 0
		}
	}
	u, ok := u.append18(word, in)
	if !ok {
		return u128{}, errTooLong
	}
	return u, nil
}

// append18 appends n decimal digits.
func (u u128) append18(word uint64, n int) (u128, bool) {
	if u == (u128{}) {
		return u128{lo: word}, true
	}
	u, ok := u.mulPow10(n)
	if !ok {
		return u128{}, false
	}
	return u.add(u128{lo: word})
}

// exponent reads "e", a sign and digits to the end of the text, the way C's strtol does.
func (p *parser) exponent(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	if s[0] != 'e' && s[0] != 'E' {
		return 0, p.invalid()
	}
	s = strings.TrimLeft(s[1:], " \t\n\v\f\r")
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, p.invalid()
	}
	exponent := 0
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		exponent = min(exponent*10+int(s[i]-'0'), math.MaxInt32)
	}
	switch {
	case exponent >= math.MaxInt32/2:
		return 0, overflow()
	case i < len(s):
		return 0, p.invalid()
	}
	return sign * exponent, nil
}

// shift multiplies by 10^exponent: the scale becomes larger, or smaller, but not below 0.
func (n Num) shift(exponent int) (Num, error) {
	n.scale -= exponent
	if n.scale > MaxScale {
		return Num{}, overflow()
	}
	if n.scale >= 0 {
		return n.check()
	}
	zeros := -n.scale
	n.scale = 0
	if n.isZeroMag() {
		return n, nil
	}
	if n.digits()+zeros > MaxIntegerDigits {
		return Num{}, overflow()
	}
	return n.rescaledUp(zeros), nil
}
