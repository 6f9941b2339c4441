package gen

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// jsonSource is a generator that writes its rows as JSON, and decodes that: what a stream of JSON costs, without the I/O.
type jsonSource struct {
	*source
	format *format.Format
	line   func(dst []byte, row int64) []byte
}

func newJSONSource(s *source, line func(dst []byte, row int64) []byte, columns []connector.Column) (connector.Source, error) {
	f, err := format.New(format.JSON, nil, columns)
	if err != nil {
		return nil, err
	}
	return &jsonSource{source: s, format: f, line: line}, nil
}

func (s *jsonSource) Decides(p batch.Predicate) bool { return s.format.Decides(p) }

// Defers says no: a line is read once.
func (s *jsonSource) Defers(int) bool { return false }

func (s *jsonSource) Open(ctx context.Context, start connector.Start) (connector.Reader, error) {
	r, err := s.source.Open(ctx, connector.Start{Partition: start.Partition, From: start.From})
	if err != nil {
		return nil, err
	}
	return &jsonReader{Reader: r, source: s, start: start}, nil
}

// jsonReader takes pieces as the generator does, and has them decoded from JSON.
type jsonReader struct {
	connector.Reader
	source *jsonSource
	start  connector.Start
	free   connector.Pool[jsonPiece]
}

func (r *jsonReader) Fetch(limit connector.Limit) (connector.Piece, error) {
	p, err := r.Reader.Fetch(limit)
	if err != nil {
		return nil, err
	}
	j := r.free.Get()
	if j.decoder == nil {
		j.decoder, j.reader = r.source.format.Decoder(r.start), r
	}
	j.piece = p.(*piece)
	return j, nil
}

// jsonPiece is a range of rows, to be decoded from JSON.
type jsonPiece struct {
	*piece
	reader  *jsonReader
	decoder *format.Decoder
	text    []byte
}

func (p *jsonPiece) Decode(b, left *batch.Batch, report connector.Report) (bool, error) {
	for b.Len() < batch.Rows && (left == nil || left.Len() < batch.Rows) && p.next < p.end {
		p.text = p.reader.source.line(p.text[:0], p.next)
		p.decoder.DecodeMessage(b, left, partition, p.next, p.text, report)
		p.next++
	}
	return p.next < p.end, nil
}

func (p *jsonPiece) Release() {
	p.piece.Release()
	p.piece = nil
	p.reader.free.Put(p)
}

// WriteJSON writes rows of a generator as lines of JSON, from row number from on, at most rows of them: a file for
// connector = 'file' that has the same rows as the generator. Times are ISO 8601 text, those of ysb milliseconds since 1970, as its own
// producer writes them.
func WriteJSON(w io.Writer, k *connector.Kind, settings []connector.Setting, from, rows int64) error {
	options, err := k.ParseOptions(settings)
	if err != nil {
		return err
	}
	if k.Columns == nil {
		return pgerr.Newf(pgerr.FeatureNotSupported, "rows of connector %q cannot be written: it has no columns of its own", k.Name)
	}
	columns, err := k.Columns(options)
	if err != nil {
		return err
	}
	made, err := k.Source(connector.Config{Options: options, Columns: columns})
	if err != nil {
		return err
	}
	var line func(dst []byte, row int64) []byte
	s, ok := made.(*source)
	if !ok {
		s = made.(*jsonSource).source
	}
	if k == YSB && options.Text("table") == "events" {
		y, _ := ysbTable(options)
		line = y.appendJSON
	}
	return s.writeJSON(w, line, columns, from, min(rows, max(s.rows-from, 0)))
}

// writeJSON writes rows a batch at a time: by line, or if that is nil from the columns.
func (s *source) writeJSON(w io.Writer, line func(dst []byte, row int64) []byte, columns []connector.Column, from, rows int64) error {
	var list []types.Type
	for _, c := range columns {
		list = append(list, c.Type)
	}
	b := batch.New(list...)
	var text []byte
	for end := from + rows; from < end; {
		n := min(end-from, batch.Rows)
		text = text[:0]
		if line != nil {
			for row := from; row < from+n; row++ {
				text = line(text, row)
			}
		} else {
			b.Reset()
			p := piece{reader: &reader{columns: s.columns}, next: from, end: from + n}
			if _, err := p.Decode(b, nil, nil); err != nil {
				return err
			}
			text = appendLines(text, b, columns)
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// appendLines appends the rows of a batch as objects. What generators make needs no escapes.
func appendLines(dst []byte, b *batch.Batch, columns []connector.Column) []byte {
	for row := range b.Len() {
		for c := range b.Cols {
			v := &b.Cols[c]
			sep := `,"`
			if c == 0 {
				sep = `{"`
			}
			dst = append(append(append(dst, sep...), columns[c].Name...), `":`...)
			switch v.Type().OID {
			case types.OIDTimestamp, types.OIDTimestamptz:
				dst = append(dst, '"')
				dst = time.UnixMicro(v.Ints[row]).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000")
				dst = append(dst, '"')
			case types.OIDInt8:
				dst = strconv.AppendInt(dst, v.Ints[row], 10)
			default:
				dst = append(append(append(dst, '"'), v.BytesAt(row)...), '"')
			}
		}
		dst = append(dst, "}\n"...)
	}
	return dst
}
