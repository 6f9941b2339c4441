package bind

import (
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
)

// Update binds an UPDATE.
func Update(c *Context, stmt *ast.Update) (*Mutation, error) {
	s := newBinder(c).top()
	if err := s.with(stmt.With); err != nil {
		return nil, err
	}
	m, err := s.target(stmt.Table.Name, aliasOf(stmt.Table), "update")
	if err != nil {
		return nil, err
	}
	n, old, others, err := m.changedRows(stmt.From, stmt.Where)
	if err != nil {
		return nil, err
	}
	all := allPlaces(m.table)
	r := &Mutation{Kind: UpdateRows, Table: m.table, Old: old, New: m.tableColumns(all)}
	if err := m.returning(r, stmt.Returning, m.item(r.New, all, m.name), others, n); err != nil {
		return nil, err
	}
	values, n, err := m.setClause(stmt.Set, n)
	if err != nil {
		return nil, err
	}
	r.Extra = extraColumns(r, n)
	p := &plan.Project{Input: n}
	for _, c := range old {
		p.Exprs, p.Cols = append(p.Exprs, refTo(c, 0)), append(p.Cols, c)
	}
	for i := range all {
		e, ok := values[i]
		if !ok {
			e = refTo(old[i], 0)
		}
		p.Exprs, p.Cols = append(p.Exprs, e), append(p.Cols, r.New[i])
	}
	for _, c := range r.Extra {
		p.Exprs, p.Cols = append(p.Exprs, refTo(c, 0)), append(p.Cols, c)
	}
	before := slices.Clone(r.New)
	if r.Source, err = m.generated(p, r.New, all); err != nil {
		return nil, err
	}
	renumber(r, before)
	return m.finish(r)
}

// renumber follows the ids of columns that were computed anew.
func renumber(r *Mutation, before []plan.Column) {
	for i, e := range r.Returning {
		r.Returning[i] = plan.Rewrite(e, func(x plan.Expr) (plan.Expr, bool) {
			if ref, ok := x.(*plan.ColumnRef); ok {
				for k, c := range before {
					if c.ID == ref.ID {
						return refTo(r.New[k], ref.Pos), true
					}
				}
			}
			return x, false
		})
	}
}

func aliasOf(t *ast.TableRef) ast.Ident {
	if t.Alias == nil {
		return ""
	}
	return t.Alias.Name
}

// Delete binds a DELETE.
func Delete(c *Context, stmt *ast.Delete) (*Mutation, error) {
	s := newBinder(c).top()
	if err := s.with(stmt.With); err != nil {
		return nil, err
	}
	m, err := s.target(stmt.Table.Name, aliasOf(stmt.Table), "delete")
	if err != nil {
		return nil, err
	}
	n, old, others, err := m.changedRows(stmt.Using, stmt.Where)
	if err != nil {
		return nil, err
	}
	r := &Mutation{Kind: DeleteRows, Table: m.table, Old: old}
	if err := m.returning(r, stmt.Returning, m.item(old, allPlaces(m.table), m.name), others, n); err != nil {
		return nil, err
	}
	r.Extra = extraColumns(r, n)
	p := &plan.Project{Input: n}
	for _, c := range append(slices.Clone(old), r.Extra...) {
		p.Exprs, p.Cols = append(p.Exprs, refTo(c, 0)), append(p.Cols, c)
	}
	r.Source = p
	return m.finish(r)
}

// changedRows are the rows of the table that WHERE selects, joined with the items of FROM or USING; each once.
func (m *mutation) changedRows(from []ast.TableExpr, where ast.Expr) (n plan.Node, old []plan.Column, others []*item, err error) {
	scan := m.b.scan(m.table, m.name)
	all := allPlaces(m.table)
	row := m.item(scan.Cols, all, m.name)
	m.newItem(row)
	// FROM does not see the table unless it looks to its left.
	row.lateralOnly, row.lateralBad = true, false
	m.visible = append(m.visible, row)
	n = scan
	for _, t := range from {
		right, items, err := m.fromItem(t)
		if err != nil {
			return nil, nil, nil, err
		}
		if err := checkAliases(m.visible, items); err != nil {
			return nil, nil, nil, err
		}
		setLateral(items, true, true)
		m.visible = append(m.visible, items...)
		others = append(others, items...)
		if n, err = m.b.join(plan.InnerJoin, n, right, nil, int(t.At())); err != nil {
			return nil, nil, nil, err
		}
	}
	setLateral(m.visible, false, true)
	cond, err := m.clause(where, kindWhere, "WHERE")
	if err != nil {
		return nil, nil, nil, err
	}
	if cond != nil {
		n = &plan.Filter{Input: n, Cond: cond}
	}
	if len(from) > 0 {
		n = &plan.Distinct{Input: n, On: m.rowKey(scan.Cols)}
	}
	return n, scan.Cols, others, nil
}

