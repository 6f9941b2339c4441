package session

import (
	"bytes"
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// copyOutput writes rows as COPY TO does.
type copyOutput struct {
	o        *copyOptions
	send     func([]byte) error
	columns  []pgwire.Column
	codecs   []*types.Codec
	quoted   []bool // FORCE_QUOTE
	digits   []bool // integers, which text writes as they are
	settings *types.Settings
	row      []byte
	value    []byte
	count    int64
	begun    bool
}

// beginCopyOut tells the client that the data of COPY TO STDOUT follows, and begins it.
func beginCopyOut(o *copyOptions, columns []pgwire.Column, settings *types.Settings, out pgwire.Out) (*copyOutput, error) {
	copier, ok := out.(pgwire.Copier)
	if !ok {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "COPY cannot be run here")
	}
	send, err := copier.CopyOut(pgwire.CopyFormat{Binary: o.format == copyBinary, Columns: len(columns)})
	if err != nil {
		return nil, err
	}
	w := newCopyOutput(o, columns, settings, send)
	return w, w.header()
}

func newCopyOutput(o *copyOptions, columns []pgwire.Column, settings *types.Settings, send func([]byte) error) *copyOutput {
	w := &copyOutput{o: o, send: send, columns: columns, settings: settings, quoted: make([]bool, len(columns)), digits: make([]bool, len(columns))}
	for i, c := range columns {
		codec, ok := types.CodecOf(c.Type.OID)
		if !ok {
			codec, _ = types.CodecOf(types.OIDText)
		}
		w.codecs = append(w.codecs, codec)
		whole := c.Type.OID == types.OIDInt2 || c.Type.OID == types.OIDInt4 || c.Type.OID == types.OIDInt8
		w.digits[i] = whole && o.format == copyText && o.delimiter != '-' // digits are no delimiters
		w.quoted[i] = o.forceQuoteAll
		for _, n := range o.forceQuote {
			w.quoted[i] = w.quoted[i] || string(n) == c.Name
		}
	}
	return w
}

// header writes the line of names, and remembers what a binary file begins with.
func (w *copyOutput) header() error {
	if !w.o.header {
		return nil
	}
	w.row = w.row[:0]
	for i, c := range w.columns {
		if i > 0 {
			w.row = append(w.row, w.o.delimiter)
		}
		w.field([]byte(c.Name), false)
	}
	w.row = append(w.row, '\n')
	return w.send(w.row)
}

// rows writes the rows of a batch.
func (w *copyOutput) rows(b *batch.Batch) error {
	for i := range b.Len() {
		for range b.DiffAt(i) {
			if err := w.one(b, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *copyOutput) one(b *batch.Batch, i int) error {
	w.count++
	w.row = w.row[:0]
	if w.o.format == copyBinary {
		w.begin()
		w.row = binary.BigEndian.AppendUint16(w.row, uint16(len(w.columns)))
		for c := range w.columns {
			v := b.Cols[c].Value(i)
			if v.Null {
				w.row = binary.BigEndian.AppendUint32(w.row, ^uint32(0))
				continue
			}
			w.value = w.codecs[c].AppendBinary(w.value[:0], v)
			w.row = binary.BigEndian.AppendUint32(w.row, uint32(len(w.value)))
			w.row = append(w.row, w.value...)
		}
		return w.send(w.row)
	}
	for c := range w.columns {
		if c > 0 {
			w.row = append(w.row, w.o.delimiter)
		}
		v := &b.Cols[c]
		if v.IsNull(i) {
			w.row = append(w.row, w.o.null...)
			continue
		}
		if w.digits[c] {
			w.row = types.AppendIntText(w.row, v.Ints[i])
			continue
		}
		w.value = w.codecs[c].AppendText(w.value[:0], v.Value(i), w.settings)
		w.field(w.value, w.quoted[c])
	}
	w.row = append(w.row, '\n')
	return w.send(w.row)
}

// begin puts the file's header before the first row, in one message with it, as PostgreSQL does.
func (w *copyOutput) begin() {
	if !w.begun {
		w.begun = true
		w.row = append(w.row, binarySignature...)
		w.row = append(w.row, 0, 0, 0, 0, 0, 0, 0, 0)
	}
}

// finish writes the trailer of the binary format.
func (w *copyOutput) finish() error {
	if w.o.format != copyBinary {
		return nil
	}
	w.row = w.row[:0]
	w.begin()
	return w.send(append(w.row, 0xff, 0xff))
}

// field appends a value that is not null.
func (w *copyOutput) field(text []byte, quoted bool) {
	if w.o.format == copyText {
		w.escape(text)
		return
	}
	quoted = quoted || string(text) == w.o.null || bytes.IndexByte(text, w.o.delimiter) >= 0 || bytes.IndexByte(text, w.o.quote) >= 0 ||
		bytes.ContainsAny(text, "\r\n") || len(w.columns) == 1 && string(text) == `\.`
	if !quoted {
		w.row = append(w.row, text...)
		return
	}
	w.row = append(w.row, w.o.quote)
	for _, b := range text {
		if b == w.o.quote || b == w.o.escape {
			w.row = append(w.row, w.o.escape)
		}
		w.row = append(w.row, b)
	}
	w.row = append(w.row, w.o.quote)
}

// escape appends a value of the text format (CopyAttributeOutText): what means itself at once, up to the next character that does not.
func (w *copyOutput) escape(text []byte) {
	from := 0
	for i, b := range text {
		if b > '\r' && b != '\\' && b != w.o.delimiter {
			continue
		}
		shown := b
		switch b {
		case '\b':
			shown = 'b'
		case '\f':
			shown = 'f'
		case '\n':
			shown = 'n'
		case '\r':
			shown = 'r'
		case '\t':
			shown = 't'
		case '\v':
			shown = 'v'
		case '\\', w.o.delimiter:
		default: // another control character
			continue
		}
		w.row = append(append(w.row, text[from:i]...), '\\', shown)
		from = i + 1
	}
	w.row = append(w.row, text[from:]...)
}
