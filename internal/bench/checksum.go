package bench

import (
	"fmt"
	"hash/maphash"
)

// checksum identifies a bag of rows, in whatever order they come: their number, and the sums of two hashes of their texts.
type checksum struct {
	rows int64
	sums [2]uint64
}

// hasher makes checksums that can be compared with each other.
type hasher struct{ seeds [2]maphash.Seed }

func newHasher() *hasher { return &hasher{[2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}} }

// add adds a row: its values as PostgreSQL's COPY writes them, with tabs between.
func (h *hasher) add(c *checksum, row []byte) {
	c.rows++
	for i, seed := range h.seeds {
		c.sums[i] += maphash.Bytes(seed, row)
	}
}

func (c checksum) String() string { return fmt.Sprintf("%d rows, %016x", c.rows, c.sums[0]) }
