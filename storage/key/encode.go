package key

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

const uuidSize = 16

// Keys are encoded keys in one buffer. The zero value is empty and ready. Reset keeps the memory, so that a user that
// encodes batch after batch allocates nothing. The buffer stays under 4 GiB.
type Keys struct {
	Data []byte
	// Ends has for each key the offset in Data where it ends; it begins where the one before ends.
	Ends []uint32
}

// Len is the number of keys.
func (k *Keys) Len() int { return len(k.Ends) }

// At is key i, borrowed until the next change.
func (k *Keys) At(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = k.Ends[i-1]
	}
	to := k.Ends[i]
	return k.Data[from:to:to]
}

// Append appends a copy of one key.
func (k *Keys) Append(b []byte) {
	k.Data = append(k.Data, b...)
	k.End()
}

// End ends a key whose bytes have been appended to Data.
func (k *Keys) End() { k.Ends = append(k.Ends, uint32(len(k.Data))) }

// Grow makes room for so many more keys of so many bytes together.
func (k *Keys) Grow(keys, size int) {
	k.Data, k.Ends = slices.Grow(k.Data, size), slices.Grow(k.Ends, keys)
}

// Reset empties the list and keeps its memory.
func (k *Keys) Reset() { k.Data, k.Ends = k.Data[:0], k.Ends[:0] }

// Clone is a copy with memory of its own.
func (k *Keys) Clone() Keys { return Keys{Data: bytes.Clone(k.Data), Ends: slices.Clone(k.Ends)} }

// Compare is the order of keys i and j.
func (k *Keys) Compare(i, j int) int { return bytes.Compare(k.At(i), k.At(j)) }

// Encoder encodes rows by a list of columns. It has no state that changes: many goroutines may share one.
type Encoder struct {
	columns []Column
	forms   []form
	width   int // of keys without NULLs, or 0 if they differ
	// texts is how many columns are texts, and rest the width of the others without NULLs, if there are no other columns of bytes and no text is in
	// descending order; else texts is 0.
	texts, rest int
}

// NewEncoder returns an encoder of keys of the given columns.
func NewEncoder(columns ...Column) *Encoder {
	e := &Encoder{columns: columns, forms: make([]form, len(columns))}
	fixed, plain := true, true
	for i, c := range columns {
		f := formOf(c.Type)
		e.forms[i] = f
		w := f.width()
		if c.Bound {
			w = 8
		}
		fixed = fixed && w > 0
		e.width += w
		if f == formText {
			e.texts++
		}
		plain = plain && (f == formBool || f == formInt || f == formFloat || f == formText && !c.Desc)
	}
	if !fixed {
		e.rest, e.width = e.width, 0
	}
	if !plain {
		e.texts = 0
	}
	return e
}

// Columns are the columns of the key.
func (e *Encoder) Columns() []Column { return e.columns }

// AppendValues appends the key of single values, one for each column, or of the first of them: a prefix.
func (e *Encoder) AppendValues(dst []byte, values ...types.Value) []byte {
	for i, v := range values {
		c := e.columns[i]
		from := len(dst)
		switch {
		case c.Bound:
			dst = AppendBound(dst, v.Int)
			continue
		case v.Null:
			dst = append(dst, c.nullTag())
			continue
		}
		dst = append(dst, tagValue)
		switch e.forms[i] {
		case formBool:
			dst = append(dst, byte(v.Int))
		case formInt:
			dst = appendUint64(dst, orderedInt(v.Int))
		case formFloat:
			dst = appendUint64(dst, orderedFloat(v.Float))
		default:
			dst = appendBytes(dst, v.Bytes, e.forms[i])
		}
		if c.Desc {
			invert(dst[from:])
		}
	}
	return dst
}

// AppendRow appends the key of one row. cols has for each column of the key its index in b.
func (e *Encoder) AppendRow(dst []byte, b *batch.Batch, cols []int, row int) []byte {
	for i := range e.columns {
		dst = e.appendCell(dst, i, &b.Cols[cols[i]], row)
	}
	return dst
}

