package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/internal/pgoracle"
)

const precedenceHeader = `# How PostgreSQL 15 groups operators: recorded by internal/pgoracle/record, not written by hand.
# Columns, separated by tabs: a text; the reading of it that gives the same tree in PostgreSQL, in full parentheses;
# the other readings, which do not ("-": there is none). Or, where the grammar refuses the text: "error" and where.
`

// reading is a text without parentheses and the trees that would be written so.
type reading struct {
	text       string
	candidates []string
}

// precedence records the grouping of all ordered pairs and triples of operators.
func (r *recorder) precedence(ctx context.Context) error {
	trees, err := r.server.RawTree(ctx)
	if err != nil {
		return err
	}
	defer trees.Close(ctx)
	for _, file := range []struct {
		name  string
		trees []*tree
	}{
		{"precedence.txt", pairs(pairForms)},
		{"precedence3.txt", triples(tripleForms)},
	} {
		if err := r.precedenceFile(ctx, trees, file.name, readings(file.trees)); err != nil {
			return err
		}
	}
	return nil
}

func (r *recorder) precedenceFile(ctx context.Context, trees *pgoracle.RawTree, name string, all []reading) error {
	var out bytes.Buffer
	out.WriteString(precedenceHeader)
	refused, undecided := 0, 0
	for _, reading := range all {
		columns, err := decide(ctx, trees, reading)
		var open undecidedError
		switch {
		case errors.As(err, &open):
			undecided++
			fmt.Println(open)
			continue
		case err != nil:
			return err
		case columns[0] == "error":
			refused++
			columns = []string{columns[0] + " " + columns[1]}
		}
		out.WriteString(reading.text)
		for _, column := range columns {
			out.WriteString("\t" + column)
		}
		out.WriteString("\n")
	}
	fmt.Printf("%s: %d texts, %d of them refused, %d undecided and left out\n", name, len(all)-undecided, refused, undecided)
	return writeFile(r.parseData(name), out.Bytes())
}

// readings gathers the trees that are written alike, in order of appearance.
func readings(trees []*tree) []reading {
	var found []reading
	index := map[string]int{}
	for _, t := range trees {
		text := t.text(bare)
		i, ok := index[text]
		if !ok {
			i = len(found)
			index[text] = i
			found = append(found, reading{text: text})
		}
		found[i].candidates = append(found[i].candidates, t.text(inParentheses))
		if glued := t.text(glued); glued != t.text(inParentheses) {
			found[i].candidates = append(found[i].candidates, glued)
		}
	}
	return found
}

// undecidedError says that no candidate, or more than one, has the tree of the text.
type undecidedError struct {
	reading reading
	matches []string
}

func (e undecidedError) Error() string {
	return fmt.Sprintf("undecided: %s: of %q the tree of %q", e.reading.text, e.reading.candidates, e.matches)
}

// decide finds the reading that PostgreSQL gives to a text: the right one first, then the others; or "error" and the
// position.
func decide(ctx context.Context, trees *pgoracle.RawTree, r reading) ([]string, error) {
	want, answer, err := trees.Expr(ctx, r.text)
	if err != nil {
		return nil, err
	}
	if !answer.OK() {
		if answer.Code != "42601" {
			return nil, fmt.Errorf("%s: %s", r.text, answer)
		}
		return []string{"error", fmt.Sprint(answer.Position)}, nil
	}
	var matches, others []string
	for _, candidate := range r.candidates {
		got, answer, err := trees.Expr(ctx, candidate)
		switch {
		case err != nil:
			return nil, err
		case !answer.OK():
			return nil, fmt.Errorf("%s: %s", candidate, answer)
		case got == want:
			matches = append(matches, candidate)
		default:
			others = append(others, candidate)
		}
	}
	if len(matches) != 1 {
		return nil, undecidedError{r, matches}
	}
	if len(others) == 0 {
		others = []string{"-"}
	}
	return append(matches, others...), nil
}
