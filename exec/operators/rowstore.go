package operators

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// rowStore keeps rows in an arena. A row is, in words: a head that is its user's, the bits of its nulls, a word for each column, then the bytes
// of the columns of kind Bytes, whose words hold where they are (from the beginning of the row) and their length. So a column of many
// rows is gathered in one loop.
type rowStore struct {
	arena
	kinds []types.Kind
	head  int // words
	fixed int // words before the bytes
	all   []int
	bytes []int
	ends  []int // scratch: of each row that is being copied, how much is there
	wide  bool  // a row of more than wideRow bytes was put: those that make a batch are to be weighed
}

// wideRow is how many bytes a row may have that is not weighed: batch.Rows of them are no more than batch.BytesMax.
const wideRow = batch.BytesMax / batch.Rows

// filling weighs the rows that are collected for a batch.
type filling struct{ bytes int }

// full tells whether the batch has enough with its n-th row, r, which takes some bytes beside those that are kept. It then begins anew.
func (f *filling) full(s *rowStore, r ref, n, beside int) bool {
	return (n >= batch.Rows || s.wide || beside > 0) && f.weigh(s, r, n, beside)
}

func (f *filling) weigh(s *rowStore, r ref, n, beside int) bool {
	if f.bytes += beside; s.wide {
		f.bytes += s.weight(r)
	}
	if n < batch.Rows && f.bytes < batch.BytesMax {
		return false
	}
	f.bytes = 0
	return true
}

// wideBatch is from how many bytes in a column on the rows of a batch are weighed that may be repeated: some may be long.
const wideBatch = 256 << 10

func isWide(b *batch.Batch) bool {
	return slices.ContainsFunc(b.Cols, func(v batch.Vec) bool { return len(v.Data) > wideBatch })
}

// weightOf is how many bytes row i of a batch has.
func weightOf(b *batch.Batch, i int) int {
	size := 0
	for c := range b.Cols {
		if v := &b.Cols[c]; v.Kind() == types.Bytes {
			size += int(v.Offsets[i+1] - v.Offsets[i])
		}
	}
	return size
}

// weight is how many bytes the columns of kind Bytes of a row have.
func (s *rowStore) weight(r ref) int {
	p, size := s.at(r), 0
	for _, c := range s.bytes {
		size += int(uint32(*word(p, s.slot(c))))
	}
	return size
}

func newRowStore(pool *state.Pool, owner state.Owner, columns []types.Type, head int) *rowStore {
	s := &rowStore{arena: newArena(pool, owner), head: head, fixed: head + (len(columns)+63)/64 + len(columns)}
	for i, t := range columns {
		s.kinds, s.all = append(s.kinds, t.Kind()), append(s.all, i)
		if t.Kind() == types.Bytes {
			s.bytes = append(s.bytes, i)
		}
	}
	return s
}

// wordAt is word i of a row's head.
func (s *rowStore) wordAt(r ref, i int) unsafe.Pointer { return unsafe.Pointer(word(s.at(r), i)) }

// slot is the number of the word of column c.
func (s *rowStore) slot(c int) int { return s.fixed - len(s.kinds) + c }

func (s *rowStore) isNull(p unsafe.Pointer, c int) bool {
	return *word(p, s.head+c>>6)&(1<<(c&63)) != 0
}

// bytesAt is the value of a column of kind Bytes, borrowed.
func (s *rowStore) bytesAt(p unsafe.Pointer, c int) []byte {
	w := *word(p, s.slot(c))
	return unsafe.Slice((*byte)(unsafe.Add(p, uintptr(w>>32))), int(uint32(w)))
}

// value is a value of a row, borrowed.
func (s *rowStore) value(p unsafe.Pointer, c int) types.Value {
	if s.isNull(p, c) {
		return types.NullValue
	}
	switch w := *word(p, s.slot(c)); s.kinds[c] {
	case types.Bool:
		return types.BoolValue(w != 0)
	case types.Int64:
		return types.IntValue(int64(w))
	case types.Float64:
		return types.FloatValue(math.Float64frombits(w))
	default:
		return types.BytesValue(s.bytesAt(p, c))
	}
}

