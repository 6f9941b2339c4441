package bind

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is the FROM clause (transformFromClause of parse_clause.c).

// fromClause binds the items of FROM; without any the plan has one row without columns.
func (s *scope) fromClause(list []ast.TableExpr) (plan.Node, error) {
	var n plan.Node
	for _, t := range list {
		right, items, err := s.fromItem(t)
		if err != nil {
			return nil, err
		}
		if err := checkAliases(s.visible, items); err != nil {
			return nil, err
		}
		setLateral(items, true, true)
		s.visible = append(s.visible, items...)
		if n == nil {
			n = right
			continue
		}
		if n, err = s.b.join(plan.InnerJoin, n, right, nil, int(t.At())); err != nil {
			return nil, err
		}
	}
	setLateral(s.visible, false, true)
	if n == nil {
		n = &plan.Values{Rows: [][]plan.Expr{{}}}
	}
	return n, nil
}

func setLateral(items []*item, only, ok bool) {
	for _, i := range items {
		i.lateralOnly, i.lateralBad = only, !ok
	}
}

// checkAliases is checkNameSpaceConflicts.
func checkAliases(left, right []*item) error {
	for _, a := range right {
		if a.noName {
			continue
		}
		for _, b := range left {
			if b.noName || a.alias != b.alias {
				continue
			}
			if a.relation != nil && b.relation != nil && !a.hasAlias && !b.hasAlias && a.relation != b.relation {
				continue // of different schemas
			}
			return pgerr.Newf(pgerr.DuplicateAlias, "table name %q specified more than once", a.alias)
		}
	}
	return nil
}

// fromItem binds one item; the items are what it adds to the names.
func (s *scope) fromItem(t ast.TableExpr) (plan.Node, []*item, error) {
	switch t := t.(type) {
	case *ast.TableRef:
		return s.tableRef(t)
	case *ast.SubqueryRef:
		return s.subqueryRef(t)
	case *ast.FuncRef:
		return s.funcRef(t)
	case *ast.WindowRef:
		return s.windowRef(t)
	case *ast.Join:
		return s.joinRef(t)
	}
	return nil, nil, unsupported(int(t.At()), "item in FROM is not supported")
}

// newItem adds an item to all there have been.
func (s *scope) newItem(i *item) *item {
	s.all = append(s.all, i)
	if !i.isJoin {
		for _, c := range i.columns {
			if ref, ok := c.value.(*plan.ColumnRef); ok {
				s.b.names[ref.ID] = columnName{i.alias, c.name}
			}
		}
	}
	return i
}

// rename gives an item its alias and column names.
func (i *item) rename(a *ast.Alias, what string) error {
	if a == nil {
		return nil
	}
	i.alias, i.hasAlias = string(a.Name), true
	visible := 0
	for k := range i.columns {
		if i.columns[k].hidden {
			continue
		}
		if visible < len(a.Columns) {
			i.columns[k].name = string(a.Columns[visible])
		}
		visible++
	}
	if len(a.Columns) > visible {
		return pgerr.Newf(pgerr.InvalidColumnReference, "%s %q has %d columns available but %d columns specified", what, i.alias, visible, len(a.Columns))
	}
	return nil
}

