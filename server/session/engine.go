// Package session is what clients of a server do: it runs SQL statements, one file a statement, over the catalog, the planner and
// the runtime. It implements what pgwire asks of a handler.
//
// An Engine is shared by all sessions: the runtime, the catalog, who is connected. A Session belongs to one client: its settings,
// its transaction, its prepared statements, its cursors.
//
//	text ── parse ──► ast ── commands ──► plan ── run ──► dataflow.Runtime.Read, Write, Change
//	                         (a table)    (kept while the catalog stays as it is)
//
// What a statement does to the catalog is a ddl: objects that are made and dropped, what the runtime must know of it, and the entries of
// the log of definitions, all committed in one epoch. At start the log is replayed by the code that runs the statements.
package session

import (
	"context"
	"log/slog"
	"maps"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/persistent"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
)

// Config is what an Engine is made of.
type Config struct {
	Runtime *dataflow.Runtime
	// Connectors are those that sources and sinks may have.
	Connectors []*connector.Kind
	// Version is what version() says.
	Version string
	// MaxConnections is what SHOW max_connections says; 0: the setting's default.
	MaxConnections int
	Logger         *slog.Logger
	// TableBytes is about how many bytes a table takes on disk; nil: not known.
	TableBytes func(table uint32) int64
	// DiskBytes is how many bytes the data folder takes; nil: not known.
	DiskBytes func() int64
}

// Engine is what all sessions of a server share.
type Engine struct {
	runtime   *dataflow.Runtime
	kinds     []*connector.Kind
	functions *fn.Registry
	commands  map[reflect.Type]command
	version   string
	// maxConnections is the value of the setting.
	maxConnections string
	logger         *slog.Logger
	started        time.Time
	size           func(table uint32) int64
	diskBytes      func() int64

	current atomic.Pointer[schema]
	// defining is held by the one statement that changes the catalog.
	defining mutex
	// uncommitted are the objects that blocks have made, with their sessions. Who holds defining uses it.
	uncommitted map[catalog.ID]*Session
	// writing is held by writers; exclusively by a statement that was refused again and again.
	writing sync.RWMutex
	// altered is the last version of the catalog in which a table got another form.
	altered   atomic.Uint64
	sequences sequences
	sessions  *registry
	advisory  advisoryLocks
	// subscriptions are those that run.
	subscriptions subscriptions
	lastTxID      atomic.Int64
	// Figures for the metrics.
	statements [controls + 1]atomic.Int64
	conflicts  atomic.Int64
}

// schema is what there is at one version: the catalog, and how its relations lie in the store. It does not change.
type schema struct {
	catalog   *catalog.Snapshot
	relations persistent.Map[catalog.ID, *flow.Relation]
	// graphs are those of views and sinks.
	graphs persistent.Map[catalog.ID, *flow.Graph]
	// endless are sources whose rows never end.
	endless map[catalog.ID]bool
}

// New makes an engine with an empty catalog.
func New(c Config) *Engine {
	e := &Engine{
		runtime: c.Runtime, kinds: c.Connectors, functions: fn.Builtins(), commands: commandTable(), version: c.Version, logger: c.Logger,
		started: time.Now(), size: c.TableBytes, diskBytes: c.DiskBytes, defining: newMutex(), sessions: newRegistry(),
		uncommitted: map[catalog.ID]*Session{},
	}
	if c.MaxConnections > 0 {
		e.maxConnections = strconv.Itoa(c.MaxConnections)
	}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	e.sequences.all = map[catalog.ID]*sequenceState{}
	e.current.Store(&schema{catalog: base()})
	return e
}

// Catalog is the catalog as it is now.
func (e *Engine) Catalog() *catalog.Snapshot { return e.current.Load().catalog }

// Close writes down what sessions have left in memory. All sessions must have been closed.
func (e *Engine) Close(ctx context.Context) error { return e.closeSequences(ctx) }

// mutex is a lock that can be waited for until a context ends.
type mutex chan struct{}

func newMutex() mutex { return make(mutex, 1) }

