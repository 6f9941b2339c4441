package fn

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// numberTemplate is a template of to_char() for numbers: NUMDesc of formatting.c, whose rules it follows.
type numberTemplate struct {
	nodes []numberNode
	// before and after count digits around the point; multiply those behind V.
	before, after, multiply int
	// zeroStart and zeroEnd are the digits, from 1, between which zeros are written.
	zeroStart, zeroEnd                                     int
	decimal, zero, fill, bracket, roman, scientific, blank bool
	// sign says where S was; signAt is how many digits were before it.
	sign          signPlace
	signAt        int
	plus, minus   bool
	romanLowerRow bool
}

type signPlace uint8

const (
	noSign signPlace = iota
	signBefore
	signBehind
)

// numberNode is a part of the template: a pattern or a text.
type numberNode struct {
	pattern string // in upper case; th stays as it is
	literal string
}

var numberPatterns = []string{"EEEE", "FM", "MI", "PL", "PR", "RN", "SG", "SP", "TH", ",", ".", "0", "9", "B", "C", "D", "G", "L", "S", "V"}

func numberSyntax(format string, args ...any) *pgerr.Error {
	return pgerr.Newf(pgerr.SyntaxError, format, args...)
}

func parseNumberTemplate(template string) (*numberTemplate, error) {
	t := &numberTemplate{}
	for len(template) > 0 {
		found := ""
		for _, p := range numberPatterns {
			if len(template) >= len(p) && strings.EqualFold(template[:len(p)], p) {
				found = p
				break
			}
		}
		if found == "" {
			template = cutLiteral(template, func(text string, _ bool) {
				t.nodes = append(t.nodes, numberNode{literal: text})
			})
			continue
		}
		written := template[:len(found)]
		template = template[len(found):]
		if err := t.prepare(found, written); err != nil {
			return nil, err
		}
		if found == "TH" || found == "RN" {
			found = written
		}
		t.nodes = append(t.nodes, numberNode{pattern: found})
	}
	return t, nil
}

// prepare counts a pattern (NUMDesc_prepare).
func (t *numberTemplate) prepare(pattern, written string) error {
	if t.scientific && pattern != "EEEE" {
		return numberSyntax(`"EEEE" must be the last pattern used`)
	}
	switch pattern {
	case "9":
		switch {
		case t.bracket:
			return numberSyntax(`"9" must be ahead of "PR"`)
		case t.multiply > 0 || t.has("V"):
			t.multiply++
		case t.decimal:
			t.after++
		default:
			t.before++
		}
	case "0":
		if t.bracket {
			return numberSyntax(`"0" must be ahead of "PR"`)
		}
		if !t.zero && !t.decimal {
			t.zero, t.zeroStart = true, t.before+1
		}
		if t.decimal {
			t.after++
		} else {
			t.before++
		}
		t.zeroEnd = t.before + t.after
	case "B":
		if t.before == 0 && t.after == 0 && !t.zero {
			t.blank = true
		}
	case ".", "D":
		if t.decimal {
			return numberSyntax("multiple decimal points")
		}
		if t.has("V") {
			return numberSyntax(`cannot use "V" and decimal point together`)
		}
		t.decimal = true
	case "FM":
		t.fill = true
	case "S", "MI", "PL", "SG", "PR":
		return t.prepareSign(pattern)
	case "RN":
		t.roman = true
		t.romanLowerRow = written[0] == 'r'
	case "V":
		if t.decimal {
			return numberSyntax(`cannot use "V" and decimal point together`)
		}
	case "EEEE":
		if t.scientific {
			return numberSyntax(`cannot use "EEEE" twice`)
		}
		if t.blank || t.fill || t.sign != noSign || t.bracket || t.minus || t.plus || t.roman || t.has("V") {
			return numberSyntax(`"EEEE" is incompatible with other formats`).
				WithDetail(`"EEEE" may only be used together with digit and decimal point patterns.`)
		}
		t.scientific = true
	}
	return nil
}

