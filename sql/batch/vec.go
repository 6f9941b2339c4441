package batch

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/sql/types"
)

// Vec is one column of a batch. The slice of its kind holds the values; the others are nil. Kernels read and write the slices
// directly; the values of null rows are there, and mean nothing, but are never garbage that a kernel could fail on: 0,
// false or empty.
type Vec struct {
	typ  types.Type
	kind types.Kind

	Bools  []bool
	Ints   []int64
	Floats []float64
	// Offsets and Data hold kind Bytes: value i is Data[Offsets[i]:Offsets[i+1]]. Offsets has one more element than there are
	// values. A vector's bytes stay under 4 GiB: batches are small, and their builders check long values before.
	Offsets []uint32
	Data    []byte

	// Nulls has bit i%64 of word i/64 set where value i is null. It may be shorter than the values: what is missing is
	// not null.
	Nulls []uint64

	// Places, if it is not nil, tells that rows share values: row i has the one at Places[i] of the slices. Columns of one input of a join have the same
	// Places. Only who asks for such vectors is given them (flow.MultiJoin.Shares): of what is here, just Len, Type and Kind know of rows, all else
	// is about the values. Batch.AppendPlain gives each row its own.
	Places []int32

	// Numbers, if there are any, tells that the values are not made yet: row i will have the value of row Numbers[i] of what a source has decoded. Only
	// operators that hand a column on without looking at it (exec/dataflow) see such vectors: of what is here, Len, Type, Kind, Reset, Gather and AppendRange know of it.
	Numbers []int32
}

// NewVec returns an empty vector of a type.
func NewVec(t types.Type) Vec {
	v := Vec{typ: t, kind: t.Kind()}
	if v.kind == types.Bytes {
		v.Offsets = []uint32{0}
	}
	return v
}

// Type is the vector's SQL type.
func (v *Vec) Type() types.Type { return v.typ }

// Kind is the physical form of the values.
func (v *Vec) Kind() types.Kind { return v.kind }

// Len is the number of values.
func (v *Vec) Len() int {
	if v.Places != nil {
		return len(v.Places)
	}
	if len(v.Numbers) > 0 {
		return len(v.Numbers)
	}
	switch v.kind {
	case types.Bool:
		return len(v.Bools)
	case types.Int64:
		return len(v.Ints)
	case types.Float64:
		return len(v.Floats)
	default:
		return len(v.Offsets) - 1
	}
}

// Reset empties the vector and keeps its memory.
func (v *Vec) Reset() {
	v.Bools, v.Ints, v.Floats = v.Bools[:0], v.Ints[:0], v.Floats[:0]
	if v.kind == types.Bytes {
		v.Offsets, v.Data = v.Offsets[:1], v.Data[:0]
	}
	v.Nulls, v.Places, v.Numbers = v.Nulls[:0], nil, v.Numbers[:0]
}

// HasNulls tells whether any value may be null.
func (v *Vec) HasNulls() bool { return len(v.Nulls) > 0 }

// IsNull tells whether value i is null.
func (v *Vec) IsNull(i int) bool {
	w := i >> 6
	return w < len(v.Nulls) && v.Nulls[w]&(1<<(i&63)) != 0
}

// SetNull makes value i, which is there, null.
func (v *Vec) SetNull(i int) {
	w := i >> 6
	for len(v.Nulls) <= w {
		v.Nulls = append(v.Nulls, 0)
	}
	v.Nulls[w] |= 1 << (i & 63)
}

// BytesAt is value i of a vector of kind Bytes, borrowed.
func (v *Vec) BytesAt(i int) []byte {
	from, to := v.Offsets[i], v.Offsets[i+1]
	return v.Data[from:to:to]
}

// Value is value i, borrowed.
func (v *Vec) Value(i int) types.Value {
	if v.IsNull(i) {
		return types.NullValue
	}
	switch v.kind {
	case types.Bool:
		return types.BoolValue(v.Bools[i])
	case types.Int64:
		return types.IntValue(v.Ints[i])
	case types.Float64:
		return types.FloatValue(v.Floats[i])
	default:
		return types.BytesValue(v.BytesAt(i))
	}
}

// Append appends a copy of a value.
func (v *Vec) Append(value types.Value) {
	if value.Null {
		v.AppendNull()
		return
	}
	switch v.kind {
	case types.Bool:
		v.Bools = append(v.Bools, value.Bool())
	case types.Int64:
		v.Ints = append(v.Ints, value.Int)
	case types.Float64:
		v.Floats = append(v.Floats, value.Float)
	case types.Bytes:
		v.AppendBytes(value.Bytes)
	}
}

// AppendNull appends a null.
func (v *Vec) AppendNull() {
	switch v.kind {
	case types.Bool:
		v.Bools = append(v.Bools, false)
	case types.Int64:
		v.Ints = append(v.Ints, 0)
	case types.Float64:
		v.Floats = append(v.Floats, 0)
	case types.Bytes:
		v.AppendBytes(nil)
	}
	v.SetNull(v.Len() - 1)
}

// AppendBytes appends a copy of b to a vector of kind Bytes.
func (v *Vec) AppendBytes(b []byte) {
	v.Data = append(v.Data, b...)
	v.FinishBytes()
}

// AppendString appends a copy of s to a vector of kind Bytes.
func (v *Vec) AppendString(s string) {
	v.Data = append(v.Data, s...)
	v.FinishBytes()
}

