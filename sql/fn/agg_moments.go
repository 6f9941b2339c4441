package fn

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Variances, covariances and regressions of floats: from exact sums of the values and of their products, so that they are functions of
// the values that are there, and rounded at the end. (PostgreSQL's own differ from them in their last digits, by the order of rows.)

// wideWords hold a sum of products of two floats in units of 2^-2148, for 2^63 rows, with a sign.
const wideWords = 68

// productSum is a reference to a blob of wideWords words; 0 is an empty sum.
type productSum uint64

// add adds x * y, diff times. Both are finite.
func (s *productSum) add(x, y float64, diff int64, blobs Blobs) error {
	if x == 0 || y == 0 || diff == 0 {
		return nil
	}
	if err := s.make(blobs); err != nil {
		return err
	}
	mx, px, nx := floatParts(x)
	my, py, ny := floatParts(y)
	negative := nx != ny
	count := uint64(diff)
	if diff < 0 {
		count, negative = -count, !negative
	}
	hi, lo := bits.Mul64(mx, my)
	var v [4]uint64
	h0, l0 := bits.Mul64(lo, count)
	h1, l1 := bits.Mul64(hi, count)
	mid, carry := bits.Add64(l1, h0, 0)
	shift := (px + py) & 63
	v[0], v[1], v[2], v[3] = l0<<shift, mid<<shift|l0>>(64-shift), (h1+carry)<<shift|mid>>(64-shift), (h1+carry)>>(64-shift)
	if negative {
		borrow := uint64(0)
		for i := range v {
			v[i], borrow = bits.Sub64(0, v[i], borrow)
		}
	}
	words := s.words(blobs)
	carry = 0
	for i := int((px + py) >> 6); i < len(words); i++ {
		at, add := i-int((px+py)>>6), signWord(v[3])
		if at < len(v) {
			add = v[at]
		} else if add+carry == 0 {
			break
		}
		words[i], carry = bits.Add64(words[i], add, carry)
	}
	s.release(blobs)
	return nil
}

func (s *productSum) make(blobs Blobs) error {
	if *s != 0 {
		return nil
	}
	var zero [8 * wideWords]byte
	ref, err := blobs.Set(0, zero[:])
	*s = productSum(ref)
	return err
}

func (s *productSum) words(blobs Blobs) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(blobs.Get(uint64(*s))))), wideWords)
}

func (s *productSum) release(blobs Blobs) {
	for _, w := range s.words(blobs) {
		if w != 0 {
			return
		}
	}
	blobs.Free(uint64(*s))
	*s = 0
}

func (s *productSum) merge(other productSum, blobs, otherBlobs Blobs) error {
	if other == 0 {
		return nil
	}
	if err := s.make(blobs); err != nil {
		return err
	}
	words, from, carry := s.words(blobs), other.words(otherBlobs), uint64(0)
	for i := range words {
		words[i], carry = bits.Add64(words[i], from[i], carry)
	}
	s.release(blobs)
	return nil
}

// scaledInt is an integer times a power of two.
type scaledInt struct {
	n   *big.Int
	exp int
}

// scaledIntOf is a signed number of words whose first bit counts 2^exp.
func scaledIntOf(words []uint64, exp int) scaledInt {
	for len(words) > 1 && words[0] == 0 {
		words, exp = words[1:], exp+64
	}
	for len(words) > 1 && words[len(words)-1] == signWord(words[len(words)-2]) {
		words = words[:len(words)-1]
	}
	words = slices.Clone(words)
	negative := int64(words[len(words)-1]) < 0
	if negative {
		borrow := uint64(0)
		for i := range words {
			words[i], borrow = bits.Sub64(0, words[i], borrow)
		}
	}
	b := make([]byte, 0, 8*len(words))
	for i := len(words) - 1; i >= 0; i-- {
		for shift := 56; shift >= 0; shift -= 8 {
			b = append(b, byte(words[i]>>shift))
		}
	}
	n := new(big.Int).SetBytes(b)
	if negative {
		n.Neg(n)
	}
	return scaledInt{n, exp}
}

func (s *floatSum) scaled(blobs Blobs) scaledInt {
	words, place := s.words(blobs)
	return scaledIntOf(words, place-1074)
}

func (s *productSum) scaled(blobs Blobs) scaledInt {
	if *s == 0 {
		return scaledInt{new(big.Int), 0}
	}
	return scaledIntOf(s.words(blobs), -2148)
}

