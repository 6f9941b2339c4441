package datetime

import (
	"strings"
	"time"
)

// broken is a time in its fields.
type broken struct {
	year, month, day     int
	hour, minute, second int
	micros               int64 // of the second
	dayOfYear            int
}

// decoder makes a time of fields: DecodeDateTime and DecodeTimeOnly of datetime.c, which differ in little.
type decoder struct {
	broken
	in       Input
	timeOnly bool // the text is for time or timetz
	fields   []field

	seen      mask // what the fields so far have said
	prefix    int  // the unit that a label announced for the next field ("y2001m02d04"), or 0
	meridiem  int  // am, pm or 0
	textMonth bool
	julian    bool
	twoDigits bool // the year has one or two
	beforeC   bool
	special   int // wordEpoch, wordLate, wordEarly or 0

	west       int            // the zone's offset: seconds west of UTC
	namedZone  *time.Location // a zone given by its full name
	abbrevZone *time.Location // a zone given by an abbreviation whose meaning depends on the date
	abbrev     string

	err error // an error that says more than a problem
}

// run decodes all fields.
func (d *decoder) run(text string) problem {
	fields, p := splitFields(text)
	if p != fine {
		return p
	}
	d.fields = fields
	for i := range fields {
		got, skip, p := d.field(i)
		if p != fine {
			return p
		}
		if skip {
			continue
		}
		if got&d.seen != 0 {
			return badFormat
		}
		d.seen |= got
	}
	if p := d.validate(); p != fine {
		return p
	}
	if p := d.applyMeridiem(); p != fine {
		return p
	}
	if d.timeOnly {
		return d.finishTime()
	}
	return d.finishDate()
}

// field decodes one field and tells what it was; skip is for words that mean nothing.
func (d *decoder) field(i int) (got mask, skip bool, p problem) {
	f := d.fields[i]
	switch f.kind {
	case dateField:
		got, p = d.dateOrZone(i, f.text)
	case timeField:
		if !d.timeOnly && d.prefix != 0 {
			if d.prefix != unitTime {
				return 0, false, badFormat
			}
			d.prefix = 0
		}
		got, p = d.clock(f.text)
		if p == fine && !d.timeOnly && d.timeOverflows() {
			p = fieldOverflow
		}
	case zoneField:
		got = bit(zoneToken)
		d.west, p = decodeOffset(f.text)
	case numberField:
		if d.prefix != 0 {
			got, p = d.labelled(f.text)
		} else {
			got, p = d.number(i, f.text)
		}
	default:
		return d.word(i, f.text)
	}
	return got, false, p
}

// dateOrZone decodes a field with punctuation: a date, a zone name, or a time run together with an offset (hhmmss-zz).
func (d *decoder) dateOrZone(i int, text string) (mask, problem) {
	if d.timeOnly {
		// A date is accepted in front only.
		last := len(d.fields) - 1
		if i == 0 && last >= 1 && (d.fields[last].kind == dateField || d.fields[1].kind == timeField) {
			return d.date(text)
		}
		if !isDigit(text[0]) {
			return d.zoneByName(text)
		}
		return d.timeWithOffset(text, d.seen|dateMask)
	}
	if d.prefix == unitJulian {
		return d.julianWithOffset(text)
	}
	if d.prefix == 0 && d.seen&(bit(monthToken)|bit(dayToken)) != bit(monthToken)|bit(dayToken) {
		return d.date(text)
	}
	if !isDigit(text[0]) && d.prefix == 0 {
		return d.zoneByName(text)
	}
	if d.prefix != 0 && d.prefix != unitTime {
		return 0, badFormat
	}
	d.prefix = 0
	return d.timeWithOffset(text, d.seen)
}

func (d *decoder) zoneByName(name string) (mask, problem) {
	location, ok := zoneOf(name)
	if !ok {
		d.err = badZone(name)
		return 0, badFormat
	}
	d.namedZone = location
	return bit(zoneToken), fine
}

