package file

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/freshetdb/freshet/connector"
)

// headSize is how much of a file's beginning tells it from others.
const headSize = 1024

// place is an offset in parts. It is stored as generation (4 bytes), position (8), length of the head (2) and its hash (8), all
// big-endian, so that later places are greater by bytes.
type place struct {
	generation uint32
	position   int64
	headLength uint16
	headHash   uint64 // FNV-1a
}

const placeSize = 4 + 8 + 2 + 8

func (p place) append(dst []byte) connector.Offset {
	dst = binary.BigEndian.AppendUint32(dst, p.generation)
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.position))
	dst = binary.BigEndian.AppendUint16(dst, p.headLength)
	return binary.BigEndian.AppendUint64(dst, p.headHash)
}

// parsePlace reads an offset; nil is the beginning.
func parsePlace(o connector.Offset) (place, error) {
	if o == nil {
		return place{}, nil
	}
	if len(o) != placeSize {
		return place{}, fmt.Errorf("stored offset of a file has %d bytes, not %d", len(o), placeSize)
	}
	p := place{
		generation: binary.BigEndian.Uint32(o),
		position:   int64(binary.BigEndian.Uint64(o[4:])),
		headLength: binary.BigEndian.Uint16(o[12:]),
		headHash:   binary.BigEndian.Uint64(o[14:]),
	}
	if p.position < 0 || p.headLength > headSize {
		return place{}, fmt.Errorf("stored offset of a file is damaged: %x", []byte(o))
	}
	return p, nil
}

func hashHead(head []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(head) // never fails
	return h.Sum64()
}

// generationShift places the generation above the position in the offset of a row.
const generationShift = 48
