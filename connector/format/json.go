package format

import (
	"bytes"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
)

// jsonState is what a decoder remembers from row to row.
type jsonState struct {
	// layout is the keys of the rows before, in order: producers write the same keys in the same order, so that most keys
	// are found with one comparison.
	layout []layoutKey
	// key is a key without its escapes.
	key []byte
	// shape is the whole of the last rows.
	shape shape
}

// layoutKey is a key as it stood in a row, with its quotes, the colon and the white space between.
type layoutKey struct {
	raw   []byte
	field int // in Decoder.fields, or -1
}

// maxLayout bounds the layout; the keys of wider rows are looked up.
const maxLayout = 256

// decodeJSON decodes lines of JSON objects. Empty lines are no rows.
func (d *Decoder) decodeJSON(b, left *batch.Batch, chunk *Chunk, report connector.Report) int {
	at := 0
	for at < len(chunk.Data) && at < maxDecode && !full(b, left) {
		if next := d.decodeRun(b, left, chunk, at); next > at {
			at = next
			continue
		}
		data := chunk.Data[at:]
		row, size, i := data, 0, 0
		open := data[0] == '{'
		if !open {
			row, size = line(data)
			if i = skipSpace(row, 0); i == len(row) {
				at += size
				continue
			}
		}
		seen, f := d.jsonRow(b, row, i, open)
		if open {
			size = lineSize(data, seen)
		}
		if f != nil {
			d.undo(b)
			row, _ = line(data[:size])
			d.report(report, chunk, at, row, f)
		} else {
			d.finish(b, left, chunk, at)
		}
		at += size
	}
	return at
}

// jsonRow appends the wanted values of an object that begins at row[i]. It stops reading behind the last of them. Of a key that
// comes twice the first value counts. Of an open row it is not known where it ends; seen is up to where there is no line end.
func (d *Decoder) jsonRow(b *batch.Batch, row []byte, i int, open bool) (seen int, _ *fault) {
	if row[i] != '{' {
		return 0, jsonFault(row, i, "a row must be an object")
	}
	d.serial++
	n, next, how, bad := d.shapeRow(b, row, i, open)
	if bad != nil {
		return 0, bad
	}
	if how != differs {
		d.json.shape.agreed(1)
	}
	if how == agreesAll {
		return next, nil
	}
	if open {
		row = cutLine(row, next)
	}
	if n > 0 {
		bad = d.jsonRest(b, row, next, n)
	} else {
		bad = d.jsonObject(b, row, i)
	}
	if how == differs && bad == nil {
		d.learnShape(row, i)
	}
	return next, bad
}

// jsonObject reads an object from its opening brace at row[i].
func (d *Decoder) jsonObject(b *batch.Batch, row []byte, i int) *fault {
	i = skipSpace(row, i+1)
	if i < len(row) && row[i] == '}' {
		if i = skipSpace(row, i+1); i < len(row) {
			return jsonFault(row, i, "unexpected text behind the object")
		}
		return d.jsonMissing(b)
	}
	return d.jsonFields(b, row, i, 0)
}

// jsonRest reads on behind the value of the n-th key.
func (d *Decoder) jsonRest(b *batch.Batch, row []byte, i, n int) *fault {
	i, more, bad := d.jsonComma(b, row, i)
	if bad != nil || !more {
		return bad
	}
	return d.jsonFields(b, row, i, n)
}

// jsonComma reads what stands behind a value: a comma, or the end of the object, with which more is false.
func (d *Decoder) jsonComma(b *batch.Batch, row []byte, i int) (next int, more bool, _ *fault) {
	i = skipSpace(row, i)
	switch {
	case i >= len(row):
		return 0, false, jsonFault(row, i, "the object does not end")
	case row[i] == ',':
		return skipSpace(row, i+1), true, nil
	case row[i] == '}':
		if i = skipSpace(row, i+1); i < len(row) {
			return 0, false, jsonFault(row, i, "unexpected text behind the object")
		}
		return 0, false, d.jsonMissing(b)
	default:
		return 0, false, jsonFault(row, i, "expected a comma or a closing brace")
	}
}