// tableRef is a relation or a query of WITH by its name.
func (s *scope) tableRef(t *ast.TableRef) (plan.Node, []*item, error) {
	pos := int(t.Pos)
	if t.Sample != nil {
		return nil, nil, unsupported(int(t.Sample.Pos), "TABLESAMPLE is not supported")
	}
	if t.AsOf != nil {
		return nil, nil, unsupported(int(t.AsOf.Pos), "reading a relation as of a time is not supported yet").
			WithHint("SUBSCRIBE r AS OF e UP TO e gives the rows that a relation with retain_history had at an epoch.")
	}
	name := identStrings(t.Name.Parts)
	if len(name) == 1 {
		if c := s.findCTE(name[0]); c != nil {
			return s.cteRef(c, t, pos)
		}
	}
	o, err := s.b.relation(t.Name)
	if err != nil {
		return nil, nil, s.futureCTE(err, name)
	}
	alias := o.Name
	if t.Alias != nil {
		alias = string(t.Alias.Name)
	}
	var n plan.Node
	if o.Kind == catalog.View {
		if n, err = s.b.view(o, pos); err != nil {
			return nil, nil, err
		}
	} else {
		n = s.b.scan(o, alias)
	}
	i := relationItem(o, n.Columns())
	if o.System {
		n = s.b.withTableOID(n, i)
	}
	if err := i.rename(t.Alias, "table"); err != nil {
		return nil, nil, err
	}
	return n, []*item{s.newItem(i)}, nil
}

// relationItem is the item of a relation whose columns the node gives in order.
func relationItem(o *catalog.Object, cols []plan.Column) *item {
	i := itemOf(o.Name, cols)
	i.relation = o
	for k := range i.columns {
		if k < len(o.Columns) {
			i.columns[k].name, i.columns[k].hidden = o.Columns[k].Name, o.Columns[k].Hidden
		}
	}
	return i
}

// withTableOID adds the hidden column tableoid to a system relation: clients join descriptions by it.
func (b *binder) withTableOID(n plan.Node, i *item) plan.Node {
	if k, _ := i.column("tableoid"); k >= 0 {
		return n
	}
	c := b.column("tableoid", types.Of(types.OIDOID))
	p := &plan.Project{Input: n}
	for _, col := range n.Columns() {
		p.Exprs, p.Cols = append(p.Exprs, refTo(col, 0)), append(p.Cols, col)
	}
	p.Exprs = append(p.Exprs, &plan.Const{Typ: c.Type, Value: types.IntValue(int64(i.relation.ID))})
	p.Cols = append(p.Cols, c)
	i.columns = append(i.columns, itemColumn{name: c.Name, value: refTo(c, 0), typ: c.Type, hidden: true})
	return p
}

// futureCTE adds the hint about a query of WITH that comes later.
func (s *scope) futureCTE(err error, name []string) error {
	e, ok := err.(*pgerr.Error) //nolint:errorlint // the error is not wrapped
	if !ok || len(name) != 1 || !slices.Contains(s.b.futureCTEs, name[0]) {
		return err
	}
	return e.WithDetail("There is a WITH item named %q, but it cannot be referenced from this part of the query.", name[0]).
		WithHint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
}

// relation finds a relation that has rows.
func (b *binder) relation(name *ast.Name) (*catalog.Object, error) {
	pos := int(name.Pos)
	o, err := b.Catalog.Relation(b.Path, identStrings(name.Parts))
	if err != nil {
		if pgerr.CodeOf(err) == pgerr.InvalidSchemaName {
			err = pgerr.Newf(pgerr.UndefinedTable, "relation %q does not exist", dotted(name.Parts))
		}
		return nil, place(err, pos)
	}
	if !o.Kind.HasRows() {
		return nil, errAt(pos, pgerr.WrongObjectType, "cannot open relation %q", o.Name).
			WithDetail("This operation is not supported for %s.", map[bool]string{true: "indexes", false: "sinks"}[o.Kind == catalog.Index])
	}
	b.usesRelation(o)
	return o, nil
}

// scan reads a relation: all its columns, which have their numbers from 1.
func (b *binder) scan(o *catalog.Object, alias string) *plan.Scan {
	n := &plan.Scan{Relation: o, Alias: alias}
	for i, c := range o.Columns {
		n.Cols = append(n.Cols, plan.Column{
			ID: b.nextID(), Name: c.Name, Type: c.Type, Table: o.ID, Number: int16(i + 1), NotNull: c.NotNull || slices.Contains(o.PrimaryKey, i),
		})
	}
	return n
}

