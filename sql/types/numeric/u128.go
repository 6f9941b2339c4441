package numeric

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// u128 is an unsigned integer of 128 bits.
type u128 struct{ hi, lo uint64 }

func loadU128(b []byte) u128 {
	var full [16]byte
	copy(full[:], b)
	return u128{hi: binary.LittleEndian.Uint64(full[8:]), lo: binary.LittleEndian.Uint64(full[:])}
}

// appendBytes appends u, little-endian, without zero bytes at its end.
func (u u128) appendBytes(dst []byte) []byte {
	for u.hi != 0 {
		dst = binary.LittleEndian.AppendUint64(dst, u.lo)
		u = u128{lo: u.hi}
	}
	for u.lo != 0 {
		dst = append(dst, byte(u.lo))
		u.lo >>= 8
	}
	return dst
}

func u128OfBig(b *big.Int) u128 {
	var lo, hi big.Int
	lo.And(b, maxUint64)
	hi.Rsh(b, 64)
	return u128{hi: hi.Uint64(), lo: lo.Uint64()}
}

var maxUint64 = new(big.Int).SetUint64(1<<64 - 1)

func (u u128) toBig() *big.Int {
	b := new(big.Int).SetUint64(u.hi)
	b.Lsh(b, 64)
	return b.Or(b, new(big.Int).SetUint64(u.lo))
}

func (u u128) cmp(v u128) int {
	switch {
	case u == v:
		return 0
	case u.hi < v.hi || u.hi == v.hi && u.lo < v.lo:
		return -1
	default:
		return 1
	}
}

// add returns u+v; ok is false if that does not fit.
func (u u128) add(v u128) (sum u128, ok bool) {
	lo, carry := bits.Add64(u.lo, v.lo, 0)
	hi, carry := bits.Add64(u.hi, v.hi, carry)
	return u128{hi, lo}, carry == 0
}

// sub returns u-v, modulo 2^128.
func (u u128) sub(v u128) u128 {
	lo, borrow := bits.Sub64(u.lo, v.lo, 0)
	hi, _ := bits.Sub64(u.hi, v.hi, borrow)
	return u128{hi, lo}
}

// mul returns u*v; ok is false if that does not fit.
func (u u128) mul(v u128) (product u128, ok bool) {
	if u.hi != 0 && v.hi != 0 {
		return u128{}, false
	}
	hi, lo := bits.Mul64(u.lo, v.lo)
	over1, cross1 := bits.Mul64(u.hi, v.lo)
	over2, cross2 := bits.Mul64(u.lo, v.hi)
	hi, carry1 := bits.Add64(hi, cross1, 0)
	hi, carry2 := bits.Add64(hi, cross2, 0)
	return u128{hi, lo}, over1|over2|carry1|carry2 == 0
}

// mulPow10 returns u*10^k; ok is false if that does not fit.
func (u u128) mulPow10(k int) (product u128, ok bool) {
	if u == (u128{}) {
		return u, true
	}
	if k >= len(pow10s) {
		return u128{}, false
	}
	return u.mul(pow10s[k])
}

// quoRem divides; v is not 0.
func (u u128) quoRem(v u128) (q, r u128) {
	if v.hi == 0 {
		if u.hi < v.lo {
			q.lo, r.lo = bits.Div64(u.hi, u.lo, v.lo)
			return q, r
		}
		q.hi, r.lo = bits.Div64(0, u.hi, v.lo)
		q.lo, r.lo = bits.Div64(r.lo, u.lo, v.lo)
		return q, r
	}
	// The quotient fits a word: guess it from the upper words (Hacker's Delight, 9-5), at most one too small.
	n := bits.LeadingZeros64(v.hi)
	guess, _ := bits.Div64(u.hi>>1, u.hi<<63|u.lo>>1, v.shl(n).hi)
	if guess >>= 63 - n; guess != 0 {
		guess--
	}
	q = u128{lo: guess}
	part, _ := v.mul(q)
	r = u.sub(part)
	if r.cmp(v) >= 0 {
		q, _ = q.add(u128{lo: 1})
		r = r.sub(v)
	}
	return q, r
}

func (u u128) shl(n int) u128 { return u128{hi: u.hi<<n | u.lo>>(64-n), lo: u.lo << n} }

// digits is the number of decimal digits; 0 has none.
func (u u128) digits() int {
	bitLen := bits.Len64(u.lo)
	if u.hi != 0 {
		bitLen = 64 + bits.Len64(u.hi)
	}
	n := bitLen * 1233 >> 12 // log10(2), good to 128 bits
	if u.cmp(pow10s[n]) >= 0 {
		n++
	}
	return n
}

// pow10s are the powers of ten that fit.
var pow10s = func() (table [39]u128) {
	table[0] = u128{lo: 1}
	for i := 1; i < len(table); i++ {
		table[i], _ = table[i-1].mul(u128{lo: 10})
	}
	return table
}()

// bigPow10 returns 10^k.
func bigPow10(k int) *big.Int {
	if k < len(pow10s) {
		return pow10s[k].toBig()
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k)), nil)
}

// bigDigits is the number of decimal digits of b, which is not 0.
func bigDigits(b *big.Int) int {
	n := int(int64(b.BitLen()-1) * 30103 / 100000)
	for bigPow10(n).CmpAbs(b) <= 0 {
		n++
	}
	return n
}
