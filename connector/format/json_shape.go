package format

import (
	"unsafe"

	"github.com/freshetdb/freshet/sql/batch"
)

// shape is how the rows before were written. Producers write the same keys in the same order with the same white space, so that most
// rows differ in nothing but their values: what stands between them is compared as a whole, and nothing is looked up. Whatever the shape
// says of a row is checked, and from the first place on where it is not so the row is read key by key.
type shape struct {
	keys  []shapeKey
	parts []part
	// values are the wanted ones that need no reading but finding: plain texts, whole numbers and times. Those of the row that is read are
	// appended when it is known that the row is wanted, or that it goes on in another way than the shape.
	values []shapeValue
	// whole tells that no value behind the last part is wanted.
	whole bool
	// tests and left are the values, as places in values, that where is about. decides tells that they are all there, and no others are wanted:
	// whether a row that agrees is wanted is known before anything of it is appended. undecided tells that the row read last is such a one.
	tests, left        []int
	decides, undecided bool
	// complete tells that values are all that is wanted, so that there are runs, and quoted that the last part's is a text. least is how many bytes a
	// row has at least up to the last of the values, and reach how many are looked at from where a part may begin.
	complete, quoted bool
	least, reach     int
	run              run
	// misses counts the rows that were written otherwise, less one for each forgetRows of those that agreed, of which hits have not been counted yet. The
	// shape is learned anew at every power of two of them, so that rows that never agree, or not all, cost little.
	misses, hits int
}

// forgetRows is how many rows that agree make good for one that does not.
const forgetRows = 1024

// agreed counts rows that were written as the shape has them.
func (s *shape) agreed(rows int) {
	s.hits += rows
	s.misses = max(s.misses-s.hits/forgetRows, 0)
	s.hits %= forgetRows
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

// shapeValue is a wanted value that needs no reading but finding.
type shapeValue struct {
	column int // of the batch
	text   bool
	// at and size say where a string of one length is in its part.
	at, size int
	// start and end are where the row that is read has the value; without an end it is appended already. number is what no text is.
	start, end int
	number     int64
	// before are the sixteen bytes of the last number of eight to fifteen digits, the second word with mask, which covers the byte behind it, too.
	before [2]uint64
	mask   uint64
	found  // in a run
}

// part is one value and what stands before it: its glue, and strings as long as all rows have them of the same length. Places are relative to
// its beginning.
type part struct {
	glue []literal
	// inside are where scanWidth bytes begin that have all bytes of the strings that nobody wants, and no others; ends are the places of their
	// closing quotes. plain is inside of the strings that are wanted, which are plain ones.
	inside, ends, plain []int
	// words are where eight bytes begin that have all bytes of all the strings but for those in spans.
	words []int
	// wholes are the literals of eight bytes in glue, masked the shorter ones. skipped are spans of the strings that nobody wants, taken those of
	// the wanted ones, and wordFours have what is in no span; the last of them has some again.
	wholes         []words
	masked         []literal
	skipped, taken []span
	wordFours      [][4]int
	// size is the length of what stands before the value, and room how far is looked.
	size, room int
	strings    bool // there are such strings
	key        int  // which of the row's keys is the first
	kind       partKind
	field      int // in Decoder.fields, or -1
	// first is the first of the shape's values that are in the part: wanted strings of one length, texts many of them, and behind them perhaps
	// the value.
	first, texts int
}

// literal is up to eight bytes that must be at a place.
type literal struct {
	at         int
	bits, mask uint64
}

// words are three literals of eight bytes.
type words struct {
	at   [3]int
	bits [3]uint64
}

// span is 32 to 40 bytes of a string, as identifiers have them: four words from a place on, and one that has its last bytes.
type span struct{ at, last int }

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
	s.undecided = s.decides
	for at := range s.parts {
		p := &s.parts[at]
		if !p.begins(row, i) {
			s.appendValues(b, row, p.first)
			d.markSeen(p.key)
			return p.key, i + quote, differs, nil
		}
		for k := range p.texts {
			v := &s.values[p.first+k]
			v.start, v.end = i+v.at, i+v.at+v.size
		}
		start, end := i+p.size, -1
		quote = 1
		switch p.kind {
		case skipText:
			end = closingQuote(row, start)
		case takeText:
			end = plainText(row, start)
			v := &s.values[p.first+p.texts]
			v.start, v.end = start, end
		case takeNumber:
			end = s.values[p.first+p.texts].findNumber(&d.fields[p.field], row, start)
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
			if p.field >= 0 {
				s.undecided = false
			}
			end -= quote
		}
		i = end
	}
	next = i + quote
	if s.whole && next < len(row) && row[next] == ',' {
		if !s.undecided {
			s.appendValues(b, row, len(s.values))
		}
		return 0, next, agreesAll, nil
	}
	s.appendValues(b, row, len(s.values))
	if len(s.parts) == 0 {
		return 0, i, differs, nil
	}
	d.markSeen(len(s.keys))
	return len(s.keys), next, agrees, nil
}

// appendValues appends the first n of the values that were found in a row.
func (s *shape) appendValues(b *batch.Batch, row []byte, n int) {
	s.undecided = false
	for k := range s.values[:n] {
		if v := &s.values[k]; v.end >= 0 {
			v.append(&b.Cols[v.column], row)
		}
	}
}

// append appends the value of a row.
func (v *shapeValue) append(to *batch.Vec, row []byte) {
	if v.text {
		to.AppendBytes(row[v.start:v.end])
	} else {
		to.Ints = append(to.Ints, v.number)
	}
}

// findNumber is field.number, which is not needed for a number that is the same as in the row before: times mostly are where rows are many.
func (v *shapeValue) findNumber(f *field, row []byte, i int) (end int) {
	whole := i+16 <= len(row)
	if whole && v.again(row, i) {
		v.end = i + v.size
		return v.end
	}
	v.number, v.end = f.number(row, i)
	if v.size, v.mask = v.end-i, 0; whole && v.size >= 8 && v.size < 16 {
		v.mask = ^uint64(0) >> (8 * (15 - v.size))
		v.before = [2]uint64{word(row, i), word(row, i+8)}
	}
	return v.end
}

// again tells whether the sixteen bytes at row[i] are the number before.
func (v *shapeValue) again(row []byte, i int) bool {
	return (v.before[0]^word(row, i))|(v.before[1]^word(row, i+8))&v.mask == 0 && v.mask != 0
}

// markSeen marks the fields that the first n keys are.
func (d *Decoder) markSeen(n int) {
	for k := range d.json.shape.keys[:n] {
		if f := d.json.shape.keys[k].field; f >= 0 {
			d.fields[f].seen = d.serial
		}
	}
}

// begins tells whether what stands before the value of a part is at row[i], and a value behind it.
func (p *part) begins(row []byte, i int) bool {
	start := i + p.size
	if start >= len(row) || i+p.room > cap(row) {
		return false
	}
	from := unsafe.Add(unsafe.Pointer(unsafe.SliceData(row)), i)
	wrong := uint64(0)
	for k := range p.glue {
		l := &p.glue[k]
		wrong |= (load(from, l.at) ^ l.bits) & l.mask
	}
	if wrong != 0 || p.kind >= takeNumber && row[start] <= ' ' {
		return false
	}
	return !p.strings || p.skips(row[i:])
}

// skips tells whether the strings of a part that begins at row[0] end where they should, and are plain if they are wanted.
func (p *part) skips(row []byte) bool {
	for _, end := range p.ends {
		if row[end-1] == '\\' {
			return false // the quote may be one of the string's own
		}
	}
	return !delimited(row, p.inside) && !notPlain(row, p.plain)
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
