package session

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// subscribePlan is SUBSCRIBE: the changes of a relation as rows, for as long as the client wants them.
type subscribePlan struct {
	stmt *ast.Subscribe
	// relation is what is followed; nil: the query is, as a temporary view.
	relation *catalog.Object
	query    *ast.Query
	snapshot bool
	progress bool
	// bounds is a query of AS OF and UP TO, nil if there is neither.
	bounds  *planner.Prepared
	rows    []pgwire.Column // of the relation
	places  []int           // of rows in the relation
	form    *subscribedForm
	columns []pgwire.Column
}

// planSubscribe plans SUBSCRIBE.
func planSubscribe(s *Session, stmt *ast.Subscribe, declared []types.OID) (plan, error) {
	p := &subscribePlan{stmt: stmt, query: stmt.Query, snapshot: true}
	if err := p.readOptions(); err != nil {
		return nil, err
	}
	if stmt.Name != nil {
		if err := p.find(s); err != nil {
			return nil, err
		}
	}
	if p.query != nil {
		if stmt.AsOf != nil {
			return nil, unsupported(stmt.AsOf, "AS OF of a query").
				WithHint("Create a materialized view WITH (retain_history = '1 day') and subscribe to it.")
		}
		columns, err := planner.Describe(p.query, s.options(nil))
		if err != nil {
			return nil, err
		}
		p.rows = wireColumns(columns)
		for i := range p.rows {
			p.places = append(p.places, i)
		}
	}
	var err error
	if p.form, err = newSubscribedForm(p); err != nil {
		return nil, err
	}
	p.columns = p.form.columns()
	return p, p.planBounds(s, declared)
}

func (p *subscribePlan) readOptions() error {
	for _, o := range p.stmt.Options {
		name, value := strings.ToLower(settingName(o.Name)), "true"
		if o.Value != nil {
			value, _ = constantWord(o.Value)
		}
		on, ok := parseBool(value)
		switch {
		case name != "snapshot" && name != "progress":
			return pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized SUBSCRIBE option %q", name).At(int(o.At())).
				WithHint("There are snapshot and progress.")
		case !ok:
			return pgerr.Newf(pgerr.InvalidParameterValue, "%s requires a Boolean value", name).At(int(o.At()))
		case name == "snapshot":
			p.snapshot = on
		default:
			p.progress = on
		}
	}
	return nil
}

// find looks the relation up. What keeps no rows of its own, a view or a source, is a query of all its rows.
func (p *subscribePlan) find(s *Session) error {
	snapshot := s.catalog()
	o, err := snapshot.Relation(s.path(snapshot), nameParts(p.stmt.Name))
	if err != nil {
		return placed(err, p.stmt.Name)
	}
	switch {
	case o.System:
		return unsupported(p.stmt.Name, "SUBSCRIBE to a system relation")
	case o.Kind == catalog.View || o.Kind == catalog.Source:
		p.query = allOf(p.stmt.Name)
		return nil
	case o.Kind != catalog.Table && o.Kind != catalog.MaterializedView:
		return pgerr.Newf(pgerr.WrongObjectType, "cannot subscribe to %s %q", o.Kind, o.Name).At(int(p.stmt.Name.At()))
	}
	p.relation = o
	for i, c := range o.Columns {
		if !c.Hidden {
			p.rows = append(p.rows, pgwire.Column{Name: c.Name, Type: c.Type, Table: types.OID(o.ID), Number: int16(i + 1)})
			p.places = append(p.places, i)
		}
	}
	return nil
}

// planBounds plans what AS OF and UP TO say as one query, so that both may have parameters.
func (p *subscribePlan) planBounds(s *Session, declared []types.OID) error {
	var body ast.Select
	for _, x := range []ast.Expr{p.stmt.AsOf, p.stmt.UpTo} {
		if x != nil {
			body.Targets = append(body.Targets, &ast.Target{X: x})
		}
	}
	if len(body.Targets) == 0 {
		return nil
	}
	var err error
	p.bounds, err = planner.Plan(&ast.Query{Body: &body}, s.options(declared))
	return err
}

func (p *subscribePlan) describe() ([]types.Type, []pgwire.Column) {
	if p.bounds == nil {
		return nil, p.columns
	}
	return p.bounds.Params, p.columns
}

// noBound is UP TO of a subscription without one.
const noBound uint64 = math.MaxUint64

// limits computes AS OF and UP TO. UP TO is an epoch, or a time in microseconds since 1970-01-01 UTC.
type limits struct {
	from   dataflow.At
	upTo   uint64
	upTime int64
}

