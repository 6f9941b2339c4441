package operators

import (
	"unsafe"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// join is all kinds of joins. Both sides keep their rows by join key: a bucket of an index has a list of the rows of each side, a row's copies being a
// count. A change that comes is joined with what the other side has by then, for any order of changes; the products are emitted
// as they are found, a batch at a time.
//
// Rows that are emitted alone (outer, semi and anti joins) depend on how many partners they have. That is a count of the whole bucket
// where all rows of a bucket match each other, else a count of each row. It is judged at the end of a tick, for what the tick has changed.
//
// In a one-shot read nothing is judged before the other input has ended; from then on rows are judged as they come, and not kept.
type join struct {
	spec  *flow.Join
	env   Env
	sides [2]joinSide
	index *state.Map
	// ints tells that the key is one integer; otherwise it is encoded.
	ints bool
	rows []unsafe.Pointer // the buckets of a batch; nil for rows that match nothing
	sel  []int32
	keys key.Keys

	pairs joinPairs
	alone joinAlone
	// perRow tells that partners are counted for each row and not for each bucket.
	perRow bool
	notIn  *joinNotIn
	closed int64 // the watermark that rows are late for

	dirtyRows    []dirtyRow
	dirtyBuckets []dirtyBucket
	// empty are buckets that may be dropped: the first emptied of them at the end of this tick, the others at the end of the next.
	empty   []unsafe.Pointer
	emptied int
	load    joinLoad
	lookup  joinLookup
}

// A bucket is a row of the index with these words.
const (
	bucketHeads = iota // the first rows of the lists, left and right
	bucketSizes        // how many rows the lists have
	bucketLeft         // the sum of the multiplicities, left
	bucketRight
	bucketDirty // 1 + its place in dirtyBuckets
	bucketWords
)

// The flags of a bucket; those of the left side, shifted by one for the right side.
const (
	bucketRead    = 1 << 0 // what the table has is in memory
	bucketIndexed = 1 << 2 // the rows are in the side's refIndex
	bucketEmpty   = 1 << 4 // it is in empty
)

func bucketHead(bucket unsafe.Pointer, side int) *ref {
	return (*ref)(unsafe.Add(unsafe.Pointer(state.Word(bucket, bucketHeads)), 4*side))
}

func bucketSize(bucket unsafe.Pointer, side int) *uint32 {
	return (*uint32)(unsafe.Add(unsafe.Pointer(state.Word(bucket, bucketSizes)), 4*side))
}

func bucketSum(bucket unsafe.Pointer, side int) *int64 {
	return (*int64)(unsafe.Pointer(state.Word(bucket, bucketLeft+side)))
}

// dirtyRow is a row that the tick has changed, with what it was before.
type dirtyRow struct {
	bucket       unsafe.Pointer
	row          ref
	side         int
	was, matched int64
}

// dirtyBucket is a bucket whose sums the tick has changed.
type dirtyBucket struct {
	bucket unsafe.Pointer
	was    [2]int64
}

// judgement says which rows of a side are emitted alone.
type judgement uint8

const (
	judgeNone      judgement = iota
	judgeMatched             // those with partners: semi
	judgeUnmatched           // those without: outer, anti
)

// judge tells whether a row with that many partners is emitted.
func (v judgement) judge(partners int64) bool {
	return v == judgeMatched && partners > 0 || v == judgeUnmatched && partners <= 0
}

func newJoin(spec *flow.Join, env Env) *join {
	j := &join{spec: spec, env: env, closed: env.closed()}
	bounded := spec.LeftBound != nil || spec.RightBound != nil
	judged := spec.Kind != flow.InnerJoin
	j.perRow = judged && (spec.Cond != nil || bounded)
	leftKeys, rightKeys, nullSafe := spec.LeftKeys, spec.RightKeys, spec.NullSafe
	if spec.Kind == flow.NotInJoin {
		j.notIn = newJoinNotIn(spec)
		if j.notIn.pairwise {
			j.perRow = true
			leftKeys, rightKeys, nullSafe = j.notIn.split(spec)
		}
	}
	emits := spec.Kind == flow.InnerJoin || spec.Kind == flow.LeftJoin || spec.Kind == flow.FullJoin
	whole := emits || spec.Cond != nil || bounded || j.notIn != nil && j.notIn.pairwise
	verdicts := [2]judgement{}
	switch spec.Kind {
	case flow.InnerJoin:
	case flow.LeftJoin, flow.AntiJoin, flow.NotInJoin:
		verdicts[0] = judgeUnmatched
	case flow.FullJoin:
		verdicts = [2]judgement{judgeUnmatched, judgeUnmatched}
	case flow.SemiJoin:
		verdicts[0] = judgeMatched
	}
	j.sides[0] = joinSide{columns: spec.Left, keys: leftKeys, whole: true, verdict: verdicts[0], late: spec.LeftLate}
	j.sides[1] = joinSide{columns: spec.Right, keys: rightKeys, whole: whole, verdict: verdicts[1], late: spec.RightLate, first: len(spec.Left)}
	tables, bounds := [2]int{spec.LeftTable, spec.RightTable}, [2]flow.Expr{spec.LeftBound, spec.RightBound}
	punctual := [2][]flow.Expr{spec.LeftPunctual, spec.RightPunctual}
	for i := range j.sides {
		s := &j.sides[i]
		s.side, s.table, s.nullSafe = i, env.Tables[tables[i]], nullSafe
		s.init(j, bounds[i], punctual[i])
	}
	j.index = state.NewMap(env.Pool, env.Owner, bucketWords)
	j.sel = make([]int32, 0, batch.Rows) // never nil: to the index nil means all
	j.ints = len(leftKeys) == 1 && spec.Left[leftKeys[0]].Kind() == types.Int64 && spec.Right[rightKeys[0]].Kind() == types.Int64
	j.lookup.join, j.lookup.waiting = j, batch.New(spec.Right...)
	j.pairs.init(j, emits)
	j.alone.init(j)
	return j
}

func (j *join) Push(in int, b *batch.Batch, emit op.Emit) error {
	if err := j.start(); err != nil {
		return err
	}
	own, other := &j.sides[in], &j.sides[1-in]
	b, bounds, err := own.gate.inTime(b, j.closed)
	if err != nil {
		return err
	}
	if b.Len() == 0 {
		return nil
	}
	if j.spec.Lookup && in == 1 {
		return j.lookup.wait(b)
	}
	keep := (!j.env.OneShot || !other.ended) && !j.spec.Lookup
	if err := j.findBuckets(own, b, keep || j.spec.Lookup && !j.load.complete[1]); err != nil {
		return err
	}
	if err := j.read(); err != nil {
		return err
	}
	if j.spec.Lookup {
		j.lookup.noteEmpty()
	}
	if keep {
		if err := j.insert(own, b, bounds); err != nil {
			return err
		}
	}
	if j.pairs.wanted {
		if err := j.pairs.run(own, other, b, keep, emit); err != nil {
			return err
		}
	}
	if j.spec.Kind != flow.InnerJoin {
		if !j.spec.Lookup {
			j.count(own, b)
		}
		return j.passAlone(own, b, keep, emit)
	}
	return nil
}

// count adds a batch to the sums of its buckets.
func (j *join) count(own *joinSide, b *batch.Batch) {
	for i, bucket := range j.rows {
		if bucket == nil {
			continue
		}
		if !j.env.OneShot && !j.perRow {
			j.markBucket(bucket)
		}
		*bucketSum(bucket, own.side) += b.DiffAt(i)
	}
	if j.notIn != nil && own.side == 1 {
		j.notIn.add(j, b)
	}
}

// passAlone emits the rows of a batch that are judged already: those that match nothing whatever comes, and in a one-shot read all, once
// the other side has ended.
func (j *join) passAlone(own *joinSide, b *batch.Batch, keep bool, emit op.Emit) error {
	if own.verdict == judgeNone {
		return nil
	}
	j.sel = j.sel[:0]
	for i, bucket := range j.rows {
		partners := int64(0)
		switch {
		case keep && bucket != nil:
			continue
		case keep || !j.env.OneShot && !j.spec.Lookup:
		case j.perRow:
			partners = j.pairs.matched[i]
		default:
			partners = j.partners(bucket, own)
		}
		if own.verdict.judge(partners) {
			j.sel = append(j.sel, int32(i))
		}
	}
	if len(j.sel) == 0 {
		return nil
	}
	return j.alone.emitBatch(own, b, j.sel, emit)
}

// partners is how many partners the rows of a side have in a bucket, where that is counted for the bucket.
func (j *join) partners(bucket unsafe.Pointer, own *joinSide) int64 {
	n := int64(0)
	if bucket != nil {
		n = *bucketSum(bucket, 1-own.side)
	}
	if j.notIn != nil {
		return j.notIn.partners(j, bucket, n, j.notIn.total, j.notIn.nulls)
	}
	return n
}

// markBucket notes the sums of a bucket before the tick changes them.
func (j *join) markBucket(bucket unsafe.Pointer) {
	if dirty := state.Word(bucket, bucketDirty); *dirty == 0 {
		j.dirtyBuckets = append(j.dirtyBuckets, dirtyBucket{bucket, [2]int64{*bucketSum(bucket, 0), *bucketSum(bucket, 1)}})
		*dirty = uint64(len(j.dirtyBuckets))
	}
}

// EndInput implements op.InputEnder: what the other side has kept can be judged, and is of no more use.
func (j *join) EndInput(in int, emit op.Emit) error {
	invariants.Assertf(j.env.OneShot, "an input of a running join has ended")
	ended, other := &j.sides[in], &j.sides[1-in]
	ended.ended = true
	if other.verdict != judgeNone {
		if err := j.index.Each(func(bucket unsafe.Pointer) error { return j.judgeAll(bucket, other, emit) }); err != nil {
			return err
		}
		if err := j.alone.flush(emit); err != nil {
			return err
		}
	}
	other.rows.reset() // nobody looks for its rows any more
	other.index.reset()
	return nil
}

// judgeAll emits the rows of a bucket's side by their partners so far.
func (j *join) judgeAll(bucket unsafe.Pointer, s *joinSide, emit op.Emit) error {
	partners := int64(0)
	if !j.perRow {
		if partners = j.partners(bucket, s); !s.verdict.judge(partners) {
			return nil
		}
	}
	for r := *bucketHead(bucket, s.side); r != 0; {
		p := s.rows.at(r)
		if j.perRow {
			partners = int64(*word(p, s.matched))
		}
		if count := rowCount(p); count != 0 && s.verdict.judge(partners) {
			if err := j.alone.add(s, r, count, emit); err != nil {
				return err
			}
		}
		r = nextRow(p)
	}
	return nil
}

// evaluator compiles a condition that may be missing.
func evaluator(e flow.Expr) *eval.Evaluator {
	if e == nil {
		return nil
	}
	return eval.Compile(e)
}
