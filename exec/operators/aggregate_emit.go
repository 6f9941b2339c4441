package operators

import (
	"bytes"
	"math"
	"slices"
	"sort"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// emitter makes the output of an aggregate: the differences between the results of groups that were emitted before and those of now.
type emitter struct {
	env     *Env
	emit    op.Emit
	keyCols *batch.Batch // the keys of groups that are being emitted, and the bounds of sliding windows
	// The results that were emitted before, and those of now.
	old, now             *batch.Batch
	oldErrors, nowErrors fn.Errors
	alive                []unsafe.Pointer // the groups of now
	// Of the groups that are being emitted, what leaves and what enters, to be put into out by the column.
	leaving, entering places
	out, told         emitted
	closing           []dirtyGroup
	leading           []dirtyGroup // those of a list that may have the most rows
}

// places are rows of the output that have not been put together: those of keyCols, and those of the results.
type places struct{ keys, results []int32 }

func (p *places) add(key, result int) {
	p.keys, p.results = append(p.keys, int32(key)), append(p.results, int32(result))
}

// emitted is rows of the output with their errors. Those in told differ from one another in their errors alone: they are told, and the rows
// themselves do not go out, so that what goes out in a tick is net.
type emitted struct {
	rows *batch.Batch
	errs fn.Errors
}

func newEmitter(env *Env, keys, results []types.Type) emitter {
	columns := append(slices.Clone(keys), results...)
	return emitter{
		env: env, keyCols: batch.New(keys...), old: batch.New(results...), now: batch.New(results...),
		out: emitted{rows: batch.New(columns...)}, told: emitted{rows: batch.New(columns...)},
	}
}

// reset forgets the groups that have been emitted.
func (e *emitter) reset() {
	e.keyCols.Reset()
	e.now.Reset()
	e.nowErrors.Truncate(0)
	e.alive = e.alive[:0]
}

// change emits what has become of the i-th group: what was emitted before leaves, and the results of now enter, unless they are the same. old and
// now are their places, -1 being none. gather must follow while they are valid.
func (e *emitter) change(i, old, now int) error {
	same := old >= 0 && now >= 0 && e.same(old, now)
	if hasError(&e.oldErrors, old) || hasError(&e.nowErrors, now) {
		e.changeWithErrors(i, old, now, same)
	} else if !same {
		if old >= 0 {
			e.leaving.add(i, old)
		}
		if now >= 0 {
			e.entering.add(i, now)
		}
	}
	if e.told.rows.Len() >= batch.Rows-1 || e.out.rows.Len()+len(e.leaving.keys)+len(e.entering.keys) >= batch.Rows-1 {
		return e.flush()
	}
	return nil
}

// changeWithErrors is change for a group of which something has an error: rows go one by one, for errors are told with the number of their row.
func (e *emitter) changeWithErrors(i, old, now int, same bool) {
	e.gather()
	to := &e.out
	if same {
		to = &e.told
	}
	if old >= 0 {
		e.row(to, i, e.old, old, -1, &e.oldErrors)
	}
	if now >= 0 {
		e.row(to, i, e.now, now, 1, &e.nowErrors)
	}
}

// gather puts together what leaves and what enters.
func (e *emitter) gather() {
	e.gatherSome(&e.leaving, e.old, -1)
	e.gatherSome(&e.entering, e.now, 1)
}

func (e *emitter) gatherSome(p *places, results *batch.Batch, diff int64) {
	keys := len(e.keyCols.Cols)
	for c := range e.keyCols.Cols {
		e.out.rows.Cols[c].Gather(&e.keyCols.Cols[c], p.keys)
	}
	for c := range results.Cols {
		e.out.rows.Cols[keys+c].Gather(&results.Cols[c], p.results)
	}
	for range p.keys {
		e.out.rows.AppendDiff(diff)
	}
	p.keys, p.results = p.keys[:0], p.results[:0]
}

// emitChanges emits what has become of groups of one window.
func (a *aggregate) emitChanges(w *window, groups []dirtyGroup) error {
	e := &a.emitter
	e.reset()
	if a.spec.Most {
		groups = a.withMost(w, groups)
	}
	alive := 0
	if a.view != nil {
		alive = a.aliveFirst(groups)
	}
	for _, d := range groups {
		if err := a.appendKeys(w, d.row); err != nil {
			return err
		}
		if a.there(d.row) {
			e.alive = append(e.alive, d.row)
		}
	}
	a.results(w.groups.Blobs, e.alive, e.now.Cols, &e.nowErrors)
	for _, row := range e.alive {
		if err := a.setResults(w, row, e.now.Cols, &e.nowErrors); err != nil {
			return err
		}
		if len(groups) > 1 && e.now.Full() {
			return a.emitHalves(w, groups)
		}
	}
	sort.Stable(byRow{&e.nowErrors})
	n, quiet := 0, a.quiet() // n is in now
	for i, d := range groups {
		now := -1
		if a.there(d.row) {
			now, n = n, n+1
			a.notePlain(d.row, !hasError(&e.nowErrors, now))
		}
		if quiet && !hasError(&e.oldErrors, int(d.old)) && !hasError(&e.nowErrors, now) {
			continue
		}
		if err := e.change(i, int(d.old), now); err != nil {
			return err
		}
	}
	if a.view != nil {
		a.storeInView(w, groups, alive)
	}
	if e.gather(); e.out.rows.Full() {
		return e.flush()
	}
	return nil
}

// withMost chooses the groups that may be those with the most rows of their window. What was emitted of another stays behind these where it went, until
// it is wanted again: groups only grow. After a restart nothing is known of what was emitted, and a little more is.
func (a *aggregate) withMost(w *window, groups []dirtyGroup) []dirtyGroup {
	for _, d := range groups {
		w.most = max(w.most, *countOf(d.row))
	}
	a.leading = a.leading[:0]
	for _, d := range groups {
		if *countOf(d.row) == w.most {
			a.leading = append(a.leading, d)
		}
	}
	return a.leading
}

// emitHalves is emitChanges for groups of which the results would be too long for one batch.
func (a *aggregate) emitHalves(w *window, groups []dirtyGroup) error {
	half := len(groups) / 2
	if err := a.emitChanges(w, groups[:half]); err != nil {
		return err
	}
	return a.emitChanges(w, groups[half:])
}

func (a *aggregate) appendKeys(w *window, row unsafe.Pointer) error {
	cols := a.keyCols.Cols
	if err := a.keys.appendValues(cols, w, row); err != nil {
		return err
	}
	if p := a.spec.Panes; p != nil {
		n := len(cols)
		cols[n-2].Ints = append(cols[n-2].Ints, w.start)
		cols[n-1].Ints = append(cols[n-1].Ints, w.start+p.Size)
	}
	return nil
}

// row appends a row to the output: keys i, and results r of a batch.
func (e *emitter) row(to *emitted, i int, results *batch.Batch, r int, diff int64, errs *fn.Errors) {
	for c := range e.keyCols.Cols {
		to.rows.Cols[c].AppendFrom(&e.keyCols.Cols[c], i)
	}
	keys := len(e.keyCols.Cols)
	for c := range results.Cols {
		to.rows.Cols[keys+c].AppendFrom(&results.Cols[c], r)
	}
	for n := firstError(errs, r); n < errs.Len() && int(errs.Rows[n]) == r; n++ {
		to.errs.Add(to.rows.Len(), errs.Errs[n])
	}
	to.rows.AppendDiff(diff)
}

// same tells whether results of before are those of now.
func (e *emitter) same(old, now int) bool {
	for c := range e.now.Cols {
		if !sameValue(&e.old.Cols[c], old, &e.now.Cols[c], now) {
			return false
		}
	}
	return true
}

// byRow orders errors by their rows.
type byRow struct{ *fn.Errors }

func (e byRow) Less(i, j int) bool { return e.Rows[i] < e.Rows[j] }

func (e byRow) Swap(i, j int) {
	e.Rows[i], e.Rows[j] = e.Rows[j], e.Rows[i]
	e.Errs[i], e.Errs[j] = e.Errs[j], e.Errs[i]
}

// firstError is the first of the ordered errors that is not of an earlier row.
func firstError(errs *fn.Errors, row int) int {
	n, _ := slices.BinarySearch(errs.Rows, int32(row))
	return n
}

// hasError tells whether a row has an error; row -1 has none.
func hasError(errs *fn.Errors, row int) bool {
	if errs.Len() == 0 {
		return false
	}
	n := firstError(errs, row)
	return n < errs.Len() && int(errs.Rows[n]) == row
}

// sameValue tells whether two values of one type are the same in every bit.
func sameValue(x *batch.Vec, i int, y *batch.Vec, j int) bool {
	if null := x.IsNull(i); null || y.IsNull(j) {
		return null && y.IsNull(j)
	}
	switch x.Kind() {
	case types.Bool:
		return x.Bools[i] == y.Bools[j]
	case types.Int64:
		return x.Ints[i] == y.Ints[j]
	case types.Float64:
		return math.Float64bits(x.Floats[i]) == math.Float64bits(y.Floats[j])
	default:
		return bytes.Equal(x.BytesAt(i), y.BytesAt(j))
	}
}

// flush emits the rows that are ready.
func (e *emitter) flush() error {
	e.gather()
	if err := e.tell(&e.told); err != nil {
		return err
	}
	e.told.rows.Reset()
	if err := e.tell(&e.out); err != nil || e.out.rows.Len() == 0 {
		return err
	}
	err := e.emit(e.out.rows)
	e.out.rows.Reset()
	return err
}

// tell gives the errors of rows to where they are kept.
func (e *emitter) tell(of *emitted) error {
	if of.errs.Len() == 0 {
		return nil
	}
	ctx := e.env.Eval
	ctx.Errors.Truncate(0)
	for n, row := range of.errs.Rows {
		ctx.Errors.Add(int(row), of.errs.Errs[n])
	}
	of.errs.Truncate(0)
	return e.env.Errors(ctx, of.rows)
}
