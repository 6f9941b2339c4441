package operators

import (
	"cmp"
	"slices"
	"sort"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// EndTick emits the differences that the tick has made, stores what it has changed, and closes the sessions that are complete.
func (s *sessionGroups) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	out := op.Outcome{Watermark: earliest(t.Watermarks), Wake: op.Never}
	if err := s.start(); err != nil {
		return out, err
	}
	s.emit = emit
	for _, part := range s.dirtyParts {
		s.settle(part)
	}
	if err := s.changeSessions(); err != nil {
		return out, err
	}
	expires := s.bounder != nil && out.Watermark > s.closed
	if expires {
		s.closed = out.Watermark
	}
	s.keepParts()
	if s.spec.OnClose {
		if err := s.emitSessions(s.finished); err != nil {
			return out, err
		}
	}
	s.release()
	if expires {
		s.open.Expire(s.closed)
		s.over.Expire(s.closed)
	}
	return out, s.flush()
}

// settle puts the tick's sessions of a partition in order among the others, and joins those that have grown together.
func (s *sessionGroups) settle(part unsafe.Pointer) {
	s.order(part)
	kept := s.list[:0]
	for _, row := range s.list {
		if n := len(kept); n > 0 && sessionAt(row).start <= s.end(sessionAt(kept[n-1])) {
			kept[n-1] = s.join(kept[n-1], row)
		} else {
			kept = append(kept, row)
		}
	}
	for _, row := range kept {
		if f := state.Flags(row); *f&groupFresh != 0 {
			*f = *f&^groupFresh | groupDirty
			s.dirty = append(s.dirty, dirtyGroup{row, nil, -1})
		}
	}
	s.link(part, kept)
}

// order lists the sessions of a partition by time.
func (s *sessionGroups) order(part unsafe.Pointer) {
	p := partAt(part)
	s.fresh, s.list = chain(s.fresh[:0], p.fresh), chain(s.list[:0], p.sessions)
	p.fresh = nil
	if len(s.fresh) > 1 {
		slices.SortFunc(s.fresh, func(a, b unsafe.Pointer) int { return cmp.Compare(sessionAt(a).start, sessionAt(b).start) })
	}
	if len(s.list) == 0 {
		s.list, s.fresh = s.fresh, s.list
		return
	}
	s.merged = s.merged[:0]
	old := s.list
	for _, row := range s.fresh {
		for len(old) > 0 && sessionAt(old[0]).start <= sessionAt(row).start {
			s.merged, old = append(s.merged, old[0]), old[1:]
		}
		s.merged = append(s.merged, row)
	}
	s.merged = append(s.merged, old...)
	s.list, s.merged = s.merged, s.list
}

// chain appends a session and those behind it to a list.
func chain(list []unsafe.Pointer, row unsafe.Pointer) []unsafe.Pointer {
	for ; row != nil; row = sessionAt(row).next {
		list = append(list, row)
	}
	return list
}

// link makes a list the sessions of a partition.
func (s *sessionGroups) link(part unsafe.Pointer, list []unsafe.Pointer) {
	next := unsafe.Pointer(nil)
	for _, row := range slices.Backward(list) {
		sessionAt(row).next = next
		next = row
	}
	partAt(part).sessions = next
}

// join makes one session of two. That of earlier ticks remains, the first if both are.
func (s *sessionGroups) join(first, second unsafe.Pointer) unsafe.Pointer {
	into, from := first, second
	if *state.Flags(first)&groupFresh != 0 && *state.Flags(second)&groupFresh == 0 {
		into, from = second, first
	}
	s.touch(into)
	s.touch(from)
	g, h := sessionAt(into), sessionAt(from)
	g.start, g.last = min(g.start, h.start), max(g.last, h.last)
	s.into, s.from = append(s.into, into), append(s.from, from)
	f := state.Flags(from)
	if *f&groupStored != 0 {
		s.open.Delete(s.makeKey(h))
	}
	*f |= groupGone
	return into
}

// touch notes what was emitted of a session of earlier ticks before the tick changes it.
func (s *sessionGroups) touch(row unsafe.Pointer) {
	f := state.Flags(row)
	if *f&(groupFresh|groupDirty) != 0 {
		return
	}
	*f |= groupDirty
	old := int32(-1)
	if *f&groupShown != 0 {
		old = int32(len(s.shown))
		s.shown = append(s.shown, row)
		s.appendBounds(s.old, row)
	}
	s.dirty = append(s.dirty, dirtyGroup{row, nil, old})
}

func (s *sessionGroups) appendBounds(b *batch.Batch, row unsafe.Pointer) {
	g := sessionAt(row)
	b.Cols[0].Ints = append(b.Cols[0].Ints, g.start)
	b.Cols[1].Ints = append(b.Cols[1].Ints, s.end(g))
}

// changeSessions adds up the states of sessions that have become one, and emits what the tick has changed.
func (s *sessionGroups) changeSessions() error {
	blobs := s.sessions.Blobs
	s.results(blobs, s.shown, s.old.Cols[2:], &s.oldErrors)
	sort.Stable(byRow{&s.oldErrors})
	if err := s.addGroups(s.into, s.from, blobs, blobs); err != nil {
		return err
	}
	if !s.spec.OnClose {
		if err := s.emitSessions(s.dirty); err != nil {
			return err
		}
	}
	s.dirty, s.shown, s.into = s.dirty[:0], s.shown[:0], s.into[:0]
	s.old.Reset()
	s.oldErrors.Truncate(0)
	return nil
}

// emitSessions emits what has become of sessions.
func (s *sessionGroups) emitSessions(list []dirtyGroup) error {
	for some := range slices.Chunk(list, batch.Rows) {
		s.reset()
		for _, d := range some {
			if err := s.keys.appendValues(s.keyCols.Cols, s.parts, sessionAt(d.row).part); err != nil {
				return err
			}
			if *state.Flags(d.row)&groupGone == 0 {
				*state.Flags(d.row) |= groupShown
				s.alive = append(s.alive, d.row)
				s.appendBounds(s.now, d.row)
			}
		}
		s.results(s.sessions.Blobs, s.alive, s.now.Cols[2:], &s.nowErrors)
		sort.Stable(byRow{&s.nowErrors})
		n := 0 // in now
		for i, d := range some {
			now := -1
			if *state.Flags(d.row)&groupGone == 0 {
				now, n = n, n+1
			}
			if err := s.change(i, int(d.old), now); err != nil {
				return err
			}
		}
		s.gather()
	}
	return nil
}

// release takes out of memory what is over.
func (s *sessionGroups) release() {
	for _, row := range s.from {
		s.drop(row)
	}
	for _, d := range s.finished {
		s.drop(d.row)
	}
	for _, part := range s.empty {
		if !s.keys.exact {
			s.parts.groups.Blobs.Free(*state.Word(part, rawWord))
		}
		s.keys.delete(s.parts.groups, part)
	}
	s.from, s.finished, s.empty = s.from[:0], s.finished[:0], s.empty[:0]
}

func (s *sessionGroups) drop(row unsafe.Pointer) {
	s.free(s.sessions.Blobs, row)
	s.sessions.Delete(row, true)
}
