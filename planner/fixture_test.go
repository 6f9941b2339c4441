package planner_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// fixture is a catalog made of CREATE statements, with what the runtime would say of its relations.
type fixture struct {
	snapshot  *catalog.Snapshot
	database  catalog.ID
	relations map[catalog.ID]*flow.Relation
	tables    flow.TableID
}

func newFixture(tb testing.TB, ddl string) *fixture {
	tb.Helper()
	f := &fixture{snapshot: catalog.NewSnapshot(), relations: map[catalog.ID]*flow.Relation{}}
	c := f.snapshot.Begin()
	d := &catalog.Object{Kind: catalog.Database, Name: "freshet"}
	must(tb, c.Create(d))
	f.database = d.ID
	for _, name := range []string{"pg_catalog", "public"} {
		must(tb, c.Create(&catalog.Object{Kind: catalog.Schema, Name: name, Database: d.ID}))
	}
	f.snapshot = c.Snapshot()
	f.run(tb, ddl)
	return f
}

func (f *fixture) run(tb testing.TB, ddl string) {
	tb.Helper()
	for _, s := range parsed(tb, ddl) {
		f.create(tb, s)
	}
}

func parsed(tb testing.TB, text string) []ast.Statement {
	tb.Helper()
	stmts, err := parse.Parse(text, parse.Options{})
	must(tb, err)
	return stmts
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (f *fixture) options() planner.Options {
	return planner.Options{
		Catalog: f.snapshot, Path: f.snapshot.NewPath(f.database, []string{"public"}, ""), Settings: types.DefaultSettings,
		View: func(o *catalog.Object) (*ast.Query, error) {
			stmts, err := parse.Parse(o.Query, parse.Options{})
			if err != nil {
				return nil, err
			}
			return stmts[0].(*ast.Query), nil
		},
		Expression: func(sql string) (ast.Expr, error) {
			stmts, err := parse.Parse("SELECT "+sql, parse.Options{})
			if err != nil {
				return nil, err
			}
			return stmts[0].(*ast.Query).Body.(*ast.Select).Targets[0].X, nil
		},
		Relation: func(id catalog.ID) *flow.Relation { return f.relations[id] },
	}
}

func (f *fixture) bindContext() *bind.Context {
	o := f.options()
	return &bind.Context{
		Catalog: o.Catalog, Path: o.Path, Functions: fn.Builtins(), Settings: o.Settings, View: o.View, Expression: o.Expression,
	}
}

func (f *fixture) create(tb testing.TB, s ast.Statement) {
	tb.Helper()
	c := f.snapshot.Begin()
	switch s := s.(type) {
	case *ast.CreateTable:
		o := f.object(s.Name, catalog.Table)
		o.AppendOnly = s.Stream.AppendOnly
		f.elements(tb, o, s.Elements)
		must(tb, c.Create(o))
		f.snapshot = c.Snapshot()
		f.describe(tb, o)
	case *ast.CreateSource:
		o := f.object(s.Name, catalog.Source)
		o.Columns = generated(o.Name)
		f.elements(tb, o, s.Elements)
		must(tb, c.Create(o))
		f.snapshot = c.Snapshot()
		f.describe(tb, o)
	case *ast.CreateView:
		o := f.object(s.Name, catalog.View)
		o.Query = ast.Print(s.Query)
		p, err := planner.Plan(s.Query, f.options())
		must(tb, err)
		for _, col := range p.Columns {
			o.Columns = append(o.Columns, catalog.Column{Name: col.Name, Type: col.Type})
		}
		must(tb, c.Create(o))
		f.snapshot = c.Snapshot()
	case *ast.CreateMaterializedView:
		o := f.object(s.Name, catalog.MaterializedView)
		o.ID = f.snapshot.NextID()
		v, err := planner.PlanView(s.Query, f.options(), f.viewOptions(o, s))
		must(tb, err)
		for _, col := range v.Relation.Columns {
			o.Columns = append(o.Columns, catalog.Column{Name: col.Name, Type: col.Type})
		}
		must(tb, c.Create(o))
		f.relations[o.ID] = v.Relation
		f.snapshot = c.Snapshot()
	case *ast.CreateIndex:
		f.index(tb, s)
	default:
		tb.Fatalf("%T in the fixture", s)
	}
}

func (f *fixture) viewOptions(o *catalog.Object, s *ast.CreateMaterializedView) planner.ViewOptions {
	v := planner.ViewOptions{ID: o.ID, Name: o.Name, AllocTable: func(string) flow.TableID {
		f.tables++
		return f.tables
	}}
	for _, n := range s.Columns {
		v.Columns = append(v.Columns, string(n))
	}
	return v
}

func (f *fixture) object(name *ast.Name, kind catalog.Kind) *catalog.Object {
	in := f.snapshot.Lookup(f.database, catalog.Schema, "public")
	return &catalog.Object{Kind: kind, Name: string(name.Last()), Database: f.database, Schema: in.ID}
}

func (f *fixture) elements(tb testing.TB, o *catalog.Object, elements []ast.TableElement) {
	tb.Helper()
	for _, e := range elements {
		switch e := e.(type) {
		case *ast.ColumnDef:
			t, err := bind.Type(f.bindContext(), e.Type)
			must(tb, err)
			o.Columns = append(o.Columns, catalog.Column{Name: string(e.Name), Type: t})
			for _, k := range e.Constraints {
				constraint(o, len(o.Columns)-1, k)
			}
		case *ast.Constraint:
			constraint(o, -1, e)
		case *ast.Watermark:
			p, _ := o.Column(string(e.Column))
			o.Watermark = &catalog.Watermark{Column: p, Expr: ast.Print(e.X)}
		default:
			tb.Fatalf("%T in the fixture", e)
		}
	}
}

func constraint(o *catalog.Object, place int, c *ast.Constraint) {
	switch d := c.Def.(type) {
	case *ast.NotNull:
		o.Columns[place].NotNull = true
	case *ast.Unique:
		if place >= 0 {
			o.PrimaryKey = []int{place}
		}
		for _, n := range d.Columns {
			p, _ := o.Column(string(n))
			o.PrimaryKey = append(o.PrimaryKey, p)
		}
		for _, p := range o.PrimaryKey {
			o.Columns[p].NotNull = true
		}
	}
}

// describe makes what the runtime would say of a table or source.
func (f *fixture) describe(tb testing.TB, o *catalog.Object) {
	tb.Helper()
	r := &flow.Relation{ID: flow.RelationID(o.ID), Name: o.Name, AppendOnly: o.AppendOnly || o.Kind == catalog.Source, Stream: o.Kind == catalog.Source}
	a := flow.Arrangement{ID: r.ID, Unique: len(o.PrimaryKey) > 0}
	for _, c := range o.Columns {
		r.Columns = append(r.Columns, flow.Field{Name: c.Name, Type: c.Type})
	}
	for _, p := range o.PrimaryKey {
		a.Key = append(a.Key, flow.SortKey{Column: p})
	}
	if o.Kind == catalog.Table && a.Unique {
		r.Arrangements = []flow.Arrangement{a}
	}
	if o.Watermark != nil {
		w, err := planner.Watermark(o, f.options())
		must(tb, err)
		r.Watermark, r.Times = w, []flow.TimeColumn{{Column: w.Column, Shift: 1}}
	}
	f.relations[o.ID] = r
}

func (f *fixture) index(tb testing.TB, s *ast.CreateIndex) {
	tb.Helper()
	o, err := f.snapshot.Relation(f.options().Path, []string{string(s.Table.Name.Last())})
	must(tb, err)
	a := flow.Arrangement{ID: 1, Unique: s.Unique}
	for _, e := range s.Elems {
		p, _ := o.Column(ast.Print(e.X))
		a.Key = append(a.Key, flow.SortKey{Column: p, Desc: e.Desc, NullsFirst: e.Desc})
	}
	r := f.relations[o.ID]
	r.Arrangements = append(r.Arrangements, a)
}

// errorText writes an error as the goldens have it.
func errorText(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return "error: " + err.Error() + "\n"
	}
	s := fmt.Sprintf("%s at %d: %s\n", e.Code, e.Position, e.Message)
	if e.Hint != "" {
		s += "hint: " + e.Hint + "\n"
	}
	return s
}

// generated are the columns of the generators' tables, which CREATE SOURCE leaves out.
func generated(name string) []catalog.Column {
	text := map[string]string{
		"person": "id int8, name text, email_address text, credit_card text, city text, state text, date_time timestamp, extra text",
		"auction": "id int8, item_name text, description text, initial_bid int8, reserve int8, date_time timestamp, expires timestamp, " +
			"seller int8, category int8, extra text",
		"bid":       "auction int8, bidder int8, price int8, channel text, url text, date_time timestamp, extra text",
		"ad_stream": "ad_id text, campaign_id text",
		"events":    "user_id text, page_id text, ad_id text, ad_type text, event_type text, event_time timestamptz, ip_address text",
	}[name]
	var cols []catalog.Column
	for _, c := range strings.Split(text, ", ") {
		if name, typ, ok := strings.Cut(c, " "); ok {
			t, _ := types.LookupName(typ)
			cols = append(cols, catalog.Column{Name: name, Type: t})
		}
	}
	return cols
}
