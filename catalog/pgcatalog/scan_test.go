package pgcatalog

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// testEnv is the catalog of the fixture, with ids in the order in which they are asked for, and some figures.
func testEnv(t *testing.T) *Env {
	t.Helper()
	ids := map[string]catalog.ID{}
	env := fixtureEnv(t, func(name string) catalog.ID {
		if ids[name] == 0 {
			ids[name] = catalog.FirstID + catalog.ID(len(ids))
		}
		return ids[name]
	})
	addStreams(t, env)
	m := ids["m"]
	env.Stats = Stats{
		Epochs:  func() []Epoch { return []Epoch{{Epoch: 7, Time: 1, RowsIn: 2}} },
		Views:   func() []ViewStats { return []ViewStats{{View: m, Rows: -1, Watermark: 60_000_000}} },
		Jobs:    func() []Job { return []Job{{ID: 1, Relation: m, Kind: "backfill", State: "running", Progress: 0.5}} },
		Sources: func() []SourceStats { return []SourceStats{{Source: m, Rows: 1}} },
		SourcePartitions: func() []PartitionStats {
			return []PartitionStats{{Source: m, Partition: "0", Offset: "12", Lag: -1}}
		},
		Sinks:     func() []SinkStats { return []SinkStats{{Sink: 1}} },
		Operators: func() []OperatorStats { return []OperatorStats{{Relation: m, Operator: 1, Kind: "Filter"}} },
		Windows:   func() []OpenWindow { return []OpenWindow{{Relation: m, Start: 1, End: 2, Rows: 3}} },
		RowErrors: func(yield func(RowError) bool) error {
			yield(RowError{Relation: m, Kind: "eval", Message: "division by zero", Count: 1})
			return nil
		},
		Subscriptions: func() []Subscription { return []Subscription{{PID: 1, Relation: m}} },
		Sessions:      func() []SessionInfo { return []SessionInfo{{PID: 1, Database: env.Path.Database, User: "postgres"}} },
		Locks: func() []LockInfo {
			return []LockInfo{{Database: env.Path.Database, Object: 1, Sub: 1, PID: 1, Mode: "ShareLock", WaitStart: 1}}
		},
		Settings:      func() []Setting { return []Setting{{Name: "TimeZone", Value: "UTC", Enum: []string{"UTC"}}} },
		Prepared:      func() []Prepared { return []Prepared{{Name: "p", Parameters: []types.OID{types.OIDInt4}}} },
		Cursors:       func() []Cursor { return []Cursor{{Name: "c"}} },
		TableBytes:    func(uint32) int64 { return 100 },
		SequenceValue: func(catalog.ID) (int64, bool) { return 5, true },
	}
	return env
}

// addStreams adds a source, a sink and an enum.
func addStreams(t *testing.T, env *Env) {
	t.Helper()
	c := env.Snapshot.Begin()
	schema := env.Snapshot.Lookup(env.Path.Database, catalog.Schema, "public").ID
	source := &catalog.Object{
		Kind: catalog.Source, Name: "bids", Database: env.Path.Database, Schema: schema,
		Columns:   []catalog.Column{{Name: "ts", Type: types.Of(types.OIDTimestamptz)}, {Name: "_p", Type: types.Of(types.OIDText), Hidden: true}},
		Options:   []catalog.Option{{Name: "connector", Value: "kafka"}, {Name: "topic", Value: "bids"}, {Name: "properties.sasl.password", Value: "x"}},
		Watermark: &catalog.Watermark{Column: 0, Expr: "ts"},
	}
	sink := &catalog.Object{
		Kind: catalog.Sink, Name: "out", Database: env.Path.Database, Schema: schema,
		Options: []catalog.Option{{Name: "connector", Value: "blackhole"}},
	}
	enum := &catalog.Object{
		Kind: catalog.TypeObject, Name: "mood", Database: env.Path.Database, Schema: schema, Labels: []types.EnumLabel{{Order: 1, Label: "sad"}},
	}
	for _, o := range []*catalog.Object{source, sink, enum} {
		if err := c.Create(o); err != nil {
			t.Fatal(err)
		}
	}
	env.Snapshot = c.Snapshot()
}