// timeWithOffset decodes hhmmss-zz.
func (d *decoder) timeWithOffset(text string, seen mask) (mask, problem) {
	if d.seen&timeMask == timeMask {
		return 0, badFormat
	}
	at := strings.IndexByte(text, '-')
	if at < 0 {
		return 0, badFormat
	}
	west, p := decodeOffset(text[at:])
	if p != fine {
		return 0, p
	}
	d.west = west
	got, p := d.runTogether(text[:at], seen)
	return got | bit(zoneToken), p
}

func (d *decoder) julianWithOffset(text string) (mask, problem) {
	day, rest, ok := leadingInt32(text)
	if !ok || day < 0 {
		return 0, fieldOverflow
	}
	d.setJulian(day)
	west, p := decodeOffset(rest)
	d.west, d.prefix = west, 0
	return dateMask | timeMask | bit(zoneToken), p
}

func (d *decoder) setJulian(day int) {
	d.year, d.month, d.day = Civil(int64(day) + MinDate)
	d.julian = true
}

// labelled decodes a number after a label, as in "y2001m02d04" or "J2451187".
func (d *decoder) labelled(text string) (got mask, p problem) {
	value, rest, ok := leadingInt32(text)
	if !ok {
		return 0, fieldOverflow
	}
	unit := d.prefix
	switch {
	case rest == "":
	case rest[0] != '.', unit != unitJulian && unit != unitTime && unit != unitSecond:
		return 0, badFormat
	}
	d.prefix = 0
	switch unit {
	case unitYear:
		d.year, got = value, bit(yearToken)
	case unitMonth:
		if d.seen&bit(monthToken) != 0 && d.seen&bit(hourToken) != 0 {
			d.minute, got = value, bit(minuteToken)
		} else {
			d.month, got = value, bit(monthToken)
		}
	case unitDay:
		d.day, got = value, bit(dayToken)
	case unitHour:
		d.hour, got = value, bit(hourToken)
	case unitMinute:
		d.minute, got = value, bit(minuteToken)
	case unitSecond:
		d.second, got = value, bit(secondToken)
		if rest != "" {
			d.micros, p = fractionalSecond(rest)
			got = secondsMask
		}
	case unitJulian:
		return d.julianDay(value, rest)
	case unitTime:
		got, p = d.runTogether(text, d.seen|dateMask)
		if p == fine && got != timeMask {
			p = badFormat
		}
	default:
		return 0, badFormat
	}
	return got, p
}

// julianDay decodes a Julian day, which may have a fraction.
func (d *decoder) julianDay(value int, rest string) (mask, problem) {
	if value < 0 {
		return 0, fieldOverflow
	}
	d.setJulian(value)
	if rest == "" {
		return dateMask, fine
	}
	part, p := fraction(rest)
	if p != fine {
		return 0, p
	}
	d.setTime(int64(part * Day))
	return dateMask | timeMask, fine
}

func (d *decoder) setTime(ofDay int64) {
	d.hour = int(ofDay / Hour)
	d.minute = int(ofDay % Hour / Minute)
	d.second = int(ofDay % Minute / Second)
	d.micros = ofDay % Second
}

// number decodes digits without a label.
func (d *decoder) number(i int, text string) (mask, problem) {
	point := strings.IndexByte(text, '.')
	if d.timeOnly {
		last := len(d.fields) - 1
		switch {
		case point >= 0 && i == 0 && last >= 1 && d.fields[last].kind == dateField:
			return d.date(text)
		case point > 2, point < 0 && len(text) > 4:
			return d.runTogether(text, d.seen|dateMask)
		case point >= 0:
			return 0, badFormat
		default:
			return d.single(text, false, d.seen|dateMask)
		}
	}
	switch {
	case point >= 0 && d.seen&dateMask == 0:
		return d.date(text)
	case point > 2, len(text) >= 6 && (d.seen&dateMask == 0 || d.seen&timeMask == 0):
		return d.runTogether(text, d.seen)
	default:
		return d.single(text, d.textMonth, d.seen)
	}
}

