package bind

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
)

// starColumn is a column that * stands for.
type starColumn struct {
	item  *item
	place int
}

// tellStar tells the caller which columns * stands for, by names that find them in the same place: so that a view can keep them when its
// relations get more.
func (s *scope) tellStar(e *ast.Star, columns []starColumn) {
	if s.b.Stars == nil {
		return
	}
	var names [][]ast.Ident
	for _, c := range columns {
		name := c.item.columns[c.place].name
		if slices.Contains(e.Except, ast.Ident(name)) {
			continue
		}
		if alias, ok := s.qualifierOf(c); ok {
			names = append(names, []ast.Ident{ast.Ident(alias), ast.Ident(name)})
		} else {
			names = append(names, []ast.Ident{ast.Ident(name)})
		}
	}
	s.b.Stars(e, names)
}

// qualifierOf finds the name of the item that a column is from; a column of a join is another item's, if it is not made of two.
func (s *scope) qualifierOf(c starColumn) (string, bool) {
	if !c.item.isJoin {
		return c.item.alias, !c.item.noName
	}
	ref, ok := c.item.columns[c.place].value.(*plan.ColumnRef)
	if !ok {
		return "", false
	}
	for _, i := range s.all {
		if i.isJoin || i.noName {
			continue
		}
		for _, other := range i.columns {
			if o, ok := other.value.(*plan.ColumnRef); ok && o.ID == ref.ID && other.name == c.item.columns[c.place].name {
				return i.alias, true
			}
		}
	}
	return "", false
}
