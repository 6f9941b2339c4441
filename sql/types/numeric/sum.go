package numeric

import (
	"encoding/binary"
	"math/big"
	"math/bits"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// IntSum is the exact sum of integers, as sum(bigint) and the averages of integers need it: 128 bits hold 2^64 rows of any
// bigint. The zero IntSum is empty. Rows are added and taken back with signed multiplicities.
type IntSum struct {
	lo uint64
	hi int64
}

// Add adds v, diff times.
func (s *IntSum) Add(v, diff int64) {
	hi, lo := bits.Mul64(uint64(v), uint64(diff))
	if v < 0 {
		hi -= uint64(diff)
	}
	if diff < 0 {
		hi -= uint64(v)
	}
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += int64(hi + carry)
}

// Merge adds another sum.
func (s *IntSum) Merge(other IntSum) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, other.lo, 0)
	s.hi += other.hi + int64(carry)
}

// Num is the sum with scale 0.
func (s IntSum) Num() Num {
	if s.hi >= 0 {
		return Num{mag: u128{hi: uint64(s.hi), lo: s.lo}}
	}
	return Num{kind: negative, mag: u128{}.sub(u128{hi: uint64(s.hi), lo: s.lo})}
}

// Int64 is the sum as sum(integer) gives it, or 22003 if it does not fit.
func (s IntSum) Int64() (int64, error) {
	if s.hi != int64(s.lo)>>63 {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "bigint out of range")
	}
	return int64(s.lo), nil
}

// Words are the two's complement 128 bits, for storing. IntSumOf is the inverse.
func (s IntSum) Words() (hi int64, lo uint64) { return s.hi, s.lo }

// IntSumOf makes a sum of its words.
func IntSumOf(hi int64, lo uint64) IntSum { return IntSum{hi: hi, lo: lo} }

// Sum is the exact sum of numerics under additions and retractions. Its value and scale are functions of the multiset of
// rows that are in it, in whatever order they came and went: the scale is the largest of those present. The zero Sum is
// empty. Adding a row to a sum below 2^127 allocates nothing once its scales have been seen.
type Sum struct {
	total  IntSum   // the sum at the scale below, if big is nil
	big    *big.Int // owned
	scale  int
	counts []scaleCount // how many finite rows of each scale, sorted by scale
	// How many rows are NaN and the infinities.
	nans, infs, negInfs int64
}

type scaleCount struct {
	scale int
	count int64
}

// Add adds an encoded number, diff times.
func (s *Sum) Add(encoded []byte, diff int64) { s.AddNum(Decode(encoded), diff) }

// AddNum adds n, diff times.
func (s *Sum) AddNum(n Num, diff int64) {
	switch n.kind {
	case nan:
		s.nans += diff
		return
	case posInf:
		s.infs += diff
		return
	case negInf:
		s.negInfs += diff
		return
	}
	s.count(n.scale, diff)
	if n.scale > s.scale {
		s.raise(n.scale)
	}
	if s.big == nil && n.big == nil && s.addSmall(n, diff) {
		return
	}
	s.addBig(n, diff)
}

// count notes rows of a scale. There are few scales in a column, mostly one.
func (s *Sum) count(scale int, diff int64) {
	for i := range s.counts {
		c := &s.counts[i]
		if c.scale == scale {
			if c.count += diff; c.count == 0 {
				s.counts = append(s.counts[:i], s.counts[i+1:]...)
			}
			return
		}
		if c.scale > scale {
			s.counts = append(s.counts, scaleCount{})
			copy(s.counts[i+1:], s.counts[i:])
			s.counts[i] = scaleCount{scale, diff}
			return
		}
	}
	s.counts = append(s.counts, scaleCount{scale, diff})
}

// addSmall adds in 128 bits; false means that nothing was done since it may not fit.
func (s *Sum) addSmall(n Num, diff int64) bool {
	mag := n.mag
	ok := true
	if n.scale < s.scale {
		mag, ok = mag.mulPow10(s.scale - n.scale)
	}
	times := uint64(diff)
	minus := n.kind == negative
	if diff < 0 {
		times, minus = -times, !minus
	}
	if ok && times != 1 {
		mag, ok = mag.mul(u128{lo: times})
	}
	if !ok || mag.hi >= 1<<63 {
		return false
	}
	add := IntSum{lo: mag.lo, hi: int64(mag.hi)}
	if minus {
		negated := u128{}.sub(mag)
		add = IntSum{lo: negated.lo, hi: int64(negated.hi)}
	}
	sum := s.total
	sum.Merge(add)
	if (s.total.hi < 0) == (add.hi < 0) && (sum.hi < 0) != (add.hi < 0) {
		return false
	}
	s.total = sum
	return true
}

func (s *Sum) addBig(n Num, diff int64) {
	s.grow()
	scaled := n.rescale(s.scale, Truncate)
	x := new(big.Int).Mul(scaled.asBig(), big.NewInt(diff))
	if n.kind == negative {
		x.Neg(x)
	}
	s.big.Add(s.big, x)
	s.shrink()
}

