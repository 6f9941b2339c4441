package datetime

// word decodes a field of letters: a month, a weekday, a zone, a label, or a word with a meaning of its own.
func (d *decoder) word(i int, text string) (got mask, skip bool, p problem) {
	if zone, ok := abbreviations[shortToken(text)]; ok {
		got, p = d.zoneAbbreviation(text, zone)
		return got, false, p
	}
	t := lookUp(dateTokens, text)
	got = bit(t.kind)
	switch t.kind {
	case ignored:
		return 0, true, fine
	case reserved:
		got, p = d.reservedWord(t.value)
	case monthToken:
		if d.timeOnly {
			return 0, false, badFormat
		}
		if d.seen&bit(monthToken) != 0 && !d.textMonth && d.seen&bit(dayToken) == 0 && d.month >= 1 && d.month <= 31 {
			d.day = d.month // the number before was not the month
			got = bit(dayToken)
		}
		d.textMonth = true
		d.month = t.value
	case dstModifier:
		got |= bit(dstZoneToken)
		d.west -= t.value
	case meridiem:
		d.meridiem = t.value
	case era:
		d.beforeC = t.value == bc
	case weekdayToken:
		if d.timeOnly {
			return 0, false, badFormat
		}
	case unitToken:
		got = 0
		d.prefix = t.value
	case isoTime:
		got = 0
		if !d.timeOnly && d.seen&dateMask != dateMask || i == len(d.fields)-1 {
			return 0, false, badFormat
		}
		if next := d.fields[i+1].kind; next != numberField && next != timeField && next != dateField {
			return 0, false, badFormat
		}
		d.prefix = t.value
	case unknownToken:
		location, ok := zoneOf(text)
		if !ok {
			return 0, false, badFormat
		}
		d.namedZone = location
		got = bit(zoneToken)
	default:
		return 0, false, badFormat
	}
	return got, false, p
}

func (d *decoder) zoneAbbreviation(text string, zone abbreviation) (mask, problem) {
	if zone.name != "" {
		location, ok := zoneOf(zone.name)
		if !ok {
			return 0, badFormat
		}
		d.abbrevZone, d.abbrev = location, text
		return bit(dynamicZone) | bit(zoneToken), fine
	}
	d.west = -zone.offset
	if zone.dst {
		return bit(dstZoneToken) | bit(zoneToken), fine
	}
	return bit(zoneToken), fine
}

// reservedWord decodes now, today, epoch, infinity and their like.
func (d *decoder) reservedWord(value int) (mask, problem) {
	switch value {
	case wordNow:
		local, offset := d.now()
		days, ofDay := Split(local)
		d.setTime(ofDay)
		if d.timeOnly {
			return timeMask, fine
		}
		d.year, d.month, d.day = Civil(days)
		d.west = -offset
		return dateMask | timeMask | bit(zoneToken), fine
	case wordZulu:
		d.setTime(0)
		d.west = 0
		return timeMask | bit(zoneToken), fine
	}
	if d.timeOnly {
		return 0, badFormat
	}
	local, _ := d.now()
	days, _ := Split(local)
	switch value {
	case wordToday:
	case wordTomorrow:
		days++
	case wordYesterday:
		days--
	default:
		d.special = value
		return bit(reserved), fine
	}
	d.year, d.month, d.day = Civil(days)
	return dateMask, fine
}
