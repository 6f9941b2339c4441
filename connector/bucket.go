package connector

import "math"

// Bucket is a token bucket that limits rows per second. It has no clock: times are microseconds on whatever clock the caller has,
// and must not go back. The zero Bucket limits nothing.
type Bucket struct {
	rate   float64 // rows per microsecond; 0: no limit
	burst  float64 // rows that may be saved up
	tokens float64
	last   int64
	begun  bool
}

// burstMicros is the time for which an unused rate is saved up, so that a reader that comes at irregular times still gets its rate,
// and one that comes after a pause does not get all of it at once.
const burstMicros = 200_000

// NewBucket returns a bucket for a number of rows per second; 0 or less: no limit.
func NewBucket(rowsPerSecond float64) Bucket {
	if rowsPerSecond <= 0 {
		return Bucket{}
	}
	rate := rowsPerSecond / 1e6
	return Bucket{rate: rate, burst: math.Max(1, rate*burstMicros)}
}

// Take grants up to want rows now. The first call starts the clock with an empty bucket.
func (b *Bucket) Take(now int64, want int) int {
	if b.rate == 0 {
		return want
	}
	b.fill(now)
	n := min(want, int(b.tokens+rounding))
	b.tokens = math.Max(0, b.tokens-float64(n))
	return n
}

// Return gives back rows that were granted and not used.
func (b *Bucket) Return(n int) {
	if b.rate != 0 {
		b.tokens = math.Min(b.burst, b.tokens+float64(n))
	}
}

// Ready is the first time, not before now, at which Take grants a row.
func (b *Bucket) Ready(now int64) int64 {
	if b.rate == 0 {
		return now
	}
	b.fill(now)
	if b.tokens >= 1-rounding {
		return now
	}
	return now + int64(math.Ceil((1-b.tokens)/b.rate))
}

func (b *Bucket) fill(now int64) {
	if b.begun {
		b.tokens = math.Min(b.burst, b.tokens+float64(now-b.last)*b.rate)
	}
	b.begun, b.last = true, now
}

// rounding makes up for what sums of floats lose, so that Take grants a row at the time that Ready named.
const rounding = 1e-6
