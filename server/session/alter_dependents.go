package session

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// What depends on a table must mean the same after ALTER TABLE: views keep their columns, and materialized views and sinks are planned as
// before, since they go on running, and are planned from the log at start.

// dependentGraphs are the materialized views and sinks that read a table, through views too.
func (t *tableAlter) dependentGraphs() []*catalog.Object {
	var graphs []*catalog.Object
	for _, o := range t.dependents(t.object.ID) {
		if o.Kind != catalog.View {
			graphs = append(graphs, o)
		}
	}
	return graphs
}

// dependents are the views, materialized views and sinks that read the relation itself, through views too.
func (d *ddl) dependents(relation catalog.ID) []*catalog.Object {
	snapshot := d.change.View()
	var all []*catalog.Object
	var visit func(id catalog.ID)
	visit = func(id catalog.ID) {
		for _, dependent := range snapshot.Dependents(id) {
			o := snapshot.Object(dependent)
			if o == nil || slices.Contains(all, o) {
				continue
			}
			switch o.Kind {
			case catalog.View:
				all = append(all, o)
				visit(dependent)
			case catalog.MaterializedView, catalog.Sink:
				all = append(all, o)
			default:
			}
		}
	}
	visit(relation)
	return all
}

// checkDependents refuses what would change what is made of the table.
func (t *tableAlter) checkDependents() error {
	if t.replay {
		return nil
	}
	for _, o := range t.dependents(t.object.ID) {
		if !t.unchanged(o) {
			return pgerr.Newf(pgerr.FeatureNotSupported, "cannot change table %q so because %s is computed from it", t.object.Name, t.describe(o)).
				WithHint("Drop it first, and create it again.")
		}
	}
	return nil
}

// unchanged tells whether a view, a materialized view or a sink means the same as before in the catalog as it is now.
func (d *ddl) unchanged(o *catalog.Object) bool {
	copied := *d
	d = &copied
	d.notices, d.settings = nil, d.plainSettings(nil)
	d.path = d.change.View().NewPath(o.Database, nil, d.owner)
	stmt, err := parseOne(o.Definition)
	if err != nil {
		return false
	}
	switch stmt := stmt.(type) {
	case *ast.CreateView:
		columns, err := d.columnsOf(stmt.Query)
		return err == nil && sameTypesOf(columns, o.Columns)
	case *ast.CreateMaterializedView:
		if _, err := d.viewOptions(stmt.Options); err != nil {
			return false
		}
		return d.samePlan(o, stmt.Query, planner.ViewOptions{ID: o.ID, Name: o.Name, Columns: columnNames(visible(o))})
	case *ast.CreateSink:
		for _, option := range stmt.Options {
			if isZone(option) && d.takeZone(option) != nil {
				return false
			}
		}
		query := stmt.Query
		if stmt.From != nil {
			query = &ast.Query{Body: &ast.Select{Targets: []*ast.Target{{X: &ast.Star{}}}, From: []ast.TableExpr{&ast.TableRef{Name: stmt.From}}}}
		}
		return d.samePlan(o, query, planner.ViewOptions{Name: o.Name, Sink: o.ID})
	default:
		return false
	}
}

// visible is a relation with those of its columns only that are not hidden.
func visible(o *catalog.Object) *catalog.Object {
	v := *o
	v.Columns = slices.DeleteFunc(slices.Clone(o.Columns), func(c catalog.Column) bool { return c.Hidden })
	return &v
}

func sameTypesOf(now, was []catalog.Column) bool {
	return slices.EqualFunc(now, was, func(a, b catalog.Column) bool {
		return a.Type == b.Type || a.Type.OID == types.OIDUnknown && b.Type == types.Of(types.OIDText)
	})
}

