package dataflow

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/persistent"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// Snapshot is what there is to read at one published epoch. Any number of goroutines may use it until it is closed.
type Snapshot struct {
	store *storage.Snapshot
	files *storage.Store // for what transactions write ahead
	view  *view
	first *view // view as it was before the first Refresh; nil: there was none
}

// view is what there is at an epoch beside the rows. It does not change.
type view struct {
	relations persistent.Map[flow.RelationID, *visible]
	sources   persistent.Map[flow.RelationID, connector.Source]
}

// visible is a relation as readers see it.
type visible struct {
	rel *relation
	// filling has the progress of a view that is not to be read yet; nil: it is.
	filling *fillProgress
	// failed is why such a view will not get any further, nil if it will.
	failed error
	// history is of one that keeps it, nil of others.
	history *changelog
}

// fillProgress counts the rows that a new view has been given. It goes on while snapshots look at it.
type fillProgress struct{ rows atomic.Int64 }

// published is the last published epoch.
type published struct {
	sync.RWMutex
	view *view
	// store is the store's snapshot of the epoch, kept open so that a reader needs one lock only.
	closed bool
}

// Snapshot returns the last published epoch. It must be closed.
func (r *Runtime) Snapshot() (*Snapshot, error) {
	r.published.RLock()
	defer r.published.RUnlock()
	if r.published.closed {
		return nil, shutdown()
	}
	s, err := r.config.Store.Snapshot()
	if err != nil {
		return nil, err
	}
	return &Snapshot{store: s, files: r.config.Store, view: r.published.view}, nil
}

// Refresh makes a snapshot know the relations that were made after it, which are empty at its epoch, and forget those that are gone. Those that
// were there already stay as they lie in its epoch: others, or the transaction itself, may have given them an index or another form since. Only
// the tables that the transaction has made, of which own tells, are as they are now if they are empty at the epoch: that they are in any form. It
// is for a transaction that defines tables and goes on; nobody else may use the snapshot meanwhile.
func (r *Runtime) Refresh(s *Snapshot, own func(flow.RelationID) bool) error {
	r.published.RLock()
	defer r.published.RUnlock()
	if s.first == nil {
		s.first = s.view
	}
	v := *r.published.view
	for id, now := range v.relations.All() {
		was := s.first.relations.Get(id)
		if was == nil || was == now {
			continue
		}
		free := false
		if own(id) {
			var err error
			if free, err = s.isEmpty(was.rel); err != nil {
				return err
			}
		}
		if !free {
			v.relations = v.relations.With(id, was)
		}
	}
	s.view = &v
	return nil
}

// isEmpty tells whether a relation has no rows at the epoch.
func (s *Snapshot) isEmpty(rel *relation) (bool, error) {
	cursor, err := s.store.Table(key.TableID(rel.primary().Table)).Scan(state.Range{})
	if err != nil {
		return false, err
	}
	var first state.Run
	_, err = cursor.Next(&first, 1)
	return first.Len() == 0, errors.Join(err, cursor.Close())
}

// publishEpoch makes an epoch visible, with the relations that there are.
func (r *Runtime) publishEpoch(epoch uint64) error {
	r.published.Lock()
	defer r.published.Unlock()
	r.renewView()
	return r.config.Store.Publish(epoch)
}

// publish makes the relations visible that there are, at the epoch that is visible already.
func (r *Runtime) publish() {
	r.published.Lock()
	defer r.published.Unlock()
	r.renewView()
}

// renewView makes the relations and sources visible that are others than before.
func (r *Runtime) renewView() {
	if len(r.unpublished) == 0 {
		return
	}
	v := *r.published.view
	for id := range r.unpublished {
		if s := r.sources[id]; s == nil {
			v.sources = v.sources.Without(id)
		} else {
			v.sources = v.sources.With(id, s.def.Connector)
		}
		if g := r.byID[id]; g == nil || g.relation == nil {
			v.relations = v.relations.Without(id)
		} else {
			v.relations = v.relations.With(id, g.visible())
		}
	}
	clear(r.unpublished)
	r.published.view = &v
}

