package session

import (
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// createMaterializedView runs CREATE MATERIALIZED VIEW.
func createMaterializedView(d *ddl, stmt *ast.CreateMaterializedView) error {
	switch {
	case stmt.Persistence == ast.Unlogged:
		return unsupported(stmt, "an unlogged materialized view")
	case stmt.Using != "" && stmt.Using != "heap":
		return pgerr.Newf(pgerr.UndefinedObject, "access method %q does not exist", string(stmt.Using))
	case stmt.Tablespace != "":
		return unsupported(stmt, "TABLESPACE")
	}
	onError, err := d.viewOptions(stmt.Options)
	if err != nil {
		return err
	}
	options := d.withZone(stmt.Options)
	schema, name, err := d.change.View().Creating(d.path, nameParts(stmt.Name))
	if err != nil {
		return placed(err, stmt.Name)
	}
	old := d.change.View().Lookup(schema.ID, catalog.Table, name)
	switch {
	case old == nil:
	case stmt.OrReplace && old.Kind == catalog.MaterializedView:
		if s := d.session; s != nil && s.tx.state == txBlock && !s.isOwn(old) {
			return notInBlock("CREATE OR REPLACE MATERIALIZED VIEW")
		}
		if err := d.dropAll([]catalog.ID{old.ID}, false); err != nil {
			return err
		}
	default:
		if _, _, exists, err := d.creating(stmt.Name, stmt.IfNotExists); exists || err != nil {
			return err
		}
	}
	o, full, err := d.viewOf(catalog.MaterializedView, schema, name, stmt.Query, stmt.Columns)
	if err != nil {
		return err
	}
	d.settings = d.plainSettings(d.settings.Location)
	o.Options = catalogOptions(options)
	o.Definition = ast.Print(&ast.CreateMaterializedView{
		Name: inSchema(schema, name), Columns: stmt.Columns, Options: options, Query: full,
	})
	return d.addView(o, stmt.Query, onError, !stmt.NoData)
}

// viewOptions reads WITH (...).
func (d *ddl) viewOptions(options []*ast.Option) (dataflow.OnError, error) {
	onError := dataflow.ErrorNull
	for _, o := range options {
		name := strings.ToLower(settingName(o.Name))
		value := ""
		if o.Value != nil {
			value, _ = constantWord(o.Value)
		}
		invalid := pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", name, value).At(int(o.At()))
		switch {
		case isZone(o):
			if err := d.takeZone(o); err != nil {
				return 0, err
			}
		case isRetention(o):
			if err := checkRetention(o); err != nil {
				return 0, err
			}
		case name != "on_error":
			return 0, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized parameter %q", name).At(int(o.At())).
				WithHint("A materialized view has the options on_error = 'null', 'skip' or 'fail', retain_history, and timezone.")
		case strings.EqualFold(value, "null"):
		case strings.EqualFold(value, "fail"):
			onError = dataflow.ErrorFail
		case strings.EqualFold(value, "skip"):
			onError = dataflow.ErrorSkip
		default:
			return 0, invalid
		}
	}
	return onError, nil
}

// isZone tells whether an option of WITH is the time zone of a view or sink.
func isZone(o *ast.Option) bool { return strings.EqualFold(settingName(o.Name), "timezone") }

// takeZone makes the time zone of a view or sink that of what follows.
func (d *ddl) takeZone(o *ast.Option) error {
	value := ""
	if o.Value != nil {
		value, _ = constantWord(o.Value)
	}
	location, err := datetime.FindZone(value)
	if err != nil {
		return pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", "timezone", value).At(int(o.At()))
	}
	settings := *d.settings
	settings.Location = location
	d.settings = &settings
	return nil
}

// viewSettings are the settings that a view runs under: of the session's only the time zone.
func (d *ddl) viewSettings() *types.Settings {
	settings := *types.DefaultSettings
	settings.Location, settings.Enums = d.settings.Location, d.engine
	return &settings
}

// withZone adds the time zone of the session to the options of a view or sink, if it is not UTC: what the view computes must not depend on who
// reads the log of definitions.
func (d *ddl) withZone(options []*ast.Option) []*ast.Option {
	location := d.settings.Location
	if location == nil || location.String() == "UTC" {
		return options
	}
	if slices.ContainsFunc(options, isZone) {
		return options
	}
	return append(options[:len(options):len(options)], &ast.Option{
		Name: &ast.Name{Parts: []ast.Ident{"timezone"}}, Value: &ast.Literal{Kind: ast.StringLiteral, Text: location.String()},
	})
}

// addView plans the dataflow of a materialized view, creates its object, and tells the runtime.
func (d *ddl) addView(o *catalog.Object, query *ast.Query, onError dataflow.OnError, wait bool) error {
	v := &tables{ddl: d, object: o, own: 1}
	id, err := d.change.Allot()
	if err != nil {
		return err
	}
	o.ID = id
	view, err := v.plan(query, planner.ViewOptions{ID: id, Name: o.Name, Columns: columnNames(o)})
	if err != nil {
		return err
	}
	materialize, ok := view.Graph.Output().Spec.(*flow.Materialize)
	if !ok {
		return invariants.Errorf("the graph of %q ends in a %T", o.Name, view.Graph.Output().Spec)
	}
	relation := &materialize.Relation
	hidden(o, relation)
	relation.Arrangements[0].ID = relation.ID
	o.AppendOnly = relation.AppendOnly
	if err := d.change.Create(o); err != nil {
		return err
	}
	if err := v.createLate(); err != nil {
		return err
	}
	d.runtime.Graphs = append(d.runtime.Graphs, dataflow.GraphDef{
		ID: relation.ID, Graph: view.Graph, Constraints: []string{o.Name}, OnError: onError, Settings: d.viewSettings(),
		RetainMicros: retentionOf(o), Misfit: v.misfit,
	})
	d.setRelation(o.ID, relation)
	d.setGraph(o.ID, view.Graph)
	if wait {
		d.awaits = append(d.awaits, o.ID)
	}
	return nil
}

func columnNames(o *catalog.Object) []string {
	names := make([]string, len(o.Columns))
	for i, c := range o.Columns {
		names[i] = c.Name
	}
	return names
}

// hidden adds the columns that the planner keeps beside those of the query, to tell rows apart.
func hidden(o *catalog.Object, relation *flow.Relation) {
	for _, f := range relation.Columns[len(o.Columns):] {
		o.Columns = append(o.Columns, catalog.Column{Name: f.Name, Type: f.Type, Hidden: true})
	}
}

// tables gives a graph that runs on its ids: of its state tables, and of the relations that take its late rows.
type tables struct {
	*ddl
	object *catalog.Object
	// own is how many tables the object has beside those of the graph's state: that of a view's rows.
	own  int
	late []lateTable
	// asked is how many ids the plan has asked for.
	asked int
	err   error
	// misfit is how the plan differs from that which the log has the ids of; empty if it has as many.
	misfit string
}

type lateTable struct {
	id      catalog.ID
	rows    flow.TableID
	columns []flow.Field
}

// plan plans the query of a view or sink.
func (t *tables) plan(query *ast.Query, v planner.ViewOptions) (*planner.View, error) {
	left := t.change.Left()
	view, err := t.allotted(query, v)
	if err == nil && t.replay && t.asked != len(left) {
		view, err = t.renewed(view, left, func() (*planner.View, error) { return t.allotted(query, v) })
	}
	if err == nil {
		err = t.err
	}
	if err != nil {
		return nil, err
	}
	for i := range view.Graph.Nodes {
		if scan, ok := view.Graph.Nodes[i].Spec.(*flow.Scan); ok {
			if o := t.change.View().Object(catalog.ID(scan.Relation)); o != nil && o.Kind == catalog.Sequence {
				return nil, pgerr.Newf(pgerr.FeatureNotSupported, "cannot follow sequence %q", o.Name).
					WithHint("A sequence is no stream of rows: read it with SELECT.")
			}
		}
	}
	for _, text := range view.Notices {
		t.notef("%s", text)
	}
	return view, nil
}

// allotted plans a query with ids in the order of catalog.Snapshot.IDs.
func (t *tables) allotted(query *ast.Query, v planner.ViewOptions) (*planner.View, error) {
	t.object.Table, t.object.Tables, t.late, t.asked, t.err = 0, nil, nil, 0, nil
	v.AllocTable = func(string) flow.TableID {
		id := flow.TableID(t.allot())
		if t.own > 0 && t.asked == 1 {
			t.object.Table = uint32(id)
		} else {
			t.object.Tables = append(t.object.Tables, uint32(id))
		}
		return id
	}
	v.AllocLate = func(columns []flow.Field) flow.RelationID {
		late := lateTable{id: t.allot(), columns: columns}
		late.rows = flow.TableID(t.allot())
		t.late = append(t.late, late)
		return flow.RelationID(late.id)
	}
	return planner.PlanView(query, t.options(), v)
}

func (t *tables) allot() catalog.ID {
	t.asked++
	id, err := t.change.Allot()
	if err != nil && t.err == nil {
		t.err = err
	}
	return id
}

// createLate makes the relations that take late rows: v$late, and v$late_2, ... where several operators have some. They are not append-only: old rows
// are deleted (TrimLate).
func (t *tables) createLate() error {
	v := t.object
	for i, late := range t.late {
		name := v.Name + "$late"
		if i > 0 {
			name += "_" + strconv.Itoa(i+1)
		}
		o := &catalog.Object{
			ID: late.id, Kind: catalog.Table, Name: name, Database: v.Database, Schema: v.Schema, Owner: v.Owner, PartOf: v.ID,
			Table: uint32(late.rows),
		}
		for _, f := range late.columns {
			o.Columns = append(o.Columns, catalog.Column{Name: f.Name, Type: f.Type})
		}
		if err := t.change.Create(o); err != nil {
			return err
		}
		id := flow.RelationID(late.id)
		relation := flow.Relation{
			ID: id, Name: name, Columns: late.columns, Arrangements: []flow.Arrangement{{ID: id, Table: late.rows}},
		}
		t.runtime.Relations = append(t.runtime.Relations, dataflow.RelationDef{Relation: relation, RowID: -1, Constraints: []string{""}})
		t.setRelation(late.id, &relation)
	}
	return nil
}
