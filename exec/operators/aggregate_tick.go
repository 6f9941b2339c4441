package operators

import (
	"slices"
	"sort"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// EndTick emits the differences that the tick has made, stores the groups it has changed, and closes the windows that are complete.
func (a *aggregate) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	watermark := t.Watermarks[0]
	out := op.Outcome{Watermark: watermark, Wake: op.Never}
	a.ticks++
	a.emit = emit
	if err := a.finishTick(t.Epoch, watermark); err != nil {
		return out, err
	}
	if a.expires() && watermark > a.closed {
		if err := a.close(watermark); err != nil {
			return out, err
		}
		a.closed = watermark
	}
	return out, a.flush()
}

func (a *aggregate) finishTick(epoch uint64, watermark int64) error {
	if a.panes != nil {
		if err := a.spreadPanes(); err != nil {
			return err
		}
	}
	if a.single && a.ticks == 1 {
		if err := a.touchSingle(); err != nil {
			return err
		}
	}
	if err := a.finishSets(watermark); err != nil {
		return err
	}
	if err := a.storeCame(epoch, watermark); err != nil {
		return err
	}
	sort.Stable(byRow{&a.oldErrors})
	for from := 0; from < len(a.dirty); {
		to := from + 1
		for to < len(a.dirty) && to-from < batch.Rows && a.dirty[to].w == a.dirty[from].w {
			to++
		}
		if err := a.finishGroups(a.dirty[from:to], watermark); err != nil {
			return err
		}
		from = to
	}
	a.dirty, a.oldCount = a.dirty[:0], 0
	a.oldErrors.Truncate(0)
	a.old.Reset()
	a.bury()
	a.endView()
	return nil
}

// touchSingle makes the one group of an aggregate without keys, in the first tick, also if no row has come.
func (a *aggregate) touchSingle() error {
	b := a.newKeyBatch()
	for i := range b.Cols {
		b.Cols[i].AppendNull()
	}
	b.SetLen(1)
	if !a.owns(b) {
		return nil
	}
	row, err := a.only.groups.PutNull()
	if err != nil {
		return err
	}
	return a.touch(a.only, b, nil, nil, []unsafe.Pointer{row})
}

// finishSets brings the multisets up to date, after the results that were emitted before have been taken of them.
func (a *aggregate) finishSets(watermark int64) error {
	if len(a.sets) == 0 {
		return nil
	}
	if err := a.loadSets(); err != nil {
		return err
	}
	for _, d := range a.dirty {
		if d.old >= 0 {
			if err := a.setResults(d.w, d.row, a.old.Cols, &a.oldErrors); err != nil {
				return err
			}
		}
	}
	for _, d := range a.dirty {
		if d.w.changed {
			if err := a.applySets(d.w, a.stores(d.w, watermark)); err != nil {
				return err
			}
		}
	}
	return nil
}

// stores tells whether changes of a window are stored: not if nothing of it is left after the tick.
func (a *aggregate) stores(w *window, watermark int64) bool {
	closes := a.expires() && watermark != op.NoWatermark && w.bound <= watermark
	return !a.env.OneShot && !closes
}

// finishGroups emits the difference of some groups of one window, and stores them.
func (a *aggregate) finishGroups(groups []dirtyGroup, watermark int64) error {
	w := groups[0].w
	if !a.spec.OnClose {
		if err := a.emitChanges(w, groups); err != nil {
			return err
		}
	}
	store := a.view == nil && a.stores(w, watermark)
	for _, d := range groups {
		f := state.Flags(d.row)
		*f &^= groupDirty
		invariants.Assertf(*countOf(d.row) >= 0, "a group has %d rows at the end of a tick", *countOf(d.row))
		if !a.there(d.row) {
			a.kill(w, d.row, store)
			continue
		}
		if !a.spec.OnClose {
			*f |= groupShown
		}
		if store {
			*f |= groupStored
			a.buf = a.keys.appendKey(append(a.buf[:0], w.prefix...), w.groups, d.row)
			at := len(a.buf)
			a.buf = a.appendGroup(a.buf, w, d.row)
			a.table.Put(a.buf[:at], a.buf[at:])
		}
	}
	return nil
}

