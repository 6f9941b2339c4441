package bench

import (
	"fmt"
	"hash/maphash"
	"strconv"
	"time"
)

// checksum identifies a bag of rows, in whatever order they come: their number, and the sums of two hashes of their texts.
type checksum struct {
	rows int64
	sums [2]uint64
}

func (c checksum) String() string { return fmt.Sprintf("%d rows, checksum %016x", c.rows, c.sums[0]) }

// seeds make checksums that can be compared with each other.
type seeds [2]maphash.Seed

func newSeeds() *seeds { return &seeds{maphash.MakeSeed(), maphash.MakeSeed()} }

// rows adds rows up: for each its values, as PostgreSQL writes them, and then end.
type rows struct {
	seeds *seeds
	sum   checksum
	text  []byte
	// width is how many bytes the values of all rows have as text.
	width int64
}

func (r *rows) bytes(v []byte) { r.text = append(append(r.text, v...), '\t') }

func (r *rows) string(v string) { r.text = append(append(r.text, v...), '\t') }

func (r *rows) null() { r.string(`\N`) }

func (r *rows) integer(n int64) { r.text = append(strconv.AppendInt(r.text, n, 10), '\t') }

// clock adds a timestamp; zone is what follows it.
func (r *rows) clock(micros int64, zone string) {
	r.text = time.UnixMicro(micros).UTC().AppendFormat(r.text, "2006-01-02 15:04:05.999999")
	r.string(zone)
}

func (r *rows) end() { r.endTimes(1) }

// endTimes ends a row that is there n times.
func (r *rows) endTimes(n int64) {
	r.sum.rows += n
	for i, seed := range r.seeds {
		r.sum.sums[i] += maphash.Bytes(seed, r.text) * uint64(n)
	}
	r.width += n * int64(len(r.text))
	r.text = r.text[:0]
}
