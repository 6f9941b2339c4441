package operators

import (
	"cmp"
	"math"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// sessions adds to each row the bounds of its session: rows of a partition that are at most a gap apart are one, which ends a gap after the
// last of them. So a row that comes may make a session longer or join two, and one that leaves may cut one in two: then all its rows
// are taken back and emitted again. What a partition has is put in order and compared with what was emitted at the end of a tick.
//
// With a watermark a session is closed when that has passed its end. Its rows stay for another gap: until then a row may come that would
// belong to it and is not late by its own time.
type sessions struct {
	env       Env
	columns   []types.Type
	time      int
	gap       int64
	shift     int64
	partition []int
	table     *state.Table
	cols      []int
	rows      *rowStore
	index     refIndex
	keys      groupKeys
	groups    *state.Map
	bounder   *bounder // nil: sessions are never closed
	expiry    *expiry
	closed    int64

	hashes  []uint64
	buckets []unsafe.Pointer
	dirty   []unsafe.Pointer
	sel     []int32
	list    []ref // the rows of a partition by time
	fresh   []ref
	merged  []ref
	gone    []ref // to be freed when all is emitted
	due     []ref
	emitted sessionOutput
	late    sessionLate

	key, value []byte
	run        state.Run
	started    bool
}

// A partition is a row of the index with these words.
const (
	sessionList  = iota // its first row in the order of time
	sessionFresh        // the first of those that have come in this tick
	sessionMark         // 1 if it is in dirty
	sessionWords
)

// The words of a row's head; those of its expiry follow.
const (
	seenTimes = iota // how often the row is there
	seenMarks        // its hash, and the next row of its partition
	seenStart        // the session that it was emitted with
	seenEnd
	seenCount // how often it was emitted; 0: it was not
	seenHead
)

// expired is the count of a row that is to go.
const expired = -1

func newSessions(spec *flow.Sessions, env Env) *sessions {
	s := &sessions{
		env: env, columns: spec.Columns, time: spec.Time, gap: spec.Gap, shift: spec.Shift, partition: spec.Partition, table: env.Tables[spec.Table],
		cols: identity(len(spec.Columns)), closed: op.NoWatermark,
	}
	s.rows = newRowStore(env.Pool, env.Owner, spec.Columns, seenHead+expiryWords)
	s.index = refIndex{refSlots: refSlots{pool: env.Pool, owner: env.Owner}, hash: func(r ref) uint32 { return s.marks(r)[0] }}
	s.keys = newGroupKeys(&flow.Aggregate{Columns: spec.Columns, Keys: spec.Partition})
	s.groups = state.NewMap(env.Pool, env.Owner, sessionWords)
	if spec.Bound != nil && !env.OneShot {
		s.bounder = newBounder(&s.env, spec.Bound, spec.Late, spec.Columns)
		s.expiry = newExpiry(seenHead, coarseShift)
		s.closed = env.closed()
	}
	bounds := []types.Type{spec.Columns[spec.Time], spec.Columns[spec.Time]}
	s.emitted.init(s.rows, append(slices.Clone(spec.Columns), bounds...))
	s.late.init(s.rows, spec)
	return s
}

func (s *sessions) marks(r ref) *[2]uint32 { return (*[2]uint32)(s.rows.wordAt(r, seenMarks)) }

func (s *sessions) next(r ref) *ref { return (*ref)(&s.marks(r)[1]) }

func (s *sessions) times(r ref) *int64 { return (*int64)(s.rows.wordAt(r, seenTimes)) }

// seen is what was emitted of a row.
func (s *sessions) seen(r ref) *emittedSession {
	return (*emittedSession)(s.rows.wordAt(r, seenStart))
}

// emittedSession is three words of a row's head.
type emittedSession struct{ start, end, count int64 }

func (s *sessions) timeOf(r ref) int64 { return int64(*word(s.rows.at(r), s.rows.slot(s.time))) }

// end is the end of a session whose last row has a time.
func (s *sessions) end(t int64) int64 { return later(t, s.gap) }

// later is t + gap, at most the last time that is not infinite.
func later(t, gap int64) int64 {
	if t > math.MaxInt64-1-gap {
		return math.MaxInt64 - 1
	}
	return t + gap
}

func (s *sessions) Push(_ int, b *batch.Batch, _ op.Emit) error {
	if err := s.start(); err != nil {
		return err
	}
	if s.bounder != nil {
		var err error
		if b, _, err = s.bounder.split(b, s.closed); err != nil {
			return err
		}
	}
	s.sel = s.sel[:0]
	times := &b.Cols[s.time]
	for i, t := range times.Ints {
		// The infinite times, like no time at all, are in no session.
		if !times.IsNull(i) && t != math.MinInt64 && t != math.MaxInt64 {
			s.sel = append(s.sel, int32(i))
		}
	}
	return s.take(b, func(r ref, i int) { *s.times(r) += b.DiffAt(i) })
}

// take puts the rows of b that are listed in sel where they belong, and calls f for each.
func (s *sessions) take(b *batch.Batch, f func(r ref, i int)) error {
	if len(s.sel) == 0 {
		return nil
	}
	s.buckets = slices.Grow(s.buckets[:0], b.Len())[:b.Len()]
	if err := s.keys.find(s.groups, b, s.partition, s.sel, s.buckets); err != nil {
		return err
	}
	s.hashes = hashRows(s.hashes[:0], b, s.cols)
	for _, at := range s.sel {
		i := int(at)
		hash := uint32(s.hashes[i] >> 32)
		bucket := s.buckets[i]
		r := s.index.find(hash, func(r ref) bool { return s.rows.same(r, b, s.cols, i) })
		if r == 0 {
			var err error
			if r, err = s.rows.put(b, s.cols, i); err != nil {
				return err
			}
			s.marks(r)[0] = hash
			if err := s.index.add(r); err != nil {
				return err
			}
			first := state.Word(bucket, sessionFresh)
			*s.next(r), *first = ref(*first), uint64(r)
		}
		if mark := state.Word(bucket, sessionMark); *mark == 0 {
			*mark = 1
			s.dirty = append(s.dirty, bucket)
		}
		f(r, i)
	}
	return nil
}

func (s *sessions) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	watermark := earliest(t.Watermarks)
	outcome := op.Outcome{Watermark: watermark, Wake: op.Never}
	if err := s.start(); err != nil {
		return outcome, err
	}
	s.emitted.emit = emit
	for _, bucket := range s.dirty {
		if err := s.settle(bucket); err != nil {
			return outcome, err
		}
	}
	s.dirty = s.dirty[:0]
	if err := s.emitted.flush(); err != nil {
		return outcome, err
	}
	if err := s.late.flush(&s.env, s.closed); err != nil {
		return outcome, err
	}
	s.free()
	if s.bounder != nil && watermark > s.closed {
		s.closed = watermark
		s.expire(watermark)
	}
	return outcome, nil
}

