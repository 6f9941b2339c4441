package main

import "regexp"

// token is one lexical element of a text: the bytes from start to end.
type token struct{ start, end int }

// tokenPattern finds tokens, or (first group) what lies between them. It is a simple lexer of its own: a mutation need
// not be made of perfect tokens, it must only be the same each time.
var tokenPattern = regexp.MustCompile(`(?s)(\s+|--[^\n]*|/\*.*?\*/)` +
	`|[eE]'(?:[^'\\]|''|\\.)*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'|(?:[uU]&)?"(?:[^"]|"")*"` +
	"|`[^`]*`" +
	`|\$\$.*?\$\$|\$\d+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?` +
	`|[\pL_][\pL\pN_$]*|::|:=|\.\.|=>|<=|>=|<>|!=|\|\||[-+*/<>=~!@#%^&|?]+|.`)

// tokens cuts a text.
func tokens(text string) []token {
	var found []token
	for _, m := range tokenPattern.FindAllStringSubmatchIndex(text, -1) {
		if m[2] < 0 {
			found = append(found, token{m[0], m[1]})
		}
	}
	return found
}
