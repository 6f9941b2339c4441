package operators

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// The end of a tick of a join: rows that are emitted alone are judged, what has changed is noted in the tables, and what is of no more use goes.

func (j *join) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	watermark := earliest(t.Watermarks)
	outcome := op.Outcome{Watermark: watermark, Wake: op.Never}
	if j.env.OneShot {
		for in := range j.sides {
			if !j.sides[in].ended {
				if err := j.EndInput(in, emit); err != nil {
					return outcome, err
				}
			}
		}
		j.index.Reset()
		return outcome, nil
	}
	if err := j.start(); err != nil {
		return outcome, err
	}
	if err := j.lookup.apply(); err != nil {
		return outcome, err
	}
	if err := j.judgeTick(emit); err != nil {
		return outcome, err
	}
	if err := j.alone.flush(emit); err != nil {
		return outcome, err
	}
	for i := range j.dirtyRows {
		j.store(&j.dirtyRows[i], watermark)
	}
	for _, d := range j.dirtyBuckets {
		*state.Word(d.bucket, bucketDirty) = 0
	}
	j.dirtyRows, j.dirtyBuckets = j.dirtyRows[:0], j.dirtyBuckets[:0]
	if j.notIn != nil {
		j.notIn.totalBefore, j.notIn.nullsBefore = j.notIn.total, j.notIn.nulls
	}
	if watermark > j.closed {
		j.expire(watermark)
		j.closed = watermark
	}
	if err := j.readOn(); err != nil {
		return outcome, err
	}
	j.forget()
	return outcome, nil
}

