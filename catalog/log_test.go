package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// store is what keeps a log: entries by their place.
type store struct {
	entries map[uint64]Entry
	next    ID
}

func (l *store) apply(e Edit) {
	for _, place := range e.Forget {
		delete(l.entries, place)
	}
	for _, entry := range e.Put {
		l.entries[entry.Place] = entry
	}
	l.next = e.NextID
}

// session is a little DDL, as the server has it: the text of a definition says what to make.
type session struct{ change *Change }

// table makes "TABLE name columns": a table with serial columns and a primary key, its rows' table and two operators' tables.
func (s session) run(database ID, sql string) error {
	f := strings.Fields(sql)
	c := s.change
	switch f[1] {
	case "DATABASE":
		_, err := c.CreateDatabase(f[2], "me")
		return err
	case "SCHEMA":
		_, err := c.CreateSchema(database, f[2], "me")
		return err
	case "TABLE":
		return s.table(database, f[2], len(f)-3, sql)
	default:
		o := s.object(database, View, f[2], sql)
		for _, on := range f[3:] {
			o.DependsOn = append(o.DependsOn, c.View().Lookup(o.Schema, Table, on).ID)
		}
		return c.Create(o)
	}
}

func (s session) object(database ID, kind Kind, n, sql string) *Object {
	schema := s.change.View().Lookup(database, Schema, "public")
	return &Object{Kind: kind, Name: n, Database: database, Schema: schema.ID, Definition: sql}
}

func (s session) table(database ID, n string, serials int, sql string) error {
	c := s.change
	o := s.object(database, Table, n, sql)
	var ids []ID
	for range 4 + serials + 2 {
		id, err := c.Allot()
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	o.ID, o.Table, o.Tables = ids[0], uint32(ids[1]), []uint32{uint32(ids[2]), uint32(ids[3])}
	parts := ids[4:]
	for i := range serials {
		o.Columns = append(o.Columns, Column{Name: fmt.Sprint("c", i), Sequence: parts[i]})
	}
	o.Constraints = []Constraint{
		{ID: parts[serials], Kind: Check, Name: "c"}, {Kind: PrimaryKey, Name: n + "_pkey", Index: parts[serials+1]},
	}
	if err := c.Create(o); err != nil {
		return err
	}
	for i := range serials + 1 {
		kind, name, id := Sequence, fmt.Sprint(n, "_", i, "_seq"), parts[i]
		if i == serials {
			kind, name, id = Index, n+"_pkey", parts[serials+1]
		}
		part := s.object(database, kind, name, "")
		part.ID, part.PartOf = id, o.ID
		if err := c.Create(part); err != nil {
			return err
		}
	}
	return nil
}

func initial(t interface{ Fatal(...any) }) (*Snapshot, *store) {
	c := NewSystem(nil).Begin()
	if err := c.Initialize("me"); err != nil {
		t.Fatal(err)
	}
	l := &store{entries: map[uint64]Entry{}}
	l.apply(c.Edit())
	return c.Snapshot(), l
}

// rebuild makes a catalog of a log.
func (l *store) rebuild() (*Snapshot, error) {
	c := NewSystem(nil).Begin()
	places := make([]uint64, 0, len(l.entries))
	for place := range l.entries {
		places = append(places, place)
	}
	slices.Sort(places)
	for _, place := range places {
		e := l.entries[place]
		e, err := ReadEntry(e.Place, e.Numbers(), e.SQL)
		if err != nil {
			return nil, err
		}
		if err := c.Replay(e, func() error { return session{c}.run(e.Database, e.SQL) }); err != nil {
			return nil, err
		}
	}
	c.Reserve(l.next)
	return c.Snapshot(), nil
}

// TestLogRebuilds makes random changes, and checks after each that the log gives the same catalog: the same objects with the same ids.
func TestLogRebuilds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, l := initial(rt)
		database := s.Lookup(0, Database, "freshet").ID
		for step := range rapid.IntRange(1, 15).Draw(rt, "steps") {
			c := s.Begin()
			if err := randomChange(rt, c, database, step); err != nil {
				rt.Fatal(err)
			}
			l.apply(c.Edit())
			s = c.Snapshot()
			again, err := l.rebuild()
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(s.UserObjects(), again.UserObjects()); diff != "" {
				rt.Fatalf("(-before +rebuilt):\n%s", diff)
			}
			if s.NextID() != again.NextID() {
				rt.Fatalf("next id %d, and %d after a restart", s.NextID(), again.NextID())
			}
			if diff := cmp.Diff(s.Entries(), again.Entries()); diff != "" {
				rt.Fatalf("(-before +rebuilt):\n%s", diff)
			}
		}
	})
}

