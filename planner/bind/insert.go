package bind

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// Insert binds an INSERT.
func Insert(c *Context, stmt *ast.Insert) (*Mutation, error) {
	s := newBinder(c).top()
	if err := s.with(stmt.With); err != nil {
		return nil, err
	}
	m, err := s.target(stmt.Table, stmt.Alias, "insert")
	if err != nil {
		return nil, err
	}
	targets, poses, err := m.insertTargets(stmt)
	if err != nil {
		return nil, err
	}
	r := &Mutation{Kind: InsertRows, Table: m.table}
	m.all = append(m.all, m.item(m.b.scan(m.table, m.name).Cols, allPlaces(m.table), m.name)) // for hints
	source, err := m.insertSource(stmt, targets, poses)
	if err != nil {
		return nil, err
	}
	if r.Source, r.New, err = m.fullRows(source, targets); err != nil {
		return nil, err
	}
	shown := m.shown()
	if err := m.onConflict(r, stmt.OnConflict, shown); err != nil {
		return nil, err
	}
	if err := m.returning(r, stmt.Returning, m.item(r.New, shown, m.name), nil, nil); err != nil {
		return nil, err
	}
	return m.finish(r)
}

// insertTargets is checkInsertTargets: the places of the columns that get values, and where they are named.
func (m *mutation) insertTargets(stmt *ast.Insert) (places, poses []int, err error) {
	if len(stmt.Columns) == 0 {
		places = m.shown()
		return places, make([]int, len(places)), nil
	}
	for _, t := range stmt.Columns {
		p, err := m.columnPlace(t)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(places, p) {
			return nil, nil, errAt(int(t.Pos), pgerr.DuplicateColumn, "column %q specified more than once", string(t.Name))
		}
		places, poses = append(places, p), append(poses, int(t.Pos))
	}
	return places, poses, nil
}

// source gives the values of the targets; used are how many of them.
type insertSource struct {
	node plan.Node
	cols []plan.Column
}

// insertSource binds VALUES, the query, or nothing.
func (m *mutation) insertSource(stmt *ast.Insert, targets, poses []int) (*insertSource, error) {
	if stmt.Query == nil {
		return &insertSource{node: &plan.Values{Rows: [][]plan.Expr{{}}}}, nil
	}
	if v, ok := stmt.Query.Body.(*ast.Values); ok && isPlain(stmt.Query) {
		return m.insertValues(stmt, v, targets, poses)
	}
	child := m.b.child(m.scope)
	blk, err := child.query(stmt.Query)
	if err != nil {
		return nil, err
	}
	visible := blk.visible()
	var list []scalar
	for _, t := range visible {
		list = append(list, t.x)
	}
	if err := m.checkCount(list, targets, poses, false); err != nil {
		return nil, err
	}
	for i, t := range visible {
		if t.x.isUnknown() {
			if err := m.checkGenerated(targets[i], stmt.Overriding); err != nil {
				return nil, err
			}
			if t.x, err = m.assign(t.x, targets[i]); err != nil {
				return nil, err
			}
		}
	}
	n, err := blk.finish()
	if err != nil {
		return nil, err
	}
	var exprs []plan.Expr
	for i, c := range n.Columns() {
		x, err := m.assign(at(refTo(c, 0), list[i].pos), targets[i])
		if err != nil {
			return nil, err
		}
		if err := m.checkGenerated(targets[i], stmt.Overriding); err != nil {
			return nil, err
		}
		exprs = append(exprs, x.Expr)
	}
	n = m.b.project(n, exprs, names(n.Columns()))
	return &insertSource{n, n.Columns()}, nil
}

// checkCount compares the number of values with that of columns.
func (m *mutation) checkCount(list []scalar, targets, poses []int, single bool) error {
	if len(list) > len(targets) {
		return errAt(list[len(targets)].pos, pgerr.SyntaxError, "INSERT has more expressions than target columns")
	}
	if len(list) < len(targets) && poses[len(list)] > 0 {
		e := errAt(poses[len(list)], pgerr.SyntaxError, "INSERT has more target columns than expressions")
		if len(list) == 1 && list[0].row != nil && len(list[0].row.fields) == len(targets) {
			return e.WithHint("The insertion source is a row expression containing the same number of columns expected by the INSERT. Did you accidentally use extra parentheses?")
		}
		return e
	}
	return nil
}

// checkGenerated refuses a value for a column that computes its own.
func (m *mutation) checkGenerated(place int, overriding string) error {
	c := m.table.Columns[place]
	e := pgerr.Newf(pgerr.GeneratedAlways, "cannot insert a non-DEFAULT value into column %q", c.Name)
	switch {
	case c.Generated:
		return e.WithDetail("Column %q is a generated column.", c.Name)
	case c.Identity == 'a' && overriding == "":
		return e.WithDetail("Column %q is an identity column defined as GENERATED ALWAYS.", c.Name).WithHint("Use OVERRIDING SYSTEM VALUE to override.")
	}
	return nil
}

