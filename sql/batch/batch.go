// Package batch holds rows in columns: vectors of one physical kind each, and a signed multiplicity for every row.
//
// A batch is a change (docs/architecture.md, idea 1): a row with Diff +1 enters a relation, one with -1 leaves it, and the sum
// of a relation's batches is its content. Vectors keep their memory when they are reset, so that a pipeline in steady
// state allocates nothing.
package batch

import (
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/types"
)

// Rows is how many rows a batch usually has at most. It was measured to be flat between 1,024 and 4,096.
const Rows = 2048

// BytesMax is about how many bytes of kind Bytes the rows of a batch have at most in a column: who puts batches together begins another one
// where they are more. A batch of one row may have as much as one value can (1 GiB), so that what is made of two such batches is
// still within the offsets of a vector.
const BytesMax = 16 << 20

// Batch is a list of rows in columns.
//
// The producer owns a batch and may reuse it as soon as the call that it is handed to returns; a consumer that keeps data copies
// it. All columns have the same length.
type Batch struct {
	Cols []Vec
	// Diff is the signed multiplicity of every row, never 0; nil means that all are +1.
	Diff []int64

	rows int
}

// New returns an empty batch with columns of the given types.
func New(columns ...types.Type) *Batch {
	b := &Batch{Cols: make([]Vec, len(columns))}
	for i, t := range columns {
		b.Cols[i] = NewVec(t)
	}
	return b
}

// Len is the number of rows.
func (b *Batch) Len() int { return b.rows }

// SetLen says how many rows the columns hold, after they have been filled directly. A batch without columns has rows too.
func (b *Batch) SetLen(n int) {
	b.rows = n
	if invariants.Enabled {
		b.check()
	}
}

func (b *Batch) check() {
	for i := range b.Cols {
		invariants.Assertf(b.Cols[i].Len() == b.rows, "column %d has %d rows, the batch %d", i, b.Cols[i].Len(), b.rows)
	}
	invariants.Assertf(len(b.Diff) == 0 || len(b.Diff) == b.rows, "%d diffs for %d rows", len(b.Diff), b.rows)
	for i, d := range b.Diff {
		invariants.Assertf(d != 0, "row %d has multiplicity 0", i)
	}
}

// Full tells whether a batch that is put together row by row is to be handed on: it has Rows rows, or their bytes are many.
func (b *Batch) Full() bool { return b.rows >= Rows || b.wide() }

// wide tells whether the bytes of a column are more than a batch is to have.
func (b *Batch) wide() bool {
	for i := range b.Cols {
		if len(b.Cols[i].Data) >= BytesMax {
			return true
		}
	}
	return false
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	for i := range b.Cols {
		b.Cols[i].Reset()
	}
	b.Diff = b.Diff[:0]
	if cap(b.Diff) == 0 {
		b.Diff = nil
	}
	b.rows = 0
}

// DiffAt is the multiplicity of row i.
func (b *Batch) DiffAt(i int) int64 {
	if len(b.Diff) == 0 {
		return 1
	}
	return b.Diff[i]
}

// AppendRow appends row i of src with multiplicity diff. The columns must be of the same kinds.
func (b *Batch) AppendRow(src *Batch, i int, diff int64) {
	for c := range b.Cols {
		b.Cols[c].AppendFrom(&src.Cols[c], i)
	}
	b.AppendDiff(diff)
}

// AppendValues appends a row of single values with multiplicity diff.
func (b *Batch) AppendValues(diff int64, values ...types.Value) {
	for c := range b.Cols {
		b.Cols[c].Append(values[c])
	}
	b.AppendDiff(diff)
}

// AppendDiff counts one more row, whose columns have been appended, with multiplicity diff.
func (b *Batch) AppendDiff(diff int64) {
	switch {
	case len(b.Diff) > 0:
		b.Diff = append(b.Diff, diff)
	case diff != 1:
		for range b.rows {
			b.Diff = append(b.Diff, 1)
		}
		b.Diff = append(b.Diff, diff)
	}
	b.rows++
}

// Gather appends the rows of src that sel lists, in that order.
func (b *Batch) Gather(src *Batch, sel []int32) {
	for c := range b.Cols {
		b.Cols[c].Gather(&src.Cols[c], sel)
	}
	switch {
	case len(src.Diff) > 0:
		if len(b.Diff) == 0 {
			for range b.rows {
				b.Diff = append(b.Diff, 1)
			}
		}
		for _, i := range sel {
			b.Diff = append(b.Diff, src.Diff[i])
		}
	case len(b.Diff) > 0:
		for range sel {
			b.Diff = append(b.Diff, 1)
		}
	}
	b.rows += len(sel)
}

// GatherColumns appends the values that the listed rows of src have in the listed columns. The others stay as they are: they must not be read.
func (b *Batch) GatherColumns(src *Batch, sel []int32, columns []int) {
	for _, c := range columns {
		b.Cols[c].Gather(&src.Cols[c], sel)
	}
	b.rows += len(sel)
}

// AppendRange appends the rows of src from row from up to to: what lies side by side is copied as a whole.
func (b *Batch) AppendRange(src *Batch, from, to int) {
	for c := range b.Cols {
		b.Cols[c].AppendRange(&src.Cols[c], from, to)
	}
	if len(src.Diff) > 0 || len(b.Diff) > 0 {
		for len(b.Diff) < b.rows {
			b.Diff = append(b.Diff, 1)
		}
		for i := from; i < to; i++ {
			b.Diff = append(b.Diff, src.DiffAt(i))
		}
	}
	b.rows += to - from
}

// AppendAll appends all rows of src.
func (b *Batch) AppendAll(src *Batch) { b.AppendRange(src, 0, src.Len()) }

// Shares tells whether rows share values of some column (Vec.Places).
func (b *Batch) Shares() bool {
	return slices.ContainsFunc(b.Cols, func(v Vec) bool { return v.Places != nil })
}

// AppendPlain appends all rows of src, whose columns may share values (Vec.Places).
func (b *Batch) AppendPlain(src *Batch) {
	for c := range b.Cols {
		if v := src.Cols[c]; v.Places == nil {
			b.Cols[c].AppendRange(&v, 0, src.rows)
		} else {
			places := v.Places
			v.Places = nil
			b.Cols[c].Gather(&v, places)
		}
	}
	if len(src.Diff) > 0 || len(b.Diff) > 0 {
		for len(b.Diff) < b.rows {
			b.Diff = append(b.Diff, 1)
		}
		for i := range src.rows {
			b.Diff = append(b.Diff, src.DiffAt(i))
		}
	}
	b.rows += src.rows
}

// Grow makes room for so many more rows; of columns of bytes only the offsets: how long the values are is not known.
func (b *Batch) Grow(rows int) {
	for i := range b.Cols {
		b.Cols[i].grow(rows)
	}
}

// Negate turns every multiplicity around.
func (b *Batch) Negate() {
	if len(b.Diff) == 0 {
		for range b.rows {
			b.Diff = append(b.Diff, -1)
		}
		return
	}
	for i := range b.Diff {
		b.Diff[i] = -b.Diff[i]
	}
}

// Bytes is about how much memory the rows take.
func (b *Batch) Bytes() int {
	n := 8 * len(b.Diff)
	for i := range b.Cols {
		n += b.Cols[i].Bytes()
	}
	return n
}

// Scribble overwrites all rows with garbage, in invariant builds: who still reads them has kept what was borrowed.
func (b *Batch) Scribble() {
	if !invariants.Enabled {
		return
	}
	for i := range b.Cols {
		b.Cols[i].scribble()
	}
	for i := range b.Diff {
		b.Diff[i] = garbage
	}
}
