package session

import (
	"context"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/meta"
)

// ddl is one change of the catalog in the making: by a statement, or by one of the log that is read again at start. It gathers
// what the runtime must be told in the same epoch.
type ddl struct {
	engine *Engine
	ctx    context.Context //nolint:containedctx // it lives as long as the statement
	// schema is what there was before.
	schema *schema
	change *catalog.Change
	// relations and endless are what the change does to those of the schema; a nil relation is gone.
	relations map[catalog.ID]*flow.Relation
	endless   map[catalog.ID]bool
	path      catalog.Path
	owner     string
	// settings are the session's; those of the log are the defaults.
	settings *types.Settings
	// replay tells that the statement is the log's: it is canonical, and was accepted once. contents are those of the store that has the log.
	replay   bool
	contents *meta.Contents

	runtime dataflow.Change
	notices []*pgerr.Error
	// session is whose statement it is; nil for the log.
	session *Session
	// alters tells that the form of a table changes, or what its rows must fulfil: no statement that was planned before may write to it.
	alters bool
	// tag replaces the command's name as tag.
	tag string
	// graphs are those of views and sinks that are made; a nil one is gone.
	graphs map[catalog.ID]*flow.Graph
	// awaits are views that must be filled before the statement is done.
	awaits []catalog.ID
	// named are the objects that DROP names.
	named []catalog.ID
	// waits tells that it is made when its block commits.
	waits bool
	// commits tells that its block commits with it.
	commits bool
	// alone tells that it holds Engine.writing already.
	alone bool
	// replaced is the view that gets another query.
	replaced *catalog.Object
	// sequences are those that are gone.
	sequences []catalog.ID
	// noted are objects that become uncommitted, and unnoted those that are so no more.
	noted, unnoted []catalog.ID
}

// define runs a statement that changes the catalog.
func (s *Session) define(ctx context.Context, name string, f func(d *ddl) error, out pgwire.Out) error {
	if s.tx.state == txBlock && name == "CREATE MATERIALIZED VIEW" && s.tx.writes != nil && !s.tx.writes.Empty() {
		return pgerr.New(pgerr.ActiveSQLTransaction, "CREATE MATERIALIZED VIEW cannot run in a transaction that has written").
			WithHint("Commit first: the view reads what is committed.")
	}
	if s.tx.state == txImplicit { // what the text has written before is done first
		if err := s.commitEarly(ctx); err != nil {
			return err
		}
	}
	d, err := s.engine.define(ctx, s, func(d *ddl) error {
		if err := f(d); err != nil || s.tx.state != txBlock {
			return err
		}
		return s.refuseInBlock(d)
	})
	if err != nil {
		return err
	}
	s.derived = nil // what is known of the catalog may have changed
	made := s.tx.state == txBlock && !d.waits
	if made {
		s.undoLater(d) // whatever comes now
	}
	if err := s.engine.await(ctx, s, d); err != nil {
		return err
	}
	if made {
		if err := s.see(d); err != nil {
			return err
		}
	}
	if err := s.noticeAll(out, d.notices); err != nil {
		return err
	}
	if d.tag != "" {
		name = d.tag
	}
	return out.Complete(name)
}

// commitEarly commits what an implicit transaction has written so far, and goes on with a new epoch.
func (s *Session) commitEarly(ctx context.Context) error {
	err := s.engine.write(ctx, s.tx.writes, false)
	s.forgetWork()
	s.tx.again = nil
	return err
}

// see makes a block that goes on able to use what it has made. It keeps its epoch, in which new tables are empty; new views are not, so
// for them it goes on with a new epoch.
func (s *Session) see(d *ddl) error {
	if s.tx.writes != nil {
		for _, o := range d.change.Dropped() {
			s.tx.writes.Discard(flow.RelationID(o.ID))
		}
	}
	for _, o := range d.change.Created() {
		if o.Kind == catalog.MaterializedView {
			s.forgetWork()
			return nil
		}
	}
	if s.tx.snapshot != nil {
		if err := s.engine.runtime.Refresh(s.tx.snapshot, s.ownTable); err != nil {
			return err
		}
	}
	if d.alters {
		s.tx.alters = true
		s.forgetOwn()
	}
	return nil
}

