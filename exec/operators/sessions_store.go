package operators

import (
	"encoding/binary"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// What sessions keep: [bound] row -> count. The bound is the time at which the row may go at the earliest. It is judged then: if the
// session has become longer the row gets another.

// dies is when a row of a session may go: a gap after the session is closed.
func (s *sessions) dies(end int64) int64 { return later(later(end, s.gap), s.shift) }

// store notes a row whose count may have changed from what it was.
func (s *sessions) store(r ref, bucket unsafe.Pointer, was int64) {
	count := s.seen(r).count
	if s.bounder != nil && was == 0 {
		s.expiry.add(s.rows, r, bucket, s.dies(s.seen(r).end))
	}
	if count != was && !s.env.OneShot {
		s.makeKey(r)
		if count == 0 {
			s.table.Delete(s.key)
		} else {
			s.put(count)
		}
	}
	if count == 0 {
		if s.bounder != nil {
			s.expiry.remove(s.rows, r)
		}
		s.forget(r)
	}
}

// makeKey sets key to that of a row.
func (s *sessions) makeKey(r ref) {
	s.key = s.key[:0]
	if s.bounder != nil {
		s.key = key.AppendBound(s.key, s.expiry.boundOf(s.rows.at(r)))
	}
	s.key = s.rows.appendState(s.key, r)
}

func (s *sessions) put(count int64) {
	s.value = binary.AppendVarint(s.value[:0], count)
	s.table.Put(s.key, s.value)
}

// expire drops the rows of sessions that are over for so long that nothing can join them any more.
func (s *sessions) expire(watermark int64) {
	s.due = s.expiry.due(s.due[:0], s.rows, watermark)
	for _, r := range s.due {
		p := s.rows.at(r)
		bucket := *(*unsafe.Pointer)(unsafe.Pointer(word(p, s.expiry.at+2)))
		dies := s.dies(s.seen(r).end)
		if dies > watermark {
			s.expiry.add(s.rows, r, bucket, dies)
			s.makeKey(r)
			s.put(*s.times(r))
			continue
		}
		*s.times(r) = expired
		if mark := state.Word(bucket, sessionMark); *mark == 0 {
			*mark = 1
			s.dirty = append(s.dirty, bucket)
		}
	}
	for _, bucket := range s.dirty {
		*state.Word(bucket, sessionMark) = 0
		s.list = s.chain(s.list[:0], ref(*state.Word(bucket, sessionList)))
		kept := s.list[:0]
		for _, r := range s.list {
			switch {
			case *s.times(r) == expired:
				s.forget(r)
			case s.dies(s.seen(r).end) <= watermark:
				// Its session has become shorter since the row was stored: it goes with the others, and stays in the table until its bound.
				s.expiry.remove(s.rows, r)
				s.forget(r)
			default:
				kept = append(kept, r)
			}
		}
		s.link(bucket, kept)
	}
	s.dirty = s.dirty[:0]
	s.free()
	s.table.Expire(watermark)
}

// start reads the table after a restart. What was emitted of the rows follows from them.
func (s *sessions) start() error {
	if s.started {
		return nil
	}
	s.started = true
	if s.env.OneShot || s.table.Fresh() {
		return nil
	}
	row := batch.New(s.columns...)
	var vecs []*batch.Vec
	for c := range row.Cols {
		vecs = append(vecs, &row.Cols[c])
	}
	var owned []int32
	err := scanTable(s.table, state.Range{}, &s.run, func(k, value []byte) error {
		bound := int64(neverBound)
		if s.bounder != nil {
			var ok bool
			if bound, k, ok = key.BoundOf(k); !ok {
				return invariants.Errorf("a key of sessions is cut off")
			}
			if bound <= s.closed {
				return nil
			}
		}
		count, n := binary.Varint(value)
		if n <= 0 {
			return invariants.Errorf("a row of sessions has no count")
		}
		row.Reset()
		if _, err := state.DecodeRow(vecs, s.rows.kinds, k); err != nil {
			return err
		}
		row.SetLen(1)
		if s.env.Owns != nil {
			if owned = s.env.Owns(0, row, owned[:0]); len(owned) == 0 {
				return nil
			}
		}
		s.sel = append(s.sel[:0], 0)
		return s.take(row, func(r ref, _ int) {
			*s.times(r) = count
			if s.bounder != nil {
				s.expiry.add(s.rows, r, s.buckets[0], bound)
			}
		})
	})
	if err != nil {
		return err
	}
	for _, bucket := range s.dirty {
		s.restore(bucket)
	}
	s.dirty = s.dirty[:0]
	s.free()
	return nil
}

// restore notes of all rows of a partition that they were emitted as they stand. What is left of sessions that are over is dropped.
func (s *sessions) restore(bucket unsafe.Pointer) {
	s.order(bucket)
	kept := s.list[:0]
	for i := 0; i < len(s.list); {
		start := s.timeOf(s.list[i])
		end := s.end(start)
		n := i
		for ; n < len(s.list) && s.timeOf(s.list[n]) <= end; n++ {
			end = s.end(s.timeOf(s.list[n]))
		}
		for ; i < n; i++ {
			r := s.list[i]
			*s.seen(r) = emittedSession{start, end, *s.times(r)}
			if s.bounder != nil && s.dies(end) <= s.closed {
				s.expiry.remove(s.rows, r)
				s.forget(r)
				continue
			}
			kept = append(kept, r)
		}
	}
	s.link(bucket, kept)
}

// sessionOutput is rows with bounds on their way out.
type sessionOutput struct {
	rows    *rowStore
	out     *batch.Batch
	refs    []ref
	emit    op.Emit
	weighed filling
}

func (o *sessionOutput) init(rows *rowStore, columns []types.Type) {
	o.rows, o.out = rows, batch.New(columns...)
}

func (o *sessionOutput) add(r ref, start, end, diff int64) error {
	n := len(o.rows.kinds)
	o.refs = append(o.refs, r)
	o.out.Cols[n].Ints = append(o.out.Cols[n].Ints, start)
	o.out.Cols[n+1].Ints = append(o.out.Cols[n+1].Ints, end)
	o.out.AppendDiff(diff)
	if !o.weighed.full(o.rows, r, len(o.refs), 0) {
		return nil
	}
	return o.flush()
}

func (o *sessionOutput) flush() error {
	if len(o.refs) == 0 {
		return nil
	}
	o.rows.appendRows(o.out, 0, o.refs)
	err := o.emit(o.out)
	o.refs = o.refs[:0]
	o.out.Reset()
	return err
}

// sessionLate is late rows on their way out.
type sessionLate struct {
	number  int
	rows    *rowStore
	out     *batch.Batch
	refs    []ref
	bounds  []int64
	sel     []int32
	weighed filling
}

func (l *sessionLate) init(rows *rowStore, spec *flow.Sessions) {
	l.number, l.rows, l.out = spec.Late, rows, batch.New(spec.Columns...)
}

func (l *sessionLate) add(env *Env, watermark int64, r ref, bound, diff int64) error {
	l.refs, l.bounds, l.sel = append(l.refs, r), append(l.bounds, bound), append(l.sel, int32(len(l.sel)))
	l.out.AppendDiff(diff)
	if !l.weighed.full(l.rows, r, len(l.refs), 0) {
		return nil
	}
	return l.flush(env, watermark)
}

func (l *sessionLate) flush(env *Env, watermark int64) error {
	if len(l.refs) == 0 {
		return nil
	}
	l.rows.appendRows(l.out, 0, l.refs)
	var err error
	if env.Late != nil {
		err = env.Late(l.number, l.out, l.sel, l.bounds, watermark)
	}
	l.refs, l.bounds, l.sel = l.refs[:0], l.bounds[:0], l.sel[:0]
	l.out.Reset()
	return err
}
