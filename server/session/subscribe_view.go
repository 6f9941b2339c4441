package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// temporaryView is a materialized view that no catalog has: the query of a subscription, kept up to date while that runs.
type temporaryView struct {
	runtime *dataflow.Runtime
	id      flow.RelationID
	all     []flow.RelationID // with its relations of late rows
}

// subscribedName is what messages call it.
const subscribedName = "subscription"

// makeTemporary makes a view of a query and waits until it has caught up.
func (s *Session) makeTemporary(ctx context.Context, query *ast.Query, out pgwire.Out) (*temporaryView, error) {
	r := s.engine.runtime
	v := &temporaryView{runtime: r, id: flow.RelationID(r.TemporaryID())}
	v.all = []flow.RelationID{v.id}
	var change dataflow.Change
	planned, err := planner.PlanView(query, s.options(nil), planner.ViewOptions{
		ID: catalog.ID(v.id), Name: subscribedName,
		AllocTable: func(string) flow.TableID { return flow.TableID(r.TemporaryID()) },
		AllocLate: func(columns []flow.Field) flow.RelationID {
			id := flow.RelationID(r.TemporaryID())
			change.Relations = append(change.Relations, dataflow.RelationDef{
				Relation: flow.Relation{ID: id, Name: subscribedName + "$late", Columns: columns, AppendOnly: true, Arrangements: []flow.Arrangement{
					{ID: id, Table: flow.TableID(r.TemporaryID())},
				}},
				RowID: -1, Constraints: []string{""}, Temporary: true,
			})
			v.all = append(v.all, id)
			return id
		},
	})
	if err != nil {
		return nil, err
	}
	for _, text := range planned.Notices {
		if err := s.noticef(out, "%s", text); err != nil {
			return nil, err
		}
	}
	if m, ok := planned.Graph.Output().Spec.(*flow.Materialize); ok {
		m.Relation.Arrangements[0].ID = v.id
	}
	settings := *types.DefaultSettings
	settings.Location, settings.Enums = s.Settings().Location, s.engine
	change.Graphs = []dataflow.GraphDef{{
		ID: v.id, Graph: planned.Graph, Constraints: []string{subscribedName}, Settings: &settings, Temporary: true, Wait: true,
	}}
	if _, err := r.Change(ctx, change); err != nil {
		v.drop()
		return nil, err
	}
	return v, nil
}

// drop removes the view. It may have gone already, with what it reads.
func (v *temporaryView) drop() {
	for _, id := range v.all {
		_, _ = v.runtime.Change(context.Background(), dataflow.Change{Drop: []flow.RelationID{id}})
	}
}

// subscriptions are those that run, for sys.subscriptions.
type subscriptions struct {
	mu  sync.Mutex
	all map[*dataflow.Follower]pgcatalog.Subscription
}

// add notes one, and answers how it is taken out again.
func (l *subscriptions) add(s *Session, p *subscribePlan, f *dataflow.Follower) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*dataflow.Follower]pgcatalog.Subscription{}
	}
	x := pgcatalog.Subscription{PID: int32(s.start.ProcessID), Started: time.Now().UnixMicro()}
	if p.relation != nil {
		x.Relation = p.relation.ID
	}
	l.all[f] = x
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.all, f)
	}
}

// figures are those of sys.subscriptions.
func (l *subscriptions) figures() []pgcatalog.Subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []pgcatalog.Subscription
	for f, x := range l.all {
		x.Epoch = f.Epoch()
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b pgcatalog.Subscription) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.Started, b.Started))
	})
	return list
}

// copySubscribePlan is COPY (SUBSCRIBE ...) TO STDOUT.
type copySubscribePlan struct {
	subscribe *subscribePlan
	options   *copyOptions
}

func (p *copySubscribePlan) describe() ([]types.Type, []pgwire.Column) { return nil, nil }

func (p *copySubscribePlan) run(ctx context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	w, err := beginCopyOut(p.options, p.subscribe.columns, s.Settings(), out)
	if err != nil {
		return err
	}
	sub, err := p.subscribe.open(ctx, s, nil, out)
	if err != nil {
		return err
	}
	err = sub.run(ctx, &copyReader{outReader{out}, w})
	if err = errors.Join(err, sub.close()); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	return out.Complete(fmt.Sprintf("COPY %d", w.count))
}

// copyReader writes rows as COPY TO does.
type copyReader struct {
	outReader
	w *copyOutput
}

func (r *copyReader) rows(b *batch.Batch) error { return r.w.rows(b) }
