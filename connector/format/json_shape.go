package format

import (
	"bytes"
	"encoding/binary"

	"github.com/freshetdb/freshet/sql/batch"
)

// shape is how the rows before were written. Producers write the same keys in the same order with the same white space, so that most
// rows differ in nothing but their values: what stands between them is compared as a whole, and nothing is looked up. Whatever the shape
// says of a row is checked, and from the first place on where it is not so the row is read key by key.
type shape struct {
	keys  []shapeKey
	parts []part
	// whole tells that no value behind the last part is wanted.
	whole bool
	// misses counts the rows in sequence that were written otherwise; the shape is learned anew at every power of two of them, so that rows
	// that never agree cost little.
	misses int
}

// shapeKey is one key of a row and its value.
type shapeKey struct {
	// glue goes from behind the value before it, or from the opening brace, to the value. The quotes of a string belong to glue: the
	// opening one to the string's own, the closing one to the next.
	glue  []byte
	field int // in Decoder.fields, or -1
	text  bool
	// size is the length of a string, and varies tells that rows had other ones.
	size   int
	varies bool
}

// part is one value and what stands before it: its glue, and strings that nobody wants, as long as all rows have them of the same length.
// Places are relative to its beginning.
type part struct {
	glue []literal
	// inside are where scanWidth bytes begin that have all bytes of the strings, and no others; ends are the places of their closing quotes.
	inside, ends []int
	// size is the length of what stands before the value, and room how far is looked.
	size, room int
	key        int // which of the row's keys is the first
	kind       partKind
	field      int // in Decoder.fields, or -1
	column     int // of the batch
}

// literal is up to eight bytes that must be at a place.
type literal struct {
	at         int
	bits, mask uint64
}

// partKind is what is done with a value.
type partKind uint8

const (
	skipText   partKind = iota // a string that nobody wants
	takeText                   // a string for a column of texts
	readText                   // a string for a column of another type
	takeNumber                 // a value for a column of whole numbers or times
	readOther                  // what is no string, for a column of another type
	skipOther
)

// agreement is how far a row was written as the shape has it.
type agreement uint8

const (
	differs   agreement = iota
	agrees              // there is more to read behind it
	agreesAll           // nothing more is wanted
)

// shapeRow reads a row that begins at row[i] as the shape has it, as far as it agrees. It answers how many keys it has read and the
// place behind the last of their values, from which jsonRow goes on. The end of an open row has not been looked for: what is read of it
// has no line end inside, or it is cut off there before.
func (d *Decoder) shapeRow(b *batch.Batch, row []byte, i int, open bool) (n, next int, _ agreement, _ *fault) {
	quote := 0 // the length of the closing quote of the value before
	s := &d.json.shape
	for at := range s.parts {
		p := &s.parts[at]
		if !p.begins(row, i) {
			d.markSeen(s.parts[:at])
			return p.key, i + quote, differs, nil
		}
		start, end := i+p.size, -1
		quote = 1
		switch p.kind {
		case skipText:
			end = closingQuote(row, start)
		case takeText:
			end = appendPlain(&b.Cols[p.column], row, start)
		case takeNumber:
			end = d.fields[p.field].appendNumber(&b.Cols[p.column], row, start)
			quote = 0
		case readOther, skipOther:
			quote = 0
		case readText:
		}
		if end < 0 {
			if open {
				row, open = cutLine(row, start), false
			}
			var bad *fault
			if end, bad = d.shapeValue(b, p, row, start-quote); bad != nil {
				return 0, 0, differs, bad
			}
			end -= quote
		}
		i = end
	}
	switch next = i + quote; {
	case len(s.parts) == 0:
		return 0, i, differs, nil
	case s.whole && next < len(row) && row[next] == ',':
		return 0, next, agreesAll, nil
	}
	d.markSeen(s.parts)
	return len(s.keys), next, agrees, nil
}

// markSeen marks the fields that parts of a row have.
func (d *Decoder) markSeen(parts []part) {
	for _, p := range parts {
		if p.field >= 0 {
			d.fields[p.field].seen = d.serial
		}
	}
}

// begins tells whether what stands before the value of a part is at row[i], and a value behind it.
func (p *part) begins(row []byte, i int) bool {
	start := i + p.size
	if start >= len(row) || i+p.room > cap(row) {
		return false
	}
	wrong := uint64(0)
	for k := range p.glue {
		l := &p.glue[k]
		wrong |= (word(row, i+l.at) ^ l.bits) & l.mask
	}
	if wrong != 0 || p.kind >= takeNumber && row[start] <= ' ' {
		return false
	}
	return len(p.ends) == 0 || p.skips(row, i)
}

// skips tells whether the unwanted strings of a part that begins at row[i] end where they should.
func (p *part) skips(row []byte, i int) bool {
	for _, end := range p.ends {
		if row[i+end-1] == '\\' {
			return false // the quote may be one of the string's own
		}
	}
	return !delimited(row, i, p.inside)
}