// forgetOwn forgets what the block has read of its own tables: it has given them another form, which no epoch has that it reads.
func (s *Session) forgetOwn() {
	if s.tx.writes == nil {
		return
	}
	for _, made := range s.tx.made {
		for _, id := range made {
			s.tx.writes.Forget(flow.RelationID(id))
		}
	}
}

// ownTable tells whether the block has made a table.
func (s *Session) ownTable(id flow.RelationID) bool {
	o := s.engine.Catalog().Object(catalog.ID(id))
	return o != nil && o.Kind == catalog.Table && s.tx.hasMade(o.ID)
}

// undoLater remembers how to take back what a statement inside a block has made. Others see it from now on; a rollback drops it.
func (s *Session) undoLater(d *ddl) {
	made := d.made()
	if len(made) == 0 {
		return
	}
	s.tx.made = append(s.tx.made, made)
	s.tx.undo = append(s.tx.undo, func(ctx context.Context) error {
		_, err := s.engine.define(ctx, s, func(d *ddl) error { return d.takeBack(made) })
		return err
	})
}

// define runs f, makes what it has changed durable in one epoch, and publishes the new catalog. One runs at a time.
func (e *Engine) define(ctx context.Context, s *Session, f func(d *ddl) error) (*ddl, error) {
	if err := e.defining.lock(ctx); err != nil {
		return nil, err
	}
	defer e.defining.unlock()
	now := e.current.Load()
	made := -1
	if len(s.tx.drops) > 0 {
		behind, waits, err := s.behindDrops(ctx, f)
		if err != nil {
			return nil, err
		}
		if waits {
			s.wait(f)
			behind.waits = true
			return behind, nil
		}
		made = len(behind.change.Created())
	}
	d := s.newDDL(ctx, now)
	err := f(d)
	if made >= 0 && (err != nil || len(d.change.Created()) != made) {
		err = needsDrops()
	}
	for _, o := range d.change.Created() {
		if err == nil {
			err = checkColumnCount(o)
		}
	}
	if err == nil {
		err = d.keptApart()
	}
	if err != nil {
		d.discard()
		return nil, err
	}
	if s.replacesLater(d) {
		d.discard()
		s.wait(f)
		d.waits = true
		return d, nil
	}
	if s.tx.state == txBlock && !d.commits {
		d.noteUncommitted()
	}
	return d, e.apply(ctx, d)
}

// columnsMax is how many columns a relation may have: PostgreSQL's limit.
const columnsMax = 1600

func checkColumnCount(o *catalog.Object) error {
	n := 0
	for i := range o.Columns {
		if !o.Columns[i].Hidden {
			n++
		}
	}
	if n > columnsMax {
		return pgerr.Newf(pgerr.TooManyColumns, "tables can have at most %d columns", columnsMax)
	}
	return nil
}

// newDDL begins a change by a statement of the session.
func (s *Session) newDDL(ctx context.Context, now *schema) *ddl {
	d := s.engine.newDDL(ctx, now)
	d.path, d.owner, d.settings, d.session = s.path(now.catalog), s.start.User, s.Settings(), s
	return d
}

func (e *Engine) newDDL(ctx context.Context, s *schema) *ddl {
	d := &ddl{engine: e, ctx: ctx, schema: s, change: s.catalog.Begin(), owner: "freshet"}
	d.settings = d.plainSettings(nil)
	return d
}

// discard closes what a change that is not made has opened.
func (d *ddl) discard() {
	for _, s := range d.runtime.Sources {
		_ = s.Connector.Close() // it was never read
	}
	for _, g := range d.runtime.Graphs {
		if g.Sink != nil {
			_ = g.Sink.Close() // it was never written
		}
	}
}

