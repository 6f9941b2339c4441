package bind_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// described is what is said about a statement before it runs: its parameters and columns, or why it cannot run.
type described struct {
	params, columns string
	code            string
	position        int
	message, hint   string
}

func (d described) String() string {
	if d.code != "" {
		s := fmt.Sprintf("%s at %d: %s", d.code, d.position, d.message)
		if d.hint != "" {
			s += " [" + d.hint + "]"
		}
		return s
	}
	return "(" + d.params + ") => " + d.columns
}

// askPostgres describes a statement by PostgreSQL.
func askPostgres(ctx context.Context, conn *pgconn.PgConn, sql string) (described, error) {
	r, err := conn.Prepare(ctx, "", sql, nil)
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		return described{code: e.Code, position: int(e.Position), message: e.Message, hint: e.Hint}, nil
	case err != nil:
		return described{}, err
	}
	var d described
	var params, cols []string
	for _, oid := range r.ParamOIDs {
		params = append(params, typeText(types.Of(types.OID(oid))))
	}
	for _, f := range r.Fields {
		cols = append(cols, f.Name+" "+typeText(types.Type{OID: types.OID(f.DataTypeOID), Mod: f.TypeModifier}))
	}
	d.params, d.columns = strings.Join(params, ", "), strings.Join(cols, ", ")
	return d, nil
}

// typeText names a type; those of rows are all the same.
func typeText(t types.Type) string {
	if _, ok := types.Lookup(t.OID); ok && t.OID != types.OIDRecord {
		return types.FormatType(t)
	}
	return "row"
}

// askBind describes a statement by the binder.
func askBind(f *fixture, sql string) (d described) {
	fail := func(err error) described {
		var e *pgerr.Error
		if !errors.As(err, &e) {
			return described{code: "XX000", message: err.Error()}
		}
		return described{code: string(e.Code), position: max(e.Position, 0), message: e.Message, hint: e.Hint}
	}
	stmts, err := parse.Parse(sql, parse.DefaultOptions())
	if err != nil {
		return fail(err)
	}
	if len(stmts) != 1 {
		return described{code: "skip"}
	}
	params, cols, err := describe(f.context(), stmts[0])
	if err != nil {
		return fail(err)
	}
	var ps, cs []string
	for _, p := range params {
		ps = append(ps, typeText(p))
	}
	for _, c := range cols {
		cs = append(cs, c.Name+" "+typeText(c.Type))
	}
	d.params, d.columns = strings.Join(ps, ", "), strings.Join(cs, ", ")
	return d
}

func describe(c *bind.Context, s ast.Statement) ([]types.Type, []plan.Column, error) {
	switch s := s.(type) {
	case *ast.Query:
		r, err := bind.Query(c, s)
		if err != nil {
			return nil, nil, err
		}
		return r.Params, r.Columns, nil
	case *ast.Insert:
		return describeMutation(bind.Insert(c, s))
	case *ast.Update:
		return describeMutation(bind.Update(c, s))
	case *ast.Delete:
		return describeMutation(bind.Delete(c, s))
	default:
		return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "not bound")
	}
}

func describeMutation(m *bind.Mutation, err error) ([]types.Type, []plan.Column, error) {
	if err != nil {
		return nil, nil, err
	}
	return m.Params, m.Columns, nil
}

// corpusStatements reads the queries of PostgreSQL's regression tests that the binder is asked about.
func corpusStatements(tb testing.TB) []string {
	tb.Helper()
	file, err := os.Open("../../testdata/corpus/postgres_regress.jsonl")
	must(tb, err)
	defer file.Close()
	var all []string
	seen := map[string]bool{}
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line struct{ SQL, Code string }
		must(tb, json.Unmarshal(scanner.Bytes(), &line))
		if line.Code != "" || seen[line.SQL] || !isQuery.MatchString(line.SQL) || usesSystem.MatchString(line.SQL) {
			continue
		}
		seen[line.SQL] = true
		all = append(all, line.SQL)
	}
	must(tb, scanner.Err())
	return all
}

