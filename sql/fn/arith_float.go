package fn

import (
	"math"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// float is one of the floating point types. The arithmetic of both is done in float64; results of real are rounded, which
// gives what float32 arithmetic gives for one operation.
type float struct {
	oid    types.OID
	single bool
}

var floats = []float{{types.OIDFloat4, true}, {types.OIDFloat8, false}}

func (t float) round(r float64) float64 {
	if t.single {
		return float64(float32(r))
	}
	return r
}

// check is PostgreSQL's check_float8_val: an infinite result of finite arguments and a zero result of others than zero are
// errors.
func (t float) check(call *Call, i int, r float64, infinite, zero bool) float64 {
	r = t.round(r)
	switch {
	case math.IsInf(r, 0) && !infinite:
		call.Errors.Add(i, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow"))
	case r == 0 && !zero:
		call.Errors.Add(i, pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow"))
	default:
		return r
	}
	return 0
}

func inf(x float64) bool { return math.IsInf(x, 0) }

func (t float) plus(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Floats, call.Rows)
	for i := range out {
		x, y := a.Floats[i&a.mask()], b.Floats[i&b.mask()]
		out[i] = t.check(call, i, x+y, inf(x) || inf(y), true)
	}
}

func (t float) minus(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Floats, call.Rows)
	for i := range out {
		x, y := a.Floats[i&a.mask()], b.Floats[i&b.mask()]
		out[i] = t.check(call, i, x-y, inf(x) || inf(y), true)
	}
}

func (t float) product(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Floats, call.Rows)
	for i := range out {
		x, y := a.Floats[i&a.mask()], b.Floats[i&b.mask()]
		out[i] = t.check(call, i, x*y, inf(x) || inf(y), x == 0 || y == 0)
	}
}

func (t float) quotient(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Floats, call.Rows)
	for i := range out {
		x, y := a.Floats[i&a.mask()], b.Floats[i&b.mask()]
		if y == 0 && !math.IsNaN(x) {
			out[i] = 0
			call.Errors.Add(i, divisionByZero())
			continue
		}
		out[i] = t.check(call, i, x/y, inf(x), x == 0 || inf(y))
	}
}

func (t float) negative(call *Call) {
	a := call.Args[0]
	out := grow(&call.Out.Floats, call.Rows)
	for i := range out {
		out[i] = -a.Floats[i&a.mask()]
	}
}
