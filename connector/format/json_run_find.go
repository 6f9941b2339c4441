package format

import (
	"bytes"
	"math/bits"
	"unsafe"
)

// findRun finds the values of the rows of the run that begins at data[0]: at most some, and none that does not agree with the shape in all that
// is wanted of it. What is looked at without asking whether it is still in data is: no place goes beyond its line before that is found to differ,
// and behind the lines there are reach bytes.
func (s *shape) findRun(fields []field, data []byte, most int) {
	r := &s.run
	lines := r.findLines(data, s, min(most, r.ahead))
	copy(r.places[:lines], r.starts[:lines])
	n := lines
	for k := 0; k < len(s.parts) && n > 0; k++ {
		p := &s.parts[k]
		n = p.agreeing(r, data, n)
		for k := range p.texts {
			r.takeSized(&s.values[p.first+k], n)
		}
		switch p.kind {
		case skipText:
			n = r.skipTexts(data, p.size, n)
		case takeText:
			r.takeTexts(&s.values[p.first+p.texts], data, p.size, n)
		case takeNumber:
			n = r.takeNumbers(&s.values[p.first+p.texts], &fields[p.field], data, p.size, n)
		default:
			n = r.skipOthers(data, p.size, n)
		}
	}
	r.rows = r.ended(data, s.quoted, n)
	r.lookAhead(lines)
}

// lookAhead says how far is looked for the next run, when so many lines have been looked at for this one.
func (r *run) lookAhead(lines int) {
	switch {
	case r.rows == lines:
		r.ahead, r.misses = min(2*r.ahead, runRows), 0
	case r.rows > 0:
		r.ahead, r.misses = r.rows, 0
	default:
		r.ahead, r.wait = 1, min(r.misses, runRows)
		r.misses++
	}
}

// findLines finds lines, which may be rows of the run. An agreeing row does not end in its first least bytes.
func (r *run) findLines(data []byte, s *shape, most int) (n int) {
	at, last := 0, min(runSize, len(data)-s.reach)
	for n < most && at+s.least < last {
		size := bytes.IndexByte(data[at+s.least:last], '\n')
		if size < 0 {
			break
		}
		r.starts[n] = uint32(at)
		n++
		at += s.least + size + 1
	}
	r.starts[n] = uint32(at)
	return n
}

// agreeing answers how many of the first rows have what stands before the value of a part, and no values within that.
func (p *part) agreeing(r *run, data []byte, rows int) int {
	from := unsafe.Pointer(unsafe.SliceData(data))
	rows = p.glued(from, r.places[:rows])
	if !p.strings {
		return rows
	}
	for k := 0; k < rows; k++ {
		if k += p.usual(from, r.places[k:rows]); k < rows && !p.begins(data, int(r.places[k])) {
			rows = k
		}
	}
	return rows
}

// glued answers how many of the first places have the glue of a part. What is compared with stays in registers while all places are looked at.
func (p *part) glued(from unsafe.Pointer, places []uint32) int {
	for f := range p.wholes {
		places = p.wholes[f].agreeing(from, places)
	}
	for f := range p.masked {
		l := &p.masked[f]
		at, bits, mask := l.at, l.bits, l.mask
		for k, i := range places {
			if (load(from, int(i)+at)^bits)&mask != 0 {
				places = places[:k]
				break
			}
		}
	}
	return len(places)
}

// agreeing answers those of the first places that have the words.
func (w *words) agreeing(from unsafe.Pointer, places []uint32) []uint32 {
	at0, at1, at2 := w.at[0], w.at[1], w.at[2]
	bits0, bits1, bits2 := w.bits[0], w.bits[1], w.bits[2]
	for k, i := range places {
		at := unsafe.Add(from, i)
		if (load(at, at0)^bits0)|(load(at, at1)^bits1)|(load(at, at2)^bits2) != 0 {
			return places[:k]
		}
	}
	return places
}

// usual answers how many of the first places have strings of nothing but small letters, digits and some signs where a part has strings of one length.
// Others may be right, too: this is what is seen with the least looking. The bytes are those that have the bit of small letters, and are no quote and
// nothing before it: what is less than the byte behind a quote borrows from the highest bit, and what is not ASCII has it.
func (p *part) usual(from unsafe.Pointer, places []uint32) int {
	for k := range p.skipped {
		places = p.skipped[k].skipped(from, places)
	}
	for k := range p.taken {
		places = p.taken[k].taken(from, places)
	}
	least := marks.behindQuote
	for f := range p.wordFours {
		w := &p.wordFours[f]
		at0, at1, at2, at3 := w[0], w[1], w[2], w[3]
		for k, i := range places {
			at := unsafe.Add(from, i)
			x, y, u, v := load(at, at0), load(at, at1), load(at, at2), load(at, at3)
			wrong := x | (x - least) | y | (y - least) | u | (u - least) | v | (v - least)
			if wrong&highs|^(x&y&u&v)&smalls != 0 {
				places = places[:k]
				break
			}
		}
	}
	return len(places)
}