// shapeValue appends or passes over the value at row[i].
func (d *Decoder) shapeValue(b *batch.Batch, p *part, row []byte, i int) (int, *fault) {
	if p.field < 0 {
		return skipValue(row, i)
	}
	f := &d.fields[p.field]
	i, bad := d.jsonValue(&b.Cols[f.column], f, row, i)
	if bad != nil {
		bad.column = f.name
	}
	return i, bad
}

// learnShape takes the shape of a row that jsonRow has read, which begins at row[i].
func (d *Decoder) learnShape(row []byte, i int) {
	s := &d.json.shape
	if s.misses++; s.misses&(s.misses-1) != 0 {
		return
	}
	keys := d.shapeKeys(row, i)
	same := len(keys) == len(s.keys)
	for k := range keys {
		same = same && bytes.Equal(keys[k].glue, s.keys[k].glue)
	}
	for k := range keys {
		if same {
			keys[k].varies = s.keys[k].varies || keys[k].size != s.keys[k].size
		}
	}
	s.keys, s.parts = keys, d.shapeParts(keys)
	wanted := 0
	for _, p := range s.parts {
		if p.field >= 0 {
			wanted++
		}
	}
	s.whole = wanted == len(d.fields)
}

// shapeKeys finds the keys of a row up to that of the last wanted value.
func (d *Decoder) shapeKeys(row []byte, i int) (keys []shapeKey) {
	missing := len(d.fields)
	seen := make([]bool, len(d.fields))
	from := i
	for i++; missing > 0 && len(keys) < maxLayout; i++ {
		i = skipSpace(row, i)
		if i >= len(row) || row[i] != '"' {
			return keys
		}
		end, plain := stringEnd(row, i)
		if end < 0 || !plain {
			return keys
		}
		key := shapeKey{field: d.lookup(row[i+1 : end-1])}
		if i = skipSpace(row, end); i >= len(row) || row[i] != ':' {
			return keys
		}
		if i = skipSpace(row, i+1); i >= len(row) {
			return keys
		}
		start := i
		if key.text = row[i] == '"'; key.text {
			start++
		}
		key.glue = bytes.Clone(row[from:start])
		if key.field >= 0 && seen[key.field] {
			key.field = -1 // the first of two counts
		}
		if key.field >= 0 {
			seen[key.field] = true
			missing--
		}
		end, bad := skipValue(row, i)
		if bad != nil {
			return keys
		}
		if i, from = skipSpace(row, end), end; key.text {
			from--
			key.size = from - start
		}
		keys = append(keys, key)
		if i >= len(row) || row[i] != ',' {
			return keys
		}
	}
	return keys
}

// shapeParts makes parts of keys.
func (d *Decoder) shapeParts(keys []shapeKey) (parts []part) {
	p := part{}
	for n, k := range keys {
		p.addGlue(k.glue)
		if k.text && k.field < 0 && !k.varies && k.size >= scanWidth && n+1 < len(keys) {
			p.addString(k.size)
			continue
		}
		p.kind = d.kindOf(k)
		if p.field = k.field; k.field >= 0 {
			p.column = d.fields[k.field].column
		}
		parts = append(parts, p)
		p = part{key: n + 1}
	}
	return parts
}

// pieces answers where pieces of a width begin that have all of n bytes. The last overlaps the one before.
func pieces(n, width int) (at []int) {
	for from := 0; from < n; from += width {
		at = append(at, max(min(from, n-width), 0))
	}
	return at
}

// addGlue says what stands behind what the part has already.
func (p *part) addGlue(glue []byte) {
	for _, at := range pieces(len(glue), 8) {
		var bits, mask [8]byte
		for i := range copy(bits[:], glue[at:]) {
			mask[i] = 0xFF
		}
		p.glue = append(p.glue, literal{p.size + at, binary.LittleEndian.Uint64(bits[:]), binary.LittleEndian.Uint64(mask[:])})
		p.room = p.size + at + 8
	}
	p.size += len(glue)
}

// addString is addGlue for a string of at least scanWidth bytes.
func (p *part) addString(size int) {
	for _, at := range pieces(size, scanWidth) {
		p.inside = append(p.inside, p.size+at)
	}
	p.size += size
	p.ends = append(p.ends, p.size)
}

// kindOf is what is done with the value of a key.
func (d *Decoder) kindOf(k shapeKey) partKind {
	if k.field < 0 {
		if k.text {
			return skipText
		}
		return skipOther
	}
	switch class := d.fields[k.field].class; {
	case k.text && class == classText:
		return takeText
	case k.text:
		return readText
	case class == classInt, class == classTime:
		return takeNumber
	default:
		return readOther
	}
}
