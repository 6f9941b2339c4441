package state

import (
	"math/bits"
	"unsafe"
)

// Blobs holds byte strings of any length that come and go, in memory of a pool. A blob has a reference, which is never 0 and stays
// the same until the blob is set or freed. What is freed is used again for others of about the size. One goroutine uses it.
type Blobs struct {
	pool  *Pool
	owner Owner

	chunks []Chunk
	at     int // where the next blob goes in the last chunk
	free   [blobClasses]uint64
	large  [][]byte // blobs that fit no chunk, on the Go heap
}

// A blob is a header of 8 bytes (length, size class) and its bytes, in a place whose size is that of its class: four classes for each
// doubling, so that at most a fifth is lost. A free place has the reference of the next one behind its header.
const (
	blobHeader  = 8
	blobUnit    = 16
	blobClasses = 4 * 16
	largeBlob   = 1 << 63
)

// NewBlobs returns an empty heap.
func NewBlobs(pool *Pool, owner Owner) *Blobs { return &Blobs{pool: pool, owner: owner} }

// blobClass is the class of a size with its header, and the size of the class.
func blobClass(size int) (class, bytes int) {
	units := (size + blobUnit - 1) / blobUnit
	if units <= 4 {
		return units - 1, units * blobUnit
	}
	shift := bits.Len(uint(units-1)) - 3
	quarters := (units + 1<<shift - 1) >> shift // 5 to 8
	return 4*shift + quarters - 1, quarters << shift * blobUnit
}

// header is the header of a blob that is not large.
func (h *Blobs) header(ref uint64) unsafe.Pointer {
	at := ref - 1
	return unsafe.Pointer(&h.chunks[at/ChunkBytes][at%ChunkBytes])
}

// Get returns the bytes of a blob, to be read and written until the blob is set or freed. They are aligned to 8 bytes. 0 is no blob, and has none.
func (h *Blobs) Get(ref uint64) []byte {
	switch {
	case ref == 0:
		return nil
	case ref&largeBlob != 0:
		return h.large[ref&^largeBlob]
	}
	p := h.header(ref)
	return unsafe.Slice((*byte)(unsafe.Add(p, blobHeader)), *(*uint32)(p))
}

// Set makes the bytes of a blob those of b, which must not be its own, and returns its reference, which may be another one. Ref 0 makes a new
// blob. The error is that there is no more memory; the blob is then as before.
func (h *Blobs) Set(ref uint64, b []byte) (uint64, error) {
	class, size := blobClass(len(b) + blobHeader)
	if ref != 0 {
		if ref&largeBlob == 0 && size <= ChunkBytes {
			if p := h.header(ref); *(*uint32)(unsafe.Add(p, 4)) == uint32(class) {
				*(*uint32)(p) = uint32(len(b))
				copy(h.Get(ref), b)
				return ref, nil
			}
		}
	}
	fresh, err := h.add(class, size, b)
	if err != nil {
		return ref, err
	}
	h.Free(ref)
	return fresh, nil
}

func (h *Blobs) add(class, size int, b []byte) (uint64, error) {
	if size > ChunkBytes {
		h.large = append(h.large, append([]byte(nil), b...))
		return largeBlob | uint64(len(h.large)-1), nil
	}
	ref := h.free[class]
	if ref != 0 {
		h.free[class] = *(*uint64)(unsafe.Add(h.header(ref), blobHeader))
	} else {
		if len(h.chunks) == 0 || h.at+size > len(h.chunks[len(h.chunks)-1]) {
			want := PieceBytes << min(len(h.chunks), pieceClasses-1)
			c, err := h.pool.GetPiece(h.owner, max(want, size))
			if err != nil {
				return 0, err
			}
			h.chunks, h.at = append(h.chunks, c), 0
		}
		ref = uint64(len(h.chunks)-1)*ChunkBytes + uint64(h.at) + 1
		h.at += size
	}
	p := h.header(ref)
	*(*uint32)(p), *(*uint32)(unsafe.Add(p, 4)) = uint32(len(b)), uint32(class)
	copy(h.Get(ref), b)
	return ref, nil
}

// Free takes a blob away. 0 is none.
func (h *Blobs) Free(ref uint64) {
	switch {
	case ref == 0:
	case ref&largeBlob != 0:
		h.large[ref&^largeBlob] = nil
	default:
		p := h.header(ref)
		class := *(*uint32)(unsafe.Add(p, 4))
		*(*uint64)(unsafe.Add(p, blobHeader)) = h.free[class]
		h.free[class] = ref
	}
}

// Reset takes all blobs away and gives their memory back.
func (h *Blobs) Reset() {
	for _, c := range h.chunks {
		h.pool.Put(h.owner, c)
	}
	*h = Blobs{pool: h.pool, owner: h.owner}
}
