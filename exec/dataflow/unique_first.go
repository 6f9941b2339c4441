package dataflow

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
)

// firstDuplicate goes over rows in the order in which they were written, for one unique arrangement.
type firstDuplicate struct {
	check *uniqueCheck
	taken map[string]bool // keys that rows before had, and whether one has them now
}

// FirstDuplicate finds the first row with a key that is there, of those that were written into a relation since a mark. Checks of a transaction go by keys, and name any such
// row. It is for a transaction that was refused: it reads the epoch of s, and keeps all keys in memory. row counts the rows since the mark; e is nil if there is none, for who
// was in the way may have gone.
func (t *Txn) FirstDuplicate(s *Snapshot, id flow.RelationID, mark int) (row int, e *UniqueError, err error) {
	rel, err := s.relation(id)
	if err != nil {
		return 0, nil, err
	}
	var unique []*firstDuplicate
	for i, a := range rel.arrangements {
		if a.Unique {
			reader := s.store.Table(key.TableID(a.Table))
			current := func(keys *key.Keys) ([]entry, error) { return lookup(reader, keys) }
			unique = append(unique, &firstDuplicate{&uniqueCheck{rel: rel, place: i, a: a, current: current}, map[string]bool{}})
		}
	}
	for i, w := range t.writes {
		if w.relation != id {
			continue
		}
		first, by := w.rows.Len(), -1
		for k, d := range unique {
			at, err := d.find(w.rows)
			if err != nil {
				return 0, nil, err
			}
			if at >= 0 && at < first {
				first, by = at, k
			}
		}
		if i < mark {
			continue
		}
		if row += first; by >= 0 {
			return row, unique[by].check.violation(w.rows, first), nil
		}
	}
	return 0, nil, nil
}

// find notes the keys of rows, and answers the first row whose key is there, -1 if there is none.
func (d *firstDuplicate) find(rows *batch.Batch) (int, error) {
	w := newArrangementWriter(d.check.a)
	w.sort(rows)
	keys := w.groupKeys()
	current, err := d.check.current(keys)
	if err != nil {
		return 0, err
	}
	group := make([]int, rows.Len())
	for i := range group {
		group[i] = -1 // a row that the arrangement leaves out
	}
	for g := range w.groups {
		for _, n := range w.group(g) {
			group[w.rows[n]] = g
		}
	}
	for row, g := range group {
		if g < 0 {
			continue
		}
		k, comes := string(keys.At(g)), rows.DiffAt(row) > 0
		taken, known := d.taken[k]
		if !known && current != nil {
			taken = current[g].there
		}
		if comes && taken {
			return row, nil
		}
		d.taken[k] = comes
	}
	return -1, nil
}
