package operators

import (
	"encoding/binary"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// What is stored of sessions: [bound] partition, start -> the time from the first to the last row as a varint, and what a group is stored as. The bound
// is at most that which closes the session: when the watermark reaches it and the session has become longer, the session gets another.
//
// Of closed sessions: bound, partition -> the end as a varint, and the head of a group without rows. The bound is when it is forgotten.

// keepParts goes through the partitions that the tick has touched or that are due.
func (s *sessionGroups) keepParts() {
	for _, part := range s.dirtyParts {
		*state.Flags(part) &^= partDirty
		s.keep(part)
	}
	s.dirtyParts = s.dirtyParts[:0]
	for len(s.due) > 0 && s.due[0].at <= s.closed {
		at, address := s.due.pop()
		part := *(*unsafe.Pointer)(unsafe.Pointer(&address))
		// It may be gone or have been due earlier since.
		if f := state.Flags(part); *f&partWaits != 0 && partAt(part).due == at {
			*f &^= partWaits
			s.keep(part)
		}
	}
}

// keep closes the sessions of a partition that are complete, stores those that have changed, and drops the partition if nothing is left.
func (s *sessionGroups) keep(part unsafe.Pointer) {
	p, f := partAt(part), state.Flags(part)
	s.list = chain(s.list[:0], p.sessions)
	open := s.list[:0]
	due := int64(neverBound)
	ended := false
	for _, row := range s.list {
		g := sessionAt(row)
		if s.bounder != nil && s.closes(g) <= s.closed {
			s.finished = append(s.finished, dirtyGroup{row, nil, -1})
			p.until, ended = s.end(g), true
			continue
		}
		if *state.Flags(row)&groupDirty != 0 || g.bound <= s.closed {
			s.store(row)
		}
		due = min(due, g.bound)
		open = append(open, row)
	}
	s.link(part, open)
	if ended {
		*f |= partClosed
		s.remember(part)
	}
	if len(open) == 0 {
		if due = s.forgets(p.until); *f&partClosed == 0 || due <= s.closed {
			*f &^= partWaits
			s.empty = append(s.empty, part)
			return
		}
	}
	s.await(part, due)
}

// await has a partition looked at when the watermark has reached a time.
func (s *sessionGroups) await(part unsafe.Pointer, due int64) {
	p, f := partAt(part), state.Flags(part)
	if s.bounder == nil || *f&partWaits != 0 && p.due <= due {
		return
	}
	*f |= partWaits
	p.due = due
	s.due.push(due, uintptr(part))
}

// store notes a session that has changed, or whose bound has been reached.
func (s *sessionGroups) store(row unsafe.Pointer) {
	g, f := sessionAt(row), state.Flags(row)
	*f &^= groupDirty
	bound := int64(neverBound)
	if s.bounder != nil {
		bound = s.closes(g)
	}
	if *f&groupStored != 0 && g.bound > s.closed {
		bound = g.bound
		if g.key != g.start && !s.env.OneShot {
			s.open.Delete(s.makeKey(g))
		}
	}
	*f |= groupStored
	g.bound, g.key = bound, g.start
	if s.env.OneShot {
		return
	}
	k := s.makeKey(g)
	at := len(k)
	s.buf = binary.AppendUvarint(k, uint64(g.last)-uint64(g.start))
	s.buf = s.keys.appendHead(s.buf, g.count, s.parts.groups, g.part)
	s.buf = s.appendStates(s.buf, s.sessions.Blobs, row)
	s.open.Put(s.buf[:at], s.buf[at:])
}

// makeKey is the key that a session is stored under, borrowed.
func (s *sessionGroups) makeKey(g *sessionGroup) []byte {
	s.buf = s.buf[:0]
	if s.bounder != nil {
		s.buf = key.AppendBound(s.buf, g.bound)
	}
	s.buf = s.keys.appendKey(s.buf, s.parts.groups, g.part)
	s.buf = key.AppendBound(s.buf, g.key)
	return s.buf
}

// remember notes up to when a partition has closed sessions.
func (s *sessionGroups) remember(part unsafe.Pointer) {
	end := partAt(part).until
	bound := s.forgets(end)
	if bound <= s.closed || s.env.OneShot {
		return
	}
	s.buf = s.keys.appendKey(key.AppendBound(s.buf[:0], bound), s.parts.groups, part)
	at := len(s.buf)
	s.buf = binary.AppendVarint(s.buf, end)
	s.buf = s.keys.appendHead(s.buf, 0, s.parts.groups, part)
	s.over.Put(s.buf[:at], s.buf[at:])
}

// start reads the tables after a restart.
func (s *sessionGroups) start() error {
	if s.started {
		return nil
	}
	s.started = true
	b := batch.New(s.spec.Columns...)
	if err := scanTable(s.open, state.Range{}, &s.run, func(k, value []byte) error { return s.readOpen(b, k, value) }); err != nil {
		return err
	}
	if s.over != nil {
		err := scanTable(s.over, state.Range{}, &s.run, func(k, value []byte) error { return s.readOver(b, k, value) })
		if err != nil {
			return err
		}
	}
	for _, part := range s.dirtyParts {
		*state.Flags(part) &^= partDirty
		s.order(part)
		s.link(part, s.list)
		due := s.forgets(partAt(part).until)
		if len(s.list) > 0 {
			due = neverBound
		}
		for _, row := range s.list {
			due = min(due, sessionAt(row).bound)
		}
		s.await(part, due)
	}
	s.dirtyParts = s.dirtyParts[:0]
	return nil
}

// readOpen brings a stored session into memory if this worker owns it. b is memory.
func (s *sessionGroups) readOpen(b *batch.Batch, k, value []byte) error {
	bound := int64(neverBound)
	if s.bounder != nil {
		var ok bool
		if bound, k, ok = key.BoundOf(k); !ok {
			return errSessionKey()
		}
		if bound <= s.closed {
			return nil
		}
	}
	start, last, k, value, err := cutSession(k, value)
	if err != nil {
		return err
	}
	part, err := s.readPart(b, k, value)
	if err != nil || part == nil {
		return err
	}
	row, err := s.begin(part, start, last)
	if err != nil {
		return err
	}
	count, _, value, err := s.keys.cutGroup(value)
	if err != nil {
		return err
	}
	g := sessionAt(row)
	g.count, g.bound, g.key = count, bound, start
	*state.Flags(row) = groupStored
	if !s.spec.OnClose {
		*state.Flags(row) |= groupShown
	}
	_, err = s.decodeStates(s.sessions.Blobs, row, value)
	return err
}

// readOver notes a closed session.
func (s *sessionGroups) readOver(b *batch.Batch, k, value []byte) error {
	bound, k, ok := key.BoundOf(k)
	if !ok {
		return errSessionKey()
	}
	if bound <= s.closed {
		return nil
	}
	end, n := binary.Varint(value)
	if n <= 0 {
		return errCutOff()
	}
	part, err := s.readPart(b, k, value[n:])
	if err != nil || part == nil {
		return err
	}
	p, f := partAt(part), state.Flags(part)
	if *f&partClosed == 0 || p.until < end {
		*f |= partClosed
		p.until = end
	}
	return nil
}

// readPart returns the partition of a stored key, nil if this worker does not own it. value begins with the head of a group.
func (s *sessionGroups) readPart(b *batch.Batch, k, value []byte) (unsafe.Pointer, error) {
	within, err := s.keys.decode(b, k, value)
	if err != nil || s.env.Owns != nil && len(s.env.Owns(0, b, nil)) == 0 {
		return nil, err
	}
	part, err := s.keys.put(s.parts.groups, within)
	if err != nil || *state.Flags(part)&partDirty != 0 {
		return part, err
	}
	*state.Flags(part) |= partDirty
	s.dirtyParts = append(s.dirtyParts, part)
	if s.keys.exact {
		return part, nil
	}
	return part, s.keys.setRaw(s.parts.groups, part, b, s.keys.rest, 0)
}

// cutSession takes the times of the first and last row from what a session is stored as.
func cutSession(k, value []byte) (start, last int64, part, group []byte, err error) {
	at := len(k) - wordBytes
	if at < 0 {
		return 0, 0, nil, nil, errSessionKey()
	}
	start, _, _ = key.BoundOf(k[at:])
	length, n := binary.Uvarint(value)
	if n <= 0 {
		return 0, 0, nil, nil, errCutOff()
	}
	return start, start + int64(length), k[:at], value[n:], nil
}

func errSessionKey() error { return invariants.Errorf("a key of sessions is cut off") }

// SessionTimes reads when a stored session of an aggregate that has them begins, and the watermark that closes it.
func SessionTimes(spec *flow.SessionGroups, k, value []byte) (start, closes int64, err error) {
	start, last, _, _, err := cutSession(k, value)
	return start, later(later(last, spec.Gap), spec.Shift), err
}
