package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/internal/pgoracle"
)

// TestOracleCorpus sends what psql and the usual drivers and frameworks send by themselves, and counts what PostgreSQL takes, or refuses
// with a SQLSTATE, when Freshet does not say the same. Both databases are empty at the start and run all in the same order.
func TestOracleCorpus(t *testing.T) {
	postgres := pgoracle.Start(t)
	p := serve(t, t.TempDir())
	for _, c := range []struct {
		name string
		// differ is how many statements may give another SQLSTATE. It only ever gets less.
		differ int
	}{{"psql", 0}, {"clients", 8}} {
		t.Run(c.name, func(t *testing.T) {
			if err := postgres.CreateDatabase(t.Context(), "corpus_"+c.name); err != nil {
				t.Fatal(err)
			}
			theirs := corpusConn{url: postgres.URL("corpus_" + c.name)}
			ours := corpusConn{url: p.url()}
			total, same, differ := 0, 0, 0
			for _, s := range readCorpus(t, c.name+".jsonl") {
				total++
				want, got := theirs.run(t, s.SQL), ours.run(t, s.SQL)
				if codeOf(want) == codeOf(got) {
					same++
					continue
				}
				differ++
				t.Logf("%s: %.300s\n\tPostgreSQL: %s\n\tFreshet:    %s", s.Src, s.SQL, saidBy(want), saidBy(got))
			}
			t.Logf("%d statements, %d of them give what PostgreSQL gives", total, same)
			if differ > c.differ {
				t.Errorf("%d statements differ, want at most %d", differ, c.differ)
			}
		})
	}
}

type corpusStatement struct{ Src, SQL string }

func readCorpus(t *testing.T, name string) []corpusStatement {
	t.Helper()
	f, err := os.Open(filepath.Join("../../testdata/corpus", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []corpusStatement
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var s corpusStatement
		if err := json.Unmarshal(scanner.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// corpusConn is a session that is opened again when a statement ends it.
type corpusConn struct {
	url  string
	conn *pgconn.PgConn
}

var parameterPattern = regexp.MustCompile(`\$\d`)

// run runs a statement by the simple protocol, or prepares one with parameters. The session is in no transaction afterwards.
func (c *corpusConn) run(t *testing.T, sql string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	if c.conn == nil || c.conn.IsClosed() {
		conn, err := pgconn.Connect(ctx, c.url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(ctx)) })
		if _, err := conn.Exec(ctx, "SET statement_timeout = '60s'").ReadAll(); err != nil {
			t.Fatal(err)
		}
		c.conn = conn
	}
	var failed error
	if parameterPattern.MatchString(sql) {
		_, failed = c.conn.Prepare(ctx, "", sql, nil)
	} else {
		_, failed = c.conn.Exec(ctx, sql).ReadAll()
	}
	if !c.conn.IsClosed() && c.conn.TxStatus() != 'I' {
		if _, err := c.conn.Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	return failed
}

// codeOf is the SQLSTATE of an error of a server, empty for none.
func codeOf(err error) string {
	var e *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	default:
		return err.Error()
	}
}

func saidBy(err error) string {
	if err == nil {
		return "ok"
	}
	return err.Error()
}
