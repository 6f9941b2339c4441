package format

import (
	"bytes"
	"encoding/binary"

	"github.com/freshetdb/freshet/sql/batch"
)

// shape is how the rows before were written. Producers write the same keys in the same order with the same white space, so that most
// rows differ in nothing but their values: what stands between them is compared as a whole, and nothing is looked up.
type shape struct {
	parts []part
	// misses counts the rows in sequence that were written otherwise; the shape is learned anew at every power of two of them, so that rows
	// that never agree cost little.
	misses int
}

// part is one value and what stands before it.
type part struct {
	// glue goes from behind the value before it, or from the opening brace, to the value. The quotes of a string belong to glue: the
	// opening one to the string's own, the closing one to the next.
	glue []byte
	// first and last8 are the first and the last eight bytes of a glue of 8 to 16 bytes, which are all of it.
	first, last8 uint64
	field        int // in Decoder.fields, or -1
	text         bool
	// size is the length of the string in the row before: many are of one length.
	size int
	// last tells that no value behind this one is wanted.
	last bool
}

// shapeRow reads a row that begins at row[i] as the shape has it, as far as it agrees. It answers how many keys it has read and the
// place behind the last of their values, from which jsonRow goes on; done tells that nothing more is wanted.
func (d *Decoder) shapeRow(b *batch.Batch, row []byte, i int) (n, next int, done bool, _ *fault) {
	quote := 0 // the length of the closing quote of the value before
	for n = range d.json.shape.parts {
		p := &d.json.shape.parts[n]
		start := i + len(p.glue)
		if start >= len(row) || !p.follows(row[i:start]) || !p.text && row[start] <= ' ' {
			return n, i + quote, false, nil
		}
		var f *field
		if p.field >= 0 {
			f = &d.fields[p.field]
		}
		switch {
		case p.text:
			if i = start + p.size; i >= len(row) || row[i] != '"' || quoted(row[start:i]) {
				end := bytes.IndexByte(row[start:], '"')
				if end < 0 {
					return 0, 0, false, jsonFault(row, start-1, "the string does not end")
				}
				i, p.size = start+end, end
			}
			if f != nil && f.class == classText && plain(row[start:i]) {
				b.Cols[f.column].AppendBytes(row[start:i])
			} else if f != nil {
				var bad *fault
				if i, bad = d.jsonValue(&b.Cols[f.column], f, row, start-1); bad != nil {
					bad.column = f.name
					return 0, 0, false, bad
				}
				i--
			} else if p.size > 0 && row[i-1] == '\\' {
				if i = escapedEnd(row, start); i < 0 {
					return 0, 0, false, jsonFault(row, start-1, "the string does not end")
				}
				i--
			}
			quote = 1
		case f != nil:
			var bad *fault
			if i, bad = d.jsonValue(&b.Cols[f.column], f, row, start); bad != nil {
				bad.column = f.name
				return 0, 0, false, bad
			}
			quote = 0
		default:
			var bad *fault
			if i, bad = skipValue(row, start); bad != nil {
				return 0, 0, false, bad
			}
			quote = 0
		}
		if f != nil {
			f.seen = d.serial
		}
		if p.last {
			behind := i + quote
			d.json.shape.misses = 0
			return n + 1, behind, behind < len(row) && row[behind] == ',', nil
		}
	}
	d.json.shape.misses = 0
	return len(d.json.shape.parts), i + quote, false, nil
}

// learnShape takes the shape of a row that jsonRow has read, which begins at row[i].
func (d *Decoder) learnShape(row []byte, i int) {
	s := &d.json.shape
	if s.misses++; s.misses&(s.misses-1) != 0 {
		return
	}
	s.parts = s.parts[:0]
	missing := len(d.fields)
	seen := make([]bool, len(d.fields))
	from := i
	for i++; missing > 0 && len(s.parts) < maxLayout; i++ {
		i = skipSpace(row, i)
		if i >= len(row) || row[i] != '"' {
			return
		}
		end, plain := stringEnd(row, i)
		if end < 0 || !plain {
			return
		}
		p := part{field: d.lookup(row[i+1 : end-1])}
		if i = skipSpace(row, end); i >= len(row) || row[i] != ':' {
			return
		}
		if i = skipSpace(row, i+1); i >= len(row) {
			return
		}
		start := i
		if p.text = row[i] == '"'; p.text {
			start++
		}
		if p.glue = bytes.Clone(row[from:start]); len(p.glue) >= 8 {
			p.first, p.last8 = binary.LittleEndian.Uint64(p.glue), binary.LittleEndian.Uint64(p.glue[len(p.glue)-8:])
		}
		if p.field >= 0 && seen[p.field] {
			p.field = -1 // the first of two counts
		}
		if p.field >= 0 {
			seen[p.field] = true
			missing--
			p.last = missing == 0
		}
		end, bad := skipValue(row, i)
		if bad != nil {
			return
		}
		s.parts = append(s.parts, p)
		if i, from = skipSpace(row, end), end; p.text {
			from--
		}
		if i >= len(row) || row[i] != ',' {
			return
		}
	}
}

// follows tells whether b, which is as long as the glue, is equal to it.
func (p *part) follows(b []byte) bool {
	if len(b) < 8 || len(b) > 16 {
		return bytes.Equal(b, p.glue)
	}
	return binary.LittleEndian.Uint64(b) == p.first && binary.LittleEndian.Uint64(b[len(b)-8:]) == p.last8
}

// quoted tells whether there is a quote in b.
func quoted(b []byte) bool {
	if len(b) < 8 {
		for _, c := range b {
			if c == '"' {
				return true
			}
		}
		return false
	}
	found := quotes(binary.LittleEndian.Uint64(b[len(b)-8:]))
	for len(b) > 8 {
		found |= quotes(binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	return found != 0
}

// quotes is not 0 if one of eight bytes is a quote.
func quotes(x uint64) uint64 {
	x ^= '"' * ones
	return (x - ones) &^ x & highs
}

// Eight bytes of 1, and the highest bits of eight bytes.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plain tells whether a string between its quotes is printable ASCII without escapes, and so stands for itself.
func plain(b []byte) bool {
	if len(b) < 8 {
		for _, c := range b {
			if c < 0x20 || c >= 0x80 || c == '\\' {
				return false
			}
		}
		return true
	}
	bad := special(binary.LittleEndian.Uint64(b[len(b)-8:]))
	for len(b) > 8 {
		bad |= special(binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	return bad == 0
}

// special is not 0 if one of eight bytes is a backslash, a control character or not ASCII.
func special(x uint64) uint64 {
	slash := x ^ '\\'*ones
	return (x | (x-0x20*ones)&^x | (slash-ones)&^slash) & highs
}
