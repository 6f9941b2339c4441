package fn

import (
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// names are the types of integers as signatures have them.
func (t integer) typeName() string {
	return map[string]string{"smallint": "int2", "integer": "int4", "bigint": "int8"}[t.name]
}

// ints2 makes the kernel of a function of two integers.
func ints2(f func(x, y int64) (int64, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		n, err := f(c.int(0, i), c.int(1, i))
		if err == nil {
			c.putInt(n)
		}
		return err
	})
}

func ints1(f func(x int64) (int64, error)) Kernel {
	return perRow(func(c *Call, i int) error {
		n, err := f(c.int(0, i))
		if err == nil {
			c.putInt(n)
		}
		return err
	})
}

func (t integer) abs(x int64) (int64, error) {
	if x == t.min {
		return 0, t.outOfRange()
	}
	return max(x, -x), nil
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func gcd(x, y uint64) uint64 {
	for y != 0 {
		x, y = y, x%y
	}
	return x
}

func (t integer) gcd(x, y int64) (int64, error) {
	g := gcd(magnitude(x), magnitude(y))
	if g > uint64(t.max) {
		return 0, t.outOfRange()
	}
	return int64(g), nil
}

func (t integer) lcm(x, y int64) (int64, error) {
	if x == 0 || y == 0 {
		return 0, nil
	}
	a, b := magnitude(x), magnitude(y)
	hi, lo := bits.Mul64(a/gcd(a, b), b)
	if hi != 0 || lo > uint64(t.max) {
		return 0, t.outOfRange()
	}
	return int64(lo), nil
}

// width is the number of bits.
func (t integer) width() uint { return uint(bits.Len64(uint64(t.max))) + 1 }

// wrap cuts to the type's bits.
func (t integer) wrap(x int64) int64 {
	shift := 64 - t.width()
	return x << shift >> shift
}

// shiftLeft and shiftRight count modulo the width of the machine's word, as C does on common machines.
func (t integer) shiftLeft(x, n int64) (int64, error) {
	return t.wrap(x << (uint64(n) & uint64(max(t.width(), 32)-1))), nil
}

func (t integer) shiftRight(x, n int64) (int64, error) {
	return x >> (uint64(n) & uint64(max(t.width(), 32)-1)), nil
}

func intMoreOperators() []*Operator {
	var all []*Operator
	for _, t := range integers {
		n := t.typeName()
		all = append(all,
			op("+", "", n, n, ints1(func(x int64) (int64, error) { return x, nil }), "the number itself", "+ 3::"+n+" → 3"),
			op("@", "", n, n, ints1(t.abs), "absolute value", "@ (-5)::"+n+" → 5"),
			op("&", n, n, n, ints2(func(x, y int64) (int64, error) { return x & y, nil }), "bitwise and", "91::"+n+" & 15::"+n+" → 11"),
			op("|", n, n, n, ints2(func(x, y int64) (int64, error) { return x | y, nil }), "bitwise or", "32::"+n+" | 3::"+n+" → 35"),
			op("#", n, n, n, ints2(func(x, y int64) (int64, error) { return x ^ y, nil }), "bitwise exclusive or", "17::"+n+" # 5::"+n+" → 20"),
			op("~", "", n, n, ints1(func(x int64) (int64, error) { return ^x, nil }), "bitwise not", "~ 1::"+n+" → -2"),
			op("<<", n, "int4", n, ints2(t.shiftLeft), "shifted to the left", "1::"+n+" << 4 → 16"),
			op(">>", n, "int4", n, ints2(t.shiftRight), "shifted to the right", "8::"+n+" >> 2 → 2"))
	}
	return all
}

func intFunctions() []*Function {
	var all []*Function
	for _, t := range integers {
		n := t.typeName()
		all = append(all,
			def("abs("+n+") "+n, ints1(t.abs), "absolute value", "abs((-17)::"+n+") → 17"),
			def("mod("+n+", "+n+") "+n, t.remainder, "remainder, with the sign of the dividend", "mod(9::"+n+", 4::"+n+") → 1"))
		if t.name != "smallint" {
			all = append(all,
				def("gcd("+n+", "+n+") "+n, ints2(t.gcd), "greatest common divisor", "gcd(1071::"+n+", 462::"+n+") → 21"),
				def("lcm("+n+", "+n+") "+n, ints2(t.lcm), "least common multiple", "lcm(1071::"+n+", 462::"+n+") → 23562"),
				def("to_hex("+n+") text", perRow(func(c *Call, i int) error {
					x := uint64(c.int(0, i))
					if t.max == math.MaxInt32 {
						x = uint64(uint32(x))
					}
					c.putAppended(appendHexNumber(c.Out.Data, x))
					return nil
				}), "the number in hexadecimal digits", "to_hex(2147483647::"+n+") → 7fffffff"))
		}
	}
	return all
}

func appendHexNumber(dst []byte, x uint64) []byte {
	const digits = "0123456789abcdef"
	n := max((bits.Len64(x)+3)/4, 1)
	for n--; n >= 0; n-- {
		dst = append(dst, digits[x>>(4*n)&15])
	}
	return dst
}

func bucketCount() error {
	return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "count must be greater than zero")
}
