package dataflow

import (
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
)

// exchange says how rows are dealt to workers.
type exchange struct {
	cols []int
	enc  *key.Encoder // nil: all to worker 0
}

func newExchange(cols []int, columns []types.Type) *exchange {
	x := &exchange{cols: cols}
	if len(cols) == 0 {
		return x
	}
	keys := make([]key.Column, len(cols))
	for i, c := range cols {
		keys[i] = key.Asc(columns[c])
	}
	x.enc = key.NewEncoder(keys...)
	return x
}

// deal answers for each worker the rows of b that are its own.
func (x *exchange) deal(b *batch.Batch, d *dealt) {
	for w := range d.sels {
		d.sels[w] = d.sels[w][:0]
	}
	if x.enc == nil {
		d.sels[0] = append(d.sels[0], identity(&d.all, b.Len())...)
		return
	}
	d.hashes, d.scratch = x.enc.Hash(d.hashes[:0], d.scratch, b, x.cols)
	for i, h := range d.hashes {
		w := key.Shard(h) * len(d.sels) / key.Shards
		d.sels[w] = append(d.sels[w], int32(i))
	}
}

// dealt is the memory of a deal.
type dealt struct {
	sels    [][]int32
	all     []int32
	hashes  []uint64
	scratch []byte
}

// lane is an edge as the worker sees it that sends.
type lane struct {
	runtime *Runtime
	edge    *edge
	from    *proc
	dealt   dealt
	parts   []*batch.Batch // by worker; what has not been sent
}

func newLane(r *Runtime, e *edge, from *proc) *lane {
	l := &lane{runtime: r, edge: e, from: from}
	if e.exchange != nil {
		l.dealt.sels = make([][]int32, len(e.to.procs))
		l.parts = make([]*batch.Batch, len(e.to.procs))
		for w := range l.parts {
			l.parts[w] = batch.New(e.from.types...)
		}
	}
	return l
}

// target is where rows go that stay on the worker.
func (l *lane) target() *proc {
	if l.edge.to.single {
		invariants.Assertf(l.from.worker == 0, "rows of worker %d for a node of worker 0 without an exchange", l.from.worker)
		return l.edge.to.procs[0]
	}
	return l.edge.to.procs[l.from.worker]
}

// send hands a batch over. Rows that go to other workers are copied.
func (l *lane) send(b *batch.Batch) error {
	if l.edge.exchange == nil {
		return l.target().push(l.edge.input, b)
	}
	l.edge.exchange.deal(b, &l.dealt)
	for w, sel := range l.dealt.sels {
		if len(sel) == 0 {
			continue
		}
		to := l.edge.to.procs[w]
		if len(sel) == b.Len() && (w == l.from.worker || !l.runtime.parallel) {
			if err := to.push(l.edge.input, b); err != nil {
				return err
			}
			continue
		}
		if len(sel) == b.Len() {
			l.parts[w].AppendAll(b)
		} else {
			l.parts[w].Gather(b, sel)
		}
		if l.parts[w].Full() || !l.runtime.parallel {
			if err := l.flush(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush sends what has been collected for a worker.
func (l *lane) flush(w int) error {
	part := l.parts[w]
	if part.Len() == 0 {
		return nil
	}
	to := l.edge.to.procs[w]
	if w != l.from.worker && l.runtime.parallel {
		fresh, err := l.runtime.mail.send(l, to, part)
		if err != nil {
			return err
		}
		l.parts[w] = fresh
		return nil
	}
	err := to.push(l.edge.input, part)
	part.Scribble()
	part.Reset()
	return err
}