func (t *numberTemplate) has(pattern string) bool {
	for _, n := range t.nodes {
		if n.pattern == pattern {
			return true
		}
	}
	return false
}

func (t *numberTemplate) prepareSign(pattern string) error {
	if pattern != "PR" && t.sign != noSign || pattern == "S" && (t.plus || t.minus || t.bracket) {
		switch {
		case pattern == "S" && t.sign != noSign:
			return numberSyntax(`cannot use "S" twice`)
		case pattern == "S":
			return numberSyntax(`cannot use "S" and "PL"/"MI"/"SG"/"PR" together`)
		}
		return numberSyntax(`cannot use "S" and "%s" together`, pattern)
	}
	switch pattern {
	case "S":
		t.sign, t.signAt = signBehind, t.before
		if !t.decimal {
			t.sign = signBefore
		}
	case "MI":
		t.minus = true
	case "PL":
		t.plus = true
	case "SG":
		t.plus, t.minus = true, true
	case "PR":
		if t.sign != noSign || t.plus || t.minus {
			return numberSyntax(`cannot use "PR" and "S"/"PL"/"MI"/"SG" together`)
		}
		t.bracket = true
	}
	return nil
}

// charNumber is a number to be written: its digits, rounded to the template, with a point if it has a fraction.
type charNumber struct {
	digits   string
	negative bool
}

// numberSource gives the number of a row for a template.
type numberSource func(c *Call, i int, t *numberTemplate) (charNumber, error)

func ofNumeric(n numeric.Num, t *numberTemplate) (charNumber, error) {
	if t.scientific {
		return scientific(n, t.after), nil
	}
	var err error
	if t.multiply > 0 {
		power, err := numeric.Power(numeric.New(10, 0), numeric.New(int64(t.multiply), 0))
		if err == nil {
			n, err = numeric.Mul(n, power)
		}
		if err != nil {
			return charNumber{}, err
		}
	}
	if n.Finite() {
		n, err = n.Round(t.after, numeric.HalfAway)
	}
	return charNumber{n.Abs().String(), n.Sign() < 0}, err
}

// scientific writes a number with an exponent.
func scientific(n numeric.Num, after int) charNumber {
	if !n.Finite() {
		return charNumber{digits: "#"}
	}
	digits := strings.Replace(n.Abs().String(), ".", "", 1)
	point := len(digits) - n.Scale()
	first := len(digits) - len(strings.TrimLeft(digits, "0"))
	digits = digits[first:]
	exponent := point - first - 1
	if digits == "" {
		digits, exponent = "0", 0
	}
	one, err := numeric.Parse(digits[:1]+"."+digits[1:]+"0", -1)
	if err != nil {
		return charNumber{digits: "#"}
	}
	if one, err = one.Round(after, numeric.HalfAway); err != nil {
		return charNumber{digits: "#"}
	}
	if numeric.Compare(one, numeric.New(10, 0)) >= 0 {
		one, _ = numeric.Div(one, numeric.New(10, 0))
		one, _ = one.Round(after, numeric.HalfAway)
		exponent++
	}
	sign := "+"
	if exponent < 0 {
		sign, exponent = "-", -exponent
	}
	e := strconv.Itoa(exponent)
	if len(e) < 2 {
		e = "0" + e
	}
	return charNumber{one.String() + "e" + sign + e, n.Sign() < 0}
}

func numberOfNumeric(c *Call, i int, t *numberTemplate) (charNumber, error) {
	return ofNumeric(c.numeric(0, i), t)
}

func numberOfInt(c *Call, i int, t *numberTemplate) (charNumber, error) {
	return ofNumeric(numeric.FromInt64(c.int(0, i)), t)
}

