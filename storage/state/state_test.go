package state

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func closePool(tb testing.TB, p *Pool) {
	tb.Helper()
	if err := p.Close(); err != nil {
		tb.Error(err)
	}
}

func TestPool(t *testing.T) {
	p := NewPool()
	var chunks []Chunk
	for i := range 2*slabChunks + 1 {
		c, err := p.Get(Owner(i % 2))
		if err != nil || len(c) != ChunkBytes {
			t.Fatal(len(c), err)
		}
		for _, b := range c[:64] {
			if b != 0 {
				t.Fatal("chunk is not zero")
			}
		}
		c[0], c[ChunkBytes-1] = 1, 1
		chunks = append(chunks, c)
	}
	if p.BytesOf(0) != (slabChunks+1)*ChunkBytes || p.BytesOf(1) != slabChunks*ChunkBytes || p.Bytes() != (2*slabChunks+1)*ChunkBytes {
		t.Errorf("owner 0 has %d, owner 1 %d, all %d", p.BytesOf(0), p.BytesOf(1), p.Bytes())
	}
	if err := p.Close(); err == nil {
		t.Error("closed with chunks in use")
	}
	for i, c := range chunks {
		p.Put(Owner(i%2), c)
	}
	c, err := p.Get(1)
	if err != nil || c[0] != 0 || c[ChunkBytes-1] != 0 {
		t.Errorf("chunk that comes again: %v, %v", c[0], err)
	}
	p.Put(1, c)
	if p.Bytes() != 0 {
		t.Errorf("%d bytes in use", p.Bytes())
	}
	closePool(t, p)
}

// TestIntTable compares a table with a map, over keys that are few, so that they come again, and that grow it over several chunks.
func TestIntTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool()
		words := rapid.SampledFrom([]int{0, 1, 3, 1 << 12}).Draw(t, "words") // the last: 32 slots of a chunk
		table, model := NewIntTable(p, 7, words), map[int64]uint64{}
		keys := rapid.OneOf(rapid.Int64Range(-40, 40), rapid.Int64())
		for range rapid.IntRange(0, 300).Draw(t, "steps") {
			k := keys.Draw(t, "key")
			if rapid.IntRange(0, 2).Draw(t, "delete") == 0 {
				_, there := model[k]
				if table.Delete(k) != there {
					t.Fatalf("deleting %d: it was there: %v", k, there)
				}
				delete(model, k)
				continue
			}
			value, added, err := table.Put(k)
			if err != nil {
				t.Fatal(err)
			}
			if _, there := model[k]; there == added {
				t.Fatalf("putting %d: added %v", k, added)
			}
			model[k]++
			if words > 0 {
				value[words-1]++
				if value[words-1] != model[k] {
					t.Fatalf("key %d has %d, want %d", k, value[words-1], model[k])
				}
			}
		}
		got := map[int64]uint64{}
		table.Each(func(k int64, value []uint64) {
			got[k] = model[k]
			if words > 0 {
				got[k] = value[words-1]
			}
		})
		if diff := cmp.Diff(model, got); diff != "" || table.Len() != len(model) {
			t.Fatalf("%d keys: %s", table.Len(), diff)
		}
		for k := range maps.Keys(model) {
			if table.Get(k) == nil {
				t.Fatalf("key %d is not found", k)
			}
			if _, other := model[k+1]; !other && table.Get(k+1) != nil {
				t.Fatalf("key %d is found", k+1)
			}
		}
		table.Reset()
		if table.Len() != 0 || table.Get(0) != nil || p.BytesOf(7) != 0 {
			t.Fatalf("after Reset: %d keys, %d bytes", table.Len(), p.BytesOf(7))
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRun(t *testing.T) {
	var r Run
	for range 2 {
		r.Put([]byte("a"), []byte("1"))
		r.Delete([]byte("b"))
		r.Put([]byte("c"), nil)
		if r.Len() != 3 || r.IsDeleted(0) || !r.IsDeleted(1) || r.IsDeleted(2) || r.Bytes() != 4 || string(r.Values.At(0)) != "1" {
			t.Errorf("%+v", r)
		}
		r.Reset()
	}
}

// BenchmarkGroup counts events in groups, as a view does: look up, add, count.
func BenchmarkGroup(b *testing.B) {
	for _, groups := range []int{10_000, 1_000_000} {
		keys := make([]int64, 1<<16)
		rng := rand.New(rand.NewPCG(1, 2))
		b.Run(fmt.Sprintf("table/groups=%d", groups), func(b *testing.B) {
			p := NewPool()
			t := NewIntTable(p, 1, 1)
			b.ReportAllocs()
			for b.Loop() {
				for i := range keys {
					keys[i] = rng.Int64N(int64(groups))
				}
				for _, k := range keys {
					v, _, err := t.Put(k)
					if err != nil {
						b.Fatal(err)
					}
					v[0]++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/row")
			t.Reset()
			closePool(b, p)
		})
		b.Run(fmt.Sprintf("map/groups=%d", groups), func(b *testing.B) {
			m := map[int64]int64{}
			b.ReportAllocs()
			for b.Loop() {
				for i := range keys {
					keys[i] = rng.Int64N(int64(groups))
				}
				for _, k := range keys {
					m[k]++
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/row")
		})
	}
}