func (p *subscribePlan) limits(ctx context.Context, s *Session, args []types.Value) (limits, error) {
	l := limits{upTo: noBound, upTime: math.MaxInt64}
	if p.bounds == nil {
		return l, nil
	}
	err := s.readGraph(ctx, p.bounds.Graph, nil, args, func(b *batch.Batch) error {
		place := 0
		if p.stmt.AsOf != nil {
			at, err := s.moment(b.Cols[0].Value(0), p.bounds.Columns[0].Type, p.stmt.AsOf)
			if err != nil {
				return err
			}
			l.from = at
			place = 1
		}
		if p.stmt.UpTo != nil {
			at, err := s.moment(b.Cols[place].Value(0), p.bounds.Columns[place].Type, p.stmt.UpTo)
			if err != nil {
				return err
			}
			if at.ByEpoch {
				l.upTo = at.Epoch
			} else {
				l.upTime = at.Time
			}
		}
		return nil
	})
	return l, err
}

// moment is a value of AS OF or UP TO: an integer is an epoch, anything else a time.
func (s *Session) moment(v types.Value, t types.Type, x ast.Expr) (dataflow.At, error) {
	if v.Null {
		return dataflow.At{}, pgerr.New(pgerr.InvalidParameterValue, "an epoch or a time must not be null").At(int(x.At()))
	}
	switch t.OID {
	case types.OIDInt2, types.OIDInt4, types.OIDInt8:
		if v.Int < 0 {
			return dataflow.At{}, pgerr.New(pgerr.InvalidParameterValue, "an epoch must not be negative").At(int(x.At()))
		}
		return dataflow.At{ByEpoch: true, Epoch: uint64(v.Int)}, nil
	case types.OIDTimestamptz:
		return dataflow.At{ByTime: true, Time: v.Int}, nil
	default:
	}
	text := types.Text(t, v, s.Settings())
	if epoch, err := strconv.ParseUint(text, 10, 63); err == nil {
		return dataflow.At{ByEpoch: true, Epoch: epoch}, nil
	}
	at, err := types.Parse(types.Of(types.OIDTimestamptz), text, s.Settings())
	if err != nil {
		return dataflow.At{}, placed(err, x)
	}
	return dataflow.At{ByTime: true, Time: at.Int}, nil
}

// subscription is a SUBSCRIBE that runs.
type subscription struct {
	engine   *Engine
	plan     *subscribePlan
	limits   limits
	follower *dataflow.Follower
	// view is the temporary view of a query, nil of a relation.
	view    *temporaryView
	stop    func() // takes it out of what sys.subscriptions shows
	given   int64
	epoch   uint64
	watched time.Time // when a progress row was given last
}

// open begins a subscription. It must be closed.
func (p *subscribePlan) open(ctx context.Context, s *Session, args []types.Value, out pgwire.Out) (_ *subscription, err error) {
	sub := &subscription{engine: s.engine, plan: p, stop: func() {}}
	if sub.limits, err = p.limits(ctx, s, args); err != nil {
		return nil, err
	}
	s.releaseStatement() // it may go on for long, and holds no epoch
	var id flow.RelationID
	if p.relation != nil {
		id = flow.RelationID(p.relation.ID)
	} else {
		if sub.view, err = s.makeTemporary(ctx, p.query, out); err != nil {
			return nil, err
		}
		id = sub.view.id
	}
	if sub.follower, err = s.engine.runtime.Follow(id, sub.limits.from); err != nil {
		return nil, errors.Join(err, sub.close())
	}
	sub.epoch, _ = sub.follower.Start()
	sub.stop = s.engine.subscriptions.add(s, p, sub.follower)
	return sub, nil
}

func (sub *subscription) close() error {
	sub.stop()
	var err error
	if sub.follower != nil {
		err = sub.follower.Close()
	}
	if sub.view != nil {
		sub.view.drop()
	}
	return err
}

// reader takes the rows of a subscription.
type reader interface {
	rows(b *batch.Batch) error
	// flush is called when all rows of some epochs were given.
	flush() error
	// patience bounds how long the next rows are waited for; the cause of the context's end is errPatience.
	patience(ctx context.Context) (context.Context, context.CancelFunc)
}

// errPatience is why a wait of a cursor ends.
var errPatience = errors.New("nothing has come in time")

// progressPause is how long at least lies between two progress rows that tell of no change.
const progressPause = 100 * time.Millisecond

