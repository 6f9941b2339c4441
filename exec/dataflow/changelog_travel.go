package dataflow

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// past is how a relation differs from what it was at an epoch: the sum of the changes since, by row.
type past struct {
	rel     *relation
	changes map[string]int64
	encoded []byte
	out     *batch.Batch
}

// pastOf reads the log of a relation from behind an epoch to a snapshot. Memory is that of the rows that have changed.
func pastOf(s *Snapshot, id flow.RelationID, rel *relation, epoch uint64) (*past, error) {
	p := &past{rel: rel, changes: map[string]int64{}, out: rel.newBatch()}
	d := newPieceDecoder(rel.types)
	var taken portion
	for at, more := after(epoch), true; more; {
		var err error
		if more, err = taken.read(s.store, key.TableID(id), &at, s.Epoch()); err != nil {
			return nil, err
		}
		for _, piece := range taken.pieces {
			err := d.decode(piece.data, func(b *batch.Batch) error {
				for i := range b.Len() {
					p.encoded = state.AppendRow(p.encoded[:0], b, rel.primary().all, i)
					p.changes[string(p.encoded)] += b.DiffAt(i)
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// undo answers what rows of the relation were before the changes. The batch is borrowed.
func (p *past) undo(b *batch.Batch) *batch.Batch {
	if len(p.changes) == 0 {
		return b
	}
	p.out.Reset()
	for i := range b.Len() {
		p.encoded = state.AppendRow(p.encoded[:0], b, p.rel.primary().all, i)
		count := b.DiffAt(i)
		if change, ok := p.changes[string(p.encoded)]; ok {
			count -= change
			delete(p.changes, string(p.encoded))
		}
		if count != 0 {
			p.out.AppendRow(b, i, count)
		}
	}
	return p.out
}

// gone emits the rows that were there and are not any more, when undo has seen all that are.
func (p *past) gone(emit op.Emit) error {
	d := newPieceDecoder(p.rel.types)
	for row, change := range p.changes {
		if change == 0 {
			continue
		}
		if change > 0 {
			return invariants.Errorf("a row has come %d times since the epoch and is not there", change)
		}
		if _, err := state.DecodeRow(d.dst, d.kinds, []byte(row)); err != nil {
			return err
		}
		if d.out.AppendDiff(-change); d.out.Len() == batch.Rows {
			if err := emit(d.out); err != nil {
				return err
			}
			d.out.Reset()
		}
	}
	if d.out.Len() == 0 {
		return nil
	}
	return emit(d.out)
}

// scanAt emits all rows of a relation as they were at an epoch that its history reaches.
func (s *Snapshot) scanAt(ctx context.Context, id flow.RelationID, rel *relation, epoch uint64, emit op.Emit) error {
	p := &past{rel: rel}
	if epoch < s.Epoch() {
		var err error
		if p, err = pastOf(s, id, rel, epoch); err != nil {
			return err
		}
	}
	a := rel.primary()
	cursor, err := s.store.Table(key.TableID(a.Table)).Scan(state.Range{})
	if err != nil {
		return err
	}
	err = newDecoder(a, rel.types, a.all).scan(cursor, func(b *batch.Batch) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if b = p.undo(b); b.Len() == 0 {
			return nil
		}
		return emit(b)
	})
	if err = errors.Join(err, cursor.Close()); err != nil {
		return err
	}
	return p.gone(emit)
}

// At is a moment of a relation's history: the present one, an epoch, or the last epoch at a time.
type At struct {
	// Epoch is one if ByEpoch.
	Epoch   uint64
	ByEpoch bool
	// Time is one if ByTime: microseconds since 1970-01-01 UTC.
	Time   int64
	ByTime bool
}

// present tells that no earlier moment is asked for.
func (a At) present() bool { return !a.ByEpoch && !a.ByTime }

// resolve finds the epoch that is meant, in the history of a relation as a snapshot has it.
func (a At) resolve(s *Snapshot, v *visible, id flow.RelationID) (moment, error) {
	now := moment{s.Epoch(), s.Now()}
	name := v.rel.def.Name
	switch {
	case a.present(), a.ByEpoch && a.Epoch == now.epoch:
		return now, nil
	case a.ByEpoch && a.Epoch > now.epoch:
		return now, pgerr.Newf(pgerr.InvalidParameterValue, "epoch %d has not been reached yet", a.Epoch).
			WithDetail("The last epoch is %d.", now.epoch)
	case v.history == nil:
		return now, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "relation %q keeps no history", name).
			WithHint("Create it WITH (retain_history = '1 day').")
	}
	since := v.history.since.Load()
	switch {
	case since == nil || a.ByEpoch && a.Epoch < since.epoch:
		return now, tooOld(name, since)
	case a.ByEpoch:
		m, err := lastChange(s.store, key.TableID(id), *since, func(m moment) bool { return m.epoch <= a.Epoch })
		return moment{a.Epoch, m.now}, err
	case a.Time < since.now:
		return now, tooOld(name, since)
	case a.Time >= now.now:
		return now, nil
	}
	return lastChange(s.store, key.TableID(id), *since, func(m moment) bool { return m.now <= a.Time })
}

func tooOld(name string, since *moment) error {
	e := pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "the history of relation %q does not reach that far back", name)
	if since == nil {
		return e.WithHint("It has just begun.")
	}
	return e.WithDetail("It begins at epoch %d.", since.epoch).WithHint("retain_history of the relation says how long it is kept.")
}
