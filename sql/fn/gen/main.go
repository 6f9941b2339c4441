// Command gen writes docs/sql/functions.md, the page of functions and operators, from the tables of package fn. "go generate" runs
// it in the folder of that package.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

const page = "../../docs/sql/functions.md"

func main() {
	if err := os.WriteFile(page, []byte(render(fn.Builtins())), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

const intro = `# Functions and operators

Written by ` + "`go generate ./sql/fn`" + ` from the tables of package sql/fn; change those. Results are those of PostgreSQL 15 (a test asks it every example
here), in time zone UTC. COALESCE, NULLIF, CASE and the like are part of the language and not listed; aggregates have a page of their own.
What arguments are polymorphic for PostgreSQL is so here: anyelement, anyarray, anycompatible.

`

func render(r *fn.Registry) string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("## Operators\n\nOperators of several types stand in one row where they do the same.\n\n| operator | types | gives | what | examples |\n|---|---|---|---|---|\n")
	writeOperators(&b, r)
	b.WriteString("\n## Functions\n\n| function | gives | what | examples |\n|---|---|---|---|\n")
	for _, f := range r.All() {
		row(&b, code(call(f.Name, f.Args, f.ArgNames, f.Variadic)), name(f.Result), sentence(f.Doc)+volatility(f.Volatility), examples(f.Examples))
	}
	b.WriteString("\n## Functions that return rows\n\n| function | columns | what | examples |\n|---|---|---|---|\n")
	for _, f := range r.AllTableFunctions() {
		var columns []string
		for _, c := range f.Columns {
			columns = append(columns, c.Name+" "+name(c.Type))
		}
		row(&b, code(call(f.Name, f.Args, f.ArgNames, f.Variadic)), strings.Join(columns, ", "), sentence(f.Doc), examples(f.Examples))
	}
	return b.String()
}

// writeOperators joins the operators of a symbol that say the same.
func writeOperators(b *strings.Builder, r *fn.Registry) {
	type group struct{ types, results, examples []string }
	all := r.AllOperators()
	for len(all) > 0 {
		symbol := all[0].Symbol
		var order []string
		groups := map[string]*group{}
		for len(all) > 0 && all[0].Symbol == symbol {
			o := all[0]
			all = all[1:]
			g, ok := groups[o.Function.Doc]
			if !ok {
				g = &group{}
				groups[o.Function.Doc] = g
				order = append(order, o.Function.Doc)
			}
			operands := name(o.Right)
			if o.Left != 0 {
				operands = name(o.Left) + ", " + operands
			}
			g.types = append(g.types, operands)
			if result := name(o.Result()); !slices.Contains(g.results, result) {
				g.results = append(g.results, result)
			}
			if len(g.examples) < 2 {
				g.examples = append(g.examples, o.Function.Examples...)
			}
		}
		for _, doc := range order {
			g := groups[doc]
			row(b, code(symbol), strings.Join(g.types, "; "), strings.Join(g.results, ", "), sentence(doc), examples(g.examples))
		}
	}
}

func row(b *strings.Builder, cells ...string) {
	for _, cell := range cells {
		b.WriteString("| " + cell + " ")
	}
	b.WriteString("|\n")
}

// code writes a text as code in a cell of a table.
func code(s string) string {
	s = strings.ReplaceAll(s, "|", `\|`)
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

func name(oid types.OID) string { return types.FormatType(types.Of(oid)) }

func call(function string, args []types.OID, names []string, variadic bool) string {
	list := make([]string, len(args))
	for i, oid := range args {
		list[i] = name(oid)
		if i < len(names) && names[i] != "" {
			list[i] = names[i] + " " + list[i]
		}
		if variadic && i == len(args)-1 {
			list[i] += ", ..."
		}
	}
	return function + "(" + strings.Join(list, ", ") + ")"
}

func sentence(doc string) string { return strings.ReplaceAll(doc, "|", `\|`) }

func volatility(v fn.Volatility) string {
	if v == fn.Volatile {
		return " (volatile)"
	}
	return ""
}

func examples(list []string) string {
	var cells []string
	for _, e := range list {
		expression, result, _ := strings.Cut(e, " → ")
		cells = append(cells, code(expression)+" → "+code(result))
	}
	return strings.Join(cells, "<br>")
}
