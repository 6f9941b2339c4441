package session

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
)

// addConstraint runs ADD CONSTRAINT; place is the column that ADD COLUMN has it at, else -1.
func (t *tableAlter) addConstraint(c *ast.Constraint, place int) error {
	if c.NotValid {
		return unsupported(c, "NOT VALID").WithHint("Write NOT ENFORCED to have a promise that is not checked.")
	}
	before := len(t.object.Constraints)
	m := t.maker()
	for _, index := range t.added {
		m.taken[index.Name] = true
	}
	if unique, ok := c.Def.(*ast.Unique); ok && unique.Primary && len(t.dependentGraphs()) > 0 {
		return unsupported(c, "adding a primary key to a table that materialized views or sinks are made of").
			WithHint("Drop them first, or add a UNIQUE constraint.")
	}
	if err := m.tableConstraint(c, place); err != nil {
		return err
	}
	if len(t.object.Constraints) == before { // an attribute only
		return nil
	}
	k := &t.object.Constraints[before]
	made := *c
	made.Name, made.Pos = ast.Ident(k.Name), 0
	switch def := c.Def.(type) {
	case *ast.Unique:
		unique := *def
		unique.Columns = nil
		for _, at := range k.Columns {
			unique.Columns = append(unique.Columns, ast.Ident(t.object.Columns[at].Name))
		}
		made.Def = &unique
		if err := t.addKey(k); err != nil {
			return err
		}
	default:
		id, err := t.allot()
		if err != nil {
			return err
		}
		k.ID = id
	}
	if check, ok := c.Def.(*ast.Check); ok {
		if err := t.checkRows(k, check.X); err != nil {
			return err
		}
	}
	t.made = append(t.made, &ast.AddConstraint{Constraint: &made})
	return nil
}

// checkRows makes the runtime refuse rows that break a CHECK.
func (t *tableAlter) checkRows(k *catalog.Constraint, x ast.Expr) error {
	e, err := t.expression(x, t.object, logical.Condition(logical.UseCheck))
	if err != nil || k.NotEnforced {
		return err
	}
	broken := pgerr.Newf(pgerr.CheckViolation, "check constraint %q of relation %q is violated by some row", k.Name, t.object.Name)
	broken.Schema, broken.Table, broken.Constraint = schemaName(t.change.View(), t.object), t.object.Name, k.Name
	t.checks = append(t.checks, dataflow.RowCheck{Condition: e, Error: broken})
	return nil
}

// addKey makes the index of a PRIMARY KEY or UNIQUE.
func (t *tableAlter) addKey(k *catalog.Constraint) error {
	var err error
	if k.Index, err = t.allot(); err != nil {
		return err
	}
	var table catalog.ID
	if k.Kind == catalog.Unique {
		if table, err = t.allot(); err != nil {
			return err
		}
	}
	t.added = append(t.added, indexOf(t.object, k, t.owner, flow.TableID(table)))
	if k.Kind != catalog.PrimaryKey {
		return nil
	}
	for _, at := range k.Columns {
		t.checkNotNull(at)
	}
	// The rows have a key now, and need no hidden one.
	if at, c := t.object.Column(catalog.RowIDColumn); c != nil {
		*c = catalog.Column{Name: droppedName(at), Type: c.Type, Hidden: true}
	}
	return nil
}

// dropConstraint runs DROP CONSTRAINT.
func (t *tableAlter) dropConstraint(a *ast.DropConstraint) error {
	i := t.constraint(a.Name)
	if i < 0 {
		if a.IfExists {
			t.notices = append(t.notices, pgerr.Newf(pgerr.SuccessfulCompletion, "constraint %q of relation %q does not exist, skipping", string(a.Name), t.object.Name))
			return nil
		}
		return t.noConstraint(a.Name)
	}
	k := t.object.Constraints[i]
	if k.Kind == catalog.PrimaryKey {
		return unsupported(a, "dropping a primary key").WithHint("Create another table, and move the rows.")
	}
	if k.Index != 0 {
		t.gone = append(t.gone, k.Index)
	}
	t.object.Constraints = slices.Delete(t.object.Constraints, i, i+1)
	t.made = append(t.made, &ast.DropConstraint{Name: a.Name})
	return nil
}

func (t *tableAlter) constraint(name ast.Ident) int {
	return slices.IndexFunc(t.object.Constraints, func(k catalog.Constraint) bool { return k.Name == string(name) })
}

