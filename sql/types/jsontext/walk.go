package jsontext

// Kind is what a JSON text is: { [ " t f n, or 0 for a number. The text is valid.
func Kind(text []byte) byte {
	for _, c := range text {
		if isSpace(c) {
			continue
		}
		if c == '-' || isDigit(c) {
			return '0'
		}
		return c
	}
	return 'n'
}

// Elements calls f for every element of an array, with its text, until f returns false. The text is a valid array.
func Elements(text []byte, f func(value []byte) bool) {
	r := reader{lexer{text: text}}
	r.step()
	r.step()
	for !r.is(']') && r.kind != endToken {
		value := r.skip()
		if !f(value) {
			return
		}
		if r.is(',') {
			r.step()
		}
	}
}

// Members calls f for every member of an object, with its decoded key and its value's text, until f returns false. The key is borrowed
// until f returns. The text is a valid object.
func Members(text []byte, f func(key, value []byte) bool) {
	r := reader{lexer{text: text}}
	var key []byte
	r.step()
	r.step()
	for !r.is('}') && r.kind != endToken {
		key = AppendUnquoted(key[:0], r.text[r.start:r.at])
		r.step()
		r.step()
		value := r.skip()
		if !f(key, value) {
			return
		}
		if r.is(',') {
			r.step()
		}
	}
}

// skip goes behind the value that begins here, and returns its text.
func (r *reader) skip() []byte {
	from, end := r.start, r.at
	for depth := 0; r.kind != endToken; {
		switch {
		case r.is('['), r.is('{'):
			depth++
		case r.is(']'), r.is('}'):
			depth--
		}
		end = r.at
		r.step()
		if depth == 0 {
			break
		}
	}
	return r.text[from:end:end]
}

// AppendUnquoted appends what a JSON string stands for. An escape that has no meaning, as type json allows, is left out.
func AppendUnquoted(dst, text []byte) []byte {
	l := lexer{text: text, unescape: true, str: nil}
	if l.next() != nil && len(l.str) == 0 {
		return dst
	}
	return append(dst, l.str...)
}

// Unquote decodes a JSON string, with PostgreSQL's error for an escape that no text can hold.
func Unquote(text []byte) ([]byte, error) {
	l := lexer{text: text, unescape: true}
	err := l.next()
	return l.str, err
}
