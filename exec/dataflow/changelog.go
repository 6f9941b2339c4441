package dataflow

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// The changelog: an epoch's commit holds the net changes of each relation that keeps history and of each sink that must be given again
// what it has not taken. Readers go over it epoch by epoch (docs/formats.md has the form of its pieces).

const (
	// pieceVersion is the version of the form of a piece of the log.
	pieceVersion = 1
	// pieceHead is the length of what a piece begins with: the version and the time of the tick.
	pieceHead = 1 + 8
	// pieceBytes is about how long a piece gets: a value that a reader holds whole, and that Pebble stores well. A row that is longer
	// has a piece of its own.
	pieceBytes = 64 << 10
	// chunkBytes is about how often an encoder notes where a row begins, at which a piece may begin.
	chunkBytes = 16 << 10
)

// changeEncoder takes the net changes of a tick on one worker. What leaves and what comes lie apart, since an epoch's log has all
// that leaves before all that comes: who applies it in order never has a key twice.
type changeEncoder struct {
	cols       []int
	gone, came chunks
}

// chunks are encoded rows, with the places at which they may be cut.
type chunks struct {
	data []byte
	cuts []int
}

func newChangeEncoder(columns int) *changeEncoder {
	e := &changeEncoder{cols: make([]int, columns)}
	for i := range e.cols {
		e.cols[i] = i
	}
	return e
}

// add appends the changes of a batch.
func (e *changeEncoder) add(b *batch.Batch) {
	for i := range b.Len() {
		if diff := b.DiffAt(i); diff < 0 {
			e.gone.add(diff, b, e.cols, i)
		} else {
			e.came.add(diff, b, e.cols, i)
		}
	}
}

func (c *chunks) add(diff int64, b *batch.Batch, cols []int, i int) {
	last := 0
	if n := len(c.cuts); n > 0 {
		last = c.cuts[n-1]
	}
	if len(c.data)-last >= chunkBytes {
		c.cuts = append(c.cuts, len(c.data))
	}
	c.data = binary.AppendVarint(c.data, diff)
	c.data = state.AppendRow(c.data, b, cols, i)
}

func (c *chunks) reset() {
	const kept = 1 << 20 // what one large tick has needed is given back
	if cap(c.data) > kept {
		c.data = nil
	}
	c.data, c.cuts = c.data[:0], c.cuts[:0]
}

// pieces makes the pieces of an epoch's log out of what the workers have encoded.
type pieces struct {
	now  int64
	list [][]byte
	// free are buffers to use again.
	free *[][]byte
}

// add appends encoded rows.
func (p *pieces) add(c *chunks) {
	from := 0
	for n := 0; from < len(c.data); n++ {
		to := len(c.data)
		if n < len(c.cuts) {
			to = c.cuts[n]
		}
		p.append(c.data[from:to])
		from = to
	}
}

func (p *pieces) append(rows []byte) {
	n := len(p.list) - 1
	if n < 0 || len(p.list[n])+len(rows) > pieceBytes && len(p.list[n]) > pieceHead {
		p.list = append(p.list, binary.BigEndian.AppendUint64(append(p.buffer(), pieceVersion), uint64(p.now)))
		n++
	}
	p.list[n] = append(p.list[n], rows...)
}

func (p *pieces) buffer() []byte {
	if n := len(*p.free); n > 0 {
		b := (*p.free)[n-1]
		*p.free = (*p.free)[:n-1]
		return b[:0]
	}
	return nil
}

// piecesFree is how many buffers of pieces are kept.
const piecesFree = 64

// release takes buffers back that nobody looks at any more.
func release(free *[][]byte, list [][]byte) {
	for _, b := range list {
		if len(*free) < piecesFree && cap(b) <= 2*pieceBytes {
			*free = append(*free, b)
		}
	}
}

// pieceTime answers the time of the tick that has written a piece.
func pieceTime(piece []byte) (int64, error) {
	if len(piece) < pieceHead || piece[0] != pieceVersion {
		return 0, invariants.Errorf("malformed piece of a log: %x", piece[:min(len(piece), pieceHead)])
	}
	return int64(binary.BigEndian.Uint64(piece[1:])), nil
}

// pieceDecoder makes batches of pieces.
type pieceDecoder struct {
	kinds []types.Kind
	dst   []*batch.Vec
	out   *batch.Batch
}

func newPieceDecoder(columns []types.Type) *pieceDecoder {
	d := &pieceDecoder{out: batch.New(columns...)}
	for i := range d.out.Cols {
		d.dst = append(d.dst, &d.out.Cols[i])
		d.kinds = append(d.kinds, d.out.Cols[i].Kind())
	}
	return d
}

// decode calls emit for the rows of a piece, in batches that are borrowed.
func (d *pieceDecoder) decode(piece []byte, emit func(b *batch.Batch) error) error {
	if _, err := pieceTime(piece); err != nil {
		return err
	}
	rest := piece[pieceHead:]
	for len(rest) > 0 {
		d.out.Reset()
		for len(rest) > 0 && !d.out.Full() {
			diff, n := binary.Varint(rest)
			if n <= 0 {
				return invariants.Errorf("a piece of a log is cut off")
			}
			var err error
			if rest, err = state.DecodeRow(d.dst, d.kinds, rest[n:]); err != nil {
				return err
			}
			d.out.AppendDiff(diff)
		}
		if err := emit(d.out); err != nil {
			return err
		}
	}
	return nil
}

// AppendRow appends columns of row i in a form that is the same for equal rows, and for no others.
func AppendRow(dst []byte, b *batch.Batch, cols []int, i int) []byte {
	return state.AppendRow(dst, b, cols, i)
}
