package parse_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// entry is a line of a corpus, with PostgreSQL 15's answer where it was recorded.
type entry struct {
	Src      string `json:"src"`
	SQL      string `json:"sql"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Position int    `json:"position"`
	Hint     string `json:"hint"`
	Detail   string `json:"detail"`
}

// corpus reads a file of testdata/corpus.
func corpus(tb testing.TB, name string) []entry {
	tb.Helper()
	f, err := os.Open("../../testdata/corpus/" + name + ".jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var entries []entry
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var e entry
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			tb.Fatal(err)
		}
		entries = append(entries, e)
	}
	if err := s.Err(); err != nil {
		tb.Fatal(err)
	}
	return entries
}

// checkRoundTrip fails if a statement's canonical text is not the same statement.
func checkRoundTrip(t *testing.T, s ast.Statement, o parse.Options) {
	t.Helper()
	text := ast.Print(s)
	again, err := parse.Parse(text, o)
	switch {
	case err != nil:
		t.Errorf("%v\nprinted: %s", err, text)
	case len(again) != 1:
		t.Errorf("%d statements\nprinted: %s", len(again), text)
	case !ast.Equal(s, again[0]):
		t.Errorf("another tree\nprinted: %s\nfirst: %ssecond: %s", text, ast.Dump(s), ast.Dump(again[0]))
	}
}

// accepted parses all entries and returns how many statements they hold and how many of those parse and survive the round
// trip. Entries that do not parse count as one statement.
func accepted(t *testing.T, entries []entry, o parse.Options) (good, all int) {
	t.Helper()
	for _, e := range entries {
		stmts, err := parse.Parse(e.SQL, o)
		if err != nil {
			all++
			t.Errorf("%v\n%s", describe(err), e.SQL)
			continue
		}
		for _, s := range stmts {
			all++
			checkRoundTrip(t, s, o)
			good++
		}
	}
	return good, all
}

func describe(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	b, _ := json.Marshal(e)
	return string(b)
}

func TestCorpusPsql(t *testing.T) { testCorpus(t, "psql", 528) }

func TestCorpusClients(t *testing.T) { testCorpus(t, "clients", 452) }

func TestCorpusNexmark(t *testing.T) { testCorpus(t, "nexmark_flink", 51) }

func testCorpus(t *testing.T, name string, want int) {
	good, all := accepted(t, corpus(t, name), parse.DefaultOptions())
	t.Logf("%s: %d of %d statements parse", name, good, all)
	if all != want {
		t.Errorf("%d statements, want %d", all, want)
	}
}

// TestCorpusNexmarkFlink reads the benchmark's queries as Flink's users write them, with back-quotes.
func TestCorpusNexmarkFlink(t *testing.T) {
	flink := parse.DefaultOptions()
	flink.Dialect = parse.Flink
	good, all := 0, 0
	for _, e := range corpus(t, "nexmark_flink") {
		quoted, err := parse.Parse(e.SQL, parse.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		backquoted, err := parse.Parse(strings.ReplaceAll(e.SQL, `"`, "`"), flink)
		if err != nil || len(backquoted) != len(quoted) {
			t.Errorf("%v: %d statements, want %d\n%s", err, len(backquoted), len(quoted), e.SQL)
			continue
		}
		for i := range quoted {
			all++
			if !ast.Equal(quoted[i], backquoted[i]) {
				t.Errorf("another tree: %s", ast.Print(backquoted[i]))
				continue
			}
			good++
		}
	}
	t.Logf("nexmark_flink with back-quotes: %d of %d statements give the same tree", good, all)
	if all != 51 {
		t.Errorf("%d statements, want 51", all)
	}
}

// TestCorpusRegress compares what is accepted and what is refused as a syntax error with PostgreSQL 15's grammar.
func TestCorpusRegress(t *testing.T) {
	agree, all := 0, 0
	for _, e := range corpus(t, "postgres_regress") {
		all++
		stmts, err := parse.Parse(e.SQL, parse.DefaultOptions())
		code := ""
		if err != nil {
			code = string(pgerr.CodeOf(err))
		}
		if code == e.Code {
			agree++
		} else {
			t.Logf("PostgreSQL %q, Freshet %v: %s", e.Code, err, e.SQL)
		}
		for _, s := range stmts {
			checkRoundTrip(t, s, parse.DefaultOptions())
		}
	}
	t.Logf("postgres_regress: %d of %d statements agree (%.2f %%)", agree, all, 100*float64(agree)/float64(all))
	if 1000*agree < 995*all {
		t.Errorf("less than 99.5 %% agree")
	}
}
