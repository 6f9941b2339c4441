// Package datetime reads, writes and rounds dates, times of day, timestamps and intervals as PostgreSQL does (PostgreSQL 15, 8.5
// and appendix B; src/backend/utils/adt/datetime.c, whose rules it follows field by field).
//
// Dates are days since 1970-01-01. Times of day are microseconds since midnight, 24:00 included. Timestamps are microseconds
// since 1970-01-01, in UTC where they have a time zone. The calendar is Gregorian at all times; year 0 is 1 BC.
//
// Timestamps end at 294247-01-10 04:00:54.775806, where 64 bits do; PostgreSQL, which counts from 2000, has 30 years more.
// Output is in DateStyle ISO and IntervalStyle postgres.
package datetime

import (
	"math"
	"time"
)

// Infinity and NegInfinity are the dates and timestamps after and before all others.
const (
	Infinity    = math.MaxInt64
	NegInfinity = math.MinInt64
)

// Microseconds in the larger units.
const (
	Second = 1_000_000
	Minute = 60 * Second
	Hour   = 60 * Minute
	Day    = 24 * Hour
)

// The limits of PostgreSQL's dates (4714-11-24 BC to 5874897-12-31) and of timestamps.
const (
	MinDate      = -2440588
	EndDate      = 2147483494 + MinDate // the first day that is too late
	MinTimestamp = MinDate * Day
	MaxTimestamp = math.MaxInt64 - 1
)

// Order is how numbers are understood that stand for year, month and day: the second part of the setting DateStyle.
type Order uint8

// The orders.
const (
	MDY Order = iota
	DMY
	YMD
)

// Input is what reading depends on.
type Input struct {
	Order    Order
	Location *time.Location // the session's time zone; nil is UTC
	Now      int64          // the transaction's time, microseconds since 1970-01-01 UTC: what "now" and "today" mean
}

func (in Input) location() *time.Location {
	if in.Location == nil {
		return time.UTC
	}
	return in.Location
}