// numberOfFloat writes as many digits as a float is sure of.
func numberOfFloat(c *Call, i int, t *numberTemplate) (charNumber, error) {
	x := c.float(0, i)
	sure := 15
	if c.typeOf(0).OID == types.OIDFloat4 {
		sure = 6
	}
	if math.IsNaN(x) || inf(x) {
		return charNumber{digits: strings.TrimPrefix(map[bool]string{true: "NaN", false: "Infinity"}[math.IsNaN(x)], "-"), negative: x < 0}, nil
	}
	if t.scientific {
		return charNumber{strconv.FormatFloat(math.Abs(x), 'e', t.after, 64), math.Signbit(x)}, nil
	}
	x *= math.Pow10(t.multiply)
	whole := strconv.FormatFloat(math.Abs(x), 'f', 0, 64)
	after := t.after
	if len(whole) >= sure {
		after = 0
	} else if len(whole)+after > sure {
		after = sure - len(whole)
	}
	t.after = after
	return charNumber{strconv.FormatFloat(math.Abs(x), 'f', after, 64), math.Signbit(x)}, nil
}

func numberKernel(source numberSource) Kernel {
	return perRow(func(c *Call, i int) error {
		template, err := c.numberTemplate(1, i)
		if err != nil {
			return err
		}
		if len(template.nodes) == 0 {
			c.putNull()
			return nil
		}
		t := *template // what follows changes it
		n, err := source(c, i, &t)
		if err != nil {
			return err
		}
		w := numberWriter{t: &t, dst: c.Out.Data}
		w.run(n)
		c.putAppended(w.dst)
		return nil
	})
}

func (c *Call) numberTemplate(k, i int) (*numberTemplate, error) {
	cache := scratch[templateCache](c)
	if text := c.text(k, i); !cache.ok || cache.text != text {
		cache.text, cache.ok = strings.Clone(text), true
		cache.number, cache.err = parseNumberTemplate(cache.text)
	}
	return cache.number, cache.err
}

// numberWriter writes a number along its template (NUM_processor).
type numberWriter struct {
	t      *numberTemplate
	dst    []byte
	number string // digits and point
	at     int
	sign   byte
	signed bool // the sign is written, or is not to be
	inside bool // digits have begun
	spaces int  // places before the first digit
	place  int  // the current place
	count  int
	// last is where the last digit that matters is, with FM; -1 where all matter.
	last int
}

func (w *numberWriter) run(n charNumber) {
	t := w.t
	w.sign, w.last = '+', -1
	if n.negative {
		w.sign = '-'
	}
	switch {
	case t.scientific:
		w.scientific(n)
		return
	case t.roman:
		w.roman(n)
		return
	}
	t.before += t.multiply
	before := len(n.digits)
	if point := strings.IndexByte(n.digits, '.'); point >= 0 {
		before = point
	}
	w.number = n.digits
	if before < t.before {
		w.spaces = t.before - before
	} else if before > t.before {
		w.number = strings.Repeat("#", t.before) + "." + strings.Repeat("#", t.after)
	}
	w.begin()
	for _, node := range t.nodes {
		w.node(node)
	}
}

func (w *numberWriter) scientific(n charNumber) {
	if n.digits == "#" {
		w.dst = append(w.dst, ' ')
		width := w.t.before + w.t.after + 7
		for k := 1; k < width-1; k++ {
			if k == w.t.before+1 && w.t.decimal {
				w.dst = append(w.dst, '.')
				continue
			}
			w.dst = append(w.dst, '#')
		}
		return
	}
	first := byte(' ')
	if n.negative {
		first = '-'
	}
	w.dst = append(append(w.dst, first), n.digits...)
}

