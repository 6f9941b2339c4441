package fn

// stretchEnd gives the end of a stretch: its second argument, or its first and that. k is the place of the first.
type stretchEnd func(c *Call, k, i int) (int64, error)

func endGiven(c *Call, k, i int) (int64, error) { return c.int(k+1, i), nil }

func endAfter(c *Call, k, i int) (int64, error) {
	return addInterval(c.int(k, i), c.interval(k+1, i))
}

func endAfterIn(c *Call, k, i int) (int64, error) {
	return addIntervalIn(c.int(k, i), c.interval(k+1, i), c.settings().Location)
}

func endAfterTime(c *Call, k, i int) (int64, error) {
	return moveTime(c.int(k, i), c.interval(k+1, i), false), nil
}

// bound is an end of a stretch, which may be missing.
type bound struct {
	at   int64
	null bool
}

// stretch gives the bounds of one of the stretches: the known one first, or the earlier.
func stretch(c *Call, k, i int, end stretchEnd) (from, to bound, err error) {
	from, to = bound{null: c.isNull(k, i)}, bound{null: c.isNull(k+1, i)}
	if !from.null {
		from.at = c.int(k, i)
	}
	switch endOfSpan := c.Args[k].Kind() != c.Args[k+1].Kind(); {
	case endOfSpan && from.null:
		to.null = true
	case !to.null:
		if to.at, err = end(c, k, i); err != nil {
			return from, to, err
		}
	}
	if from.null || !to.null && from.at > to.at {
		from, to = to, from
	}
	return from, to, nil
}

// overlaps makes the kernel. A missing bound makes the answer NULL only where it depends on it.
func overlaps(end1, end2 stretchEnd) Kernel {
	return perRowNulls(func(c *Call, i int) error {
		from1, to1, err := stretch(c, 0, i, end1)
		if err != nil {
			return err
		}
		from2, to2, err := stretch(c, 2, i, end2)
		if err != nil {
			return err
		}
		if from1.at > from2.at {
			from1, to1, from2, to2 = from2, to2, from1, to1
		}
		switch {
		case from1.null || from2.null || to1.null:
			c.putNull()
		case from1.at < from2.at && from2.at < to1.at:
			c.putBool(true)
		case to2.null:
			c.putNull()
		default:
			c.putBool(from1.at == from2.at)
		}
		return nil
	})
}

func overlapsFunctions() []*Function {
	const help = "whether two stretches of time have a moment in common"
	const ofDay = "whether two stretches of a day have a moment in common"
	return []*Function{
		def("overlaps(timestamptz, timestamptz, timestamptz, timestamptz) bool", overlaps(endGiven, endGiven), help, `"overlaps"(timestamptz '2001-02-16+00', '2001-12-21+00', '2001-10-30+00', '2002-10-30+00') → t`).nulls(),
		def("overlaps(timestamptz, interval, timestamptz, interval) bool", overlaps(endAfterIn, endAfterIn), help, `"overlaps"(timestamptz '2001-02-16+00', interval '100 days', timestamptz '2001-10-30+00', interval '1 day') → f`).stable().nulls(),
		def("overlaps(timestamptz, timestamptz, timestamptz, interval) bool", overlaps(endGiven, endAfterIn), help, `"overlaps"(timestamptz '2001-02-16+00', timestamptz '2001-12-21+00', timestamptz '2001-10-30+00', interval '1 day') → t`).stable().nulls(),
		def("overlaps(timestamptz, interval, timestamptz, timestamptz) bool", overlaps(endAfterIn, endGiven), help, `"overlaps"(timestamptz '2001-02-16+00', interval '1 day', timestamptz '2001-10-30+00', timestamptz '2002-10-30+00') → f`).stable().nulls(),
		def("overlaps(time, time, time, time) bool", overlaps(endGiven, endGiven), ofDay, `"overlaps"(time '10:00', time '12:00', time '12:00', time '13:00') → f`).nulls(),
		def("overlaps(time, interval, time, interval) bool", overlaps(endAfterTime, endAfterTime), ofDay, `"overlaps"(time '10:00', interval '3 hours', time '12:00', interval '1 hour') → t`).nulls(),
		def("overlaps(time, time, time, interval) bool", overlaps(endGiven, endAfterTime), ofDay, `"overlaps"(time '10:00', time '12:00', time '12:00', interval '1 hour') → f`).nulls(),
		def("overlaps(time, interval, time, time) bool", overlaps(endAfterTime, endGiven), ofDay, `"overlaps"(time '10:00', interval '3 hours', time '12:00', time '13:00') → t`).nulls(),
		def("overlaps(timestamp, timestamp, timestamp, timestamp) bool", overlaps(endGiven, endGiven), help, `"overlaps"(timestamp '2001-02-16', '2001-12-21', '2001-10-30', '2002-10-30') → t`, `"overlaps"(timestamp '2001-02-16', '2001-12-21', '2001-10-30', NULL) → t`).nulls(),
		def("overlaps(timestamp, interval, timestamp, interval) bool", overlaps(endAfter, endAfter), help, `"overlaps"(timestamp '2001-02-16', interval '100 days', timestamp '2001-10-30', interval '1 day') → f`).nulls(),
		def("overlaps(timestamp, timestamp, timestamp, interval) bool", overlaps(endGiven, endAfter), help, `"overlaps"(timestamp '2001-02-16', timestamp '2001-12-21', timestamp '2001-10-30', interval '1 day') → t`).nulls(),
		def("overlaps(timestamp, interval, timestamp, timestamp) bool", overlaps(endAfter, endGiven), help, `"overlaps"(timestamp '2001-02-16', interval '1 day', timestamp '2001-10-30', timestamp '2002-10-30') → f`).nulls(),
	}
}
