package dataflow

import (
	"sync"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// RowError is a row that could not be decoded or computed.
type RowError struct {
	// Relation is the source or the view.
	Relation flow.RelationID
	// Kind is "decode" or "eval".
	Kind string
	// Operator is the number of the node of the view's graph, for eval.
	Operator int
	// Column is the one at fault, for decode.
	Column string
	Err    *pgerr.Error
	// Sample is the row as it came, or as text.
	Sample    string
	Partition string
	Offset    int64
	// Time is that of the tick, in microseconds since 1970-01-01 UTC.
	Time  int64
	Epoch uint64
}

// rowErrorsMax is how many errors are kept of a relation; older ones are only counted.
const rowErrorsMax = 10_000

// errorLog keeps the errors of one relation: the newest, in a ring.
type errorLog struct {
	count int64
	ring  []RowError
	next  int
}

func (l *errorLog) add(e RowError) {
	if len(l.ring) < rowErrorsMax {
		l.ring = append(l.ring, e)
		return
	}
	l.ring[l.next] = e
	l.next = (l.next + 1) % rowErrorsMax
}

// errorLogs are those of all relations. Any goroutine may look at them.
type errorLogs struct {
	sync.Mutex
	logs map[flow.RelationID]*errorLog
}

func (l *errorLogs) of(id flow.RelationID) *errorLog {
	if l.logs == nil {
		l.logs = map[flow.RelationID]*errorLog{}
	}
	if l.logs[id] == nil {
		l.logs[id] = &errorLog{}
	}
	return l.logs[id]
}

// RowErrors answers the errors that are kept of a relation, the oldest first, and how many there were in all since the start. An error whose
// row was taken back counts no more, but stays among those that are kept.
func (r *Runtime) RowErrors(id flow.RelationID) (kept []RowError, count int64) {
	l := &r.stats.errors
	l.Lock()
	defer l.Unlock()
	log := l.logs[id]
	if log == nil {
		return nil, 0
	}
	return append(append(kept, log.ring[log.next:]...), log.ring[:log.next]...), log.count
}

// errorKey tells equal errors of one tick.
type errorKey struct {
	node    int
	message string
	sample  string
}

// tickErrors are the errors of a graph on one worker in the tick that runs: a signed count of each.
type tickErrors struct {
	counts map[errorKey]int64
	errs   map[errorKey]*pgerr.Error
	order  []errorKey
}

// tickErrorsMax bounds the different errors that a tick tells apart; what is beyond is only counted.
const tickErrorsMax = 1000

// rowErrors takes the errors of an operator in a running graph. They are judged at the end of the tick.
func (r *Runtime) rowErrors(p *proc) operators.RowErrors {
	return func(ctx *eval.Context, b *batch.Batch) error {
		e := &p.node.graph.errors[p.worker]
		for n, row := range ctx.Errors.Rows {
			err := ctx.Errors.Errs[n]
			k := errorKey{node: p.node.id, message: err.Message, sample: rowText(b, int(row))}
			if _, known := e.counts[k]; !known && len(e.counts) >= tickErrorsMax {
				k.sample = ""
			}
			if e.counts == nil {
				e.counts, e.errs = map[errorKey]int64{}, map[errorKey]*pgerr.Error{}
			}
			if _, known := e.counts[k]; !known {
				e.order = append(e.order, k)
				e.errs[k] = err
			}
			e.counts[k] += b.DiffAt(int(row))
		}
		return nil
	}
}

// rowText writes a row, at most connector.SampleBytes of it.
func rowText(b *batch.Batch, row int) string {
	var out []byte
	for c := range b.Cols {
		if c > 0 {
			out = append(out, ", "...)
		}
		v := &b.Cols[c]
		if v.IsNull(row) {
			out = append(out, "NULL"...)
		} else {
			out = append(out, types.Text(v.Type(), v.Value(row), types.DefaultSettings)...)
		}
		if len(out) > connector.SampleBytes {
			return string(out[:connector.SampleBytes])
		}
	}
	return string(out)
}

// judgeErrors tells whether the errors that are left at the end of a tick make the graph fail.
func (r *Runtime) judgeErrors(g *graph) error {
	if g.def.OnError != ErrorFail {
		return nil
	}
	for w := range g.errors {
		for _, k := range g.errors[w].order {
			if g.total(k) > 0 {
				return &graphError{g, g.errors[w].errs[k]}
			}
		}
	}
	return nil
}

// total is the count of an error over all workers.
func (g *graph) total(k errorKey) int64 {
	var n int64
	for w := range g.errors {
		n += g.errors[w].counts[k]
	}
	return n
}

// keepErrors moves the errors of a tick whose epoch is durable to those that are kept.
func (r *Runtime) keepErrors(g *graph, t *op.Tick) {
	seen := map[errorKey]bool{}
	for w := range g.errors {
		for _, k := range g.errors[w].order {
			if seen[k] {
				continue
			}
			seen[k] = true
			n := g.total(k)
			if n == 0 {
				continue
			}
			r.stats.errors.Lock()
			log := r.stats.errors.of(g.id())
			log.count += n
			if n > 0 {
				log.add(RowError{
					Relation: g.id(), Kind: "eval", Operator: k.node, Err: g.errors[w].errs[k], Sample: k.sample,
					Time: t.Now, Epoch: t.Epoch,
				})
			}
			r.stats.errors.Unlock()
		}
	}
	g.forgetErrors()
}

func (g *graph) forgetErrors() {
	for w := range g.errors {
		if len(g.errors[w].order) > 0 {
			g.errors[w] = tickErrors{}
		}
	}
}
