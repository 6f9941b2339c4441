package bind

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// scope is one level of query while it is bound (ParseState of PostgreSQL): what names mean there, and what its expressions have asked
// for.
type scope struct {
	b      *binder
	parent *scope
	// visible are the items of FROM that names are looked up in; all are those there have been, for hints.
	visible []*item
	all     []*item
	// kind is where the expression stands that is being bound; lateral tells that it is one in FROM that may look to its left.
	kind    kind
	lateral bool
	// ctes are the queries of WITH here, the innermost last.
	ctes []*cte

	aggs    []*aggregate
	overs   []*over
	sets    []*setCall
	groups  []*grouping
	lastSet int           // where the last function that returns a set was, for what may not have one
	windows []*ast.Window // the WINDOW clause
	hasAggs bool          // there are aggregates or calls of grouping()
	marked  []*item       // those with a marker
	// usesItself tells that its FROM names the recursive query whose recursive term it is.
	usesItself bool
}

// item is something in FROM: a relation, a query, a function, a join with an alias.
type item struct {
	alias string
	// relation is what it reads, which names it with its schema unless hasAlias is set.
	relation *catalog.Object
	hasAlias bool
	columns  []itemColumn
	// names and columns may be hidden by a join's alias; lateralOnly items are seen only from LATERAL ones, and not even from there if
	// lateralBad is set.
	noName, noColumns       bool
	lateralOnly, lateralBad bool
	// isJoin tells that it is made of other items' columns.
	isJoin bool
	// node makes its rows. missing tells that the row of an outer join may be without it; marker is then true where it is not, once
	// something asks.
	node    plan.Node
	missing bool
	marker  plan.Column
	// scalar is a function that returns one value of a type without fields: the item's name is its value.
	scalar bool
}

type itemColumn struct {
	name    string
	value   plan.Expr
	typ     types.Type
	hidden  bool // not in *
	notNull bool
}

func (b *binder) child(parent *scope) *scope { return &scope{b: b, parent: parent} }

func (s *scope) add(i *item) {
	s.visible = append(s.visible, i)
	s.all = append(s.all, i)
}

// itemOf makes an item of columns.
func itemOf(alias string, columns []plan.Column) *item {
	i := &item{alias: alias}
	for _, c := range columns {
		i.columns = append(i.columns, itemColumn{name: c.Name, value: refTo(c, 0), typ: c.Type, notNull: c.NotNull})
	}
	return i
}

// column finds the place of a column, -1 for none; twice tells that there are several.
func (i *item) column(name string) (at int, twice bool) {
	at = -1
	for k, c := range i.columns {
		if c.name == name {
			if at >= 0 {
				return at, true
			}
			at = k
		}
	}
	return at, false
}

// use is column k of an item as an expression at a place.
func (s *scope) use(i *item, k, pos int) scalar {
	c := i.columns[k]
	e := plan.Rewrite(c.value, func(x plan.Expr) (plan.Expr, bool) {
		ref, ok := x.(*plan.ColumnRef)
		if !ok {
			return x, false
		}
		s.b.owner[ref.ID] = s
		if _, known := s.b.names[ref.ID]; !known || !i.isJoin {
			s.b.names[ref.ID] = columnName{i.alias, c.name}
		}
		r := *ref
		r.Pos, r.Name = pos, c.name
		return &r, true
	})
	return at(e, pos)
}

// level is how many queries out from s the scope t is; -1 if it is not around it.
func (s *scope) level(t *scope) int {
	n := 0
	for x := s; x != nil; x = x.parent {
		if x == t {
			return n
		}
		n++
	}
	return -1
}

// uses are the columns in an expression that belong to s or a query around it, with the innermost one's level.
func (s *scope) uses(e plan.Expr) (refs []*plan.ColumnRef) {
	made := map[plan.ColumnID]bool{}
	plan.Walk(e, func(x plan.Expr) bool {
		switch x := x.(type) {
		case *plan.ColumnRef:
			refs = append(refs, x)
		case *plan.Subquery:
			markMade(x.Query, made)
		default:
		}
		return true
	})
	return slices.DeleteFunc(refs, func(r *plan.ColumnRef) bool { return made[r.ID] || s.level(s.b.owner[r.ID]) < 0 })
}

// markMade notes the columns that a plan makes.
func markMade(n plan.Node, made map[plan.ColumnID]bool) {
	for _, in := range plan.Inputs(n) {
		markMade(in, made)
	}
	for _, c := range n.Columns() {
		made[c.ID] = true
	}
	for _, e := range plan.Exprs(n) {
		plan.Walk(e, func(x plan.Expr) bool {
			if q, ok := x.(*plan.Subquery); ok {
				markMade(q.Query, made)
			}
			return true
		})
	}
}

// in binds with another kind of place, and goes back to the one before.
func (s *scope) in(k kind, f func() error) error {
	old := s.kind
	s.kind = k
	defer func() { s.kind = old }()
	return f()
}

func (s *scope) expr(e ast.Expr, k kind) (x scalar, err error) {
	err = s.in(k, func() error {
		x, err = s.bind(e)
		return err
	})
	return x, err
}
