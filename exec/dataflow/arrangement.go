package dataflow

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// arrangement knows the form in which one copy of a relation's rows lies in the store. It does not change: all goroutines share it.
//
// The key of an entry is the arrangement's key columns. If it is unique the value is the row (state.AppendRow). Otherwise the row
// follows in the key, and the value is its count as a varint. In a unique index, where PostgreSQL lets nulls differ, the row follows
// in the key too if one of the columns is null; the value is still the row.
//
// Numbered rows (flow.Relation.Numbered) lie in packs: the key of the first one's number is followed by how many there are, as a varint, and the value is
// the pack of the other columns (state.Packer). Rows of data folders of format 5 and before lie there one by one.
type arrangement struct {
	flow.Arrangement
	packed bool // numbered rows
	once   bool // no row of the relation is there more than once
	enc    *key.Encoder
	cols   []int // of the key
	all    []int // of the relation
	// kinds are those of the relation's columns.
	kinds []types.Kind
	// nullsDiffer tells that rows with nulls in a unique key are not equal: an index, not the identity of a view's rows.
	nullsDiffer bool
}

func newArrangement(a flow.Arrangement, columns []flow.Field, primary bool) *arrangement {
	r := &arrangement{Arrangement: a, nullsDiffer: !primary}
	var keys []key.Column
	for _, k := range a.Key {
		keys = append(keys, key.Column{Type: columns[k.Column].Type, Desc: k.Desc, NullsFirst: k.NullsFirst})
		r.cols = append(r.cols, k.Column)
	}
	r.enc = key.NewEncoder(keys...)
	for i, c := range columns {
		v := batch.NewVec(c.Type)
		r.all = append(r.all, i)
		r.kinds = append(r.kinds, v.Kind())
	}
	return r
}

// extended tells whether the row follows in the key of row i.
func (a *arrangement) extended(b *batch.Batch, i int) bool {
	if !a.Unique {
		return true
	}
	if a.nullsDiffer {
		for _, c := range a.cols {
			if b.Cols[c].IsNull(i) {
				return true
			}
		}
	}
	return false
}

// appendKey appends the key of row i of b, a batch of the relation's columns.
func (a *arrangement) appendKey(dst []byte, b *batch.Batch, i int) []byte {
	dst = a.enc.AppendRow(dst, b, a.cols, i)
	if a.extended(b, i) {
		dst = state.AppendRow(dst, b, a.all, i)
	}
	return dst
}

// appendRow appends the form of a row that lies in the value of a unique arrangement, and in the key of another.
func (a *arrangement) appendRow(dst []byte, b *batch.Batch, i int) []byte {
	return state.AppendRow(dst, b, a.all, i)
}

// decode appends wanted columns of an entry to vectors (nil for those that are not wanted), and returns how often the row is there.
func (a *arrangement) decode(dst []*batch.Vec, skip []*batch.Vec, k, value []byte) (count int64, err error) {
	if a.Unique {
		_, err = state.DecodeRow(dst, a.kinds, value)
		return 1, err
	}
	row, err := a.enc.DecodeRow(skip, k)
	if err != nil {
		return 0, err
	}
	if _, err = state.DecodeRow(dst, a.kinds, row); err != nil {
		return 0, err
	}
	return countOf(value)
}

// countOf reads the value of an arrangement that is not unique.
func countOf(value []byte) (int64, error) {
	n, size := binary.Varint(value)
	if size <= 0 || n <= 0 {
		return 0, invariants.Errorf("malformed count %x of a row", value)
	}
	return n, nil
}

// partial selects the rows that belong into a partial index.
type partial struct {
	cond *eval.Evaluator
	ctx  eval.Context
	sel  []int32
}

func newPartial(a *arrangement) *partial {
	if a.Where == nil {
		return nil
	}
	return &partial{cond: eval.Compile(a.Where)}
}

// rows answers the rows of b that belong into the index, all if p is nil. A row for which the condition cannot be computed does not.
func (p *partial) rows(b *batch.Batch, all []int32) []int32 {
	if p == nil {
		for i := range b.Len() {
			all = append(all, int32(i))
		}
		return all
	}
	p.ctx.Errors.Truncate(0)
	p.sel = p.cond.Select(&p.ctx, b, p.sel[:0])
	return append(all, p.sel...)
}