// raise goes to a larger scale.
func (s *Sum) raise(scale int) {
	by := scale - s.scale
	s.scale = scale
	if s.big == nil {
		n := s.total.Num()
		if scaled, ok := n.mag.mulPow10(by); ok && scaled.hi < 1<<63 {
			if n.kind == negative {
				scaled = u128{}.sub(scaled)
			}
			s.total = IntSum{lo: scaled.lo, hi: int64(scaled.hi)}
			return
		}
	}
	s.grow()
	s.big.Mul(s.big, bigPow10(by))
	s.shrink()
}

// grow goes over to the big form.
func (s *Sum) grow() {
	if s.big != nil {
		return
	}
	n := s.total.Num()
	s.big = n.mag.toBig()
	if n.kind == negative {
		s.big.Neg(s.big)
	}
	s.total = IntSum{}
}

// shrink goes back to the small form where that is possible.
func (s *Sum) shrink() {
	if s.big.BitLen() > 126 {
		return
	}
	u := u128OfBig(new(big.Int).Abs(s.big))
	if s.big.Sign() < 0 {
		u = u128{}.sub(u)
	}
	s.total, s.big = IntSum{lo: u.lo, hi: int64(u.hi)}, nil
}

// Num is the sum as PostgreSQL's sum(numeric) gives it.
func (s *Sum) Num() (Num, error) {
	switch {
	case s.nans != 0 || s.infs != 0 && s.negInfs != 0:
		return NaN, nil
	case s.infs != 0:
		return Inf, nil
	case s.negInfs != 0:
		return NegInf, nil
	}
	var n Num
	if s.big == nil {
		n = s.total.Num()
	} else {
		if s.big.Sign() < 0 {
			n.kind = negative
		}
		n.setBig(new(big.Int).Abs(s.big))
	}
	n.scale = s.scale
	shown := 0
	if len(s.counts) > 0 {
		shown = s.counts[len(s.counts)-1].scale
	}
	return n.rescale(shown, Truncate).check() // exact: what has a larger scale has left
}

// Avg is the average of count rows, of which there is at least one.
func (s IntSum) Avg(count int64) (Num, error) { return Div(s.Num(), FromInt64(count)) }

// Merge adds another sum.
func (s *Sum) Merge(other *Sum) {
	s.nans += other.nans
	s.infs += other.infs
	s.negInfs += other.negInfs
	for _, c := range other.counts {
		s.count(c.scale, c.count)
	}
	if other.scale > s.scale {
		s.raise(other.scale)
	}
	n := other.finite()
	if s.big == nil && n.big == nil && s.addSmall(n, 1) {
		return
	}
	s.addBig(n, 1)
}

// finite is the total of the finite values, at the largest scale that was seen.
func (s *Sum) finite() Num {
	n := s.total.Num()
	if s.big != nil {
		n = Num{}
		if s.big.Sign() < 0 {
			n.kind = negative
		}
		n.setBig(new(big.Int).Abs(s.big))
	}
	n.scale = s.scale
	return n
}

// AppendState appends all that the sum remembers; DecodeSum reads it again. The form is: the three counts of what is not
// finite, the number of scales, and each with its count, all as varints; then the total at the largest scale that was seen
// since the sum was last small, as an encoded number.
func (s *Sum) AppendState(dst []byte) []byte {
	dst = binary.AppendVarint(dst, s.nans)
	dst = binary.AppendVarint(dst, s.infs)
	dst = binary.AppendVarint(dst, s.negInfs)
	dst = binary.AppendUvarint(dst, uint64(len(s.counts)))
	for _, c := range s.counts {
		dst = binary.AppendUvarint(dst, uint64(c.scale))
		dst = binary.AppendVarint(dst, c.count)
	}
	n := s.finite()
	return n.Append(dst)
}

// DecodeSum reads what AppendState wrote; ok is false for anything else.
func DecodeSum(b []byte) (s Sum, ok bool) {
	read := func() int64 {
		v, n := binary.Varint(b)
		if n <= 0 {
			b, ok = nil, false
			return 0
		}
		b = b[n:]
		return v
	}
	readU := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b, ok = nil, false
			return 0
		}
		b = b[n:]
		return v
	}
	ok = true
	s.nans, s.infs, s.negInfs = read(), read(), read()
	for range min(readU(), MaxScale+1) {
		s.counts = append(s.counts, scaleCount{int(min(readU(), MaxScale)), read()})
		if !ok {
			return Sum{}, false
		}
	}
	if !ok || len(b) == 0 {
		return Sum{}, false
	}
	n := Decode(b)
	s.scale = n.scale
	if n.big != nil || n.mag.hi >= 1<<63 {
		s.big = new(big.Int).Set(n.asBig())
		if n.kind == negative {
			s.big.Neg(s.big)
		}
		return s, true
	}
	mag := n.mag
	if n.kind == negative {
		mag = u128{}.sub(mag)
	}
	s.total = IntSum{lo: mag.lo, hi: int64(mag.hi)}
	return s, true
}
