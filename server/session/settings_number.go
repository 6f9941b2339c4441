package session

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// unit is one that a setting takes, as a multiple of the setting's own.
type unit struct {
	name   string
	factor float64
}

// unitSet are the units of a setting, from the largest to the smallest, as PostgreSQL has them (guc.c).
type unitSet struct {
	base  string // what errors call the setting's own unit
	units []unit
	hint  string
}

const (
	timeHint   = `Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`
	memoryHint = `Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`
)

var (
	unitMillis = unitSet{"ms", []unit{{"d", 86_400_000}, {"h", 3_600_000}, {"min", 60_000}, {"s", 1000}, {"ms", 1}, {"us", 1.0 / 1000}}, timeHint}
	unitKB     = unitSet{"kB", []unit{{"TB", 1 << 30}, {"GB", 1 << 20}, {"MB", 1 << 10}, {"kB", 1}, {"B", 1.0 / 1024}}, memoryHint}
	unitBlocks = unitSet{"8kB", []unit{{"TB", 1 << 27}, {"GB", 1 << 17}, {"MB", 1 << 7}, {"kB", 1.0 / 8}, {"B", 1.0 / 8192}}, memoryHint}
)

// asInt reads a whole number.
func asInt(low, high int) func(string) (string, error) { return unitSet{}.within(low, high) }

// within reads a whole number of units; a number alone is one of the setting's own.
func (u unitSet) within(low, high int) func(string) (string, error) {
	return func(value string) (string, error) {
		n, err := u.parse(value)
		if err != nil {
			return "", err
		}
		if n < low || n > high {
			return "", outside(strconv.Itoa(n)+spaced(u.base), strconv.Itoa(low), strconv.Itoa(high))
		}
		return u.text(n), nil
	}
}

// outside is the error of a number that a setting does not take.
func outside(value, low, high string) error {
	return &errSetting{code: pgerr.InvalidParameterValue, message: fmt.Sprintf("%s is outside the valid range (%s .. %s)", value, low, high)}
}

func spaced(word string) string {
	if word == "" {
		return ""
	}
	return " " + word
}

// parse reads a number and its unit (parse_int): decimal, hexadecimal or octal, or a fraction, which is rounded.
func (u unitSet) parse(value string) (int, error) {
	text := strings.TrimSpace(value)
	end := numberEnd(text)
	x, err := parseNumber(text[:end])
	if err != nil {
		return 0, errInvalid
	}
	if word := strings.TrimSpace(text[end:]); word != "" {
		var known bool
		if x, known = u.convert(x, word); !known {
			return 0, &errSetting{code: pgerr.InvalidParameterValue, hint: u.hint}
		}
	}
	if x = math.RoundToEven(x); x < math.MinInt32 || x > math.MaxInt32 {
		return 0, &errSetting{code: pgerr.InvalidParameterValue, hint: "Value exceeds integer range."}
	}
	return int(x), nil
}

// numberEnd is where the number ends that a text begins with.
func numberEnd(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool {
		return r > 'z' || r == ' ' || r >= 'g' && r != 'x' || r >= 'G' && r <= 'Z' && r != 'X'
	})
	if end < 0 {
		end = len(text)
	}
	for ; end > 0; end-- { // what looks like a digit may be of the unit: "1d"
		if _, err := parseNumber(text[:end]); err == nil {
			break
		}
	}
	return end
}

func parseNumber(text string) (float64, error) {
	if n, err := strconv.ParseInt(text, 0, 64); err == nil && !strings.ContainsAny(text, "_bBoO") {
		return float64(n), nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(text, "_xXpPnN")) {
		err = errors.ErrUnsupported
	}
	return x, err
}

// convert brings a number of some unit to the setting's own. A fraction is rounded to the next smaller unit.
func (u unitSet) convert(x float64, word string) (float64, bool) {
	for i, unit := range u.units {
		if unit.name != word {
			continue
		}
		x *= unit.factor
		if i+1 < len(u.units) {
			next := u.units[i+1].factor
			x = math.RoundToEven(x/next) * next
		}
		return x, true
	}
	return 0, false
}

// text is what SHOW gives: in the largest unit that holds the number whole.
func (u unitSet) text(n int) string {
	if n > 0 {
		for _, unit := range u.units {
			if count := float64(n) / unit.factor; count == math.Trunc(count) {
				return strconv.FormatFloat(count, 'f', 0, 64) + unit.name
			}
		}
	}
	return strconv.Itoa(n)
}

// asReal reads a number, which SHOW gives in its shortest form.
func asReal(low, high float64) func(string) (string, error) {
	return func(value string) (string, error) {
		x, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || math.IsNaN(x) {
			return "", errInvalid
		}
		if x < low || x > high {
			return "", outside(short(x), short(low), short(high))
		}
		return strconv.FormatFloat(x, 'g', -1, 64), nil
	}
}

// short is a number as C's %g writes it.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