func randomChange(t *rapid.T, c *Change, database ID, step int) error {
	schema := c.View().Lookup(database, Schema, "public")
	var tables []*Object
	for _, o := range c.View().In(schema.ID) {
		if o.Kind == Table || o.Kind == View {
			tables = append(tables, o)
		}
	}
	n := fmt.Sprint("x", step)
	action := rapid.SampledFrom([]string{"table", "view", "drop", "move", "database"}).Draw(t, "action")
	switch {
	case action == "database":
		_, err := c.CreateDatabase(n, "me")
		return err
	case action == "table" || len(tables) == 0:
		return session{c}.run(database, "CREATE TABLE "+n+strings.Repeat(" serial", rapid.IntRange(0, 2).Draw(t, "serials")))
	case action == "view":
		sql := "CREATE VIEW " + n
		for _, on := range tables {
			if rapid.Bool().Draw(t, "depends") {
				sql += " " + on.Name
			}
		}
		return session{c}.run(database, sql)
	case action == "drop":
		_, err := c.Drop(Path{Database: database}, []ID{rapid.SampledFrom(tables).Draw(t, "which").ID}, true)
		return err
	default:
		return c.Move(rapid.SampledFrom(tables).Draw(t, "which").ID)
	}
}

// TestReplayRefusesOtherIDs checks that a definition which comes out of the log with more or fewer parts is an error.
func TestReplayRefusesOtherIDs(t *testing.T) {
	s, l := initial(t)
	database := s.Lookup(0, Database, "freshet").ID
	c := s.Begin()
	if err := (session{c}).run(database, "CREATE TABLE t serial"); err != nil {
		t.Fatal(err)
	}
	l.apply(c.Edit())
	entry := c.Edit().Put[0]
	for sql, how := range map[string]string{"CREATE TABLE t": "fewer tables", "CREATE TABLE t serial serial": "more tables"} {
		entry.SQL = sql
		again := s.Begin()
		err := again.Replay(entry, func() error { return session{again}.run(database, sql) })
		if err == nil || !strings.Contains(err.Error(), how) {
			t.Errorf("%s with the ids of another definition: %v", sql, err)
		}
	}
}

// TestRenew gives an entry other ids while it is replayed: some stay, some are new, and the log is to have it so.
func TestRenew(t *testing.T) {
	s, l := initial(t)
	database := s.Lookup(0, Database, "freshet").ID
	c := s.Begin()
	if err := (session{c}).run(database, "CREATE TABLE t serial"); err != nil {
		t.Fatal(err)
	}
	entry := c.Edit().Put[0]
	l.apply(c.Edit())
	again := s.Begin()
	again.Reserve(l.next)
	err := again.Replay(entry, func() error {
		left := again.Left()
		if !slices.Equal(left, entry.IDs) {
			t.Errorf("%d are left of %d", left, entry.IDs)
		}
		for range 3 { // it is planned, and that does not fit
			if _, err := again.Allot(); err != nil {
				return err
			}
		}
		ids := []ID{left[0], left[1], 0, 0, left[5], 0, 0, left[6]}
		if err := again.Renew(left, ids); err != nil {
			return err
		}
		return session{again}.run(database, "CREATE TABLE t serial serial")
	})
	if err != nil {
		t.Fatal(err)
	}
	old, next := entry.IDs, l.next
	want := entry
	want.IDs = []ID{old[0], old[1], next, next + 1, old[5], next + 2, next + 3, old[6]}
	if diff := cmp.Diff([]Renewal{{Entry: want, Gone: []ID{old[2], old[3], old[4]}}}, again.Renewed()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again.View().NextID() != next+4 {
		t.Errorf("the next id is %d", again.View().NextID())
	}
}

// TestAlteringRewritesTheEntry checks that an altered object keeps its place, and that a new part is in its entry.
func TestAlteringRewritesTheEntry(t *testing.T) {
	s, _ := initial(t)
	database := s.Lookup(0, Database, "freshet").ID
	c := s.Begin()
	if err := (session{c}).run(database, "CREATE TABLE t"); err != nil {
		t.Fatal(err)
	}
	place := c.Edit().Put[0].Place
	s = c.Snapshot()
	c = s.Begin()
	table := *s.Lookup(s.Lookup(database, Schema, "public").ID, Table, "t")
	table.Name, table.Definition = "u", "CREATE TABLE u"
	table.Amendments = []string{"COMMENT ON TABLE u IS 'x'"}
	if err := c.Replace(&table); err != nil {
		t.Fatal(err)
	}
	edit := c.Edit()
	want := Edit{
		Put:    []Entry{{Place: place, Database: database, IDs: s.IDs(&table), SQL: "CREATE TABLE u; COMMENT ON TABLE u IS 'x'"}},
		NextID: s.NextID(),
	}
	if diff := cmp.Diff(want, edit); diff != "" {
		t.Error(diff)
	}
}
