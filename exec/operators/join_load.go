package operators

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// After a restart the rows of a join are in its tables. Those of a bucket are read when a change of it comes, for all buckets of a batch in the order of
// their keys, and every tick reads some more, until all are in memory. Tables whose keys begin with bounds cannot be read by join key,
// and NOT IN needs all rows: these are read whole at the first change.

// joinLoad is how far that has come.
type joinLoad struct {
	started  bool
	complete [2]bool
	next     [2][]byte // from where to go on
	missing  []unsafe.Pointer
	run      state.Run
	row      [2]*batch.Batch // one row of a side
	vecs     [2][]*batch.Vec
	skip     [2][]*batch.Vec // the key's columns, which are not wanted
	sel      []int32

	key, value []byte
	one        [1]types.Value
}

// start prepares a join for its first change or tick.
func (j *join) start() error {
	l := &j.load
	if l.started {
		return nil
	}
	l.started = true
	if j.notIn != nil {
		if err := j.notIn.prepare(j); err != nil {
			return err
		}
	}
	for i := range j.sides {
		s := &j.sides[i]
		if l.complete[i] = j.env.OneShot || s.table.Fresh(); l.complete[i] {
			continue
		}
		l.row[i] = batch.New(s.columns...)
		l.skip[i] = make([]*batch.Vec, len(s.keys))
		l.vecs[i] = make([]*batch.Vec, len(s.cols))
		for k, c := range s.cols {
			if !slices.Contains(s.cols[:k], c) { // a key may have a column twice, and so have the rows that are kept
				l.vecs[i][k] = &l.row[i].Cols[c]
			}
		}
		if s.bound < 0 && j.notIn == nil {
			continue
		}
		for !l.complete[i] {
			if err := j.readChunk(s); err != nil {
				return err
			}
		}
	}
	if j.notIn != nil {
		j.notIn.totalBefore, j.notIn.nullsBefore = j.notIn.total, j.notIn.nulls
	}
	return nil
}

// read fetches the buckets of a batch that are not in memory.
func (j *join) read() error {
	for i := range j.sides {
		if j.load.complete[i] {
			continue
		}
		if err := j.readBuckets(&j.sides[i]); err != nil {
			return err
		}
	}
	return nil
}

func (j *join) readBuckets(s *joinSide) error {
	l := &j.load
	l.missing = l.missing[:0]
	for _, bucket := range j.rows {
		if bucket == nil {
			continue
		}
		if flags := state.Flags(bucket); *flags&(bucketRead<<s.side) == 0 {
			*flags |= bucketRead << s.side
			l.missing = append(l.missing, bucket)
		}
	}
	slices.SortFunc(l.missing, j.compareBuckets)
	for _, bucket := range l.missing {
		l.key = j.appendKey(l.key[:0], s, bucket, nil)
		if err := j.readBucket(s, bucket, l.key); err != nil {
			return err
		}
	}
	return nil
}

// compareBuckets orders buckets by their keys in the tables.
func (j *join) compareBuckets(a, b unsafe.Pointer) int {
	if !j.ints {
		return bytes.Compare(j.index.Key(a), j.index.Key(b))
	}
	x, xNull := state.IntKey(a)
	y, yNull := state.IntKey(b)
	if xNull != yNull {
		return cmp.Compare(boolWord(xNull), boolWord(yNull))
	}
	return cmp.Compare(x, y)
}

func (j *join) readBucket(s *joinSide, bucket unsafe.Pointer, prefix []byte) error {
	return scanTable(s.table, state.Prefix(prefix), &j.load.run, func(k, value []byte) error {
		if err := j.decode(s, k[len(prefix):]); err != nil {
			return err
		}
		return j.restore(s, bucket, neverBound, value)
	})
}

// readOn reads some more rows that nobody has asked for.
func (j *join) readOn() error {
	for i := range j.sides {
		if !j.load.complete[i] {
			if err := j.readChunk(&j.sides[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readChunk reads the next rows of a table.
func (j *join) readChunk(s *joinSide) (err error) {
	l := &j.load
	var more bool
	l.next[s.side], more, err = scanChunk(s.table, l.next[s.side], &l.run, func(k, value []byte) error { return j.restoreKey(s, k, value) })
	l.complete[s.side] = !more
	return err
}

// restoreKey puts a row of the table into memory if it is this worker's and its bucket has not been read.
func (j *join) restoreKey(s *joinSide, k, value []byte) error {
	l := &j.load
	bound := int64(neverBound)
	if s.bound >= 0 {
		var ok bool
		if bound, k, ok = key.BoundOf(k); !ok {
			return invariants.Errorf("a key of a join is cut off")
		}
		if bound <= j.closed {
			return nil
		}
	}
	rest, err := s.key.DecodeRow(l.skip[s.side], k)
	if err != nil {
		return err
	}
	if err := j.decode(s, rest); err != nil {
		return err
	}
	row := l.row[s.side]
	if j.env.Owns != nil {
		if l.sel = j.env.Owns(s.side, row, l.sel[:0]); len(l.sel) == 0 {
			return nil
		}
	}
	if err := j.findBuckets(s, row, true); err != nil {
		return err
	}
	bucket := j.rows[0]
	if bucket == nil {
		return invariants.Errorf("a row that matches nothing is in the table of a join")
	}
	if *state.Flags(bucket)&(bucketRead<<s.side) != 0 {
		return nil
	}
	return j.restore(s, bucket, bound, value)
}

// decode reads a row in the form of state.AppendRow.
func (j *join) decode(s *joinSide, b []byte) error {
	row := j.load.row[s.side]
	row.Reset()
	rest, err := state.DecodeRow(j.load.vecs[s.side], s.rows.kinds, b)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return invariants.Errorf("a row of a join has %d bytes too many", len(rest))
	}
	for c := range row.Cols {
		if row.Cols[c].Len() == 0 {
			row.Cols[c].AppendNull() // it is not kept
		}
	}
	row.SetLen(1)
	return nil
}

// restore puts the row that was decoded into a bucket, if it is not there.
func (j *join) restore(s *joinSide, bucket unsafe.Pointer, bound int64, value []byte) error {
	row := j.load.row[s.side]
	count, n := binary.Varint(value)
	if n <= 0 {
		return invariants.Errorf("a row of a join has no count")
	}
	s.hashes = hashRows(s.hashes[:0], row, s.cols)
	hash := uint32(s.hashes[0] >> 32)
	if s.find(bucket, hash, row, 0) != 0 {
		return nil
	}
	r, err := s.add(bucket, hash, row, 0)
	if err != nil {
		return err
	}
	p := s.rows.at(r)
	*word(p, rowTimes) = uint64(count)
	if s.matched >= 0 {
		matched, n := binary.Varint(value[n:])
		if n <= 0 {
			return invariants.Errorf("a row of a join has no number of partners")
		}
		*word(p, s.matched) = uint64(matched)
	}
	if s.bound >= 0 {
		s.expiry.add(s.rows, r, bucket, bound)
	}
	*bucketSum(bucket, s.side) += count
	if j.notIn != nil && !j.notIn.pairwise && s.side == 1 {
		j.notIn.total += count
		if bucket == j.notIn.bucket {
			j.notIn.nulls += count
		}
	}
	return nil
}
