package session

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
)

// createSink runs CREATE SINK.
func createSink(d *ddl, stmt *ast.CreateSink) error {
	if stmt.Into != nil {
		return unsupported(stmt.Into, "CREATE SINK INTO")
	}
	schema, name, err := d.change.View().Creating(d.path, nameParts(stmt.Name))
	if err != nil {
		return placed(err, stmt.Name)
	}
	if d.change.View().Lookup(schema.ID, catalog.Sink, name) != nil && stmt.IfNotExists {
		d.notices = append(d.notices, pgerr.Newf(pgerr.DuplicateObject, "sink %q already exists, skipping", name))
		return nil
	}
	query := stmt.Query
	made := *stmt
	made.IfNotExists, made.Name = false, inSchema(schema, name)
	for _, option := range stmt.Options {
		if isZone(option) {
			if err := d.takeZone(option); err != nil {
				return err
			}
		}
	}
	if query != nil {
		made.Options = d.withZone(stmt.Options)
	}
	o := &catalog.Object{
		Kind: catalog.Sink, Name: name, Database: schema.Database, Schema: schema.ID, Owner: d.owner, Stream: &catalog.Stream{},
		Options: catalogOptions(made.Options),
	}
	if stmt.From != nil {
		from, err := d.change.View().Relation(d.path, nameParts(stmt.From))
		if err != nil {
			return placed(err, stmt.From)
		}
		made.From = d.fullName(from)
		made.From.Pos = stmt.From.Pos
		query = allOf(made.From)
		o.SinkFrom = from.ID
		o.DependsOn = []catalog.ID{from.ID}
	}
	if o.Columns, err = d.columnsOf(query); err != nil {
		return err
	}
	if stmt.Query != nil {
		if !d.replay {
			d.expandStars(query, o.Columns)
			d.fixLiterals(query)
		}
		full, depends, err := d.fullQuery(query)
		if err != nil {
			return err
		}
		made.Query, o.DependsOn, o.Query = full, depends, ast.Print(full)
	}
	o.Definition = ast.Print(&made)
	d.settings = d.plainSettings(d.settings.Location)
	return d.addSink(o, query, stmt)
}

// allOf is the query of all rows of a relation.
func allOf(name *ast.Name) *ast.Query {
	return &ast.Query{Body: &ast.Select{
		Targets: []*ast.Target{{X: &ast.Star{}}}, From: []ast.TableExpr{&ast.TableRef{Pos: name.Pos, Name: name}},
	}}
}

// addSink plans the dataflow of a sink, creates its object, and tells the runtime.
func (d *ddl) addSink(o *catalog.Object, query *ast.Query, stmt *ast.CreateSink) error {
	var err error
	if o.ID, err = d.change.Allot(); err != nil {
		return err
	}
	t := &tables{ddl: d, object: o}
	view, err := t.plan(query, planner.ViewOptions{Name: o.Name, Sink: o.ID})
	if err != nil {
		return err
	}
	def := dataflow.GraphDef{ID: flow.RelationID(o.ID), Graph: view.Graph, Settings: d.viewSettings(), Misfit: t.misfit}
	if err := d.sinkOf(o, &def, stmt); err != nil {
		return err
	}
	if err := d.change.Create(o); err != nil {
		return err
	}
	if err := t.createLate(); err != nil {
		return err
	}
	d.runtime.Graphs = append(d.runtime.Graphs, def)
	d.setGraph(o.ID, view.Graph)
	return nil
}

// sinkOf makes what the changes of a graph go into.
func (d *ddl) sinkOf(o *catalog.Object, def *dataflow.GraphDef, stmt *ast.CreateSink) error {
	kind, settings, err := d.sinkKind(stmt)
	if err != nil {
		return err
	}
	config := connector.Config{AppendOnly: neverTakenBack(def.Graph)}
	if config.Options, err = kind.ParseOptions(settings); err != nil {
		return err
	}
	for _, f := range def.Graph.Output().Columns {
		config.Columns = append(config.Columns, connector.Column{Name: f.Name, Type: f.Type})
	}
	if config.Encode, config.EncodeOptions, err = formatOf(stmt.Format, kind); err != nil {
		return err
	}
	if stmt.Format != nil {
		o.Stream.Format = ast.Print(stmt.Format)
	}
	def.Replay, def.LagBytes = kind.Replay, config.Options.Int("max_lag_bytes")
	def.Sink, err = kind.Sink(config)
	return err
}

// sinkKind finds the connector of a sink, as one.
func (d *ddl) sinkKind(stmt *ast.CreateSink) (*connector.Kind, []connector.Setting, error) {
	kind, settings, err := d.connectorOf(slices.DeleteFunc(slices.Clone(stmt.Options), isZone), true)
	if err != nil {
		return nil, nil, err
	}
	return kind.ForSink(), settings, nil
}

// neverTakenBack tells whether the rows that a graph puts out stay.
func neverTakenBack(g *flow.Graph) bool {
	return g.Nodes[g.Output().Inputs[0].Node].AppendOnly
}
