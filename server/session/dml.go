package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

func planInsert(s *Session, stmt *ast.Insert, declared []types.OID) (plan, error) {
	return s.planMutation(stmt, "INSERT 0", declared)
}

func planUpdate(s *Session, stmt *ast.Update, declared []types.OID) (plan, error) {
	return s.planMutation(stmt, "UPDATE", declared)
}

func planDelete(s *Session, stmt *ast.Delete, declared []types.OID) (plan, error) {
	return s.planMutation(stmt, "DELETE", declared)
}

// mutationPlan is INSERT, UPDATE or DELETE.
type mutationPlan struct {
	planned *planner.Mutation
	tag     string
	columns []pgwire.Column
	checks  *checks
	upsert  *upsert
	again   dataflow.Again
}

func (s *Session) planMutation(stmt ast.Statement, tag string, declared []types.OID) (plan, error) {
	o := s.options(declared)
	m, err := planner.PlanMutation(stmt, o)
	if err != nil {
		return nil, err
	}
	if err := writable(m.Table); err != nil && !s.internal {
		return nil, err
	}
	p := &mutationPlan{planned: m, tag: tag}
	if m.Returning != nil {
		p.columns = wireColumns(m.ReturningColumns)
	}
	if p.checks, err = newChecks(m.Table, o); err != nil {
		return nil, err
	}
	if m.OnConflict != nil {
		p.upsert, err = newUpsert(m, s.relation(s.engine.current.Load(), m.Table.ID))
		if err != nil && s.hasMadeIndex(m.Table.ID) {
			err = pgerr.New(pgerr.FeatureNotSupported, "ON CONFLICT by an index that the transaction has made is not supported when it had read or written before").
				WithHint("Create the index at the beginning of the transaction, or commit first.")
		}
	}
	return p, err
}

func (p *mutationPlan) describe() ([]types.Type, []pgwire.Column) { return p.planned.Params, p.columns }

// run computes the changes, and commits them if the statement is alone. Rows of RETURNING are given when that is done.
func (p *mutationPlan) run(ctx context.Context, s *Session, args []types.Value, out pgwire.Out) error {
	r, err := p.change(ctx, s, args)
	if err != nil {
		return err
	}
	stmt := s.current
	switch {
	case s.tx.alone:
		s.tx.again = func(ctx context.Context) (err error) {
			p, r, err = s.rerun(ctx, stmt, args)
			return err
		}
		if err := s.commit(ctx); err != nil {
			return err
		}
	case s.tx.state == txImplicit && s.tx.statements == 1 && p.columns == nil:
		args = cloneValues(args) // they are the portal's, which may be closed by then
		s.tx.again = func(ctx context.Context) error {
			_, now, err := s.rerun(ctx, stmt, args)
			if err == nil && now.count != r.count { // the client was told another number
				err = pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update")
			}
			return err
		}
		err = s.tx.writes.Check()
	default:
		s.tx.again = nil
		err = s.tx.writes.Check()
	}
	if err != nil {
		return err
	}
	if p.columns != nil {
		if err := r.give(p.columns, out); err != nil {
			return err
		}
	}
	return out.Complete(fmt.Sprintf("%s %d", p.tag, r.count))
}

// rerun computes the changes of a statement whose commit was refused, by a plan for what there is now: the table may have got another form.
func (s *Session) rerun(ctx context.Context, stmt *prepared, args []types.Value) (*mutationPlan, *changed, error) {
	if err := stmt.ready(); err != nil {
		return nil, nil, err
	}
	s.planned = stmt.version.catalog
	p, ok := stmt.plan.(*mutationPlan)
	if !ok {
		return nil, nil, invariants.Errorf("the plan of %q has become a %T", stmt.text, stmt.plan)
	}
	r, err := p.change(ctx, s, args)
	return p, r, err
}

func cloneValues(args []types.Value) []types.Value {
	own := slices.Clone(args)
	for i := range own {
		own[i].Bytes = bytes.Clone(own[i].Bytes)
	}
	return own
}

// changed is what a statement has done.
type changed struct {
	count    int64
	returned []*batch.Batch
}

// give sends the rows of RETURNING.
func (r *changed) give(columns []pgwire.Column, out pgwire.Out) error {
	if err := out.Columns(columns); err != nil {
		return err
	}
	for _, b := range r.returned {
		if err := out.Rows(b); err != nil {
			return err
		}
	}
	return nil
}

// write is the transaction that the statement writes in.
func (s *Session) write() (*dataflow.Txn, error) {
	if s.tx.writes == nil {
		snapshot, err := s.read()
		if err != nil {
			return nil, err
		}
		s.tx.writes = dataflow.Begin(snapshot)
		s.tx.writes.Planned = s.planned
	}
	s.tx.writes.Planned = min(s.tx.writes.Planned, s.planned)
	return s.tx.writes, nil
}

// readable is Session.readable for all that the statement reads.
func (p *mutationPlan) readable(s *Session) error {
	err := s.readable(p.planned.Graph)
	if p.upsert == nil {
		return err
	}
	for _, l := range p.upsert.lookups {
		err = cmp.Or(err, s.readable(l.graph))
	}
	return err
}

