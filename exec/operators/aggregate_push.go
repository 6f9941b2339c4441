package operators

import (
	"math"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// Push adds the rows of a batch to their groups.
func (a *aggregate) Push(_ int, b *batch.Batch, _ op.Emit) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	for len(a.rows) < n {
		a.rows = append(a.rows, nil)
	}
	switch {
	case a.panes != nil:
		return a.pushPanes(b)
	case a.bound == nil:
		return a.add(a.only, b, nil)
	}
	bounds, err := a.boundsOf(b)
	if err != nil {
		return err
	}
	return a.pushBounds(b, bounds)
}

// noBound is the bound of rows without one: they are complete at the end of time. No time is so late but infinity, which has rows of its own.
const noBound = math.MaxInt64 - 1

// boundsOf computes the bounds of a batch.
func (a *aggregate) boundsOf(b *batch.Batch) ([]int64, error) {
	ctx := a.env.Eval
	ctx.Errors.Truncate(0)
	x := a.bound.Eval(ctx, b)
	if ctx.Errors.Len() > 0 {
		if err := a.env.Errors(ctx, b); err != nil {
			return nil, err
		}
	}
	if !x.Const && !x.HasNulls() {
		return x.Ints, nil
	}
	a.bounds = a.bounds[:0]
	for i := range b.Len() {
		if x.Const {
			i = 0
		}
		bound := int64(noBound)
		if !x.IsNull(i) {
			bound = x.Ints[i]
		}
		a.bounds = append(a.bounds, bound)
	}
	return a.bounds, nil
}

// pushBounds deals the rows of a batch to their windows. Mostly all are in one.
func (a *aggregate) pushBounds(b *batch.Batch, bounds []int64) error {
	first, same := bounds[0], true
	for _, bound := range bounds {
		if bound != first {
			same = false
			break
		}
	}
	if same && !a.earlier(first) {
		w, err := a.window(first, b, 0)
		if err != nil {
			return err
		}
		return a.add(w, b, nil)
	}
	a.late, a.lateAt, a.active = a.late[:0], a.lateAt[:0], a.active[:0]
	var w *window
	for i, bound := range bounds {
		if a.earlier(bound) {
			a.late, a.lateAt = append(a.late, int32(i)), append(a.lateAt, bound)
			continue
		}
		if w == nil || w.bound != bound {
			var err error
			if w, err = a.window(bound, b, i); err != nil {
				return err
			}
		}
		if len(w.sel) == 0 {
			a.active = append(a.active, w)
		}
		w.sel = append(w.sel, int32(i))
	}
	for _, w := range a.active {
		err := a.add(w, b, w.sel)
		w.sel = w.sel[:0]
		if err != nil {
			return err
		}
	}
	if len(a.late) > 0 {
		return a.env.Late(a.spec.Late, b, a.late, a.lateAt, a.closed)
	}
	return nil
}

// window returns the window of a bound, to which row i of b belongs.
func (a *aggregate) window(bound int64, b *batch.Batch, i int) (*window, error) {
	if w := a.windows[bound]; w != nil {
		return w, nil
	}
	w, err := a.makeWindow(bound)
	if err != nil {
		return nil, err
	}
	w.fixed = a.newFixed()
	for n, col := range a.keys.fixed {
		w.fixed.Cols[n].AppendFrom(&b.Cols[col], i)
	}
	w.fixed.AppendDiff(1)
	w.prefix = a.keys.fixedKey.AppendRow(w.prefix, b, a.keys.fixed, i)
	return w, nil
}

// makeWindow makes a window without the values of fixed keys.
func (a *aggregate) makeWindow(bound int64) (*window, error) {
	if err := a.findStored(); err != nil {
		return nil, err
	}
	w := a.newWindow(bound)
	w.complete = a.table.Fresh() || bound > a.lastStored
	w.prefix = key.AppendBound(nil, bound)
	a.windows[bound] = w
	if a.view != nil && !w.complete {
		return w, a.view.loadWindow(w, a.env.Worker)
	}
	return w, nil
}

// add adds the rows of a batch that sel lists (nil: all) to the groups of a window.
func (a *aggregate) add(w *window, b *batch.Batch, sel []int32) error {
	rows := a.rows[:b.Len()]
	if err := a.keys.find(w.groups, b, a.keys.rest, sel, rows); err != nil {
		return err
	}
	if err := a.touch(w, b, a.keys.rest, sel, rows); err != nil {
		return err
	}
	if err := a.addRows(w.groups.Blobs, b, sel, rows); err != nil {
		return err
	}
	for _, s := range a.sets {
		if err := a.gather(s, w, b, sel, rows); err != nil {
			return err
		}
	}
	return nil
}

// touch notes the groups that the tick changes for the first time: it reads those that are not in memory yet, and computes what they
// looked like before. b and cols give the keys of new groups.
func (a *aggregate) touch(w *window, b *batch.Batch, cols []int, sel []int32, rows []unsafe.Pointer) error {
	a.begin()
	a.fresh, a.freshAt = a.fresh[:0], a.freshAt[:0]
	if sel == nil {
		for i, row := range rows {
			if f := state.Flags(row); *f&groupDirty == 0 {
				*f |= groupDirty
				a.fresh, a.freshAt = append(a.fresh, row), append(a.freshAt, int32(i))
			}
		}
	}
	for _, i := range sel {
		if f := state.Flags(rows[i]); *f&groupDirty == 0 {
			*f |= groupDirty
			a.fresh, a.freshAt = append(a.fresh, rows[i]), append(a.freshAt, i)
		}
	}
	if len(a.fresh) == 0 {
		return nil
	}
	if !a.keys.exact {
		for n, row := range a.fresh {
			if *state.Word(row, rawWord) != 0 {
				continue
			}
			if err := a.keys.setRaw(w.groups, row, b, cols, int(a.freshAt[n])); err != nil {
				return err
			}
		}
	}
	if !w.complete {
		if err := a.readGroups(w, a.fresh); err != nil {
			return err
		}
	}
	a.shown = a.shown[:0]
	quiet := a.quiet()
	for _, row := range a.fresh {
		f := state.Flags(row)
		*f |= groupKnown
		old := int32(-1)
		if *f&groupShown != 0 && (!quiet || *f&groupPlain == 0) {
			old = int32(a.oldCount + len(a.shown))
			a.shown = append(a.shown, row)
		}
		a.dirty = append(a.dirty, dirtyGroup{row, w, old})
	}
	a.oldCount += len(a.shown)
	a.results(w.groups.Blobs, a.shown, a.old.Cols, &a.oldErrors)
	return nil
}
