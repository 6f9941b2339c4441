package datetime

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Interval is a span of time. The three parts are kept apart, since months and days have no fixed length.
type Interval struct {
	Micros int64
	Days   int32
	Months int32
}

// IntervalSize is the length of an encoded interval.
const IntervalSize = 16

// Append appends the interval in PostgreSQL's binary form, which is also that of vectors.
func (v Interval) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Months))
}

// DecodeInterval reads what Append wrote; of fewer bytes it makes 0.
func DecodeInterval(b []byte) Interval {
	if len(b) < IntervalSize {
		return Interval{}
	}
	return Interval{
		Micros: int64(binary.BigEndian.Uint64(b)),
		Days:   int32(binary.BigEndian.Uint32(b[8:])),
		Months: int32(binary.BigEndian.Uint32(b[12:])),
	}
}

// daysPerMonth is what comparing and fractions of months count with.
const daysPerMonth = 30

// span is the interval as days and the microseconds of a day, with months of 30 days and days of 24 hours.
func (v Interval) span() (days, ofDay int64) {
	days, ofDay = Split(v.Micros)
	return days + int64(v.Days) + int64(v.Months)*daysPerMonth, ofDay
}

// CompareIntervals orders intervals with months of 30 days and days of 24 hours, as PostgreSQL does.
func CompareIntervals(a, b Interval) int {
	aDays, aRest := a.span()
	bDays, bRest := b.span()
	switch {
	case aDays < bDays, aDays == bDays && aRest < bRest:
		return -1
	case aDays == bDays && aRest == bRest:
		return 0
	default:
		return 1
	}
}

// Normal returns the interval that stands for all that compare as equal to v.
func (v Interval) Normal() Interval {
	days, ofDay := v.span()
	months := days / daysPerMonth
	days %= daysPerMonth
	if months > math.MaxInt32 || months < math.MinInt32 {
		over := months - max(min(months, math.MaxInt32), math.MinInt32)
		months -= over
		days += over * daysPerMonth
	}
	return Interval{Micros: ofDay, Days: int32(days), Months: int32(months)}
}

// Key is the interval's length in microseconds, with months of 30 days and days of 24 hours; it sorts as intervals do.
func (v Interval) Key() *big.Int {
	days, ofDay := v.span()
	key := new(big.Int).Mul(big.NewInt(days), big.NewInt(Day))
	return key.Add(key, big.NewInt(ofDay))
}

// The fields of an interval type, as its typmod has them: INTERVAL YEAR TO MONTH is FieldYear|FieldMonth.
const (
	FieldMonth  = 1 << 1
	FieldYear   = 1 << 2
	FieldDay    = 1 << 3
	FieldHour   = 1 << 10
	FieldMinute = 1 << 11
	FieldSecond = 1 << 12

	allFields     = 0x7fff
	allPrecisions = 0xffff
)

// IntervalTypmod is the typmod of an interval type with fields (0: all) and a precision (-1: none).
func IntervalTypmod(fields, precision int32) int32 {
	if fields == 0 {
		fields = allFields
	}
	if precision < 0 {
		precision = allPrecisions
	}
	return fields<<16 | precision
}

// SplitIntervalTypmod is the inverse of IntervalTypmod.
func SplitIntervalTypmod(typmod int32) (fields, precision int32) {
	if typmod < 0 {
		return 0, -1
	}
	fields, precision = typmod>>16&allFields, typmod&allPrecisions
	if fields == allFields {
		fields = 0
	}
	if precision == allPrecisions {
		precision = -1
	}
	return fields, precision
}

// ApplyTypmod drops the fields behind the last that the type has, and rounds seconds.
func (v Interval) ApplyTypmod(typmod int32) Interval {
	fields, precision := SplitIntervalTypmod(typmod)
	switch {
	case fields == 0, fields&FieldSecond != 0:
	case fields&FieldMinute != 0:
		v.Micros = v.Micros / Minute * Minute
	case fields&FieldHour != 0:
		v.Micros = v.Micros / Hour * Hour
	case fields&FieldDay != 0:
		v.Micros = 0
	case fields&FieldMonth != 0:
		v.Days, v.Micros = 0, 0
	default:
		v.Months = v.Months / 12 * 12
		v.Days, v.Micros = 0, 0
	}
	v.Micros = Round(v.Micros, precision)
	return v
}

