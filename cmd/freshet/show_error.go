package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// errorText gives err as psql shows it: the message, the line of text with a caret below the place, detail and hint.
func errorText(text string, err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		e = pgerr.New(pgerr.InternalError, err.Error())
	}
	return fmt.Sprintf("ERROR:  %s\n%s%s", e.Message, caretText(text, e.Position), besideText(e))
}

// besideText gives what an error has beside its message: detail and hint.
func besideText(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return ""
	}
	var b strings.Builder
	if e.Detail != "" {
		fmt.Fprintf(&b, "DETAIL:  %s\n", e.Detail)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "HINT:  %s\n", e.Hint)
	}
	return b.String()
}

// Limits of the excerpt, in screen columns: those of libpq (DISPLAY_SIZE and MIN_RIGHT_CUT in fe-protocol3.c), so that a
// long line is cut where psql's users are used to see it cut.
const (
	excerptColumnsMax = 60
	afterCaretMin     = 10
)

// caretText gives the two lines "LINE n: ..." and "   ^" for a position (characters from 1), or nothing if the text has
// no such place. A position one past the end is a place: that is where "syntax error at end of input" points.
func caretText(text string, position int) string {
	line, chars, caret := lineAround(text, position)
	if line == 0 {
		return ""
	}
	// columns[i] is where character i begins on the screen; the last entry is where the line ends.
	columns := make([]int, len(chars)+1)
	for i, r := range chars {
		columns[i+1] = columns[i] + columnsOf(r)
	}
	begin, end := cut(columns, caret)

	var b strings.Builder
	fmt.Fprintf(&b, "LINE %d: ", line)
	if begin > 0 {
		b.WriteString("...")
	}
	indent := b.Len() + columns[caret] - columns[begin] // all before the excerpt is ASCII: bytes are columns
	b.WriteString(string(chars[begin:end]))
	if end < len(chars) {
		b.WriteString("...")
	}
	return b.String() + "\n" + strings.Repeat(" ", indent) + "^\n"
}

// lineAround finds the line that holds the position: its number from 1 (0 if there is no such place), its characters with
// tabs made spaces, and the index among them. A line ends at \n, \r or both together.
func lineAround(text string, position int) (line int, chars []rune, caret int) {
	if position < 1 || position > utf8.RuneCountInString(text)+1 {
		return 0, nil, 0
	}
	line, caret = 1, -1
	var previous rune
	at := 0
	for _, r := range text {
		at++
		if at == position {
			caret = len(chars)
		}
		if r == '\n' || r == '\r' {
			if caret >= 0 {
				return line, chars, caret
			}
			if r == '\r' || previous != '\r' {
				line++
			}
			chars = chars[:0]
		} else {
			if r == '\t' {
				r = ' '
			}
			chars = append(chars, r)
		}
		previous = r
	}
	if caret < 0 {
		caret = len(chars)
	}
	return line, chars, caret
}

// columnsOf is how many columns a terminal gives to a character. What has no width of its own counts as one, as in libpq.
func columnsOf(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// cut chooses the part [begin, end) of a line to show. It cuts on the right alone if that leaves enough after the caret,
// otherwise on both sides.
func cut(columns []int, caret int) (begin, end int) {
	end = len(columns) - 1
	switch {
	case columns[end] <= excerptColumnsMax:
	case excerptColumnsMax >= columns[caret]+afterCaretMin:
		for columns[end] > excerptColumnsMax {
			end--
		}
	default:
		for columns[caret]+afterCaretMin < columns[end] {
			end--
		}
		for columns[end]-columns[begin] > excerptColumnsMax {
			begin++
		}
	}
	return begin, end
}
