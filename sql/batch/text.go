package batch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/sql/types"
)

// The text form of a batch has a line for each row: its multiplicity with its sign, and the values as PostgreSQL writes them, all
// separated by single spaces. NULL is a null. A value that is empty, is the text NULL, or has white space, a quote or a
// backslash in it, is written as a Go string constant:
//
//	+1 7 foo
//	-2 8 "two words"

// String is the text form. Parse is its inverse.
func (b *Batch) String() string {
	var dst []byte
	for i := range b.Len() {
		if i > 0 {
			dst = append(dst, '\n')
		}
		dst = b.appendRow(dst, i, b.DiffAt(i))
	}
	return string(dst)
}

func (b *Batch) appendRow(dst []byte, i int, diff int64) []byte {
	if diff >= 0 {
		dst = append(dst, '+')
	}
	dst = strconv.AppendInt(dst, diff, 10)
	for c := range b.Cols {
		v := &b.Cols[c]
		dst = append(dst, ' ')
		if v.IsNull(i) {
			dst = append(dst, "NULL"...)
			continue
		}
		text := types.Text(v.Type(), v.Value(i), types.DefaultSettings)
		if text == "" || text == "NULL" || strings.ContainsFunc(text, needsQuotes) {
			dst = strconv.AppendQuote(dst, text)
		} else {
			dst = append(dst, text...)
		}
	}
	return dst
}

func needsQuotes(r rune) bool {
	return r == '"' || r == '\\' || r == ' ' || !strconv.IsPrint(r)
}

// Parse makes a batch of its text form. Empty lines and white space around lines do not count.
func Parse(schema []types.Type, text string) (*Batch, error) {
	b := New(schema...)
	for nr, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := b.parseRow(line); err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", nr+1, line, err)
		}
	}
	b.SetLen(b.rows)
	return b, nil
}

func (b *Batch) parseRow(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	diff, err := strconv.ParseInt(word, 10, 64)
	if err != nil || diff == 0 || word[0] != '+' && word[0] != '-' {
		return fmt.Errorf("%q is no multiplicity such as +1 or -2", word)
	}
	values := make([]types.Value, len(b.Cols))
	for c := range b.Cols {
		if rest = strings.TrimLeft(rest, " \t"); rest == "" {
			return fmt.Errorf("%d values for %d columns", c, len(b.Cols))
		}
		if values[c], rest, err = parseValue(b.Cols[c].Type(), rest); err != nil {
			return err
		}
	}
	if rest = strings.TrimSpace(rest); rest != "" {
		return fmt.Errorf("more than %d values: %q", len(b.Cols), rest)
	}
	b.AppendValues(diff, values...)
	return nil
}

func parseValue(t types.Type, text string) (v types.Value, rest string, err error) {
	var word string
	if text[0] == '"' {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return v, "", fmt.Errorf("%s: %w", text, err)
		}
		if word, err = strconv.Unquote(quoted); err != nil {
			return v, "", fmt.Errorf("%s: %w", quoted, err)
		}
		rest = text[len(quoted):]
	} else {
		word, rest, _ = strings.Cut(text, " ")
		if word == "NULL" {
			return types.NullValue, rest, nil
		}
	}
	v, err = types.Parse(t, word, types.DefaultSettings)
	return v, rest, err
}

// Bag writes what the batches add up to, independent of the order of rows and of how they are cut: the sorted text of the
// consolidated rows. Batches with the same bag are the same change. It is for tests.
func Bag(batches ...*Batch) string {
	sums := map[string]int64{}
	for _, b := range batches {
		for i := range b.Len() {
			sums[string(b.appendRow(nil, i, 1))] += b.DiffAt(i)
		}
	}
	var lines []string
	for row, diff := range sums {
		if diff != 0 {
			lines = append(lines, fmt.Sprintf("%+d%s", diff, strings.TrimPrefix(row, "+1")))
		}
	}
	slices.SortFunc(lines, func(a, b string) int {
		_, rowA, _ := strings.Cut(a, " ")
		_, rowB, _ := strings.Cut(b, " ")
		return strings.Compare(rowA, rowB)
	})
	return strings.Join(lines, "\n")
}
