package fn

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// numericSumState is how many values there are, and their exact sum. Mostly all values of a column have one scale and are small: then the sum
// is 128 bits at that scale. Where they do not, it is a numeric.Sum in a blob.
var numericSumState = &AggState{Words: 1 + numericSumWords, Blobs: 1 << (1 + numericSumBlob), Update: updateNumericSum, Merge: mergeNumericSum}

type numericSum struct {
	scale uint64
	lo    uint64
	hi    int64
	blob  uint64
}

const (
	numericSumWords = 4
	numericSumBlob  = 3
)

type numericSumRow struct {
	rows int64
	sum  numericSum
}

var _ [numericSumWords]struct{} = [unsafe.Sizeof(numericSum{}) / 8]struct{}{}

func numericAggregates() []*Aggregate {
	return []*Aggregate{
		agg("sum(numeric) numeric", "Sum of the values; NULL if there are none.",
			"SELECT sum(x) FROM (VALUES (1.5), (2.25)) t(x) → 3.75").stateful(numericSumState, finishNumericSum),
		agg("avg(numeric) numeric", "Average of the values; NULL if there are none.",
			"SELECT avg(x) FROM (VALUES (1.5), (2.25)) t(x) → 1.8750000000000000").stateful(numericSumState, finishNumericAvg),
	}
}

// smallNumeric reads an encoded number that is finite, of a small scale and below 2^127 (see package numeric).
func smallNumeric(b []byte) (scale uint64, lo, hi uint64, negative, ok bool) {
	const wideScale = 31
	if len(b) == 0 {
		return 0, 0, 0, false, true
	}
	kind, s := b[0]&7, b[0]>>3
	if kind > 1 || s == wideScale || len(b) > 17 {
		return 0, 0, 0, false, false
	}
	if b = b[1:]; len(b) >= 8 {
		lo = binary.LittleEndian.Uint64(b)
		b = b[8:]
		for i, c := range b {
			hi |= uint64(c) << (8 * i)
		}
	} else {
		for i, c := range b {
			lo |= uint64(c) << (8 * i)
		}
	}
	return uint64(s), lo, hi, kind == 1, hi>>63 == 0
}

// add adds an encoded number, diff times; rows is how many values were there before.
func (s *numericSum) add(b []byte, diff, rows int64, blobs Blobs) error {
	if s.blob == 0 {
		if scale, lo, hi, negative, ok := smallNumeric(b); ok && s.addSmall(scale, lo, hi, negative, diff, rows) {
			return nil
		}
	}
	return s.change(rows, blobs, func(sum *numeric.Sum) { sum.Add(b, diff) })
}

