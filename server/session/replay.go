package session

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/storage/meta"
)

// base is the catalog of a new folder.
func base() *catalog.Snapshot { return pgcatalog.Base() }

// nextID is the name of the setting that keeps which id is given out next.
const nextID = "catalog.next_id"

func nextIDSetting(id catalog.ID) meta.Setting {
	return meta.Setting{Name: nextID, Value: strconv.FormatUint(uint64(id), 10)}
}

// statementOf is an entry of the log as the store keeps it.
func statementOf(e catalog.Entry) meta.Statement {
	return meta.Statement{Sequence: e.Place, Objects: e.Numbers(), SQL: e.SQL}
}

// Restore reads the log of definitions again, and tells the runtime what there is. The runtime must not have been started.
func (e *Engine) Restore(contents *meta.Contents) error {
	s := e.current.Load()
	d := e.newDDL(context.Background(), s)
	d.replay = true
	for _, stored := range contents.Statements {
		entry, err := catalog.ReadEntry(stored.Sequence, stored.Objects, stored.SQL)
		if err != nil {
			return err
		}
		if err := d.change.Replay(entry, func() error { return d.run(entry) }); err != nil {
			return fmt.Errorf("reading the definition %q again: %w", entry.SQL, err)
		}
	}
	for _, setting := range contents.Settings {
		if setting.Name != nextID {
			continue
		}
		next, err := strconv.ParseUint(setting.Value, 10, 32)
		if err != nil {
			return invariants.Errorf("the next id is kept as %q: %v", setting.Value, err)
		}
		d.change.Reserve(catalog.ID(next))
	}
	e.sequences.restore(contents.Settings)
	if err := e.runtime.Restore(d.runtime); err != nil {
		return err
	}
	e.current.Store(s.edited(d))
	return nil
}

// run runs the statements of an entry of the log.
func (d *ddl) run(entry catalog.Entry) error {
	snapshot := d.change.View()
	d.path = snapshot.NewPath(entry.Database, nil, d.owner)
	statements, err := parse.Parse(entry.SQL, parse.DefaultOptions())
	if err != nil {
		return err
	}
	for _, stmt := range statements {
		c, err := d.engine.commandOf(stmt)
		if err != nil {
			return err
		}
		if c.define == nil {
			return invariants.Errorf("the log of definitions holds a %s", nameOf(stmt))
		}
		if err := c.define(d, stmt); err != nil {
			return err
		}
	}
	return nil
}

// databases are those that a new folder has.
var databases = []string{"freshet", "dev"}

// Initialize makes what a new folder has. It does nothing in one that has something.
func (e *Engine) Initialize(ctx context.Context) error {
	if slices.ContainsFunc(e.Catalog().UserObjects(), func(*catalog.Object) bool { return true }) {
		return nil
	}
	d := e.newDDL(ctx, e.current.Load())
	for _, name := range databases {
		if err := createDatabase(d, &ast.CreateDatabase{Name: ast.Ident(name)}); err != nil {
			return err
		}
	}
	return e.apply(ctx, d)
}
