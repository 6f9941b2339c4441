package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgoracle"
)

const (
	// caretSeed fixes the mutations: another seed gives another, equally good, file.
	caretSeed = 20261122
	// caretMaxBytes leaves out texts whose size would only swell the file.
	caretMaxBytes = 3000
	// caretPatience is how many fruitless mutations end a corpus.
	caretPatience = 20000
)

// caretQuotas are how many errors come from each corpus; their sum is what the tests promise.
var caretQuotas = []struct {
	file  string
	count int
}{
	{"psql.jsonl", 450},
	{"clients.jsonl", 500},
	{"nexmark_flink.jsonl", 150},
	{"postgres_regress.jsonl", 900},
}

// carets records syntax errors made by one mutation of one token each.
func (r *recorder) carets(ctx context.Context) error {
	var lines []line
	for _, quota := range caretQuotas {
		source, err := r.mutationSource(ctx, quota.file)
		if err != nil {
			return err
		}
		made, err := r.mutants(ctx, source, quota.count)
		if err != nil {
			return err
		}
		fmt.Printf("carets.jsonl: %d errors from %d statements of %d kinds of %s\n",
			len(made), len(source.all), len(source.groups), quota.file)
		if len(made) < quota.count {
			return fmt.Errorf("%s gave only %d of %d errors", quota.file, len(made), quota.count)
		}
		lines = append(lines, made...)
	}
	return writeLines(r.corpus("carets.jsonl"), lines)
}

// mutationSource holds the statements of one corpus that PostgreSQL accepts as they are; a statement in Freshet's or
// Flink's own syntax would be refused at that syntax, whatever the mutation.
type mutationSource struct {
	all    []line
	groups [][]line // by source and kind of statement
}

func (r *recorder) mutationSource(ctx context.Context, file string) (mutationSource, error) {
	lines, err := readLines(r.corpus(file))
	if err != nil {
		return mutationSource{}, err
	}
	var source mutationSource
	index := map[string]int{}
	seen := map[string]bool{}
	for _, l := range lines {
		for _, sql := range mutable(file, l.SQL) {
			if len(sql) > caretMaxBytes || seen[sql] {
				continue
			}
			seen[sql] = true
			answer, err := r.parser.Parse(ctx, sql)
			if err != nil {
				return mutationSource{}, fmt.Errorf("%q: %w", sql, err)
			}
			if !answer.OK() {
				continue
			}
			key := l.Src + "\x00" + kind(sql)
			if _, ok := index[key]; !ok {
				index[key] = len(source.groups)
				source.groups = append(source.groups, nil)
			}
			statement := line{Src: l.Src, SQL: sql}
			source.all = append(source.all, statement)
			source.groups[index[key]] = append(source.groups[index[key]], statement)
		}
	}
	return source, nil
}

// mutable cuts a corpus line into the texts to mutate: Nexmark's are whole files, in which a CREATE TABLE of Flink
// would hide the rest.
func mutable(file, sql string) []string {
	if file != "nexmark_flink.jsonl" {
		return []string{sql}
	}
	var found []string
	for _, s := range pgoracle.Split(sql) {
		found = append(found, s.SQL)
	}
	return found
}

// kind is the statement's first words: two where the first says only create, alter or drop.
func kind(sql string) string {
	var words []string
	for _, t := range tokens(sql) {
		words = append(words, strings.ToLower(sql[t.start:t.end]))
		if len(words) == 2 {
			break
		}
	}
	if len(words) == 2 && slices.Contains([]string{"create", "alter", "drop", "set", "insert"}, words[0]) {
		return words[0] + " " + words[1]
	}
	if len(words) > 0 {
		return words[0]
	}
	return ""
}

// mutants makes count different texts that PostgreSQL refuses. Half of the statements are drawn from all, half from a
// group drawn first, so that rare kinds are met too.
func (r *recorder) mutants(ctx context.Context, source mutationSource, count int) ([]line, error) {
	random := rand.New(rand.NewPCG(caretSeed, uint64(count)))
	seen := map[string]bool{}
	var made []line
	for fruitless := 0; len(made) < count && fruitless < caretPatience; fruitless++ {
		from := source.all
		if len(made)%2 == 1 {
			from = source.groups[random.IntN(len(source.groups))]
		}
		original := from[random.IntN(len(from))]
		sql, how := mutate(random, original.SQL)
		if seen[sql] {
			continue
		}
		seen[sql] = true
		answer, err := r.parser.Parse(ctx, sql)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", sql, err)
		}
		if answer.OK() {
			continue
		}
		made = append(made, answered(original.Src+": "+how, sql, answer))
		fruitless = 0
	}
	return made, nil
}

// mutate deletes or doubles one token, or swaps two neighbours, and says which.
func mutate(random *rand.Rand, sql string) (mutated, how string) {
	found := tokens(sql)
	if len(found) < 2 {
		return sql, "nothing"
	}
	switch random.IntN(3) {
	case 0:
		t := found[random.IntN(len(found))]
		return sql[:t.start] + sql[t.end:], "delete"
	case 1:
		t := found[random.IntN(len(found))]
		return sql[:t.end] + " " + sql[t.start:], "double"
	default:
		i := random.IntN(len(found) - 1)
		a, b := found[i], found[i+1]
		return sql[:a.start] + sql[b.start:b.end] + sql[a.end:b.start] + sql[a.start:a.end] + sql[b.end:], "swap"
	}
}