// settle emits what the tick has changed of the sessions of a partition, and notes it.
func (s *sessions) settle(bucket unsafe.Pointer) error {
	s.order(bucket)
	if s.bounder != nil {
		if err := s.refuse(); err != nil {
			return err
		}
	}
	kept := s.list[:0]
	for i := 0; i < len(s.list); {
		start, end := s.timeOf(s.list[i]), int64(math.MinInt64)
		from := i
		for ; i < len(s.list); i++ {
			r := s.list[i]
			if *s.times(r) == 0 {
				continue
			}
			t := s.timeOf(r)
			if end == math.MinInt64 {
				start = t
			} else if t > end {
				break
			}
			end = s.end(t)
		}
		for _, r := range s.list[from:i] {
			there, err := s.tell(r, bucket, start, end)
			if err != nil {
				return err
			}
			if there {
				kept = append(kept, r)
			}
		}
	}
	s.link(bucket, kept)
	return nil
}

// tell emits the change of one row, whose session is now from start to end, and answers whether the row is still there.
func (s *sessions) tell(r ref, bucket unsafe.Pointer, start, end int64) (bool, error) {
	seen, times := s.seen(r), *s.times(r)
	invariants.Assertf(times >= 0, "a row is there %d times", times)
	now := emittedSession{start, end, times}
	if times == 0 {
		now = emittedSession{}
	}
	was := *seen
	if was == now {
		if times == 0 { // it came and left in one tick
			s.forget(r)
		}
		return times > 0, nil
	}
	if was.count > 0 && now.count > 0 && was.start == now.start && was.end == now.end {
		if err := s.emitted.add(r, start, end, now.count-was.count); err != nil {
			return false, err
		}
	} else {
		if was.count > 0 {
			if err := s.emitted.add(r, was.start, was.end, -was.count); err != nil {
				return false, err
			}
		}
		if now.count > 0 {
			if err := s.emitted.add(r, start, end, now.count); err != nil {
				return false, err
			}
		}
	}
	*seen = now
	s.store(r, bucket, was.count)
	return times > 0, nil
}