// begin decides about the sign and the digits that matter.
func (w *numberWriter) begin() {
	t := w.t
	if t.zeroStart > 0 {
		t.zeroStart--
	}
	switch {
	case t.plus || t.minus:
		w.signed = !t.plus || t.minus
	default:
		if w.sign != '-' && t.fill {
			t.bracket = false
		}
		w.signed = w.sign == '+' && t.fill && t.sign == noSign
		if t.sign == signBefore && t.before == t.signAt+t.multiply {
			t.sign = signBehind
		}
	}
	w.count = t.after + t.before - 1
	if t.fill && t.decimal {
		if point := strings.IndexByte(w.number, '.'); point >= 0 {
			w.last = point
			for k := point + 1; k < len(w.number); k++ {
				if w.number[k] != '0' {
					w.last = k
				}
			}
			if t.zeroEnd > w.spaces {
				w.last = max(w.last, min(len(w.number)-1, t.zeroEnd-w.spaces))
			}
		}
	}
	if !w.signed && w.spaces == 0 {
		w.count++
	}
}

func (w *numberWriter) put(c byte) { w.dst = append(w.dst, c) }

// putUnless writes a character if it is the one that is meant, else a space unless there is no padding.
func (w *numberWriter) putUnless(meant bool, c byte) {
	switch {
	case meant:
		w.put(c)
	case !w.t.fill:
		w.put(' ')
	}
}

func (w *numberWriter) node(n numberNode) {
	switch n.pattern {
	case "":
		w.dst = append(w.dst, n.literal...)
	case "9", "0", ".", "D":
		w.digit(n.pattern)
	case ",", "G":
		w.putUnless(w.inside, ',')
	case "L":
		w.put(' ')
	case "MI":
		w.putUnless(w.sign == '-', '-')
	case "PL":
		w.putUnless(w.sign == '+', '+')
	case "SG":
		w.put(w.sign)
	case "th", "TH", "Th", "tH":
		if w.number[0] != '#' && w.sign != '-' && !w.t.decimal {
			w.dst = appendOrdinal(w.dst, []byte(w.number), n.pattern[0])
		}
	}
}

// lonelyZero tells whether this is the zero before the point of a template with only a fraction: 9.9 writes " .1".
func (w *numberWriter) lonelyZero() bool {
	return !w.t.zero && w.at == 0 && w.number[0] == '0' && w.t.after != 0
}

func (w *numberWriter) isLastPoint() bool { return w.last >= 0 && w.number[w.last] == '.' }

// writeSign writes the sign before the first digit.
func (w *numberWriter) writeSign() {
	t := w.t
	begun := w.place >= w.spaces || t.zero && t.zeroStart == w.place
	if w.signed || !begun || w.lonelyZero() && !w.isLastPoint() {
		return
	}
	switch {
	case t.sign == signBefore:
		w.put(w.sign)
		w.signed = true
	case t.sign == signBehind:
	case t.bracket:
		c := byte('<')
		if w.sign == '+' {
			c = ' '
		}
		w.put(c)
		w.signed = true
	default:
		w.putUnless(w.sign == '-', '-')
		w.signed = true
	}
}

// digit writes what stands for one digit or the point (NUM_numpart_to_char).
func (w *numberWriter) digit(pattern string) {
	t := w.t
	w.inside = false
	w.writeSign()
	switch {
	case w.place < w.spaces && (t.zeroStart > w.place || !t.zero):
		w.putUnless(false, ' ')
	case t.zero && w.place < w.spaces && t.zeroStart <= w.place:
		w.put('0')
		w.inside = true
	default:
		w.significant(pattern)
		if w.at < len(w.number) {
			w.at++
		}
	}
	end := w.count
	if w.spaces > 0 {
		end++
	}
	if t.decimal {
		end++
	}
	if w.last >= 0 && w.last == w.at {
		end = w.place
	}
	if w.place+1 == end {
		switch {
		case w.signed && t.bracket:
			c := byte('>')
			if w.sign == '+' {
				c = ' '
			}
			w.put(c)
		case t.sign == signBehind:
			w.put(w.sign)
		}
	}
	w.place++
}

