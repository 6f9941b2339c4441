package numeric

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// TestSmall: what is computed with small numbers is what is computed with numbers.
func TestSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	edges := []int64{0, 1, -1, 255, 256, -65536, math.MaxInt64, math.MinInt64, math.MaxUint32}
	random := func() Num {
		v := r.Int64() >> r.IntN(64)
		if r.IntN(4) == 0 {
			v = edges[r.IntN(len(edges))]
		}
		return New(v, r.IntN(40))
	}
	small := 0
	for range 100_000 {
		a, b := random(), random()
		x, okX := DecodeSmall(a.Append(nil))
		y, okY := DecodeSmall(b.Append(nil))
		if okX != (a.Scale() < 31) {
			t.Fatalf("%v: small is %v", a, okX)
		}
		if okX && !bytes.Equal(x.Append(nil), a.Append(nil)) {
			t.Fatalf("%v became %x", a, x.Append(nil))
		}
		if !okX || !okY {
			continue
		}
		small += checkSmall(t, a, b, x, y)
	}
	if small < 1000 {
		t.Errorf("only %d products of small numbers", small)
	}
	for _, v := range edges {
		if got, want := SmallInt(v).Append(nil), FromInt64(v).Append(nil); !bytes.Equal(got, want) {
			t.Errorf("%d: got %x, want %x", v, got, want)
		}
	}
	for _, n := range []Num{NaN, Inf, NegInf} {
		if _, ok := DecodeSmall(n.Append(nil)); ok {
			t.Errorf("%v is small", n)
		}
	}
}

// checkSmall compares what is computed with small numbers with what is computed with numbers, and tells whether they have a small product.
func checkSmall(t *testing.T, a, b Num, x, y Small) int {
	t.Helper()
	products := 0
	for _, c := range []struct {
		name string
		fast func(a, b Small) (Small, bool)
		slow func(a, b Num) (Num, error)
	}{{"*", Small.Mul, Mul}, {"+", Small.Add, Add}, {"-", Small.Sub, Sub}} {
		got, ok := c.fast(x, y)
		if !ok {
			continue
		}
		if c.name == "*" {
			products++
		}
		want, err := c.slow(a, b)
		if err != nil || !bytes.Equal(got.Append(nil), want.Append(nil)) {
			t.Fatalf("%v %s %v: got %x, want %x, %v", a, c.name, b, got.Append(nil), want.Append(nil), err)
		}
	}
	if got, ok := x.Compare(y); ok && got != sign(Compare(a, b)) {
		t.Fatalf("%v and %v: got %d, want %d", a, b, got, Compare(a, b))
	}
	if got, ok := x.Int64(); ok {
		if want, err := a.Int64(64, "bigint"); err != nil || got != want {
			t.Fatalf("%v as an integer: got %d, want %d, %v", a, got, want, err)
		}
	}
	return products
}

// FuzzSmall compares small numbers with numbers, from their encodings.
func FuzzSmall(f *testing.F) {
	for _, pair := range [][2]string{
		{"0.908", "1000000"},
		{"-0.00", "0"},
		{"9223372036854775807", "-9223372036854775808"},
		{"18446744073709551615", "0.1"},
		{"1e30", "0.000000000000000000000000000001"},
		{"NaN", "Infinity"},
		{"-Infinity", "1.50"},
		{"1.5", "1.500"},
		{"1e-31", "-1e40"},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, left, right string) {
		a, errA := Parse(left, -1)
		b, errB := Parse(right, -1)
		if errA != nil || errB != nil {
			return
		}
		x, okX := DecodeSmall(a.Append(nil))
		y, okY := DecodeSmall(b.Append(nil))
		if okX && okY {
			checkSmall(t, a, b, x, y)
		}
	})
}
