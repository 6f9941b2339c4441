package state

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// TestPairBits compares with a Go map.
func TestPairBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := NewPool()
		set := NewPairBits(pool, 0)
		groups := NewMap(pool, 0, 1)
		owners := make([]unsafe.Pointer, 4)
		if err := groups.PutInts([]int64{1, 2, 3, 4}, nil, owners); err != nil {
			t.Fatal(err)
		}
		type pairOf struct {
			owner unsafe.Pointer
			value int64
		}
		want := map[pairOf]uint64{}
		for range rapid.IntRange(1, 5).Draw(t, "batches") {
			var of []unsafe.Pointer
			var values []int64
			var bits, added []uint64
			for range rapid.IntRange(0, 200).Draw(t, "rows") {
				of = append(of, owners[rapid.IntRange(0, 3).Draw(t, "owner")])
				values = append(values, rapid.Int64Range(-20, 200).Draw(t, "value"))
				bits = append(bits, uint64(rapid.Uint16().Draw(t, "bits")))
			}
			added = append(added, bits...)
			if err := set.Add(of, values, bits); err != nil {
				t.Fatal(err)
			}
			for i := range bits {
				p := pairOf{of[i], values[i]}
				if came := added[i] &^ want[p]; came != bits[i] {
					t.Fatalf("pair %d: new are %x, want %x", i, bits[i], came)
				}
				want[p] |= added[i]
			}
		}
		if set.Len() != len(want) {
			t.Fatalf("%d pairs, want %d", set.Len(), len(want))
		}
		set.Reset()
		pool.Drop(0)
		if err := pool.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
