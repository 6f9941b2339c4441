package format

import (
	"bytes"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
)

// csvOptions are those of PostgreSQL's COPY ... WITH (FORMAT csv) (PostgreSQL 15, COPY).
type csvOptions struct {
	header                   bool
	delimiter, quote, escape byte
	null                     string
}

func newCSVOptions(v connector.Values) (csvOptions, error) {
	o := csvOptions{header: v.Bool("header"), null: v.Text("null")}
	for _, x := range []struct {
		name string
		to   *byte
	}{{"delimiter", &o.delimiter}, {"quote", &o.quote}, {"escape", &o.escape}} {
		text := v.Text(x.name)
		if x.name == "escape" && !v.Has("escape") {
			text = v.Text("quote")
		}
		if text == `\t` || strings.EqualFold(text, "tab") {
			text = "\t"
		}
		if len(text) != 1 || text[0] >= 0x80 || text == "\n" || text == "\r" || text == "\x00" {
			return o, pgerr.Newf(pgerr.InvalidParameterValue, "CSV %s must be a single one-byte character", x.name)
		}
		*x.to = text[0]
	}
	switch {
	case o.delimiter == o.quote:
		return o, pgerr.New(pgerr.InvalidParameterValue, "CSV delimiter and quote must be different")
	case strings.IndexByte(o.null, o.delimiter) >= 0:
		return o, pgerr.New(pgerr.InvalidParameterValue, "CSV delimiter must not appear in the NULL specification")
	case strings.IndexByte(o.null, o.quote) >= 0 || strings.ContainsAny(o.null, "\r\n"):
		return o, pgerr.New(pgerr.InvalidParameterValue, "the NULL specification must have neither CSV's quote nor the end of a line")
	}
	return o, nil
}

// csvState is what a decoder knows about the fields of the rows it is at.
type csvState struct {
	ready bool
	// header is the line that order was made from.
	header []byte
	// order has for each field of a row, up to the last wanted one, its place in Decoder.fields, or -1.
	order []int
	value []byte // a field without its quotes
}

// decodeCSV decodes rows of comma-separated values. An empty line is no row, unless rows have one field.
func (d *Decoder) decodeCSV(b, left *batch.Batch, chunk *Chunk, report connector.Report) int {
	if !d.csv.ready || string(d.csv.header) != string(chunk.Header) {
		d.csvHeader(chunk.Header)
	}
	oneField := !d.format.csv.header && len(d.format.columns) == 1
	at := 0
	for at < len(chunk.Data) && at < maxDecode && !full(b, left) {
		rest := chunk.Data[at:]
		if row, size := line(rest); len(row) == 0 && !oneField {
			at += size
			continue
		}
		end, f := d.csvRow(b, rest)
		size := d.format.csvEnd(rest, end)
		if f != nil {
			d.undo(b)
			row := bytes.TrimRight(rest[:size], "\r\n")
			d.report(report, chunk, at, row, f)
		} else {
			d.finish(b, left, chunk, at)
		}
		at += size
	}
	return at
}

// csvHeader finds out which field of a row belongs to which column: by the names in the header, or by position.
func (d *Decoder) csvHeader(header []byte) {
	if !d.format.csv.header {
		d.csvByPosition()
		return
	}
	s := &d.csv
	s.ready = true
	s.header = append(s.header[:0], header...)
	s.order = s.order[:0]
	header = bytes.TrimPrefix(header, []byte("\xEF\xBB\xBF")) // the mark that some programs begin a file with
	taken := make([]bool, len(d.fields))
	for i, more := 0, true; more && len(header) > 0; {
		var name []byte
		name, i, more, _, _ = d.csvField(header, i)
		key := d.lookup(name)
		if key >= 0 && taken[key] {
			key = -1 // of two fields with one name the first counts
		} else if key >= 0 {
			taken[key] = true
		}
		s.order = append(s.order, key)
	}
	s.trim()
}