// insertValues binds rows of values, which may have DEFAULT in them.
func (m *mutation) insertValues(stmt *ast.Insert, v *ast.Values, targets, poses []int) (*insertSource, error) {
	k := kindValues
	if len(v.Rows) == 1 {
		k = kindValuesSingle
	}
	n := &plan.Values{}
	length := -1
	for _, row := range v.Rows {
		var list []scalar
		var isDefault []bool
		for _, e := range row {
			if d, ok := e.(*ast.Default); ok {
				list, isDefault = append(list, at(nullOf(types.Of(types.OIDUnknown)), int(d.Pos))), append(isDefault, true)
				continue
			}
			var xs []scalar
			err := m.in(k, func() (err error) {
				xs, err = m.exprList([]ast.Expr{e})
				return err
			})
			if err != nil {
				return nil, err
			}
			for _, x := range xs {
				list, isDefault = append(list, x), append(isDefault, false)
			}
		}
		if length >= 0 && len(list) != length {
			return nil, errAt(list[0].pos, pgerr.SyntaxError, "VALUES lists must all be the same length")
		}
		length = len(list)
		if err := m.checkCount(list, targets, poses, len(v.Rows) == 1); err != nil {
			return nil, err
		}
		exprs, err := m.assignRow(list, isDefault, targets, stmt.Overriding)
		if err != nil {
			return nil, err
		}
		n.Rows = append(n.Rows, exprs)
	}
	if len(m.sets) > 0 {
		return nil, unsupported(int(v.Pos), "functions that return sets in VALUES are not supported").WithHint("Use INSERT ... SELECT.")
	}
	for i := range length {
		c := m.table.Columns[targets[i]]
		n.Cols = append(n.Cols, m.b.column(c.Name, c.Type))
	}
	return &insertSource{n, n.Cols}, nil
}

func (m *mutation) assignRow(list []scalar, isDefault []bool, targets []int, overriding string) ([]plan.Expr, error) {
	var out []plan.Expr
	for i, x := range list {
		if isDefault[i] {
			e, err := m.deflt(targets[i])
			if m.table.Columns[targets[i]].Generated {
				e, err = nullOf(m.table.Columns[targets[i]].Type), nil
			}
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			continue
		}
		if err := m.checkGenerated(targets[i], overriding); err != nil {
			return nil, err
		}
		x, err := m.assign(x, targets[i])
		if err != nil {
			return nil, err
		}
		out = append(out, x.Expr)
	}
	return out, nil
}

// fullRows puts the values into whole rows, with defaults and generated columns.
func (m *mutation) fullRows(source *insertSource, targets []int) (plan.Node, []plan.Column, error) {
	shown := m.shown()
	var exprs []plan.Expr
	var colNames []string
	for _, place := range shown {
		c := m.table.Columns[place]
		colNames = append(colNames, c.Name)
		if i := slices.Index(targets, place); i >= 0 && i < len(source.cols) {
			exprs = append(exprs, refTo(source.cols[i], 0))
			continue
		}
		if c.Generated {
			exprs = append(exprs, nullOf(c.Type))
			continue
		}
		e, err := m.deflt(place)
		if err != nil {
			return nil, nil, err
		}
		exprs = append(exprs, e)
	}
	n := m.b.project(source.node, exprs, colNames)
	cols := slices.Clone(n.Columns())
	n, err := m.generated(n, cols, shown)
	return n, cols, err
}

// onConflict is transformOnConflictClause.
func (m *mutation) onConflict(r *Mutation, c *ast.OnConflict, shown []int) error {
	if c == nil {
		return nil
	}
	r.OnConflict = &OnConflict{}
	if len(c.Set) > 0 && len(c.Elems) == 0 && c.Constraint == "" {
		return errAt(int(c.Pos), pgerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).")
	}
	if len(c.Set) > 0 && m.table.AppendOnly {
		return errAt(int(c.Pos), pgerr.WrongObjectType, "cannot update append-only table %q", m.table.Name).
			WithHint("ON CONFLICT DO NOTHING leaves the rows that are there as they are.")
	}
	all := allPlaces(m.table)
	existing := m.tableColumns(all)
	inner := &scope{b: m.b, ctes: m.ctes}
	inner.add(inner.newItem(m.item(existing, all, m.name)))
	inner.all = inner.all[:1]
	columns, err := m.arbiter(inner, c)
	if err != nil {
		return err
	}
	r.OnConflict.Columns = columns
	if len(c.Set) == 0 {
		return nil
	}
	excluded := m.item(r.New, shown, "excluded")
	excluded.hasAlias = true
	inner.add(excluded)
	r.OnConflict.Existing = existing
	if r.OnConflict.Where, err = inner.clause(c.Where, kindWhere, "WHERE"); err != nil {
		return err
	}
	up := &mutation{scope: inner, table: m.table, name: m.name}
	values, _, err := up.setClause(c.Set, nil)
	if err != nil {
		return err
	}
	for _, place := range shown {
		e, ok := values[place]
		if !ok {
			e = refTo(existing[place], 0)
		}
		r.OnConflict.Sets = append(r.OnConflict.Sets, e)
	}
	if err := m.generatedSets(r.OnConflict, shown); err != nil {
		return err
	}
	return refuseQueries(append(slices.Clone(r.OnConflict.Sets), r.OnConflict.Where))
}

