package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// Subscript is one [index] or [low:high] behind an array; a bound of a slice may be missing.
type Subscript struct {
	Slice, HasLow, HasHigh bool
}

// SubscriptFunction is array[i][j]... or, if any subscript is a slice, array[l:h]...; its arguments are the array and the bounds
// that are there as integers, in order. A plain subscript beside slices is a slice from 1. jsonb is not subscripted
// here: j['a'] is j -> 'a'.
func SubscriptFunction(array types.Type, subscripts []Subscript) *Function {
	f := &Function{Name: "subscript", Args: []types.OID{array.OID}, Monotone: -1}
	slice := false
	for _, s := range subscripts {
		slice = slice || s.Slice
		if !s.Slice || s.HasLow {
			f.Args = append(f.Args, types.OIDInt4)
		}
		if s.Slice && s.HasHigh {
			f.Args = append(f.Args, types.OIDInt4)
		}
	}
	result := types.Of(array.OID)
	if !slice {
		result, _ = types.ElemOf(array)
	}
	f.Result = result.OID
	f.ResultType = func([]types.Type) types.Type { return result }
	if slice {
		f.Kernel = perRow(func(c *Call, i int) error { return sliceOf(c, i, subscripts) })
	} else {
		f.Kernel = perRow(func(c *Call, i int) error { return elementAt(c, i) })
	}
	return f
}

func elementAt(c *Call, i int) error {
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) != len(c.Args)-1 {
		c.putNull()
		return nil
	}
	at := int64(0)
	for d := range a.Lengths {
		index := c.int(d+1, i) - int64(a.Lower[d])
		if index < 0 || index >= int64(a.Lengths[d]) {
			c.putNull()
			return nil
		}
		at = at*int64(a.Lengths[d]) + index
	}
	for range at {
		a.Next()
	}
	v, _, err := a.next(nil)
	if err == nil {
		c.putValue(v)
	}
	return err
}

// sliceOf is array_get_slice: what lies outside the array is left out, and the result counts from 1.
func sliceOf(c *Call, i int, subscripts []Subscript) error {
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	empty := func() error {
		c.putList(a.elem, nil)
		return nil
	}
	if len(a.Lengths) == 0 || len(subscripts) > len(a.Lengths) {
		return empty()
	}
	if len(subscripts) > types.MaxDimensions {
		return pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	lengths, offsets := make([]int32, len(a.Lengths)), make([]int32, len(a.Lengths))
	arg := 1
	for d := range a.Lengths {
		lower, upper := int64(a.Lower[d]), int64(a.Lower[d])+int64(a.Lengths[d])-1
		low, high := lower, upper
		if d < len(subscripts) {
			s := subscripts[d]
			switch {
			case !s.Slice:
				low, high = 1, c.int(arg, i)
				arg++
			default:
				if s.HasLow {
					low = c.int(arg, i)
					arg++
				}
				if s.HasHigh {
					high = c.int(arg, i)
					arg++
				}
			}
		}
		low, high = max(low, lower), min(high, upper)
		if low > high {
			return empty()
		}
		lengths[d], offsets[d] = int32(high-low+1), int32(low-lower)
	}
	values, err := a.all()
	if err != nil {
		return err
	}
	var kept []types.Value
	for n, v := range values {
		inside := true
		for d := len(a.Lengths) - 1; d >= 0; d-- {
			at := int32(n) % a.Lengths[d]
			n /= int(a.Lengths[d])
			inside = inside && at >= offsets[d] && at < offsets[d]+lengths[d]
		}
		if inside {
			kept = append(kept, v)
		}
	}
	c.putAppended(appendArray(c.Out.Data, a.elem, kept, lengths, ones(len(lengths))))
	return nil
}
