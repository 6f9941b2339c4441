package catalog

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// base is a catalog with database freshet and schemas pg_catalog and public.
func base(t *testing.T) (*Snapshot, Path) {
	t.Helper()
	c := NewSystem([]*Object{
		{ID: 11, Kind: Schema, Name: "pg_catalog", System: true},
		{ID: 1259, Kind: Table, Name: "pg_class", Schema: 11, System: true},
	}).Begin()
	d := &Object{Kind: Database, Name: "freshet", Definition: "CREATE DATABASE freshet"}
	create(t, c, d)
	create(t, c, &Object{Kind: Schema, Name: "public", Database: d.ID, Definition: "CREATE SCHEMA public"})
	s := c.Snapshot()
	return s, s.NewPath(d.ID, []string{"$user", "public"}, "me")
}

func create(t *testing.T, c *Change, o *Object) *Object {
	t.Helper()
	if err := c.Create(o); err != nil {
		t.Fatal(err)
	}
	return o
}

// in puts an object into the schema that new ones go to.
func in(t *testing.T, s *Snapshot, p Path, kind Kind, n string, dependsOn ...ID) *Object {
	t.Helper()
	schema, err := s.Target(p)
	if err != nil {
		t.Fatal(err)
	}
	return &Object{Kind: kind, Name: n, Database: p.Database, Schema: schema.ID, DependsOn: dependsOn}
}

func wantError(t *testing.T, err error, code pgerr.Code, message, detail string) {
	t.Helper()
	var e *pgerr.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != message || e.Detail != detail {
		t.Errorf("%v, want %s %s (%s)", err, code, message, detail)
	}
}

func TestResolve(t *testing.T) {
	s, p := base(t)
	c := s.Begin()
	create(t, c, in(t, s, p, Table, "t"))
	s = c.Snapshot()
	for _, parts := range [][]string{{"t"}, {"public", "t"}, {"freshet", "public", "t"}} {
		if o, err := s.Relation(p, parts); err != nil || o.Name != "t" {
			t.Errorf("%v: %v, %v", parts, o, err)
		}
	}
	_, err := s.Relation(p, []string{"public", "u"})
	wantError(t, err, pgerr.UndefinedTable, `relation "public.u" does not exist`, "")
	_, err = s.Relation(p, []string{"nosuch", "t"})
	wantError(t, err, pgerr.UndefinedTable, `relation "nosuch.t" does not exist`, "")
	_, err = s.Relation(p, []string{"nosuch", "public", "t"})
	wantError(t, err, pgerr.InvalidCatalogName, `database "nosuch" does not exist`, "")
	_, err = s.Target(s.NewPath(p.Database, []string{"gone"}, "me"))
	wantError(t, err, pgerr.InvalidSchemaName, "no schema has been selected to create in", "")
}

func TestSystemSchemaComesFirst(t *testing.T) {
	s, p := base(t)
	if first := s.Object(p.Schemas[0]).Name; first != "pg_catalog" {
		t.Errorf("%s comes first", first)
	}
	last := s.NewPath(p.Database, []string{"public", "pg_catalog"}, "me")
	if first := s.Object(last.Schemas[0]).Name; first != "public" {
		t.Errorf("%s comes first, though pg_catalog is named after public", first)
	}
}

func TestRelationsShareNames(t *testing.T) {
	s, p := base(t)
	c := s.Begin()
	create(t, c, in(t, s, p, Table, "x"))
	wantError(t, c.Create(in(t, s, p, View, "x")), pgerr.DuplicateTable, `relation "x" already exists`, "")
	wantError(t, c.Create(in(t, s, p, Index, "x")), pgerr.DuplicateTable, `relation "x" already exists`, "")
	create(t, c, in(t, s, p, Function, "x"))
}