// generatedSets computes the generated columns of the row that DO UPDATE makes.
func (m *mutation) generatedSets(c *OnConflict, shown []int) error {
	row := &item{alias: m.table.Name}
	for i, place := range shown {
		col := m.table.Columns[place]
		row.columns = append(row.columns, itemColumn{name: col.Name, value: c.Sets[i], typ: col.Type})
	}
	inner := m.b.top()
	inner.add(row)
	for i, place := range shown {
		if !m.table.Columns[place].Generated {
			continue
		}
		x, err := m.generatedValue(inner, place)
		if err != nil {
			return err
		}
		c.Sets[i] = x
	}
	return nil
}

func refuseQueries(list []plan.Expr) error {
	for _, e := range list {
		var query *plan.Subquery
		if e != nil {
			plan.Walk(e, func(x plan.Expr) bool {
				if q, ok := x.(*plan.Subquery); ok {
					query = q
				}
				return query == nil
			})
		}
		if query != nil {
			return unsupported(query.Pos, "a query in ON CONFLICT is not supported yet")
		}
	}
	return nil
}

// arbiter finds the constraint or unique index that ON CONFLICT means: its columns; nil is any.
func (m *mutation) arbiter(inner *scope, c *ast.OnConflict) ([]int, error) {
	if c.Constraint != "" {
		for _, k := range m.table.Constraints {
			if k.Name == string(c.Constraint) {
				return k.Columns, nil
			}
		}
		return nil, pgerr.Newf(pgerr.UndefinedObject, "constraint %q for table %q does not exist", string(c.Constraint), m.table.Name)
	}
	if len(c.Elems) == 0 {
		return nil, nil
	}
	var places []int
	for _, e := range c.Elems {
		place, err := m.inferred(inner, e)
		if err != nil {
			return nil, err
		}
		places = append(places, place)
	}
	if c.ElemsWhere != nil {
		if _, err := inner.expr(c.ElemsWhere, kindIndexWhere); err != nil {
			return nil, err
		}
	}
	return m.uniqueOver(places, c)
}

// inferred is the column that an element of ON CONFLICT is (resolve_unique_index_expr).
func (m *mutation) inferred(inner *scope, e *ast.IndexElem) (place int, err error) {
	switch {
	case e.Desc:
		return 0, errAt(int(e.Pos), pgerr.InvalidColumnReference, "ASC/DESC is not allowed in ON CONFLICT clause")
	case e.Nulls != ast.NullsDefault:
		return 0, errAt(int(e.Pos), pgerr.InvalidColumnReference, "NULLS FIRST/LAST is not allowed in ON CONFLICT clause")
	}
	x, err := inner.expr(e.X, kindIndexExpr)
	if err != nil {
		return 0, err
	}
	ref, ok := e.X.(*ast.ColumnRef)
	if !ok || x.Expr == nil {
		return 0, unsupported(x.pos, "ON CONFLICT with expressions is not supported yet").WithHint("Name the columns of the primary key or of a UNIQUE constraint.")
	}
	if e.Collation != nil {
		if err := m.b.checkCollation(e.Collation, x.pos); err != nil {
			return 0, err
		}
		if !collatable(x.oid()) {
			return 0, noArbiter()
		}
	}
	if e.Opclass != nil {
		return 0, unsupported(int(e.Opclass.Pos), "ON CONFLICT with an operator class is not supported yet").WithHint("Leave it out: any unique index of the columns will do.")
	}
	place, _ = m.table.Column(string(ref.Parts[len(ref.Parts)-1]))
	return place, nil
}

func noArbiter() error {
	return pgerr.New(pgerr.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
}

// uniqueOver are the columns of the constraint or unique index that is over those of ON CONFLICT.
func (m *mutation) uniqueOver(places []int, c *ast.OnConflict) ([]int, error) {
	same := func(columns []int) bool {
		return slices.Equal(slices.Compact(slices.Sorted(slices.Values(columns))), slices.Compact(slices.Sorted(slices.Values(places))))
	}
	if same(m.table.PrimaryKey) {
		return m.table.PrimaryKey, nil
	}
	for _, k := range m.table.Constraints {
		if (k.Kind == catalog.Unique || k.Kind == catalog.PrimaryKey) && same(k.Columns) {
			return k.Columns, nil
		}
	}
	var partial error
	for _, o := range m.b.Catalog.Indexes(m.table.ID) {
		var columns []int
		for _, k := range o.Index.Keys {
			columns = append(columns, k.Column) // -1 of an expression is no column's
		}
		switch {
		case !o.Index.Unique || !same(columns):
		case o.Index.Where == "":
			return columns, nil
		case c.ElemsWhere != nil:
			partial = unsupported(int(c.ElemsWhere.At()), "ON CONFLICT by the partial index %q is not supported yet", o.Name).
				WithHint("ON CONFLICT DO NOTHING without columns looks at every unique index.")
		}
	}
	if partial != nil {
		return nil, partial
	}
	return nil, noArbiter()
}
