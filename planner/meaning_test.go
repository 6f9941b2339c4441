package planner_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// TestRulesKeepMeaning interprets the queries of testdata/meaning.sql over random rows, as they were bound and after every rule that
// changed them: all must give the same rows, under the same columns. Each run takes some of the queries.
func TestRulesKeepMeaning(t *testing.T) {
	t.Parallel()
	queries, err := os.ReadFile("testdata/meaning.sql")
	must(t, err)
	f := newFixture(t, "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE TABLE u (k int PRIMARY KEY, a int, d int NOT NULL); CREATE TABLE n (x int, y int)")
	var texts []string
	var plans []*planner.Prepared
	for _, s := range parsed(t, string(queries)) {
		p, err := planner.Plan(s.(*ast.Query), f.options())
		if err != nil {
			t.Fatalf("%s: %v", ast.Print(s), err)
		}
		texts, plans = append(texts, ast.Print(s)), append(plans, p)
	}
	const share = 16
	rapid.Check(t, func(t *rapid.T) {
		x := &interpreter{tables: map[string][][]types.Value{
			"t": drawRows(t, "t", true, 2), "u": drawRows(t, "u", true, 3), "n": drawRows(t, "n", false, 2),
		}}
		for i := rapid.IntRange(0, share-1).Draw(t, "first"); i < len(plans); i += share / 4 {
			x.check(t, texts[i], plans[i])
		}
	})
}

// TestPlanIsTheSameAgain plans the same queries several times: the state of a view is laid out by its graph, which is made anew after a
// restart.
func TestPlanIsTheSameAgain(t *testing.T) {
	t.Parallel()
	queries, err := os.ReadFile("testdata/meaning.sql")
	must(t, err)
	f := newFixture(t, "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE TABLE u (k int PRIMARY KEY, a int, d int NOT NULL); CREATE TABLE n (x int, y int)")
	for _, s := range parsed(t, string(queries)) {
		var first string
		for i := range 5 {
			p, err := planner.Plan(s.(*ast.Query), f.options())
			must(t, err)
			text := planner.Explain(p, true)
			if i == 0 {
				first = text
			}
			if text != first {
				t.Fatalf("%s:\n%s\nand another time\n%s", ast.Print(s), first, text)
			}
		}
	}
}

// check compares the plans after all steps.
func (x *interpreter) check(t *rapid.T, text string, p *planner.Prepared) {
	want, failed := x.run(p.Bound)
	if failed {
		return // rules may compute more or less of what fails
	}
	for _, step := range p.Steps {
		if !slices.EqualFunc(p.Bound.Columns(), step.After.Columns(), func(a, b plan.Column) bool { return a.ID == b.ID }) {
			t.Fatalf("%s: %s changes the columns\n%s", text, step.Rule, plan.String(step.After))
		}
		got, failed := x.run(step.After)
		if failed || got != want {
			t.Fatalf("%s: after %s\n%s\nwant\n%s\n%s\n%v", text, step.Rule, got, want, plan.String(step.After), x.tables)
		}
	}
}

// run gives the rows of a plan as text, in order only if the plan says one.
func (x *interpreter) run(n plan.Node) (out string, failed bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(failure); !ok {
				panic(r)
			}
			failed = true
		}
	}()
	var lines []string
	for _, r := range x.rows(n, nil) {
		lines = append(lines, text(r, ids(n.Columns())))
	}
	if _, ordered := n.(*plan.Order); !ordered {
		slices.Sort(lines)
	}
	return strings.Join(lines, "\n"), false
}

// drawRows makes a few rows of small numbers; the first column is a key if there is one, the last one of three has no nulls.
func drawRows(t *rapid.T, name string, key bool, columns int) [][]types.Value {
	var rows [][]types.Value
	for i := range rapid.IntRange(0, 5).Draw(t, name) {
		var row []types.Value
		for c := range columns {
			v := types.IntValue(int64(rapid.IntRange(0, 3).Draw(t, "value")))
			switch {
			case c == 0 && key:
				v = types.IntValue(int64(i))
			case (c != 2) && rapid.IntRange(0, 3).Draw(t, "null") == 0:
				v = types.NullValue
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	return rows
}