// ParseInterval reads an interval in any of PostgreSQL's notations: its own, SQL's and ISO 8601's.
func ParseInterval(text string, typmod int32) (Interval, error) {
	fields, _ := SplitIntervalTypmod(typmod)
	d := intervalDecoder{fields: fields}
	p := d.run(text)
	if p == badFormat {
		d = intervalDecoder{}
		p = d.iso(text)
	}
	if p == fieldOverflow {
		p = intervalOverflow
	}
	if p != fine {
		return Interval{}, p.err(text, "interval")
	}
	months, ok := mulAdd(d.years, 12, d.months)
	if !ok || months != int64(int32(months)) {
		return Interval{}, pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
	}
	return Interval{Micros: d.micros, Days: int32(d.days), Months: int32(months)}.ApplyTypmod(typmod), nil
}

// intervalDecoder sums the parts of an interval. Years, months and days stay in 32 bits.
type intervalDecoder struct {
	fields                      int32 // of the type; 0 for all
	micros, days, months, years int64
}

// mulAdd is a*b+c.
func mulAdd(a, b, c int64) (int64, bool) {
	product := a * b
	if a != 0 && (product/a != b || a == -1 && b == math.MinInt64) {
		return 0, false
	}
	return addChecked(product, c)
}

// add32 adds value*scale to a part.
func add32(part *int64, value, scale int64) bool {
	if value != int64(int32(value)) || value*scale != int64(int32(value*scale)) {
		return false
	}
	sum := *part + value*scale
	*part = sum
	return sum == int64(int32(sum))
}

func (d *intervalDecoder) addMicros(value int64, part float64, scale int64) bool {
	sum, ok := mulAdd(value, scale, d.micros)
	if !ok {
		return false
	}
	d.micros = sum
	return d.addMicroFraction(part, scale)
}

func (d *intervalDecoder) addMicroFraction(part float64, scale int64) bool {
	part *= float64(scale)
	whole := int64(part)
	if rest := part - float64(whole); rest > 0.5 {
		whole++
	} else if rest < -0.5 {
		whole--
	}
	sum, ok := addChecked(d.micros, whole)
	d.micros = sum
	return ok
}

// addDays adds value*scale days; its fraction goes down to microseconds.
func (d *intervalDecoder) addDays(value int64, part float64, scale int64) bool {
	return add32(&d.days, value, scale) && d.addDayFraction(part, float64(scale))
}

func (d *intervalDecoder) addDayFraction(part, scale float64) bool {
	part *= scale
	whole := int64(part)
	return add32(&d.days, whole, 1) && d.addMicroFraction(part-float64(whole), Day)
}

func (d *intervalDecoder) addMonths(value int64, part float64) bool {
	return add32(&d.months, value, 1) && d.addDayFraction(part, daysPerMonth)
}

func (d *intervalDecoder) addYears(value int64, part float64, scale int64) bool {
	return add32(&d.years, value, scale) && add32(&d.months, int64(math.RoundToEven(part*float64(scale)*12)), 1)
}

// run decodes PostgreSQL's and SQL's notation, from the end, since units follow their numbers: DecodeInterval.
func (d *intervalDecoder) run(text string) problem {
	fields, p := splitFields(text)
	if p != fine {
		return p
	}
	unit, before := 0, false
	var seen mask
	for i := len(fields) - 1; i >= 0; i-- {
		f := fields[i]
		var got mask
		switch f.kind {
		case timeField:
			if p := d.clock(f.text); p != fine {
				return p
			}
			got, unit = timeMask, unitDay
		case stringField, specialField:
			switch t := lookUp(intervalTokens, f.text); t.kind {
			case ignored:
				continue
			case unitToken:
				unit = t.value
			case ago:
				before, unit = true, unitOther
			default:
				return badFormat
			}
		default:
			if f.kind == zoneField && strings.Contains(f.text, ":") && d.signedClock(f.text) {
				got, unit = timeMask, unitDay
				break
			}
			if got, unit, p = d.number(f.text, unit); p != fine {
				return p
			}
		}
		if got&seen != 0 {
			return badFormat
		}
		seen |= got
	}
	if seen == 0 {
		return badFormat
	}
	if before {
		return d.negate()
	}
	return fine
}

// signedClock decodes -hh:mm:ss; false means that it is something else.
func (d *intervalDecoder) signedClock(text string) bool {
	if d.clock(text[1:]) != fine {
		return false
	}
	if text[0] == '-' {
		d.micros = -d.micros
	}
	return true
}

func (d *intervalDecoder) negate() problem {
	if d.micros == math.MinInt64 || d.days == math.MinInt32 || d.months == math.MinInt32 || d.years == math.MinInt32 {
		return fieldOverflow
	}
	d.micros, d.days, d.months, d.years = -d.micros, -d.days, -d.months, -d.years
	return fine
}