// samePlan tells whether a query gives the dataflow that runs.
func (d *ddl) samePlan(o *catalog.Object, query *ast.Query, v planner.ViewOptions) bool {
	tables := slices.Clone(o.Tables)
	if o.Table != 0 {
		tables = slices.Insert(tables, 0, o.Table)
	}
	var late []catalog.ID
	for _, id := range d.change.View().Parts(o.ID) {
		if part := d.change.View().Object(id); part.Kind == catalog.Table {
			late = append(late, id)
		}
	}
	v.AllocTable = func(string) flow.TableID {
		if len(tables) == 0 {
			return 0
		}
		id := flow.TableID(tables[0])
		tables = tables[1:]
		return id
	}
	v.AllocLate = func([]flow.Field) flow.RelationID {
		if len(late) == 0 {
			return 0
		}
		id := flow.RelationID(late[0])
		late = late[1:]
		return id
	}
	before := d.schema.graphs.Get(o.ID)
	if before == nil {
		return false
	}
	if kept, ok := before.Output().Spec.(*flow.Materialize); ok {
		v.Name = kept.Relation.Name // it may have got another since
	}
	view, err := planner.PlanView(query, d.options(), v)
	if err != nil || len(tables)+len(late) > 0 {
		return false
	}
	return flow.String(view.Graph) == flow.String(withoutIndexes(before)) && flow.Form(view.Graph) == flow.Form(before) &&
		slices.EqualFunc(view.Graph.Output().Columns, before.Output().Columns, func(a, b flow.Field) bool { return a.Name == b.Name && a.Type == b.Type })
}

// withoutIndexes is the graph of a view without its indexes, as it was planned.
func withoutIndexes(g *flow.Graph) *flow.Graph {
	spec, ok := g.Output().Spec.(*flow.Materialize)
	if !ok {
		return g
	}
	planned, plain := *spec, *g
	planned.Relation.Arrangements = spec.Relation.Arrangements[:1]
	plain.Nodes = slices.Clone(g.Nodes)
	plain.Output().Spec = &planned
	return &plain
}

// usersOf are the views, materialized views and sinks that use a column: that cannot be without it.
func (t *tableAlter) usersOf(place int) []*catalog.Object {
	without := *t.object
	without.Columns = slices.Clone(t.object.Columns)
	without.Columns[place] = catalog.Column{Name: droppedName(place), Type: without.Columns[place].Type, Hidden: true}
	now := t.change.View().Object(t.object.ID)
	if err := t.change.Replace(&without); err != nil {
		return nil
	}
	users := slices.DeleteFunc(t.dependents(t.object.ID), t.unchanged)
	if err := t.change.Replace(now); err != nil {
		return nil
	}
	return users
}

// dropUsers drops what uses a column, or refuses to.
func (t *tableAlter) dropUsers(place int, cascade bool) error {
	if t.replay {
		return nil
	}
	users := t.usersOf(place)
	if len(users) == 0 {
		return nil
	}
	column := "column " + catalog.Quote(t.object.Columns[place].Name) + " of table " + t.change.View().DisplayName(t.path, t.object)
	return t.dropUsersOf(column, users, cascade)
}

// dropUsersOf drops what uses what is being dropped, or refuses to.
func (d *ddl) dropUsersOf(what string, users []*catalog.Object, cascade bool) error {
	if cascade {
		var ids []catalog.ID
		for _, o := range users {
			d.notef("drop cascades to %s", d.describe(o))
			ids = append(ids, o.ID)
		}
		return d.dropAll(ids, true)
	}
	detail := ""
	for i, o := range users {
		if i > 0 {
			detail += "\n"
		}
		detail += d.describe(o) + " depends on " + what
	}
	return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop %s because other objects depend on it", what).WithDetail("%s", detail).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// dropIndexUsers drops the materialized views and sinks that were planned with a unique index that is gone now, or refuses to: they hold only as long as
// its keys are unique.
func (d *ddl) dropIndexUsers(index *catalog.Object, what string, cascade bool) error {
	users := slices.DeleteFunc(d.dependents(index.PartOf), d.unchanged)
	if len(users) == 0 {
		return nil
	}
	return d.dropUsersOf(what, users, cascade)
}

// describe names an object as messages do.
func (d *ddl) describe(o *catalog.Object) string {
	return o.Kind.String() + " " + d.change.View().DisplayName(d.path, o)
}
