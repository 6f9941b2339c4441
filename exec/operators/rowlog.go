package operators

import (
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// rowLog keeps rows that come, are never taken back, and may expire, in the order in which they come: columns in chunks, of which the first is dropped
// when all its rows have expired. Rows are found by a hash: a table has the last row of each slot, and each row the one before it. Nothing is
// taken out of these chains: places rise, and what lies before the first chunk is the end of a chain.
//
// A place is the number of the chunk and, in its lower bits, of the row in it.
type rowLog struct {
	heads   refSlots
	columns []types.Type
	expires bool // rows have bounds
	chunks  []*logChunk
	first   uint32 // the number of chunks[0]
	rows    int    // of all chunks
	sweepAt int    // above how many rows those that have expired are looked for
	// repeated tells that some row is there more than once.
	repeated bool
	// rated tells that rows have the rank of the best partner that they were given (bestPairs).
	rated  bool
	placed bool      // added is wanted
	added  []ref     // where the rows of the last batch are
	spare  *logChunk // one that was dropped, without memory
	moving *batch.Batch
	hashes []uint64
	bounds []int64
	best   []uint64
	sel    []int32
}

// logChunk is a piece of a log. Its slices lie in memory of the pool.
type logChunk struct {
	memory state.Chunk
	data   []state.Chunk // by column: the bytes of kind Bytes; nil if there are none, or on the heap
	rows   batch.Batch
	links  []logLink
	bounds []int64
	best   []uint64
	last   int64 // the greatest bound
}

// logLink is a row's hash and the row before it in its chain.
type logLink struct {
	hash uint32
	next ref
}

const (
	logShift    = 13 // log2 of the most rows of a chunk
	logRows     = 1 << logShift
	logMinBytes = 4 << 10
	logMaxBytes = 256 << 10
	// logMostChunks leaves room for as many to come in one tick before places end: 64 GiB.
	logMostChunks = 1 << (31 - logShift)
)

// Tests have few rows, and set these lower.
var (
	logChunkRows = logRows // the most rows of a chunk
	logSlack     = logRows // how many expired rows are not worth a sweep
	// logNumbers is how far chunks are numbered before they are numbered anew.
	logNumbers uint32 = logMostChunks
)

func newRowLog(pool *state.Pool, owner state.Owner, columns []types.Type, expires bool) rowLog {
	return rowLog{heads: refSlots{pool: pool, owner: owner}, columns: columns, expires: expires, first: 1, moving: batch.New(columns...)}
}

// chunk is the chunk of a place.
func (l *rowLog) chunk(r ref) *logChunk { return l.chunks[uint32(r>>logShift)-l.first] }

// has tells whether a place is one of the log's, and not the end of a chain.
func (l *rowLog) has(r ref) bool { return uint32(r>>logShift)-l.first < uint32(len(l.chunks)) }

// head is the last row of the chain of a hash, or the end of it.
func (l *rowLog) head(hash uint32) ref {
	if l.heads.slots == nil {
		return 0
	}
	return *l.heads.slot(hash & l.heads.mask)
}

// end is where the next row goes at the earliest.
func (l *rowLog) end() ref {
	n := len(l.chunks)
	if n == 0 {
		return ref(l.first << logShift)
	}
	return ref((l.first+uint32(n)-1)<<logShift + uint32(len(l.chunks[n-1].links)))
}

// append copies rows with their hashes, and their bounds if they expire.
func (l *rowLog) append(b *batch.Batch, hashes []uint64, bounds []int64) error {
	if n := l.rows + b.Len(); uint64(n) > l.heads.size() {
		if err := l.rehash(2 * n); err != nil {
			return err
		}
	}
	l.repeated = l.repeated || len(b.Diff) > 0
	l.added = l.added[:0]
	for from := 0; from < b.Len(); {
		c, n, err := l.room(b, from)
		if err != nil {
			return err
		}
		at := len(c.links)
		c.append(b, from, from+n)
		if l.expires {
			c.bounds = append(c.bounds, bounds[from:from+n]...)
			c.last = max(c.last, slices.Max(bounds[from:from+n]))
		}
		for _, h := range hashes[from : from+n] {
			c.links = append(c.links, logLink{hash: uint32(h)})
		}
		base := ref((l.first + uint32(len(l.chunks)) - 1) << logShift)
		l.chain(c, base, at)
		if l.rated {
			for range n {
				c.best = append(c.best, noBest)
			}
		}
		for i := at; l.placed && i < len(c.links); i++ {
			l.added = append(l.added, base+ref(i))
		}
		l.rows += n
		from += n
	}
	return nil
}

// chain puts the rows of a chunk from one on into their chains. base is the place of the first one of the chunk. What a chain ends in may have been
// dropped meanwhile: that is not looked at here, where it could not be foreseen, but by those who walk along it.
func (l *rowLog) chain(c *logChunk, base ref, from int) {
	for i := from; i < len(c.links); i++ {
		link := &c.links[i]
		head := l.heads.slot(link.hash & l.heads.mask)
		link.next, *head = *head, base+ref(i)
	}
}

// rehash makes the table one of at least that many slots.
func (l *rowLog) rehash(slots int) error {
	old, err := l.heads.renew(1 << bits.Len(uint(max(slots, minRefSlots)-1)))
	if err != nil {
		return err
	}
	old.give()
	for i, c := range l.chunks {
		l.chain(c, ref((l.first+uint32(i))<<logShift), 0)
	}
	return nil
}

// room returns the chunk to append to, and how many rows of b from one on fit it.
func (l *rowLog) room(b *batch.Batch, from int) (*logChunk, int, error) {
	if n := len(l.chunks); n > 0 {
		c := l.chunks[n-1]
		fit, err := l.fit(c, b, from)
		if fit > 0 || err != nil {
			return c, fit, err
		}
	}
	c, err := l.open()
	if err != nil {
		return nil, 0, err
	}
	fit, err := l.fit(c, b, from)
	return c, fit, err
}

// open begins a chunk: small ones first, so that few rows take little.
func (l *rowLog) open() (*logChunk, error) {
	if len(l.chunks) >= logMostChunks {
		return nil, errStateFull
	}
	size, n := logMinBytes, l.rows
	for ; n > 0 && size < logMaxBytes; n /= 2 {
		size *= 2
	}
	memory, err := l.heads.pool.GetPiece(l.heads.owner, size)
	if err != nil {
		return nil, err
	}
	c := l.spare
	if l.spare = nil; c == nil {
		c = &logChunk{data: make([]state.Chunk, len(l.columns)), rows: *batch.New(l.columns...)}
	}
	c.memory, c.last = memory, math.MinInt64
	c.carve(l.columns, l.expires, l.rated)
	l.chunks = append(l.chunks, c)
	return c, nil
}

// carve cuts the chunk's memory into its slices.
func (c *logChunk) carve(columns []types.Type, bounds, rated bool) {
	row, spare := 64, 24 // the bits of a row; bytes that alignment may take
	if bounds {
		row += 64
	}
	if rated {
		row += 64
	}
	for _, t := range columns {
		switch t.Kind() {
		case types.Bool:
			row += 9
		case types.Int64, types.Float64:
			row += 65
		case types.Bytes:
			row += 33
		}
		spare += 24
	}
	n := min((len(c.memory)-spare)*8/row, logChunkRows)
	at := 0
	c.links = carve[logLink](c.memory, &at, n)
	if bounds {
		c.bounds = carve[int64](c.memory, &at, n)
	}
	if rated {
		c.best = carve[uint64](c.memory, &at, n)
	}
	for i := range c.rows.Cols {
		v := &c.rows.Cols[i]
		switch v.Kind() {
		case types.Bool:
			v.Bools = carve[bool](c.memory, &at, n)
		case types.Int64:
			v.Ints = carve[int64](c.memory, &at, n)
		case types.Float64:
			v.Floats = carve[float64](c.memory, &at, n)
		case types.Bytes:
			v.Offsets, v.Data = append(carve[uint32](c.memory, &at, n+1), 0), nil
		}
		v.Nulls = carve[uint64](c.memory, &at, (n+63)/64)
	}
}

// carve makes an empty slice with room for n elements in memory from *at on, and moves *at behind it.
func carve[T any](memory []byte, at *int, n int) []T {
	var zero T
	size := n * int(unsafe.Sizeof(zero))
	s := unsafe.Slice((*T)(unsafe.Pointer(&memory[*at])), n)[:0:n]
	*at += (size + 7) &^ 7
	invariants.Assertf(*at <= len(memory), "a chunk of %d bytes is too small", len(memory))
	return s
}

// fit tells how many rows of b from one on fit a chunk, and makes room for their bytes.
func (l *rowLog) fit(c *logChunk, b *batch.Batch, from int) (int, error) {
	n := min(b.Len()-from, cap(c.links)-len(c.links))
	for i := range l.columns {
		v := &c.rows.Cols[i]
		if v.Kind() != types.Bytes || n == 0 {
			continue
		}
		src := b.Cols[i].Offsets
		for n > 0 && len(v.Data)+int(src[from+n]-src[from]) > state.ChunkBytes {
			if n == 1 && len(c.links) == 0 {
				return 1, nil // a row of such a size is on the heap, alone
			}
			n /= 2
		}
		if err := l.makeRoom(c, i, int(src[from+n]-src[from])); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// makeRoom gives a column room for some more bytes.
func (l *rowLog) makeRoom(c *logChunk, i, size int) error {
	v := &c.rows.Cols[i]
	if len(v.Data)+size <= cap(v.Data) {
		return nil
	}
	memory, err := l.heads.pool.GetPiece(l.heads.owner, len(v.Data)+size)
	if err != nil {
		return err
	}
	v.Data = append(memory[:0], v.Data...)
	if c.data[i] != nil {
		l.heads.pool.Put(l.heads.owner, c.data[i])
	}
	c.data[i] = memory
	return nil
}

// append copies rows of b, which fit.
func (c *logChunk) append(b *batch.Batch, from, to int) {
	for i := range c.rows.Cols {
		c.rows.Cols[i].AppendRange(&b.Cols[i], from, to)
	}
	if len(b.Diff) > 0 || len(c.rows.Diff) > 0 { // seldom, so that it may be on the heap
		for len(c.rows.Diff) < len(c.links) {
			c.rows.Diff = append(c.rows.Diff, 1)
		}
		for i := from; i < to; i++ {
			c.rows.Diff = append(c.rows.Diff, b.DiffAt(i))
		}
	}
	c.rows.SetLen(len(c.links) + to - from)
}

// bestAt is the rank of the best partner of a row.
func (l *rowLog) bestAt(r ref) *uint64 { return &l.chunk(r).best[r&(logRows-1)] }

// diff is how often a row is there.
func (l *rowLog) diff(r ref) int64 { return l.chunk(r).rows.DiffAt(int(r & (logRows - 1))) }

// gather appends column i of rows to v.
func (l *rowLog) gather(v *batch.Vec, i int, rows []ref) {
	base, nulls := v.Len(), false
	switch v.Kind() {
	case types.Bool:
		for _, r := range rows {
			v.Bools = append(v.Bools, l.chunk(r).rows.Cols[i].Bools[r&(logRows-1)])
		}
	case types.Int64:
		var ints []int64 // of the chunk of the row before, which is mostly that of the next one
		of := ref(0)
		for _, r := range rows {
			if r>>logShift != of {
				of, ints = r>>logShift, l.chunk(r).rows.Cols[i].Ints
			}
			v.Ints = append(v.Ints, ints[r&(logRows-1)])
		}
	case types.Float64:
		for _, r := range rows {
			v.Floats = append(v.Floats, l.chunk(r).rows.Cols[i].Floats[r&(logRows-1)])
		}
	case types.Bytes:
		l.gatherBytes(v, i, rows)
	}
	for _, c := range l.chunks {
		nulls = nulls || c.rows.Cols[i].HasNulls()
	}
	if !nulls {
		return
	}
	for n, r := range rows {
		if l.chunk(r).rows.Cols[i].IsNull(int(r & (logRows - 1))) {
			v.SetNull(base + n)
		}
	}
}

// gatherBytes makes room for all values at once.
func (l *rowLog) gatherBytes(v *batch.Vec, i int, rows []ref) {
	var src *batch.Vec // of the chunk of the row before
	of, size := ref(0), 0
	for _, r := range rows {
		if r>>logShift != of {
			of, src = r>>logShift, &l.chunk(r).rows.Cols[i]
		}
		k := r & (logRows - 1)
		size += int(src.Offsets[k+1] - src.Offsets[k])
	}
	v.GrowBytes(len(rows), size)
	of = 0
	for _, r := range rows {
		if r>>logShift != of {
			of, src = r>>logShift, &l.chunk(r).rows.Cols[i]
		}
		v.AppendBytes(src.BytesAt(int(r & (logRows - 1))))
	}
}

// drop takes the first chunks away.
func (l *rowLog) drop(n int) {
	for _, c := range l.chunks[:n] {
		l.rows -= len(c.links)
		for i, data := range c.data {
			if data != nil {
				l.heads.pool.Put(l.heads.owner, data)
				c.data[i] = nil
			}
		}
		l.heads.pool.Put(l.heads.owner, c.memory)
		c.rows.Reset()
		l.spare = c
	}
	l.chunks = slices.Delete(l.chunks, 0, n)
	l.first += uint32(n)
}

// expire drops what has expired at a watermark. Where some rows stay for long among many that have gone, they are moved to the end.
func (l *rowLog) expire(watermark int64) error {
	n := 0
	for n < len(l.chunks) && l.chunks[n].last <= watermark {
		n++
	}
	l.drop(n)
	if l.rows > l.sweepAt {
		if err := l.sweep(watermark); err != nil {
			return err
		}
	}
	if l.first+uint32(len(l.chunks)) < logNumbers {
		return nil
	}
	l.first = 1
	return l.rehash(l.rows)
}

// sweep moves rows from the first chunks to the end until at most half as many have expired as have not. The next sweep is when as many have:
// so each row that is moved is paid for by one that came.
func (l *rowLog) sweep(watermark int64) error {
	living := 0
	for _, c := range l.chunks {
		living += c.living(watermark)
	}
	for l.rows > living+living/2+logSlack {
		c := l.chunks[0]
		l.sel, l.hashes, l.bounds, l.best = l.sel[:0], l.hashes[:0], l.bounds[:0], l.best[:0]
		for i, bound := range c.bounds {
			if bound > watermark {
				l.sel, l.hashes, l.bounds = append(l.sel, int32(i)), append(l.hashes, uint64(c.links[i].hash)), append(l.bounds, bound)
				if l.rated {
					l.best = append(l.best, c.best[i])
				}
			}
		}
		l.moving.Reset()
		l.moving.Gather(&c.rows, l.sel)
		l.drop(1)
		if err := l.append(l.moving, l.hashes, l.bounds); err != nil {
			return err
		}
		for i, best := range l.best {
			*l.bestAt(l.added[i]) = best
		}
	}
	l.sweepAt = 2*living + 2*logSlack
	return nil
}

// living counts the rows of a chunk that have not expired.
func (c *logChunk) living(watermark int64) int {
	if c.last <= watermark {
		return 0
	}
	n := 0
	for _, bound := range c.bounds {
		if bound > watermark {
			n++
		}
	}
	return n
}