// order puts the rows of a partition into list in the order of time.
func (s *sessions) order(bucket unsafe.Pointer) {
	*state.Word(bucket, sessionMark) = 0
	s.fresh = s.chain(s.fresh[:0], ref(*state.Word(bucket, sessionFresh)))
	*state.Word(bucket, sessionFresh) = 0
	s.list = s.chain(s.list[:0], ref(*state.Word(bucket, sessionList)))
	if len(s.fresh) == 0 {
		return
	}
	slices.SortFunc(s.fresh, func(a, b ref) int { return cmp.Compare(s.timeOf(a), s.timeOf(b)) })
	s.merged = s.merged[:0]
	old := s.list
	for _, r := range s.fresh {
		t := s.timeOf(r)
		for len(old) > 0 && s.timeOf(old[0]) <= t {
			s.merged, old = append(s.merged, old[0]), old[1:]
		}
		s.merged = append(s.merged, r)
	}
	s.merged = append(s.merged, old...)
	s.list, s.merged = s.merged, s.list
}

func (s *sessions) chain(list []ref, r ref) []ref {
	for ; r != 0; r = *s.next(r) {
		list = append(list, r)
	}
	return list
}

// link makes rows the list of a partition, and drops the partition if there are none.
func (s *sessions) link(bucket unsafe.Pointer, list []ref) {
	if len(list) == 0 {
		s.keys.delete(s.groups, bucket)
		return
	}
	*state.Word(bucket, sessionList) = uint64(list[0])
	for i, r := range list {
		if i+1 < len(list) {
			*s.next(r) = list[i+1]
		} else {
			*s.next(r) = 0
		}
	}
}

// refuse takes the changes back that are late: those of times in sessions that were closed before the tick.
func (s *sessions) refuse() error {
	until := int64(math.MinInt64)
	for i := 0; i < len(s.list); {
		t := s.timeOf(s.list[i])
		n := i
		for ; n < len(s.list) && s.timeOf(s.list[n]) == t; n++ {
			if seen := s.seen(s.list[n]); seen.count > 0 && later(seen.end, s.shift) <= s.closed {
				until = max(until, seen.end)
			}
		}
		for ; i < n; i++ {
			r := s.list[i]
			seen := s.seen(r)
			if diff := *s.times(r) - seen.count; diff != 0 && t <= until {
				*s.times(r) = seen.count
				if err := s.late.add(&s.env, s.closed, r, later(later(t, s.gap), s.shift), diff); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// free frees rows that are gone.
func (s *sessions) free() {
	for _, r := range s.gone {
		s.index.remove(r)
		s.rows.remove(r)
	}
	s.gone = s.gone[:0]
}

// forget lists a row to be freed when what was emitted of it is out.
func (s *sessions) forget(r ref) { s.gone = append(s.gone, r) }
