package main

import (
	"context"
	"fmt"

	"github.com/freshetdb/freshet/internal/pgoracle"
)

// regress records which statements of PostgreSQL's own regression files the grammar of PostgreSQL 15 accepts (the files
// are PostgreSQL 16's, so not all of them).
func (r *recorder) regress(ctx context.Context) error {
	statements, err := r.regressStatements()
	if err != nil {
		return err
	}
	refused := 0
	for i, s := range statements {
		answer, err := r.parser.Parse(ctx, s.SQL)
		if err != nil {
			return fmt.Errorf("%q: %w", s.SQL, err)
		}
		if !answer.OK() {
			refused++
		}
		statements[i] = answered(s.Src, s.SQL, answer)
	}
	fmt.Printf("postgres_regress.jsonl: %d statements, %d refused\n", len(statements), refused)
	return writeLines(r.corpus("postgres_regress.jsonl"), statements)
}

// regressStatements are those recorded before or, with -split, those of the given file.
func (r *recorder) regressStatements() ([]line, error) {
	if r.split == "" {
		return readLines(r.corpus("postgres_regress.jsonl"))
	}
	files, err := readLines(r.split)
	if err != nil {
		return nil, err
	}
	var statements []line
	for _, file := range files {
		for _, s := range pgoracle.Split(file.SQL) {
			if s.Variables {
				fmt.Printf("left out, psql variables: %s line %d: %.60q\n", file.Src, s.Line, s.SQL)
				continue
			}
			statements = append(statements, line{Src: file.Src, SQL: s.SQL})
		}
	}
	return statements, nil
}
