package dataflow

import (
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
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
	// Time is that of the tick in which it happened last, in microseconds since 1970-01-01 UTC.
	Time  int64
	Epoch uint64
	// Count is how often the same row is in error in the same way.
	Count int64
}

// The kinds of errors.
const (
	decodeError = "decode"
	evalError   = "eval"
)

const (
	// tickErrorsMax is how many new errors of a relation a tick keeps; those beyond are only counted. So a stream of nothing but mistakes
	// costs each tick the same little.
	tickErrorsMax = 1000
	// tickErrorsTold is how many different errors of a graph a worker tells apart in a tick, to find those that are taken back: as many
	// as are kept of a relation. Those beyond are only counted.
	tickErrorsTold = DefaultErrorsKept
)

// tickErrors are the errors of a graph on one worker in the tick that runs: a signed count of each.
type tickErrors struct {
	tallies map[uint64]tally // by the error's hash
	details []errorDetail
	// rest is the sum of the counts of those that are not told apart.
	rest int64
	// some is one of the errors.
	some *pgerr.Error
}

type tally struct {
	count int64
	// detail is its place in the details, -1 if it has none.
	detail int32
}

// errorDetail is what is kept of an error beside its count.
type errorDetail struct {
	hash   uint64
	node   int
	err    *pgerr.Error
	sample string
}

// rowErrors takes the errors of an operator in a running graph. They are judged at the end of the tick.
func (r *Runtime) rowErrors(p *proc) operators.RowErrors {
	var row []byte
	var columns []int
	var rows completer
	// What never takes rows back takes no errors back: they need not be told apart.
	final := len(p.node.inputs) == 1 && p.node.inputs[0].from.appendOnly
	return func(ctx *eval.Context, b *batch.Batch) error {
		e := &p.node.graph.errors[p.worker]
		b = p.whole(&rows, b)
		if len(columns) != len(b.Cols) {
			columns = columns[:0]
			for c := range b.Cols {
				columns = append(columns, c)
			}
		}
		for n, i := range ctx.Errors.Rows {
			err, diff := ctx.Errors.Errs[n], b.DiffAt(int(i))
			e.some = err
			if final && len(e.details) >= tickErrorsMax {
				e.rest += diff
				continue
			}
			row = state.AppendRow(row[:0], b, columns, int(i))
			e.add(errorHash(p.node.id, err, row), diff, func(hash uint64) errorDetail {
				return errorDetail{hash, p.node.id, err, rowText(b, int(i))}
			})
		}
		return nil
	}
}

// errorHash tells errors apart.
func errorHash(node int, err *pgerr.Error, row []byte) uint64 {
	return key.HashInt(int64(key.HashBytes(row) ^ key.HashBytes([]byte(err.Message))*31 ^ uint64(node)<<48))
}

// add counts an error, and keeps what it looks like if it is one of the first.
func (e *tickErrors) add(hash uint64, diff int64, detail func(hash uint64) errorDetail) {
	if e.tallies == nil {
		e.tallies = map[uint64]tally{}
	}
	t, known := e.tallies[hash]
	if !known {
		if len(e.tallies) >= tickErrorsTold {
			e.rest += diff
			return
		}
		t.detail = -1
	}
	if diff > 0 && t.detail < 0 && len(e.details) < tickErrorsMax {
		t.detail = int32(len(e.details))
		e.details = append(e.details, detail(hash))
	}
	t.count += diff
	e.tallies[hash] = t
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

// netErrors are the counts of a graph's errors over all workers, and the sum of those that are not told apart.
func (g *graph) netErrors() (net map[uint64]int64, rest int64) {
	net = map[uint64]int64{}
	for w := range g.errors {
		rest += g.errors[w].rest
		for hash, t := range g.errors[w].tallies {
			net[hash] += t.count
		}
	}
	return net, rest
}

func (g *graph) hasErrors() bool {
	for w := range g.errors {
		if g.errors[w].some != nil {
			return true
		}
	}
	return false
}

// judgeErrors tells whether the errors that are left at the end of a tick make the graph fail.
func (r *Runtime) judgeErrors(g *graph) error {
	if g.def.OnError != ErrorFail || !g.hasErrors() {
		return nil
	}
	net, rest := g.netErrors()
	var some *pgerr.Error
	for w := range g.errors {
		for i := range g.errors[w].details {
			if d := &g.errors[w].details[i]; net[d.hash] > 0 {
				return &graphError{g, d.err}
			}
		}
		if g.errors[w].some != nil {
			some = g.errors[w].some
		}
	}
	for _, n := range net {
		if n > 0 {
			rest = n
			break
		}
	}
	if rest > 0 {
		return &graphError{g, some}
	}
	return nil
}

func (g *graph) forgetErrors() {
	for w := range g.errors {
		if g.errors[w].some != nil {
			g.errors[w] = tickErrors{}
		}
	}
}
