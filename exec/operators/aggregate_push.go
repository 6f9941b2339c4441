package operators

import (
	"math"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
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
	if err := a.addRows(w, b, sel, rows); err != nil {
		return err
	}
	for _, s := range a.sets {
		if err := a.gather(s, w, b, sel, rows); err != nil {
			return err
		}
	}
	return nil
}

// addRows adds rows to the counts and states of their groups.
func (a *aggregate) addRows(w *window, b *batch.Batch, sel []int32, rows []unsafe.Pointer) error {
	switch {
	case sel == nil && len(b.Diff) == 0:
		for _, row := range rows {
			*countOf(row)++
		}
	case sel == nil:
		for i, row := range rows {
			*countOf(row) += b.Diff[i]
		}
	default:
		for _, i := range sel {
			*countOf(rows[i]) += b.DiffAt(int(i))
		}
	}
	for _, s := range a.states {
		if s.set >= 0 {
			continue
		}
		for n, col := range s.args {
			s.update.Args[n] = &b.Cols[col]
		}
		counting := a.counting(b, s.filter, s.args, s.nulls, sel)
		if counting != nil && len(counting) == 0 {
			continue
		}
		s.update.Groups, s.update.Offset, s.update.Sel, s.update.Blobs = rows, s.offset, counting, w.groups.Blobs
		s.update.Diffs = b.Diff
		if len(b.Diff) == 0 {
			s.update.Diffs = nil
		}
		if err := s.Update(&s.update); err != nil {
			return err
		}
	}
	return nil
}

// counting restricts rows to those that a filter lets pass and whose arguments are not null. Nil is all rows.
func (a *aggregate) counting(b *batch.Batch, filter int, args []int, nulls bool, sel []int32) []int32 {
	turn := 0
	restrict := func(keep func(i int) bool) {
		out := a.sel[turn][:0]
		if sel == nil {
			for i := range b.Len() {
				if keep(i) {
					out = append(out, int32(i))
				}
			}
		}
		for _, i := range sel {
			if keep(int(i)) {
				out = append(out, i)
			}
		}
		if out == nil {
			out = []int32{}
		}
		a.sel[turn], sel = out, out
		turn = 1 - turn
	}
	if filter >= 0 {
		v := &b.Cols[filter]
		restrict(func(i int) bool { return v.Bools[i] && !v.IsNull(i) })
	}
	if nulls {
		return sel
	}
	for _, col := range args {
		if v := &b.Cols[col]; v.HasNulls() {
			restrict(func(i int) bool { return !v.IsNull(i) })
		}
	}
	return sel
}

// touch notes the groups that the tick changes for the first time: it reads those that are not in memory yet, and computes what they
// looked like before. b and cols give the keys of new groups.
func (a *aggregate) touch(w *window, b *batch.Batch, cols []int, sel []int32, rows []unsafe.Pointer) error {
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
	if !w.complete {
		if err := a.readGroups(w, a.fresh); err != nil {
			return err
		}
	}
	a.shown = a.shown[:0]
	for n, row := range a.fresh {
		f := state.Flags(row)
		*f |= groupKnown
		if !a.keys.exact && *state.Word(row, rawWord) == 0 {
			if err := a.setRaw(w, row, b, cols, int(a.freshAt[n])); err != nil {
				return err
			}
		}
		old := int32(-1)
		if *f&groupShown != 0 {
			old = int32(a.oldCount + len(a.shown))
			a.shown = append(a.shown, row)
		}
		a.dirty = append(a.dirty, dirtyGroup{row, w, old})
	}
	a.oldCount += len(a.shown)
	a.results(w, a.shown, a.old.Cols, &a.oldErrors)
	return nil
}

// setRaw keeps the values of a new group's keys, which cannot be read back from its key.
func (a *aggregate) setRaw(w *window, row unsafe.Pointer, b *batch.Batch, cols []int, i int) error {
	a.buf = state.AppendRow(a.buf[:0], b, cols, i)
	ref, err := w.groups.Blobs.Set(0, a.buf)
	*state.Word(row, rawWord) = ref
	return err
}

// results appends the results of the calls that have states to the columns of the calls, for groups of one window. Errors have their
// places there.
func (a *aggregate) results(w *window, rows []unsafe.Pointer, cols []batch.Vec, errs *fn.Errors) {
	if len(rows) == 0 {
		return
	}
	for i := range a.calls {
		c := &a.calls[i]
		switch {
		case c.countsRows():
			for _, row := range rows {
				cols[i].Ints = append(cols[i].Ints, *countOf(row))
			}
		case c.state >= 0:
			s := a.states[c.state]
			a.result = fn.AggResult{Groups: rows, Offset: s.offset, Blobs: w.groups.Blobs, Args: s.types, Out: &cols[i], Errors: errs}
			c.Function.Finish(&a.result)
		}
	}
}
