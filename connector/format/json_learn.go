package format

import (
	"bytes"
	"encoding/binary"
	"slices"
)

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
			keys[k].varies = keys[k].varies || s.keys[k].varies || keys[k].size != s.keys[k].size
		}
	}
	s.keys = keys
	d.makeParts(keys)
	d.makeTests(keys)
	s.makeRuns(len(d.fields))
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
			key.varies = key.field >= 0 && plainEnd(row, start) != from
		}
		keys = append(keys, key)
		if i >= len(row) || row[i] != ',' {
			return keys
		}
	}
	return keys
}

// makeParts makes parts of keys.
func (d *Decoder) makeParts(keys []shapeKey) {
	s := &d.json.shape
	s.parts, s.values = nil, nil
	p := part{}
	for n, k := range keys {
		p.addGlue(k.glue)
		kind := d.kindOf(k)
		if (kind == skipText || kind == takeText) && !k.varies && k.size >= scanWidth && n+1 < len(keys) {
			if kind == takeText {
				s.values = append(s.values, shapeValue{column: d.fields[k.field].column, text: true, at: p.size, size: k.size})
				p.texts++
			}
			p.addString(k.size, kind == takeText)
			continue
		}
		if kind == takeText || kind == takeNumber {
			s.values = append(s.values, shapeValue{column: d.fields[k.field].column, text: kind == takeText})
		}
		p.kind, p.field = kind, k.field
		s.parts = append(s.parts, p)
		p = part{key: n + 1, first: len(s.values)}
	}
}

// makeTests finds out whether the values decide about a row.
func (d *Decoder) makeTests(keys []shapeKey) {
	s := &d.json.shape
	wanted := 0
	for _, k := range keys {
		if k.field >= 0 {
			wanted++
		}
	}
	s.whole = wanted == len(d.fields)
	s.decides = len(d.where.tests) > 0 && len(s.values) == len(d.fields)
	if !s.decides {
		return
	}
	valueOf := func(column int) int {
		return slices.IndexFunc(s.values, func(v shapeValue) bool { return v.column == column })
	}
	s.tests, s.left = s.tests[:0], s.left[:0]
	for _, t := range d.where.tests {
		s.tests = append(s.tests, valueOf(t.Column))
	}
	for _, c := range d.where.left {
		s.left = append(s.left, valueOf(c.at))
	}
}

// makeRuns finds out whether the values are all that is wanted of a row, and prepares for looking at many rows.
func (s *shape) makeRuns(wanted int) {
	s.complete = s.whole && wanted > 0 && len(s.values) == wanted
	if !s.complete {
		return
	}
	s.quoted = s.parts[len(s.parts)-1].kind <= takeText
	s.least, s.reach, s.run.ahead = 0, 0, 1
	for k := range s.parts {
		p := &s.parts[k]
		p.wholes, p.masked = byWords(p.glue)
		p.wordFours = inFours(p.words)
		s.least += p.size
		s.reach = max(s.reach, p.room, p.size+16)
	}
}

// byWords answers the literals of eight bytes by three, the last of them filled up with what it begins with, and the shorter ones.
func byWords(glue []literal) (wholes []words, masked []literal) {
	var eights []literal
	for _, l := range glue {
		if l.mask == ^uint64(0) {
			eights = append(eights, l)
		} else {
			masked = append(masked, l)
		}
	}
	for some := range slices.Chunk(eights, 3) {
		var w words
		for i := range w.at {
			l := some[i%len(some)]
			w.at[i], w.bits[i] = l.at, l.bits
		}
		wholes = append(wholes, w)
	}
	return wholes, masked
}

// inFours answers the same in fours, the last of them filled up with what it begins with.
func inFours(places []int) (fours [][4]int) {
	for some := range slices.Chunk(places, 4) {
		four := [4]int{some[0], some[0], some[0], some[0]}
		copy(four[:], some)
		fours = append(fours, four)
	}
	return fours
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
func (p *part) addString(size int, wanted bool) {
	p.strings = true
	list, spans := &p.inside, &p.skipped
	if wanted {
		list, spans = &p.plain, &p.taken
	}
	from := 0
	for ; size-from >= 32; from = min(from+40, size) {
		*spans = append(*spans, span{p.size + from, min(32, size-from-8)})
	}
	for _, at := range pieces(size, 8) {
		if at+8 > from {
			p.words = append(p.words, p.size+at)
		}
	}
	for _, at := range pieces(size, scanWidth) {
		*list = append(*list, p.size+at)
	}
	p.size += size
	if !wanted {
		p.ends = append(p.ends, p.size)
	}
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