// rowKey are the columns that tell rows of the table apart: its key, the hidden one, or else all.
func (m *mutation) rowKey(cols []plan.Column) []plan.ColumnID {
	var ids []plan.ColumnID
	for _, p := range m.table.PrimaryKey {
		ids = append(ids, cols[p].ID)
	}
	if len(ids) > 0 {
		return ids
	}
	for i, c := range m.table.Columns {
		if c.Hidden {
			return []plan.ColumnID{cols[i].ID}
		}
	}
	for _, c := range cols {
		ids = append(ids, c.ID)
	}
	return ids
}

// extraColumns are the columns that RETURNING uses and that are not the table's.
func extraColumns(r *Mutation, n plan.Node) []plan.Column {
	var extra []plan.Column
	for _, e := range r.Returning {
		plan.Walk(e, func(x plan.Expr) bool {
			ref, ok := x.(*plan.ColumnRef)
			if !ok || plan.ColumnByID(r.New, ref.ID).ID != 0 || plan.ColumnByID(r.Old, ref.ID).ID != 0 || plan.ColumnByID(extra, ref.ID).ID != 0 {
				return true
			}
			if c := plan.ColumnByID(n.Columns(), ref.ID); c.ID != 0 {
				extra = append(extra, c)
			}
			return true
		})
	}
	return extra
}

// setClause is transformUpdateTargetList: the new values by the places of their columns. A query that gives several is joined to n.
func (m *mutation) setClause(list []*ast.Assignment, n plan.Node) (map[int]plan.Expr, plan.Node, error) {
	values := map[int]plan.Expr{}
	set := func(t *ast.ColumnTarget, x scalar, isDefault bool) error {
		place, err := m.columnPlace(t)
		if err != nil {
			return err
		}
		c := m.table.Columns[place]
		if _, twice := values[place]; twice {
			return pgerr.Newf(pgerr.SyntaxError, "multiple assignments to same column %q", c.Name)
		}
		switch {
		case isDefault && c.Generated:
			values[place] = nullOf(c.Type)
			return nil
		case isDefault:
			values[place], err = m.deflt(place)
			return err
		}
		if x, err = m.assign(x, place); err != nil {
			return err
		}
		if c.Generated || c.Identity == 'a' {
			e := pgerr.Newf(pgerr.GeneratedAlways, "column %q can only be updated to DEFAULT", c.Name)
			if c.Generated {
				return e.WithDetail("Column %q is a generated column.", c.Name)
			}
			return e.WithDetail("Column %q is an identity column defined as GENERATED ALWAYS.", c.Name)
		}
		values[place] = x.Expr
		return nil
	}
	for _, a := range list {
		if a.Multi {
			var err error
			if n, err = m.setSeveral(a, n, set); err != nil {
				return nil, nil, err
			}
			continue
		}
		if err := m.setOne(a.Columns[0], a.Value, set); err != nil {
			return nil, nil, err
		}
	}
	return values, n, nil
}

type setFunc func(t *ast.ColumnTarget, x scalar, isDefault bool) error

func (m *mutation) setOne(t *ast.ColumnTarget, e ast.Expr, set setFunc) error {
	if _, ok := e.(*ast.Default); ok {
		return set(t, scalar{}, true)
	}
	x, err := m.expr(e, kindUpdateSource)
	if err != nil {
		return err
	}
	return set(t, x, false)
}

// setSeveral is (a, b) = row or query.
func (m *mutation) setSeveral(a *ast.Assignment, n plan.Node, set setFunc) (plan.Node, error) {
	mismatch := errAt(int(a.Value.At()), pgerr.SyntaxError, "number of columns does not match number of values")
	switch v := a.Value.(type) {
	case *ast.Row:
		if len(v.Fields) != len(a.Columns) {
			return nil, mismatch
		}
		for i, t := range a.Columns {
			if err := m.setOne(t, v.Fields[i], set); err != nil {
				return nil, err
			}
		}
		return n, nil
	case *ast.Subquery:
		if v.Kind == ast.ScalarSubquery {
			return m.setFromQuery(a, v, n, mismatch, set)
		}
	default:
	}
	return nil, unsupported(int(a.Value.At()), "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression")
}

// setFromQuery is (a, b) = (query): the query is joined to n.
func (m *mutation) setFromQuery(a *ast.Assignment, v *ast.Subquery, n plan.Node, mismatch error, set setFunc) (plan.Node, error) {
	var q plan.Node
	err := m.in(kindUpdateSource, func() (err error) {
		q, err = m.innerQuery(v.Query, int(v.Pos))
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(q.Columns()) != len(a.Columns) {
		return nil, mismatch
	}
	if n == nil {
		return nil, unsupported(int(v.Pos), "a query in ON CONFLICT is not supported yet")
	}
	for i, c := range q.Columns() {
		if err := set(a.Columns[i], at(refTo(c, 0), int(v.Pos)), false); err != nil {
			return nil, err
		}
	}
	return &plan.Join{Kind: plan.LeftSingleJoin, Left: n, Right: q, Lateral: m.b.usesColumnsOf(q, n)}, nil
}
