package pgoracle

import "strings"

// Statement is one statement of a file for psql.
type Statement struct {
	SQL  string // without the semicolon and without comments before it
	Line int    // where it starts, from 1
	// Variables: psql would have replaced :name in it, so as it stands it is no SQL.
	Variables bool
}

// Split cuts a file written for psql into statements, by the rules of psql 15's scanner: a semicolon ends a statement
// unless it stands in quotes, a comment, parentheses or the BEGIN ... END body of a CREATE FUNCTION or PROCEDURE.
// Backslash commands are dropped with the rest of their line (\g and its kin end the statement), and so are the data
// lines after COPY ... FROM STDIN, up to `\.` or the next empty line.
func Split(text string) []Statement {
	s := splitter{text: text, line: 1}
	for s.pos < len(s.text) {
		s.step()
	}
	s.end()
	return s.found
}

// splitter is the state of one Split.
type splitter struct {
	text  string
	pos   int
	line  int // of pos
	found []Statement

	// The statement under way; all zero before its first token.
	sql       strings.Builder
	startLine int
	variables bool
	words     []string // its bare words, lower case
	parens    int
	brackets  int
	begins    int // depth of BEGIN and CASE in a function body
}

// step reads one token.
func (s *splitter) step() {
	rest := s.text[s.pos:]
	c := rest[0]
	switch {
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		s.space(1)
	case strings.HasPrefix(rest, "--"):
		s.space(lineLength(rest))
	case strings.HasPrefix(rest, "/*"):
		s.space(commentLength(rest))
	case c == ';':
		s.semicolon()
	case c == '\\':
		s.backslash(rest)
	case c == ':':
		s.colon(rest)
	case c == '\'' || c == '"':
		s.take(quotedLength(rest, false))
	case c == '$':
		s.take(dollarLength(rest))
	case isWordStart(c):
		s.word(rest)
	default:
		s.punctuation(c)
	}
}

// space passes white space or a comment, which belongs to a statement only after its first token.
func (s *splitter) space(n int) {
	if s.startLine > 0 {
		s.take(n)
		return
	}
	s.skip(n)
}

// take adds the next n bytes to the statement; skip leaves them out.
func (s *splitter) take(n int) {
	if s.startLine == 0 {
		s.startLine = s.line
	}
	s.sql.WriteString(s.text[s.pos : s.pos+n])
	s.skip(n)
}

func (s *splitter) skip(n int) {
	s.line += strings.Count(s.text[s.pos:s.pos+n], "\n")
	s.pos += n
}

// end finishes the statement under way, if there is one.
func (s *splitter) end() {
	if s.startLine > 0 {
		s.found = append(s.found, Statement{
			SQL: strings.TrimRight(s.sql.String(), " \t\r\n\f\v"), Line: s.startLine, Variables: s.variables,
		})
	}
	s.sql.Reset()
	s.startLine, s.variables, s.words, s.parens, s.brackets, s.begins = 0, false, nil, 0, 0, 0
}

func (s *splitter) semicolon() {
	if s.parens > 0 || s.begins > 0 {
		s.take(1)
		return
	}
	copies := s.copiesFromStdin()
	s.end()
	s.skip(1)
	if copies {
		s.skipCopyData()
	}
}

// copiesFromStdin reports whether the statement is followed by lines of data.
func (s *splitter) copiesFromStdin() bool {
	if len(s.words) == 0 || s.words[0] != "copy" {
		return false
	}
	for i := 1; i < len(s.words); i++ {
		if s.words[i-1] == "from" && s.words[i] == "stdin" {
			return true
		}
	}
	return false
}

func (s *splitter) skipCopyData() {
	s.skip(lineLength(s.text[s.pos:])) // the rest of the statement's line
	for s.pos < len(s.text) {
		s.skip(1) // the line feed before the line looked at
		n := lineLength(s.text[s.pos:])
		line := strings.TrimRight(s.text[s.pos:s.pos+n], "\r")
		s.skip(n)
		if line == "" || line == `\.` {
			return
		}
	}
}

// backslash handles a psql command, which ends with its line. `\;` is a semicolon that does not send the statement.
func (s *splitter) backslash(rest string) {
	if strings.HasPrefix(rest, `\;`) {
		s.skip(1)
		s.take(1)
		return
	}
	n := 1
	for n < len(rest) && isWordPart(rest[n]) {
		n++
	}
	switch rest[1:n] {
	case "g", "gx", "gset", "gexec", "gdesc", "crosstabview", "crosstab", "bind", "watch":
		s.end()
	}
	s.skip(lineLength(rest))
}