func (d *Decoder) csvByPosition() {
	s := &d.csv
	s.ready = true
	s.order = s.order[:0]
	for i, c := range d.format.columns {
		if c.Meta == connector.NoMeta {
			s.order = append(s.order, d.wanted[i])
		}
	}
	s.trim()
}

// trim drops what lies behind the last wanted field.
func (s *csvState) trim() {
	for n := len(s.order); n > 0 && s.order[n-1] < 0; n-- {
		s.order = s.order[:n-1]
	}
}

// csvRow appends the wanted fields of the row at the beginning of rest, and answers how far it has read.
func (d *Decoder) csvRow(b *batch.Batch, rest []byte) (int, *fault) {
	d.serial++
	i, more := 0, true
	for n, key := range d.csv.order {
		if !more {
			return i, &fault{err: pgerr.Newf(pgerr.BadCopyFileFormat, "the row has %d fields, and needs at least %d", n, len(d.csv.order))}
		}
		var value []byte
		var quoted, closed bool
		value, i, more, quoted, closed = d.csvField(rest, i)
		if !closed {
			return i, &fault{err: pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")}
		}
		if key < 0 {
			continue
		}
		f := &d.fields[key]
		f.seen = d.serial
		v := &b.Cols[f.column]
		if !quoted && string(value) == d.format.csv.null {
			v.AppendNull()
		} else if err := appendText(v, f, value); err != nil {
			return i, &fault{f.name, err}
		}
	}
	for k := range d.fields {
		if f := &d.fields[k]; f.seen != d.serial {
			b.Cols[f.column].AppendNull() // the header does not have it
		}
	}
	return i, nil
}

// csvField reads the field at row[i]. next is the place behind the delimiter, and more tells that there was one; otherwise next is the
// end of the row: a line feed, or the end of the data. quoted tells that some of it was in quotes, closed that these ended.
func (d *Decoder) csvField(row []byte, i int) (value []byte, next int, more, quoted, closed bool) {
	o := &d.format.csv
	start := i
	for ; i < len(row); i++ {
		c := row[i]
		if c == o.delimiter {
			return row[start:i], i + 1, true, false, true
		}
		if c == '\n' {
			return trimReturn(row[start:i]), i, false, false, true
		}
		if c == o.quote {
			return d.csvQuoted(row, start, i)
		}
	}
	return trimReturn(row[start:]), i, false, false, true
}

// csvQuoted goes on with a field that has a quote at row[i]. Quotes may begin and end anywhere in a field, as in PostgreSQL.
func (d *Decoder) csvQuoted(row []byte, start, i int) (value []byte, next int, more, quoted, closed bool) {
	o := &d.format.csv
	s := append(d.csv.value[:0], row[start:i]...)
	inQuotes := false
	for ; i < len(row); i++ {
		c := row[i]
		switch {
		case inQuotes && c == o.escape && i+1 < len(row) && (row[i+1] == o.quote || row[i+1] == o.escape):
			i++
			s = append(s, row[i])
		case c == o.quote:
			inQuotes = !inQuotes
		case inQuotes:
			s = append(s, c)
		case c == o.delimiter:
			d.csv.value = s
			return s, i + 1, true, true, true
		case c == '\n':
			if row[i-1] == '\r' {
				s = s[:len(s)-1]
			}
			d.csv.value = s
			return s, i, false, true, true
		default:
			s = append(s, c)
		}
	}
	if !inQuotes && row[len(row)-1] == '\r' {
		s = s[:len(s)-1]
	}
	d.csv.value = s
	return s, i, false, true, !inQuotes
}

// trimReturn drops the carriage return of a line that ends with "\r\n".
func trimReturn(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		return b[:n-1]
	}
	return b
}

// csvEnd answers the place behind the row that rest begins with and of which all before i was read, outside of quotes.
func (f *Format) csvEnd(rest []byte, i int) int {
	s := f.Splitter()
	if n := s.Split(rest[i:], 1); n > 0 {
		return i + n
	}
	return len(rest)
}