func (g *graph) visible() *visible {
	seen := &visible{rel: g.relation}
	if g.status == Filling || g.status == Failed && !g.complete {
		seen.filling = &g.progress
	}
	if g.status == Failed {
		seen.failed = g.err
	}
	if g.log.keep > 0 {
		seen.history = &g.log
	}
	return seen
}

func (p *published) close() error {
	p.Lock()
	defer p.Unlock()
	p.closed = true
	return nil
}

// Epoch is the number of the epoch.
func (s *Snapshot) Epoch() uint64 { return s.store.Epoch().Number }

// Now is the time of its tick, in microseconds since 1970-01-01 UTC.
func (s *Snapshot) Now() int64 { return s.store.Epoch().Now }

// Close gives the snapshot back.
func (s *Snapshot) Close() error { return s.store.Close() }

// Lacks tells that there is no such relation to be read.
func (s *Snapshot) Lacks(id flow.RelationID) bool {
	return s.view.relations.Get(id) == nil && s.view.sources.Get(id) == nil
}

// Form is how a relation lies in the store at the epoch, nil if it is not there.
func (s *Snapshot) Form(id flow.RelationID) *flow.Relation {
	v := s.view.relations.Get(id)
	if v == nil {
		return nil
	}
	return &v.rel.def.Relation
}

// Fits tells whether a scan, which gives such columns, was planned for the form that its relation has at the epoch.
func (s *Snapshot) Fits(scan *flow.Scan, columns []flow.Field) bool {
	v := s.view.relations.Get(scan.Relation)
	return v == nil || v.rel.fits(scan, columns)
}

// fits tells whether a scan was planned for this form of the relation: for the index that has its place, and for columns of such types.
func (r *relation) fits(scan *flow.Scan, columns []flow.Field) bool {
	if a := scan.Access; a != nil && (a.Arrangement >= len(r.arrangements) || !r.arrangements[a.Arrangement].fits(a, r.types)) {
		return false
	}
	for i, c := range scan.Columns {
		if c >= len(r.types) || r.types[c].OID != columns[i].Type.OID {
			return false
		}
	}
	return true
}

// fits tells whether this is the arrangement that an access means, with a key of such values.
func (a *arrangement) fits(access *flow.Access, columns []types.Type) bool {
	if access.Index != 0 && (a.ID != access.Index || !slices.Equal(a.Key, access.Key)) || len(access.Equal) > len(a.Key) {
		return false
	}
	is := func(k int, e flow.Expr) bool { return columns[a.Key[k].Column].Kind() == e.Type().Kind() }
	for k, e := range access.Equal {
		if !is(k, e) {
			return false
		}
	}
	for _, end := range [...]*flow.Limit{access.Low, access.High} {
		if end != nil && (len(access.Equal) == len(a.Key) || !is(len(access.Equal), end.Value)) {
			return false
		}
	}
	return true
}

// relation answers a relation that can be read.
func (s *Snapshot) relation(id flow.RelationID) (*relation, error) {
	v := s.view.relations.Get(id)
	if v == nil {
		return nil, undefined(id)
	}
	if v.filling != nil && v.failed != nil {
		return nil, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "materialized view %q has failed and cannot be read", v.rel.def.Name).
			WithDetail("%s", v.failed.Error()).
			WithHint("ALTER MATERIALIZED VIEW ... RESUME computes it again.")
	}
	if v.filling != nil {
		return nil, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "materialized view %q has not been populated", v.rel.def.Name).
			WithDetail("It has been given %d rows of its inputs so far.", v.filling.rows.Load()).
			WithHint("Wait until it has caught up; SHOW JOBS tells how far it is.")
	}
	return v.rel, nil
}