// FinishBytes ends a value whose bytes have been appended to Data.
func (v *Vec) FinishBytes() { v.Offsets = append(v.Offsets, uint32(len(v.Data))) }

// AppendFrom appends value i of src, which is of the same kind.
func (v *Vec) AppendFrom(src *Vec, i int) {
	if src.IsNull(i) {
		v.AppendNull()
		return
	}
	switch v.kind {
	case types.Bool:
		v.Bools = append(v.Bools, src.Bools[i])
	case types.Int64:
		v.Ints = append(v.Ints, src.Ints[i])
	case types.Float64:
		v.Floats = append(v.Floats, src.Floats[i])
	case types.Bytes:
		v.AppendBytes(src.BytesAt(i))
	}
}

// Gather appends the values of src that sel lists, in that order.
func (v *Vec) Gather(src *Vec, sel []int32) {
	if len(src.Numbers) > 0 {
		v.Numbers = gather(v.Numbers, src.Numbers, sel)
		return
	}
	base := v.Len()
	switch v.kind {
	case types.Bool:
		v.Bools = gather(v.Bools, src.Bools, sel)
	case types.Int64:
		v.Ints = gather(v.Ints, src.Ints, sel)
	case types.Float64:
		v.Floats = gather(v.Floats, src.Floats, sel)
	case types.Bytes:
		v.gatherBytes(src, sel)
	}
	if !src.HasNulls() {
		return
	}
	for n, i := range sel {
		if src.IsNull(int(i)) {
			v.SetNull(base + n)
		}
	}
}

// gatherBytes makes room for all values at once: buffers that grow value by value are copied several times.
func (v *Vec) gatherBytes(src *Vec, sel []int32) {
	size := 0
	for _, i := range sel {
		size += int(src.Offsets[i+1] - src.Offsets[i])
	}
	v.GrowBytes(len(sel), size)
	for _, i := range sel {
		v.AppendBytes(src.BytesAt(int(i)))
	}
}

// grow makes room for so many more values.
func (v *Vec) grow(n int) {
	switch v.kind {
	case types.Bool:
		v.Bools = slices.Grow(v.Bools, n)
	case types.Int64:
		v.Ints = slices.Grow(v.Ints, n)
	case types.Float64:
		v.Floats = slices.Grow(v.Floats, n)
	case types.Bytes:
		v.Offsets = slices.Grow(v.Offsets, n)
	}
}

// GrowBytes makes room for so many more values of kind Bytes, and for so many bytes of all of them.
func (v *Vec) GrowBytes(values, size int) {
	v.Offsets, v.Data = slices.Grow(v.Offsets, values), slices.Grow(v.Data, size)
}

func gather[T any](dst, src []T, sel []int32) []T {
	dst = slices.Grow(dst, len(sel))
	for _, i := range sel {
		dst = append(dst, src[i])
	}
	return dst
}

// Bytes is about how much memory the values take.
func (v *Vec) Bytes() int {
	return len(v.Bools) + 8*len(v.Ints) + 8*len(v.Floats) + 4*len(v.Offsets) + len(v.Data) + 8*len(v.Nulls)
}

// garbage is what invariant builds write over borrowed memory.
const garbage = math.MinInt64 + 0x5EED

func (v *Vec) scribble() {
	for i := range v.Bools {
		v.Bools[i] = !v.Bools[i]
	}
	for i := range v.Ints {
		v.Ints[i] = garbage
	}
	for i := range v.Floats {
		v.Floats[i] = math.NaN()
	}
	for i := range v.Data {
		v.Data[i] = 0xDB
	}
	for i := range v.Nulls {
		v.Nulls[i] = ^v.Nulls[i]
	}
}

// MarkChanges sets changed, which has an element for each row, where the value of a row is not the same (SameAt) as that of the row before.
func (v *Vec) MarkChanges(changed []bool) {
	if v.kind != types.Int64 || v.HasNulls() {
		for i := 1; i < len(changed); i++ {
			changed[i] = changed[i] || !v.SameAt(i-1, i)
		}
		return
	}
	x := v.Ints[:len(changed)]
	for i := 1; i < len(x); i++ {
		if x[i] != x[i-1] {
			changed[i] = true
		}
	}
}

// AppendRange appends the values of src from place from up to to.
func (v *Vec) AppendRange(src *Vec, from, to int) {
	if len(src.Numbers) > 0 {
		v.Numbers = append(v.Numbers, src.Numbers[from:to]...)
		return
	}
	base := v.Len()
	switch v.kind {
	case types.Bool:
		v.Bools = append(v.Bools, src.Bools[from:to]...)
	case types.Int64:
		v.Ints = append(v.Ints, src.Ints[from:to]...)
	case types.Float64:
		v.Floats = append(v.Floats, src.Floats[from:to]...)
	case types.Bytes:
		shift := uint32(len(v.Data)) - src.Offsets[from] // modulo 2^32, as what it is added to
		v.Offsets = slices.Grow(v.Offsets, to-from)
		for _, end := range src.Offsets[from+1 : to+1] {
			v.Offsets = append(v.Offsets, end+shift)
		}
		v.Data = append(v.Data, src.Data[src.Offsets[from]:src.Offsets[to]]...)
	}
	if !src.HasNulls() {
		return
	}
	for i := from; i < to; i++ {
		if src.IsNull(i) {
			v.SetNull(base + i - from)
		}
	}
}
