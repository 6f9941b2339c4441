package session

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/sql/ast"
)

// keptStars are the target lists of a query as they were before * was written out in them.
type keptStars map[*ast.Select][]*ast.Target

// expandStars writes out what each * of a query stands for, so that a view keeps its columns when a table gets more. columns are those of the
// query; if the names do not give the same ones the query stays as it is.
func (d *ddl) expandStars(q *ast.Query, columns []catalog.Column) {
	stars := map[*ast.Star][][]ast.Ident{}
	options := d.options()
	options.Stars = func(star *ast.Star, names [][]ast.Ident) { stars[star] = names }
	if _, err := planner.Describe(q, options); err != nil || len(stars) == 0 {
		return
	}
	kept := keptStars{}
	ast.Walk(q, func(n ast.Node) bool {
		if s, ok := n.(*ast.Select); ok {
			if targets, changed := expanded(s.Targets, stars); changed {
				kept[s], s.Targets = s.Targets, targets
			}
		}
		return true
	})
	now, err := d.columnsOf(q)
	if err == nil && len(now) == len(columns) {
		same := true
		for i := range now {
			same = same && now[i].Name == columns[i].Name && now[i].Type == columns[i].Type
		}
		if same {
			return
		}
	}
	for s, targets := range kept {
		s.Targets = targets
	}
}

func expanded(targets []*ast.Target, stars map[*ast.Star][][]ast.Ident) (all []*ast.Target, changed bool) {
	for _, t := range targets {
		star, ok := t.X.(*ast.Star)
		names := stars[star]
		if !ok || len(names) == 0 {
			all = append(all, t)
			continue
		}
		changed = true
		for _, parts := range names {
			all = append(all, &ast.Target{Pos: t.Pos, X: &ast.ColumnRef{Pos: star.Pos, Parts: parts}})
		}
	}
	return all, changed
}
