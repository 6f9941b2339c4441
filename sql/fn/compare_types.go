package fn

import (
	"bytes"
	"cmp"

	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// rowOrder compares the two arguments of row i, neither null.
type rowOrder func(c *Call, i int) (int, error)

// compareBy is a comparison by a function for one row.
func (sign comparison) compareBy(order rowOrder) Kernel {
	return func(c *Call) {
		for i := range c.Rows {
			if c.isNull(0, i) || c.isNull(1, i) {
				c.putBool(false)
				continue
			}
			d, err := order(c, i)
			c.putBool(err == nil && sign.of(d))
			if err != nil {
				c.fail(i, err)
			}
		}
	}
}

// compareAny is a comparison by the codec of the left argument's type.
func (sign comparison) compareAny(c *Call) {
	codec, ok := types.CodecOf(c.typeOf(0).OID)
	if !ok {
		codec, _ = types.CodecOf(types.OIDText)
	}
	for i := range c.Rows {
		if c.isNull(0, i) || c.isNull(1, i) {
			c.putBool(false)
			continue
		}
		c.putBool(sign.of(codec.Compare(c.value(0, i), c.value(1, i))))
	}
}

func orderIntervals(c *Call, i int) (int, error) {
	return datetime.CompareIntervals(c.interval(0, i), c.interval(1, i)), nil
}

func orderPadded(c *Call, i int) (int, error) {
	return bytes.Compare(bytes.TrimRight(c.bytes(0, i), " "), bytes.TrimRight(c.bytes(1, i), " ")), nil
}

// orderTimes compares a date or timestamp with one of another of the three types, by the moment that both are in the session's time
// zone. A date that no timestamp reaches is after all of them.
func orderTimes(left, right types.OID) rowOrder {
	withZone := left == types.OIDTimestamptz || right == types.OIDTimestamptz
	moment := func(c *Call, n int64, oid types.OID) (m int64, beyond int) {
		if oid == types.OIDDate {
			m, err := dateToTimestamp(n)
			if err != nil {
				return 0, 1
			}
			n, oid = m, types.OIDTimestamp
		}
		if withZone && oid == types.OIDTimestamp {
			m, err := datetime.LocalToUTC(n, c.settings().Location)
			switch {
			case err == nil:
				return m, 0
			case n < 0:
				return 0, -1
			default:
				return 0, 1
			}
		}
		return n, 0
	}
	return func(c *Call, i int) (int, error) {
		a, beyondA := moment(c, c.int(0, i), left)
		b, beyondB := moment(c, c.int(1, i), right)
		switch {
		case beyondA != 0 && b == datetime.Infinity:
			return -1, nil
		case beyondB != 0 && a == datetime.Infinity:
			return 1, nil
		case beyondA != beyondB:
			return cmp.Compare(beyondA, beyondB), nil
		}
		return cmp.Compare(a, b), nil
	}
}

// moreComparisons are the comparisons of types that have no kernel of their own.
func moreComparisons() []*Operator {
	var all []*Operator
	times := []types.OID{types.OIDDate, types.OIDTimestamp, types.OIDTimestamptz}
	for _, c := range comparisons {
		same := func(oid types.OID, kernel Kernel) {
			all = append(all, infix(c.symbol, oid, oid, types.OIDBool, kernel))
		}
		same(types.OIDNumeric, c.compareNumerics)
		same(types.OIDInterval, c.compareBy(orderIntervals))
		same(types.OIDBPChar, c.compareBy(orderPadded))
		for _, oid := range []types.OID{
			types.OIDTimetz, types.OIDJSONB, types.OIDAnyArray, types.OIDRecord, types.OIDOIDVector, types.OIDAnyEnum,
		} {
			same(oid, c.compareAny)
		}
		all = append(all,
			infix(c.symbol, types.OIDName, types.OIDText, types.OIDBool, c.compareBytes),
			infix(c.symbol, types.OIDText, types.OIDName, types.OIDBool, c.compareBytes))
		for _, a := range times {
			for _, b := range times {
				if a == b {
					continue
				}
				o := infix(c.symbol, a, b, types.OIDBool, c.compareBy(orderTimes(a, b)))
				if a == types.OIDTimestamptz || b == types.OIDTimestamptz {
					o.with((*Function).stable)
				}
				all = append(all, o)
			}
		}
	}
	return all
}
