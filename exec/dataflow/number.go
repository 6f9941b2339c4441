package dataflow

import (
	"sync"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/state"
)

// numbersBits is how many numbers an epoch has for the rows of one relation: 134 million. The epochs have the other 36 bits.
const numbersBits = 27

// blockNumbers is how many numbers a worker takes at a time: a power of two. What it does not use of them is lost. Tests have few rows, and set it
// and numberedRunBytes lower.
var blockNumbers int64 = 1 << 16

// numberedRunBytes is the size at which a run of numbered rows ends and the next begins: buffers of about that size are used again and again, and
// none grows by being copied. Storage makes a file of each.
var numberedRunBytes = 4 << 20

// rowNumbers gives the rows of an append-only view numbers, by which they lie in the store (flow.Relation.Numbered). They grow with
// the epochs, so that what is written lies behind what is there, and nothing need be looked up. Workers take them in blocks: the rows
// of a block follow on each other in one run.
type rowNumbers struct {
	mu      sync.Mutex
	running uint64 // the epoch of the tick that runs
	epoch   uint64 // that rows came in last
	used    int64
	rows    int
}

// begin tells the epoch of the tick that begins.
func (x *rowNumbers) begin(epoch uint64) { x.running = epoch }

// take answers the first number of a block.
func (x *rowNumbers) take() (int64, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.running != x.epoch {
		x.epoch, x.used, x.rows = x.running, 0, 0
	}
	first := int64(x.epoch)<<numbersBits + x.used
	x.used += blockNumbers
	if x.used > 1<<numbersBits || x.epoch >= 1<<(63-numbersBits) {
		return 0, invariants.Errorf("epoch %d has no numbers for more than %d rows", x.epoch, x.rows)
	}
	return first, nil
}

// came counts rows that have got their numbers.
func (x *rowNumbers) came(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rows += n
}

// last is how many rows came in the last epoch with any.
func (x *rowNumbers) last() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.rows
}

// numberer is what a worker needs to number rows.
type numberer struct {
	next, end int64 // what is left of its block
	numbers   batch.Vec
	numbered  batch.Batch  // the rows that were pushed, with their numbers behind them
	spread    *batch.Batch // those that came several times become several
	plain     batch.Batch  // rows that shared values
}

func newNumberer(columns []types.Type) *numberer {
	n := len(columns) - 1
	return &numberer{numbers: batch.NewVec(columns[n]), spread: batch.New(columns[:n]...)}
}

// ownValues gives each row its own values, where rows share some.
func (x *numberer) ownValues(b *batch.Batch) *batch.Batch {
	if !b.Shares() {
		return b
	}
	if len(x.plain.Cols) != len(b.Cols) {
		x.plain = batch.Batch{}
		for i := range b.Cols {
			x.plain.Cols = append(x.plain.Cols, batch.NewVec(b.Cols[i].Type()))
		}
	}
	x.plain.Reset()
	x.plain.AppendPlain(b)
	return &x.plain
}

// pushNumbered writes rows as they come: of an append-only relation they are net changes already.
func (m *materialize) pushNumbered(b *batch.Batch, emit op.Emit) error {
	if len(b.Diff) > 0 {
		b = m.numberer.ownValues(b)
	}
	net, err := m.number(b)
	if err != nil {
		return err
	}
	m.writers[0].writeNumbered(net, m.numberer.numbers.Ints)
	if len(m.writers) > 1 || m.graph.watched() {
		net = m.numberer.ownValues(net)
	}
	if len(m.writers) > 1 {
		m.net.AppendAll(net)
	}
	m.logNet(net)
	return emitPieces(net, m.piece, emit)
}

// endNumbered writes the indexes.
func (m *materialize) endNumbered() error {
	m.numberer.next, m.numberer.end = 0, 0
	for _, w := range m.writers[1:] {
		if err := m.write(w, m.net); err != nil {
			return err
		}
	}
	m.net.Reset()
	return nil
}

// number answers rows with their numbers behind them. A row that came several times becomes several.
func (m *materialize) number(b *batch.Batch) (*batch.Batch, error) {
	x := m.numberer
	if len(b.Diff) > 0 {
		m.sel = m.sel[:0]
		for i, d := range b.Diff {
			if d < 0 {
				return nil, invariants.Errorf("relation %d is append-only, and a row has multiplicity %d", m.rel.def.ID, d)
			}
			for range d {
				m.sel = append(m.sel, int32(i))
			}
		}
		plain := batch.Batch{Cols: b.Cols}
		plain.SetLen(b.Len())
		x.spread.Reset()
		x.spread.Gather(&plain, m.sel)
		b = x.spread
	}
	x.numbers.Reset()
	for range b.Len() {
		if x.next == x.end {
			first, err := m.graph.numbers.take()
			if err != nil {
				return nil, err
			}
			x.next, x.end = first, first+blockNumbers
		}
		x.numbers.Ints = append(x.numbers.Ints, x.next)
		x.next++
	}
	m.graph.numbers.came(b.Len())
	x.numbered.Cols = append(append(x.numbered.Cols[:0], b.Cols...), x.numbers)
	x.numbered.SetLen(b.Len())
	return &x.numbered, nil
}

// fullRunBytes is what a run takes that ends at numberedRunBytes: the last pack may reach over that.
func fullRunBytes() int { return numberedRunBytes + numberedRunBytes/8 }

// makeRoom doubles the memory of a run that has none for so many more bytes: growing by and by it would be copied more often.
func (w *arrangementWriter) makeRoom(size int) {
	data := w.run.Values.Data
	if want := min(len(data)+size, fullRunBytes()); cap(data) < want {
		w.run.Values.Grow(0, min(max(want, 2*cap(data)), fullRunBytes())-len(data))
	}
}

// cut ends a run and begins the next, which may be as large.
func (w *arrangementWriter) cut() {
	full := w.run
	w.full = append(w.full, full)
	w.run = w.fresh()
	w.run.Keys.Grow(full.Len(), len(full.Keys.Data))
	w.run.Values.Grow(full.Len(), min(cap(full.Values.Data), fullRunBytes()))
}

// takeFiles gives what was written ahead of the tick away, nil if nothing was.
func (w *arrangementWriter) takeFiles() *storage.Ahead {
	files := w.files
	w.files = nil
	return files
}

// takeAll gives the runs of the tick away.
func (w *arrangementWriter) takeAll() []*state.Run {
	all := w.full
	w.full = nil
	if w.run.Len() > 0 {
		all = append(all, w.take())
	}
	if len(all) > 0 {
		w.taken = 0
	}
	for _, r := range all {
		w.taken += len(r.Values.Data)
	}
	return all
}
