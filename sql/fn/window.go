package fn

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/sql/types"
)

// The functions of event-time windows and of the bounds at which state expires. The planner puts them into graphs; no name in SQL
// leads to them. Sizes, offsets and bounds are in microseconds.
var (
	// WindowStart(time, size, offset) is the start of the tumbling window that a time is in: windows start at offset plus multiples
	// of size. An infinite time is in no window: null.
	WindowStart = internal("window_start", types.OIDAnyElement, windowStart, types.OIDAnyElement, types.OIDInt8, types.OIDInt8)
	// WindowEnd(time, size, offset) is the end of that window.
	WindowEnd = internal("window_end", types.OIDAnyElement, windowEnd, types.OIDAnyElement, types.OIDInt8, types.OIDInt8)
	// TimeBound(time, shift) is a timestamp plus a shift, as a bound: a time in microseconds that does not overflow.
	TimeBound = internal("time_bound", types.OIDInt8, timeBound, types.OIDAnyElement, types.OIDInt8)
	// DateBound(date, shift) is that of a date.
	DateBound = internal("date_bound", types.OIDInt8, dateBound, types.OIDDate, types.OIDInt8)
	// LaterBound is the later one of two bounds, or the one that is not null.
	LaterBound = internal("later_bound", types.OIDInt8, laterBound, types.OIDInt8, types.OIDInt8).nulls()
)

func internal(name string, result types.OID, kernel Kernel, args ...types.OID) *Function {
	return &Function{Name: name, Args: args, Result: result, Kernel: kernel, Monotone: 0}
}

func windowStart(call *Call) { tumble(call, 0) }

func windowEnd(call *Call) { tumble(call, 1) }

// tumble computes a bound of each row's window: its start plus ends times the size.
func tumble(call *Call, ends int64) {
	times, sizes, offsets := call.Args[0], call.Args[1], call.Args[2]
	base := len(call.Out.Ints)
	out := slices.Grow(call.Out.Ints, call.Rows)[:base+call.Rows]
	call.Out.Ints = out
	out = out[base:]
	infinite := false
	if sizes.Const && offsets.Const && !times.Const {
		infinite = tumbleAll(out, times.Ints[:len(out)], sizes.Ints[0], offsets.Ints[0], ends)
	} else {
		tm, sm, om := times.mask(), sizes.mask(), offsets.mask()
		for i := range out {
			at := i & tm
			infinite = tumbleAll(out[i:i+1], times.Ints[at:at+1], sizes.Ints[i&sm], offsets.Ints[i&om], ends) || infinite
		}
	}
	if !infinite {
		return
	}
	tm := times.mask()
	for i := range out {
		if t := times.Ints[i&tm]; t == math.MinInt64 || t == math.MaxInt64 {
			call.Out.SetNull(base + i)
		}
	}
}

// tumbleAll computes the bounds of windows of one size and offset, and tells whether a time is infinite. Times come in about their order, so a row
// is mostly in the window of the one before it, which spares the division.
func tumbleAll(out, times []int64, size, offset, ends int64) (infinite bool) {
	if size <= 0 { // the argument is null: the result is too
		clear(out)
		return false
	}
	start, bound, has := int64(0), int64(0), uint64(0) // a window that has no time yet
	for i, t := range times[:len(out)] {
		if uint64(t)-uint64(start) >= has {
			if t == math.MinInt64 || t == math.MaxInt64 {
				infinite, has, out[i] = true, 0, 0
				continue
			}
			r := (t - offset) % size
			if r < 0 {
				r += size
			}
			start = t - r
			bound = start + ends*size
			if has = 0; start <= t { // and it does not begin before all times, nor hold infinity
				has = min(uint64(size), math.MaxInt64-uint64(start))
			}
		}
		out[i] = bound
	}
	return infinite
}

func timeBound(call *Call) { addBound(call, 1) }

const dayMicros = 24 * 60 * 60 * 1_000_000

func dateBound(call *Call) { addBound(call, dayMicros) }

func addBound(call *Call, unit int64) {
	times, shifts := call.Args[0], call.Args[1]
	base := len(call.Out.Ints)
	out := slices.Grow(call.Out.Ints, call.Rows)[:base+call.Rows]
	call.Out.Ints = out
	out = out[base:]
	if shifts.Const && !times.Const {
		addBoundAll(out, times.Ints[:len(out)], unit, shifts.Ints[0])
		return
	}
	tm, sm := times.mask(), shifts.mask()
	for i := range out {
		out[i] = saturated(times.Ints[i&tm], unit, shifts.Ints[i&sm])
	}
}

func laterBound(call *Call) {
	a, b := call.Args[0], call.Args[1]
	am, bm := a.mask(), b.mask()
	for i := range call.Rows {
		switch x, y := i&am, i&bm; {
		case a.IsNull(x) && b.IsNull(y):
			call.Out.AppendNull()
		case a.IsNull(x) || !b.IsNull(y) && b.Ints[y] > a.Ints[x]:
			call.Out.Ints = append(call.Out.Ints, b.Ints[y])
		default:
			call.Out.Ints = append(call.Out.Ints, a.Ints[x])
		}
	}
}

// addBoundAll adds one shift to times, of which nearly all are far from the ends of the range.
func addBoundAll(out, times []int64, unit, shift int64) {
	const far = math.MaxInt64 / dayMicros / 4 // times and shifts in microseconds have as much room
	most := int64(math.MaxInt64 / 4)
	if unit != 1 {
		most = far
	}
	if shift < -math.MaxInt64/4 || shift > math.MaxInt64/4 {
		most = -1 // none
	}
	for i, t := range times[:len(out)] {
		if -most <= t && t <= most {
			out[i] = t*unit + shift
		} else {
			out[i] = saturated(t, unit, shift)
		}
	}
}

// saturated is t*unit + shift, or the end of the range that it would leave. The infinities stay what they are.
func saturated(t, unit, shift int64) int64 {
	switch {
	case t > math.MaxInt64/unit-1 || t == math.MaxInt64:
		return math.MaxInt64
	case t < math.MinInt64/unit+1 || t == math.MinInt64:
		return math.MinInt64
	}
	t *= unit
	switch sum := t + shift; {
	case shift > 0 && sum < t:
		return math.MaxInt64
	case shift < 0 && sum > t:
		return math.MinInt64
	default:
		return sum
	}
}