// colon tells psql's variables :name, :'name', :"name" and :{?name} from casts, := and slices such as [1:n].
func (s *splitter) colon(rest string) {
	switch {
	case strings.HasPrefix(rest, "::") || strings.HasPrefix(rest, ":="):
		s.take(2)
	case len(rest) > 2 && (rest[1] == '\'' || rest[1] == '"') && isWordPart(rest[2]):
		n := 2
		for n < len(rest) && isWordPart(rest[n]) {
			n++
		}
		if n < len(rest) && rest[n] == rest[1] {
			s.variables = true
			s.take(n + 1)
			return
		}
		s.take(1)
	case len(rest) > 1 && s.brackets == 0 && (isWordStart(rest[1]) || strings.HasPrefix(rest, ":{?")):
		s.variables = true
		s.take(1)
	default:
		s.take(1)
	}
}

// word reads an identifier or keyword, or a string with a letter before it.
func (s *splitter) word(rest string) {
	n := 1
	for n < len(rest) && (isWordPart(rest[n]) || rest[n] == '$') {
		n++
	}
	if n == 1 && len(rest) > 1 && rest[1] == '\'' && (rest[0] == 'e' || rest[0] == 'E') {
		s.take(1 + quotedLength(rest[1:], true))
		return
	}
	word := strings.ToLower(rest[:n])
	s.words = append(s.words, word)
	if s.parens == 0 && s.createsRoutine() {
		switch {
		case word == "begin", word == "case" && s.begins > 0:
			s.begins++
		case word == "end" && s.begins > 0:
			s.begins--
		}
	}
	s.take(n)
}

// createsRoutine reports whether the statement is a CREATE [OR REPLACE] FUNCTION or PROCEDURE.
func (s *splitter) createsRoutine() bool {
	words := s.words
	if len(words) == 0 || words[0] != "create" {
		return false
	}
	words = words[1:]
	if len(words) >= 2 && words[0] == "or" && words[1] == "replace" {
		words = words[2:]
	}
	return len(words) > 0 && (words[0] == "function" || words[0] == "procedure")
}

func (s *splitter) punctuation(c byte) {
	switch {
	case c == '(':
		s.parens++
	case c == ')' && s.parens > 0:
		s.parens--
	case c == '[':
		s.brackets++
	case c == ']' && s.brackets > 0:
		s.brackets--
	}
	s.take(1)
}

// lineLength is the length of text up to its first line feed.
func lineLength(text string) int {
	if n := strings.IndexByte(text, '\n'); n >= 0 {
		return n
	}
	return len(text)
}

// commentLength is the length of the /* comment */ at the start of text; comments nest.
func commentLength(text string) int {
	depth, n := 0, 0
	for n < len(text) {
		switch {
		case strings.HasPrefix(text[n:], "/*"):
			depth++
			n += 2
		case strings.HasPrefix(text[n:], "*/"):
			depth--
			n += 2
		default:
			n++
		}
		if depth == 0 {
			break
		}
	}
	return n
}

// quotedLength is the length of the string or quoted identifier at the start of text; a doubled quote stays inside.
func quotedLength(text string, backslashes bool) int {
	quote := text[0]
	for n := 1; n < len(text); n++ {
		switch {
		case backslashes && text[n] == '\\':
			n++
		case text[n] == quote && n+1 < len(text) && text[n+1] == quote:
			n++
		case text[n] == quote:
			return n + 1
		}
	}
	return len(text)
}

// dollarLength is the length of the $tag$ string $tag$ at the start of text, or 1 if the dollar starts none.
func dollarLength(text string) int {
	n := 1
	for n < len(text) && isWordPart(text[n]) {
		n++
	}
	if n == len(text) || text[n] != '$' || (n > 1 && !isWordStart(text[1])) {
		return 1
	}
	tag := text[:n+1]
	if end := strings.Index(text[len(tag):], tag); end >= 0 {
		return end + 2*len(tag)
	}
	return len(text)
}

func isWordStart(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

func isWordPart(c byte) bool { return isWordStart(c) || '0' <= c && c <= '9' }
