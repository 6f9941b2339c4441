package numeric

import "strconv"

// AppendText appends PostgreSQL's text form: all digits, as many behind the point as the scale says.
func (n Num) AppendText(dst []byte) []byte {
	switch n.kind {
	case nan:
		return append(dst, "NaN"...)
	case posInf:
		return append(dst, "Infinity"...)
	case negInf:
		return append(dst, "-Infinity"...)
	case negative:
		dst = append(dst, '-')
	}
	start := len(dst)
	dst = n.appendDigits(dst)
	if n.scale == 0 {
		return dst
	}
	if missing := n.scale + 1 - (len(dst) - start); missing > 0 { // 5 with scale 2 is 0.05
		for range missing {
			dst = append(dst, '0')
		}
		copy(dst[start+missing:], dst[start:])
		for i := range missing {
			dst[start+i] = '0'
		}
	}
	dst = append(dst, 0)
	point := len(dst) - 1 - n.scale
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// appendDigits appends the coefficient's decimal digits; 0 for 0.
func (n *Num) appendDigits(dst []byte) []byte {
	switch {
	case n.big != nil:
		return n.big.Append(dst, 10)
	case n.mag.hi == 0:
		return strconv.AppendUint(dst, n.mag.lo, 10)
	}
	const chunk = 19
	head, tail := n.mag.quoRem(pow10s[chunk])
	if head.hi == 0 {
		dst = strconv.AppendUint(dst, head.lo, 10)
	} else {
		first, second := head.quoRem(pow10s[chunk])
		dst = strconv.AppendUint(dst, first.lo, 10)
		dst = appendPadded(dst, second.lo, chunk)
	}
	return appendPadded(dst, tail.lo, chunk)
}

// appendPadded appends u with zeros before it, width digits in all.
func appendPadded(dst []byte, u uint64, width int) []byte {
	at := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= at && u != 0; i-- {
		dst[i] = byte('0' + u%10)
		u /= 10
	}
	return dst
}

// String gives the text form.
func (n Num) String() string { return string(n.AppendText(nil)) }