// validate completes and checks year, month and day: ValidateDate.
func (d *decoder) validate() problem {
	if d.seen&bit(yearToken) != 0 && !d.julian {
		switch {
		case d.beforeC:
			if d.year <= 0 {
				return fieldOverflow
			}
			d.year = -(d.year - 1)
		case d.twoDigits:
			switch {
			case d.year < 0:
				return fieldOverflow
			case d.year < 70:
				d.year += 2000
			case d.year < 100:
				d.year += 1900
			}
		case d.year <= 0:
			return fieldOverflow
		}
	}
	if d.seen&bit(dayOfYearToken) != 0 {
		d.year, d.month, d.day = Civil(Days(d.year, 1, 1) + int64(d.dayOfYear) - 1)
	}
	if d.seen&bit(monthToken) != 0 && (d.month < 1 || d.month > 12) || d.seen&bit(dayToken) != 0 && (d.day < 1 || d.day > 31) {
		return monthDayOverflow
	}
	if d.seen&dateMask == dateMask && d.day > DaysInMonth(d.year, d.month) {
		return fieldOverflow
	}
	return fine
}

func (d *decoder) applyMeridiem() problem {
	const noon = 12
	switch {
	case d.meridiem != 0 && d.hour > noon:
		return fieldOverflow
	case d.meridiem == am && d.hour == noon:
		d.hour = 0
	case d.meridiem == pm && d.hour != noon:
		d.hour += noon
	}
	return fine
}

// timeOverflows allows 24:00:00 and a second 60.
func (d *decoder) timeOverflows() bool {
	return d.hour < 0 || d.hour > 24 || d.minute < 0 || d.minute > 59 || d.second < 0 || d.second > 60 ||
		d.micros < 0 || d.micros > Second || d.ofDay() > Day
}

// ofDay is the time in microseconds since midnight.
func (b *broken) ofDay() int64 {
	return int64(b.hour)*Hour + int64(b.minute)*Minute + int64(b.second)*Second + b.micros
}

// finishDate checks that there is a date, and settles the zone now that the date is known.
func (d *decoder) finishDate() problem {
	if d.special != 0 {
		return fine
	}
	if d.seen&dateMask != dateMask {
		return badFormat
	}
	return d.settleZone(d.broken)
}

// settleZone computes the offset at the given local time.
func (d *decoder) settleZone(at broken) problem {
	modified := d.seen&bit(dstModifier) != 0
	switch {
	case d.namedZone != nil:
		d.west = -offsetAt(at, d.namedZone)
	case d.abbrevZone != nil:
		d.west = -abbrevOffsetAt(at, d.abbrev, d.abbrevZone)
	case d.seen&bit(zoneToken) == 0:
		d.west = -offsetAt(at, d.in.location())
	default:
		return fine
	}
	if modified {
		return badFormat
	}
	return fine
}

// finishTime checks that there is a time of day. A zone with daylight saving time needs a date, which is today for the
// session's zone and for abbreviations.
func (d *decoder) finishTime() problem {
	if d.timeOverflows() {
		return fieldOverflow
	}
	if d.seen&timeMask != timeMask {
		return badFormat
	}
	if d.namedZone != nil {
		if offset, fixed := fixedOffset(d.namedZone); fixed {
			if d.seen&bit(dstModifier) != 0 {
				return badFormat
			}
			d.west = -offset
			return fine
		}
		if d.seen&dateMask != dateMask {
			return badFormat
		}
		return d.settleZone(d.broken)
	}
	if d.abbrevZone == nil && d.seen&bit(zoneToken) != 0 {
		return fine
	}
	at := d.broken
	switch d.seen & dateMask {
	case 0:
		at.year, at.month, at.day = d.today()
	case dateMask:
	default:
		return badFormat
	}
	return d.settleZone(at)
}

// now is the transaction's time in the session's zone.
func (d *decoder) now() (local int64, offset int) {
	_, offset = time.UnixMicro(d.in.Now).In(d.in.location()).Zone()
	return d.in.Now + int64(offset)*Second, offset
}

func (d *decoder) today() (year, month, day int) {
	local, _ := d.now()
	days, _ := Split(local)
	return Civil(days)
}
