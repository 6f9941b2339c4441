package session

import "github.com/freshetdb/freshet/sql/ast"

// recursiveQuery is what CREATE RECURSIVE VIEW v (columns) AS query has for a query: WITH RECURSIVE v (columns) AS (query) SELECT columns FROM v.
func recursiveQuery(stmt *ast.CreateView) *ast.Query {
	name := stmt.Name.Last()
	body := &ast.Select{From: []ast.TableExpr{&ast.TableRef{Name: &ast.Name{Parts: []ast.Ident{name}}}}}
	for _, c := range stmt.Columns {
		body.Targets = append(body.Targets, &ast.Target{X: &ast.ColumnRef{Parts: []ast.Ident{c}}})
	}
	with := &ast.With{Recursive: true, CTEs: []*ast.CTE{{Name: name, Columns: stmt.Columns, Body: stmt.Query}}}
	return &ast.Query{Pos: stmt.Query.Pos, With: with, Body: body}
}