// centered is the sum of products of the distances from the averages: sxy - sx*sy/rows.
func centered(sxy, sx, sy scaledInt, rows int64) float64 {
	product := scaledInt{new(big.Int).Mul(sx.n, sy.n), sx.exp + sy.exp}
	scaled := scaledInt{new(big.Int).Mul(sxy.n, big.NewInt(rows)), sxy.exp}
	exp := min(product.exp, scaled.exp)
	if product.n.Sign() == 0 {
		exp = scaled.exp
		product.exp = exp
	}
	if scaled.n.Sign() == 0 {
		exp = product.exp
		scaled.exp = exp
	}
	n := new(big.Int).Lsh(scaled.n, uint(scaled.exp-exp))
	n.Sub(n, product.n.Lsh(product.n, uint(product.exp-exp)))
	den := big.NewInt(rows)
	if exp < 0 {
		den.Lsh(den, uint(-exp))
	} else {
		n.Lsh(n, uint(exp))
	}
	x, _ := new(big.Rat).SetFrac(n, den).Float64()
	return x
}

// momentsRow is the state of a variance: rows, those that are not finite, the sum and the sum of squares.
type momentsRow struct {
	rows, odd int64
	sum       floatSum
	squares   productSum
}

// momentsState is the state of variances of floats.
var momentsState = &AggState{
	Words: 2 + floatSumWords + 1, Blobs: 1<<(2+floatSumBlob) | 1<<(2+floatSumWords), Update: updateMoments, Merge: mergeMoments,
}

func updateMoments(u *AggUpdate) error {
	values := u.Args[0].Floats
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*momentsRow)(u.at(i))
		x := values[i]
		s.rows += diff
		if math.IsNaN(x) || math.IsInf(x, 0) {
			s.odd += diff
			continue
		}
		if err := s.sum.add(x, diff, u.Blobs); err != nil {
			return err
		}
		if err := s.squares.add(x, x, diff, u.Blobs); err != nil {
			return err
		}
	}
	return nil
}

func mergeMoments(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		x, y := (*momentsRow)(to), (*momentsRow)(from)
		x.rows += y.rows
		x.odd += y.odd
		if err := x.sum.merge(&y.sum, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
		if err := x.squares.merge(y.squares, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
	}
	return nil
}

// finishMoments computes a variance of a sample or of all, or its root.
func finishMoments(sample, root bool) func(r *AggResult) {
	return func(r *AggResult) {
		for i := range r.Groups {
			s := (*momentsRow)(r.at(i))
			of := s.rows
			if sample {
				of--
			}
			if s.rows == 0 || of == 0 {
				r.Out.AppendNull()
				continue
			}
			if s.odd != 0 {
				r.Out.Floats = append(r.Out.Floats, math.NaN())
				continue
			}
			sum := s.sum.scaled(r.Blobs)
			x := centered(s.squares.scaled(r.Blobs), sum, sum, s.rows)
			if math.IsInf(x, 0) {
				r.fail(floatOverflow())
				continue
			}
			if x /= float64(of); root {
				x = math.Sqrt(x)
			}
			r.Out.Floats = append(r.Out.Floats, x)
		}
	}
}

// pairsRow is the state of a regression of y on x.
type pairsRow struct {
	rows, odd  int64
	x, y       floatSum
	xx, yy, xy productSum
}

var pairsState = &AggState{
	Words: 2 + 2*floatSumWords + 3,
	Blobs: 1<<(2+floatSumBlob) | 1<<(2+floatSumWords+floatSumBlob) | 7<<(2+2*floatSumWords), Update: updatePairs, Merge: mergePairs,
}

func updatePairs(u *AggUpdate) error {
	ys, xs := u.Args[0].Floats, u.Args[1].Floats
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*pairsRow)(u.at(i))
		x, y := xs[i], ys[i]
		s.rows += diff
		if err := s.x.add(x, diff, u.Blobs); err != nil {
			return err
		}
		if err := s.y.add(y, diff, u.Blobs); err != nil {
			return err
		}
		if d := x - x + y - y; d != 0 || math.IsNaN(d) {
			s.odd += diff
			continue
		}
		for _, p := range [...]struct {
			sum  *productSum
			a, b float64
		}{{&s.xx, x, x}, {&s.yy, y, y}, {&s.xy, x, y}} {
			if err := p.sum.add(p.a, p.b, diff, u.Blobs); err != nil {
				return err
			}
		}
	}
	return nil
}

