package dataflow

import (
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// OpenWindow is a window of an aggregate that has not closed. Times are microseconds since 1970-01-01 UTC.
type OpenWindow struct {
	// Operator is the number of the node.
	Operator int
	// Start is 0 if the groups have no key that says it. At End the window closes.
	Start, End int64
	Groups     int64
}

// windowBatch is how many entries of a state table are looked at at once.
const windowBatch = 4096

// OpenWindows finds the windows of a view's graph for which the snapshot has state, in the order of their end for each operator. It
// reads all keys of that state. Windows that never close, because the view knows no watermark, are not counted as open.
func (s *Snapshot) OpenWindows(g *flow.Graph) ([]OpenWindow, error) {
	var all []OpenWindow
	for n := range g.Nodes {
		spec, ok := g.Nodes[n].Spec.(*flow.Aggregate)
		if !ok {
			continue
		}
		table := &g.Tables[spec.Table]
		if spec.View != nil && spec.Bound != nil {
			table = &g.Tables[spec.View.Windows]
		}
		if !table.Bound {
			continue
		}
		windows, err := s.windowsOf(spec, table.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range windows {
			w.Operator = n
			all = append(all, w)
		}
	}
	return all, nil
}

func (s *Snapshot) windowsOf(spec *flow.Aggregate, table flow.TableID) (windows []OpenWindow, err error) {
	cursor, err := s.store.Table(key.TableID(table)).Scan(state.Range{})
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := cursor.Close(); err == nil {
			err = closed
		}
	}()
	if spec.Sessions != nil {
		return sessionWindows(spec.Sessions, cursor)
	}
	start := newWindowStart(spec)
	for more := true; more; {
		var run state.Run
		if more, err = cursor.Next(&run, windowBatch); err != nil {
			return nil, err
		}
		for i := range run.Len() {
			end, rest, ok := key.BoundOf(run.Keys.At(i))
			if !ok {
				return nil, invariants.Errorf("a key of state table %d has no bound", table)
			}
			groups := int64(1)
			if spec.View != nil {
				if groups, rest, err = operators.WindowGroups(run.Values.At(i)); err != nil {
					return nil, err
				}
			}
			if n := len(windows); n > 0 && windows[n-1].End == end {
				windows[n-1].Groups += groups
				continue
			}
			w := OpenWindow{End: end, Groups: groups}
			if w.Start, err = start.of(rest, end); err != nil {
				return nil, err
			}
			windows = append(windows, w)
		}
	}
	return slices.DeleteFunc(windows, OpenWindow.empty), nil
}

// empty tells that a window has no groups left: what a worker had added before a restart, another has taken away since.
func (w OpenWindow) empty() bool { return w.Groups == 0 }

// sessionWindows finds the windows of an aggregate that has sessions: each is a window, and those that begin and end together are one.
func sessionWindows(spec *flow.SessionGroups, cursor state.Cursor) (windows []OpenWindow, err error) {
	for more := true; more; {
		var run state.Run
		if more, err = cursor.Next(&run, windowBatch); err != nil {
			return nil, err
		}
		for i := range run.Len() {
			w := OpenWindow{Groups: 1}
			if w.Start, w.End, err = operators.SessionTimes(spec, run.Keys.At(i), run.Values.At(i)); err != nil {
				return nil, err
			}
			windows = append(windows, w)
		}
	}
	slices.SortFunc(windows, func(a, b OpenWindow) int { return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.Start, b.Start)) })
	merged := windows[:0]
	for _, w := range windows {
		if n := len(merged); n > 0 && merged[n-1].Start == w.Start && merged[n-1].End == w.End {
			merged[n-1].Groups++
		} else {
			merged = append(merged, w)
		}
	}
	return merged, nil
}

// windowStart tells when a window began, from the keys of its groups.
type windowStart struct {
	size int64 // of sliding windows
	enc  *key.Encoder
	dst  []*batch.Vec
}

func newWindowStart(spec *flow.Aggregate) *windowStart {
	w := &windowStart{}
	if spec.Panes != nil {
		w.size = spec.Panes.Size
		return w
	}
	// The keys that the bound determines come first in the key of a group, in their order.
	var columns []key.Column
	for i := range spec.BoundKeys {
		c := key.Asc(spec.Columns[spec.Keys[spec.BoundKeys[i]]])
		if !c.Exact() {
			break
		}
		columns = append(columns, c)
		v := batch.NewVec(c.Type)
		w.dst = append(w.dst, &v)
	}
	w.enc = key.NewEncoder(columns...)
	return w
}

// of reads the earliest of the times that a key begins with, behind its bound.
func (w *windowStart) of(k []byte, end int64) (int64, error) {
	if w.enc == nil {
		return end - w.size, nil
	}
	for _, v := range w.dst {
		v.Reset()
	}
	if _, err := w.enc.DecodeRow(w.dst, k); err != nil {
		return 0, err
	}
	start := int64(0)
	for _, v := range w.dst {
		if len(v.Ints) == 0 || v.IsNull(0) {
			continue
		}
		at := v.Ints[0]
		if v.Type().OID == types.OIDDate {
			at *= 86_400_000_000
		}
		if at < end && (start == 0 || at < start) {
			start = at
		}
	}
	return start, nil
}

// CountRows counts the rows of a relation, at most about max of them; whole tells that it has counted all.
func (s *Snapshot) CountRows(id flow.RelationID, most int64) (rows int64, whole bool, err error) {
	v := s.view.relations.Get(id)
	if v == nil {
		return 0, false, undefined(id)
	}
	a := v.rel.primary()
	return s.count(a.Table, most, func(value []byte) (int64, error) {
		if a.Unique {
			return 1, nil
		}
		return countOf(value)
	})
}

// CountEntries counts the entries of a state table; whole is false if there are more than most.
func (s *Snapshot) CountEntries(id flow.TableID, most int64) (entries int64, whole bool, err error) {
	return s.count(id, most, func([]byte) (int64, error) { return 1, nil })
}

func (s *Snapshot) count(id flow.TableID, most int64, times func(value []byte) (int64, error)) (rows int64, whole bool, err error) {
	cursor, err := s.store.Table(key.TableID(id)).Scan(state.Range{})
	if err != nil {
		return 0, false, err
	}
	defer func() {
		if closed := cursor.Close(); err == nil {
			err = closed
		}
	}()
	for more := true; more; {
		if rows >= most {
			return rows, false, nil
		}
		var run state.Run
		if more, err = cursor.Next(&run, windowBatch); err != nil {
			return 0, false, err
		}
		for i := range run.Len() {
			n, err := times(run.Values.At(i))
			if err != nil {
				return 0, false, err
			}
			rows += n
		}
	}
	return rows, true, nil
}