// put copies row i of b: column c of the store is column cols[c] of b. The head is zeros.
func (s *rowStore) put(b *batch.Batch, cols []int, i int) (ref, error) {
	size := 0
	for _, c := range s.bytes {
		if v := &b.Cols[cols[c]]; !v.IsNull(i) {
			size += int(v.Offsets[i+1] - v.Offsets[i])
		}
	}
	s.wide = s.wide || size > wideRow
	r, err := s.alloc(max(2, s.fixed+(size+7)/8))
	if err != nil {
		return 0, err
	}
	p := s.at(r)
	clear(unsafe.Slice((*uint64)(p), s.slot(0)))
	at := s.fixed * 8
	for c, kind := range s.kinds {
		v, w := &b.Cols[cols[c]], word(p, s.slot(c))
		if v.IsNull(i) {
			*w = 0
			*word(p, s.head+c>>6) |= 1 << (c & 63)
			continue
		}
		switch kind {
		case types.Bool:
			*w = boolWord(v.Bools[i])
		case types.Int64:
			*w = uint64(v.Ints[i])
		case types.Float64:
			*w = math.Float64bits(v.Floats[i])
		case types.Bytes:
			x := v.BytesAt(i)
			*w = uint64(at)<<32 | uint64(len(x))
			copy(unsafe.Slice((*byte)(unsafe.Add(p, at)), len(x)), x)
			at += len(x)
		}
	}
	return r, nil
}

// putRows copies the rows of b that sel lists as put does, and appends where they are. It goes column by column: a few rows at a time stay in the first cache.
func (s *rowStore) putRows(dst []ref, b *batch.Batch, cols []int, sel []int32) ([]ref, error) {
	s.ends = slices.Grow(s.ends[:0], len(sel))[:len(sel)]
	clear(s.ends)
	for _, c := range s.bytes {
		v := &b.Cols[cols[c]]
		for n, i := range sel {
			if !v.IsNull(int(i)) {
				s.ends[n] += int(v.Offsets[i+1] - v.Offsets[i])
			}
		}
	}
	from := len(dst)
	for n, size := range s.ends {
		s.wide = s.wide || size > wideRow
		r, err := s.alloc(max(2, s.fixed+(size+7)/8))
		if err != nil {
			return dst, err
		}
		clear(unsafe.Slice((*uint64)(s.at(r)), s.slot(0)))
		dst = append(dst, r)
		s.ends[n] = s.fixed * 8
	}
	for c := range s.kinds {
		s.putColumn(dst[from:], c, &b.Cols[cols[c]], sel)
	}
	return dst, nil
}

// putColumn copies column c of rows whose other columns have been copied up to it.
func (s *rowStore) putColumn(rows []ref, c int, v *batch.Vec, sel []int32) {
	slot := s.slot(c)
	switch s.kinds[c] {
	case types.Bool:
		for n, i := range sel {
			*word(s.at(rows[n]), slot) = boolWord(v.Bools[i])
		}
	case types.Int64:
		for n, i := range sel {
			*word(s.at(rows[n]), slot) = uint64(v.Ints[i])
		}
	case types.Float64:
		for n, i := range sel {
			*word(s.at(rows[n]), slot) = math.Float64bits(v.Floats[i])
		}
	case types.Bytes:
		for n, i := range sel {
			p, at := s.at(rows[n]), s.ends[n]
			var x []byte
			if !v.IsNull(int(i)) {
				x = v.BytesAt(int(i))
			}
			*word(p, slot) = uint64(at)<<32 | uint64(len(x))
			s.ends[n] += copy(unsafe.Slice((*byte)(unsafe.Add(p, at)), len(x)), x)
		}
	}
	if !v.HasNulls() {
		return
	}
	for n, i := range sel {
		if v.IsNull(int(i)) {
			p := s.at(rows[n])
			*word(p, slot) = 0
			*word(p, s.head+c>>6) |= 1 << (c & 63)
		}
	}
}

