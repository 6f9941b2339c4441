package planner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// TestGolden shows plans. Commands:
//
//	ddl                  makes tables, sources, views and indexes
//	bind                 the plan that was bound
//	opt [expect=Rule]    the plan after all rules; Rule must be among those that changed it
//	flow                 the graph of a SELECT
//	view                 the graph of a materialized view, its tables and notices
//	form                 the form of the graph of a materialized view
//	script, forms        the graphs, or their forms, of the views in testdata/nexmark or testdata/ysb
func TestGolden(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		f := newFixture(t, "")
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "ddl" {
				f.run(t, d.Input)
				return ""
			}
			switch d.Cmd {
			case "script":
				return f.script(t, d.CmdArgs[0].Key, f.viewText)
			case "forms":
				return f.script(t, d.CmdArgs[0].Key, f.formText)
			}
			stmts, err := parse.Parse(d.Input, parse.Options{})
			if err != nil {
				return errorText(err)
			}
			var b strings.Builder
			for _, s := range stmts {
				b.WriteString(f.show(d, s))
			}
			return b.String()
		})
	})
}

// show writes what a command asks of a statement.
func (f *fixture) show(d *datadriven.TestData, s ast.Statement) string {
	switch d.Cmd {
	case "view":
		return f.viewText(s.(*ast.CreateMaterializedView))
	case "form":
		return f.formText(s.(*ast.CreateMaterializedView))
	}
	p, err := planner.Plan(s.(*ast.Query), f.options())
	if err != nil {
		return errorText(err)
	}
	switch d.Cmd {
	case "bind":
		return plan.String(p.Bound)
	case "opt":
		var rules []string
		for _, s := range p.Steps {
			rules = append(rules, s.Rule)
		}
		var expect string
		for _, a := range d.CmdArgs {
			if a.Key == "expect" {
				expect = a.Vals[0]
			}
		}
		if expect != "" && !slices.Contains(rules, expect) {
			return fmt.Sprintf("%s did not change the plan; these did: %s\n", expect, strings.Join(rules, " "))
		}
		return plan.String(p.Optimized)
	case "flow":
		return flow.String(p.Graph)
	default:
		return "unknown command " + d.Cmd
	}
}

func (f *fixture) viewText(s *ast.CreateMaterializedView) string {
	o := f.object(s.Name, catalog.MaterializedView)
	o.ID = f.snapshot.NextID()
	v, err := planner.PlanView(s.Query, f.options(), f.viewOptions(o, s))
	if err != nil {
		return errorText(err)
	}
	var b strings.Builder
	b.WriteString(flow.String(v.Graph))
	for _, t := range v.Graph.Tables {
		fmt.Fprintf(&b, "table %s", t.Name)
		if t.Bound {
			b.WriteString(" bound")
		}
		if t.View {
			b.WriteString(" of the view")
		}
		b.WriteString("\n")
	}
	for _, n := range v.Notices {
		b.WriteString("notice: " + n + "\n")
	}
	return b.String()
}

// formText is the form of the graph of a view. It is planned twice: a form that is not the same each time would keep views from going on after a restart.
func (f *fixture) formText(s *ast.CreateMaterializedView) string {
	var forms [2]string
	for i := range forms {
		v, err := planner.PlanView(s.Query, f.options(), planner.ViewOptions{ID: 1, Name: "v"}) // its tables have no ids
		if err != nil {
			return errorText(err)
		}
		forms[i] = flow.Form(v.Graph)
	}
	if forms[0] != forms[1] {
		return fmt.Sprintf("is now %s\nand now %s\n", forms[0], forms[1])
	}
	return forms[0] + "\n"
}

// script plans the statements of a folder's files: all that is no view makes the catalog, and each view is shown.
func (f *fixture) script(t *testing.T, folder string, show func(s *ast.CreateMaterializedView) string) string {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.sql"))
	must(t, err)
	var b strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, s := range parsed(t, string(text)) {
			if v, ok := s.(*ast.CreateMaterializedView); ok {
				fmt.Fprintf(&b, "%s:\n%s", filepath.Base(file), show(v))
			}
			f.create(t, s)
		}
	}
	return b.String()
}

// TestLongChain plans a chain of operators of which each is a part of the next: looking for parts that are there twice must not compare each
// with each, which took longer than a test may.
func TestLongChain(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "CREATE TABLE t (a int PRIMARY KEY, b text)")
	query := "SELECT b" + strings.Repeat(" || b", 8000) + " FROM t"
	_, err := planner.Plan(parsed(t, query)[0].(*ast.Query), f.options())
	must(t, err)
}
