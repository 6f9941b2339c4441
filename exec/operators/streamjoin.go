package operators

import (
	"bytes"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// streamJoin is the inner join of two inputs that never take a row back. As nothing but time takes rows away, where they expire at all (windows, and
// times that lie in a range of each other), each side is a log of them, in memory and in its table, and costs nothing for a single row that goes.
type streamJoin struct {
	spec    *flow.Join
	env     Env
	sides   [2]streamSide
	pairs   streamPairs
	best    *bestPairs // nil: all pairs are wanted
	started bool
	closed  int64 // the watermark that rows are late for
}

func newStreamJoin(spec *flow.Join, env Env) *streamJoin {
	j := &streamJoin{spec: spec, env: env, closed: env.closed()}
	j.sides[0] = streamSide{columns: spec.Left, keys: spec.LeftKeys, table: env.Tables[spec.LeftTable]}
	j.sides[1] = streamSide{side: 1, columns: spec.Right, keys: spec.RightKeys, table: env.Tables[spec.RightTable], first: len(spec.Left)}
	j.sides[0].gate = newGate(&j.env, spec.LeftBound, spec.LeftPunctual, spec.LeftLate, spec.Left)
	j.sides[1].gate = newGate(&j.env, spec.RightBound, spec.RightPunctual, spec.RightLate, spec.Right)
	for i := range j.sides {
		j.sides[i].init(j.spec.NullSafe, &j.env)
	}
	j.pairs.init(j)
	if spec.Best != nil {
		j.best = newBestPairs(j)
	}
	return j
}

// Push implements op.Operator.
func (j *streamJoin) Push(in int, b *batch.Batch, emit op.Emit) error {
	if err := j.start(); err != nil {
		return err
	}
	own, other := &j.sides[in], &j.sides[1-in]
	b, bounds, err := own.gate.inTime(b, j.closed)
	if err != nil {
		return err
	}
	b, bounds = own.matchable(b, bounds)
	if b.Len() == 0 {
		return nil
	}
	for _, n := range b.Diff {
		invariants.Assertf(n > 0, "a row is taken back from an input that only grows")
	}
	own.hash(b)
	if j.best == nil || in != j.best.ranked {
		if err := own.log.append(b, own.hashes, bounds); err != nil {
			return err
		}
		return j.pairs.run(own, other, b, emit)
	}
	j.best.begin(b)
	if err := j.pairs.run(own, other, b, emit); err != nil {
		return err
	}
	return j.best.keep(own, other, b, bounds)
}

// EndTick implements op.Operator.
func (j *streamJoin) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	watermark := earliest(t.Watermarks)
	outcome := op.Outcome{Watermark: watermark, Wake: op.Never}
	if j.best != nil {
		if err := j.best.emit(j, emit); err != nil {
			return outcome, err
		}
	}
	j.closed = max(j.closed, watermark)
	for i := range j.sides {
		s := &j.sides[i]
		s.store(t.Epoch, j.env.Worker, j.closed)
		if s.log.expires {
			s.table.Expire(j.closed)
			if err := s.log.expire(j.closed); err != nil {
				return outcome, err
			}
		}
		s.stored = s.log.end()
	}
	return outcome, nil
}

// streamSide is one input of such a join with the rows that it has kept.
type streamSide struct {
	side     int
	columns  []types.Type
	keys     []int
	nullSafe []bool
	first    int // its first column in the output
	gate     gate
	table    *state.Table
	log      rowLog

	key *key.Encoder
	// exact tells that keys are equal if their values are the same, and only then.
	exact   bool
	hashes  []uint64
	scratch []byte
	a, b    []byte // keys that are compared

	sel     []int32
	kept    *batch.Batch
	stored  ref // what lies before it is in the table
	records logRecords
}

func (s *streamSide) init(nullSafe []bool, env *Env) {
	s.nullSafe, s.exact = nullSafe, true
	var columns []key.Column
	for _, c := range s.keys {
		column := key.Asc(s.columns[c])
		columns = append(columns, column)
		s.exact = s.exact && column.Exact()
	}
	s.key = key.NewEncoder(columns...)
	s.kept = batch.New(s.columns...)
	s.log = newRowLog(env.Pool, env.Owner, s.columns, s.gate.bounder != nil)
	s.stored = s.log.end()
	s.records.init(s.columns, s.log.expires)
}

// matchable leaves out the rows that have a null in a key that nothing equals.
func (s *streamSide) matchable(b *batch.Batch, bounds []int64) (*batch.Batch, []int64) {
	nulls := false
	for k, c := range s.keys {
		nulls = nulls || !s.nullSafe[k] && b.Cols[c].HasNulls()
	}
	if !nulls {
		return b, bounds
	}
	s.sel = s.sel[:0]
	for i := range b.Len() {
		if s.nullKey(b, i) {
			continue
		}
		if s.log.expires {
			bounds[len(s.sel)] = bounds[i]
		}
		s.sel = append(s.sel, int32(i))
	}
	s.kept.Reset()
	s.kept.Gather(b, s.sel)
	if s.log.expires {
		bounds = bounds[:len(s.sel)]
	}
	return s.kept, bounds
}

func (s *streamSide) nullKey(b *batch.Batch, i int) bool {
	for k, c := range s.keys {
		if !s.nullSafe[k] && b.Cols[c].IsNull(i) {
			return true
		}
	}
	return false
}

// hash sets hashes to those of the keys of a batch.
func (s *streamSide) hash(b *batch.Batch) {
	s.hashes, s.scratch = s.key.Hash(s.hashes[:0], s.scratch, b, s.keys)
}

// sameKey tells whether row i of a batch of this side and a row that the other one has kept have the same key.
func (s *streamSide) sameKey(b *batch.Batch, i int, other *streamSide, kept *batch.Batch, row int) bool {
	if !s.exact || !other.exact {
		s.a = s.key.AppendRow(s.a[:0], b, s.keys, i)
		s.b = other.key.AppendRow(s.b[:0], kept, other.keys, row)
		return bytes.Equal(s.a, s.b)
	}
	for k, c := range s.keys {
		x, y := &b.Cols[c], &kept.Cols[other.keys[k]]
		if x.IsNull(i) || y.IsNull(row) {
			if x.IsNull(i) != y.IsNull(row) {
				return false
			}
			continue
		}
		same := false
		switch x.Kind() {
		case types.Bool:
			same = x.Bools[i] == y.Bools[row]
		case types.Int64:
			same = x.Ints[i] == y.Ints[row]
		case types.Float64:
			same = x.Floats[i] == y.Floats[row]
		case types.Bytes:
			same = bytes.Equal(x.BytesAt(i), y.BytesAt(row))
		}
		if !same {
			return false
		}
	}
	return true
}
