package format

import (
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
)

// where leaves rows out. A row is decoded as if it were wanted, also those of its values that only predicates are about: what is wrong with a
// line is reported whether anybody wants the row or not. Its values are taken back then, which costs next to nothing: they lie
// behind those of the rows before.
type where struct {
	tests []batch.Predicate // Column is a place in rows
	left  []leftColumn
	// rows are, while rows are decoded, the columns of the caller's batch and behind them hidden ones, which nobody wants but the tests: they
	// have the value of the row that is decoded, and no others.
	rows   batch.Batch
	hidden int
	caller *batch.Batch
}

// leftColumn is where a column of connector.Start.Left comes from.
type leftColumn struct {
	at   int // a place in rows; none if meta is set
	meta connector.Meta
}

// Decides tells whether decoders decide a predicate, as connector.Source has it.
func (f *Format) Decides(p batch.Predicate) bool { return f.columns[p.Column].Meta == connector.NoMeta }

// filter has the decoder leave rows out.
func (d *Decoder) filter(start connector.Start) {
	if len(start.Where) == 0 {
		return
	}
	w := &d.where
	for _, p := range start.Where {
		p.Column = d.placeOf(p.Column, len(start.Columns))
		w.tests = append(w.tests, p)
	}
	for _, i := range start.Left {
		c := leftColumn{meta: d.format.columns[i].Meta}
		if c.meta == connector.NoMeta {
			c.at = d.placeOf(i, len(start.Columns))
		}
		w.left = append(w.left, c)
	}
	w.rows.Cols = make([]batch.Vec, len(d.columns))
	for at := len(start.Columns); at < len(d.columns); at++ {
		w.rows.Cols[at] = batch.NewVec(d.columns[at].Type)
	}
}

// placeOf is the place of a column in rows, of which visible ones are the caller's.
func (d *Decoder) placeOf(i, visible int) int {
	if k := d.wanted[i]; k >= 0 {
		return d.fields[k].column
	}
	at := visible + d.where.hidden
	d.where.hidden++
	d.want(i, at)
	return at
}

// begin answers the batches that rows are decoded into for a caller's.
func (d *Decoder) begin(b, left *batch.Batch) (rows, _ *batch.Batch) {
	w := &d.where
	if len(w.tests) == 0 {
		return b, nil
	}
	columns := w.rows.Cols
	copy(columns, b.Cols)
	w.rows, w.caller = *b, b
	w.rows.Cols = columns
	return &w.rows, left
}

// end gives the caller its columns back.
func (d *Decoder) end() {
	w := &d.where
	if len(w.tests) == 0 {
		return
	}
	copy(w.caller.Cols, w.rows.Cols[:len(w.caller.Cols)])
	w.caller.SetLen(w.rows.Len())
	w.caller = nil
}

// full tells whether one of the batches is.
func full(b, left *batch.Batch) bool {
	return b.Len() >= batch.Rows || left != nil && left.Len() >= batch.Rows
}

// matches tells whether the row whose values were appended last is wanted.
func (w *where) matches(b *batch.Batch) bool {
	for i := range w.tests {
		t := &w.tests[i]
		v := &b.Cols[t.Column]
		if !t.Match(v, v.Len()-1) {
			return false
		}
	}
	return true
}

// reset empties the hidden columns.
func (w *where) reset(b *batch.Batch) {
	for c := len(b.Cols) - w.hidden; c < len(b.Cols); c++ {
		b.Cols[c].Reset()
	}
}

// leave takes the row back whose values were appended last, but for what is wanted of rows that are left out.
func (d *Decoder) leave(b, left *batch.Batch, chunk *Chunk, at int) {
	for i, c := range d.where.left {
		v := &left.Cols[i]
		if c.meta != connector.NoMeta {
			appendMeta(v, c.meta, chunk, at)
			continue
		}
		from := &b.Cols[c.at]
		v.AppendFrom(from, from.Len()-1)
	}
	left.AppendDiff(1)
	d.undo(b)
}

// decide ends a row whose values were found in a shape, and none of them appended.
func (d *Decoder) decide(b, left *batch.Batch, chunk *Chunk, at int) {
	s, row := &d.json.shape, chunk.Data[at:]
	for k := range d.where.tests {
		if !s.values[s.tests[k]].matches(&d.where.tests[k], row) {
			d.leaveFound(left, chunk, at)
			return
		}
	}
	s.appendValues(b, row, len(s.values))
	d.keep(b, chunk, at)
}

// matches tells whether a predicate is true for a value of a row.
func (v *shapeValue) matches(p *batch.Predicate, row []byte) bool {
	if v.text {
		return p.MatchBytes(row[v.start:v.end])
	}
	return p.MatchInt(v.number)
}

// leaveFound is leave for a row whose values were found and not appended.
func (d *Decoder) leaveFound(left *batch.Batch, chunk *Chunk, at int) {
	for i, c := range d.where.left {
		if v := &left.Cols[i]; c.meta != connector.NoMeta {
			appendMeta(v, c.meta, chunk, at)
		} else {
			d.json.shape.values[d.json.shape.left[i]].append(v, chunk.Data[at:])
		}
	}
	left.AppendDiff(1)
}