// kill takes a group without rows away. One that was never stored is not written.
func (a *aggregate) kill(w *window, row unsafe.Pointer, store bool) {
	f := state.Flags(row)
	if *f&groupStored != 0 && store {
		a.buf = a.keys.appendKey(append(a.buf[:0], w.prefix...), w.groups, row)
		a.table.Delete(a.buf)
	}
	a.freeBlobs(w, row)
	if w.complete {
		a.keys.delete(w.groups, row)
		return
	}
	if *f&groupWaiting == 0 {
		a.graves = append(a.graves, grave{row, w, a.ticks})
	} else { // it has died, come back and died again
		i := slices.IndexFunc(a.graves, func(g grave) bool { return g.row == row })
		a.graves[i].tick = a.ticks
	}
	*f = groupKnown | groupLoaded | groupWaiting
}

// freeBlobs makes the words of a group 0 and frees the blobs they refer to.
func (a *aggregate) freeBlobs(w *window, row unsafe.Pointer) {
	if !a.keys.exact {
		w.groups.Blobs.Free(*state.Word(row, rawWord))
		*state.Word(row, rawWord) = 0
	}
	if a.cameTable != nil {
		w.groups.Blobs.Free(*state.Word(row, a.piecesWord))
		*state.Word(row, a.piecesWord) = 0
	}
	a.free(w.groups.Blobs, row)
}

// bury takes dead groups out of memory when the store cannot give them back any more.
func (a *aggregate) bury() {
	kept := a.graves[:0]
	for _, g := range a.graves {
		switch {
		case g.w.gone:
		case a.ticks-g.tick < graveTicks:
			kept = append(kept, g)
		case *countOf(g.row) == 0 && *state.Flags(g.row)&groupStored == 0:
			if !a.keys.exact {
				w := g.w
				w.groups.Blobs.Free(*state.Word(g.row, rawWord))
			}
			a.keys.delete(g.w.groups, g.row)
		default:
			*state.Flags(g.row) &^= groupWaiting
		}
	}
	a.graves = kept
}

// close drops the windows whose bound the watermark has reached, after emitting them if that is what they wait for.
func (a *aggregate) close(watermark int64) error {
	if a.spec.OnClose {
		if err := a.readClosing(watermark); err != nil {
			return err
		}
	}
	a.active = a.active[:0]
	for _, w := range a.windows {
		if w.bound <= watermark {
			a.active = append(a.active, w)
		}
	}
	slices.SortFunc(a.active, func(x, y *window) int {
		if x.bound < y.bound {
			return -1
		}
		return 1
	})
	for _, w := range a.active {
		if a.spec.OnClose {
			if err := a.emitWindow(w); err != nil {
				return err
			}
		}
		a.expected = w.groups.Len()
		w.drop()
		delete(a.windows, a.windowKey(w))
	}
	clear(a.active)
	if a.env.OneShot {
		return nil
	}
	a.boundTable().Expire(watermark)
	for _, s := range a.sets {
		s.table.Expire(watermark)
	}
	return nil
}

// windowKey is what a window is found by.
func (a *aggregate) windowKey(w *window) int64 {
	if a.panes != nil {
		return w.start
	}
	return w.bound
}

// emitWindow emits all groups of a window that is complete, as they are.
func (a *aggregate) emitWindow(w *window) error {
	groups := a.closing[:0]
	flush := func() error {
		err := a.emitChanges(w, groups)
		groups = groups[:0]
		return err
	}
	err := w.groups.Each(func(row unsafe.Pointer) error {
		if !a.there(row) {
			return nil
		}
		if len(a.sets) > 0 && !w.complete && *state.Flags(row)&groupLoaded == 0 {
			a.dirty = append(a.dirty[:0], dirtyGroup{row, w, -1})
			err := a.loadSets()
			if a.dirty = a.dirty[:0]; err != nil {
				return err
			}
		}
		if groups = append(groups, dirtyGroup{row, w, -1}); len(groups) == batch.Rows {
			return flush()
		}
		return nil
	})
	if err == nil && len(groups) > 0 {
		err = flush()
	}
	a.closing = groups[:0]
	return err
}
