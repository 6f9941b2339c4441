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

// emitter makes the output of an aggregate.
type emitter struct {
	a       *aggregate
	emit    op.Emit
	keyCols *batch.Batch // the keys of groups that are being emitted, and the bounds of sliding windows
	now     *batch.Batch // the results of those that are there
	nowErrs fn.Errors
	alive   []unsafe.Pointer
	out     *batch.Batch
	outErrs fn.Errors
	closing []dirtyGroup
}

func newEmitter(a *aggregate) emitter {
	var keys []types.Type
	for _, col := range a.spec.Keys {
		keys = append(keys, a.spec.Columns[col])
	}
	if p := a.spec.Panes; p != nil {
		keys = append(keys, a.spec.Columns[p.Time], a.spec.Columns[p.Time])
	}
	return emitter{a: a, keyCols: batch.New(keys...), now: batch.New(a.resultTypes()...), out: batch.New(append(keys, a.resultTypes()...)...)}
}

// emitChanges emits what has become of groups of one window: the row that was emitted before leaves, and that of now enters, unless they
// are the same.
func (e *emitter) emitChanges(w *window, groups []dirtyGroup) error {
	e.keyCols.Reset()
	e.now.Reset()
	e.nowErrs.Truncate(0)
	e.alive = e.alive[:0]
	for _, d := range groups {
		if err := e.appendKeys(w, d.row); err != nil {
			return err
		}
		if e.a.there(d.row) {
			e.alive = append(e.alive, d.row)
		}
	}
	e.a.results(w, e.alive, e.now.Cols, &e.nowErrs)
	for _, row := range e.alive {
		if err := e.a.setResults(w, row, e.now.Cols, &e.nowErrs); err != nil {
			return err
		}
	}
	sort.Stable(byRow{&e.nowErrs})
	n := 0 // in now
	for i, d := range groups {
		there, was := e.a.there(d.row), d.old >= 0
		if there && was && e.same(int(d.old), n) {
			n++
			continue
		}
		if was {
			e.row(i, e.a.old, int(d.old), -1, &e.a.oldErrors)
		}
		if there {
			e.row(i, e.now, n, 1, &e.nowErrs)
			n++
		}
		if e.out.Len() >= batch.Rows-1 {
			if err := e.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *emitter) appendKeys(w *window, row unsafe.Pointer) error {
	if err := e.a.keys.appendValues(e.keyCols.Cols, w, row); err != nil {
		return err
	}
	if p := e.a.spec.Panes; p != nil {
		n := len(e.keyCols.Cols)
		e.keyCols.Cols[n-2].Ints = append(e.keyCols.Cols[n-2].Ints, w.start)
		e.keyCols.Cols[n-1].Ints = append(e.keyCols.Cols[n-1].Ints, w.start+p.Size)
	}
	return nil
}

// row appends a row to the output: keys i, and results r of a batch.
func (e *emitter) row(i int, results *batch.Batch, r int, diff int64, errs *fn.Errors) {
	for c := range e.keyCols.Cols {
		e.out.Cols[c].AppendFrom(&e.keyCols.Cols[c], i)
	}
	keys := len(e.keyCols.Cols)
	for c := range results.Cols {
		e.out.Cols[keys+c].AppendFrom(&results.Cols[c], r)
	}
	for n := firstError(errs, r); n < errs.Len() && int(errs.Rows[n]) == r; n++ {
		e.outErrs.Add(e.out.Len(), errs.Errs[n])
	}
	e.out.AppendDiff(diff)
}

// same tells whether results of before are those of now. An error is a difference: it has to be taken back, or told.
func (e *emitter) same(old, now int) bool {
	if hasError(&e.a.oldErrors, old) || hasError(&e.nowErrs, now) {
		return false
	}
	for c := range e.now.Cols {
		if !sameValue(&e.a.old.Cols[c], old, &e.now.Cols[c], now) {
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

func hasError(errs *fn.Errors, row int) bool {
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
	if e.out.Len() == 0 {
		return nil
	}
	if e.outErrs.Len() > 0 {
		ctx := e.a.env.Eval
		ctx.Errors.Truncate(0)
		for n, row := range e.outErrs.Rows {
			ctx.Errors.Add(int(row), e.outErrs.Errs[n])
		}
		e.outErrs.Truncate(0)
		if err := e.a.env.Errors(ctx, e.out); err != nil {
			return err
		}
	}
	err := e.emit(e.out)
	e.out.Reset()
	return err
}
