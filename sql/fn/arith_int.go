package fn

import (
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// integer is one of the integer types with its bounds; the arithmetic of all is done in int64.
type integer struct {
	oid      types.OID
	name     string
	min, max int64
}

var integers = []integer{
	{types.OIDInt2, "smallint", math.MinInt16, math.MaxInt16},
	{types.OIDInt4, "integer", math.MinInt32, math.MaxInt32},
	{types.OIDInt8, "bigint", math.MinInt64, math.MaxInt64},
}

// wider is the type of an operation over two integer types.
func wider(a, b integer) integer {
	if a.max > b.max {
		return a
	}
	return b
}

func (t integer) outOfRange() *pgerr.Error {
	return pgerr.Newf(pgerr.NumericValueOutOfRange, "%s out of range", t.name)
}

func divisionByZero() *pgerr.Error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// plus is a + b.
func (t integer) plus(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Ints, call.Rows)
	bad := int64(0) // negative if any row overflowed; which, is found after
	for i := range out {
		x, y := a.Ints[i&a.mask()], b.Ints[i&b.mask()]
		r := x + y
		bad |= (x^r)&(y^r) | t.outside(r)
		out[i] = r
	}
	if bad < 0 {
		t.reportSums(call, addChecked)
	}
}

// minus is a - b.
func (t integer) minus(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Ints, call.Rows)
	bad := int64(0)
	for i := range out {
		x, y := a.Ints[i&a.mask()], b.Ints[i&b.mask()]
		r := x - y
		bad |= (x^y)&(x^r) | t.outside(r)
		out[i] = r
	}
	if bad < 0 {
		t.reportSums(call, subChecked)
	}
}

// outside is negative where r, the sum or difference of two values of the type, is out of its bounds. For bigint it never is:
// there the signs tell.
func (t integer) outside(r int64) int64 {
	if t.max == math.MaxInt64 {
		return 0
	}
	return (r - t.min) | (t.max - r)
}

// reportSums finds the rows that overflowed.
func (t integer) reportSums(call *Call, op func(x, y int64) (int64, bool)) {
	a, b := call.Args[0], call.Args[1]
	for i := range call.Rows {
		r, ok := op(a.Ints[i&a.mask()], b.Ints[i&b.mask()])
		if !ok || r < t.min || r > t.max {
			call.Out.Ints[i] = 0
			call.Errors.Add(i, t.outOfRange())
		}
	}
}

func addChecked(x, y int64) (int64, bool) {
	r := x + y
	return r, (x^r)&(y^r) >= 0
}

func subChecked(x, y int64) (int64, bool) {
	r := x - y
	return r, (x^y)&(x^r) >= 0
}

// product is a * b.
func (t integer) product(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Ints, call.Rows)
	for i := range out {
		x, y := a.Ints[i&a.mask()], b.Ints[i&b.mask()]
		r, ok := mulChecked(x, y)
		if !ok || r < t.min || r > t.max {
			r = 0
			call.Errors.Add(i, t.outOfRange())
		}
		out[i] = r
	}
}

func mulChecked(x, y int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(x), uint64(y))
	// The signed high word: bits.Mul64 multiplies without signs.
	high := int64(hi) - (x>>63)&y - (y>>63)&x
	return int64(lo), high == int64(lo)>>63
}

// quotient is a / b, truncated towards zero.
func (t integer) quotient(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Ints, call.Rows)
	for i := range out {
		x, y := a.Ints[i&a.mask()], b.Ints[i&b.mask()]
		switch {
		case y == 0:
			out[i] = 0
			call.Errors.Add(i, divisionByZero())
		case y == -1 && x == t.min:
			out[i] = 0
			call.Errors.Add(i, t.outOfRange())
		default:
			out[i] = x / y
		}
	}
}

// remainder is a % b, with the sign of a.
func (t integer) remainder(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Ints, call.Rows)
	for i := range out {
		x, y := a.Ints[i&a.mask()], b.Ints[i&b.mask()]
		switch y {
		case 0:
			out[i] = 0
			call.Errors.Add(i, divisionByZero())
		case -1: // the smallest value would trap
			out[i] = 0
		default:
			out[i] = x % y
		}
	}
}

// negative is -a.
func (t integer) negative(call *Call) {
	a := call.Args[0]
	out := grow(&call.Out.Ints, call.Rows)
	for i := range out {
		x := a.Ints[i&a.mask()]
		if x == t.min {
			x = 0
			call.Errors.Add(i, t.outOfRange())
		}
		out[i] = -x
	}
}
