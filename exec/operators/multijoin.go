package operators

import (
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// multiJoin is the inner join of several inputs on the same keys, which never take a row back, and whose rows do not expire. Each input is a log, as a side of
// a streamJoin is. A row that comes looks up the rows with its key in the logs of all others; all combinations of these are what it gives.
type multiJoin struct {
	env     Env
	sides   []streamSide
	started bool
	found   [][]ref // by side: the rows that match the one that is looked at

	// Combinations that have been found: the row of the batch that was pushed, and by side those of the others.
	sel  []int32
	refs [][]ref
	at   []int // by side: the place in found of the next one
	out  *batch.Batch
	rows int // how many of them make a batch

	shares bool        // flow.MultiJoin.Shares
	shared batch.Batch // what is emitted then: the columns of the pushed batch, and those of out
	others []sharedRows
}

// joinedBytes is about what a batch has of wide rows: it is to be encoded or dealt while it is still in the cache. fewestRows is the least rows of one, so that
// what a batch costs whoever takes it does not count.
const (
	joinedBytes = 256 << 10
	fewestRows  = 128
)

func newMultiJoin(spec *flow.MultiJoin, env Env) *multiJoin {
	n := len(spec.Inputs)
	j := &multiJoin{env: env, sides: make([]streamSide, n), found: make([][]ref, n), refs: make([][]ref, n), at: make([]int, n), rows: batch.Rows}
	if spec.Shares {
		j.shares, j.others = true, make([]sharedRows, n)
	}
	var columns []types.Type
	for i, in := range spec.Inputs {
		s := &j.sides[i]
		*s = streamSide{side: i, columns: in, keys: spec.Keys[i], table: env.Tables[spec.Table+i], first: len(columns)}
		s.init(make([]bool, len(s.keys)), &j.env)
		columns = append(columns, in...)
	}
	j.out = batch.New(columns...)
	return j
}

// Push implements op.Operator.
func (j *multiJoin) Push(in int, b *batch.Batch, emit op.Emit) error {
	if err := j.start(); err != nil {
		return err
	}
	own := &j.sides[in]
	b, _ = own.matchable(b, nil)
	if b.Len() == 0 {
		return nil
	}
	for _, n := range b.Diff {
		invariants.Assertf(n > 0, "a row is taken back from an input that only grows")
	}
	own.hash(b)
	if err := own.log.append(b, own.hashes, nil); err != nil {
		return err
	}
	for i, h := range own.hashes {
		if !j.find(own, b, i, uint32(h)) {
			continue
		}
		if err := j.combine(own, b, i, emit); err != nil {
			return err
		}
	}
	return j.flush(own, b, emit)
}

// start reads the rows that were there before a restart, when the first change comes, as streamJoin does.
func (j *multiJoin) start() error {
	if j.started {
		return nil
	}
	j.started = true
	for i := range j.sides {
		if err := j.sides[i].load(&j.env, op.NoWatermark); err != nil {
			return err
		}
	}
	return nil
}

// find looks up the rows of all other sides that have the key of row i of a batch. It is false if one of them has none.
func (j *multiJoin) find(own *streamSide, b *batch.Batch, i int, hash uint32) bool {
	for n := range j.sides {
		s := &j.sides[n]
		if s == own {
			continue
		}
		found, log := j.found[n][:0], &s.log
		for r := log.head(hash); log.has(r); {
			c, k := log.chunk(r), int(r&(logRows-1))
			if c.links[k].hash == hash && own.sameKey(b, i, s, &c.rows, k) {
				found = append(found, r)
			}
			r = c.links[k].next
		}
		if j.found[n] = found; len(found) == 0 {
			return false
		}
	}
	return true
}

// combine notes all combinations of row i of a batch with the rows that were found, and emits those that fill a batch.
func (j *multiJoin) combine(own *streamSide, b *batch.Batch, i int, emit op.Emit) error {
	clear(j.at)
	for {
		j.sel = append(j.sel, int32(i))
		for n, found := range j.found {
			if n != own.side {
				j.refs[n] = append(j.refs[n], found[j.at[n]])
			}
		}
		if len(j.sel) >= j.rows {
			if err := j.flush(own, b, emit); err != nil {
				return err
			}
		}
		if !j.advance(own) {
			return nil
		}
	}
}

// advance goes on to the next combination of the rows that were found, in which those of the last side change fastest.
func (j *multiJoin) advance(own *streamSide) bool {
	for n := len(j.at) - 1; n >= 0; n-- {
		if n == own.side {
			continue
		}
		if j.at[n]++; j.at[n] < len(j.found[n]) {
			return true
		}
		j.at[n] = 0
	}
	return false
}

// flush emits the combinations that were noted.
func (j *multiJoin) flush(own *streamSide, b *batch.Batch, emit op.Emit) error {
	if len(j.sel) == 0 {
		return nil
	}
	j.out.Reset()
	out := j.out
	if j.shares {
		out = j.share(own, b)
	} else {
		j.gather(own, b)
	}
	repeated := len(b.Diff) > 0
	for n := range j.sides {
		repeated = repeated || n != own.side && j.sides[n].log.repeated
	}
	if out.Diff = out.Diff[:0]; repeated {
		j.multiply(out, own, b)
	}
	out.SetLen(len(j.sel))
	each := max(j.out.Bytes()/len(j.sel), 1)
	j.rows = min(max(joinedBytes/each, min(fewestRows, batch.BytesMax/each), 1), batch.Rows)
	j.sel = j.sel[:0]
	for n := range j.refs {
		j.refs[n] = j.refs[n][:0]
	}
	return emit(out)
}

// gather copies the values of all combinations.
func (j *multiJoin) gather(own *streamSide, b *batch.Batch) {
	for n := range j.sides {
		s := &j.sides[n]
		for c := range s.columns {
			if v := &j.out.Cols[s.first+c]; s == own {
				v.Gather(&b.Cols[c], j.sel)
			} else {
				s.log.gather(v, c, j.refs[n])
			}
		}
	}
}

// multiply sets how often each combination is there.
func (j *multiJoin) multiply(out *batch.Batch, own *streamSide, b *batch.Batch) {
	for k, i := range j.sel {
		diff := b.DiffAt(int(i))
		for n := range j.sides {
			if n != own.side {
				diff *= j.sides[n].log.diff(j.refs[n][k])
			}
		}
		out.Diff = append(out.Diff, diff)
	}
}

// EndTick implements op.Operator.
func (j *multiJoin) EndTick(t op.Tick, _ op.Emit) (op.Outcome, error) {
	for i := range j.sides {
		s := &j.sides[i]
		s.store(t.Epoch, j.env.Worker, op.NoWatermark)
		s.stored = s.log.end()
	}
	return op.Outcome{Watermark: earliest(t.Watermarks), Wake: op.Never}, nil
}
