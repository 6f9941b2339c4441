package operators

import (
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// joinSide is one input of a join with the rows that it has kept.
type joinSide struct {
	side     int
	columns  []types.Type
	keys     []int
	nullSafe []bool
	first    int // its first column in the output
	// whole tells that all columns are kept, for the output or the condition. Otherwise only the key counts.
	whole   bool
	verdict judgement
	late    int
	ended   bool

	cols    []int // those that are kept
	rows    *rowStore
	key     *key.Encoder
	index   refIndex // of rows in large buckets
	table   *state.Table
	gate    gate
	expiry  *expiry
	matched int // the word of a row's head that counts its partners, -1 if it has none
	bound   int // the word of its bound, -1 if it has none

	hashes []uint64
	fresh  []freshRow // rows that the batch has added
}

// freshRow is a row that is new in memory, with the row of the batch that it came from.
type freshRow struct {
	i int32
	r ref
}

// The words of the head of a row. Behind them come, where there are such, the number of its partners, and its bound with what expiry needs.
const (
	rowLinks = iota // the next and the previous row of the bucket's list
	rowTimes        // its multiplicity
	rowMarks        // its hash; 1 + its place in dirtyRows
	rowHead
)

// largeBucket is above which number of rows a bucket's rows are found by an index. Tests have few rows, and set it lower.
var largeBucket uint32 = 8

func nextRow(p unsafe.Pointer) ref   { return *(*ref)(p) }
func links(p unsafe.Pointer) *[2]ref { return (*[2]ref)(p) }

func rowCount(p unsafe.Pointer) int64 { return int64(*word(p, rowTimes)) }

// rowMark is the hash of a row, and 1 + its place in dirtyRows.
func rowMark(p unsafe.Pointer) *[2]uint32 { return (*[2]uint32)(unsafe.Pointer(word(p, rowMarks))) }

func (s *joinSide) init(j *join, bound flow.Expr, punctual []flow.Expr) {
	s.matched, s.bound = -1, -1
	head := rowHead
	if j.perRow && s.verdict != judgeNone {
		s.matched = head
		head++
	}
	if bound != nil && !j.env.OneShot {
		s.bound = head
		s.expiry = newExpiry(head, coarseShift)
		head += expiryWords
	}
	if !j.env.OneShot {
		s.gate = newGate(&j.env, bound, punctual, s.late, s.columns)
	}
	s.cols = slices.Clone(s.keys)
	if s.whole {
		s.cols = identity(len(s.columns))
	} else if j.notIn != nil {
		s.cols = slices.Clone(j.spec.RightKeys)
	}
	kept := []types.Type{}
	for _, c := range s.cols {
		kept = append(kept, s.columns[c])
	}
	s.rows = newRowStore(j.env.Pool, j.env.Owner, kept, head)
	s.index = refIndex{refSlots: refSlots{pool: j.env.Pool, owner: j.env.Owner}, hash: func(r ref) uint32 { return rowMark(s.rows.at(r))[0] }}
	var columns []key.Column
	for _, c := range s.keys {
		columns = append(columns, key.Asc(s.columns[c]))
	}
	s.key = key.NewEncoder(columns...)
}

// insert adds a batch to a side: its rows are counted, and those that are new are listed in fresh.
func (j *join) insert(s *joinSide, b *batch.Batch, bounds []int64) error {
	s.hashes = hashRows(s.hashes[:0], b, s.cols)
	s.fresh = s.fresh[:0]
	for i, bucket := range j.rows {
		if bucket == nil {
			continue
		}
		hash := uint32(s.hashes[i] >> 32)
		r := s.find(bucket, hash, b, i)
		if r == 0 {
			var err error
			if r, err = s.add(bucket, hash, b, i); err != nil {
				return err
			}
			if s.bound >= 0 {
				s.expiry.add(s.rows, r, bucket, bounds[i])
			}
			s.fresh = append(s.fresh, freshRow{int32(i), r})
		}
		if !j.env.OneShot {
			j.markRow(s, bucket, r)
		}
		*word(s.rows.at(r), rowTimes) += uint64(b.DiffAt(i))
	}
	return nil
}

// find returns the row of a bucket that looks as row i of b, 0 if there is none.
func (s *joinSide) find(bucket unsafe.Pointer, hash uint32, b *batch.Batch, i int) ref {
	if *state.Flags(bucket)&(bucketIndexed<<s.side) != 0 {
		return s.index.find(hash, func(r ref) bool { return s.rows.same(r, b, s.cols, i) })
	}
	for r := *bucketHead(bucket, s.side); r != 0; {
		p := s.rows.at(r)
		if rowMark(p)[0] == hash && s.rows.same(r, b, s.cols, i) {
			return r
		}
		r = nextRow(p)
	}
	return 0
}

// add puts a row into a bucket, with multiplicity 0.
func (s *joinSide) add(bucket unsafe.Pointer, hash uint32, b *batch.Batch, i int) (ref, error) {
	r, err := s.rows.put(b, s.cols, i)
	if err != nil {
		return 0, err
	}
	p, head := s.rows.at(r), bucketHead(bucket, s.side)
	rowMark(p)[0] = hash
	if links(p)[0] = *head; *head != 0 {
		links(s.rows.at(*head))[1] = r
	}
	*head = r
	size, indexed := bucketSize(bucket, s.side), uint32(bucketIndexed<<s.side)
	*size++
	switch flags := state.Flags(bucket); {
	case *flags&indexed != 0:
		return r, s.index.add(r)
	case *size > largeBucket:
		*flags |= indexed
		for r := *head; r != 0; r = nextRow(s.rows.at(r)) {
			if err := s.index.add(r); err != nil {
				return 0, err
			}
		}
	}
	return r, nil
}

// remove takes a row out of its bucket and frees it.
func (s *joinSide) remove(bucket unsafe.Pointer, r ref) {
	flags, indexed := state.Flags(bucket), uint32(bucketIndexed<<s.side)
	if *flags&indexed != 0 {
		s.index.remove(r)
	}
	l := links(s.rows.at(r))
	if l[0] != 0 {
		links(s.rows.at(l[0]))[1] = l[1]
	}
	if l[1] != 0 {
		links(s.rows.at(l[1]))[0] = l[0]
	} else {
		*bucketHead(bucket, s.side) = l[0]
	}
	size := bucketSize(bucket, s.side)
	if *size--; *size == 0 {
		*flags &^= indexed
	}
	s.rows.remove(r)
}

// markRow notes what a row is before the tick changes it.
func (j *join) markRow(s *joinSide, bucket unsafe.Pointer, r ref) {
	p := s.rows.at(r)
	mark := rowMark(p)
	if mark[1] != 0 {
		return
	}
	d := dirtyRow{bucket: bucket, row: r, side: s.side, was: rowCount(p)}
	if s.matched >= 0 {
		d.matched = int64(*word(p, s.matched))
	}
	j.dirtyRows = append(j.dirtyRows, d)
	mark[1] = uint32(len(j.dirtyRows))
}

// findBuckets sets j.rows to the buckets of the rows of a batch, nil for those that match nothing. Without add, buckets that are not there are nil too.
func (j *join) findBuckets(s *joinSide, b *batch.Batch, add bool) error {
	n := b.Len()
	j.rows = slices.Grow(j.rows[:0], n)[:n]
	if j.ints {
		return j.findInts(s, &b.Cols[s.keys[0]], add)
	}
	clear(j.rows)
	j.sel = j.sel[:0]
	nulls := false
	for k, c := range s.keys {
		nulls = nulls || !j.nullKeys(s, k) && b.Cols[c].HasNulls()
	}
	j.keys.Reset()
	if !nulls {
		s.key.AppendBatch(&j.keys, b, s.keys)
		for i := range n {
			j.sel = append(j.sel, int32(i))
		}
	} else {
		for i := range n {
			if !j.nullKey(s, b, i) {
				j.sel = append(j.sel, int32(i))
				j.keys.Data = s.key.AppendRow(j.keys.Data, b, s.keys, i)
				j.keys.End()
			}
		}
	}
	if add {
		return j.index.PutKeys(&j.keys, j.sel, j.rows)
	}
	for k, i := range j.sel {
		j.rows[i] = j.index.GetKey(j.keys.At(k))
	}
	return nil
}

// nullKeys tells whether nulls in key k are values like others.
func (j *join) nullKeys(s *joinSide, k int) bool {
	return s.nullSafe[k] || j.notIn != nil && !j.notIn.pairwise
}

// nullKey tells that a row has a null in a key that nothing equals.
func (j *join) nullKey(s *joinSide, b *batch.Batch, i int) bool {
	for k, c := range s.keys {
		if !j.nullKeys(s, k) && b.Cols[c].IsNull(i) {
			return true
		}
	}
	return false
}

func (j *join) findInts(s *joinSide, v *batch.Vec, add bool) error {
	if v.HasNulls() {
		return j.findNullInts(s, v, add)
	}
	if add {
		return j.index.PutInts(v.Ints, nil, j.rows)
	}
	for i, k := range v.Ints {
		j.rows[i] = j.index.GetInt(k)
	}
	return nil
}

func (j *join) findNullInts(s *joinSide, v *batch.Vec, add bool) error {
	j.sel = j.sel[:0]
	for i, k := range v.Ints {
		j.rows[i] = nil
		switch {
		case !v.IsNull(i) && add:
			j.sel = append(j.sel, int32(i))
		case !v.IsNull(i):
			j.rows[i] = j.index.GetInt(k)
		case j.nullKeys(s, 0):
			// The bucket of NULL is made where it is looked up, too: it is one only.
			bucket, err := j.index.PutNull()
			if err != nil {
				return err
			}
			j.rows[i] = bucket
		}
	}
	return j.index.PutInts(v.Ints, j.sel, j.rows)
}
