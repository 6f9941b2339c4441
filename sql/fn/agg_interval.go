package fn

import (
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// intervalSum is how many intervals there are, and the sums of their parts.
type intervalSum struct {
	rows, months, days int64
	lo                 uint64 // microseconds
	hi                 int64
}

var intervalState = &AggState{Words: 5, Update: updateInterval, Merge: mergeInterval}

func intervalAggregates() []*Aggregate {
	return []*Aggregate{
		agg("sum(interval) interval", "Sum of the values; NULL if there are none.",
			"SELECT sum(x) FROM (VALUES (interval '1 day'), ('2 hours')) t(x) → 1 day 02:00:00").stateful(intervalState, finishIntervalSum),
		agg("avg(interval) interval", "Average of the values; NULL if there are none.").stateful(intervalState, finishIntervalAvg),
	}
}

func updateInterval(u *AggUpdate) error {
	values := u.Args[0]
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*intervalSum)(u.at(i))
		v := datetime.DecodeInterval(values.BytesAt(i))
		s.rows += diff
		s.months += int64(v.Months) * diff
		s.days += int64(v.Days) * diff
		hi, lo := mulSigned(v.Micros, diff)
		var carry uint64
		s.lo, carry = bits.Add64(s.lo, lo, 0)
		s.hi += hi + int64(carry)
	}
	return nil
}

func mergeInterval(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		x, y := (*intervalSum)(to), (*intervalSum)(from)
		x.rows += y.rows
		x.months += y.months
		x.days += y.days
		var carry uint64
		x.lo, carry = bits.Add64(x.lo, y.lo, 0)
		x.hi += y.hi + int64(carry)
	}
	return nil
}

// interval is the sum, if it is one.
func (s *intervalSum) interval() (datetime.Interval, error) {
	micros, err := numeric.IntSumOf(s.hi, s.lo).Int64()
	if err != nil || s.months != int64(int32(s.months)) || s.days != int64(int32(s.days)) || micros == math.MinInt64 {
		return datetime.Interval{}, intervalOutOfRange()
	}
	return datetime.Interval{Months: int32(s.months), Days: int32(s.days), Micros: micros}, nil
}

func finishIntervalSum(r *AggResult) {
	finishInterval(r, func(s *intervalSum) (datetime.Interval, error) { return s.interval() })
}

func finishIntervalAvg(r *AggResult) {
	finishInterval(r, func(s *intervalSum) (datetime.Interval, error) {
		v, err := s.interval()
		if err != nil {
			return v, err
		}
		return divideInterval(v, float64(s.rows))
	})
}

func finishInterval(r *AggResult, of func(s *intervalSum) (datetime.Interval, error)) {
	for i := range r.Groups {
		s := (*intervalSum)(r.at(i))
		if s.rows == 0 {
			r.Out.AppendNull()
			continue
		}
		v, err := of(s)
		if err != nil {
			r.fail(err)
			continue
		}
		r.Out.Data = v.Append(r.Out.Data)
		r.Out.FinishBytes()
	}
}
