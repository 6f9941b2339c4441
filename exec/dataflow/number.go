package dataflow

import (
	"sync"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
)

// numbersBits is how many numbers an epoch has for the rows of one relation: 134 million. The epochs have the other 36 bits.
const numbersBits = 27

// rowNumbers gives the rows of an append-only view numbers, by which they lie in the store (flow.Relation.Numbered). They grow with
// the epochs, so that what is written lies behind what is there, and nothing need be looked up.
type rowNumbers struct {
	mu    sync.Mutex
	epoch uint64
	used  int64
}

// take answers the first of n numbers of an epoch.
func (x *rowNumbers) take(epoch uint64, n int) (int64, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if epoch != x.epoch {
		x.epoch, x.used = epoch, 0
	}
	first := int64(epoch)<<numbersBits + x.used
	x.used += int64(n)
	if x.used > 1<<numbersBits || epoch >= 1<<(63-numbersBits) {
		return 0, invariants.Errorf("epoch %d has no numbers for %d rows", epoch, x.used)
	}
	return first, nil
}

// last is how many rows came in the last epoch with any.
func (x *rowNumbers) last() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int(x.used)
}

// number answers the rows of a tick with their numbers behind them. A row that came several times becomes several.
func (m *materialize) number(t op.Tick) (*batch.Batch, error) {
	b := m.input
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
		m.spread.Reset()
		m.spread.Gather(&plain, m.sel)
		b = m.spread
	}
	first, err := m.graph.numbers.take(t.Epoch, b.Len())
	if err != nil {
		return nil, err
	}
	m.numbers.Reset()
	for i := range b.Len() {
		m.numbers.Ints = append(m.numbers.Ints, first+int64(i))
	}
	m.numbered.Cols = append(append(m.numbered.Cols[:0], b.Cols...), m.numbers)
	m.numbered.SetLen(b.Len())
	return &m.numbered, nil
}

// writeNumbered writes rows under their numbers, which come in order.
func (w *arrangementWriter) writeNumbered(net *batch.Batch) {
	for i := range net.Len() {
		keys, values := &w.run.Keys, &w.run.Values
		keys.Data = w.a.appendKey(keys.Data, net, i)
		keys.End()
		values.Data = w.a.appendRow(values.Data, net, i)
		values.End()
	}
}