// judgeTick emits what the tick has changed of the rows that are emitted alone.
func (j *join) judgeTick(emit op.Emit) error {
	for i := range j.dirtyRows {
		d := &j.dirtyRows[i]
		s := &j.sides[d.side]
		if s.verdict == judgeNone {
			continue
		}
		p := s.rows.at(d.row)
		var before, now bool
		if j.perRow {
			invariants.Assertf(int64(*word(p, s.matched)) >= 0, "a row has %d partners", int64(*word(p, s.matched)))
			before, now = s.verdict.judge(d.matched), s.verdict.judge(int64(*word(p, s.matched)))
		} else if before, now = j.judgeBucket(d.bucket, s); before != now {
			continue // with all rows of its bucket
		}
		if diff := times(now, rowCount(p)) - times(before, d.was); diff != 0 {
			if err := j.alone.add(s, d.row, diff, emit); err != nil {
				return err
			}
		}
	}
	if j.perRow || j.notIn == nil && j.sides[0].verdict == judgeNone {
		return nil
	}
	if n := j.notIn; n != nil && n.nulls > 0 != (n.nullsBefore > 0) {
		return j.index.Each(func(bucket unsafe.Pointer) error { return j.turn(bucket, &j.sides[0], emit) })
	}
	for _, d := range j.dirtyBuckets {
		for i := range j.sides {
			if s := &j.sides[i]; s.verdict != judgeNone {
				if err := j.turn(d.bucket, s, emit); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func times(is bool, n int64) int64 {
	if is {
		return n
	}
	return 0
}

// judgeBucket tells whether the rows of a side in a bucket were emitted at the end of the tick before, and are now.
func (j *join) judgeBucket(bucket unsafe.Pointer, s *joinSide) (before, now bool) {
	n := *bucketSum(bucket, 1-s.side)
	was := n
	if dirty := *state.Word(bucket, bucketDirty); dirty != 0 {
		was = j.dirtyBuckets[dirty-1].was[1-s.side]
	}
	invariants.Assertf(n >= 0, "a key has %d rows", n)
	if x := j.notIn; x != nil {
		was, n = x.partners(j, bucket, was, x.totalBefore, x.nullsBefore), x.partners(j, bucket, n, x.total, x.nulls)
	}
	return s.verdict.judge(was), s.verdict.judge(n)
}

// turn emits all rows of a side in a bucket if the tick has changed whether they are emitted alone.
func (j *join) turn(bucket unsafe.Pointer, s *joinSide, emit op.Emit) error {
	before, now := j.judgeBucket(bucket, s)
	if before == now {
		return nil
	}
	for r := *bucketHead(bucket, s.side); r != 0; {
		p := s.rows.at(r)
		was := rowCount(p)
		if mark := rowMark(p)[1]; mark != 0 {
			was = j.dirtyRows[mark-1].was
		}
		if diff := times(now, rowCount(p)) - times(before, was); diff != 0 {
			if err := j.alone.add(s, r, diff, emit); err != nil {
				return err
			}
		}
		r = nextRow(p)
	}
	return nil
}

// store notes a changed row in its table, and drops it if it is gone.
func (j *join) store(d *dirtyRow, watermark int64) {
	s := &j.sides[d.side]
	p := s.rows.at(d.row)
	count := rowCount(p)
	rowMark(p)[1] = 0
	invariants.Assertf(count >= 0, "a row is there %d times", count)
	changed := count != d.was || count != 0 && s.matched >= 0 && int64(*word(p, s.matched)) != d.matched
	if changed && (s.bound < 0 || s.expiry.boundOf(p) > watermark) {
		l := &j.load
		l.key = j.appendKey(l.key[:0], s, d.bucket, p)
		l.key = s.rows.appendState(l.key, d.row)
		if count == 0 {
			s.table.Delete(l.key)
		} else {
			l.value = binary.AppendVarint(l.value[:0], count)
			if s.matched >= 0 {
				l.value = binary.AppendVarint(l.value, int64(*word(p, s.matched)))
			}
			s.table.Put(l.key, l.value)
		}
	}
	if count != 0 {
		return
	}
	if s.bound >= 0 {
		s.expiry.remove(s.rows, d.row)
	}
	s.remove(d.bucket, d.row)
	j.noteEmpty(d.bucket)
}

// appendKey appends what the keys of a bucket's rows in the table begin with. p is the row, for its bound.
func (j *join) appendKey(dst []byte, s *joinSide, bucket unsafe.Pointer, p unsafe.Pointer) []byte {
	if s.bound >= 0 {
		dst = key.AppendBound(dst, s.expiry.boundOf(p))
	}
	if !j.ints {
		return append(dst, j.index.Key(bucket)...)
	}
	k, null := state.IntKey(bucket)
	j.load.one[0] = types.IntValue(k)
	j.load.one[0].Null = null
	return s.key.AppendValues(dst, j.load.one[:]...)
}

// expire drops the rows whose bound the watermark has reached. Rows of the last second or so stay for a while, out of sight.
func (j *join) expire(watermark int64) {
	for i := range j.sides {
		s := &j.sides[i]
		if s.bound < 0 {
			continue
		}
		s.table.Expire(watermark)
		s.expiry.expire(s.rows, watermark, func(r ref, bucket unsafe.Pointer) {
			*bucketSum(bucket, s.side) -= rowCount(s.rows.at(r))
			s.remove(bucket, r)
			j.noteEmpty(bucket)
		})
	}
}

// noteEmpty lists a bucket that has become empty.
func (j *join) noteEmpty(bucket unsafe.Pointer) {
	if flags := state.Flags(bucket); *flags&bucketEmpty == 0 && *bucketHead(bucket, 0) == 0 && *bucketHead(bucket, 1) == 0 {
		*flags |= bucketEmpty
		j.empty = append(j.empty, bucket)
	}
}

// forget drops buckets that are empty. One whose rows went in this tick stays for one more if the tables are read: they may not know yet.
func (j *join) forget() {
	n := j.emptied
	if j.load.complete[0] && j.load.complete[1] {
		n = len(j.empty)
	}
	for _, bucket := range j.empty[:n] {
		*state.Flags(bucket) &^= bucketEmpty
		if *bucketHead(bucket, 0) == 0 && *bucketHead(bucket, 1) == 0 && (j.notIn == nil || bucket != j.notIn.bucket) {
			j.index.Delete(bucket, j.ints)
		}
	}
	j.empty = slices.Delete(j.empty, 0, n)
	j.emptied = len(j.empty)
}