// view is the query of a view in its place.
func (b *binder) view(o *catalog.Object, pos int) (plan.Node, error) {
	if slices.Contains(b.views, o.ID) {
		return nil, errAt(pos, pgerr.InvalidRecursion, "infinite recursion detected in rules for relation %q", o.Name)
	}
	if b.View == nil {
		return nil, unsupported(pos, "view %q cannot be read here", o.Name)
	}
	q, err := b.View(o)
	if err != nil {
		return nil, err
	}
	b.views = append(b.views, o.ID)
	blk, err := b.top().query(q)
	var n plan.Node
	if err == nil {
		n, err = blk.finish()
	}
	b.views = b.views[:len(b.views)-1]
	if err != nil {
		return nil, repositioned(err, pos)
	}
	return n, nil
}

// repositioned puts an error within a view at the place of its name.
func repositioned(err error, pos int) error {
	if e, ok := err.(*pgerr.Error); ok { //nolint:errorlint // the binder's errors are not wrapped
		c := *e
		return c.At(pos)
	}
	return err
}

func (s *scope) cteRef(c *cte, t *ast.TableRef, pos int) (plan.Node, []*item, error) {
	n, err := c.use(pos)
	if err != nil {
		return nil, nil, err
	}
	s.usesItself = s.usesItself || c.binding
	i := itemOf(string(c.Name), n.Columns())
	for k, name := range c.Columns {
		i.columns[k].name = string(name)
	}
	if err := i.rename(t.Alias, "table"); err != nil {
		return nil, nil, err
	}
	return n, []*item{s.newItem(i)}, nil
}

// subqueryRef is a query in FROM.
func (s *scope) subqueryRef(t *ast.SubqueryRef) (plan.Node, []*item, error) {
	var n plan.Node
	s.lateral = t.Lateral
	err := s.in(kindFromSubquery, func() error {
		blk, err := s.b.child(s).query(t.Query)
		if err == nil {
			n, err = blk.finish()
		}
		return err
	})
	s.lateral = false
	if err != nil {
		return nil, nil, err
	}
	i := itemOf("unnamed_subquery", n.Columns())
	i.noName = t.Alias == nil
	if err := i.rename(t.Alias, "table"); err != nil {
		return nil, nil, err
	}
	return n, []*item{s.newItem(i)}, nil
}

// join joins two plans. A right side that uses columns of the left one is a lateral join; a table function is called for each row.
func (b *binder) join(kind plan.JoinKind, left, right plan.Node, on plan.Expr, pos int) (plan.Node, error) {
	if !b.usesColumnsOf(right, left) {
		return &plan.Join{Kind: kind, Left: left, Right: right, On: on}, nil
	}
	if f, ok := right.(*plan.TableFunc); ok && f.Input == nil && (kind == plan.InnerJoin || kind == plan.LeftJoin && isTrue(on)) {
		n := plan.Node(&plan.TableFunc{Input: left, Calls: f.Calls, Ordinality: f.Ordinality, Outer: kind == plan.LeftJoin})
		if on != nil && kind == plan.InnerJoin {
			n = &plan.Filter{Input: n, Cond: on}
		}
		return n, nil
	}
	if kind == plan.FullJoin {
		return nil, unsupported(pos, "FULL JOIN LATERAL is not supported")
	}
	return &plan.Join{Kind: kind, Left: left, Right: right, On: on, Lateral: true}, nil
}

func isTrue(e plan.Expr) bool {
	if e == nil {
		return true
	}
	c, ok := e.(*plan.Const)
	return ok && !c.Value.Null && c.Value.Bool()
}

func (b *binder) usesColumnsOf(n, left plan.Node) bool {
	var made map[plan.ColumnID]bool
	for _, ref := range plan.Outer(n) {
		if made == nil {
			made = map[plan.ColumnID]bool{}
			for _, c := range left.Columns() {
				made[c.ID] = true
			}
		}
		if made[ref.ID] {
			return true
		}
	}
	return false
}
