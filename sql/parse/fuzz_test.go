package parse_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// seed adds some statements of all corpora and example files, each under both dialects. All of them would take longer than a
// short run has.
func seed(f *testing.F) {
	add := func(text string) {
		f.Add(text, uint8(0))
		f.Add(text, uint8(1))
	}
	for _, name := range []string{"psql", "clients", "nexmark_flink", "postgres_regress", "carets_hand"} {
		for i, e := range corpus(f, name) {
			if i%40 == 0 && len(e.SQL) < 2000 {
				add(e.SQL)
			}
		}
	}
	for _, file := range []string{"testdata/help.sql", "../../testdata/demo/auction.sql"} {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i, text := range strings.Split(string(content), ";\n") {
			if i%8 == 0 {
				add(text)
			}
		}
	}
	for _, e := range lexicalSeeds {
		add(e)
	}
}

var lexicalSeeds = []string{
	`E'\u0061\U0001F600\x41\101\n' U&'\0061\+01F600' UESCAPE '!' $a$ $b$ $a$ B'01' X'1f' N'x' 'a'` + "\n" + `'b'`,
	`/* /* */ */ -- x` + "\n" + `1..2 1.5e-3 .5 $1 :: := => .. <= >= <> != @>- +- *- "a""b" U&"d\0061t" ` + "`q`",
	"SELECT '日本', \"ü\" FROM täble",
	"SET sql_dialect = 'flink'; SELECT `a` FROM `b`; SET standard_conforming_strings = off; SELECT 'a\\'b'",
}

func fuzzOptions(bits uint8) parse.Options {
	return parse.Options{Dialect: parse.Dialect(bits & 1), StandardConformingStrings: bits&2 == 0}
}

// checkError fails where an error is not one of the user's: it must have a code of its own and a place in the text.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var e *pgerr.Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: %v", text, err)
	}
	if e.Position < 0 || e.Position > utf8.RuneCountInString(text)+1 {
		t.Fatalf("%q: position %d of %v", text, e.Position, e)
	}
}

// FuzzParse checks that any text gives statements or an error of the user's.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string, bits uint8) {
		stmts, err := parse.Parse(text, fuzzOptions(bits))
		if err != nil {
			checkError(t, text, err)
			return
		}
		for _, s := range stmts {
			ast.Walk(s, func(n ast.Node) bool {
				if p := int(n.At()); p < 0 || p > utf8.RuneCountInString(text)+1 {
					t.Fatalf("%q: position %d of a %T", text, p, n)
				}
				return true
			})
		}
	})
}

// FuzzRoundTrip checks that the canonical text of a statement is the same statement.
func FuzzRoundTrip(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string, bits uint8) {
		stmts, err := parse.Parse(text, fuzzOptions(bits))
		if err != nil {
			return
		}
		for _, s := range stmts {
			checkRoundTrip(t, s, parse.DefaultOptions())
		}
	})
}
