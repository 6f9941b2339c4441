package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	const text = `SELECT a.b::int /* c */, 'it''s', E'\'', "q""i", $$d$$, $1 -- e` + "\nFROM é WHERE x<=1.5e3 AND y->>'z'"
	var got []string
	for _, found := range tokens(text) {
		got = append(got, text[found.start:found.end])
	}
	want := strings.Split(`SELECT a . b :: int , 'it''s' , E'\'' , "q""i" , $$d$$ , $1 FROM é WHERE x <= 1.5e3 AND y ->> 'z'`, " ")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMutate(t *testing.T) {
	seen := map[string]string{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		sql, how := mutate(random, "a /* x */ +b")
		seen[sql] = how
	}
	want := map[string]string{
		" /* x */ +b": "delete", "a /* x */ b": "delete", "a /* x */ +": "delete",
		"a a /* x */ +b": "double", "a /* x */ + +b": "double", "a /* x */ +b b": "double",
		"+ /* x */ ab": "swap", "a /* x */ b+": "swap",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadings(t *testing.T) {
	got := readings(pairs([]form{"? + ?", "- ?", "?[1]"}))
	want := map[string][]string{
		"a + b + c": {"(a + b) + c", "a + (b + c)"},
		"- a + b":   {"(- a) + b", "- (a + b)"},
		"a + - b":   {"a + (- b)"},
		"a[1] + b":  {"(a[1]) + b"},
		"a + b[1]":  {"a + (b[1])", "(a + b)[1]"},
		"- - a":     {"- (- a)"},
		"- a[1]":    {"- (a[1])", "(- a)[1]"},
		"a[1][1]":   {"(a[1])[1]", "a[1][1]"},
	}
	candidates := map[string][]string{}
	for _, r := range got {
		candidates[r.text] = r.candidates
	}
	if diff := cmp.Diff(want, candidates); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