func boolWord(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// remove frees a row.
func (s *rowStore) remove(r ref) {
	s.release(r, max(2, s.fixed+(s.weight(r)+7)/8))
}

// gather appends column c of rows to v.
func (s *rowStore) gather(v *batch.Vec, c int, rows []ref) {
	base, slot := v.Len(), s.slot(c)
	switch s.kinds[c] {
	case types.Bool:
		for _, r := range rows {
			v.Bools = append(v.Bools, *word(s.at(r), slot) != 0)
		}
	case types.Int64:
		for _, r := range rows {
			v.Ints = append(v.Ints, int64(*word(s.at(r), slot)))
		}
	case types.Float64:
		for _, r := range rows {
			v.Floats = append(v.Floats, math.Float64frombits(*word(s.at(r), slot)))
		}
	case types.Bytes:
		size := 0
		for _, r := range rows {
			size += int(uint32(*word(s.at(r), slot)))
		}
		v.GrowBytes(len(rows), size)
		for _, r := range rows {
			v.AppendBytes(s.bytesAt(s.at(r), c))
		}
	}
	nulls, bit := s.head+c>>6, uint64(1)<<(c&63)
	for i, r := range rows {
		if *word(s.at(r), nulls)&bit != 0 {
			v.SetNull(base + i)
		}
	}
}

// appendRows appends whole rows to the columns of b from column first on, and does not count them.
func (s *rowStore) appendRows(b *batch.Batch, first int, rows []ref) {
	for c := range s.kinds {
		s.gather(&b.Cols[first+c], c, rows)
	}
}

// same tells whether a row looks exactly as row i of b.
func (s *rowStore) same(r ref, b *batch.Batch, cols []int, i int) bool {
	p := s.at(r)
	for c, kind := range s.kinds {
		v, w := &b.Cols[cols[c]], *word(p, s.slot(c))
		null := v.IsNull(i)
		if null != s.isNull(p, c) {
			return false
		}
		if null {
			continue
		}
		same := false
		switch kind {
		case types.Bool:
			same = w == boolWord(v.Bools[i])
		case types.Int64:
			same = w == uint64(v.Ints[i])
		case types.Float64:
			same = w == math.Float64bits(v.Floats[i])
		case types.Bytes:
			same = bytes.Equal(s.bytesAt(p, c), v.BytesAt(i))
		}
		if !same {
			return false
		}
	}
	return true
}

// appendState appends a row in the form of state.AppendRow.
func (s *rowStore) appendState(dst []byte, r ref) []byte { return s.appendColumns(dst, r, s.all, 0) }

// appendColumns appends some columns of a row in the form of state.AppendRow. The one behind the last has the value number.
func (s *rowStore) appendColumns(dst []byte, r ref, cols []int, number int64) []byte {
	p, at := s.at(r), len(dst)
	for range (len(cols) + 7) / 8 {
		dst = append(dst, 0)
	}
	for n, c := range cols {
		if c == len(s.kinds) {
			dst = binary.AppendVarint(dst, number)
			continue
		}
		if s.isNull(p, c) {
			dst[at+n/8] |= 1 << (n % 8)
			continue
		}
		w := *word(p, s.slot(c))
		switch s.kinds[c] {
		case types.Bool:
			dst = append(dst, byte(w))
		case types.Int64:
			dst = binary.AppendVarint(dst, int64(w))
		case types.Float64:
			dst = binary.LittleEndian.AppendUint64(dst, w)
		case types.Bytes:
			x := s.bytesAt(p, c)
			dst = binary.AppendUvarint(dst, uint64(len(x)))
			dst = append(dst, x...)
		}
	}
	return dst
}

const hashOfNull = 0x5bd1e995

// hashRows appends a hash of the exact look of each row of b.
func hashRows(dst []uint64, b *batch.Batch, cols []int) []uint64 {
	from := len(dst)
	for range b.Len() {
		dst = append(dst, 0)
	}
	hashes := dst[from:]
	for _, c := range cols {
		v := &b.Cols[c]
		nulls := v.HasNulls()
		for i := range hashes {
			x := uint64(hashOfNull)
			if !nulls || !v.IsNull(i) {
				switch v.Kind() {
				case types.Bool:
					x = boolWord(v.Bools[i])
				case types.Int64:
					x = uint64(v.Ints[i])
				case types.Float64:
					x = math.Float64bits(v.Floats[i])
				case types.Bytes:
					x = key.HashBytes(v.BytesAt(i))
				}
			}
			h := (bits.RotateLeft64(hashes[i], 29) ^ x) * 0x9e3779b97f4a7c15
			hashes[i] = h ^ h>>32
		}
	}
	return dst
}

// identity is 0, 1, 2, ..., n-1.
func identity(n int) []int {
	cols := make([]int, n)
	for i := range cols {
		cols[i] = i
	}
	return cols
}