var (
	isQuery    = regexp.MustCompile(`(?is)^\s*\(*(select|values|with|table|insert|update|delete)\b`)
	usesSystem = regexp.MustCompile(`(?i)\bpg_|information_schema|ctid|tableoid|xmin|\bmerge\b`)
)

// TestOracleCorpus asks PostgreSQL and the binder about the queries of PostgreSQL's own regression tests.
func TestOracleCorpus(t *testing.T) {
	t.Parallel()
	server := pgoracle.Start(t)
	ctx := t.Context()
	must(t, server.CreateFixtures(ctx, "bind"))
	conn, err := server.Connect(ctx, "bind")
	must(t, err)
	defer conn.Close(ctx)
	ddl, err := os.ReadFile("testdata/oracle/fixture.sql")
	must(t, err)
	f := newFixture(t, string(ddl))
	counts := map[string]int{}
	report := os.Getenv("BIND_REPORT")
	var lines []string
	for _, sql := range corpusStatements(t) {
		want, err := askPostgres(ctx, conn, sql)
		must(t, err)
		got := askBind(f, sql)
		verdict := judge(want, got)
		counts[verdict]++
		if report != "" && verdict != "same" {
			lines = append(lines, verdict+"\t"+want.String()+"\t"+got.String()+"\t"+strings.Join(strings.Fields(sql), " "))
		}
	}
	if report != "" {
		slices.Sort(lines)
		must(t, os.WriteFile(report, []byte(strings.Join(lines, "\n")), 0o600))
	}
	t.Log(counts)
	// What is left are functions and tables that there are not, and what is said to be unsupported.
	const enough = 1500
	if counts["same"] < enough {
		t.Errorf("%d statements have the same answer, %d had", counts["same"], enough)
	}
	if counts["accepted"] > 1 || counts["other columns"] > 0 {
		t.Errorf("%v: a statement that PostgreSQL refuses was accepted, or has other columns", counts)
	}
}

// TestOracleStatements asks PostgreSQL and the binder about the statements of testdata/oracle/statements.sql. They must agree, but for
// those with a comment before them that says why they differ. There is one statement a line.
func TestOracleStatements(t *testing.T) {
	t.Parallel()
	server := pgoracle.Start(t)
	ctx := t.Context()
	must(t, server.CreateDatabase(ctx, "own"))
	conn, err := server.Connect(ctx, "own")
	must(t, err)
	defer conn.Close(ctx)
	ddl, err := os.ReadFile("testdata/oracle/own.sql")
	must(t, err)
	_, err = conn.Exec(ctx, string(ddl)).ReadAll()
	must(t, err)
	f := newFixture(t, string(ddl))
	text, err := os.ReadFile("testdata/oracle/statements.sql")
	must(t, err)
	counts := map[string]int{}
	differs := ""
	for sql := range strings.Lines(string(text)) {
		sql = strings.TrimSuffix(strings.TrimSpace(sql), ";")
		if comment, ok := strings.CutPrefix(sql, "--"); ok {
			differs = ""
			if reason, ok := strings.CutPrefix(comment, " differs: "); ok {
				differs = reason
			}
			continue
		}
		want, err := askPostgres(ctx, conn, sql)
		must(t, err)
		got := askBind(f, sql)
		verdict := judge(want, got)
		counts[verdict]++
		switch {
		case differs != "" && verdict == "same":
			t.Errorf("%s: it does not differ (%s)", sql, differs)
		case differs == "" && verdict != "same":
			t.Errorf("%s: %s\n  PostgreSQL %s\n  bind       %s", verdict, sql, want, got)
		}
		differs = ""
	}
	t.Log(counts)
}

// judge says how two descriptions of one statement compare.
func judge(want, got described) string {
	switch {
	case want.code == "" && got.code == "":
		if want == got {
			return "same"
		}
		return "other columns"
	case got.code == string(pgerr.FeatureNotSupported) && want.code != got.code:
		return "not supported"
	case want.code == "":
		return "refused"
	case got.code == "":
		return "accepted"
	case want.code != got.code:
		return "other code"
	case want.message != got.message:
		return "other message"
	case want.position != got.position:
		return "other position"
	case want.hint != got.hint:
		return "other hint"
	}
	return "same"
}