// TestSourceIsForeignTable checks that psql finds the one row that it wants of a foreign table, and that no secret is in it.
func TestSourceIsForeignTable(t *testing.T) {
	env := testEnv(t)
	got := read(t, env, "pg_catalog.pg_foreign_table", "ftrelid, ftserver, ftoptions", nil)
	bids, err := env.Snapshot.Relation(env.Path, []string{"bids"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{strconv.Itoa(int(bids.ID)) + "|9500|{topic=bids,properties.sasl.password=********}"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"9500|kafka"}, read(t, env, "pg_catalog.pg_foreign_server", "oid, srvname", nil)); diff != "" {
		t.Error(diff)
	}
	is := func(row map[string]string) bool { return row["attrelid"] == strconv.Itoa(int(bids.ID)) }
	if diff := cmp.Diff([]string{"ts|1"}, read(t, env, "pg_catalog.pg_attribute", "attname, attnum", is)); diff != "" {
		t.Error(diff)
	}
}

// TestScanAll reads every relation: each is filled or meant to be empty, and its batches have its columns.
func TestScanAll(t *testing.T) {
	env := testEnv(t)
	for _, r := range all() {
		name := r.schema + "." + r.name
		filled := fills()[name] != nil
		if filled == isEmpty(r) {
			t.Errorf("%s: filled %t, and meant to be empty %t", name, filled, !filled)
		}
		object := env.Snapshot.Object(r.oid)
		rows := 0
		ok, err := Scan(env, r.oid, Hint{}, func(b *batch.Batch) error {
			rows += b.Len()
			for i, want := range object.Types() {
				if got := b.Cols[i].Type(); got != want || b.Cols[i].Len() != b.Len() {
					t.Errorf("%s.%s has type %v and %d values, want %v and %d", name, object.Columns[i].Name, got, b.Cols[i].Len(), want, b.Len())
				}
				for row := range b.Len() {
					if object.Columns[i].NotNull && b.Cols[i].IsNull(row) {
						t.Fatalf("%s.%s is null in %s", name, object.Columns[i].Name, b)
					}
				}
			}
			return nil
		})
		if !ok || err != nil {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
		if filled && rows == 0 && !mayBeEmpty[name] {
			t.Errorf("%s has no rows", name)
		}
	}
	if ok, err := Scan(env, catalog.FirstID, Hint{}, nil); ok || err != nil {
		t.Errorf("scanned what is no system relation: %v", err)
	}
}

// mayBeEmpty are relations of which the fixture has nothing.
var mayBeEmpty = map[string]bool{
	"pg_catalog.pg_range": true, "pg_catalog.pg_shdescription": true,
}

// TestNoUnknownNames checks the two lists against the relations that there are.
func TestNoUnknownNames(t *testing.T) {
	for name := range fills() {
		schema, relation, _ := cutName(name)
		if named(schema, relation) == nil {
			t.Errorf("%s is filled, and is no relation", name)
		}
	}
}

func cutName(name string) (schema, relation string, ok bool) {
	for i := range name {
		if name[i] == '.' {
			return name[:i], name[i+1:], true
		}
	}
	return "", "", false
}

// TestHints checks that a scan with a hint gives the rows of one without that fulfil it.
func TestHints(t *testing.T) {
	env := testEnv(t)
	table, err := env.Snapshot.Relation(env.Path, []string{"t"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		relation, column string
		value            types.Value
		rows             int
	}{
		{"pg_class", "oid", types.IntValue(int64(table.ID)), 1},
		{"pg_class", "oid", types.IntValue(1259), 1},
		{"pg_class", "oid", types.IntValue(1), 0},
		{"pg_class", "relname", types.TextValue("t"), 1},
		{"pg_class", "relkind", types.TextValue("m"), 1},
		{"pg_attribute", "attrelid", types.IntValue(int64(table.ID)), 9},
		{"pg_attribute", "attname", types.TextValue("I"), 1},
		{"pg_type", "oid", types.IntValue(23), 1},
		{"pg_type", "oid", types.IntValue(int64(table.ID.RowType())), 1},
		{"pg_type", "oid", types.IntValue(int64(table.ID.RowArrayType())), 1},
		{"pg_type", "typrelid", types.IntValue(int64(table.ID)), 1},
		{"pg_type", "typname", types.TextValue("t"), 1},
		{"pg_type", "oid", types.IntValue(83), 1},
		{"pg_index", "indrelid", types.IntValue(int64(table.ID)), 2},
		{"pg_constraint", "conrelid", types.IntValue(int64(table.ID)), 3},
		{"pg_attrdef", "adrelid", types.IntValue(int64(table.ID)), 3},
		{"pg_namespace", "nspname", types.TextValue("public"), 1},
	} {
		r := named("pg_catalog", c.relation)
		hinted := scanned(t, env, r, Hint{c.column, c.value})
		var want []string
		for _, row := range scanned(t, env, r, Hint{}) {
			place := r.place(c.column)
			codec, _ := types.CodecOf(r.columns[place].typ().OID)
			if v := row.values[place]; !v.Null && codec.Compare(v, c.value) == 0 {
				want = append(want, row.text)
			}
		}
		var got []string
		for _, row := range hinted {
			got = append(got, row.text)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != c.rows {
			t.Errorf("%s with %s: %d rows, want %d (-all +hinted):\n%s", c.relation, c.column, len(got), c.rows, diff)
		}
	}
}

type scannedRow struct {
	text   string
	values []types.Value
}

func scanned(t *testing.T, env *Env, r *relation, hint Hint) []scannedRow {
	t.Helper()
	var rows []scannedRow
	_, err := Scan(env, r.oid, hint, func(b *batch.Batch) error {
		for i := range b.Len() {
			one := batch.New(env.Snapshot.Object(r.oid).Types()...)
			one.AppendRow(b, i, 1)
			row := scannedRow{text: one.String()}
			for c := range one.Cols {
				row.values = append(row.values, one.Cols[c].Value(0))
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	return rows
}

// TestScanStops checks that a reader's error ends a scan and comes back.
func TestScanStops(t *testing.T) {
	env := testEnv(t)
	enough := errors.New("enough")
	batches := 0
	_, err := Scan(env, 1249, Hint{}, func(*batch.Batch) error { batches++; return enough })
	if !errors.Is(err, enough) || batches != 1 {
		t.Errorf("%v after %d batches", err, batches)
	}
}

// TestRowsHaveAllColumns checks that a fill with a value too few is found.
func TestRowsHaveAllColumns(t *testing.T) {
	if invariants.Enabled {
		t.Skip("it would panic")
	}
	w := newRows(named("pg_catalog", "pg_am"), 0, Hint{}, func(*batch.Batch) error { return nil })
	w.add(integer(1))
	if err := w.finish(); err == nil {
		t.Error("a row with one value was taken")
	}
	w = newRows(named("pg_catalog", "pg_am"), 0, Hint{}, func(*batch.Batch) error { return nil })
	w.sparse(cell{"nosuch", integer(1)})
	if err := w.finish(); err == nil {
		t.Error("a column that does not exist was taken")
	}
}

// TestIdsDoNotMeet checks that no two system objects have an id in common, nor types.
func TestIdsDoNotMeet(t *testing.T) {
	seen := map[string]string{}
	add := func(space string, id uint32, name string) {
		key := space + strconv.FormatUint(uint64(id), 10)
		if other, ok := seen[key]; ok && id != 0 {
			t.Errorf("%s and %s have the id %d", other, name, id)
		}
		seen[key] = name
	}
	for _, r := range all() {
		if r.oid >= catalog.FirstID {
			t.Errorf("%s has an id of users' objects", r.name)
		}
		add("relation", uint32(r.oid), r.name)
		add("type", uint32(r.rowType), r.name)
		add("type", uint32(r.rowArray), "_"+r.name)
	}
	for oid := range typeFacts() {
		add("type", uint32(oid), "type")
	}
}