// run gives all rows until UP TO, or until the client has enough.
func (sub *subscription) run(ctx context.Context, to reader) error {
	form := sub.plan.form.begin(func(b *batch.Batch) error {
		sub.given += int64(b.Len())
		return to.rows(b)
	})
	start, now := sub.follower.Start()
	if sub.plan.snapshot && start <= sub.limits.upTo && now <= sub.limits.upTime {
		err := sub.follower.Rows(ctx, func(b *batch.Batch) error { return form.row(start, now, sub.wanted(b)) })
		if err != nil {
			return err
		}
	}
	told := int64(-1) // how many rows were given when progress was told last
	for epoch := start; ; {
		if err := form.endEpoch(); err != nil {
			return err
		}
		if err := sub.tell(form, epoch, now, sub.given != told); err != nil {
			return err
		}
		told = sub.given
		if err := to.flush(); err != nil {
			return err
		}
		sub.epoch = epoch
		if epoch >= sub.limits.upTo || now >= sub.limits.upTime {
			return nil
		}
		var err error
		if epoch, now, err = sub.next(ctx, form, to); err != nil {
			return err
		}
	}
}

// tell gives a progress row, if the client wants them: all changes up to the epoch have been given.
func (sub *subscription) tell(form *formed, epoch uint64, now int64, changed bool) error {
	if !sub.plan.progress || !changed && time.Since(sub.watched) < progressPause && epoch < sub.limits.upTo {
		return nil
	}
	sub.watched = time.Now()
	return form.progress(epoch, now)
}

// errReached is why a wait ends at UP TO a time.
var errReached = errors.New("the time is reached")

// next waits for the next epochs and gives their changes. Where nothing has come up to the time of UP TO, it answers that time.
func (sub *subscription) next(ctx context.Context, form *formed, to reader) (epoch uint64, now int64, err error) {
	if sub.limits.upTime == math.MaxInt64 {
		return sub.wait(ctx, form, to)
	}
	for {
		reached, err := sub.engine.runtime.Now()
		if err != nil {
			return 0, 0, err
		}
		// All epochs before that are published: if it is behind UP TO, what is found without waiting is all there is.
		pause := time.Duration(min(max(sub.limits.upTime-reached+1, 0), time.Hour.Microseconds())) * time.Microsecond
		limited, cancel := context.WithTimeoutCause(ctx, pause, errReached)
		epoch, now, err = sub.wait(limited, form, to)
		cancel()
		switch {
		case !errors.Is(err, errReached):
			return epoch, now, err
		case reached > sub.limits.upTime:
			return sub.epoch, sub.limits.upTime, nil
		}
	}
}

// wait is next without regard to UP TO a time.
func (sub *subscription) wait(ctx context.Context, form *formed, to reader) (epoch uint64, now int64, err error) {
	for {
		wait, cancel := to.patience(ctx)
		epoch, now, err = sub.follower.Next(wait, sub.limits.upTo, func(epoch uint64, now int64, b *batch.Batch) error {
			if now > sub.limits.upTime {
				return nil
			}
			return form.change(epoch, now, sub.wanted(b))
		})
		cancel()
		if !errors.Is(err, errPatience) {
			return epoch, now, err
		}
		if err := to.rows(form.none()); err != nil {
			return 0, 0, err
		}
	}
}

// wanted are the columns of a relation that the client sees.
func (sub *subscription) wanted(b *batch.Batch) *batch.Batch {
	view := &batch.Batch{Diff: b.Diff}
	for _, c := range sub.plan.places {
		view.Cols = append(view.Cols, b.Cols[c])
	}
	view.SetLen(b.Len())
	return view
}

func (p *subscribePlan) run(ctx context.Context, s *Session, args []types.Value, out pgwire.Out) error {
	sub, err := p.open(ctx, s, args, out)
	if err != nil {
		return err
	}
	err = out.Columns(p.columns)
	if err == nil {
		err = sub.run(ctx, &outReader{out})
	}
	if err = errors.Join(err, sub.close()); err != nil {
		return err
	}
	return out.Complete("SUBSCRIBE " + strconv.FormatInt(sub.given, 10))
}

// outReader sends rows to the client.
type outReader struct{ out pgwire.Out }

func (r *outReader) rows(b *batch.Batch) error { return r.out.Rows(b) }

func (r *outReader) flush() error {
	if f, ok := r.out.(pgwire.Flusher); ok {
		return f.Flush()
	}
	return nil
}

func (r *outReader) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	return ctx, func() {}
}
