package pgcatalog

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// backslash are psql's commands whose queries are answered from Freshet's rows here, by PostgreSQL's executor.
var backslash = []string{
	`\d`, `\d t`, `\d v`, `\d m`, `\d mi`, `\d t_pkey`, `\d s`, `\d t_c_seq`, `\d+ t`, `\d+ m`, `\d+ v`, `\dt`, `\dv`, `\dm`, `\di`, `\ds`,
	`\dtvmis public.*`, `\dn public`, `\l freshet`, `\du postgres`, `\d nosuch`, `\dT`, `\dE`, `\dd`, `\dC`, `\df nosuch`, `\dp t`, `\do =`, `\df upper`, `\da count`, `\dO`, `\db`,
	`\d pg_tables`, `\d information_schema.columns`,
}

// partial are those that list all of a kind, of which PostgreSQL has more.
var partial = map[string]bool{`\dC`: true, `\do =`: true, `\df upper`: true, `\da count`: true}

var (
	echoed         = regexp.MustCompile(`(?s)\*{9} QUERY \*{10}\n(.*?)\n\*{26}`)
	systemRelation = regexp.MustCompile(`['"]?\b(pg_catalog\.|information_schema\.|)(pg_\w+|\w+)\b( *\()?`)
	standIn        = regexp.MustCompile(`(pg_catalog\.)?\b(pg_get_expr|pg_get_constraintdef)\(`)
)

// standIns do what Freshet's functions will: its expressions are text, and constraints that have an index have its id.
const standIns = `CREATE SCHEMA fresh;
CREATE FUNCTION fresh.pg_get_expr(text, oid, bool DEFAULT false) RETURNS text LANGUAGE sql AS
	$$ SELECT CASE WHEN $3 THEN regexp_replace($1, '^\((.*)\)$', '\1') ELSE $1 END $$;
CREATE FUNCTION fresh.pg_get_constraintdef(oid, bool DEFAULT false) RETURNS text LANGUAGE sql AS
	$$ SELECT pg_catalog.pg_get_constraintdef(oid, $2) FROM pg_catalog.pg_constraint WHERE $1 IN (oid, conindid) $$;`

// testPsql fills tables with Freshet's rows of the fixture, runs what psql sends against them, and compares with what PostgreSQL's own
// relations say. Ids are the same on both sides, so functions of the catalog see the same objects.
func (o *oracle) testPsql(t *testing.T) {
	o.exec(t, standIns)
	filled := map[string]bool{}
	compared := 0
	// initdb gives information_schema ids behind those of the machine's collations, which it finds by the program locale: without it the ids are
	// not the recorded ones.
	ids := o.ask(t, "SELECT 'information_schema.columns'::regclass::oid")
	sameIDs := len(ids) == 1 && ids[0] == strconv.Itoa(int(named("information_schema", "columns").oid))
	for _, command := range backslash {
		if strings.Contains(command, "information_schema") && !sameIDs {
			t.Logf("%s: left out, this PostgreSQL gives other ids", command)
			continue
		}
		out, err := o.server.Psql(context.Background(), "freshet", "-E", "-c", command)
		if err != nil && command != `\d nosuch` && command != `\df nosuch` {
			t.Fatalf("%s: %v", command, err)
		}
		for _, m := range echoed.FindAllStringSubmatch(out, -1) {
			query := strings.TrimSpace(m[1])
			ours := o.redirect(t, query, true, filled)
			// Freshet's order is C with UTF-8 always.
			query = strings.ReplaceAll(query, "d.datcollate", "'C'")
			query = strings.ReplaceAll(query, "d.datctype", "'C'")
			want, got := o.ask(t, withoutSystem(query)), o.ask(t, withoutSystem(ours))
			compared++
			if partial[command] {
				// PostgreSQL has more.
				want = slices.DeleteFunc(want, func(row string) bool { return !slices.Contains(got, row) })
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s\n(-PostgreSQL +Freshet):\n%s", command, query, diff)
			}
		}
	}
	if compared < 80 {
		t.Errorf("%d queries only", compared)
	}
	t.Logf("%d queries over %d relations", compared, len(filled))
}

