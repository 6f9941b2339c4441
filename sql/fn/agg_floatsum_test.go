package fn

import (
	"math"
	"math/big"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// mapBlobs keeps blobs in a Go map.
type mapBlobs map[uint64][]uint64

func (m mapBlobs) Get(ref uint64) []byte {
	words := m[ref]
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))
}

func (m mapBlobs) Set(ref uint64, b []byte) (uint64, error) {
	if ref == 0 {
		ref = uint64(len(m)) + 1
		for m[ref] != nil {
			ref++
		}
	}
	m[ref] = make([]uint64, (len(b)+7)/8)
	copy(m.Get(ref), b)
	return ref, nil
}

func (m mapBlobs) Free(ref uint64) { delete(m, ref) }

// drawFloat draws finite floats that are close to each other, far from each other, and at the ends of their range.
func drawFloat(t *rapid.T) float64 {
	mantissa := rapid.SampledFrom([]float64{0, 1, -1, 1.5, 0.1, -1.0000000000000002, 1.9999999999999998}).Draw(t, "mantissa")
	return math.Ldexp(mantissa, rapid.OneOf(rapid.IntRange(-3, 3), rapid.IntRange(-70, 70), rapid.IntRange(-1074, 1022)).Draw(t, "exponent"))
}

// TestFloatSum compares with sums of fractions: exact, rounded once, and nothing is left of a sum whose values have all gone.
func TestFloatSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blobs, other := mapBlobs{}, mapBlobs{}
		var s, half floatSum
		exact := new(big.Rat)
		type change struct {
			x    float64
			diff int64
		}
		var all []change
		for range rapid.IntRange(0, 20).Draw(t, "values") {
			c := change{drawFloat(t), rapid.SampledFrom([]int64{1, -1, 2, math.MaxInt64, math.MinInt64 + 1}).Draw(t, "diff")}
			all = append(all, c)
			to, in := &s, blobs
			if rapid.Bool().Draw(t, "other") {
				to, in = &half, other
			}
			if err := to.add(c.x, c.diff, in); err != nil {
				t.Fatal(err)
			}
			product := new(big.Rat).SetInt64(c.diff)
			exact.Add(exact, product.Mul(product, new(big.Rat).SetFloat64(c.x)))
		}
		if err := s.merge(&half, blobs, other); err != nil {
			t.Fatal(err)
		}
		want, _ := exact.Float64()
		got, err := s.value(false, blobs)
		if overflow := math.IsInf(want, 0); overflow != (err != nil) || !overflow && got != want {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
		single, _ := exact.Float32()
		got, err = s.value(true, blobs)
		if overflow := math.IsInf(float64(single), 0); overflow != (err != nil) || !overflow && float32(got) != single {
			t.Fatalf("as real: %v, %v, want %v", got, err, single)
		}
		for _, c := range all {
			if err := s.add(c.x, -c.diff, blobs); err != nil {
				t.Fatal(err)
			}
		}
		if s != (floatSum{}) || len(blobs) != 0 {
			t.Fatalf("%+v and %d blobs are left", s, len(blobs))
		}
	})
}

// TestProductSum does the same for sums of products, and for what is computed from them.
func TestProductSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blobs := mapBlobs{}
		var s productSum
		exact := new(big.Rat)
		for range rapid.IntRange(0, 12).Draw(t, "values") {
			x, y, diff := drawFloat(t), drawFloat(t), rapid.SampledFrom([]int64{1, -1, 3, math.MaxInt64}).Draw(t, "diff")
			if err := s.add(x, y, diff, blobs); err != nil {
				t.Fatal(err)
			}
			product := new(big.Rat).SetInt64(diff)
			product.Mul(product, new(big.Rat).SetFloat64(x))
			exact.Add(exact, product.Mul(product, new(big.Rat).SetFloat64(y)))
		}
		b := s.scaled(blobs)
		got := new(big.Rat).SetInt(b.n)
		scale := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(b.exp, -b.exp))))
		if b.exp < 0 {
			scale.Inv(scale)
		}
		if got.Mul(got, scale); got.Cmp(exact) != 0 {
			t.Fatalf("got %v, want %v", got, exact)
		}
	})
}
