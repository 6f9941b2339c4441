package server

import (
	"testing"

	"github.com/freshetdb/freshet/storage/state"
)

// TestHeapLimit: what state takes is taken from the heap's limit, down to an eighth of all.
func TestHeapLimit(t *testing.T) {
	c := Config{MemoryLimit: 256 << 20}
	pool := state.NewPool()
	defer func() {
		pool.Drop(1)
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}()
	limit := c.heapLimit(0)
	pool.OnGrow(func(mapped int64) { limit = c.heapLimit(mapped) })
	for taken := int64(0); taken < 512<<20; taken += state.ChunkBytes {
		if _, err := pool.Get(1); err != nil {
			t.Fatal(err)
		}
		if limit+pool.Bytes() > c.MemoryLimit && limit != c.MemoryLimit/8 {
			t.Fatalf("the heap may take %d of %d bytes when state takes %d", limit, c.MemoryLimit, pool.Bytes())
		}
	}
	if limit != c.MemoryLimit/8 {
		t.Errorf("limit is %d at the end", limit)
	}
}
