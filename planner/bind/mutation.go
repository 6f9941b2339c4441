package bind

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// MutationKind is what a Mutation does.
type MutationKind uint8

// The kinds of mutations.
const (
	InsertRows MutationKind = iota
	UpdateRows
	DeleteRows
)

// Mutation is a bound INSERT, UPDATE or DELETE. Source computes what changes; who runs it applies that to the table.
type Mutation struct {
	Kind  MutationKind
	Table *catalog.Object
	// Source gives a row for each row of the table that changes. Its columns are those of Old, of New and of Extra, in this order.
	Source plan.Node
	// Old is the row as it was, all columns of the table, hidden ones too. INSERT has none.
	Old []plan.Column
	// New is the row as it becomes. That of an UPDATE has all columns; that of an INSERT all but hidden ones. DELETE has none.
	New []plan.Column
	// Extra are columns of FROM and USING that RETURNING uses.
	Extra []plan.Column
	// Returning is computed over New (of a DELETE, Old) and Extra; Columns are its names and types. Both are nil without RETURNING.
	Returning []plan.Expr
	Columns   []plan.Column
	// OnConflict says what an INSERT does where a row is there already; nil: it fails.
	OnConflict *OnConflict
	Params     []types.Type
	// Relations are those that are read and written, each once.
	Relations []*catalog.Object
}

// OnConflict is ON CONFLICT.
type OnConflict struct {
	// Columns are those of the constraint that is meant, by their place in the table; nil: any.
	Columns []int
	// Sets is the row that DO UPDATE makes: a value for each column that New has. Nil is DO NOTHING. They and Where are computed over
	// Existing, the row that is there (all columns of the table), and the row that was to be inserted, New.
	Sets     []plan.Expr
	Where    plan.Expr
	Existing []plan.Column
}

// mutation is the work on one.
type mutation struct {
	*scope
	table *catalog.Object
	name  string // as the query names the table
}

