package fn

import (
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/sql/types/numeric"
)

// intSumState is the exact sum of integers: how many there are, and 128 bits.
var intSumState = &AggState{Words: 3, Update: updateIntSum, Merge: mergeIntSum}

func sumAggregates() []*Aggregate {
	return []*Aggregate{
		agg("sum(int2) int8", "Sum of the values; NULL if there are none.").stateful(intSumState, finishIntSum),
		agg("sum(int4) int8", "Sum of the values; NULL if there are none.", "SELECT sum(x) FROM (VALUES (1), (2), (NULL)) t(x) → 3").
			stateful(intSumState, finishIntSum),
		agg("sum(int8) numeric", "Sum of the values; NULL if there are none.", "SELECT sum(x::bigint) FROM (VALUES (1), (2)) t(x) → 3").
			stateful(intSumState, finishIntSumNumeric),
		agg("avg(int2) numeric", "Average of the values; NULL if there are none.").stateful(intSumState, finishIntAvg),
		agg("avg(int4) numeric", "Average of the values; NULL if there are none.",
			"SELECT avg(x) FROM (VALUES (1), (2), (NULL)) t(x) → 1.5000000000000000").stateful(intSumState, finishIntAvg),
		agg("avg(int8) numeric", "Average of the values; NULL if there are none.").stateful(intSumState, finishIntAvg),
	}
}

type intSumWords struct {
	rows int64
	lo   uint64
	hi   int64
}

func updateIntSum(u *AggUpdate) error {
	values := u.Args[0].Ints
	if u.plain() {
		for i, v := range values[:len(u.Groups)] {
			s := (*intSumWords)(u.at(i))
			s.rows++
			lo, carry := bits.Add64(s.lo, uint64(v), 0)
			s.lo = lo
			s.hi += v>>63 + int64(carry)
		}
		return nil
	}
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*intSumWords)(u.at(i))
		s.rows += diff
		hi, lo := mulSigned(values[i], diff)
		var carry uint64
		s.lo, carry = bits.Add64(s.lo, lo, 0)
		s.hi += hi + int64(carry)
	}
	return nil
}

// mulSigned is the product of two integers in 128 bits.
func mulSigned(x, y int64) (hi int64, lo uint64) {
	h, lo := bits.Mul64(uint64(x), uint64(y))
	return int64(h) - (x>>63)&y - (y>>63)&x, lo
}

func mergeIntSum(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		x, y := (*intSumWords)(to), (*intSumWords)(from)
		x.rows += y.rows
		var carry uint64
		x.lo, carry = bits.Add64(x.lo, y.lo, 0)
		x.hi += y.hi + int64(carry)
	}
	return nil
}

func intSumAt(p unsafe.Pointer) (rows int64, sum numeric.IntSum) {
	s := (*intSumWords)(p)
	return s.rows, numeric.IntSumOf(s.hi, s.lo)
}

func finishIntSum(r *AggResult) {
	for i := range r.Groups {
		rows, sum := intSumAt(r.at(i))
		if rows == 0 {
			r.Out.AppendNull()
			continue
		}
		v, err := sum.Int64()
		if err != nil {
			r.fail(err)
			continue
		}
		r.Out.Ints = append(r.Out.Ints, v)
	}
}

func finishIntSumNumeric(r *AggResult) {
	for i := range r.Groups {
		rows, sum := intSumAt(r.at(i))
		if rows == 0 {
			r.Out.AppendNull()
			continue
		}
		r.Out.Data = sum.Num().Append(r.Out.Data)
		r.Out.FinishBytes()
	}
}

func finishIntAvg(r *AggResult) {
	for i := range r.Groups {
		rows, sum := intSumAt(r.at(i))
		if rows == 0 {
			r.Out.AppendNull()
			continue
		}
		avg, err := sum.Avg(rows)
		if err != nil {
			r.fail(err)
			continue
		}
		r.Out.Data = avg.Append(r.Out.Data)
		r.Out.FinishBytes()
	}
}
