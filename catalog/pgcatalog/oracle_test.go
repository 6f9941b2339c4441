package pgcatalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// oracle is a connection to PostgreSQL and the same catalog here.
type oracle struct {
	server *pgoracle.Server
	conn   *pgconn.PgConn
	env    *Env
}

// ask gives the rows of a query as text, columns separated by |.
func (o *oracle) ask(t *testing.T, sql string) []string {
	t.Helper()
	result := o.conn.ExecParams(context.Background(), sql, nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatalf("%s: %v", sql, result.Err)
	}
	var all []string
	for _, row := range result.Rows {
		fields := make([]string, len(row))
		for i, v := range row {
			fields[i] = string(v)
			if v == nil {
				fields[i] = "∅"
			}
		}
		all = append(all, strings.Join(fields, "|"))
	}
	slices.Sort(all)
	return all
}

// ours gives columns of all rows of a relation of Freshet in the same form; only keeps some rows.
func (o *oracle) ours(t *testing.T, relation, columns string, only func(row map[string]string) bool) []string {
	t.Helper()
	return read(t, o.env, relation, columns, only)
}

func read(t *testing.T, env *Env, relation, columns string, only func(row map[string]string) bool) []string {
	t.Helper()
	schema, name, _ := strings.Cut(relation, ".")
	r := named(schema, name)
	settings := *types.DefaultSettings
	settings.Names = Lookups{env}
	var all []string
	_, err := Scan(env, r.oid, Hint{}, func(b *batch.Batch) error {
		for i := range b.Len() {
			row := map[string]string{}
			for k, c := range r.columns {
				if v := b.Cols[k].Value(i); v.Null {
					row[c.name] = "∅"
				} else {
					row[c.name] = types.Text(c.typ(), v, &settings)
				}
			}
			if only != nil && !only(row) {
				continue
			}
			var fields []string
			for column := range strings.SplitSeq(columns, ", ") {
				fields = append(fields, row[column])
			}
			all = append(all, strings.Join(fields, "|"))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", relation, err)
	}
	slices.Sort(all)
	return all
}

// fixture is what both sides have. The definitions of our side are below.
const fixture = `
CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL DEFAULT 'x', c serial, d int GENERATED ALWAYS AS IDENTITY,
	e int GENERATED ALWAYS AS (a + 1) STORED, CHECK (a > 0), f varchar(10) UNIQUE, g numeric(10, 2)[], h timestamp(3), "I" interval);
CREATE VIEW v AS SELECT a, b FROM t;
CREATE MATERIALIZED VIEW m AS SELECT a, b, f FROM t;
CREATE INDEX mi ON m (b DESC, lower(b), f NULLS FIRST) INCLUDE (a) WHERE a > 1;
CREATE SEQUENCE s AS bigint START 5 INCREMENT 2;
ALTER SCHEMA public OWNER TO postgres;
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t.b IS 'a column';`

func startOracle(t *testing.T) *oracle {
	t.Helper()
	ctx := context.Background()
	server := pgoracle.Start(t)
	if err := server.CreateDatabase(ctx, "freshet"); err != nil {
		t.Fatal(err)
	}
	conn, err := server.Connect(ctx, "freshet")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	if _, err := conn.Exec(ctx, fixture).ReadAll(); err != nil {
		t.Fatal(err)
	}
	o := &oracle{server: server, conn: conn}
	o.env = fixtureEnv(t, func(name string) catalog.ID {
		var id catalog.ID
		rows := o.ask(t, `SELECT oid FROM (SELECT oid, relname AS n FROM pg_class UNION ALL SELECT oid, nspname FROM pg_namespace
			UNION ALL SELECT oid, datname FROM pg_database UNION ALL SELECT oid, conname FROM pg_constraint WHERE contype = 'c') x
			WHERE n = '`+name+`'`)
		if len(rows) != 1 {
			t.Fatalf("%s: %q", name, rows)
		}
		if _, err := fmt.Sscan(rows[0], &id); err != nil {
			t.Fatal(err)
		}
		return id
	})
	return o
}

// fixtureEnv makes the catalog of the fixture with ids that oid gives.
func fixtureEnv(t *testing.T, oid func(name string) catalog.ID) *Env {
	t.Helper()
	c := Base().Begin()
	create := func(o *catalog.Object) *catalog.Object {
		o.ID = oid(o.Name)
		if err := c.Create(o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	database := create(&catalog.Object{Kind: catalog.Database, Name: "freshet"})
	schema := create(&catalog.Object{Kind: catalog.Schema, Name: "public", Database: database.ID})
	relation := func(kind catalog.Kind, name string) *catalog.Object {
		return &catalog.Object{Kind: kind, Name: name, Database: database.ID, Schema: schema.ID}
	}
	integer, text := types.Of(types.OIDInt4), types.Of(types.OIDText)
	varchar := types.Type{OID: types.OIDVarchar, Mod: 14}
	table := relation(catalog.Table, "t")
	table.Comment = "a table"
	numerics, _ := types.ArrayOf(types.Type{OID: types.OIDNumeric, Mod: 10<<16 | 2 + 4})
	table.Columns = []catalog.Column{
		{Name: "a", Type: integer, NotNull: true},
		{Name: "b", Type: text, NotNull: true, Default: "'x'", Comment: "a column"},
		{Name: "c", Type: integer, NotNull: true, Default: "nextval('public.t_c_seq'::regclass)", Sequence: oid("t_c_seq")},
		{Name: "d", Type: integer, NotNull: true, Identity: 'a', Sequence: oid("t_d_seq")},
		{Name: "e", Type: integer, Default: "(a + 1)", Generated: true},
		{Name: "f", Type: varchar},
		{Name: "g", Type: numerics},
		{Name: "h", Type: types.Type{OID: types.OIDTimestamp, Mod: 3}},
		{Name: "I", Type: types.Of(types.OIDInterval)},
	}
	table.PrimaryKey = []int{0}
	table.Constraints = []catalog.Constraint{
		{ID: oid("t_a_check"), Name: "t_a_check", Kind: catalog.Check, Columns: []int{0}, Expr: "a > 0"},
		{Name: "t_pkey", Kind: catalog.PrimaryKey, Columns: []int{0}, Index: oid("t_pkey")},
		{Name: "t_f_key", Kind: catalog.Unique, Columns: []int{5}, Index: oid("t_f_key")},
	}
	create(table)
	for i, name := range []string{"t_c_seq", "t_d_seq"} {
		s := relation(catalog.Sequence, name)
		s.PartOf = table.ID
		s.Sequence = &catalog.SequenceDef{
			Type: types.OIDInt4, Start: 1, Increment: 1, Min: 1, Max: 1<<31 - 1, Cache: 1, OwnerColumn: 2 + i,
		}
		create(s)
	}
	for i, name := range []string{"t_pkey", "t_f_key"} {
		x := relation(catalog.Index, name)
		x.PartOf = table.ID
		x.Columns = []catalog.Column{table.Columns[i*5]}
		x.Index = &catalog.IndexDef{
			Relation: table.ID, Keys: []catalog.IndexKey{{Column: i * 5, Type: x.Columns[0].Type}}, Unique: true, Primary: i == 0, Constraint: true,
		}
		create(x)
	}
	view := relation(catalog.View, "v")
	view.Columns, view.DependsOn = []catalog.Column{{Name: "a", Type: integer}, {Name: "b", Type: text}}, []catalog.ID{table.ID}
	view.Query = "SELECT a, b FROM public.t"
	create(view)
	m := relation(catalog.MaterializedView, "m")
	m.Columns = append(slices.Clone(view.Columns), catalog.Column{Name: "f", Type: varchar})
	m.DependsOn, m.Query = view.DependsOn, "SELECT a, b, f FROM public.t"
	create(m)
	mi := relation(catalog.Index, "mi")
	mi.PartOf = m.ID
	mi.Columns = []catalog.Column{{Name: "b", Type: text}, {Name: "lower", Type: text}, {Name: "f", Type: varchar}, {Name: "a", Type: integer}}
	mi.Index = &catalog.IndexDef{Relation: m.ID, Include: []int{0}, Where: "a > 1", Keys: []catalog.IndexKey{
		{Column: 1, Type: text, Desc: true, NullsFirst: true}, {Column: -1, Expr: "lower(b)", Type: text}, {Column: 2, Type: varchar, NullsFirst: true},
	}}
	create(mi)
	s := relation(catalog.Sequence, "s")
	s.Sequence = &catalog.SequenceDef{Type: types.OIDInt8, Start: 5, Increment: 2, Min: 1, Max: 1<<63 - 1, Cache: 1}
	create(s)
	snapshot := c.Snapshot()
	return &Env{Snapshot: snapshot, Path: snapshot.NewPath(database.ID, []string{"public"}, "postgres"), User: "postgres"}
}

// TestOracle compares with a PostgreSQL 15. All parts read the same one.
func TestOracle(t *testing.T) {
	o := startOracle(t)
	t.Run("user objects", o.testUserObjects)
	t.Run("system rows", o.testSystemRows)
	t.Run("relations are recorded", o.testRelationsAreRecorded)
	t.Run("definitions", o.testDefinitions)
	t.Run("names", o.testNames)
	t.Run("signatures", o.testSignatures)
	t.Run("psql", o.testPsql)
	t.Run("clients", o.testClients)
}

// testUserObjects compares the rows that the fixture's objects have.
func (o *oracle) testUserObjects(t *testing.T) {
	inPublic := "relnamespace = 'public'::regnamespace"
	relations := "(SELECT oid FROM pg_class WHERE " + inPublic + ")"
	for _, c := range []struct{ relation, columns, where string }{
		{"pg_catalog.pg_class", "oid, relname, relnamespace, relowner, relam, relhasindex, relisshared, relpersistence, relkind, " +
			"relnatts, relchecks, relhasrules, relhastriggers, relispopulated, relreplident, relispartition, reloptions", inPublic},
		{
			"pg_catalog.pg_attribute", "attrelid, attname, atttypid, attlen, attnum, attndims, atttypmod, attbyval, attalign, attstorage, " +
				"attcompression, attnotnull, atthasdef, atthasmissing, attidentity, attgenerated, attisdropped, attislocal, attcollation",
			"attnum > 0 AND attrelid IN " + relations,
		},
		{"pg_catalog.pg_index", "indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indisprimary, indisvalid, indkey, indcollation, " +
			"indclass, indoption", "indrelid IN " + relations},
		{"pg_catalog.pg_constraint", "conname, connamespace, contype, condeferrable, convalidated, conrelid, conindid, confrelid, conkey, " +
			"connoinherit", "conrelid IN " + relations},
		{"pg_catalog.pg_attrdef", "adrelid, adnum", "adrelid IN " + relations},
		{"pg_catalog.pg_sequence", "seqrelid, seqtypid, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle", "true"},
		{"pg_catalog.pg_sequences", "schemaname, sequencename, data_type, start_value, min_value, max_value, increment_by, last_value", "true"},
		{"pg_catalog.pg_indexes", "schemaname, tablename, indexname, indexdef", "schemaname = 'public'"},
		{"pg_catalog.pg_tables", "schemaname, tablename, tableowner, hasindexes", "schemaname = 'public'"},
		{"pg_catalog.pg_matviews", "schemaname, matviewname, matviewowner, hasindexes, ispopulated", "schemaname = 'public'"},
		{"pg_catalog.pg_rewrite", "rulename, ev_class, ev_type, ev_enabled, is_instead", "ev_class IN " + relations},
		{"pg_catalog.pg_description", "objoid, classoid, objsubid, description", "objoid IN " + relations},
		{"information_schema.columns", "table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type, " +
			"character_maximum_length, character_octet_length, numeric_precision, numeric_precision_radix, numeric_scale, " +
			"datetime_precision, interval_type, interval_precision, udt_schema, udt_name, dtd_identifier, is_identity, " +
			"identity_generation, identity_start, identity_increment, identity_maximum, identity_minimum, identity_cycle, " +
			"is_generated, generation_expression", "table_schema = 'public' AND table_name = 't'"},
		{"information_schema.tables", "table_catalog, table_schema, table_name, table_type, is_typed", "table_schema = 'public'"},
		{"information_schema.table_constraints", "constraint_catalog, constraint_schema, constraint_name, table_name, constraint_type, " +
			"is_deferrable, initially_deferred, enforced, nulls_distinct", "table_schema = 'public'"},
		{"information_schema.key_column_usage", "constraint_name, table_name, column_name, ordinal_position", "table_schema = 'public'"},
		{"information_schema.constraint_column_usage", "table_name, column_name, constraint_name", "table_schema = 'public'"},
		{"information_schema.check_constraints", "constraint_name, check_clause", "constraint_schema = 'public'"},
		{"information_schema.sequences", "sequence_name, data_type, numeric_precision, start_value, minimum_value, maximum_value, " +
			"increment, cycle_option", "true"},
		{
			"information_schema.element_types", "object_name, object_type, collection_type_identifier, data_type, udt_name, dtd_identifier",
			"object_schema = 'public' AND object_name = 't'",
		},
	} {
		want := o.ask(t, "SELECT "+c.columns+" FROM "+c.relation+" WHERE "+c.where)
		got := o.ours(t, c.relation, c.columns, o.isFixture(c.relation))
		if len(want) == 0 {
			t.Errorf("%s: PostgreSQL has no rows", c.relation)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-PostgreSQL +Freshet):\n%s", c.relation, diff)
		}
	}
}

// isFixture keeps the rows of the fixture's objects, and of what PostgreSQL has of them.
func (o *oracle) isFixture(relation string) func(row map[string]string) bool {
	public := fmt.Sprint(o.env.Snapshot.Lookup(o.env.Path.Database, catalog.Schema, "public").ID)
	return func(row map[string]string) bool {
		for _, column := range []string{"schemaname", "table_schema", "constraint_schema", "object_schema"} {
			if v, ok := row[column]; ok && v != "public" {
				return false
			}
		}
		for _, column := range []string{"attrelid", "objoid"} {
			if v, ok := row[column]; ok && len(v) < 5 {
				return false
			}
		}
		if v, ok := row["relnamespace"]; ok && v != public {
			return false
		}
		if v, ok := row["attrelid"]; ok && v < "16384" {
			return false
		}
		if v, ok := row["objoid"]; ok && v < "16384" {
			return false
		}
		// Materialized views are here in information_schema, other than in PostgreSQL.
		return row["table_type"] != "MATERIALIZED VIEW" && (relation != "information_schema.columns" || row["table_name"] == "t")
	}
}

// testSystemRows compares rows that are the same in every database: all of ours must be PostgreSQL's.
func (o *oracle) testSystemRows(t *testing.T) {
	for _, c := range []struct {
		relation, columns string
		least             int
	}{
		{"pg_catalog.pg_namespace", "oid, nspname, nspowner", 2},
		{"pg_catalog.pg_am", "oid, amname, amhandler, amtype", 2},
		{"pg_catalog.pg_type", "oid, typname, typnamespace, typowner, typlen, typbyval, typtype, typcategory, typispreferred, typisdefined, " +
			"typdelim, typsubscript, typelem, typarray, typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, " +
			"typalign, typstorage, typnotnull, typbasetype, typtypmod, typndims, typcollation, typdefault", 100},
		{"pg_catalog.pg_class", "oid, relname, relnamespace, reltype, relowner, relisshared, relpersistence, relkind, relnatts", 60},
		{"pg_catalog.pg_attribute", "attrelid, attname, atttypid, attlen, attnum, atttypmod, attbyval, attalign, attstorage, attnotnull, " +
			"attcollation", 500},
		{"pg_catalog.pg_cast", "castsource, casttarget, castfunc, castcontext, castmethod", 50},
		{"pg_catalog.pg_operator", "oid, oprname, oprnamespace, oprkind, oprleft, oprright, oprresult, oprcode", 100},
		{"pg_catalog.pg_proc", "oid, proname, pronamespace, prolang, provariadic, prokind, proisstrict, proretset, provolatile, pronargs, " +
			"prorettype, proargtypes, proallargtypes, proargmodes, proargnames", 100},
		{"pg_catalog.pg_authid", "oid, rolname, rolsuper, rolinherit, rolcanlogin, rolconnlimit", 5},
		{"pg_catalog.pg_roles", "rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolpassword, oid", 5},
		{"pg_catalog.pg_database", "datname, datdba, encoding, datlocprovider, datistemplate, datallowconn, datconnlimit", 1},
		{"pg_catalog.pg_language", "oid, lanname, lanowner, lanispl, lanpltrusted", 3},
		{"pg_catalog.pg_opclass", "opcmethod, opcname, opcnamespace, opcfamily, opcintype, opcdefault, opckeytype", 30},
	} {
		theirs := map[string]bool{}
		for _, row := range o.ask(t, "SELECT "+c.columns+" FROM "+c.relation) {
			theirs[row] = true
		}
		ours := o.ours(t, c.relation, c.columns, isFixed)
		if len(ours) < c.least {
			t.Errorf("%s has %d rows only", c.relation, len(ours))
		}
		for _, row := range ours {
			if !theirs[row] {
				t.Errorf("%s: PostgreSQL does not have %s", c.relation, row)
			}
		}
	}
}

// isFixed keeps rows of objects whose OIDs are PostgreSQL's own: below 10000 they are in its source.
func isFixed(row map[string]string) bool {
	if row["nspname"] == "public" {
		return false
	}
	for _, column := range []string{"oid", "attrelid"} {
		if _, ok := row["castsource"]; ok || row["datname"] != "" || row["opcname"] != "" {
			continue
		}
		if v, ok := row[column]; ok && (len(v) > 4 || v >= "8500") && len(v) >= 4 {
			return false
		}
	}
	return true
}

// testRelationsAreRecorded compares the recorded relations with a PostgreSQL.
func (o *oracle) testRelationsAreRecorded(t *testing.T) {
	want := o.ask(t, `SELECT nspname, relname, relkind, attname, t.typname, format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END,
		CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE atttypmod END), attnotnull
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid JOIN pg_type t ON t.oid = atttypid
		WHERE nspname IN ('pg_catalog', 'information_schema') AND relkind IN ('r', 'v') AND attnum > 0`)
	var got []string
	names := Lookups{o.env}
	for i := range recorded {
		r := &recorded[i]
		for _, c := range r.columns {
			_, declared := o.env.udt(c.declared)
			base := types.FormatType(types.Type{OID: c.base, Mod: c.mod})
			if _, ok := types.Lookup(c.base); !ok {
				base, _ = names.TypeName(types.Of(c.base))
			}
			got = append(got, strings.Join([]string{
				r.schema, r.name, string(r.kind), c.name, declared, base, map[bool]string{true: "t", false: "f"}[c.notNull],
			}, "|"))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-PostgreSQL +recorded):\n%s", diff)
	}
}

// testDefinitions compares what functions say about the fixture's objects.
func (o *oracle) testDefinitions(t *testing.T) {
	l := Lookups{o.env}
	for _, sql := range []string{
		"SELECT c.relname, pg_get_indexdef(c.oid), pg_get_indexdef(c.oid, 1, true), pg_get_indexdef(c.oid, 2, true) FROM pg_class c WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace",
	} {
		for _, row := range o.ask(t, sql) {
			name, rest, _ := strings.Cut(row, "|")
			oid, err := l.LookupRelation(name)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, column := range []int{0, 1, 2} {
				sql, _ := l.Definition(indexKind, oid, column, column > 0)
				got = append(got, sql)
			}
			if g := strings.Join(got, "|"); g != rest {
				t.Errorf("%s: %s, want %s", name, g, rest)
			}
		}
	}
	for _, row := range o.ask(t, "SELECT conname, contype, pg_get_constraintdef(oid), pg_get_constraintdef(oid, true) FROM pg_constraint WHERE connamespace = 'public'::regnamespace") {
		f := strings.Split(row, "|")
		table, _ := o.env.Snapshot.Relation(o.env.Path, []string{"t"})
		for i := range table.Constraints {
			if c := &table.Constraints[i]; c.Name == f[0] {
				plain, _ := l.Definition(constraintKind, types.OID(c.OID()), 0, false)
				pretty, _ := l.Definition(constraintKind, types.OID(c.OID()), 0, true)
				if plain != f[2] || pretty != f[3] {
					t.Errorf("%s: %s, %s, want %s, %s", f[0], plain, pretty, f[2], f[3])
				}
			}
		}
	}
}

// testNames compares the texts of reg types and their errors.
func (o *oracle) testNames(t *testing.T) {
	l := Lookups{o.env}
	settings := *types.DefaultSettings
	settings.Names = l
	for reg, texts := range map[types.OID][]string{
		types.OIDRegclass:     {"t", "public.t", `"t"`, "T", "pg_class", "pg_catalog.pg_class", "nosuch", "public.nosuch", "nosuch.t", "information_schema.columns", "mi", `"no`, "a..b", "-", "1259"},
		types.OIDRegtype:      {"t", "t[]", "public.t", "int4", "pg_class", "_pg_class", "pg_class[]", "_t", "_nosuch", "nosuch", "anyelement", "xid"},
		types.OIDRegnamespace: {"public", "pg_catalog", "nosuch", "information_schema"},
		types.OIDRegrole:      {"postgres", "pg_monitor", "nosuch"},
		types.OIDRegproc:      {"now", "boolin", "abs", "nosuch", "array_in"},
	} {
		info, _ := types.Lookup(reg)
		for _, text := range texts {
			result := o.conn.ExecParams(context.Background(), "SELECT '"+text+"'::"+info.Name, nil, nil, nil, nil).Read()
			v, err := types.Parse(types.Of(reg), text, &settings)
			var failed *pgconn.PgError
			switch {
			case errors.As(result.Err, &failed):
				if err == nil || err.Error() != failed.Message+" (SQLSTATE "+failed.Code+")" {
					t.Errorf("%s %q: %v, want %s %s", info.Name, text, err, failed.Code, failed.Message)
				}
			case err != nil:
				t.Errorf("%s %q: %v, want %s", info.Name, text, err, result.Rows[0][0])
			default:
				if got := types.Text(types.Of(reg), v, &settings); got != string(result.Rows[0][0]) {
					t.Errorf("%s %q: %s, want %s", info.Name, text, got, result.Rows[0][0])
				}
			}
		}
	}
}

// testSignatures compares the parameters and results of all functions that pg_proc lists.
func (o *oracle) testSignatures(t *testing.T) {
	l := Lookups{o.env}
	seen := 0
	for _, row := range o.ask(t, "SELECT oid::int8, pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid), pg_get_function_result(oid) FROM pg_proc") {
		f := strings.Split(row, "|")
		var oid types.OID
		if _, err := fmt.Sscan(f[0], &oid); err != nil {
			t.Fatal(err)
		}
		if !o.env.procs()[oid] {
			continue
		}
		seen++
		arguments, ok := l.FunctionArguments(oid, true)
		identity, _ := l.FunctionArguments(oid, false)
		result, _ := l.FunctionResult(oid)
		if !ok || arguments != f[1] || identity != f[2] || result != f[3] {
			t.Errorf("%d: (%s), (%s), %s, want %s", oid, arguments, identity, result, row)
		}
	}
	if seen < 200 {
		t.Errorf("%d functions only", seen)
	}
}