// taken answers those of the first places that have such bytes in a span.
func (s span) taken(from unsafe.Pointer, places []uint32) []uint32 {
	least, first, last := marks.behindQuote, unsafe.Add(from, s.at), s.last
	for k, i := range places {
		at := unsafe.Add(first, i)
		x, y, u, v, w := load(at, 0), load(at, 8), load(at, 16), load(at, 24), load(at, last)
		wrong := x | (x - least) | y | (y - least) | u | (u - least) | v | (v - least) | w | (w - least)
		if wrong&highs|^(x&y&u&v&w)&smalls != 0 {
			return places[:k]
		}
	}
	return places
}

// skipped is taken for a string that nobody wants: it may have any letters, and must not have a backslash before the quote that ends it.
func (s span) skipped(from unsafe.Pointer, places []uint32) []uint32 {
	least, first, last := marks.behindQuote, unsafe.Add(from, s.at), s.last
	for k, i := range places {
		at := unsafe.Add(first, i)
		w := load(at, last)
		wrong := (load(at, 0) - least) | (load(at, 8) - least) | (load(at, 16) - least) | (load(at, 24) - least) | (w - least)
		if wrong&highs|^w&smalls != 0 {
			return places[:k]
		}
	}
	return places
}

// takeSized finds texts of one length.
func (r *run) takeSized(v *shapeValue, rows int) {
	at, size := uint32(v.at), uint32(v.size)
	for k, i := range r.places[:rows] {
		v.starts[k], v.ends[k] = i+at, i+at+size
	}
}

// skipTexts passes over texts, whose insides begin behind size bytes, and answers how many of the first rows have one that ends where it seems to.
func (r *run) skipTexts(data []byte, size, rows int) int {
	from := unsafe.Pointer(unsafe.SliceData(data))
	for k, i := range r.places[:rows] {
		start := int(i) + size
		end := start
		if found := delimiting(load(from, start)); found != 0 {
			end += bits.TrailingZeros64(found) >> 3
		} else if end = longTextEnd(data, start+8); end < 0 {
			return k
		}
		if data[end-1] == '\\' {
			return k
		}
		r.places[k] = uint32(end)
	}
	return rows
}

// longTextEnd answers the place of the quote that ends a text that nobody wants, which goes on at data[i], or -1 if its line ends before.
func longTextEnd(data []byte, i int) int {
	if end := delimiter(data, i); end >= 0 && data[end] == '"' {
		return end
	}
	size := bytes.IndexByte(data[i:], '"')
	if size < 0 || bytes.IndexByte(data[i:i+size], '\n') >= 0 {
		return -1
	}
	return i + size
}

// takeTexts finds texts whose insides begin behind size bytes. They go up to the first byte that is not plain; whether that is a quote is not asked
// here. Which of two words has it cannot be foreseen, and is no branch.
func (r *run) takeTexts(v *shapeValue, data []byte, size, rows int) {
	from := unsafe.Pointer(unsafe.SliceData(data))
	for k, i := range r.places[:rows] {
		start := int(i) + size
		end := start
		found, second := special(load(from, start)), special(load(from, start+8))
		if found == 0 {
			found, end = second, start+8
		}
		if found != 0 {
			end += bits.TrailingZeros64(found) >> 3
		} else {
			end = plainEnd(data, start+16)
		}
		r.places[k] = uint32(end)
		v.starts[k], v.ends[k] = uint32(start), uint32(end)
	}
}

// takeNumbers reads numbers and times behind size bytes, and answers how many of the first rows have one.
func (r *run) takeNumbers(v *shapeValue, f *field, data []byte, size, rows int) int {
	for k, i := range r.places[:rows] {
		start := int(i) + size
		end := start + v.size
		if !v.again(data, start) {
			if end = v.findNumber(f, data, start); end < 0 {
				return k
			}
		}
		r.places[k] = uint32(end)
		v.numbers[k] = v.number
	}
	return rows
}

// skipOthers passes over numbers and words behind size bytes, and answers how many of the first rows have one.
func (r *run) skipOthers(data []byte, size, rows int) int {
	for k, i := range r.places[:rows] {
		end := scalarEnd(data, int(i)+size)
		if end == int(i)+size {
			return k
		}
		r.places[k] = uint32(end)
	}
	return rows
}

// ended answers how many of the first rows go on behind the last value with a comma, or end there with the line.
func (r *run) ended(data []byte, quoted bool, rows int) int {
	for k, i := range r.places[:rows] {
		if quoted {
			if data[i] != '"' {
				return k
			}
			i++
		}
		if data[i] != ',' && (data[i] != '}' || data[i+1] != '\n') {
			return k
		}
	}
	return rows
}
