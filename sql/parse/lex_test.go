package parse

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/freshetdb/freshet/sql/ast"
)

// lexAll lexes a text to its end or first error.
func lexAll(text string, o Options) ([]token, error) {
	l := newLexer(text, o)
	var all []token
	for {
		t, err := l.next()
		if err != nil || t.kind == tokEOF {
			return all, err
		}
		all = append(all, t)
	}
}

func TestLex(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Select FOO_1$ \"Foo\"", `select foo_1$ "Foo"`},
		{"'it''s' 'a'\n 'b' E'\\t\\u00e9\\x41\\101' U&'\\0041' U&'!0041' UESCAPE '!'", "'it's' 'ab' '\té" + "AA' 'A' 'A'"},
		{"$$a$$ $x$ $$ $x$ B'01' X'fF' N'n'", "'a' ' $$ ' B01 XfF nchar 'n'"},
		{"'a'--c\n'b' 'a' -- c\n -- d\r\n\t'b' 'a'\n/**/'b' 'a'--'b'", "'ab' 'ab' 'a' 'b' 'a'"},
		{"B'0'\n'1' B'0''1' X'it''s'", "B01 B0 '1' Xit 's'"},
		{"1 2147483648 1.5 .5 1. 1e10 1.5E-3 1..2", "i1 n2147483648 n1.5 n.5 n1. n1e10 n1.5E-3 i1 p.. i2"},
		{"a<=b <> != @>- +- *-1 <-- c", "a o<= b o<> o<> o@>- o+ o- o* o- i1 o<"},
		{"a::b := => $1 /* x /* y */ */ .", "a p:: b p:= p=> $1 p."},
		{"{ } [ ] ( ) , ; :", "p{ p} p[ p] p( p) p, p; p:"},
		{strings.Repeat("ä", 40), strings.Repeat("ä", 31)},
	} {
		all, err := lexAll(c.text, DefaultOptions())
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		words := make([]string, len(all))
		for i, tok := range all {
			words[i] = tokenText(tok)
		}
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

func tokenText(t token) string {
	format := map[tokenKind]string{
		tokWord: "%s", tokQuoted: `"%s"`, tokString: "'%s'", tokBits: "B%s", tokHex: "X%s",
		tokInteger: "i%s", tokNumeric: "n%s", tokParam: "$%s", tokOperator: "o%s", tokPunct: "p%s", tokInvalid: "?%s",
	}[t.kind]
	return fmt.Sprintf(format, t.text)
}

func TestPositionsCountCharacters(t *testing.T) {
	all, err := lexAll("'日本' ü /* é */ x", DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []ast.Pos{1, 6, 16} {
		if all[i].pos != want {
			t.Errorf("token %d at %d, want %d", i, all[i].pos, want)
		}
	}
}

func TestBackquotes(t *testing.T) {
	flink, err := lexAll("`a``b`", Options{Dialect: Flink, StandardConformingStrings: true})
	if err != nil || len(flink) != 1 || flink[0].kind != tokQuoted || flink[0].text != "a`b" {
		t.Errorf("Flink: %v, %v", flink, err)
	}
	postgres, err := lexAll("`a`", DefaultOptions())
	if err != nil || len(postgres) != 3 || postgres[0].kind != tokOperator {
		t.Errorf("PostgreSQL: %v, %v", postgres, err)
	}
}

// FuzzLex checks that tokens cover the text in order and that lexing ends.
func FuzzLex(f *testing.F) {
	f.Add("SELECT 'a' || E'\\n' /* x */ -- y\n $a$ b $a$ 1.5e3 \"q\"", uint8(0))
	f.Add("U&'\\0061' UESCAPE '!' `x` @>- 1..2 日本", uint8(1))
	f.Fuzz(func(t *testing.T, text string, bits uint8) {
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return // Parse refuses those before
		}
		o := Options{Dialect: Dialect(bits & 1), StandardConformingStrings: bits&2 == 0}
		all, _ := lexAll(text, o)
		end := 0
		for _, tok := range all {
			if tok.start < end || tok.end <= tok.start || tok.end > len(text) {
				t.Fatalf("%q: token from %d to %d after %d", text, tok.start, tok.end, end)
			}
			if want := utf8.RuneCountInString(text[:tok.start]) + 1; int(tok.pos) != want {
				t.Fatalf("%q: position %d at byte %d, want %d", text, tok.pos, tok.start, want)
			}
			end = tok.end
		}
	})
}