func (d *intervalDecoder) clock(text string) problem {
	c, p := decodeClock(text, d.fields == FieldMinute|FieldSecond)
	if p != fine {
		return p
	}
	micros, ok := mulAdd(c.hour, Hour, c.micros)
	if ok {
		micros, ok = addChecked(micros, int64(c.minute)*Minute+int64(c.second)*Second)
	}
	if !ok {
		return fieldOverflow
	}
	d.micros = micros
	return fine
}

// defaultUnit is the unit of a number at the end without one: the last field of the type.
func (d *intervalDecoder) defaultUnit() int {
	switch {
	case d.fields == 0 || d.fields&FieldSecond != 0:
		return unitSecond
	case d.fields&FieldMinute != 0:
		return unitMinute
	case d.fields&FieldHour != 0:
		return unitHour
	case d.fields&FieldDay != 0:
		return unitDay
	case d.fields&FieldMonth != 0:
		return unitMonth
	default:
		return unitYear
	}
}

// number decodes a number, or years-months. next is the unit of a number before it that has none.
func (d *intervalDecoder) number(text string, unit int) (got mask, next int, p problem) {
	if unit == 0 {
		unit = d.defaultUnit()
	}
	value, rest, ok := leadingInt(text, math.MinInt64, math.MaxInt64)
	if !ok {
		return 0, 0, fieldOverflow
	}
	var part float64
	switch {
	case rest == "":
	case rest[0] == '-':
		months, rest, ok := leadingInt32(rest[1:])
		if !ok || months < 0 || months >= 12 {
			return 0, 0, fieldOverflow
		}
		if rest != "" {
			return 0, 0, badFormat
		}
		if text[0] == '-' {
			months = -months
		}
		if value, ok = mulAdd(value, 12, int64(months)); !ok {
			return 0, 0, fieldOverflow
		}
		unit = unitMonth
	case rest[0] == '.':
		if part, p = fraction(rest); p != fine {
			return 0, 0, p
		}
		if text[0] == '-' {
			part = -part
		}
	default:
		return 0, 0, badFormat
	}
	next = unit
	if unit == unitHour {
		next = unitDay
	}
	got, ok, known := d.add(unit, value, part)
	switch {
	case !known:
		return 0, 0, badFormat
	case !ok:
		return 0, 0, fieldOverflow
	}
	return got, next, fine
}

// add adds a number of some unit.
func (d *intervalDecoder) add(unit int, value int64, part float64) (got mask, ok, known bool) {
	switch unit {
	case unitMicrosecond:
		return bit(microsecondToken), d.addMicros(value, part, 1), true
	case unitMillisecond:
		return bit(millisecondToken), d.addMicros(value, part, 1000), true
	case unitSecond:
		got = bit(secondToken)
		if part != 0 {
			got = secondsMask
		}
		return got, d.addMicros(value, part, Second), true
	case unitMinute:
		return bit(minuteToken), d.addMicros(value, part, Minute), true
	case unitHour:
		return bit(hourToken), d.addMicros(value, part, Hour), true
	case unitDay:
		return bit(dayToken), add32(&d.days, value, 1) && d.addMicroFraction(part, Day), true
	case unitWeek:
		return bit(weekToken), d.addDays(value, part, 7), true
	case unitMonth:
		return bit(monthToken), d.addMonths(value, part), true
	case unitYear:
		return bit(yearToken), d.addYears(value, part, 1), true
	case unitDecade:
		return bit(decadeToken), d.addYears(value, part, 10), true
	case unitCentury:
		return bit(centuryToken), d.addYears(value, part, 100), true
	case unitMillennium:
		return bit(millenniumToken), d.addYears(value, part, 1000), true
	}
	return 0, false, false
}

// number8601 reads a number with a fraction, and an exponent if there is one: ParseISO8601Number.
func number8601(s string) (whole int64, part float64, rest string, p problem) {
	if s == "" || !isDigit(s[0]) && s[0] != '-' && s[0] != '.' {
		return 0, 0, s, badFormat
	}
	n := floatLength(s)
	if n == 0 {
		return 0, 0, s, badFormat
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	if err != nil {
		return 0, 0, s, badFormat
	}
	const limit = 1e15 // below it the parts are exact
	if f < -limit || f > limit {
		return 0, 0, s, fieldOverflow
	}
	whole = int64(f)
	return whole, f - float64(whole), s[n:], fine
}

// floatLength is how much of s C's strtod would read.
func floatLength(s string) int {
	i := 0
	if s[0] == '-' {
		i++
	}
	digits := 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		i++
		for ; i < len(s) && isDigit(s[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return 0
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for i = j; i < len(s) && isDigit(s[i]); i++ {
				continue
			}
		}
	}
	return i
}