func (m mutex) lock(ctx context.Context) error {
	select {
	case m <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m mutex) unlock() { <-m }

// rerunsMax is how often a statement that was refused is run again; the last time exclusively.
const rerunsMax = 4

// write admits a transaction. exclusive tells that the caller holds the lock of all writers.
func (e *Engine) write(ctx context.Context, t *dataflow.Txn, exclusive bool) error {
	if t == nil || t.Empty() {
		return nil
	}
	if !exclusive {
		e.writing.RLock()
		defer e.writing.RUnlock()
	}
	if err := e.checkAltered(t, func(flow.RelationID) bool { return false }); err != nil {
		return e.refused(err)
	}
	_, err := e.runtime.Write(ctx, t)
	return e.refused(err)
}

// refused counts a transaction that was refused since what it has read or writes to has changed.
func (e *Engine) refused(err error) error {
	if err != nil && pgerr.CodeOf(err) == pgerr.SerializationFailure {
		e.conflicts.Add(1)
	}
	return err
}

// checkAltered refuses to write rows that were computed for another form of their table. The caller holds writing, so that no table changes. own
// tells of tables that the transaction itself has made, and altered before it wrote to them.
func (e *Engine) checkAltered(t *dataflow.Txn, own func(flow.RelationID) bool) error {
	if e.altered.Load() <= t.Planned {
		return nil
	}
	snapshot := e.Catalog()
	for _, id := range t.Relations() {
		if o := snapshot.Object(catalog.ID(id)); o != nil && o.Altered > t.Planned && !own(id) {
			return &dataflow.ConflictError{Relation: id}
		}
	}
	return nil
}

// alone calls f, if asked for while nobody else writes.
func (e *Engine) alone(exclusive bool, f func() error) error {
	if exclusive {
		e.writing.Lock()
		defer e.writing.Unlock()
	}
	return f()
}

// edited is a schema with a change's relations.
func (s *schema) edited(d *ddl) *schema {
	next := &schema{catalog: d.change.Snapshot(), relations: overlaid(s.relations, d.relations), graphs: overlaid(s.graphs, d.graphs), endless: s.endless}
	if len(d.endless) > 0 {
		next.endless = map[catalog.ID]bool{}
		maps.Copy(next.endless, s.endless)
		maps.Copy(next.endless, d.endless)
	}
	return next
}

// overlaid is a map with changes; a nil one takes away.
func overlaid[T any](m persistent.Map[catalog.ID, *T], changes map[catalog.ID]*T) persistent.Map[catalog.ID, *T] {
	for id, x := range changes {
		if x == nil {
			m = m.Without(id)
		} else {
			m = m.With(id, x)
		}
	}
	return m
}

// setGraph notes the graph of a view or sink; nil: it is gone.
func (d *ddl) setGraph(id catalog.ID, g *flow.Graph) {
	if d.graphs == nil {
		d.graphs = map[catalog.ID]*flow.Graph{}
	}
	d.graphs[id] = g
}

// setRelation notes how a relation lies in the store; nil: it is gone.
func (d *ddl) setRelation(id catalog.ID, r *flow.Relation) {
	if d.relations == nil {
		d.relations = map[catalog.ID]*flow.Relation{}
	}
	d.relations[id] = r
}

// setTraits notes what is known of a source.
func (d *ddl) setTraits(id catalog.ID, t connector.Traits) {
	if d.endless == nil {
		d.endless = map[catalog.ID]bool{}
	}
	d.endless[id] = !t.Bounded
}

// relation is how a relation lies in the store, as the change has made it so far.
func (d *ddl) relation(id catalog.ID) *flow.Relation {
	if r, ok := d.relations[id]; ok {
		return r
	}
	return d.schema.relations.Get(id)
}

// addArrangement notes a new index. When the log is read again the relation is made with it.
func (d *ddl) addArrangement(id catalog.ID, a flow.Arrangement, name string) {
	r := *d.relation(id)
	r.Arrangements = append(r.Arrangements[:len(r.Arrangements):len(r.Arrangements)], a)
	d.setRelation(id, &r)
	if !d.replay {
		d.runtime.Indexes = append(d.runtime.Indexes, dataflow.IndexDef{Relation: r.ID, Arrangement: a, Constraint: name})
		return
	}
	for i := range d.runtime.Relations {
		if def := &d.runtime.Relations[i]; def.ID == r.ID {
			def.Arrangements, def.Constraints = r.Arrangements, append(def.Constraints, name)
		}
	}
	for i := range d.runtime.Graphs {
		def := &d.runtime.Graphs[i]
		if m, ok := def.Graph.Output().Spec.(*flow.Materialize); ok && def.ID == r.ID {
			m.Relation.Arrangements, def.Constraints = r.Arrangements, append(def.Constraints, name)
		}
	}
}

// dropArrangement forgets an index.
func (d *ddl) dropArrangement(id catalog.ID, index flow.RelationID) {
	r := *d.relation(id)
	var rest []flow.Arrangement
	for _, a := range r.Arrangements {
		if a.ID != index {
			rest = append(rest, a)
		}
	}
	r.Arrangements = rest
	d.setRelation(id, &r)
}
