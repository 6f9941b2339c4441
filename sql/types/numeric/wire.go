package numeric

import (
	"encoding/binary"
	"math/big"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Signs of PostgreSQL's binary form (numeric.c).
const (
	wirePositive = 0x0000
	wireNegative = 0x4000
	wireNaN      = 0xC000
	wireInf      = 0xD000
	wireNegInf   = 0xF000
	wireInfScale = 0x20 // PostgreSQL sends this with infinities; receivers ignore it
)

// AppendBinary appends PostgreSQL's binary form: the number of base-10000 digits, the weight of the first, sign, display
// scale, and the digits, without zero digits at either end.
func (n Num) AppendBinary(dst []byte) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, 8)...)
	sign := [...]uint16{positive: wirePositive, negative: wireNegative, nan: wireNaN, posInf: wireInf, negInf: wireNegInf}[n.kind]
	binary.BigEndian.PutUint16(dst[at+4:], sign)
	binary.BigEndian.PutUint16(dst[at+6:], uint16(n.scale))
	if n.kind == posInf || n.kind == negInf {
		dst[at+7] = wireInfScale
	}
	if n.isZeroMag() || !n.Finite() {
		return dst
	}
	var stack [64]byte
	digits := n.appendDigits(stack[:0])
	exponent := len(digits) - 1 - n.scale
	weight := exponent >> 2
	binary.BigEndian.PutUint16(dst[at+2:], uint16(weight))
	first := exponent - weight*4 + 1 // decimal digits in the first word
	body := len(dst)
	end := body
	for i := first - 4; i < len(digits); i += 4 {
		word := uint16(0)
		for j := i; j < i+4; j++ {
			word *= 10
			if j >= 0 && j < len(digits) {
				word += uint16(digits[j] - '0')
			}
		}
		dst = binary.BigEndian.AppendUint16(dst, word)
		if word != 0 {
			end = len(dst)
		}
	}
	dst = dst[:end]
	binary.BigEndian.PutUint16(dst[at:], uint16((end-body)/2))
	return dst
}

func badWire(what string) error {
	return pgerr.Newf(pgerr.InvalidBinaryRepresentation, `invalid %s in external "numeric" value`, what)
}

// ErrBytesLeft is the error of a value that ends before its bytes do.
var ErrBytesLeft = pgerr.New(pgerr.InvalidBinaryRepresentation, "incorrect binary data format")

// DecodeBinary reads PostgreSQL's binary form, with the typmod applied if it is not negative.
func DecodeBinary(b []byte, typmod int32) (Num, error) {
	if len(b) < 8 {
		return Num{}, pgerr.New(pgerr.ProtocolViolation, "insufficient data left in message")
	}
	count := int(binary.BigEndian.Uint16(b))
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	scale := int(binary.BigEndian.Uint16(b[6:]))
	var n Num
	switch binary.BigEndian.Uint16(b[4:]) {
	case wirePositive:
	case wireNegative:
		n.kind = negative
	case wireNaN:
		n.kind = nan
	case wireInf:
		n.kind = posInf
	case wireNegInf:
		n.kind = negInf
	default:
		return Num{}, badWire("sign")
	}
	if scale > MaxScale {
		return Num{}, badWire("scale")
	}
	words := b[8:]
	if len(words) < 2*count {
		return Num{}, pgerr.New(pgerr.ProtocolViolation, "insufficient data left in message")
	}
	if len(words) > 2*count {
		return Num{}, ErrBytesLeft
	}
	if n.Finite() {
		if err := n.setWords(words, weight, scale); err != nil {
			return Num{}, err
		}
	}
	if typmod >= 0 {
		var err error
		if n, err = n.ApplyTypmod(typmod); err != nil {
			return Num{}, err
		}
	}
	return n.check()
}

// setWords makes the coefficient of base-10000 digits, and cuts it to the scale.
func (n *Num) setWords(words []byte, weight, scale int) error {
	var total *big.Int
	tenThousand := u128{lo: 10000}
	for i := 0; i < len(words); i += 2 {
		word := binary.BigEndian.Uint16(words[i:])
		if word >= 10000 {
			return badWire("digit")
		}
		if total == nil {
			next, ok := n.mag.mul(tenThousand)
			if ok {
				next, ok = next.add(u128{lo: uint64(word)})
			}
			if ok {
				n.mag = next
				continue
			}
			total = n.mag.toBig()
		}
		total.Mul(total, big.NewInt(10000))
		total.Add(total, big.NewInt(int64(word)))
	}
	if total != nil {
		n.setBig(total)
	}
	// The last word counts 10000^(weight-count+1).
	n.scale = 4 * (len(words)/2 - 1 - weight)
	if n.scale < 0 {
		up := -n.scale
		n.scale = 0
		*n = n.rescaledUp(up)
	}
	*n = n.rescale(scale, Truncate).unsignedZero()
	return nil
}
