package operators

import (
	"math"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// sessionGroups computes aggregate functions over the sessions of rows that are never taken back. It gives what an aggregate over sessions
// gives, but keeps the states of each session instead of its rows.
//
// Push makes sessions of the tick's own rows. EndTick puts them in order among those that their partition has, adds up the states of those that
// have grown together, and emits what has changed of each, once. A session is forgotten when the watermark closes it. Its partition
// remembers for another gap up to when it has closed sessions: rows up to then are late, though not by their own time.
type sessionGroups struct {
	groupStates
	emitter
	env        Env
	time       int
	gap, shift int64
	keys       groupKeys
	parts      *window    // its groups are the partitions
	sessions   *state.Map // by serial number
	serial     [1]int64
	open, over *state.Table // see sessiongroups_store.go
	bounder    *bounder     // nil: sessions are never closed
	closed     int64

	// Of the rows of a batch: their partitions and their sessions; those that have a time, and those that are late.
	partOf, rows         []unsafe.Pointer
	timed, placed, lates []int32
	lateAt               []int64

	// Of a tick: what it has touched, what has been emitted of that before, and which session becomes part of which.
	dirtyParts []unsafe.Pointer
	dirty      []dirtyGroup
	shown      []unsafe.Pointer
	into, from []unsafe.Pointer
	// What leaves memory at the end of the tick, and when partitions are to be looked at again.
	finished []dirtyGroup
	empty    []unsafe.Pointer
	due      timeHeap[uintptr]

	list, fresh, merged []unsafe.Pointer
	buf                 []byte
	run                 state.Run
	started             bool
}

// sessionPart is the words of a partition. What it points to is not of the Go heap, and does not move.
type sessionPart struct {
	sessions unsafe.Pointer // the first in the order of time
	_        uint64         // rawWord
	fresh    unsafe.Pointer // those of the tick's own rows, the last that was begun first
	until    int64          // the end of its last closed session, if it is partClosed
	due      int64          // when it is to be looked at, if it is partWaits
}

const (
	partDirty  = 1 << iota // flags of a partition
	partClosed             // it remembers a closed session
	partWaits              // it is in due
)

// sessionGroup is the first words of a session; the states follow.
type sessionGroup struct {
	count       int64
	start, last int64          // the times of its first and last row
	next        unsafe.Pointer // of its partition
	part        unsafe.Pointer
	bound, key  int64 // what it is stored under: a bound and a start
}

// More flags of a group.
const (
	groupFresh = groupWaiting << (1 + iota) // of rows of this tick only, and not in order yet
	groupGone                               // it is part of another session
)

const wordBytes = 8

func newSessionGroups(spec *flow.Aggregate, env Env) *sessionGroups {
	w := spec.Sessions
	s := &sessionGroups{env: env, time: w.Time, gap: w.Gap, shift: w.Shift, open: env.Tables[spec.Table], closed: op.NoWatermark}
	s.timed, s.placed = []int32{}, []int32{} // never nil, which would be all rows
	s.keys = newGroupKeys(&flow.Aggregate{Columns: spec.Columns, Keys: spec.Keys})
	s.parts = &window{groups: state.NewMap(env.Pool, env.Owner, int(unsafe.Sizeof(sessionPart{})/wordBytes))}
	s.groupStates = newGroupStates(spec, int(unsafe.Sizeof(sessionGroup{})/wordBytes), nil)
	s.sessions = state.NewMap(env.Pool, env.Owner, s.words)
	if spec.Bound != nil {
		s.over = env.Tables[spec.Table+1]
		s.bounder = newBounder(&s.env, spec.Bound, spec.Late, spec.Columns)
		s.closed = env.closed()
	}
	t := spec.Columns[w.Time]
	s.emitter = newEmitter(&s.env, spec.KeyTypes(), append([]types.Type{t, t}, spec.ResultTypes()...))
	return s
}

func partAt(row unsafe.Pointer) *sessionPart {
	return (*sessionPart)(unsafe.Pointer(state.Word(row, 0)))
}

func sessionAt(row unsafe.Pointer) *sessionGroup {
	return (*sessionGroup)(unsafe.Pointer(state.Word(row, 0)))
}

// end is the end of a session.
func (s *sessionGroups) end(g *sessionGroup) int64 { return later(g.last, s.gap) }

// closes is the watermark that closes a session.
func (s *sessionGroups) closes(g *sessionGroup) int64 { return later(s.end(g), s.shift) }

// forgets is the watermark with which a partition need not remember a closed session any more: rows up to its end are late by their own time.
func (s *sessionGroups) forgets(end int64) int64 { return later(later(end, s.gap), s.shift) }

// Push adds the rows of a batch to sessions of the tick.
func (s *sessionGroups) Push(_ int, b *batch.Batch, _ op.Emit) error {
	if err := s.start(); err != nil {
		return err
	}
	if s.bounder != nil {
		var err error
		if b, _, err = s.bounder.split(b, s.closed); err != nil {
			return err
		}
	}
	n := b.Len()
	sel := s.withTime(&b.Cols[s.time])
	if n == 0 || sel != nil && len(sel) == 0 {
		return nil
	}
	s.partOf, s.rows = slices.Grow(s.partOf[:0], n)[:n], slices.Grow(s.rows[:0], n)[:n]
	if err := s.keys.find(s.parts.groups, b, s.keys.rest, sel, s.partOf); err != nil {
		return err
	}
	sel, err := s.place(b, sel)
	if err != nil {
		return err
	}
	return s.addRows(s.sessions.Blobs, b, sel, s.rows)
}

// withTime lists the rows that have a time; nil is all of them. The infinite times, like no time at all, are in no session.
func (s *sessionGroups) withTime(times *batch.Vec) []int32 {
	s.timed = s.timed[:0]
	for i, t := range times.Ints {
		if t != math.MinInt64 && t != math.MaxInt64 && !times.IsNull(i) {
			s.timed = append(s.timed, int32(i))
		}
	}
	if len(s.timed) == len(times.Ints) {
		return nil
	}
	return s.timed
}

// place finds the sessions of the rows that sel lists, and gives the list of those that are in one: the others are late.
func (s *sessionGroups) place(b *batch.Batch, sel []int32) ([]int32, error) {
	s.lates, s.lateAt, s.placed = s.lates[:0], s.lateAt[:0], s.placed[:0]
	times := b.Cols[s.time].Ints
	if sel == nil {
		for i, t := range times {
			if err := s.placeRow(b, i, t); err != nil {
				return nil, err
			}
		}
	}
	for _, i := range sel {
		if err := s.placeRow(b, int(i), times[i]); err != nil {
			return nil, err
		}
	}
	if len(s.lates) == 0 {
		return sel, nil
	}
	if s.env.Late != nil {
		if err := s.env.Late(s.spec.Late, b, s.lates, s.lateAt, s.closed); err != nil {
			return nil, err
		}
	}
	return s.placed, nil
}

// placeRow puts row i of b, of time t, into the session of the tick that was last begun in its partition, or begins another.
func (s *sessionGroups) placeRow(b *batch.Batch, i int, t int64) error {
	row := s.partOf[i]
	p, f := partAt(row), state.Flags(row)
	if *f&partClosed != 0 && t <= p.until {
		s.lates, s.lateAt = append(s.lates, int32(i)), append(s.lateAt, s.forgets(t))
		return nil
	}
	s.placed = append(s.placed, int32(i))
	if p.fresh != nil {
		if g := sessionAt(p.fresh); t <= s.end(g) && later(t, s.gap) >= g.start {
			g.start, g.last = min(g.start, t), max(g.last, t)
			s.rows[i] = p.fresh
			return nil
		}
	}
	if *f&partDirty == 0 {
		*f |= partDirty
		s.dirtyParts = append(s.dirtyParts, row)
		if !s.keys.exact && *state.Word(row, rawWord) == 0 {
			if err := s.keys.setRaw(s.parts.groups, row, b, s.keys.rest, i); err != nil {
				return err
			}
		}
	}
	var err error
	s.rows[i], err = s.begin(row, t, t)
	return err
}

// begin makes a session of a partition.
func (s *sessionGroups) begin(part unsafe.Pointer, start, last int64) (unsafe.Pointer, error) {
	var made [1]unsafe.Pointer
	s.serial[0]++
	if err := s.sessions.PutInts(s.serial[:], nil, made[:]); err != nil {
		return nil, err
	}
	p, g := partAt(part), sessionAt(made[0])
	g.start, g.last, g.part, g.next = start, last, part, p.fresh
	p.fresh = made[0]
	*state.Flags(made[0]) = groupFresh
	return made[0], nil
}
