package state

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestBytesTable compares a table with a map, over few keys that come again, some long, so that the arena is compacted.
func TestBytesTable(t *testing.T) {
	if 1<<slotShift != slotsOfChunk {
		t.Fatal("slotShift")
	}
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool()
		words := rapid.IntRange(1, 3).Draw(t, "words")
		table, model := NewBytesTable(p, 7, words), map[string]uint64{}
		seed := rapid.Uint64().Draw(t, "seed")
		rng := rand.New(rand.NewPCG(seed, 0))
		long := rapid.SampledFrom([]int{0, 0, 20_000}).Draw(t, "long")
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			k := bytes.Repeat([]byte{byte(rng.IntN(8))}, rng.IntN(12)+rng.IntN(2)*long)
			if rng.IntN(5) < 2 {
				deleted, err := table.Delete(k)
				if _, there := model[string(k)]; deleted != there || err != nil {
					t.Fatalf("deleted %v, %v, it was there: %v", deleted, err, there)
				}
				delete(model, string(k))
				continue
			}
			value, added, err := table.Put(k)
			if _, there := model[string(k)]; err != nil || there == added || len(value) != words {
				t.Fatalf("added %v, %d words, %v", added, len(value), err)
			}
			model[string(k)]++
			value[words-1]++
		}
		got := map[string]uint64{}
		table.Each(func(k []byte, value []uint64) { got[string(k)] = value[words-1] })
		if diff := cmp.Diff(model, got); diff != "" || table.Len() != len(model) {
			t.Fatalf("%d keys: %s", table.Len(), diff)
		}
		for k, n := range model {
			if v := table.Get([]byte(k)); v == nil || v[words-1] != n {
				t.Fatalf("got %v, want %d", v, n)
			}
		}
		if table.Get([]byte("no such key")) != nil {
			t.Fatal("found a key that is not there")
		}
		table.Reset()
		if p.BytesOf(7) != 0 || table.Len() != 0 {
			t.Fatal("after Reset")
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBytesTableLimits(t *testing.T) {
	p := NewPool()
	table := NewBytesTable(p, 1, 1)
	if _, _, err := table.Put(make([]byte, ChunkBytes)); !errors.Is(err, ErrKeyTooLong) {
		t.Errorf("got %v", err)
	}
	// More keys than slots of a chunk, then most of them away: memory comes back.
	for i := range 200_000 {
		if _, _, err := table.Put(fmt.Appendf(nil, "key %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	full := p.Bytes()
	for i := range 199_000 {
		if ok, err := table.Delete(fmt.Appendf(nil, "key %d", i)); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if table.Len() != 1000 || p.Bytes() >= full {
		t.Errorf("%d keys in %d bytes, before %d", table.Len(), p.Bytes(), full)
	}
	if n := testing.AllocsPerRun(100, func() {
		if v, added, err := table.Put([]byte("key 199999")); v == nil || added || err != nil {
			t.Fatal(added, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	table.Reset()
	closePool(t, p)
}

// BenchmarkGroupBytes counts events in groups by a text of 19 bytes.
func BenchmarkGroupBytes(b *testing.B) {
	const groups = 1_000_000
	k := []byte("channel-00000000000")
	next := func(rng *rand.Rand) {
		n := rng.IntN(groups)
		for i := len(k) - 1; n > 0; i-- {
			k[i] = byte('0' + n%10)
			n /= 10
		}
	}
	b.Run("table", func(b *testing.B) {
		p, rng := NewPool(), rand.New(rand.NewPCG(1, 2))
		t := NewBytesTable(p, 1, 1)
		b.ReportAllocs()
		for b.Loop() {
			next(rng)
			v, _, err := t.Put(k)
			if err != nil {
				b.Fatal(err)
			}
			v[0]++
		}
		t.Reset()
		closePool(b, p)
	})
	b.Run("map", func(b *testing.B) {
		m, rng := map[string]*int64{}, rand.New(rand.NewPCG(1, 2))
		b.ReportAllocs()
		for b.Loop() {
			next(rng)
			v := m[string(k)]
			if v == nil {
				v = new(int64)
				m[string(k)] = v
			}
			*v++
		}
	})
}