// apply commits a change.
func (e *Engine) apply(ctx context.Context, d *ddl) error {
	edit := d.change.Edit()
	if len(edit.Put)+len(edit.Forget)+len(d.runtime.Resume)+len(d.runtime.Meta.ResetSettings) == 0 {
		return e.write(ctx, d.runtime.Txn, false)
	}
	d.runtime.Meta.Forget = append(d.runtime.Meta.Forget, edit.Forget...)
	for _, entry := range edit.Put {
		d.runtime.Meta.Statements = append(d.runtime.Meta.Statements, statementOf(entry))
	}
	d.runtime.Meta.Settings = append(d.runtime.Meta.Settings, nextIDSetting(edit.NextID))
	// What is on its way is stopped only while it still reads what it makes anew: later nobody would know whether it was made.
	d.runtime.Canceled = func() error { return context.Cause(ctx) }
	// While indexes and other forms of tables are built, others write. What a crash leaves of them goes at the next start: until then nothing else has
	// their ids.
	ids := meta.Changes{Settings: []meta.Setting{nextIDSetting(edit.NextID)}}
	if err := e.runtime.Build(context.WithoutCancel(ctx), &d.runtime, ids); err != nil {
		return err
	}
	if d.alters {
		e.writing.Lock()
		defer e.writing.Unlock()
	} else if d.runtime.Txn != nil {
		if !d.alone {
			e.writing.RLock()
			defer e.writing.RUnlock()
		}
		if err := e.checkAltered(d.runtime.Txn, d.session.ownTable); err != nil {
			return e.refused(err)
		}
	}
	if _, err := e.runtime.Change(context.WithoutCancel(ctx), d.runtime); err != nil {
		return e.refused(err)
	}
	e.current.Store(d.schema.edited(d))
	if d.alters {
		e.altered.Store(d.change.Snapshot().Version())
	}
	e.sequences.drop(d.sequences)
	e.noticed(d)
	return nil
}

// notef adds a notice.
func (d *ddl) notef(format string, args ...any) {
	d.notices = append(d.notices, pgerr.Newf(pgerr.SuccessfulCompletion, format, args...))
}

// creating finds out where a new object goes. exists is one that has the name, if ifNotExists lets it be: then there is
// nothing to do, which a notice says.
func (d *ddl) creating(n *ast.Name, ifNotExists bool) (schema *catalog.Object, name string, exists bool, err error) {
	schema, name, err = d.change.View().Creating(d.path, nameParts(n))
	if err != nil {
		return nil, "", false, placed(err, n)
	}
	if old := d.change.View().Lookup(schema.ID, catalog.Table, name); old != nil {
		if ifNotExists {
			d.notices = append(d.notices, pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists, skipping", name))
			return schema, name, true, nil
		}
		return nil, "", false, pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", name)
	}
	return schema, name, false, nil
}

// fullName is a name as definitions have it: with its schema, and its database if that is another than where the statement runs.
func (d *ddl) fullName(o *catalog.Object) *ast.Name {
	return fullName(d.change.View(), d.path.Database, o)
}

func fullName(snapshot *catalog.Snapshot, database catalog.ID, o *catalog.Object) *ast.Name {
	n := &ast.Name{Parts: []ast.Ident{ast.Ident(o.Name)}}
	if schema := snapshot.Object(o.Schema); schema != nil {
		n.Parts = append([]ast.Ident{ast.Ident(schema.Name)}, n.Parts...)
	}
	if o.Database != database && !o.System {
		n.Parts = append([]ast.Ident{ast.Ident(snapshot.Object(o.Database).Name)}, n.Parts...)
	}
	return n
}

// inSchema is the name of an object that is about to be made in a schema.
func inSchema(schema *catalog.Object, name string) *ast.Name {
	return &ast.Name{Parts: []ast.Ident{ast.Ident(schema.Name), ast.Ident(name)}}
}

// table allots a state table.
func (d *ddl) table() (flow.TableID, error) {
	id, err := d.change.Allot()
	return flow.TableID(id), err
}

// freeName makes a name for something that the user has not named: of parts joined by _, with a number behind if it is taken
// (ChooseRelationName). Names are at most 63 bytes.
func (d *ddl) freeName(schema catalog.ID, taken map[string]bool, parts ...string) string {
	suffix := parts[len(parts)-1]
	stem := strings.Join(parts[:len(parts)-1], "_")
	const maxName = 63
	for n := 0; ; n++ {
		end := "_" + suffix
		if n > 0 {
			end += itoa(n)
		}
		name := cutName(stem, maxName-len(end)) + end
		if !taken[name] && d.change.View().Lookup(schema, catalog.Table, name) == nil {
			taken[name] = true
			return name
		}
	}
}

// cutName cuts a name to bytes, at a character.
func cutName(name string, bytes int) string {
	if len(name) <= bytes {
		return name
	}
	for bytes > 0 && name[bytes]&0xC0 == 0x80 {
		bytes--
	}
	return name[:bytes]
}
