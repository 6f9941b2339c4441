package session

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
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
//
// A later version of the program may plan a view or a sink with more tables or fewer: then it gets new ones, and has failed (ADR 40).
//
// A definition that was accepted once may be refused by a later version. Then there is no start, for what would be kept of a view
// whose changes are missed is wrong for ever; with dropBroken those that can be computed anew are dropped, with their state, and so is what depends
// on them, since that is not found any more.
func (e *Engine) Restore(ctx context.Context, contents *meta.Contents, dropBroken bool) error {
	s := e.current.Load()
	next, err := firstFree(contents)
	if err != nil {
		return err
	}
	var gone dataflow.Change
	d, broken := e.replay(ctx, s, contents, next, nil)
	for skip := map[uint64]bool{}; broken != nil; d, broken = e.replay(ctx, s, contents, next, skip) {
		d.discard()
		if !dropBroken || !broken.again {
			return broken
		}
		e.logger.Warn("a definition is dropped, for it is refused by this version", "definition", broken.entry.SQL, "error", broken.err)
		skip[broken.entry.Place] = true
		gone.Meta.Forget = append(gone.Meta.Forget, broken.entry.Place)
		gone.Abandon = append(gone.Abandon, abandoned(broken.entry))
	}
	d.renew(&gone)
	e.sequences.restore(contents.Settings)
	if err := e.runtime.Restore(d.runtime); err != nil {
		return err
	}
	e.current.Store(s.edited(d))
	if len(gone.Abandon) > 0 {
		if _, err := e.runtime.Change(ctx, gone); err != nil {
			return err
		}
	}
	return e.takeBackUncommitted(ctx, contents.Settings)
}

// firstFree is the first id that nothing in the store has.
func firstFree(contents *meta.Contents) (catalog.ID, error) {
	for _, setting := range contents.Settings {
		if setting.Name != nextID {
			continue
		}
		next, err := strconv.ParseUint(setting.Value, 10, 32)
		if err != nil {
			return 0, invariants.Errorf("the next id is kept as %q: %v", setting.Value, err)
		}
		return catalog.ID(next), nil
	}
	return 0, nil // the folder is new
}

// renew makes entries of the log that have got other ids durable, and what they had under the former ones gone. Until that is done each start finds them as they were.
func (d *ddl) renew(gone *dataflow.Change) {
	for _, r := range d.change.Renewed() {
		gone.Meta.Statements = append(gone.Meta.Statements, statementOf(r.Entry))
		a := dataflow.Abandoned{}
		for _, id := range r.Gone {
			a.Tables = append(a.Tables, flow.TableID(id))
		}
		gone.Abandon = append(gone.Abandon, a)
	}
	if len(d.change.Renewed()) > 0 {
		gone.Meta.Settings = append(gone.Meta.Settings, nextIDSetting(d.change.View().NextID()))
	}
}

// brokenDefinition is the error for an entry of the log that does not run any more.
type brokenDefinition struct {
	entry catalog.Entry
	err   error
	// again tells that what it defines can be made again from what there is.
	again bool
}

func (b *brokenDefinition) Unwrap() error { return b.err }

func (b *brokenDefinition) Error() string {
	hint := "start the version of Freshet that has taken it, and drop it there"
	if b.again {
		hint = "start the version of Freshet that has taken it, and drop it there; or start this one once with --drop-broken: that drops it and what " +
			"depends on it, and logs the text of each, so that it can be created again"
	}
	return fmt.Sprintf("reading the definition %q again: %v: %s", b.entry.SQL, b.err, hint)
}

// replay runs the entries of the log, except those at the places to skip, until one is broken.
func (e *Engine) replay(ctx context.Context, s *schema, contents *meta.Contents, next catalog.ID, skip map[uint64]bool) (*ddl, *brokenDefinition) {
	d := e.newDDL(ctx, s)
	d.replay, d.contents = true, contents
	d.change.Reserve(next)
	for _, stored := range contents.Statements {
		if skip[stored.Sequence] {
			continue
		}
		entry, err := catalog.ReadEntry(stored.Sequence, stored.Objects, stored.SQL)
		if err != nil {
			return d, &brokenDefinition{entry: catalog.Entry{Place: stored.Sequence, SQL: stored.SQL}, err: err}
		}
		if err := d.change.Replay(entry, func() error { return d.run(entry) }); err != nil {
			return d, &brokenDefinition{entry, err, recomputed(entry)}
		}
	}
	return d, nil
}

// recomputed tells whether an entry defines what has nothing of its own. Its text is canonical; it is not parsed, for that may be what fails.
func recomputed(entry catalog.Entry) bool {
	return len(entry.IDs) > 0 && slices.ContainsFunc([]string{"VIEW ", "MATERIALIZED VIEW ", "INDEX ", "UNIQUE INDEX ", "SINK "}, func(kind string) bool {
		return strings.HasPrefix(entry.SQL, "CREATE "+kind)
	})
}

// abandoned is what the store has of an entry: of its ids the first is its own, and any may be that of a table.
func abandoned(entry catalog.Entry) dataflow.Abandoned {
	a := dataflow.Abandoned{ID: flow.RelationID(entry.IDs[0])}
	for _, id := range entry.IDs {
		a.Tables = append(a.Tables, flow.TableID(id))
	}
	return a
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
