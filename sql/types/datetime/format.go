package datetime

import (
	"strconv"
	"time"
)

func appendInfinity(dst []byte, v int64) ([]byte, bool) {
	switch v {
	case Infinity:
		return append(dst, "infinity"...), true
	case NegInfinity:
		return append(dst, "-infinity"...), true
	}
	return dst, false
}

func append2(dst []byte, n int) []byte {
	if n >= 100 {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

func appendYMD(dst []byte, year, month, day int) []byte {
	if year <= 0 {
		year = 1 - year
	}
	if year < 10000 {
		dst = append2(append2(dst, year/100), year%100)
	} else {
		dst = strconv.AppendInt(dst, int64(year), 10)
	}
	dst = append2(append(dst, '-'), month)
	return append2(append(dst, '-'), day)
}

const beforeChrist = " BC"

// AppendDate writes a date in ISO form.
func AppendDate(dst []byte, days int64) []byte {
	dst, infinite := appendInfinity(dst, days)
	if infinite {
		return dst
	}
	year, month, day := Civil(days)
	dst = appendYMD(dst, year, month, day)
	if year <= 0 {
		dst = append(dst, beforeChrist...)
	}
	return dst
}

// AppendTime writes a time of day, with as many digits of the fraction as it has.
func AppendTime(dst []byte, micros int64) []byte {
	dst = append2(dst, int(micros/Hour))
	dst = append2(append(dst, ':'), int(micros%Hour/Minute))
	return appendSeconds(append(dst, ':'), micros%Minute)
}

// appendSeconds writes ss[.ffffff] without zeros at its end.
func appendSeconds(dst []byte, micros int64) []byte {
	dst = append2(dst, int(micros/Second))
	part := micros % Second
	if part == 0 {
		return dst
	}
	dst = append(dst, '.')
	for scale := int64(Second / 10); part != 0; scale /= 10 {
		dst = append(dst, byte('0'+part/scale))
		part %= scale
	}
	return dst
}

// appendOffset writes the offset of a zone, in seconds east of UTC.
func appendOffset(dst []byte, east int) []byte {
	sign := byte('+')
	if east < 0 {
		sign, east = '-', -east
	}
	dst = append2(append(dst, sign), east/3600)
	if east%3600 != 0 {
		dst = append2(append(dst, ':'), east%3600/60)
	}
	if east%60 != 0 {
		dst = append2(append(dst, ':'), east%60)
	}
	return dst
}

// AppendTimetz writes a time of day with its zone, which is seconds west of UTC.
func AppendTimetz(dst []byte, micros int64, west int32) []byte {
	return appendOffset(AppendTime(dst, micros), -int(west))
}

// AppendTimestamp writes a timestamp in ISO form.
func AppendTimestamp(dst []byte, micros int64) []byte {
	dst, infinite := appendInfinity(dst, micros)
	if infinite {
		return dst
	}
	dst, before := appendLocal(dst, micros)
	if before {
		dst = append(dst, beforeChrist...)
	}
	return dst
}

func appendLocal(dst []byte, micros int64) (out []byte, before bool) {
	days, ofDay := Split(micros)
	year, month, day := Civil(days)
	dst = appendYMD(dst, year, month, day)
	return AppendTime(append(dst, ' '), ofDay), year <= 0
}

// AppendTimestamptz writes a timestamp in ISO form, in a time zone (nil is UTC) and with its offset.
func AppendTimestamptz(dst []byte, micros int64, location *time.Location) []byte {
	dst, infinite := appendInfinity(dst, micros)
	if infinite {
		return dst
	}
	offset := 0
	if location != nil && location != time.UTC {
		_, offset = time.UnixMicro(micros).In(location).Zone()
	}
	dst, before := appendLocal(dst, micros+int64(offset)*Second)
	dst = appendOffset(dst, offset)
	if before {
		dst = append(dst, beforeChrist...)
	}
	return dst
}

// AppendInterval writes an interval in PostgreSQL's own style.
func AppendInterval(dst []byte, v Interval) []byte {
	empty, before := true, false
	part := func(value int, unit string) {
		if value == 0 {
			return
		}
		if !empty {
			dst = append(dst, ' ')
		}
		if before && value > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, int64(value), 10)
		dst = append(append(dst, ' '), unit...)
		if value != 1 {
			dst = append(dst, 's')
		}
		before = value < 0
		empty = false
	}
	part(int(v.Months)/12, "year")
	part(int(v.Months)%12, "mon")
	part(int(v.Days), "day")
	if !empty && v.Micros == 0 {
		return dst
	}
	if !empty {
		dst = append(dst, ' ')
	}
	micros := uint64(v.Micros)
	switch {
	case v.Micros < 0:
		dst = append(dst, '-')
		micros = -micros
	case before:
		dst = append(dst, '+')
	}
	hours := micros / Hour
	if hours < 100 {
		dst = append2(dst, int(hours))
	} else {
		dst = strconv.AppendUint(dst, hours, 10)
	}
	dst = append2(append(dst, ':'), int(micros%Hour/Minute))
	return appendSeconds(append(dst, ':'), int64(micros%Minute))
}