func (t *tableAlter) noConstraint(name ast.Ident) error {
	return pgerr.Newf(pgerr.UndefinedObject, "constraint %q of relation %q does not exist", string(name), t.object.Name)
}

// renameConstraint runs RENAME CONSTRAINT. The index of a key is renamed with it.
func (t *tableAlter) renameConstraint(a *ast.RenameColumn) error {
	i := t.constraint(a.From)
	if i < 0 {
		return pgerr.Newf(pgerr.UndefinedObject, "constraint %q for table %q does not exist", string(a.From), t.object.Name)
	}
	if t.constraint(a.To) >= 0 {
		return pgerr.Newf(pgerr.DuplicateObject, "constraint %q for relation %q already exists", string(a.To), t.object.Name)
	}
	k := &t.object.Constraints[i]
	k.Name = string(a.To)
	if k.Index != 0 {
		changed := *t.change.View().Object(k.Index)
		changed.Name = k.Name
		if err := t.change.Replace(&changed); err != nil {
			return err
		}
	}
	t.names = true
	t.made = append(t.made, a)
	return nil
}

// renameColumn runs RENAME COLUMN. What is made of the table names its columns, so that one that is used elsewhere stays.
func (t *tableAlter) renameColumn(a *ast.RenameColumn) error {
	place, c, err := t.column(a.From)
	if err != nil {
		return pgerr.Newf(pgerr.UndefinedColumn, "column %q does not exist", string(a.From))
	}
	if _, other := t.object.Column(string(a.To)); other != nil {
		return pgerr.Newf(pgerr.DuplicateColumn, "column %q of relation %q already exists", string(a.To), t.object.Name)
	}
	if systemColumn(string(a.To)) {
		return pgerr.Newf(pgerr.DuplicateColumn, "column name %q conflicts with a system column name", string(a.To))
	}
	if !t.replay {
		if users := t.usersOf(place); len(users) > 0 {
			return unsupported(a, "renaming a column that "+t.describe(users[0])+" uses").WithHint("Drop it first, and create it again.")
		}
	}
	for i := range t.object.Constraints {
		if k := &t.object.Constraints[i]; k.Kind == catalog.Check {
			if k.Expr, err = renamedColumn(k.Expr, a.From, a.To); err != nil {
				return err
			}
		} else if k.Kind == catalog.ForeignKey && slices.Contains(k.Columns, place) {
			return unsupported(a, "renaming a column of a foreign key")
		}
	}
	for i := range t.object.Columns {
		if other := &t.object.Columns[i]; other.Generated {
			if other.Default, err = renamedColumn(other.Default, a.From, a.To); err != nil {
				return err
			}
		}
	}
	for _, index := range t.change.View().Indexes(t.object.ID) {
		if err := t.renameInIndex(index, place, a); err != nil {
			return err
		}
	}
	c.Name = string(a.To)
	t.names = true
	t.made = append(t.made, a)
	return nil
}

// renamedColumn writes another name of a column into an expression over one table.
func renamedColumn(sql string, from, to ast.Ident) (string, error) {
	x, err := parseExpr(sql)
	if err != nil {
		return "", err
	}
	renameRefs(x, from, to)
	return ast.Print(x), nil
}

func renameRefs(x ast.Node, from, to ast.Ident) {
	ast.Walk(x, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok && ref.Parts[len(ref.Parts)-1] == from {
			ref.Parts[len(ref.Parts)-1] = to
		}
		return true
	})
}

func (t *tableAlter) renameInIndex(index *catalog.Object, place int, a *ast.RenameColumn) error {
	if !t.indexUses(index, place) {
		return nil
	}
	changed, def := *index, *index.Index
	changed.Columns, changed.Index = slices.Clone(index.Columns), &def
	for i := range changed.Columns {
		if changed.Columns[i].Name == string(a.From) {
			changed.Columns[i].Name = string(a.To)
		}
	}
	if def.Where != "" {
		var err error
		if def.Where, err = renamedColumn(def.Where, a.From, a.To); err != nil {
			return err
		}
	}
	if index.Definition != "" {
		stmt, err := parseOne(index.Definition)
		if err != nil {
			return err
		}
		renameRefs(stmt, a.From, a.To)
		changed.Definition = ast.Print(stmt)
	}
	return t.change.Replace(&changed)
}
