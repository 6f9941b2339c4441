package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// The excerpts below are psql 15's own for these texts and positions.
func TestCaretText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		position   int
		want       string
	}{
		{"one line", "select 1 frm t u", 14, `
LINE 1: select 1 frm t u
                     ^
`},
		{"tab and second line", "select\n\t1 +,\n2", 12, `
LINE 2:  1 +,
            ^
`},
		{"wide characters", "select '日本', é é é +, 1", 18, `
LINE 1: select '日本', é é é +, 1
                           ^
`},
		{"end of input", "select 1 +", 11, `
LINE 1: select 1 +
                  ^
`},
		{"end of input after a line end", "select 1 +\n", 12, "\nLINE 2: \n        ^\n"},
		{"carriage returns", "select 1\r\nfrom t\r\nwhere x y z", 27, `
LINE 3: where x y z
                ^
`},
		{
			"cut on the right",
			"select 1 2 3, aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccc, eeeeeeeeeeeeeeeee", 10, `
LINE 1: select 1 2 3, aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbb...
                 ^
`,
		},
		{
			"cut on the left",
			"select aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccc, eeeeeeeeeeeeeeeee, fffffffffffffffffffffffffffffff g h i",
			135,
			`
LINE 1: ...cc, eeeeeeeeeeeeeeeee, fffffffffffffffffffffffffffffff g h i
                                                                    ^
`,
		},
		{
			"cut on both sides",
			"select aaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccc dddd eeeeeeeeeeeeeeeee ffffffffffffffffffffffffffffffff",
			86,
			`
LINE 1: ...bbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccc dddd eeeeeeeeee...
                                                             ^
`,
		},
		{"wide characters cut", "select '" + strings.Repeat("日本", 18) + "' a b c", 49, `
LINE 1: ...日本日本日本日本日本日本日本日本日本日本日本日本日本' a b c
                                                                   ^
`},
		{"no place", "select 1", 0, "\n"},
		{"no such place", "select 1", 10, "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, "\n"+caretText(c.text, c.position)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	err := pgerr.Newf(pgerr.SyntaxError, "syntax error at or near %q", "FRM").At(10).
		WithDetail("There is a detail.").WithHint("Write FROM.")
	want := `ERROR:  syntax error at or near "FRM"
LINE 1: SELECT 1 FRM t
                 ^
DETAIL:  There is a detail.
HINT:  Write FROM.
`
	if diff := cmp.Diff(want, errorText("SELECT 1 FRM t", err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("ERROR:  lost a mark\n", errorText("SELECT 1", errors.New("lost a mark"))); diff != "" {
		t.Errorf("an error without a SQLSTATE (-want +got):\n%s", diff)
	}
}

// TestBesideText: what is shown below the message of an error that ends a command.
func TestBesideText(t *testing.T) {
	e := pgerr.New(pgerr.UndefinedTable, "no table").WithDetail("the detail").WithHint("the hint")
	if got, want := besideText(fmt.Errorf("opening: %w", e)), "DETAIL:  the detail\nHINT:  the hint\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := besideText(errors.New("no more to say")); got != "" {
		t.Errorf("got %q", got)
	}
}
