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
		product, ok := x.Mul(y)
		if !okX || !okY || !ok {
			continue
		}
		small++
		want, err := Mul(a, b)
		if err != nil || !bytes.Equal(product.Append(nil), want.Append(nil)) {
			t.Fatalf("%v * %v: got %x, want %x, %v", a, b, product.Append(nil), want.Append(nil), err)
		}
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
