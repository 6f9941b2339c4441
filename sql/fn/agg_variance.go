package fn

import (
	"math/big"
	"math/bits"

	"github.com/freshetdb/freshet/sql/types/numeric"
)

// varianceNames are the variances and their roots, of samples and of all.
var varianceNames = []struct {
	name, doc    string
	sample, root bool
	example      string // for 1.0 and 2.0
}{
	{"variance", "Variance of a sample; NULL for fewer than two values.", true, false, "0.50000000000000000000"},
	{"var_samp", "Variance of a sample; NULL for fewer than two values.", true, false, "0.50000000000000000000"},
	{"var_pop", "Variance of all values; NULL if there are none.", false, false, "0.25000000000000000000"},
	{"stddev", "Standard deviation of a sample; NULL for fewer than two values.", true, true, "0.70710678118654752440"},
	{"stddev_samp", "Standard deviation of a sample; NULL for fewer than two values.", true, true, "0.70710678118654752440"},
	{"stddev_pop", "Standard deviation of all values; NULL if there are none.", false, true, "0.50000000000000000000"},
}

func varianceAggregates() []*Aggregate {
	var all []*Aggregate
	for _, v := range varianceNames {
		for _, t := range []string{"int2", "int4", "int8"} {
			all = append(all, agg(v.name+"("+t+") numeric", v.doc).stateful(intMomentsState, finishIntMoments(v.sample, v.root)))
		}
		a := agg(v.name+"(numeric) numeric", v.doc).stateful(numericMomentsState, finishNumericMoments(v.sample, v.root))
		a.Examples = []string{"SELECT " + v.name + "(x) FROM (VALUES (1.0), (2.0)) t(x) → " + v.example}
		all = append(all, a)
	}
	return all
}

// intMoments is the state of variances of integers: rows, the sum in 128 bits, and the sum of squares in 192.
type intMoments struct {
	intSumWords
	squares [3]uint64
}

var intMomentsState = &AggState{Words: 6, Update: updateIntMoments, Merge: mergeIntMoments}

func updateIntMoments(u *AggUpdate) error {
	values := u.Args[0].Ints
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*intMoments)(u.at(i))
		v := values[i]
		s.rows += diff
		hi, lo := mulSigned(v, diff)
		var carry uint64
		s.lo, carry = bits.Add64(s.lo, lo, 0)
		s.hi += hi + int64(carry)

		size := uint64(max(v, -v)) // also of the smallest
		count := uint64(max(diff, -diff))
		sh, sl := bits.Mul64(size, size)
		h0, l0 := bits.Mul64(sl, count)
		h1, l1 := bits.Mul64(sh, count)
		mid, c := bits.Add64(l1, h0, 0)
		a := &s.squares
		if diff > 0 {
			a[0], carry = bits.Add64(a[0], l0, 0)
			a[1], carry = bits.Add64(a[1], mid, carry)
			a[2], _ = bits.Add64(a[2], h1+c, carry)
		} else {
			a[0], carry = bits.Sub64(a[0], l0, 0)
			a[1], carry = bits.Sub64(a[1], mid, carry)
			a[2], _ = bits.Sub64(a[2], h1+c, carry)
		}
	}
	return nil
}

func mergeIntMoments(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		x, y := (*intMoments)(to), (*intMoments)(from)
		x.rows += y.rows
		var carry uint64
		x.lo, carry = bits.Add64(x.lo, y.lo, 0)
		x.hi += y.hi + int64(carry)
		carry = 0
		for w := range x.squares {
			x.squares[w], carry = bits.Add64(x.squares[w], y.squares[w], carry)
		}
	}
	return nil
}

func finishIntMoments(sample, root bool) func(r *AggResult) {
	return func(r *AggResult) {
		for i := range r.Groups {
			s := (*intMoments)(r.at(i))
			if s.rows == 0 || sample && s.rows == 1 {
				r.Out.AppendNull()
				continue
			}
			squares, err := numeric.FromBig(scaledIntOf(s.squares[:], 0).integer(), 0)
			if err != nil {
				r.fail(err)
				continue
			}
			r.putNumeric(numericVariance(s.rows, numeric.IntSumOf(s.hi, s.lo).Num(), squares, sample, root))
		}
	}
}