// redirect makes a query read Freshet's rows, and fills the tables that it names and that are not in filled yet. With
// qualified it leaves names without a schema alone, which may be in strings.
func (o *oracle) redirect(t *testing.T, query string, qualified bool, filled map[string]bool) string {
	ours := standIn.ReplaceAllString(query, "fresh.$2(")
	return systemRelation.ReplaceAllStringFunc(ours, func(s string) string {
		m := systemRelation.FindStringSubmatch(s)
		schema, target := "pg_catalog", "fresh"
		if m[1] == "information_schema." {
			schema, target = "information_schema", "fresh_information"
		}
		r := named(schema, m[2])
		if s[0] == '\'' || s[0] == '"' || m[3] != "" || r == nil || qualified && m[1] == "" {
			return s
		}
		if id := target + "." + r.name; !filled[id] {
			filled[id] = true
			o.fillTable(t, target, r)
		}
		return target + "." + r.name
	})
}

// testClients runs what drivers and tools send against Freshet's rows. What PostgreSQL answers from its own must be answered from them:
// the columns have types that the queries can work with.
func (o *oracle) testClients(t *testing.T) {
	filled, run := map[string]bool{}, 0
	o.exec(t, "DROP SCHEMA fresh CASCADE; CREATE SCHEMA fresh_information; "+standIns)
	for _, s := range corpus(t, "clients.jsonl") {
		if words := strings.Fields(strings.ToUpper(s.SQL)); len(words) == 0 || words[0] != "SELECT" && words[0] != "WITH" {
			continue
		}
		ours := o.redirect(t, s.SQL, false, filled)
		if ours == s.SQL {
			continue
		}
		ctx := context.Background()
		if o.conn.ExecParams(ctx, s.SQL, nil, nil, nil, nil).Read().Err != nil {
			continue // it has parameters, or names what is not there
		}
		run++
		if err := o.conn.ExecParams(ctx, ours, nil, nil, nil, nil).Read().Err; err != nil {
			t.Errorf("%s: %v\n%s", s.Src, err, ours)
		}
	}
	if run < 150 {
		t.Errorf("%d statements only", run)
	}
	t.Logf("%d statements over %d relations", run, len(filled))
}

// withoutSystem leaves out the schema that the test itself makes.
func withoutSystem(query string) string {
	return strings.ReplaceAll(query, "n.nspname <> 'information_schema'", "n.nspname NOT IN ('information_schema', 'fresh')")
}

func (o *oracle) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := o.conn.Exec(context.Background(), sql).ReadAll(); err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
}

// fillTable makes a table in a schema with Freshet's rows of a relation.
func (o *oracle) fillTable(t *testing.T, schema string, r *relation) {
	t.Helper()
	var columns, rows []string
	for i := range r.columns {
		c := &r.columns[i]
		columns = append(columns, catalog.Quote(c.name)+" "+types.FormatType(c.typ()))
	}
	_, err := Scan(o.env, r.oid, Hint{}, func(b *batch.Batch) error {
		for i := range b.Len() {
			var fields []string
			for k := range r.columns {
				v := b.Cols[k].Value(i)
				switch c := &r.columns[k]; {
				case v.Null:
					fields = append(fields, "NULL")
				case c.base == types.OIDRegproc:
					fields = append(fields, types.Text(types.Of(types.OIDOID), v, types.DefaultSettings)+"::oid::regproc")
				default:
					fields = append(fields, pgoracle.Quote(types.Text(c.typ(), v, types.DefaultSettings)))
				}
			}
			rows = append(rows, "("+strings.Join(fields, ", ")+")")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o.exec(t, "CREATE TABLE "+schema+"."+r.name+" ("+strings.Join(columns, ", ")+")")
	for chunk := range slices.Chunk(rows, 500) {
		o.exec(t, "INSERT INTO "+schema+"."+r.name+" VALUES "+strings.Join(chunk, ", "))
	}
}
