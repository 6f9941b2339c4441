package bind_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// fixture is a catalog made of CREATE statements.
type fixture struct {
	snapshot *catalog.Snapshot
	database catalog.ID
}

func newFixture(tb testing.TB, ddl string) *fixture {
	tb.Helper()
	f := &fixture{snapshot: catalog.NewSnapshot()}
	c := f.snapshot.Begin()
	d := &catalog.Object{Kind: catalog.Database, Name: "freshet"}
	must(tb, c.Create(d))
	f.database = d.ID
	for _, name := range []string{"pg_catalog", "public"} {
		must(tb, c.Create(&catalog.Object{Kind: catalog.Schema, Name: name, Database: d.ID}))
	}
	f.snapshot = c.Snapshot()
	stmts, err := parse.Parse(ddl, parse.DefaultOptions())
	must(tb, err)
	for _, s := range stmts {
		f.create(tb, s)
	}
	return f
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// context is one to bind in.
func (f *fixture) context() *bind.Context {
	return &bind.Context{
		Catalog: f.snapshot, Path: f.snapshot.NewPath(f.database, []string{"public"}, ""), Functions: fn.Builtins(), Settings: &types.Settings{ExtraFloatDigits: 1, Names: f},
		View: func(o *catalog.Object) (*ast.Query, error) {
			stmts, err := parse.Parse(o.Query, parse.DefaultOptions())
			if err != nil {
				return nil, err
			}
			return stmts[0].(*ast.Query), nil
		},
		Expression: func(sql string) (ast.Expr, error) {
			stmts, err := parse.Parse("SELECT "+sql, parse.DefaultOptions())
			if err != nil {
				return nil, err
			}
			return stmts[0].(*ast.Query).Body.(*ast.Select).Targets[0].X, nil
		},
	}
}

// NameOf implements types.Names.
func (f *fixture) NameOf(types.OID, types.OID) (string, bool) { return "", false }

// OIDOf implements types.Names, for relations.
func (f *fixture) OIDOf(reg types.OID, name string) (types.OID, error) {
	if reg != types.OIDRegclass {
		return 1, nil
	}
	o, err := f.snapshot.Relation(f.snapshot.NewPath(f.database, []string{"public"}, ""), strings.Split(name, "."))
	if err != nil {
		return 0, err
	}
	return types.OID(o.ID), nil
}

func (f *fixture) create(tb testing.TB, s ast.Statement) {
	tb.Helper()
	c := f.snapshot.Begin()
	switch s := s.(type) {
	case *ast.CreateSchema:
		must(tb, c.Create(&catalog.Object{Kind: catalog.Schema, Name: string(s.Name), Database: f.database}))
	case *ast.CreateTable:
		o := f.object(tb, s.Name)
		o.Kind = catalog.Table
		f.elements(tb, o, s.Elements)
		must(tb, c.Create(o))
	case *ast.CreateView:
		o := f.object(tb, s.Name)
		o.Kind, o.Query = catalog.View, ast.Print(s.Query)
		r, err := bind.Query(f.context(), s.Query)
		must(tb, err)
		for _, col := range r.Columns {
			o.Columns = append(o.Columns, catalog.Column{Name: col.Name, Type: col.Type})
		}
		must(tb, c.Create(o))
	default:
		tb.Fatalf("%T in the fixture", s)
	}
	f.snapshot = c.Snapshot()
}

func (f *fixture) object(tb testing.TB, name *ast.Name) *catalog.Object {
	tb.Helper()
	schema := "public"
	if len(name.Parts) > 1 {
		schema = string(name.Parts[0])
	}
	in := f.snapshot.Lookup(f.database, catalog.Schema, schema)
	return &catalog.Object{Name: string(name.Last()), Database: f.database, Schema: in.ID}
}

func (f *fixture) elements(tb testing.TB, o *catalog.Object, elements []ast.TableElement) {
	tb.Helper()
	for _, e := range elements {
		switch e := e.(type) {
		case *ast.ColumnDef:
			t, err := bind.Type(f.context(), e.Type)
			must(tb, err)
			col := catalog.Column{Name: string(e.Name), Type: t}
			o.Columns = append(o.Columns, col)
			for _, k := range e.Constraints {
				f.constraint(o, len(o.Columns)-1, k)
			}
		case *ast.Constraint:
			f.constraint(o, -1, e)
		default:
			tb.Fatalf("%T in the fixture", e)
		}
	}
}

// constraint adds a constraint of the table, or of the column at a place.
func (f *fixture) constraint(o *catalog.Object, place int, c *ast.Constraint) {
	switch d := c.Def.(type) {
	case *ast.NotNull:
		o.Columns[place].NotNull = true
	case *ast.DefaultValue:
		o.Columns[place].Default = ast.Print(d.X)
	case *ast.Generated:
		o.Columns[place].Default, o.Columns[place].Generated = ast.Print(d.X), true
	case *ast.Unique:
		var places []int
		if place >= 0 {
			places = []int{place}
		}
		name := o.Name
		for _, n := range d.Columns {
			p, _ := o.Column(string(n))
			places = append(places, p)
		}
		k := catalog.Constraint{Name: name + "_pkey", Kind: catalog.PrimaryKey, Columns: places}
		if d.Primary {
			o.PrimaryKey = places
			for _, p := range places {
				o.Columns[p].NotNull = true
			}
		} else {
			k.Name, k.Kind = o.Name+"_"+o.Columns[places[0]].Name+"_key", catalog.Unique
		}
		o.Constraints = append(o.Constraints, k)
	}
}

// errorText writes an error as the goldens have it.
func errorText(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return "error: " + err.Error() + "\n"
	}
	s := fmt.Sprintf("%s at %d: %s\n", e.Code, e.Position, e.Message)
	if e.Detail != "" {
		s += "detail: " + e.Detail + "\n"
	}
	if e.Hint != "" {
		s += "hint: " + e.Hint + "\n"
	}
	return s
}

// resultText writes a bound query.
func resultText(r *bind.Result) string {
	var b strings.Builder
	for _, p := range r.Params {
		b.WriteString("parameter " + types.FormatType(p) + "\n")
	}
	b.WriteString(plan.String(r.Node))
	var cols []string
	for _, c := range r.Columns {
		cols = append(cols, c.Name+" "+types.FormatType(c.Type))
	}
	return b.String() + "=> " + strings.Join(cols, ", ") + "\n"
}

func mutationText(m *bind.Mutation, err error) string {
	if err != nil {
		return errorText(err)
	}
	var b strings.Builder
	list := func(name string, cols []plan.Column) {
		for i, c := range cols {
			if i == 0 {
				b.WriteString(name)
			}
			fmt.Fprintf(&b, " %s#%d", c.Name, c.ID)
		}
		if len(cols) > 0 {
			b.WriteString("\n")
		}
	}
	for _, p := range m.Params {
		b.WriteString("parameter " + types.FormatType(p) + "\n")
	}
	list("old:", m.Old)
	list("new:", m.New)
	list("extra:", m.Extra)
	if c := m.OnConflict; c != nil {
		fmt.Fprintf(&b, "on conflict %v\n", c.Columns)
		list("  existing:", c.Existing)
		for _, e := range c.Sets {
			b.WriteString("  set " + plan.ExprString(e) + "\n")
		}
		if c.Where != nil {
			b.WriteString("  where " + plan.ExprString(c.Where) + "\n")
		}
	}
	for i, e := range m.Returning {
		b.WriteString("returning " + plan.ExprString(e) + " as " + m.Columns[i].Name + "\n")
	}
	b.WriteString(plan.String(m.Source))
	return b.String()
}
