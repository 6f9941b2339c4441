package fn

import (
	"unsafe"

	"github.com/freshetdb/freshet/sql/types"
)

// floatSumState is how many values there are, and their exact sum.
var floatSumState = &AggState{Words: 1 + floatSumWords, Blobs: 1 << (1 + floatSumBlob), Update: updateFloatSum, Merge: mergeFloatSum}

type floatSumRow struct {
	rows int64
	sum  floatSum
}

func floatAggregates() []*Aggregate {
	return []*Aggregate{
		agg("sum(float4) float4", "Sum of the values, exact and then rounded; NULL if there are none.").stateful(floatSumState, finishFloatSum),
		agg("sum(float8) float8", "Sum of the values, exact and then rounded; NULL if there are none.",
			"SELECT sum(x) FROM (VALUES (0.5::float8), (1), (NULL)) t(x) → 1.5").stateful(floatSumState, finishFloatSum),
		agg("avg(float4) float8", "Average of the values; NULL if there are none.").stateful(floatSumState, finishFloatAvg),
		agg("avg(float8) float8", "Average of the values; NULL if there are none.",
			"SELECT avg(x) FROM (VALUES (1::float8), (2), (NULL)) t(x) → 1.5").stateful(floatSumState, finishFloatAvg),
	}
}

func updateFloatSum(u *AggUpdate) error {
	values := u.Args[0].Floats
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*floatSumRow)(u.at(i))
		s.rows += diff
		if err := s.sum.add(values[i], diff, u.Blobs); err != nil {
			return err
		}
	}
	return nil
}

func mergeFloatSum(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		x, y := (*floatSumRow)(to), (*floatSumRow)(from)
		x.rows += y.rows
		if err := x.sum.merge(&y.sum, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
	}
	return nil
}

func finishFloatSum(r *AggResult) {
	single := r.Out.Type().OID == types.OIDFloat4
	for i := range r.Groups {
		s := (*floatSumRow)(r.at(i))
		if s.rows == 0 {
			r.Out.AppendNull()
			continue
		}
		r.putFloat(s.sum.value(single, r.Blobs))
	}
}

func finishFloatAvg(r *AggResult) {
	for i := range r.Groups {
		s := (*floatSumRow)(r.at(i))
		if s.rows == 0 {
			r.Out.AppendNull()
			continue
		}
		x, err := s.sum.value(false, r.Blobs)
		r.putFloat(x/float64(s.rows), err)
	}
}

// putFloat appends a result, or null with its error.
func (r *AggResult) putFloat(x float64, err error) {
	if err != nil {
		r.fail(err)
		return
	}
	r.Out.Floats = append(r.Out.Floats, x)
}

var _ [floatSumWords]struct{} = [unsafe.Sizeof(floatSum{}) / 8]struct{}{}
