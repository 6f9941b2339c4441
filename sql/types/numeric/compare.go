package numeric

import "bytes"

// Compare orders numbers by value: -Infinity first, NaN last and equal to itself (PostgreSQL 15, 8.1.2).
func Compare(a, b Num) int {
	if !a.Finite() || !b.Finite() {
		return rank(a) - rank(b)
	}
	if a.kind != b.kind {
		if a.kind == negative {
			return -1
		}
		return 1
	}
	sign := 1
	if a.kind == negative {
		sign = -1
	}
	if a.scale == b.scale && a.big == nil && b.big == nil {
		return sign * a.mag.cmp(b.mag)
	}
	// The place of the first digit settles most pairs without multiplying.
	if a.isZeroMag() || b.isZeroMag() {
		return a.Sign() - b.Sign()
	}
	if x, y := a.digits()-a.scale, b.digits()-b.scale; x != y {
		if x < y {
			return -sign
		}
		return sign
	}
	a, b = align(a, b)
	if a.big == nil && b.big == nil {
		return sign * a.mag.cmp(b.mag)
	}
	return sign * a.asBig().Cmp(b.asBig())
}

// rank orders what cannot be compared by value; all finite numbers are one rank.
func rank(n Num) int {
	switch n.kind {
	case negInf:
		return -1
	case posInf:
		return 1
	case nan:
		return 2
	default:
		return 0
	}
}

// CompareEncoded compares two encodings by value.
func CompareEncoded(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	return sign(Compare(Decode(a), Decode(b)))
}

func sign(n int) int { return min(max(n, -1), 1) }

// Normal returns the number that stands for all that are equal to n: zeros at the end of the fraction are gone. Its
// encoding is what to hash and to group by.
func (n Num) Normal() Num {
	for n.Finite() && n.scale > 0 {
		if n.isZeroMag() {
			n.scale = 0
			break
		}
		// Halving the step finds the longest run of zeros in few divisions.
		step := 1
		for step*2 <= n.scale && n.multipleOfPow10(step*2) {
			step *= 2
		}
		if !n.multipleOfPow10(step) {
			break
		}
		n = n.dropDigits(step, Truncate)
		n.scale -= step
	}
	return n
}

// multipleOfPow10 tells whether the coefficient ends in k zeros.
func (n *Num) multipleOfPow10(k int) bool {
	if n.big == nil {
		if k >= len(pow10s) {
			return false
		}
		_, r := n.mag.quoRem(pow10s[k])
		return r == u128{}
	}
	if int(n.big.TrailingZeroBits()) < k {
		return false
	}
	cut := n.dropDigits(k, Truncate).rescaledUp(k)
	return cut.asBig().Cmp(n.big) == 0
}

// AppendNormal appends the encoding of the normal form of the encoded number b.
func AppendNormal(dst, b []byte) []byte {
	if len(b) == 0 {
		return append(dst, positive) // what an encoded 0 is
	}
	if b[0]>>3 == 0 { // no fraction: this is most often so for keys
		return append(dst, b...)
	}
	return Decode(b).Normal().Append(dst)
}
