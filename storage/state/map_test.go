package state

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/storage/key"
)

// TestMap compares a map of integers with Go's, over keys that come again, with deletes between the batches.
func TestMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool()
		words := rapid.SampledFrom([]int{1, 3, 300}).Draw(t, "words")
		m, model := NewMap(p, 7, words), map[int64]uint64{}
		seed := rapid.Uint64().Draw(t, "seed")
		rng := rand.New(rand.NewPCG(seed, 0))
		wide := rapid.SampledFrom([]int64{4, 100, 1 << 60}).Draw(t, "wide")
		for range rapid.IntRange(0, 10).Draw(t, "batches") {
			keys, rows, sel := make([]int64, 100), make([]unsafe.Pointer, 100), []int32(nil)
			for i := range keys {
				keys[i] = rng.Int64N(wide)
				if rng.IntN(2) == 0 {
					sel = append(sel, int32(i))
				}
			}
			if rng.IntN(2) == 0 {
				sel = nil
			}
			if err := m.PutInts(keys, sel, rows); err != nil {
				t.Fatal(err)
			}
			for i, row := range rows {
				if row == nil {
					continue
				}
				if k, null := IntKey(row); k != keys[i] || null {
					t.Fatalf("key %d, want %d", k, keys[i])
				}
				*Word(row, words-1)++
				model[keys[i]]++
			}
			for k := range model {
				row := m.GetInt(k)
				if row == nil {
					t.Fatalf("key %d is not there", k)
				}
				if rng.IntN(4) == 0 {
					m.Delete(row, true)
					delete(model, k)
				}
			}
		}
		got := map[int64]uint64{}
		err := m.Each(func(row unsafe.Pointer) error {
			k, _ := IntKey(row)
			got[k] = *Word(row, words-1)
			return nil
		})
		if diff := cmp.Diff(model, got); diff != "" || m.Len() != len(model) || err != nil {
			t.Fatalf("%d keys: %s", m.Len(), diff)
		}
		m.Reset()
		if p.Bytes() != 0 {
			t.Fatalf("%d bytes after Reset", p.Bytes())
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestMapOfKeys is the same for encoded keys.
func TestMapOfKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool()
		m, model := NewMap(p, 7, 1), map[string]uint64{}
		seed := rapid.Uint64().Draw(t, "seed")
		rng := rand.New(rand.NewPCG(seed, 0))
		for range rapid.IntRange(0, 20).Draw(t, "batches") {
			var keys key.Keys
			for range 50 {
				keys.Append(bytes.Repeat([]byte{byte(rng.IntN(4))}, rng.IntN(40)))
			}
			rows := make([]unsafe.Pointer, keys.Len())
			if err := m.PutKeys(&keys, nil, rows); err != nil {
				t.Fatal(err)
			}
			for i, row := range rows {
				if !bytes.Equal(m.Key(row), keys.At(i)) {
					t.Fatalf("key %x, want %x", m.Key(row), keys.At(i))
				}
				*Word(row, 0)++
				model[string(keys.At(i))]++
			}
			for k := range model {
				if rng.IntN(3) == 0 {
					m.Delete(m.GetKey([]byte(k)), false)
					delete(model, k)
				}
			}
		}
		for k, n := range model {
			if row := m.GetKey([]byte(k)); row == nil || *Word(row, 0) != n {
				t.Fatalf("key %x", k)
			}
		}
		if m.Len() != len(model) {
			t.Fatalf("%d keys, want %d", m.Len(), len(model))
		}
	})
}

func TestMapNull(t *testing.T) {
	p := NewPool()
	m := NewMap(p, 1, 1)
	for n := range uint64(3) {
		row, err := m.PutNull()
		if _, null := IntKey(row); err != nil || !null || *Word(row, 0) != n {
			t.Fatal(err, null, *Word(row, 0))
		}
		*Word(row, 0)++
	}
	if m.Len() != 1 || p.Bytes() != PieceBytes {
		t.Errorf("%d rows, %d bytes", m.Len(), p.Bytes())
	}
	row, _ := m.PutNull()
	m.Delete(row, true)
	if m.Len() != 0 {
		t.Errorf("%d rows", m.Len())
	}
	m.Reset()
	closePool(t, p)
}