func (s *numericSum) addSmall(scale, lo, hi uint64, negative bool, diff, rows int64) bool {
	if scale != s.scale {
		if rows != 0 || s.lo != 0 || s.hi != 0 {
			return false
		}
	}
	if diff < 0 {
		negative = !negative
	}
	if diff != 1 && diff != -1 {
		count := uint64(max(diff, -diff))
		over, low := bits.Mul64(lo, count)
		high, mid := bits.Mul64(hi, count)
		mid, carry := bits.Add64(mid, over, 0)
		if high+carry != 0 || mid>>63 != 0 {
			return false
		}
		lo, hi = low, mid
	}
	if negative {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	low, carry := bits.Add64(s.lo, lo, 0)
	high := s.hi + int64(hi) + int64(carry)
	if (s.hi^high)&(int64(hi)^high) < 0 {
		return false
	}
	s.scale, s.lo, s.hi = scale, low, high
	if rows+diff == 0 && low == 0 && high == 0 {
		s.scale = 0 // empty, as in the beginning
	}
	return true
}

// encoded appends the sum in 128 bits as a number.
func (s *numericSum) encoded(dst []byte) []byte {
	lo, hi, kind := s.lo, uint64(s.hi), byte(0)
	if s.hi < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
		kind = 1
	}
	dst = append(dst, kind|byte(s.scale)<<3)
	at := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, lo)
	dst = binary.LittleEndian.AppendUint64(dst, hi)
	for len(dst) > at && dst[len(dst)-1] == 0 {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// load gives the sum in the form that holds everything. Its stored form is that of numeric.Sum: no special values, one scale.
func (s *numericSum) load(rows int64, blobs Blobs) (numeric.Sum, error) {
	var b []byte
	if s.blob != 0 {
		b = blobs.Get(s.blob)
	} else {
		b = append(b, 0, 0, 0)
		if rows == 0 {
			b = append(b, 0)
		} else {
			b = append(b, 1)
			b = binary.AppendUvarint(b, s.scale)
			b = binary.AppendVarint(b, rows)
		}
		b = s.encoded(b)
	}
	sum, ok := numeric.DecodeSum(b)
	if !ok {
		return sum, invariants.Errorf("the sum of a group is damaged")
	}
	return sum, nil
}

// change does something to the sum in the form that holds everything.
func (s *numericSum) change(rows int64, blobs Blobs, f func(sum *numeric.Sum)) error {
	sum, err := s.load(rows, blobs)
	if err != nil {
		return err
	}
	f(&sum)
	b := sum.AppendState(nil)
	if b[0]|b[1]|b[2]|b[3] == 0 && numeric.Decode(b[4:]).IsZero() { // nothing is in it
		blobs.Free(s.blob)
		*s = numericSum{}
		return nil
	}
	ref, err := blobs.Set(s.blob, b)
	if err != nil {
		return err
	}
	*s = numericSum{blob: ref}
	return nil
}

// merge adds another sum, of otherRows values, to one of rows.
func (s *numericSum) merge(other *numericSum, rows, otherRows int64, blobs, otherBlobs Blobs) error {
	if *other == (numericSum{}) && otherRows == 0 {
		return nil
	}
	if *s == (numericSum{}) && rows == 0 && other.blob == 0 {
		*s = *other
		return nil
	}
	if s.blob == 0 && other.blob == 0 && s.scale == other.scale {
		low, carry := bits.Add64(s.lo, other.lo, 0)
		high := s.hi + other.hi + int64(carry)
		if (s.hi^high)&(other.hi^high) >= 0 {
			s.lo, s.hi = low, high
			if rows+otherRows == 0 && low == 0 && high == 0 {
				s.scale = 0
			}
			return nil
		}
	}
	from, err := other.load(otherRows, otherBlobs)
	if err != nil {
		return err
	}
	return s.change(rows, blobs, func(sum *numeric.Sum) { sum.Merge(&from) })
}

// num is the sum of rows values.
func (s *numericSum) num(rows int64, blobs Blobs) (numeric.Num, error) {
	if s.blob == 0 {
		var b [17]byte
		return numeric.Decode(s.encoded(b[:0])), nil
	}
	sum, err := s.load(rows, blobs)
	if err != nil {
		return numeric.Num{}, err
	}
	return sum.Num()
}

func updateNumericSum(u *AggUpdate) error {
	values := u.Args[0]
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*numericSumRow)(u.at(i))
		if err := s.sum.add(values.BytesAt(i), diff, s.rows, u.Blobs); err != nil {
			return err
		}
		s.rows += diff
	}
	return nil
}

func mergeNumericSum(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		x, y := (*numericSumRow)(to), (*numericSumRow)(from)
		if err := x.sum.merge(&y.sum, x.rows, y.rows, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
		x.rows += y.rows
	}
	return nil
}

func finishNumericSum(r *AggResult) {
	for i := range r.Groups {
		s := (*numericSumRow)(r.at(i))
		switch {
		case s.rows == 0:
			r.Out.AppendNull()
		case s.sum.blob == 0:
			r.Out.Data = s.sum.encoded(r.Out.Data)
			r.Out.FinishBytes()
		default:
			r.putNumeric(s.sum.num(s.rows, r.Blobs))
		}
	}
}

func finishNumericAvg(r *AggResult) {
	for i := range r.Groups {
		s := (*numericSumRow)(r.at(i))
		if s.rows == 0 {
			r.Out.AppendNull()
			continue
		}
		n, err := s.sum.num(s.rows, r.Blobs)
		if err == nil {
			n, err = numeric.Div(n, numeric.FromInt64(s.rows))
		}
		r.putNumeric(n, err)
	}
}

// putNumeric appends a result, or null with its error.
func (r *AggResult) putNumeric(n numeric.Num, err error) {
	if err != nil {
		r.fail(err)
		return
	}
	r.Out.Data = n.Append(r.Out.Data)
	r.Out.FinishBytes()
}