func mergePairs(m *AggMerge) error {
	for i := range m.To {
		to, from := m.pair(i)
		s, o := (*pairsRow)(to), (*pairsRow)(from)
		s.rows += o.rows
		s.odd += o.odd
		if err := s.x.merge(&o.x, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
		if err := s.y.merge(&o.y, m.Blobs, m.FromBlobs); err != nil {
			return err
		}
		for _, p := range [...]struct {
			sum  *productSum
			from productSum
		}{{&s.xx, o.xx}, {&s.yy, o.yy}, {&s.xy, o.xy}} {
			if err := p.sum.merge(p.from, m.Blobs, m.FromBlobs); err != nil {
				return err
			}
		}
	}
	return nil
}

// regression is the sums of a group, as PostgreSQL's functions of two arguments start from them.
type regression struct {
	rows, sx, sy, sxx, syy, sxy float64
}

// finishPairs computes a function of a regression; ok is false where it is null.
func finishPairs(least int64, f func(g regression) (x float64, ok bool)) func(r *AggResult) {
	return func(r *AggResult) {
		for i := range r.Groups {
			s := (*pairsRow)(r.at(i))
			if s.rows < least {
				r.Out.AppendNull()
				continue
			}
			g := regression{rows: float64(s.rows), sxx: math.NaN(), syy: math.NaN(), sxy: math.NaN()}
			var errX, errY error
			g.sx, errX = s.x.value(false, r.Blobs)
			g.sy, errY = s.y.value(false, r.Blobs)
			if errX != nil || errY != nil {
				r.fail(floatOverflow())
				continue
			}
			if s.odd == 0 {
				sx, sy := s.x.scaled(r.Blobs), s.y.scaled(r.Blobs)
				g.sxx, g.syy, g.sxy = centered(s.xx.scaled(r.Blobs), sx, sx, s.rows), centered(s.yy.scaled(r.Blobs), sy, sy, s.rows), centered(s.xy.scaled(r.Blobs), sx, sy, s.rows)
			}
			x, ok := f(g)
			switch {
			case !ok:
				r.Out.AppendNull()
			case math.IsInf(x, 0) && s.odd == 0:
				r.fail(pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow"))
			default:
				r.Out.Floats = append(r.Out.Floats, x)
			}
		}
	}
}

func momentAggregates() []*Aggregate {
	var all []*Aggregate
	for _, t := range []string{"float4", "float8"} {
		for _, v := range varianceNames {
			all = append(all, agg(v.name+"("+t+") float8", v.doc).stateful(momentsState, finishMoments(v.sample, v.root)))
		}
	}
	for _, p := range []struct {
		name, doc string
		example   string // for (1, 2) and (2, 4)
		least     int64
		of        func(g regression) (float64, bool)
	}{
		{"covar_pop", "Covariance of all pairs.", "0.5", 1, func(g regression) (float64, bool) { return g.sxy / g.rows, true }},
		{"covar_samp", "Covariance of a sample of pairs.", "1", 2, func(g regression) (float64, bool) { return g.sxy / (g.rows - 1), true }},
		{"corr", "Correlation of the two arguments.", "1", 1, func(g regression) (float64, bool) {
			return g.sxy / math.Sqrt(g.sxx*g.syy), g.sxx != 0 && g.syy != 0
		}},
		{"regr_sxx", "Sum of the squares of the distances of x from its average.", "2", 1, func(g regression) (float64, bool) { return g.sxx, true }},
		{"regr_syy", "Sum of the squares of the distances of y from its average.", "0.5", 1, func(g regression) (float64, bool) { return g.syy, true }},
		{"regr_sxy", "Sum of the products of the distances of x and y from their averages.", "1", 1, func(g regression) (float64, bool) { return g.sxy, true }},
		{"regr_avgx", "Average of the second argument, where the first is not null.", "3", 1, func(g regression) (float64, bool) { return g.sx / g.rows, true }},
		{"regr_avgy", "Average of the first argument, where the second is not null.", "1.5", 1, func(g regression) (float64, bool) { return g.sy / g.rows, true }},
		{"regr_r2", "Square of the correlation.", "1", 1, func(g regression) (float64, bool) {
			if g.sxx != 0 && g.syy == 0 {
				return 1, true
			}
			return g.sxy * g.sxy / (g.sxx * g.syy), g.sxx != 0
		}},
		{"regr_slope", "Slope of the line that fits best.", "0.5", 1, func(g regression) (float64, bool) { return g.sxy / g.sxx, g.sxx != 0 }},
		{"regr_intercept", "Where the line that fits best has x = 0.", "0", 1, func(g regression) (float64, bool) {
			return (g.sy - g.sx*g.sxy/g.sxx) / g.rows, g.sxx != 0
		}},
	} {
		example := "SELECT " + p.name + "(y, x) FROM (VALUES (1::float8, 2::float8), (2, 4)) t(y, x) → " + p.example
		all = append(all, agg(p.name+"(float8, float8) float8", p.doc, example).stateful(pairsState, finishPairs(p.least, p.of)))
	}
	return all
}
