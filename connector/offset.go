package connector

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Offset is a place in a partition, in the connector's own encoding. Of two offsets of one partition the later one is the greater
// one by bytes. nil is the beginning. It is stored with each epoch, so its form is part of a connector's compatibility.
type Offset []byte

// Compare orders the offsets of one partition.
func (o Offset) Compare(other Offset) int { return bytes.Compare(o, other) }

// NumberOffset is the offset of connectors that count: 8 bytes, big-endian.
func NumberOffset(n uint64) Offset { return binary.BigEndian.AppendUint64(nil, n) }

// Number reads a NumberOffset; nil is 0.
func (o Offset) Number() (uint64, error) {
	switch len(o) {
	case 0:
		return 0, nil
	case 8:
		return binary.BigEndian.Uint64(o), nil
	default:
		return 0, fmt.Errorf("stored offset has %d bytes, not 8", len(o))
	}
}
