package state

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// PackVersion is the version of the form of packs. It is part of the format of a data folder.
const PackVersion = 1

// Packer writes packs: many rows in one value, column by column, of which any can be read without the others. Values that several rows share
// (batch.Vec.Places) are written once, with a list of which row has which. It keeps its memory between calls. The zero Packer is ready.
type Packer struct {
	lists []packList
	next  []int32 // by place in a vector: 1 + the number of its value in the pack; 0: not there yet
}

// packList is a list of the values that rows have of columns that share them.
type packList struct {
	places []int32 // of the batch
	values []int32 // places of the values that are written, in their order
	rows   []int32 // by row: the number of its value
}

// Append appends the pack of rows of columns from one up to another: the version; the number of rows, and of lists, as varints; the lists; and the columns, each as
// the number of its list and 1, or 0 if each row has a value of its own, the size in bytes of what follows, in 4 bytes, and the values (appendColumn). A list is
// the number of its values and, in 2 bytes each, which of them the rows have.
func (p *Packer) Append(dst []byte, columns []batch.Vec, from, to int) []byte {
	p.findLists(columns, from, to)
	dst = append(dst, PackVersion)
	dst = binary.AppendUvarint(dst, uint64(to-from))
	dst = binary.AppendUvarint(dst, uint64(len(p.lists)))
	for i := range p.lists {
		l := &p.lists[i]
		dst = binary.AppendUvarint(dst, uint64(len(l.values)))
		for _, n := range l.rows {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(n))
		}
	}
	for i := range columns {
		v := &columns[i]
		list := p.listOf(v)
		dst = binary.AppendUvarint(dst, uint64(list+1))
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		if list < 0 {
			dst = appendColumn(dst, v, from, to)
		} else {
			dst = appendValues(dst, v, p.lists[list].values)
		}
		binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst
}

// MaxPackRows is the most rows of a pack.
const MaxPackRows = math.MaxUint16

// findLists makes the lists of the columns that share values.
func (p *Packer) findLists(columns []batch.Vec, from, to int) {
	p.lists = p.lists[:0]
	for i := range columns {
		if v := &columns[i]; v.Places != nil && p.listOf(v) < 0 {
			p.addList(v, from, to)
		}
	}
}

// listOf is the list of a column, -1 if it has none. Columns of one input of a join have the same places.
func (p *Packer) listOf(v *batch.Vec) int {
	if len(v.Places) == 0 {
		return -1
	}
	for i := range p.lists {
		if l := &p.lists[i]; len(l.places) == len(v.Places) && &l.places[0] == &v.Places[0] {
			return i
		}
	}
	return -1
}

func (p *Packer) addList(v *batch.Vec, from, to int) {
	if len(p.lists) < cap(p.lists) {
		p.lists = p.lists[:len(p.lists)+1]
	} else {
		p.lists = append(p.lists, packList{})
	}
	l := &p.lists[len(p.lists)-1]
	l.places, l.values, l.rows = v.Places, l.values[:0], l.rows[:0]
	for _, at := range v.Places[from:to] {
		for int(at) >= len(p.next) {
			p.next = append(p.next, 0)
		}
		if p.next[at] == 0 {
			l.values = append(l.values, at)
			p.next[at] = int32(len(l.values))
		}
		l.rows = append(l.rows, p.next[at]-1)
	}
	for _, at := range l.values {
		p.next[at] = 0
	}
}

// appendValues appends the values of a vector at some places, as appendColumn does with those of a range.
func appendValues(dst []byte, v *batch.Vec, places []int32) []byte {
	dst = append(dst, flagByte(v.HasNulls()))
	if v.HasNulls() {
		for i := 0; i < len(places); i += 64 {
			word := uint64(0)
			for k, at := range places[i:min(i+64, len(places))] {
				if v.IsNull(int(at)) {
					word |= 1 << k
				}
			}
			dst = binary.LittleEndian.AppendUint64(dst, word)
		}
	}
	switch v.Kind() {
	case types.Bool:
		for _, at := range places {
			dst = append(dst, flagByte(v.Bools[at]))
		}
	case types.Int64:
		before := int64(0)
		for _, at := range places {
			dst = binary.AppendVarint(dst, v.Ints[at]-before)
			before = v.Ints[at]
		}
	case types.Float64:
		for _, at := range places {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Floats[at]))
		}
	case types.Bytes:
		for _, at := range places {
			dst = binary.AppendUvarint(dst, uint64(v.Offsets[at+1]-v.Offsets[at]))
		}
		for _, at := range places {
			dst = append(dst, v.Data[v.Offsets[at]:v.Offsets[at+1]]...)
		}
	}
	return dst
}
