package numeric

// AppendKey appends a form of the encoded number b that sorts as the number does when compared byte by byte, and that is the
// same for all equal numbers. No key is the beginning of another, so that more may follow it. The form is:
//
//	one byte:   0x10 -Infinity, 0x20 negative, 0x30 zero, 0x40 positive, 0x50 Infinity, 0x60 NaN
//	then, for numbers other than zero, in their bits for positive ones and inverted for negative ones:
//	  4 bytes:  the number of digits before the point, plus 2^31, big-endian; it is negative for 0.00x
//	  the significant decimal digits in pairs, each pair as a byte 1 + the pair (a single last digit counts tens)
//	  a zero byte
func AppendKey(dst, b []byte) []byte {
	n := Decode(b).Normal()
	switch {
	case n.kind == negInf:
		return append(dst, 0x10)
	case n.kind == posInf:
		return append(dst, 0x50)
	case n.kind == nan:
		return append(dst, 0x60)
	case n.isZeroMag():
		return append(dst, 0x30)
	}
	head, invert := byte(0x40), byte(0)
	if n.kind == negative {
		head, invert = 0x20, 0xff
	}
	dst = append(dst, head)
	var stack [64]byte
	digits := n.appendDigits(stack[:0])
	place := uint32(len(digits)-n.scale) + 1<<31
	dst = append(dst, byte(place>>24)^invert, byte(place>>16)^invert, byte(place>>8)^invert, byte(place)^invert)
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	for i := 0; i < len(digits); i += 2 {
		pair := (digits[i] - '0') * 10
		if i+1 < len(digits) {
			pair += digits[i+1] - '0'
		}
		dst = append(dst, (pair+1)^invert)
	}
	return append(dst, invert)
}

// DecodeKey reads a key from the beginning of b and returns the number in its normal form, encoded onto dst, and what
// follows the key; ok is false if b does not begin with a key.
func DecodeKey(dst, b []byte) (encoded, rest []byte, ok bool) {
	if len(b) == 0 {
		return dst, b, false
	}
	head := b[0]
	b = b[1:]
	switch head {
	case 0x10:
		return NegInf.Append(dst), b, true
	case 0x30:
		return Num{}.Append(dst), b, true
	case 0x50:
		return Inf.Append(dst), b, true
	case 0x60:
		return NaN.Append(dst), b, true
	case 0x20, 0x40:
	default:
		return dst, b, false
	}
	n, rest, ok := decodeDigits(b, head == 0x20)
	if !ok {
		return dst, b, false
	}
	return n.Append(dst), rest, true
}

// decodeDigits reads the place and the digits of a key.
func decodeDigits(b []byte, minus bool) (n Num, rest []byte, ok bool) {
	invert := byte(0)
	if minus {
		invert = 0xff
	}
	if len(b) < 5 {
		return Num{}, nil, false
	}
	place := uint32(b[0]^invert)<<24 | uint32(b[1]^invert)<<16 | uint32(b[2]^invert)<<8 | uint32(b[3]^invert)
	var stack [64]byte
	text := stack[:0]
	if minus {
		text = append(text, '-')
	}
	start := len(text)
	for i := 4; ; i++ {
		if i == len(b) {
			return Num{}, nil, false
		}
		c := b[i] ^ invert
		if c == 0 {
			b = b[i+1:]
			break
		}
		if c > 100 {
			return Num{}, nil, false
		}
		text = append(text, '0'+(c-1)/10, '0'+(c-1)%10)
	}
	p := parser{text: string(text), rest: string(text)}
	n, err := p.number()
	if err != nil || len(text) == start {
		return Num{}, nil, false
	}
	n.scale = len(text) - start - int(int64(place)-1<<31)
	n, err = n.shift(0)
	if err != nil {
		return Num{}, nil, false
	}
	return n.Normal(), b, true
}