func (e *Encoder) appendCell(dst []byte, i int, v *batch.Vec, row int) []byte {
	c := &e.columns[i]
	if c.Bound {
		return AppendBound(dst, v.Ints[row])
	}
	if v.IsNull(row) {
		return append(dst, c.nullTag())
	}
	from := len(dst)
	dst = append(dst, tagValue)
	switch f := e.forms[i]; f {
	case formBool:
		dst = append(dst, boolByte(v.Bools[row]))
	case formInt:
		dst = appendUint64(dst, orderedInt(v.Ints[row]))
	case formFloat:
		dst = appendUint64(dst, orderedFloat(v.Floats[row]))
	default:
		dst = appendBytes(dst, v.BytesAt(row), f)
	}
	if c.Desc {
		invert(dst[from:])
	}
	return dst
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// appendBytes appends a value of kind Bytes behind its tag, which is the last byte of dst.
func appendBytes(dst, b []byte, f form) []byte {
	from, ok := len(dst), true
	switch f {
	case formTrimmed:
		return appendEscaped(dst, trimSpaces(b))
	case formUUID:
		dst, ok = append(dst, b...), len(b) == uuidSize
	case formInterval:
		dst, ok = appendInterval(dst, b)
	case formTimetz:
		dst, ok = appendTimetz(dst, b)
	case formNumeric:
		dst = numeric.AppendKey(dst, b)
	case formJSONB, formArray, formRecord:
		switch f {
		case formJSONB:
			dst, ok = appendJSONB(dst, b)
		case formArray:
			dst, ok = appendArray(dst, b, 0)
		default:
			dst, ok = appendRecord(dst, b, 0)
		}
		if ok {
			return escapeTail(dst, from) // one way for all of them to find their end
		}
	default:
		return appendEscaped(dst, b)
	}
	if ok {
		return dst
	}
	dst = dst[:from]
	dst[from-1] = tagMalformed
	return appendEscaped(dst, b)
}

// AppendBatch appends the keys of all rows of b. cols has for each column of the key its index in b.
func (e *Encoder) AppendBatch(k *Keys, b *batch.Batch, cols []int) {
	nulls := anyNulls(b, cols)
	if !nulls && e.texts > 0 && e.appendTexts(k, b, cols) {
		return
	}
	if e.width == 0 || nulls {
		for row := range b.Len() {
			k.Data = e.AppendRow(k.Data, b, cols, row)
			k.End()
		}
		return
	}
	n, from := b.Len(), len(k.Data)
	if n == 0 {
		return
	}
	k.Data = slices.Grow(k.Data, n*e.width)[:from+n*e.width]
	k.Ends = slices.Grow(k.Ends, n)
	for i := range n {
		k.Ends = append(k.Ends, uint32(from+(i+1)*e.width))
	}
	at := from
	for i := range e.columns {
		at += e.fillColumn(k.Data[at:], i, &b.Cols[cols[i]])
	}
}

// appendTexts is AppendBatch for keys with texts, without NULLs. It answers false, and has done nothing, if a text has a byte that must be escaped.
func (e *Encoder) appendTexts(k *Keys, b *batch.Batch, cols []int) bool {
	const around = 3 // the tag, and what marks the end
	n := b.Len()
	size := n * (e.rest + around*e.texts)
	for i, f := range e.forms {
		if f != formText {
			continue
		}
		v := &b.Cols[cols[i]]
		texts := v.Data[v.Offsets[0]:v.Offsets[n]]
		if bytes.IndexByte(texts, escape) >= 0 {
			return false
		}
		size += len(texts)
	}
	from := len(k.Data)
	k.Data, k.Ends = slices.Grow(k.Data, size)[:from+size], slices.Grow(k.Ends, n)
	dst, at := k.Data[from:], 0
	for row := range n {
		for i, f := range e.forms {
			v := &b.Cols[cols[i]]
			if f != formText {
				at += e.putFixed(dst[at:], i, v, row)
				continue
			}
			dst[at] = tagValue
			at += 1 + copy(dst[at+1:], v.Data[v.Offsets[row]:v.Offsets[row+1]])
			dst[at], dst[at+1] = escape, escapedEnd
			at += around - 1
		}
		k.Ends = append(k.Ends, uint32(from+at))
	}
	return true
}

// putFixed writes a value of fixed width that is not NULL, and returns the width.
func (e *Encoder) putFixed(dst []byte, i int, v *batch.Vec, row int) int {
	c := &e.columns[i]
	if c.Bound {
		binary.BigEndian.PutUint64(dst, orderedInt(v.Ints[row]))
		return 8
	}
	dst[0] = c.mask() ^ tagValue
	switch mask := -uint64(c.mask() & 1); e.forms[i] {
	case formBool:
		dst[1] = boolByte(v.Bools[row]) ^ c.mask()
		return 2
	case formFloat:
		binary.BigEndian.PutUint64(dst[1:], orderedFloat(v.Floats[row])^mask)
	default:
		binary.BigEndian.PutUint64(dst[1:], orderedInt(v.Ints[row])^mask)
	}
	return 9
}

// fillColumn writes a column of fixed width and without NULLs into keys of e.width bytes each, and returns its own width.
func (e *Encoder) fillColumn(dst []byte, i int, v *batch.Vec) int {
	c := &e.columns[i]
	if c.Bound {
		for row, n := range v.Ints {
			binary.BigEndian.PutUint64(dst[row*e.width:], orderedInt(n))
		}
		return 8
	}
	tag, mask := c.mask()^tagValue, -uint64(c.mask()&1)
	switch e.forms[i] {
	case formBool:
		for row, x := range v.Bools {
			dst[row*e.width] = tag
			dst[row*e.width+1] = boolByte(x) ^ c.mask()
		}
	case formFloat:
		for row, x := range v.Floats {
			dst[row*e.width] = tag
			binary.BigEndian.PutUint64(dst[row*e.width+1:], orderedFloat(x)^mask)
		}
	default:
		for row, x := range v.Ints {
			dst[row*e.width] = tag
			binary.BigEndian.PutUint64(dst[row*e.width+1:], orderedInt(x)^mask)
		}
	}
	return e.forms[i].width()
}

func anyNulls(b *batch.Batch, cols []int) bool {
	for _, c := range cols {
		if b.Cols[c].HasNulls() {
			return true
		}
	}
	return false
}
