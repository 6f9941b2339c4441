package storage

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/storage/state"
)

// TestFences holds that fences find the same entry of a run as halving it does, for keys of all kinds.
func TestFences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	number := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	kinds := map[string]func() []byte{
		"dense numbers":  func() []byte { return append([]byte{7, 1}, number(rng.Uint64N(3000))...) },
		"sparse numbers": func() []byte { return number(rng.Uint64()) },
		"one beginning":  func() []byte { return append([]byte("the same beginning"), number(rng.Uint64N(5000))...) },
		"one head": func() []byte { // of many keys in a row
			return append([]byte{byte(rng.IntN(3)), 0, 0, 0, 0, 0, 0, 0, 0}, number(rng.Uint64N(5000))...)
		},
		"short": func() []byte { // with zeros at their end, and one that others begin with
			k := make([]byte, rng.IntN(5))
			for i := range k {
				k[i] = byte(rng.IntN(4))
			}
			return k
		},
		"long and short": func() []byte { return bytes.Repeat([]byte{0}, rng.IntN(4000)) },
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, fencedRows - 1, fencedRows, fencedRows + 1, 1000, 2000} {
				keys := make([][]byte, n)
				for i := range keys {
					keys[i] = kind()
				}
				slices.SortFunc(keys, bytes.Compare)
				var run state.Run
				for _, k := range slices.CompactFunc(keys, bytes.Equal) {
					run.Put(k, nil)
				}
				f := newFences(&run)
				asked := append([][]byte{nil, {0}, {0xFF}, bytes.Repeat([]byte{0xFF}, 40)}, keys...)
				for _, k := range keys {
					asked = append(asked, k[:rng.IntN(len(k)+1)], append(bytes.Clone(k), 0), append(bytes.Clone(k), 0xFF), kind())
				}
				for _, k := range asked {
					want, _ := slices.BinarySearchFunc(keys[:run.Len()], k, bytes.Compare)
					if got := f.seek(&run, k); got != want {
						t.Fatalf("of %d keys, %x is at %d, want %d", run.Len(), k, got, want)
					}
				}
			}
		})
	}
}

// BenchmarkLookUp looks for keys of a layer in random order.
func BenchmarkLookUp(b *testing.B) {
	const rows = 100_000
	var run state.Run
	for i := range uint64(rows) {
		run.Put(binary.BigEndian.AppendUint64([]byte{1}, i), make([]byte, 20))
	}
	layers := []layer{newLayer(&run, 1, 1)}
	rng := rand.New(rand.NewPCG(1, 2))
	k := make([]byte, 9)
	for b.Loop() {
		k = binary.BigEndian.AppendUint64(append(k[:0], 1), rng.Uint64N(rows))
		if run, _ := lookUp(layers, k); run == nil {
			b.Fatal("a key is not found")
		}
	}
}
