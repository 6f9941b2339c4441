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
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/catalog"
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
	if _, ok := types.Lookup(t.OID); ok && t.OID != types.OIDRecord && !types.IsEnum(t.OID) {
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
		return r.Params, r.Columns, checkPlan(r.Node)
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
	return m.Params, m.Columns, checkPlan(m.Source)
}

// corpusStatements reads the queries of PostgreSQL's regression tests that the binder is asked about.
func corpusStatements(tb testing.TB) []string {
	tb.Helper()
	return slices.DeleteFunc(readCorpus(tb, "postgres_regress"), func(sql string) bool {
		return !isQuery.MatchString(sql) || usesSystem.MatchString(sql)
	})
}

// readCorpus reads the statements of a corpus that PostgreSQL's grammar accepts, each once.
func readCorpus(tb testing.TB, name string) []string {
	tb.Helper()
	file, err := os.Open("../../testdata/corpus/" + name + ".jsonl")
	must(tb, err)
	defer file.Close()
	var all []string
	seen := map[string]bool{}
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line struct{ SQL, Code string }
		must(tb, json.Unmarshal(scanner.Bytes(), &line))
		if line.Code != "" || seen[line.SQL] {
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

// TestOracle asks a PostgreSQL, which its subtests share.
func TestOracle(t *testing.T) {
	t.Parallel()
	server := pgoracle.Start(t)
	t.Run("statements", func(t *testing.T) { oracleStatements(t, server) })
	t.Run("corpus", func(t *testing.T) { oracleCorpus(t, server) })
	t.Run("clients", func(t *testing.T) { oracleClients(t, server) })
}

// oracleCorpus asks PostgreSQL and the binder about the queries of PostgreSQL's own regression tests.
func oracleCorpus(t *testing.T, server *pgoracle.Server) {
	t.Helper()
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

// oracleStatements asks PostgreSQL and the binder about the statements of testdata/oracle/statements.sql. They must agree, but for
// those with a comment before them that says why they differ. There is one statement a line.
func oracleStatements(t *testing.T, server *pgoracle.Server) {
	t.Helper()
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

// systemTables adds PostgreSQL's own relations to the catalog, as the server describes them. Types that there are not are text.
func (f *fixture) systemTables(tb testing.TB, conn *pgconn.PgConn) {
	tb.Helper()
	read := conn.ExecParams(tb.Context(), `SELECT n.nspname, c.relname, a.attname, COALESCE(NULLIF(t.typbasetype, 0), a.atttypid), CASE WHEN t.typbasetype <> 0 THEN t.typtypmod ELSE a.atttypmod END, a.attnotnull, t.typelem <> 0
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') AND a.attnum > 0 ORDER BY c.oid, a.attnum`,
		nil, nil, nil, nil).Read()
	must(tb, read.Err)
	c := f.snapshot.Begin()
	schemas := map[string]catalog.ID{"pg_catalog": c.View().Lookup(f.database, catalog.Schema, "pg_catalog").ID}
	info := &catalog.Object{Kind: catalog.Schema, Name: "information_schema", Database: f.database}
	must(tb, c.Create(info))
	schemas[info.Name] = info.ID
	var o *catalog.Object
	for _, row := range read.Rows {
		schema, name := schemas[string(row[0])], string(row[1])
		if o == nil || o.Name != name || o.Schema != schema {
			o = &catalog.Object{Kind: catalog.Table, Name: name, Database: f.database, Schema: schema, System: true}
			must(tb, c.Create(o))
		}
		oid, err := strconv.Atoi(string(row[3]))
		must(tb, err)
		mod, err := strconv.Atoi(string(row[4]))
		must(tb, err)
		t := types.Type{OID: types.OID(oid), Mod: int32(mod)}
		if _, ok := types.Lookup(t.OID); !ok {
			t = types.Of(types.OIDText)
			if string(row[6]) == "t" {
				t, _ = types.ArrayOf(t)
			}
		}
		o.Columns = append(o.Columns, catalog.Column{Name: string(row[2]), Type: t, NotNull: string(row[5]) == "t"})
	}
	f.snapshot = c.Snapshot()
}

// oracleClients asks PostgreSQL and the binder about what psql and other clients ask of the system catalog.
func oracleClients(t *testing.T, server *pgoracle.Server) {
	t.Helper()
	ctx := t.Context()
	conn, err := server.Connect(ctx, "postgres")
	must(t, err)
	defer conn.Close(ctx)
	f := newFixture(t, "")
	f.systemTables(t, conn)
	counts := map[string]int{}
	var lines []string
	for _, name := range []string{"psql", "clients"} {
		for _, sql := range readCorpus(t, name) {
			if !isQuery.MatchString(sql) {
				continue
			}
			want, err := askPostgres(ctx, conn, sql)
			must(t, err)
			got := askBind(f, sql)
			verdict := judge(want, got)
			counts[verdict]++
			if verdict != "same" {
				lines = append(lines, verdict+"\t"+want.String()+"\t"+got.String()+"\t"+strings.Join(strings.Fields(sql), " "))
			}
		}
	}
	if report := os.Getenv("BIND_REPORT"); report != "" {
		slices.Sort(lines)
		must(t, os.WriteFile(report+".clients", []byte(strings.Join(lines, "\n")), 0o600))
	}
	t.Log(counts)
	// What is left are functions that there are not yet, and types that stand for others here.
	const enough = 750
	if counts["same"] < enough {
		t.Errorf("%d statements have the same answer, %d had", counts["same"], enough)
	}
}
