package parse

// upper gives a keyword, which is ASCII, in upper case, as the tree holds it.
func upper(word string) string {
	b := []byte(word)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
