package format

import (
	"bytes"
	"math"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/jsontext"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// Writer makes bytes of rows, each with its line end: what a Decoder of the same encoding reads. It is for one goroutine at a time.
type Writer struct {
	encode  string
	csv     csvOptions
	columns []writeColumn
	text    []byte
}

type writeColumn struct {
	connector.Column
	codec *types.Codec
	// key is the column's name in JSON, with what stands before and behind it.
	key []byte
}

// WriterOptions is the table of options of an encoding where rows are written.
func WriterOptions(encode string) []connector.Option {
	var table []connector.Option
	for _, o := range options[encode] {
		if o.Name != "timestamp.unit" { // times are written as text
			table = append(table, o)
		}
	}
	return table
}

// NewWriter checks an encoding, JSON or CSV, against columns.
func NewWriter(encode string, settings []connector.Setting, columns []connector.Column) (*Writer, error) {
	w := &Writer{encode: strings.ToUpper(encode)}
	if w.encode != JSON && w.encode != CSV {
		return nil, pgerr.Newf(pgerr.FeatureNotSupported, "ENCODE %s cannot be written", encode).WithHint("JSON and CSV can.")
	}
	v, err := connector.ParseOptions("ENCODE "+w.encode, WriterOptions(w.encode), settings)
	if err != nil {
		return nil, err
	}
	if w.encode == CSV {
		if w.csv, err = newCSVOptions(v); err != nil {
			return nil, err
		}
	}
	for i, c := range columns {
		codec, ok := types.CodecOf(c.Type.OID)
		if !ok {
			return nil, pgerr.Newf(pgerr.FeatureNotSupported, "a column of type %s cannot be written: %q", types.FormatType(c.Type), c.Name)
		}
		key := []byte{'{'}
		if i > 0 {
			key[0] = ','
		}
		w.columns = append(w.columns, writeColumn{c, codec, append(jsontext.AppendString(key, []byte(c.Name)), ':')})
	}
	return w, nil
}

// AppendHeader appends what a file begins with: the names of the fields, if CSV's header is asked for.
func (w *Writer) AppendHeader(dst []byte) []byte {
	if w.encode != CSV || !w.csv.header {
		return dst
	}
	for i := range w.columns {
		if i > 0 {
			dst = append(dst, w.csv.delimiter)
		}
		dst = w.appendField(dst, []byte(w.columns[i].Name))
	}
	return append(dst, '\n')
}

// Append appends row i of a batch, whose columns are those that the writer was made for.
func (w *Writer) Append(dst []byte, b *batch.Batch, i int) ([]byte, error) {
	for c := range w.columns {
		v := b.Cols[c].Value(i)
		if w.encode == CSV {
			if c > 0 {
				dst = append(dst, w.csv.delimiter)
			}
			if v.Null {
				dst = append(dst, w.csv.null...)
				continue
			}
			w.text = w.columns[c].codec.AppendText(w.text[:0], v, types.DefaultSettings)
			dst = w.appendField(dst, w.text)
			continue
		}
		dst = append(dst, w.columns[c].key...)
		var err error
		if dst, err = w.appendJSON(dst, w.columns[c].Type, w.columns[c].codec, v); err != nil {
			return dst, err
		}
	}
	if w.encode == JSON {
		if len(w.columns) == 0 {
			dst = append(dst, '{')
		}
		dst = append(dst, '}')
	}
	return append(dst, '\n'), nil
}

// appendField appends a value that is not null, in quotes where it would be read as something else without.
func (w *Writer) appendField(dst, text []byte) []byte {
	if string(text) != w.csv.null && bytes.IndexByte(text, w.csv.delimiter) < 0 && bytes.IndexByte(text, w.csv.quote) < 0 &&
		!bytes.ContainsAny(text, "\r\n") && (len(w.columns) > 1 || string(text) != `\.`) {
		return append(dst, text...)
	}
	dst = append(dst, w.csv.quote)
	for _, c := range text {
		if c == w.csv.quote || c == w.csv.escape {
			dst = append(dst, w.csv.escape)
		}
		dst = append(dst, c)
	}
	return append(dst, w.csv.quote)
}

// appendJSON appends a value as to_json() has it.
func (w *Writer) appendJSON(dst []byte, t types.Type, codec *types.Codec, v types.Value) ([]byte, error) {
	if v.Null {
		return append(dst, "null"...), nil
	}
	if elem, ok := types.ElemOf(t); ok {
		return w.appendArray(dst, elem, v)
	}
	switch t.OID {
	case types.OIDBool:
		if v.Bool() {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case types.OIDInt2, types.OIDInt4, types.OIDInt8:
		return codec.AppendText(dst, v, types.DefaultSettings), nil
	case types.OIDFloat4, types.OIDFloat8:
		if !math.IsNaN(v.Float) && !math.IsInf(v.Float, 0) {
			return codec.AppendText(dst, v, types.DefaultSettings), nil
		}
	case types.OIDNumeric:
		if numeric.Decode(v.Bytes).Finite() {
			return codec.AppendText(dst, v, types.DefaultSettings), nil
		}
	case types.OIDJSON, types.OIDJSONB:
		return appendLine(dst, v.Bytes), nil
	default:
	}
	w.text = codec.AppendText(w.text[:0], v, types.DefaultSettings)
	if t.OID == types.OIDTimestamp || t.OID == types.OIDTimestamptz {
		w.text = isoTime(w.text)
	}
	return jsontext.AppendString(dst, w.text), nil
}

// isoTime puts ISO 8601's T between date and time, and minutes into the zone, which is UTC; infinity has neither.
func isoTime(text []byte) []byte {
	if at := bytes.IndexByte(text, ' '); at >= 0 {
		text[at] = 'T'
	}
	if bytes.HasSuffix(text, []byte("+00")) {
		return append(text, ":00"...)
	}
	return text
}

// appendLine appends JSON of the user's without its line ends, which stand between tokens only: a row is a line.
func appendLine(dst, text []byte) []byte {
	if !bytes.ContainsAny(text, "\r\n") {
		return append(dst, text...)
	}
	for _, c := range text {
		if c == '\n' || c == '\r' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

func (w *Writer) appendArray(dst []byte, elem types.Type, v types.Value) ([]byte, error) {
	a, err := types.OpenArray(v.Bytes)
	if err != nil {
		return dst, err
	}
	codec, ok := types.CodecOf(elem.OID)
	if !ok || a.Len() == 0 {
		return append(dst, "[]"...), nil
	}
	return w.appendDimension(dst, &a, a.Lengths, elem, codec)
}

func (w *Writer) appendDimension(dst []byte, a *types.Array, lengths []int32, elem types.Type, codec *types.Codec) ([]byte, error) {
	dst = append(dst, '[')
	for n := range lengths[0] {
		if n > 0 {
			dst = append(dst, ',')
		}
		var err error
		if len(lengths) > 1 {
			dst, err = w.appendDimension(dst, a, lengths[1:], elem, codec)
		} else {
			v := types.NullValue
			if item, null, _ := a.Next(); !null {
				v, err = codec.Decode(nil, item, -1)
			}
			if err == nil {
				dst, err = w.appendJSON(dst, elem, codec, v)
			}
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}
