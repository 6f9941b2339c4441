package state

import "testing"

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