func TestDrop(t *testing.T) {
	s, p := base(t)
	c := s.Begin()
	table := create(t, c, in(t, s, p, Table, "t"))
	view := create(t, c, in(t, s, p, MaterializedView, "v", table.ID))
	create(t, c, in(t, s, p, View, "w", view.ID, table.ID))
	s = c.Snapshot()
	_, err := s.Begin().Drop(p, []ID{table.ID}, false)
	wantError(t, err, pgerr.DependentObjectsStillExist, "cannot drop table t because other objects depend on it",
		"materialized view v depends on table t\nview w depends on table t")
	cascade := s.Begin()
	notices, err := cascade.Drop(p, []ID{table.ID}, true)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Notice{{"drop cascades to 2 other objects", "drop cascades to materialized view v\ndrop cascades to view w"}}; !slices.Equal(notices, want) {
		t.Errorf("notices %q", notices)
	}
	var dropped []string
	for _, o := range cascade.Dropped() {
		dropped = append(dropped, o.Name)
	}
	if want := []string{"w", "v", "t"}; !slices.Equal(dropped, want) {
		t.Errorf("dropped %v, want %v", dropped, want)
	}
	if _, err := s.Begin().Drop(p, []ID{table.ID, view.ID}, false); err == nil {
		t.Error("dropped what a view depends on")
	}
	if o, err := s.Relation(p, []string{"w"}); err != nil || o == nil {
		t.Error("a change has touched the snapshot that it began from")
	}
}

func TestSwapAndRename(t *testing.T) {
	s, p := base(t)
	c := s.Begin()
	a := create(t, c, in(t, s, p, MaterializedView, "a"))
	b := create(t, c, in(t, s, p, MaterializedView, "b"))
	w := create(t, c, in(t, s, p, View, "w", a.ID))
	if err := c.Swap(p, a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	renamed := *c.View().Object(b.ID)
	renamed.Name = "c"
	if err := c.Replace(&renamed); err != nil {
		t.Fatal(err)
	}
	s = c.Snapshot()
	if o, _ := s.Relation(p, []string{"b"}); o == nil || o.ID != a.ID {
		t.Errorf("b is %v", o)
	}
	if o, _ := s.Relation(p, []string{"c"}); o == nil || o.ID != b.ID {
		t.Errorf("c is %v", o)
	}
	if d := s.Dependents(a.ID); !slices.Equal(d, []ID{w.ID}) {
		t.Errorf("%v depend on it", d)
	}
}

// TestDependentsAreInverse checks after random changes that names and dependents say the same as the objects.
func TestDependentsAreInverse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, p := base(t)
		for step := range rapid.IntRange(1, 30).Draw(rt, "steps") {
			c := s.Begin()
			relations := slices.DeleteFunc(s.UserObjects(), func(o *Object) bool { return !o.Kind.IsRelation() })
			if len(relations) > 0 && rapid.IntRange(0, 2).Draw(rt, "drop") == 0 {
				_, _ = c.Drop(p, []ID{rapid.SampledFrom(relations).Draw(rt, "which").ID}, true)
			} else {
				o := in(t, s, p, View, fmt.Sprint("v", step))
				for _, on := range relations {
					if rapid.Bool().Draw(rt, "depends") {
						o.DependsOn = append(o.DependsOn, on.ID)
					}
				}
				create(t, c, o)
			}
			s = c.Snapshot()
			checkInverse(rt, s)
		}
	})
}

func checkInverse(t *rapid.T, s *Snapshot) {
	edges := 0
	for _, o := range s.UserObjects() {
		if s.Lookup(o.key().in, o.Kind, o.Name) != o {
			t.Fatalf("%s is not found by its name", o.Name)
		}
		for _, on := range o.DependsOn {
			edges++
			if !slices.Contains(s.Dependents(on), o.ID) {
				t.Fatalf("%d is no dependent of %d", o.ID, on)
			}
		}
	}
	for _, d := range s.dependents.All() {
		edges -= len(d)
	}
	if edges != 0 || s.names.Len() != s.objects.Len() {
		t.Fatalf("%d edges too few, %d names for %d objects", edges, s.names.Len(), s.objects.Len())
	}
}

func TestSequenceOfColumnStays(t *testing.T) {
	s, p := droppableSnapshot(t)
	table, sequence := s.Object(20000), s.Object(19998)
	_, err := s.Begin().Drop(p, []ID{sequence.ID}, true)
	wantError(t, err, pgerr.FeatureNotSupported, "dropping the default value for column b of table t is not supported", "")
	c := s.Begin()
	if _, err := c.Drop(p, []ID{table.ID}, true); err != nil || c.View().Object(sequence.ID) != nil {
		t.Errorf("%v, and the sequence of a dropped table is %v", err, c.View().Object(sequence.ID))
	}
}
