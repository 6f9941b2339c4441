package bench

import (
	"bytes"
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
	// whole is the text of the second that the last timestamp was in: most are in the same as the one before.
	whole  []byte
	second int64 // since 1970
	// fraction is room for its digits.
	fraction [8]byte
}

func (r *rows) bytes(v []byte) { r.text = append(append(r.text, v...), '\t') }

func (r *rows) string(v string) { r.text = append(append(r.text, v...), '\t') }

func (r *rows) null() { r.string(`\N`) }

func (r *rows) integer(n int64) { r.text = append(strconv.AppendInt(r.text, n, 10), '\t') }

// clock adds a timestamp; zone is what follows it.
func (r *rows) clock(micros int64, zone string) {
	if s := floorTo(micros, second) / second; s != r.second || r.whole == nil {
		r.second, r.whole = s, time.Unix(s, 0).UTC().AppendFormat(r.whole[:0], time.DateTime)
	}
	r.text = append(r.text, r.whole...)
	if fraction := micros - r.second*second; fraction > 0 {
		digits := strconv.AppendInt(r.fraction[:0], second+fraction, 10) // with a 1 in front
		digits[0] = '.'
		r.text = append(r.text, bytes.TrimRight(digits, "0")...)
	}
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