// change computes what changes and notes it in the transaction. All rows are read before the first is written: a statement does not
// see what it does.
func (p *mutationPlan) change(ctx context.Context, s *Session, args []types.Value) (*changed, error) {
	txn, err := s.write()
	if err != nil {
		return nil, err
	}
	m := p.planned
	if err := p.readable(s); err != nil {
		return nil, err
	}
	var rows []*batch.Batch
	err = s.readGraph(ctx, m.Graph, &p.again, args, func(b *batch.Batch) error {
		rows = append(rows, copyRows(b, 0, len(b.Cols)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	w := &rowWriter{
		ctx: eval.Context{Environment: s.functionEnvironment(ctx), Params: args}, plan: p, txn: txn, id: flow.RelationID(m.Table.ID),
		result: &changed{},
	}
	for _, e := range m.Returning {
		w.returning = append(w.returning, eval.Compile(e))
	}
	for _, b := range rows {
		err := w.batch(ctx, s, b)
		if reformed := (*dataflow.ConflictError)(nil); errors.As(err, &reformed) {
			err = &staleError{err, s.planned}
		}
		if err != nil {
			return nil, err
		}
	}
	return w.result, nil
}

// copyRows copies columns of a batch, each row as often as it is there.
func copyRows(b *batch.Batch, from, to int) *batch.Batch {
	kinds := make([]types.Type, to-from)
	for i := range kinds {
		kinds[i] = b.Cols[from+i].Type()
	}
	out := batch.New(kinds...)
	view := &batch.Batch{Cols: b.Cols[from:to]}
	view.SetLen(b.Len())
	if b.Diff == nil {
		all := make([]int32, b.Len())
		for i := range all {
			all[i] = int32(i)
		}
		out.Gather(view, all)
		out.SetLen(b.Len())
		return out
	}
	var all []int32
	for i, d := range b.Diff {
		for range d {
			all = append(all, int32(i))
		}
	}
	out.Gather(view, all)
	out.SetLen(len(all))
	return out
}

// rowWriter writes the rows of one run of a statement.
type rowWriter struct {
	ctx       eval.Context
	plan      *mutationPlan
	txn       *dataflow.Txn
	id        flow.RelationID
	returning []*eval.Evaluator
	result    *changed
	// written has the keys that ON CONFLICT has written, for rows that come twice.
	written map[string]bool
	// gone has the keys of rows that ON CONFLICT has replaced.
	gone map[string]bool
	// gathered is what ON CONFLICT writes: all columns of the table, signed.
	gathered *batch.Batch
}

// batch writes rows as the graph gives them: old, new and extra columns.
func (w *rowWriter) batch(ctx context.Context, s *Session, b *batch.Batch) error {
	m := w.plan.planned
	if w.plan.upsert != nil {
		return w.upsert(ctx, s, b)
	}
	// A row of a table without columns has nothing new either, but nothing old.
	deletes := m.New == 0 && m.Old > 0
	if !deletes {
		row := part(b, m.Old, m.Old+m.New)
		if err := w.plan.checks.check(&w.ctx, row); err != nil {
			return err
		}
		if m.Old > 0 {
			if err := w.txn.Write(w.id, signed(part(b, 0, m.Old), -1)); err != nil {
				return err
			}
		}
		if err := w.txn.Write(w.id, whole(m.Table, row)); err != nil {
			return err
		}
	} else if err := w.txn.Write(w.id, signed(part(b, 0, m.Old), -1)); err != nil {
		return err
	}
	w.result.count += int64(b.Len())
	from := m.Old
	if deletes {
		from = 0
	}
	return w.give(part(b, from, len(b.Cols)))
}

// give computes RETURNING over rows.
func (w *rowWriter) give(rows *batch.Batch) error {
	if w.plan.columns == nil || rows.Len() == 0 {
		return nil
	}
	kinds := make([]types.Type, len(w.plan.columns))
	for i, c := range w.plan.columns {
		kinds[i] = c.Type
	}
	out := batch.New(kinds...)
	for i, e := range w.returning {
		w.ctx.Errors.Truncate(0)
		v := e.Eval(&w.ctx, rows)
		if w.ctx.Errors.Len() > 0 {
			return w.ctx.Errors.Errs[0]
		}
		for n := range rows.Len() {
			if v.Const {
				n = 0
			}
			out.Cols[i].AppendFrom(v.Vec, n)
		}
	}
	out.SetLen(rows.Len())
	w.result.returned = append(w.result.returned, out)
	return nil
}

// part is some columns of a batch, which it shares.
func part(b *batch.Batch, from, to int) *batch.Batch {
	p := &batch.Batch{Cols: b.Cols[from:to]}
	p.SetLen(b.Len())
	return p
}

// signed gives all rows of a batch a multiplicity.
func signed(b *batch.Batch, diff int64) *batch.Batch {
	b.Diff = make([]int64, b.Len())
	for i := range b.Diff {
		b.Diff[i] = diff
	}
	return b
}

// whole is rows with all columns of a table: hidden ones that they lack are null, for the runtime to fill in.
func whole(o *catalog.Object, b *batch.Batch) *batch.Batch {
	if len(b.Cols) == len(o.Columns) {
		return b
	}
	w := &batch.Batch{}
	next := 0
	for _, c := range o.Columns {
		if !c.Hidden {
			w.Cols = append(w.Cols, b.Cols[next])
			next++
			continue
		}
		v := batch.NewVec(c.Type)
		for range b.Len() {
			v.AppendNull()
		}
		w.Cols = append(w.Cols, v)
	}
	w.SetLen(b.Len())
	return w
}
