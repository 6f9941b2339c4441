package fn

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// Aggregates with WITHIN GROUP (ORDER BY x): x is the last argument, and the rows come in its order.

func orderedSetAggregates() []*Aggregate {
	return []*Aggregate{
		agg("mode(anyelement) anyelement", "The most frequent value, the first of them in the order; NULL if there are none.",
			"SELECT mode() WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (2)) t(x) → 2").orderedSet(0, collectMode),
		agg("percentile_disc(float8, anyelement) anyelement", "The first value whose place in the order is at least the given fraction.",
			"SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) t(x) → 2").orderedSet(1, collectPercentileDisc),
		agg("percentile_cont(float8, float8) float8", "The value at the given fraction of the order, between two values if need be.",
			"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x) → 1.5").orderedSet(1, collectPercentileCont(appendFloatBetween)),
		agg("percentile_cont(float8, interval) interval", "The value at the given fraction of the order, between two values if need be.").
			orderedSet(1, collectPercentileCont(appendIntervalBetween)),
		agg("percentile_disc(float8[], anyelement) anyarray", "The values whose places in the order are at least the given fractions.",
			"SELECT percentile_disc(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) t(x) → {1,2}").
			orderedSet(1, collectPercentiles(collectPercentileDisc)),
		agg("percentile_cont(float8[], float8) float8[]", "The values at the given fractions of the order, between two values if need be.",
			"SELECT percentile_cont(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) t(x) → {1.25,1.5}").
			orderedSet(1, collectPercentiles(collectPercentileCont(appendFloatBetween))),
		agg("percentile_cont(float8[], interval) interval[]", "The values at the given fractions of the order, between two values if need be.").
			orderedSet(1, collectPercentiles(collectPercentileCont(appendIntervalBetween))),
	}
}

func (a *Aggregate) orderedSet(direct int, f func(c *AggRows)) *Aggregate {
	a.Collect, a.Ordered, a.OrderedSet, a.Direct = f, true, true, direct
	return a
}

func collectMode(c *AggRows) {
	best, most := -1, int64(0)
	for i := 0; i < len(c.Counts); {
		first, count := i, c.Counts[i]
		for i++; i < len(c.Counts) && c.Same[i]; i++ {
			count += c.Counts[i]
		}
		if count > most {
			best, most = first, count
		}
	}
	if best < 0 {
		c.Out.AppendNull()
		return
	}
	c.Out.AppendFrom(c.Args[0], best)
}

// fraction is the first argument of a percentile, and the number of rows; ok is false where the result is null or an error.
func (c *AggRows) fraction() (p float64, rows int64, ok bool) {
	for _, count := range c.Counts {
		rows += count
	}
	if rows == 0 {
		c.Out.AppendNull()
		return 0, 0, false
	}
	if p = c.Args[0].Floats[0]; p < 0 || p > 1 || math.IsNaN(p) {
		c.fail(pgerr.Newf(pgerr.NumericValueOutOfRange, "percentile value %s is not between 0 and 1",
			types.Text(types.Of(types.OIDFloat8), types.FloatValue(p), types.DefaultSettings)))
		return 0, 0, false
	}
	return p, rows, true
}

// rowAt is the row at a place in the order, from 0 on.
func (c *AggRows) rowAt(place int64) int {
	for i, count := range c.Counts {
		if place -= count; place < 0 {
			return i
		}
	}
	return len(c.Counts) - 1
}

func collectPercentileDisc(c *AggRows) {
	p, rows, ok := c.fraction()
	if !ok {
		return
	}
	c.Out.AppendFrom(c.Args[1], c.rowAt(max(int64(math.Ceil(p*float64(rows))), 1)-1))
}

func collectPercentileCont(between func(c *AggRows, low, high int, part float64) error) func(c *AggRows) {
	return func(c *AggRows) {
		p, rows, ok := c.fraction()
		if !ok {
			return
		}
		place := p * float64(rows-1)
		first, second := int64(math.Floor(place)), int64(math.Ceil(place))
		if first == second {
			c.Out.AppendFrom(c.Args[1], c.rowAt(first))
			return
		}
		if err := between(c, c.rowAt(first), c.rowAt(second), place-float64(first)); err != nil {
			c.fail(err)
		}
	}
}

func appendFloatBetween(c *AggRows, low, high int, part float64) error {
	x, y := c.Args[1].Floats[low], c.Args[1].Floats[high]
	c.Out.Floats = append(c.Out.Floats, x+part*(y-x))
	return nil
}

func appendIntervalBetween(c *AggRows, low, high int, part float64) error {
	x, y := datetime.DecodeInterval(c.Args[1].BytesAt(low)), datetime.DecodeInterval(c.Args[1].BytesAt(high))
	distance, err := subIntervals(y, x)
	if err != nil {
		return err
	}
	if distance, err = multiplyInterval(distance, part); err != nil {
		return err
	}
	sum, err := addIntervals(distance, x)
	if err != nil {
		return err
	}
	c.Out.Data = sum.Append(c.Out.Data)
	c.Out.FinishBytes()
	return nil
}

// collectPercentiles calls an aggregate of one fraction for each of an array; the result has the array's shape.
func collectPercentiles(one func(c *AggRows)) func(c *AggRows) {
	return func(c *AggRows) {
		if len(c.Counts) == 0 {
			c.Out.AppendNull()
			return
		}
		fractions, err := types.OpenArray(c.Args[0].BytesAt(0))
		if err != nil {
			c.fail(err)
			return
		}
		a, err := withCodec(fractions, types.OIDFloat8)
		if err != nil {
			c.fail(err)
			return
		}
		lengths, lower := slices.Clone(fractions.Lengths), slices.Clone(fractions.Lower)
		elem, _ := types.ElemOf(c.Out.Type())
		results, fraction := batch.NewVec(elem), batch.NewVec(types.Of(types.OIDFloat8))
		var errs Errors
		for {
			v, ok, err := a.next(nil)
			if err != nil || errs.Len() > 0 {
				if err == nil {
					err = errs.Errs[0]
				}
				c.fail(err)
				return
			}
			if !ok {
				break
			}
			if v.Null {
				results.AppendNull()
				continue
			}
			fraction.Reset()
			fraction.Append(v)
			one(&AggRows{Args: []*batch.Vec{&fraction, c.Args[1]}, Counts: c.Counts, Out: &results, Errors: &errs, Settings: c.Settings})
		}
		values := make([]types.Value, results.Len())
		for i := range values {
			values[i] = results.Value(i)
		}
		c.Out.Data = appendArray(c.Out.Data, elem.OID, values, lengths, lower)
		c.Out.FinishBytes()
	}
}
