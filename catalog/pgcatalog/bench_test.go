package pgcatalog

import (
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// manyTables is a catalog with a number of tables of ten columns.
func manyTables(b *testing.B, n int) *Env {
	b.Helper()
	c := Base().Begin()
	if err := c.Initialize("freshet"); err != nil {
		b.Fatal(err)
	}
	s := c.View()
	database := s.Lookup(0, catalog.Database, "freshet")
	schema := s.Lookup(database.ID, catalog.Schema, "public")
	for i := range n {
		o := &catalog.Object{Kind: catalog.Table, Name: fmt.Sprint("t", i), Database: database.ID, Schema: schema.ID}
		for k := range 10 {
			o.Columns = append(o.Columns, catalog.Column{Name: fmt.Sprint("c", k), Type: types.Of(types.OIDInt4)})
		}
		if err := c.Create(o); err != nil {
			b.Fatal(err)
		}
	}
	s = c.Snapshot()
	return &Env{Snapshot: s, Path: s.NewPath(database.ID, []string{"public"}, "me")}
}

func BenchmarkScan(b *testing.B) {
	env := manyTables(b, 1000)
	last, err := env.Snapshot.Relation(env.Path, []string{"t999"})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		hint Hint
	}{
		{"pg_attribute", Hint{}},
		{"pg_attribute", Hint{"attrelid", types.IntValue(int64(last.ID))}},
		{"pg_class", Hint{}},
		{"pg_class", Hint{"oid", types.IntValue(int64(last.ID))}},
		{"pg_class", Hint{"relname", types.TextValue("t999")}},
		{"pg_type", Hint{}},
		{"pg_proc", Hint{}},
	} {
		b.Run(c.name+"/"+c.hint.Column, func(b *testing.B) {
			b.ReportAllocs()
			id := named("pg_catalog", c.name).oid
			for b.Loop() {
				if _, err := Scan(env, id, c.hint, func(*batch.Batch) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkChange(b *testing.B) {
	env := manyTables(b, 10000)
	for b.Loop() {
		c := env.Snapshot.Begin()
		if _, err := c.Drop(env.Path, []catalog.ID{catalog.FirstID + 10}, false); err != nil {
			b.Fatal(err)
		}
		c.Edit()
	}
}
