package format

import (
	"bytes"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
)

// line cuts the first line off data: its bytes without what ends it ("\n" or "\r\n"), and the length of the whole.
func line(data []byte) (row []byte, size int) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return data, len(data)
	}
	row = data[:end]
	if end > 0 && row[end-1] == '\r' {
		row = row[:end-1]
	}
	return row, end + 1
}

// lineSize is the length of the first line of data with what ends it, of which it is known that it does not end before from.
func lineSize(data []byte, from int) int {
	if end := bytes.IndexByte(data[from:], '\n'); end >= 0 {
		return from + end + 1
	}
	return len(data)
}

// cutLine is the first line of data without what ends it, of which it is known that it does not end before from.
func cutLine(data []byte, from int) []byte {
	row, _ := line(data[:lineSize(data, from)])
	return row
}

// decodeLines decodes TEXT and BYTES: each line is one value.
func (d *Decoder) decodeLines(b, left *batch.Batch, chunk *Chunk, report connector.Report) int {
	at := 0
	for at < len(chunk.Data) && at < maxDecode && !full(b, left) {
		row, size := line(chunk.Data[at:])
		if f := d.appendLine(b, row); f != nil {
			d.undo(b)
			d.report(report, chunk, at, row, f)
		} else {
			d.finish(b, left, chunk, at)
		}
		at += size
	}
	return at
}

func (d *Decoder) appendLine(b *batch.Batch, row []byte) *fault {
	for i := range d.fields {
		f := &d.fields[i]
		v := &b.Cols[f.column]
		if f.typ.OID == bytea {
			v.AppendBytes(row)
		} else if err := appendText(v, f, row); err != nil {
			return &fault{f.name, err}
		}
	}
	return nil
}

// A Splitter finds the ends of rows in a stream of bytes that comes in parts. It looks at each byte once, however long a row is.
// The zero Splitter is not ready; Format.Splitter makes one.
type Splitter struct {
	quotes        bool
	quote, escape byte
	scanned       int  // bytes of the unfinished row that were looked at
	inQuotes      bool // where scanned ends
	escaped       bool // the byte after scanned is escaped
}

// Splitter returns a splitter at the beginning of a row.
func (f *Format) Splitter() Splitter {
	return Splitter{quotes: f.encode == CSV, quote: f.csv.quote, escape: f.csv.escape}
}

// Split answers how long the whole rows at the beginning of data are, at most maxRows of them if that is not 0. data begins
// with a row, and what is not split off must be at the beginning of data in the next call, with more behind it.
func (s *Splitter) Split(data []byte, maxRows int) int {
	if !s.quotes || !s.inQuotes && !s.escaped && s.noQuotes(data, maxRows) {
		return s.splitLines(data, maxRows)
	}
	end, rows := 0, 0
	i := s.scanned
	for ; i < len(data); i++ {
		c := data[i]
		switch {
		case s.escaped:
			s.escaped = false
		case s.inQuotes && c == s.escape && s.escape != s.quote:
			s.escaped = true
		case c == s.quote:
			s.inQuotes = !s.inQuotes // a doubled quote ends and begins at once
		case c == '\n' && !s.inQuotes:
			end = i + 1
			rows++
			if rows == maxRows {
				s.scanned = 0
				return end
			}
		}
	}
	s.scanned = i - end
	return end
}

// noQuotes tells whether there are surely no quotes in what Split will look at.
func (s *Splitter) noQuotes(data []byte, maxRows int) bool {
	data = data[s.scanned:]
	if maxRows == 1 {
		if end := bytes.IndexByte(data, '\n'); end >= 0 {
			data = data[:end]
		}
	}
	return bytes.IndexByte(data, s.quote) < 0
}

func (s *Splitter) splitLines(data []byte, maxRows int) int {
	if maxRows == 0 {
		end := bytes.LastIndexByte(data[s.scanned:], '\n')
		if end < 0 {
			s.scanned = len(data)
			return 0
		}
		end += s.scanned + 1
		s.scanned = len(data) - end
		return end
	}
	end := 0
	from := s.scanned
	for range maxRows {
		n := bytes.IndexByte(data[from:], '\n')
		if n < 0 {
			s.scanned = len(data) - end
			return end
		}
		end = from + n + 1
		from = end
	}
	s.scanned = 0
	return end
}

// errInvalidUTF8 is what PostgreSQL says of such a text.
func errInvalidUTF8() *pgerr.Error {
	return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
}

// Forget tells that what was scanned of an unfinished row will not be in the data of the next call.
func (s *Splitter) Forget() { s.scanned = 0 }
