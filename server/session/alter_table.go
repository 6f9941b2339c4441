package session

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
)

// tableAlter is an ALTER TABLE that changes columns and constraints. Columns never move: new ones come behind the others, and one that is
// dropped stays as a hidden column of nulls, so that what scans the table goes on. The statement becomes an amendment of the table's
// definition, with all names in it, and the log runs it again at start.
type tableAlter struct {
	*ddl
	old    *catalog.Object
	object *catalog.Object // as the statement has made it so far
	// values are new columns, and those that get other values, over the columns before; by their place.
	values map[int]flow.Expr
	checks []dataflow.RowCheck
	// given are the ids that the statement has asked for.
	given []catalog.ID
	// made are the actions as the log has them.
	made []ast.AlterAction
	// added are the indexes of new constraints, and gone the ids of what goes with a column or constraint.
	added []*catalog.Object
	gone  []catalog.ID
	// names tells that names of constraints have changed, which errors show.
	names bool
}

// isTableAction tells whether an action is one of tableAlter.
func isTableAction(a ast.AlterAction) bool {
	switch a.(type) {
	case *ast.AddColumn, *ast.DropColumn, *ast.AlterColumn, *ast.AddConstraint, *ast.DropConstraint, *ast.RenameColumn:
		return true
	default:
		return false
	}
}

// alterTable runs the actions of an ALTER TABLE.
func (d *ddl) alterTable(o *catalog.Object, actions []ast.AlterAction) error {
	if o.Kind != catalog.Table {
		return pgerr.Newf(pgerr.FeatureNotSupported, "changing the columns of %s %q is not supported", o.Kind, o.Name).
			WithHint("Create another one, and drop this one.")
	}
	if o.Definition == "" {
		return pgerr.Newf(pgerr.FeatureNotSupported, "table %q belongs to another object and cannot be changed", o.Name)
	}
	copied := *o
	copied.Columns, copied.Constraints = slices.Clone(o.Columns), slices.Clone(o.Constraints)
	t := &tableAlter{ddl: d, old: o, object: &copied, values: map[int]flow.Expr{}}
	for _, a := range actions {
		dependOn(t.object, qualifyTypes(d.change.View(), d.path, a)...)
		if err := t.action(a); err != nil {
			return err
		}
	}
	return t.finish()
}

func (t *tableAlter) action(a ast.AlterAction) error {
	switch a := a.(type) {
	case *ast.AddColumn:
		return t.addColumn(a)
	case *ast.DropColumn:
		return t.dropColumn(a)
	case *ast.AlterColumn:
		return t.alterColumn(a)
	case *ast.AddConstraint:
		return t.addConstraint(a.Constraint, -1)
	case *ast.DropConstraint:
		return t.dropConstraint(a)
	case *ast.RenameColumn:
		if a.Kind == "CONSTRAINT" {
			return t.renameConstraint(a)
		}
		return t.renameColumn(a)
	default:
		return unsupported(a, "ALTER TABLE ... "+firstWords(ast.Print(a)))
	}
}

// column finds a column by its name.
func (t *tableAlter) column(name ast.Ident) (place int, c *catalog.Column, err error) {
	place, c = t.object.Column(string(name))
	if c == nil || c.Hidden {
		if systemColumn(string(name)) {
			return 0, nil, pgerr.Newf(pgerr.FeatureNotSupported, "cannot alter system column %q", string(name))
		}
		return 0, nil, pgerr.Newf(pgerr.UndefinedColumn, "column %q of relation %q does not exist", string(name), t.object.Name)
	}
	return place, c, nil
}

// allot gives out an id that the table's entry of the log keeps.
func (t *tableAlter) allot() (catalog.ID, error) {
	id, err := t.change.Allot()
	t.given = append(t.given, id)
	return id, err
}

// finish puts the new table into the catalog, and tells the runtime.
func (t *tableAlter) finish() error {
	if len(t.made) == 0 {
		return nil
	}
	reshape := len(t.values) > 0 || len(t.object.PrimaryKey) != len(t.old.PrimaryKey)
	if _, retained := t.old.Option("retain_history"); retained && reshape {
		return pgerr.Newf(pgerr.FeatureNotSupported, "cannot change the rows of table %q, whose history is retained", t.old.Name).
			WithHint("What is retained has the old columns. Create another table, and move the rows.")
	}
	if t.object.Given == nil {
		t.object.Given = t.change.View().IDs(t.old)
	}
	if reshape {
		if err := t.newTables(); err != nil {
			return err
		}
	}
	t.object.Given = append(slices.Clip(t.object.Given), t.given...)
	t.object.Altered = t.change.View().Version()
	made := &ast.Alter{Object: &ast.Object{Kind: "TABLE", Name: t.fullName(t.object)}, Actions: t.made}
	t.object.Amendments = append(slices.Clip(t.object.Amendments), ast.Print(made))
	if err := t.change.Replace(t.object); err != nil {
		return err
	}
	for _, index := range t.added {
		if err := t.change.Create(index); err != nil {
			return err
		}
	}
	if err := t.dropParts(); err != nil {
		return err
	}
	if len(t.object.DependsOn) > len(t.old.DependsOn) && !t.replay { // what it has come to depend on may be younger
		if err := t.change.Move(t.object.ID); err != nil {
			return err
		}
	}
	if err := t.checkDependents(); err != nil {
		return err
	}
	return t.tellRuntime(reshape)
}