// target finds the table that is written to.
func (s *scope) target(name *ast.Name, alias ast.Ident, verb string) (*mutation, error) {
	o, err := s.b.relation(name)
	if err != nil {
		return nil, err
	}
	m := &mutation{scope: s, table: o, name: o.Name}
	if alias != "" {
		m.name = string(alias)
	}
	preposition := map[string]string{"insert": "into ", "delete": "from "}[verb]
	switch {
	case o.System:
		return nil, errAt(int(name.Pos), pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", o.Name)
	case o.Kind == catalog.Table && o.AppendOnly && verb != "insert":
		return nil, errAt(int(name.Pos), pgerr.WrongObjectType, "cannot %s %sappend-only table %q", verb, preposition, o.Name).
			WithHint("Its rows stay as they are, and views of it rely on that. Create the table without APPEND ONLY if they are to change.")
	case o.Kind == catalog.Table:
		return m, nil
	case o.Kind == catalog.View:
		return nil, errAt(int(name.Pos), pgerr.ObjectNotInPrerequisiteState, "cannot %s %sview %q", verb, preposition, o.Name).
			WithHint("Change the tables that the view reads; it follows.")
	case o.Kind == catalog.MaterializedView:
		return nil, errAt(int(name.Pos), pgerr.WrongObjectType, "cannot change materialized view %q", o.Name).
			WithHint("Change the tables that the view reads; it follows.")
	case o.Kind == catalog.Source:
		return nil, errAt(int(name.Pos), pgerr.WrongObjectType, "cannot change source %q", o.Name).
			WithHint("A source is not stored. Use CREATE TABLE, which takes the same options and can be written to as well.")
	}
	return nil, errAt(int(name.Pos), pgerr.WrongObjectType, "cannot change %s %q", o.Kind, o.Name)
}

// shown are the places of the table's columns that are not hidden.
func (m *mutation) shown() []int {
	var places []int
	for i, c := range m.table.Columns {
		if !c.Hidden {
			places = append(places, i)
		}
	}
	return places
}

// tableColumns makes new columns for the rows of the table.
func (m *mutation) tableColumns(places []int) []plan.Column {
	var cols []plan.Column
	for _, p := range places {
		c := m.table.Columns[p]
		col := m.b.column(c.Name, c.Type)
		col.NotNull = c.NotNull
		cols = append(cols, col)
	}
	return cols
}

// item is the table with columns, of those at the given places.
func (m *mutation) item(cols []plan.Column, places []int, alias string) *item {
	i := itemOf(alias, cols)
	i.relation, i.hasAlias = m.table, alias != m.table.Name
	for k, p := range places {
		i.columns[k].name, i.columns[k].hidden = m.table.Columns[p].Name, m.table.Columns[p].Hidden
	}
	return i
}

func allPlaces(o *catalog.Object) []int {
	places := make([]int, len(o.Columns))
	for i := range places {
		places[i] = i
	}
	return places
}

// columnPlace finds a column that is written to.
func (m *mutation) columnPlace(t *ast.ColumnTarget) (int, error) {
	place, c := m.table.Column(string(t.Name))
	if c == nil || c.Hidden {
		return 0, errAt(int(t.Pos), pgerr.UndefinedColumn, "column %q of relation %q does not exist", string(t.Name), m.table.Name)
	}
	if len(t.Steps) > 0 {
		return 0, unsupported(int(t.Pos), "writing to a part of column %q is not supported", string(t.Name)).WithHint("Write the whole column.")
	}
	return place, nil
}

// assign is transformAssignedExpr: x as a value of a column.
func (m *mutation) assign(x scalar, place int) (scalar, error) {
	c := m.table.Columns[place]
	from := x.Type()
	y, ok, err := m.b.coerceToTarget(x, c.Type, types.Assignment, 0)
	if err != nil {
		return y, err
	}
	if !ok {
		return x, errAt(x.pos, pgerr.DatatypeMismatch, "column %q is of type %s but expression is of type %s", c.Name, m.b.nameOf(c.Type), m.b.nameOf(from)).
			WithHint("You will need to rewrite or cast the expression.")
	}
	return scalar{Expr: y.value(m.b), pos: y.pos}, nil
}

// deflt is the value of a column that is given none.
func (m *mutation) deflt(place int) (plan.Expr, error) {
	c := m.table.Columns[place]
	switch {
	case c.Identity != 0 || c.Default == "" && c.Sequence != 0:
		for _, f := range m.b.Functions.Functions("nextval") {
			arg := &plan.Const{Typ: types.Of(types.OIDRegclass), Value: types.IntValue(int64(c.Sequence))}
			x, err := m.b.coerce(at(&plan.Call{Function: f, Args: []plan.Expr{arg}, Typ: types.Of(f.Result)}, 0), c.Type, types.Assignment, 0)
			return x.Expr, err
		}
		return nil, unsupported(0, "sequences are not supported yet")
	case c.Default == "":
		return nullOf(c.Type), nil
	}
	e, err := m.b.Expression(c.Default)
	if err != nil {
		return nil, err
	}
	inner := m.b.top()
	x, err := inner.expr(e, kindDefault)
	if err != nil {
		return nil, repositioned(err, 0)
	}
	x, err = m.assign(x, place)
	return x.Expr, repositionedIf(err)
}

func repositionedIf(err error) error {
	if err == nil {
		return nil
	}
	return repositioned(err, 0)
}

// generatedValue binds the expression of a generated column in a scope that has the table's columns.
func (m *mutation) generatedValue(inner *scope, place int) (plan.Expr, error) {
	e, err := m.b.Expression(m.table.Columns[place].Default)
	if err != nil {
		return nil, err
	}
	x, err := inner.expr(e, kindGenerated)
	if err == nil {
		x, err = m.assign(x, place)
	}
	return x.Expr, repositionedIf(err)
}

// generated computes the generated columns of rows whose columns, of the places given, node has; the others stay as they are.
func (m *mutation) generated(n plan.Node, cols []plan.Column, places []int) (plan.Node, error) {
	inner := m.b.top()
	inner.add(m.item(cols, places, m.table.Name))
	p := &plan.Project{Input: n}
	changed := false
	for _, c := range n.Columns() {
		p.Exprs, p.Cols = append(p.Exprs, refTo(c, 0)), append(p.Cols, c)
	}
	for k, place := range places {
		c := m.table.Columns[place]
		if !c.Generated {
			continue
		}
		x, err := m.generatedValue(inner, place)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(p.Cols, func(c plan.Column) bool { return c.ID == cols[k].ID })
		p.Exprs[i], changed = x, true
	}
	if !changed {
		return n, nil
	}
	for i := range p.Cols { // a computed column is another one than that of the input
		if ref, ok := p.Exprs[i].(*plan.ColumnRef); !ok || ref.ID != p.Cols[i].ID {
			for k := range cols {
				if cols[k].ID == p.Cols[i].ID {
					cols[k].ID = m.b.nextID()
					p.Cols[i].ID = cols[k].ID
					break
				}
			}
		}
	}
	return p, nil
}

// returning binds RETURNING over rows of the table and other items, whose columns from has.
func (m *mutation) returning(r *Mutation, list []*ast.Target, row *item, others []*item, from plan.Node) error {
	if len(list) == 0 {
		return nil
	}
	inner := &scope{b: m.b, ctes: m.ctes}
	inner.add(row)
	inner.visible, inner.all = append(inner.visible, others...), append(inner.all, others...)
	targets, err := inner.targetList(list, kindReturning)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if t.x, err = m.b.resolveUnknown(t.x); err != nil {
			return err
		}
		e := t.x.value(m.b)
		var query *plan.Subquery
		plan.Walk(e, func(x plan.Expr) bool {
			if q, ok := x.(*plan.Subquery); ok {
				query = q
			}
			return query == nil
		})
		if query != nil {
			return unsupported(query.Pos, "a query in RETURNING is not supported yet")
		}
		r.Returning = append(r.Returning, e)
		c := plan.Column{Name: t.name, Type: e.Type()}
		c.Table, c.Number = m.origin(e, row, from)
		r.Columns = append(r.Columns, c)
	}
	return nil
}

// origin tells of which table an expression of RETURNING is a column, and which one; 0 if it is something else. others makes the columns
// that are not of row, nil if there are none.
func (m *mutation) origin(e plan.Expr, row *item, others plan.Node) (table catalog.ID, number int16) {
	ref, ok := e.(*plan.ColumnRef)
	if !ok {
		return 0, 0
	}
	for _, c := range row.columns {
		if own, ok := c.value.(*plan.ColumnRef); ok && own.ID == ref.ID {
			place := slices.IndexFunc(m.table.Columns, func(of catalog.Column) bool { return of.Name == c.name })
			return m.table.ID, int16(place + 1)
		}
	}
	if others == nil {
		return 0, 0
	}
	c := plan.ColumnByID(others.Columns(), ref.ID)
	return c.Table, c.Number
}

// finish completes a mutation.
func (m *mutation) finish(r *Mutation) (*Mutation, error) {
	params, err := m.b.finishParams()
	r.Params, r.Relations = params, m.b.relations
	return r, err
}
