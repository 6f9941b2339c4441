package session

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
)

// kindsByName are the kinds of objects as DROP, ALTER and COMMENT ON call them.
var kindsByName = map[string]catalog.Kind{
	"TABLE": catalog.Table, "SOURCE": catalog.Source, "VIEW": catalog.View, "MATERIALIZED VIEW": catalog.MaterializedView,
	"INDEX": catalog.Index, "SEQUENCE": catalog.Sequence, "SINK": catalog.Sink, "SCHEMA": catalog.Schema, "DATABASE": catalog.Database,
	"TYPE": catalog.TypeObject,
}

// drop runs DROP.
func drop(d *ddl, stmt *ast.Drop) error {
	kind, ok := kindsByName[stmt.Objects[0].Kind]
	if !ok {
		return unsupported(stmt, "DROP "+stmt.Objects[0].Kind)
	}
	d.tag = "DROP " + stmt.Objects[0].Kind
	if stmt.Concurrently && stmt.Cascade {
		return unsupported(stmt, "DROP INDEX CONCURRENTLY ... CASCADE")
	}
	var ids []catalog.ID
	for _, x := range stmt.Objects {
		name := nameOfObject(x)
		o, notice, err := d.change.View().FindToDrop(d.path, kind, nameParts(name), stmt.IfExists)
		switch {
		case err != nil:
			return placed(err, name)
		case notice != nil:
			d.notices = append(d.notices, pgerr.New(pgerr.SuccessfulCompletion, notice.Message))
		case !slices.Contains(ids, o.ID):
			if kind == catalog.TypeObject && stmt.Cascade {
				if err := d.keepsType(o); err != nil {
					return err
				}
			}
			if kind == catalog.Database {
				if err := d.dropDatabase(o, stmt.Force); err != nil {
					return err
				}
			}
			ids = append(ids, o.ID)
		}
	}
	d.named = ids
	if kind == catalog.Index {
		return d.dropIndexes(ids, stmt.Cascade)
	}
	return d.dropAll(ids, stmt.Cascade || kind == catalog.Database)
}

// dropIndexes drops indexes, and what relies on them.
func (d *ddl) dropIndexes(ids []catalog.ID, cascade bool) error {
	for _, id := range ids {
		index := d.change.View().Object(id)
		if index == nil { // it was one of a view that an index before it has taken along
			continue
		}
		what := d.describe(index)
		if err := d.dropAll([]catalog.ID{id}, cascade); err != nil {
			return err
		}
		if !index.Index.Unique {
			continue
		}
		if err := d.dropIndexUsers(index, what, cascade); err != nil {
			return err
		}
	}
	return nil
}

// nameOfObject is the name of an object, which DROP TYPE and COMMENT ON TYPE give as a type.
func nameOfObject(x *ast.Object) *ast.Name {
	if x.Name == nil && len(x.Types) == 1 {
		return x.Types[0].Name
	}
	return x.Name
}

// dropDatabase refuses the database of the session, and one that others are in.
func (d *ddl) dropDatabase(o *catalog.Object, force bool) error {
	if o.ID == d.path.Database {
		return pgerr.New(pgerr.ObjectInUse, "cannot drop the currently open database")
	}
	users := 0
	for _, s := range d.engine.sessions.all() {
		if s.database.ID != o.ID {
			continue
		}
		users++
		if force {
			s.peer.Terminate(pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command"))
		}
	}
	if users > 0 && !force {
		message := pgerr.Newf(pgerr.ObjectInUse, "database %q is being accessed by other users", o.Name)
		if users == 1 {
			return message.WithDetail("There is 1 other session using the database.")
		}
		return message.WithDetail("There are %d other sessions using the database.", users)
	}
	return nil
}

// dropAll drops objects, and tells the runtime.
func (d *ddl) dropAll(ids []catalog.ID, cascade bool) error {
	if len(ids) == 0 {
		return nil
	}
	before := len(d.change.Dropped())
	notices, err := d.change.Drop(d.path, ids, cascade)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(ids, func(id catalog.ID) bool { // those of a database say nothing of interest
		return slices.ContainsFunc(d.change.Dropped(), func(o *catalog.Object) bool { return o.ID == id && o.Kind == catalog.Database })
	}) {
		for _, n := range notices {
			e := pgerr.New(pgerr.SuccessfulCompletion, n.Message)
			if n.Detail != "" {
				e.Detail = n.Detail
			}
			d.notices = append(d.notices, e)
		}
	}
	for _, o := range d.change.Dropped()[before:] {
		d.forget(o)
	}
	return nil
}

// forget tells the runtime that an object is gone.
func (d *ddl) forget(o *catalog.Object) {
	switch o.Kind {
	case catalog.Table, catalog.Source, catalog.MaterializedView, catalog.Sink:
		d.runtime.Drop = append(d.runtime.Drop, flow.RelationID(o.ID))
		d.setRelation(o.ID, nil)
		d.setGraph(o.ID, nil)
	case catalog.Index:
		gone := d.change.View().Object(o.PartOf) == nil
		if o.Table != 0 && !gone {
			d.runtime.Drop = append(d.runtime.Drop, flow.RelationID(o.ID))
			d.dropArrangement(o.PartOf, flow.RelationID(o.ID))
		}
	case catalog.Sequence:
		d.runtime.Meta.ResetSettings = append(d.runtime.Meta.ResetSettings, sequenceRecord(o.ID, 0, false).Name)
		d.sequences = append(d.sequences, o.ID)
	case catalog.Database, catalog.Schema, catalog.View, catalog.Function, catalog.TypeObject:
	}
}

// kindOf finds the kind that ALTER and COMMENT ON name.
func kindOf(x *ast.Object, what string) (catalog.Kind, error) {
	kind, ok := kindsByName[x.Kind]
	if !ok {
		return 0, unsupported(x, what+" "+strings.ToUpper(x.Kind))
	}
	return kind, nil
}
