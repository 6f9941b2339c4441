package fn

import (
	"bytes"
	"cmp"
	"math"

	"github.com/freshetdb/freshet/sql/types"
)

// comparison is one of the six comparison operators, as what it makes of less, equal and greater.
type comparison struct {
	symbol           string
	less, same, more bool
}

var comparisons = []comparison{
	{"=", false, true, false},
	{"<>", true, false, true},
	{"<", true, false, false},
	{"<=", true, true, false},
	{">", false, false, true},
	{">=", false, true, true},
}

// flipped is the comparison with its sides exchanged.
func (c comparison) flipped() comparison { return comparison{c.symbol, c.more, c.same, c.less} }

// of is the result for three-way comparison d.
func (c comparison) of(d int) bool {
	switch {
	case d < 0:
		return c.less
	case d > 0:
		return c.more
	default:
		return c.same
	}
}

// compareInts is a comparison of kind Int64. The loops are written out: a call a row would cost more than the comparison.
func (c comparison) compareInts(call *Call) {
	a, b := call.Args[0], call.Args[1]
	if a.Const && !b.Const {
		a, b, c = b, a, c.flipped()
	}
	out := grow(&call.Out.Bools, call.Rows)
	if !b.Const {
		compareColumns(c, out, a.Ints, b.Ints)
		return
	}
	if a.Const {
		fill(out, c.of(cmp.Compare(a.Ints[0], b.Ints[0])))
		return
	}
	compareIntsConst(c, out, a.Ints, b.Ints[0])
}

// compareColumns compares two columns row by row, for types that order by <.
func compareColumns[T int64 | float64](c comparison, out []bool, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	switch {
	case c.same && !c.less && !c.more:
		for i := range out {
			out[i] = a[i] == b[i]
		}
	case !c.same && c.less && c.more:
		for i := range out {
			out[i] = a[i] != b[i]
		}
	case c.less && !c.same:
		for i := range out {
			out[i] = a[i] < b[i]
		}
	case c.less:
		for i := range out {
			out[i] = a[i] <= b[i]
		}
	case !c.same:
		for i := range out {
			out[i] = a[i] > b[i]
		}
	default:
		for i := range out {
			out[i] = a[i] >= b[i]
		}
	}
}

// compareConst compares a column with one value, which is not NaN.
func compareConst[T int64 | float64](c comparison, out []bool, a []T, b T) {
	a = a[:len(out)]
	switch {
	case c.same && !c.less && !c.more:
		for i := range out {
			out[i] = a[i] == b
		}
	case !c.same && c.less && c.more:
		for i := range out {
			out[i] = a[i] != b
		}
	case c.less && !c.same:
		for i := range out {
			out[i] = a[i] < b
		}
	case c.less:
		for i := range out {
			out[i] = a[i] <= b
		}
	case !c.same: // NaN is greater than all others
		for i := range out {
			out[i] = !(a[i] <= b) //nolint:staticcheck // a[i] may be NaN
		}
	default:
		for i := range out {
			out[i] = !(a[i] < b) //nolint:staticcheck // a[i] may be NaN
		}
	}
}

// compareFloats is a comparison of kind Float64: NaN equals itself and is greater than all others.
func (c comparison) compareFloats(call *Call) {
	a, b := call.Args[0], call.Args[1]
	if a.Const && !b.Const {
		a, b, c = b, a, c.flipped()
	}
	out := grow(&call.Out.Bools, call.Rows)
	if b.Const && !a.Const && !math.IsNaN(b.Floats[0]) {
		compareFloatsConst(c, out, a.Floats, b.Floats[0])
		return
	}
	for i := range out {
		out[i] = c.of(compareFloat(a.Floats[i&a.mask()], b.Floats[i&b.mask()]))
	}
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	default:
		return -1
	}
}

// compareBools is a comparison of kind Bool: false is less than true.
func (c comparison) compareBools(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Bools, call.Rows)
	for i := range out {
		x, y := a.Bools[i&a.mask()], b.Bools[i&b.mask()]
		switch {
		case x == y:
			out[i] = c.same
		case y:
			out[i] = c.less
		default:
			out[i] = c.more
		}
	}
}

// compareBytes is a comparison of values of kind Bytes that order as their bytes do: text in collation "C", bytea, uuid.
func (c comparison) compareBytes(call *Call) {
	a, b := call.Args[0], call.Args[1]
	out := grow(&call.Out.Bools, call.Rows)
	if !c.less && !c.more || c.less && c.more { // = and <> need no order, and lengths mostly differ
		for i := range out {
			out[i] = bytes.Equal(a.BytesAt(i&a.mask()), b.BytesAt(i&b.mask())) == c.same
		}
		return
	}
	for i := range out {
		out[i] = c.of(bytes.Compare(a.BytesAt(i&a.mask()), b.BytesAt(i&b.mask())))
	}
}

// grow makes s n elements long, whose values are to be written, and returns them.
func grow[T any](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n)
	}
	*s = (*s)[:n]
	return *s
}

func fill[T any](s []T, value T) {
	for i := range s {
		s[i] = value
	}
}

// comparableTypes are the types that compare by one of the kernels above, with themselves.
var comparableTypes = map[types.OID]func(comparison) Kernel{
	types.OIDBool:        func(c comparison) Kernel { return c.compareBools },
	types.OIDInt2:        func(c comparison) Kernel { return c.compareInts },
	types.OIDInt4:        func(c comparison) Kernel { return c.compareInts },
	types.OIDInt8:        func(c comparison) Kernel { return c.compareInts },
	types.OIDOID:         func(c comparison) Kernel { return c.compareInts },
	types.OIDDate:        func(c comparison) Kernel { return c.compareInts },
	types.OIDTime:        func(c comparison) Kernel { return c.compareInts },
	types.OIDTimestamp:   func(c comparison) Kernel { return c.compareInts },
	types.OIDTimestamptz: func(c comparison) Kernel { return c.compareInts },
	types.OIDFloat4:      func(c comparison) Kernel { return c.compareFloats },
	types.OIDFloat8:      func(c comparison) Kernel { return c.compareFloats },
	types.OIDText:        func(c comparison) Kernel { return c.compareBytes },
	types.OIDName:        func(c comparison) Kernel { return c.compareBytes },
	types.OIDChar:        func(c comparison) Kernel { return c.compareBytes },
	types.OIDBytea:       func(c comparison) Kernel { return c.compareBytes },
	types.OIDUUID:        func(c comparison) Kernel { return c.compareBytes },
}