// TestBlobs sets and frees blobs of all sizes and compares them with a map.
func TestBlobs(t *testing.T) {
	for size := 1; size <= ChunkBytes; size += 1 + size/50 {
		class, bytes := blobClass(size)
		if bytes < size || class >= blobClasses || size > 64 && bytes > size*5/4+blobUnit {
			t.Fatalf("size %d: class %d of %d bytes", size, class, bytes)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool()
		h, model := NewBlobs(p, 7), map[uint64][]byte{}
		for step := range rapid.IntRange(0, 200).Draw(t, "steps") {
			b := bytes.Repeat([]byte{byte(step)}, rapid.SampledFrom([]int{0, 1, 8, 9, 50, 51, 900, 5000, ChunkBytes}).Draw(t, "size"))
			ref := uint64(0)
			for r := range model {
				ref = max(ref, r)
			}
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				h.Free(ref)
				delete(model, ref)
				continue
			case 1:
				ref = 0
			}
			fresh, err := h.Set(ref, b)
			if err != nil || fresh == 0 {
				t.Fatal(fresh, err)
			}
			delete(model, ref)
			if _, used := model[fresh]; used {
				t.Fatal("reference is in use")
			}
			model[fresh] = b
		}
		for ref, b := range model {
			if !bytes.Equal(h.Get(ref), b) {
				t.Fatalf("blob %d differs", ref)
			}
		}
		h.Reset()
		if p.Bytes() != 0 {
			t.Fatalf("%d bytes after Reset", p.Bytes())
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPoolDrop(t *testing.T) {
	p := NewPool()
	m := NewMap(p, 3, 2)
	if err := m.PutInts([]int64{1, 2, 3}, nil, make([]unsafe.Pointer, 3)); err != nil {
		t.Fatal(err)
	}
	if p.BytesOf(3) != 2*PieceBytes {
		t.Errorf("%d bytes", p.BytesOf(3))
	}
	p.Drop(3)
	c, err := p.GetPiece(4, PieceBytes)
	if err != nil || bytes.ContainsFunc(c, func(r rune) bool { return r != 0 }) {
		t.Error("a piece that comes again is not zero", err)
	}
	p.Drop(4)
	closePool(t, p)
}

// TestMapExpects: a map has slots for the rows that are expected when the first comes, but not for very many; and as many again when it was emptied.
func TestMapExpects(t *testing.T) {
	p := NewPool()
	put := func(m *Map, n int) (bytes int64) {
		keys := make([]int64, n)
		for i := range keys {
			keys[i] = int64(i)
		}
		if err := m.PutInts(keys, nil, make([]unsafe.Pointer, n)); err != nil {
			t.Fatal(err)
		}
		return p.Bytes()
	}
	m := NewMap(p, 1, 1)
	if n := put(m, 1); n != 2*PieceBytes {
		t.Errorf("%d bytes for one row", n)
	}
	m.Reset()
	m.Expect(1000)
	if n := put(m, 1); n != 2048*8+PieceBytes {
		t.Errorf("%d bytes where a thousand rows are expected", n)
	}
	put(m, 600)
	m.Reset()
	if n := put(m, 1); n != 2048*8+PieceBytes {
		t.Errorf("%d bytes after 600 rows", n)
	}
	m.Reset()
	m.Expect(1 << 30)
	if n := put(m, 1); n != mostFirstSlots*8+PieceBytes {
		t.Errorf("%d bytes where very many rows are expected", n)
	}
	m.Reset()
	closePool(t, p)
}

// BenchmarkMap counts events in groups.
func BenchmarkMap(b *testing.B) {
	for _, groups := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) {
			p, rng := NewPool(), rand.New(rand.NewPCG(1, 2))
			m := NewMap(p, 1, 1)
			keys, rows := make([]int64, 2048), make([]unsafe.Pointer, 2048)
			for b.Loop() {
				for i := range keys {
					keys[i] = rng.Int64N(int64(groups))
				}
				if err := m.PutInts(keys, nil, rows); err != nil {
					b.Fatal(err)
				}
				for _, row := range rows {
					*Word(row, 0)++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/row")
			b.ReportMetric(float64(p.Bytes())/float64(m.Len()), "B/group")
			m.Reset()
			closePool(b, p)
		})
	}
}