// jsonFields reads the keys from the n-th on, the first of which is at row[i], and their values.
func (d *Decoder) jsonFields(b *batch.Batch, row []byte, i, n int) *fault {
	missing := 0
	for f := range d.fields {
		if d.fields[f].seen != d.serial {
			missing++
		}
	}
	for ; missing > 0; n++ {
		key, next, err := d.jsonKey(row, i, n)
		if err != nil {
			return err
		}
		i = skipSpace(row, next)
		if key >= 0 && d.fields[key].seen != d.serial {
			f := &d.fields[key]
			f.seen = d.serial
			missing--
			next, e := d.jsonValue(&b.Cols[f.column], f, row, i)
			if e != nil {
				e.column = f.name
				return e
			}
			i = next
		} else if i, err = skipValue(row, i); err != nil {
			return err
		}
		var more bool
		if i, more, err = d.jsonComma(b, row, i); err != nil || !more {
			return err
		}
	}
	return nil
}

// jsonMissing appends NULL for what a whole object did not have.
func (d *Decoder) jsonMissing(b *batch.Batch) *fault {
	for i := range d.fields {
		if f := &d.fields[i]; f.seen != d.serial {
			b.Cols[f.column].AppendNull()
		}
	}
	return nil
}

// jsonKey reads the n-th key of a row at row[i] and the colon behind it, and answers which field it is, or -1.
func (d *Decoder) jsonKey(row []byte, i, n int) (key, next int, _ *fault) {
	if n < len(d.json.layout) {
		k := &d.json.layout[n]
		if end := i + len(k.raw); end <= len(row) && string(row[i:end]) == string(k.raw) {
			return k.field, end, nil
		}
	}
	if i >= len(row) || row[i] != '"' {
		return 0, 0, jsonFault(row, i, "expected the name of a field in quotes")
	}
	end, plain := stringEnd(row, i)
	if end < 0 {
		return 0, 0, jsonFault(row, i, "the string does not end")
	}
	name := row[i+1 : end-1]
	if !plain {
		var f *fault
		if d.json.key, f = unescape(d.json.key[:0], row, i, end); f != nil {
			return 0, 0, f
		}
		name = d.json.key
	}
	next = skipSpace(row, end)
	if next >= len(row) || row[next] != ':' {
		return 0, 0, jsonFault(row, next, "expected a colon")
	}
	next++
	key = d.lookup(name)
	switch {
	case n < len(d.json.layout):
		k := &d.json.layout[n]
		k.raw, k.field = append(k.raw[:0], row[i:next]...), key
	case n == len(d.json.layout) && n < maxLayout:
		d.json.layout = append(d.json.layout, layoutKey{bytes.Clone(row[i:next]), key})
	}
	return key, next, nil
}

// lookup answers the field of a name, or -1. A name belongs to the column with exactly this name, or else to the first that differs
// only in case, whether that column is wanted or not.
func (d *Decoder) lookup(name []byte) int {
	for i := range d.format.columns {
		if c := &d.format.columns[i]; c.Meta == connector.NoMeta && string(name) == c.Name {
			return d.wanted[i]
		}
	}
	for i := range d.format.columns {
		if c := &d.format.columns[i]; c.Meta == connector.NoMeta && strings.EqualFold(string(name), c.Name) {
			return d.wanted[i]
		}
	}
	return -1
}

// jsonFault is a mistake in the JSON itself; i is where, from 0.
func jsonFault(row []byte, i int, what string) *fault {
	e := pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid JSON at byte %d: %s", i+1, what)
	if i >= len(row) {
		return &fault{err: e.WithDetail("The row ends there.")}
	}
	return &fault{err: e}
}