// newTables gives the rows, and those of the indexes, tables to be written to anew. Indexes with a definition of their own have their own
// entries in the log, and are not there yet when it is read again.
func (t *tableAlter) newTables() error {
	id, err := t.allot()
	if err != nil {
		return err
	}
	t.object.Table = uint32(id)
	for _, index := range t.change.View().Indexes(t.object.ID) {
		if index.Table == 0 || slices.Contains(t.gone, index.ID) {
			continue
		}
		allot := t.allot
		if index.Definition != "" {
			allot = t.change.Allot
		}
		table, err := allot()
		if err != nil {
			return err
		}
		changed := *index
		changed.Table = uint32(table)
		if err := t.change.Replace(&changed); err != nil {
			return err
		}
	}
	return nil
}

// dropParts drops the indexes and sequences that go with a column or constraint.
func (t *tableAlter) dropParts() error {
	for _, id := range t.gone {
		o := t.change.View().Object(id)
		if o == nil {
			continue
		}
		if o.Index != nil && o.Index.Constraint {
			freed, def := *o, *o.Index
			def.Constraint = false
			freed.Index = &def
			if err := t.change.Replace(&freed); err != nil {
				return err
			}
		}
		if err := t.dropAll([]catalog.ID{id}, false); err != nil {
			return err
		}
	}
	return nil
}

// tellRuntime gives the runtime the new form of the table. What the log has made so far is only put right.
func (t *tableAlter) tellRuntime(reshape bool) error {
	def, err := t.relationDef(t.object)
	if err != nil {
		return err
	}
	if t.replay {
		for i := range t.runtime.Relations {
			if t.runtime.Relations[i].ID == def.ID {
				t.runtime.Relations[i] = def
			}
		}
		t.runtime.Drop = nil // the index was never made
		t.setRelation(t.object.ID, &def.Relation)
		return nil
	}
	rewrite := dataflow.Rewrite{Relation: def, Gone: t.dropped(), Checks: t.checks, Environment: t.session.functionEnvironment(t.ctx)}
	rewrite.Environment.Cancelled = nil // a tick is not cancelled: what is asked is asked between two
	switch {
	case reshape:
		for i := range t.object.Columns {
			v := t.values[i]
			if v == nil {
				v = &flow.Column{Index: i, Typ: t.old.Columns[i].Type}
			}
			rewrite.Values = append(rewrite.Values, v)
		}
		t.runtime.Drop = slices.DeleteFunc(t.runtime.Drop, func(id flow.RelationID) bool { // they go with the old form
			return slices.Contains(t.gone, catalog.ID(id))
		})
	case len(t.added) > 0: // they are built beside the rows that stay
		rewrite.Relation.Arrangements = slices.Clone(def.Arrangements)
		for _, index := range t.added {
			i := slices.IndexFunc(rewrite.Relation.Arrangements, func(a flow.Arrangement) bool { return a.ID == flow.RelationID(index.ID) })
			if i < 0 {
				continue
			}
			t.runtime.Indexes = append(t.runtime.Indexes, dataflow.IndexDef{
				Relation: def.ID, Arrangement: def.Arrangements[i], Constraint: index.Name,
			})
			rewrite.Relation.Arrangements = slices.Delete(rewrite.Relation.Arrangements, i, i+1)
			rewrite.Relation.Constraints = slices.Delete(slices.Clone(rewrite.Relation.Constraints), i, i+1)
		}
	case len(t.checks) == 0 && len(rewrite.Gone) == 0 && !t.names:
		t.alters = true
		t.setRelation(t.object.ID, &def.Relation)
		return nil
	}
	t.alters = true
	t.runtime.Rewrites = append(t.runtime.Rewrites, rewrite)
	t.setRelation(t.object.ID, &def.Relation)
	return nil
}

// dropped are the places of the columns that the statement drops.
func (t *tableAlter) dropped() []int {
	var places []int
	for i, c := range t.old.Columns {
		if !c.Hidden && t.object.Columns[i].Hidden {
			places = append(places, i)
		}
	}
	return places
}

// droppedName is what a column is called that is gone, as in PostgreSQL.
func droppedName(place int) string { return fmt.Sprintf("........pg.dropped.%d........", place+1) }
