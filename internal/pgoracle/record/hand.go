package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// hand records the syntax errors written by hand: carets_hand.txt to carets_hand.jsonl. In the text file a line
// "=== name" starts a section, a line "---" separates its cases; lines before the first section are a comment.
func (r *recorder) hand(ctx context.Context) error {
	data, err := os.ReadFile(r.corpus("carets_hand.txt"))
	if err != nil {
		return fmt.Errorf("reading the hand-written errors: %w", err)
	}
	var lines []line
	var accepted error
	_, text, _ := strings.Cut(string(data), "\n=== ")
	for section := range strings.SplitSeq(text, "\n=== ") {
		name, body, _ := strings.Cut(section, "\n")
		for sql := range strings.SplitSeq(body, "\n---\n") {
			sql = strings.TrimSuffix(sql, "\n")
			answer, err := r.parser.Parse(ctx, sql)
			if err != nil {
				return fmt.Errorf("%q: %w", sql, err)
			}
			if answer.OK() {
				accepted = errors.Join(accepted, fmt.Errorf("section %s: PostgreSQL's grammar accepts %q", name, sql))
			}
			lines = append(lines, answered(name, sql, answer))
		}
	}
	if accepted != nil {
		return accepted
	}
	fmt.Printf("carets_hand.jsonl: %d errors\n", len(lines))
	return writeLines(r.corpus("carets_hand.jsonl"), lines)
}
