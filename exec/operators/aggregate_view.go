package operators

import (
	"encoding/binary"
	"unsafe"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// groupsInView is how an aggregate keeps its groups in the table of its view (flow.GroupsInView). The value of a group's key is the row that the view
// shows (state.AppendRow) and, behind it, what a group is stored as elsewhere (appendGroup): who reads rows does not look behind them.
//
// While nobody wants the rows in columns, none are made but those that have errors, and what a group's row was before the tick need not be known.
type groupsInView struct {
	spec *flow.GroupsInView
	// windows has the windows that are open and have groups, for each worker that has some: how many it has added (appendWindow). Nil if groups have no bound.
	windows *state.Table
	changed []*window // that the tick has changed
	scratch []byte
	enc     *key.Encoder
	keys    *batch.Batch // keys of groups
	kinds   []types.Kind // of the view's columns
	skip    []*batch.Vec
	all     []int       // the view's columns
	row     batch.Batch // the view's columns, which share keys and results
	stored  key.Keys
	rows    int // that the tick has written
	// quiet tells that the rows of this tick are not emitted. It is decided when the first group is touched.
	quiet bool
}

func newGroupsInView(spec *flow.Aggregate, env *Env) *groupsInView {
	s := spec.View
	if s == nil {
		return nil
	}
	keys := spec.KeyTypes()
	output := append(keys[:len(keys):len(keys)], spec.ResultTypes()...)
	v := &groupsInView{spec: s, keys: batch.New(keys...), skip: make([]*batch.Vec, len(s.Columns))}
	for i, c := range s.Columns {
		v.kinds, v.all = append(v.kinds, output[c].Kind()), append(v.all, i)
	}
	v.row.Cols = make([]batch.Vec, len(s.Columns))
	var columns []key.Column
	for _, c := range s.Key {
		columns = append(columns, key.Asc(keys[c]))
	}
	v.enc = key.NewEncoder(columns...)
	if spec.Bound != nil {
		v.windows = env.Tables[s.Windows]
	}
	return v
}

// begin decides at the first group that a tick touches whether rows are emitted in it.
func (a *aggregate) begin() {
	if v := a.view; v != nil && len(a.dirty) == 0 {
		v.quiet = a.env.View != nil && !a.env.View.Watched()
	}
}

// quiet tells that rows without errors are not emitted.
func (a *aggregate) quiet() bool { return a.view != nil && a.view.quiet }

// appendStoredKeys appends the keys under which groups of a window are stored.
func (a *aggregate) appendStoredKeys(keys *key.Keys, w *window, rows []unsafe.Pointer) error {
	v := a.view
	if v == nil {
		for _, row := range rows {
			keys.Data = a.keys.appendKey(append(keys.Data, w.prefix...), w.groups, row)
			keys.End()
		}
		return nil
	}
	v.keys.Reset()
	for _, row := range rows {
		if err := a.keys.appendValues(v.keys.Cols, w, row); err != nil {
			return err
		}
	}
	v.keys.SetLen(len(rows))
	v.enc.AppendBatch(keys, v.keys, v.spec.Key)
	return nil
}

// storedGroup is what a group is stored as, of what lies under its key.
func (a *aggregate) storedGroup(value []byte) ([]byte, error) {
	if a.view == nil {
		return value, nil
	}
	return state.DecodeRow(a.view.skip, a.view.kinds, value)
}

// aliveFirst puts groups that have a row before those that have none any more, and answers how many there are.
func (a *aggregate) aliveFirst(groups []dirtyGroup) (alive int) {
	for i, d := range groups {
		if a.there(d.row) {
			groups[i], groups[alive] = groups[alive], d
			alive++
		}
	}
	return alive
}

// storeInView writes groups into the view. The emitter has their keys, and the results of the alive ones, which come first.
func (a *aggregate) storeInView(w *window, groups []dirtyGroup, alive int) {
	v, keys, results := a.view, &a.keyCols.Cols, &a.now.Cols
	for i, c := range v.spec.Columns {
		if c < len(*keys) {
			v.row.Cols[i] = (*keys)[c]
		} else {
			v.row.Cols[i] = (*results)[c-len(*keys)]
		}
	}
	v.stored.Reset()
	a.keyCols.SetLen(len(groups))
	v.enc.AppendBatch(&v.stored, a.keyCols, v.spec.Key)
	for i, d := range groups[:alive] {
		a.buf = state.AppendRow(a.buf[:0], &v.row, v.all, i)
		a.buf = a.appendGroup(a.buf, w, d.row)
		a.table.Put(v.stored.At(i), a.buf)
		if f := state.Flags(d.row); *f&groupStored == 0 {
			*f |= groupStored
			v.countGroups(w, 1)
		}
	}
	for i, d := range groups[alive:] {
		if *state.Flags(d.row)&groupStored != 0 {
			a.table.Delete(v.stored.At(alive + i))
			v.countGroups(w, -1)
			v.rows++
		}
	}
	v.rows += alive
}

// endView ends a tick: of a quiet one it tells how many rows have been written.
func (a *aggregate) endView() {
	v := a.view
	if v == nil {
		return
	}
	v.storeWindows(a.env.Worker)
	if v.quiet && v.rows > 0 {
		a.env.View.End(v.rows)
	}
	v.rows = 0
}

// notePlain notes whether the row of a group that is being emitted is without errors.
func (a *aggregate) notePlain(row unsafe.Pointer, plain bool) {
	f := state.Flags(row)
	if *f &^= groupPlain; plain {
		*f |= groupPlain
	}
}

// countGroups adds to how many groups a window has.
func (v *groupsInView) countGroups(w *window, n int64) {
	if v.windows == nil {
		return
	}
	if !w.counted {
		w.counted = true
		v.changed = append(v.changed, w)
	}
	w.count += n
}

// storeWindows stores how many groups the windows have that the tick has changed.
func (v *groupsInView) storeWindows(worker int) {
	for i, w := range v.changed {
		v.scratch = appendWindowKey(v.scratch[:0], w.bound, worker)
		at := len(v.scratch)
		v.scratch = binary.AppendVarint(v.scratch, w.count)
		_, fixed, _ := key.BoundOf(w.prefix)
		v.scratch = append(v.scratch, fixed...)
		if w.count == 0 {
			v.windows.Delete(v.scratch[:at])
		} else {
			v.windows.Put(v.scratch[:at], v.scratch[at:])
		}
		w.counted, v.changed[i] = false, nil
	}
	v.changed = v.changed[:0]
}

// loadWindow reads how many groups this worker has added to a window that is stored.
func (v *groupsInView) loadWindow(w *window, worker int) error {
	k := appendWindowKey(nil, w.bound, worker)
	value, ok, err := v.windows.Get(nil, k)
	if err != nil || !ok {
		return err
	}
	w.count, _, err = WindowGroups(value)
	return err
}

func appendWindowKey(dst []byte, bound int64, worker int) []byte {
	return binary.BigEndian.AppendUint32(key.AppendBound(dst, bound), uint32(worker))
}

// WindowGroups reads what the table of windows has of one and a worker (flow.GroupsInView): how many groups it has added, fewer than 0 if it has taken
// more away, which another had added before a restart; and the keys that the bound determines.
func WindowGroups(value []byte) (groups int64, fixed []byte, err error) {
	groups, n := binary.Varint(value)
	if n <= 0 {
		return 0, nil, invariants.Errorf("a window's entry %x is cut off", value)
	}
	return groups, value[n:], nil
}

// boundTable is the table whose keys begin with the bounds of groups.
func (a *aggregate) boundTable() *state.Table {
	if a.view != nil {
		return a.view.windows
	}
	return a.table
}