// significant writes a digit of the number, or its point.
func (w *numberWriter) significant(pattern string) {
	if w.at >= len(w.number) {
		return
	}
	switch c := w.number[w.at]; {
	case c == '.':
		if !w.isLastPoint() || w.t.fill {
			w.put('.')
		}
	case w.last >= 0 && w.at > w.last && pattern != "0":
	case w.lonelyZero():
		if !w.t.fill {
			w.put(' ')
		} else if w.isLastPoint() {
			w.put('0')
		}
	default:
		w.put(c)
		w.inside = true
	}
}

var romanDigits = []struct {
	value int64
	text  string
}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}

// roman writes a Roman numeral, 15 characters wide.
func (w *numberWriter) roman(n charNumber) {
	const width, most = 15, 3999
	whole, _, _ := strings.Cut(n.digits, ".")
	v, err := strconv.ParseInt(whole, 10, 64)
	text := ""
	if err != nil || n.negative || v < 1 || v > most {
		text = strings.Repeat("#", width)
	}
	for _, d := range romanDigits {
		for text == "" || text[0] != '#' {
			if v < d.value {
				break
			}
			text += d.text
			v -= d.value
		}
	}
	if w.t.romanLowerRow {
		text = strings.ToLower(text)
	}
	if !w.t.fill {
		w.dst = append(w.dst, bytes.Repeat([]byte(" "), width-len(text))...)
	}
	w.dst = append(w.dst, text...)
}

// toNumber reads a number along its template.
func toNumber(c *Call, i int) error {
	t, err := c.numberTemplate(1, i)
	if err != nil {
		return err
	}
	if len(t.nodes) == 0 {
		c.putNull()
		return nil
	}
	if t.roman {
		return pgerr.New(pgerr.FeatureNotSupported, `"RN" not supported for input`)
	}
	if t.scientific {
		return pgerr.New(pgerr.FeatureNotSupported, `"EEEE" not supported for input`)
	}
	n, err := readNumber(t, c.text(0, i))
	if err != nil {
		return err
	}
	if t.multiply > 0 {
		power, err := numeric.Power(numeric.New(10, 0), numeric.New(int64(-t.multiply), 0))
		if err == nil {
			n, err = numeric.Mul(n, power)
		}
		if err != nil {
			return err
		}
	}
	c.putNumeric(n)
	return nil
}

// readNumber takes the digits, the point and the sign out of a text.
func readNumber(t *numberTemplate, text string) (numeric.Num, error) {
	var digits []byte
	negative, point, fraction := false, false, 0
	sign := func() {
		if text == "" {
			return
		}
		switch c := text[0]; {
		case c == '-' || c == '<' && t.bracket:
			negative = true
			text = text[1:]
		case c == '+' || c == '>' && t.bracket:
			text = text[1:]
		}
	}
	for _, n := range t.nodes {
		if text == "" {
			break
		}
		switch n.pattern {
		case "9", "0", ".", "D":
			text = strings.TrimLeft(text, " ")
			if len(digits) == 0 {
				sign()
			}
			switch {
			case text == "":
			case text[0]-'0' <= 9 && (!point || fraction < t.after):
				digits = append(digits, text[0])
				if point {
					fraction++
				}
				text = text[1:]
			case text[0] == '.' && t.decimal && !point:
				digits, point = append(digits, '.'), true
				text = text[1:]
			}
		case ",", "G":
			if text[0] == ',' {
				text = text[1:]
			}
		case "S", "MI", "PL", "SG", "PR":
			sign()
		case "L":
			if text[0]-'0' > 9 && !strings.ContainsRune("+-.,", rune(text[0])) {
				text = text[1:]
			}
		case "th", "TH":
			text = text[min(2, len(text)):]
		case "":
			for range n.literal {
				if text != "" && text[0]-'0' > 9 && !strings.ContainsRune("+-.,", rune(text[0])) {
					text = text[1:]
				}
			}
		}
	}
	if t.bracket || t.sign != noSign {
		sign()
	}
	n, err := numeric.Parse(" "+string(digits), -1)
	if negative {
		n = n.Neg()
	}
	return n, err
}