// integer is a number whose exponent is not negative.
func (b scaledInt) integer() *big.Int { return b.n.Lsh(b.n, uint(b.exp)) }

// numericMoments is the state of variances of numerics: rows, the sum and the sum of squares.
type numericMoments struct {
	rows         int64
	sum, squares numericSum
}

var numericMomentsState = &AggState{
	Words: 1 + 2*numericSumWords, Blobs: 1<<(1+numericSumBlob) | 1<<(1+numericSumWords+numericSumBlob), Update: updateNumericMoments, Merge: mergeNumericMoments,
}

func updateNumericMoments(u *AggUpdate) error {
	values := u.Args[0]
	var buf []byte
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*numericMoments)(u.at(i))
		b := values.BytesAt(i)
		if err := s.sum.add(b, diff, s.rows, u.Blobs); err != nil {
			return err
		}
		x := numeric.Decode(b)
		square, err := numeric.Mul(x, x)
		if err != nil {
			square = numeric.NaN // larger than any number
		}
		buf = square.Append(buf[:0])
		if err := s.squares.add(buf, diff, s.rows, u.Blobs); err != nil {
			return err
		}
		s.rows += diff
	}
	return nil
}

func mergeNumericMoments(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		x, y := (*numericMoments)(to), (*numericMoments)(from)
		if err := x.sum.merge(&y.sum, x.rows, y.rows, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
		if err := x.squares.merge(&y.squares, x.rows, y.rows, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
		x.rows += y.rows
	}
	return nil
}

func finishNumericMoments(sample, root bool) func(r *AggResult) {
	return func(r *AggResult) {
		for i := range r.Groups {
			s := (*numericMoments)(r.at(i))
			if s.rows == 0 || sample && s.rows == 1 {
				r.Out.AppendNull()
				continue
			}
			sum, err := s.sum.num(s.rows, r.Blobs)
			if err != nil {
				r.fail(err)
				continue
			}
			squares, err := s.squares.num(s.rows, r.Blobs)
			if err != nil {
				r.fail(err)
				continue
			}
			r.putNumeric(numericVariance(s.rows, sum, squares, sample, root))
		}
	}
}

// numericVariance is numeric_stddev_internal of numeric.c, which chooses the scale.
func numericVariance(rows int64, sum, squares numeric.Num, sample, root bool) (numeric.Num, error) {
	if !sum.Finite() || !squares.Finite() {
		return numeric.NaN, nil
	}
	n := numeric.FromInt64(rows)
	squareOfSum, err := numeric.Mul(sum, sum)
	if err != nil {
		return squareOfSum, err
	}
	scaled, err := numeric.Mul(n, squares)
	if err != nil {
		return scaled, err
	}
	numerator, err := numeric.Sub(scaled, squareOfSum)
	if err != nil || numerator.Sign() <= 0 {
		return numeric.Num{}, err
	}
	less := n
	if sample {
		less = numeric.FromInt64(rows - 1)
	}
	denominator, err := numeric.Mul(n, less)
	if err != nil {
		return denominator, err
	}
	variance, err := numeric.Div(numerator, denominator)
	if err != nil || !root {
		return variance, err
	}
	return sqrtAtScale(variance)
}

// sqrtAtScale is the square root with the scale of its argument, which is not negative.
func sqrtAtScale(n numeric.Num) (numeric.Num, error) {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n.Scale())), nil)
	shifted, err := numeric.FromBig(ten, 0)
	if err != nil {
		return n, err
	}
	coefficient, err := numeric.Mul(n, shifted)
	if err != nil {
		return n, err
	}
	whole, ok := coefficient.Integral()
	if !ok {
		return numeric.NaN, nil
	}
	square := new(big.Int).Mul(whole, ten)
	r := new(big.Int).Sqrt(square)
	if rest := new(big.Int).Sub(square, new(big.Int).Mul(r, r)); rest.Cmp(r) > 0 {
		r.Add(r, big.NewInt(1))
	}
	return numeric.FromBig(r, n.Scale())
}
