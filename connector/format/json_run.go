package format

import (
	"bytes"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
)

// Lines in sequence whose rows are written as the shape has them are a run, which is read part by part and not row by row: one place after the other
// is looked at in all of its rows, then predicates choose among them, and the chosen are appended column by column. Each of these steps is
// a short loop that has what it needs in registers, and in which one row does not wait for the one before.

// runRows is how many rows a run has at most: one for each bit of a word.
const runRows = 64

// runSize is how many bytes the lines of a run have at most.
const runSize = 1 << 20

// run is what is known of the rows of a run. Places are relative to the beginning of its first.
type run struct {
	rows int
	// starts are where the rows begin, and behind them where the next line does.
	starts [runRows + 1]uint32
	// places are how far each of them is read.
	places [runRows]uint32
	// ahead is how many rows are looked at: twice as many after a run of them, and after one that has ended as many as that had. misses counts in
	// sequence the runs that had none, and wait the rows before the next is looked for: one more after each of them.
	ahead, misses, wait int
}

// found are the values of the rows of a run: places of texts, and numbers.
type found struct {
	starts, ends [runRows]uint32
	numbers      [runRows]int64
}

// decodeRun decodes the lines of a run that begins at chunk.Data[at], and answers the place behind them. There are none if the first is not as the
// shape has it, or too near to the end of the chunk for looking at so many bytes at once.
func (d *Decoder) decodeRun(b, left *batch.Batch, chunk *Chunk, at int) (next int) {
	s := &d.json.shape
	if !s.complete {
		return at
	}
	if s.run.wait > 0 {
		s.run.wait--
		return at
	}
	room := batch.Rows - b.Len()
	if left != nil {
		room = min(room, batch.Rows-left.Len())
	}
	data := chunk.Data[at:]
	s.findRun(d.fields, data, room)
	if s.run.rows == 0 {
		return at
	}
	s.agreed(s.run.rows)
	all := ^uint64(0) >> (runRows - s.run.rows)
	chosen := all
	for k := range d.where.tests {
		chosen &= s.values[s.tests[k]].choose(&d.where.tests[k], data, s.run.rows)
	}
	d.keepRun(b, chunk, at, chosen)
	if chosen != all {
		d.leaveRun(left, chunk, at, all&^chosen)
	}
	return at + int(s.run.starts[s.run.rows])
}

// choose answers which rows have a value that a predicate is true for.
func (v *shapeValue) choose(p *batch.Predicate, data []byte, rows int) (chosen uint64) {
	if v.text && (p.Op == batch.In || p.Op == batch.NotIn) {
		for i := range p.Values {
			chosen |= v.equal(p.Values[i].Bytes, data, rows)
		}
		if p.Op == batch.NotIn {
			chosen = ^chosen
		}
		return chosen
	}
	for k := range rows {
		if v.text && p.MatchBytes(data[v.starts[k]:v.ends[k]]) || !v.text && p.MatchInt(v.numbers[k]) {
			chosen |= 1 << k
		}
	}
	return chosen
}

// equal answers which rows have a text. Its first eight bytes are compared without a branch, which nobody could foresee.
func (v *shapeValue) equal(text, data []byte, rows int) (chosen uint64) {
	var first [8]byte
	n := copy(first[:], text)
	want, mask := word(first[:], 0), ^uint64(0)>>(64-8*n)
	for k := range rows {
		start, end := v.starts[k], v.ends[k]
		wrong := (word(data, int(start))^want)&mask | uint64(int(end-start)^len(text))
		chosen |= ((wrong|-wrong)>>63 ^ 1) << k
	}
	if len(text) > n {
		for rest := chosen; rest != 0; rest &= rest - 1 {
			k := bits.TrailingZeros64(rest)
			if !bytes.Equal(data[v.starts[k]:v.ends[k]], text) {
				chosen &^= 1 << k
			}
		}
	}
	return chosen
}

// keepRun appends the chosen rows of a run that begins at a place of the chunk.
func (d *Decoder) keepRun(b *batch.Batch, chunk *Chunk, at int, chosen uint64) {
	s := &d.json.shape
	for k := range s.values {
		if v := &s.values[k]; v.column < len(b.Cols)-d.where.hidden {
			v.appendChosen(&b.Cols[v.column], chunk.Data[at:], chosen)
		}
	}
	for _, c := range d.metas {
		s.run.appendMeta(&b.Cols[c], d.columns[c].Meta, chunk, at, chosen)
	}
	for range bits.OnesCount64(chosen) {
		b.AppendDiff(1)
	}
}

// leaveRun appends what is wanted of the rows that are left out.
func (d *Decoder) leaveRun(left *batch.Batch, chunk *Chunk, at int, out uint64) {
	s := &d.json.shape
	for i, c := range d.where.left {
		if v := &left.Cols[i]; c.meta != connector.NoMeta {
			s.run.appendMeta(v, c.meta, chunk, at, out)
		} else {
			s.values[s.left[i]].appendChosen(v, chunk.Data[at:], out)
		}
	}
	for range bits.OnesCount64(out) {
		left.AppendDiff(1)
	}
}

// appendChosen appends the values of rows.
func (v *shapeValue) appendChosen(to *batch.Vec, data []byte, rows uint64) {
	if v.text {
		v.appendTexts(to, data, rows)
		return
	}
	for ; rows != 0; rows &= rows - 1 {
		to.Ints = append(to.Ints, v.numbers[bits.TrailingZeros64(rows)])
	}
}

// appendTexts appends the texts of rows, short ones in words that go beyond them: behind the rows there is something in data, and here room is made for it.
func (v *shapeValue) appendTexts(to *batch.Vec, data []byte, rows uint64) {
	size := 0
	for rest := rows; rest != 0; rest &= rest - 1 {
		k := bits.TrailingZeros64(rest)
		size += int(v.ends[k] - v.starts[k])
	}
	to.Data = slices.Grow(to.Data, size+8)
	at := len(to.Data)
	to.Data = to.Data[:at+size]
	dst, src := unsafe.Pointer(unsafe.SliceData(to.Data)), unsafe.Pointer(unsafe.SliceData(data))
	offsets := slices.Grow(to.Offsets, bits.OnesCount64(rows))
	for ; rows != 0; rows &= rows - 1 {
		k := bits.TrailingZeros64(rows)
		start, n := int(v.starts[k]), int(v.ends[k]-v.starts[k])
		if n <= shortString {
			for i := 0; i < n; i += 8 {
				*(*[8]byte)(unsafe.Add(dst, at+i)) = *(*[8]byte)(unsafe.Add(src, start+i))
			}
		} else {
			copy(to.Data[at:], data[start:start+n])
		}
		at += n
		offsets = append(offsets, uint32(at))
	}
	to.Offsets = offsets
}

// appendMeta appends what a column says of where rows of a run that begins at a place of the chunk are from.
func (r *run) appendMeta(to *batch.Vec, meta connector.Meta, chunk *Chunk, at int, rows uint64) {
	for ; rows != 0; rows &= rows - 1 {
		appendMeta(to, meta, chunk, at+int(r.starts[bits.TrailingZeros64(rows)]))
	}
}
