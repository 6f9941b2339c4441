package dataflow

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// uniqueCheck checks net changes of a relation against one of its arrangements.
type uniqueCheck struct {
	rel   *relation
	place int
	a     *arrangement
	// current answers what keys hold, which are in ascending order and each once; nil if none of them is there.
	current func(keys *key.Keys) ([]entry, error)
	// conflict makes it an error that a row that leaves is not there.
	conflict bool
}

// check answers the entries that the changes lead to. The counts of what is not unique are left out.
func (u *uniqueCheck) check(rows *batch.Batch, run *state.Run) error {
	w := newArrangementWriter(u.a)
	w.sort(rows)
	if !u.a.Unique {
		for g := range w.groups {
			run.Put(w.keys.At(int(w.group(g)[0])), nil)
		}
		return nil
	}
	keys := w.groupKeys()
	current, err := u.current(keys)
	if err != nil {
		return err
	}
	if current == nil && len(rows.Diff) == 0 && len(w.groups) == len(w.order) { // all come, and nothing is in their way
		err := w.writeUnique(rows)
		*run = *w.take()
		return err
	}
	var kept []byte // the row of e, if it is one of rows
	for g := range w.groups {
		var e entry
		if current != nil {
			e = current[g]
		}
		for _, n := range w.group(g) {
			row := int(w.rows[n])
			w.buf = u.a.appendRow(w.buf[:0], rows, row)
			switch diff := rows.DiffAt(row); {
			case diff < 0:
				if u.conflict && (diff < -1 || !e.there || !bytes.Equal(e.row, w.buf)) {
					return &ConflictError{u.rel.def.ID}
				}
				e = entry{}
			case e.there || diff > 1:
				return u.violation(rows, row)
			default:
				kept = append(kept[:0], w.buf...)
				e = entry{kept, true}
			}
		}
		if g == 0 {
			growRun(run, len(w.groups), len(keys.Data), len(e.row))
		}
		if e.there {
			run.Put(keys.At(g), e.row)
		} else {
			run.Delete(keys.At(g))
		}
	}
	return nil
}

// violation is PostgreSQL's error for a key that is there already.
func (u *uniqueCheck) violation(b *batch.Batch, row int) *UniqueError {
	name := fmt.Sprint(u.a.ID)
	if u.place < len(u.rel.def.Constraints) {
		name = u.rel.def.Constraints[u.place]
	}
	names, values := u.keyText(b, row)
	err := pgerr.Newf(uniqueViolation, "duplicate key value violates unique constraint %q", name).
		WithDetail("Key (%s)=(%s) already exists.", names, values)
	id := u.rel.def.ID
	if of := u.rel.def.builtFor; of != 0 { // it is being built of rows that are there
		id = of
		err = pgerr.Newf(uniqueViolation, "could not create unique index %q", name).WithDetail("Key (%s)=(%s) is duplicated.", names, values)
	}
	err.Table, err.Constraint = u.rel.def.Name, name
	return &UniqueError{id, err}
}

// keyText writes the columns of a key and their values in a row.
func (u *uniqueCheck) keyText(b *batch.Batch, row int) (names, values string) {
	var n, v []string
	for _, c := range u.a.cols {
		n = append(n, u.rel.def.Columns[c].Name)
		text := "null"
		if !b.Cols[c].IsNull(row) {
			text = types.Text(b.Cols[c].Type(), b.Cols[c].Value(row), types.DefaultSettings)
		}
		v = append(v, text)
	}
	return strings.Join(n, ", "), strings.Join(v, ", ")
}

// Check tells whether what a transaction has written so far breaks a constraint, as seen from its snapshot: for statements inside of
// a transaction, which have to fail at once. Write checks again.
func (t *Txn) Check() error {
	for _, id := range t.relations() {
		rel, err := t.snapshot.relation(id)
		if err != nil {
			return err
		}
		if err := t.checkRelation(rel); err != nil {
			return err
		}
	}
	return nil
}

func (t *Txn) checkRelation(rel *relation) error {
	read := func(a *arrangement) state.Reader { return t.snapshot.store.Table(key.TableID(a.Table)) }
	if ahead := t.bulk(rel); ahead != nil {
		ahead.settle()
		if complete, err := ahead.complete(read); complete || err != nil {
			return err
		}
	}
	rows := t.rows(rel)
	if rows == nil || rows.Len() == 0 {
		return nil
	}
	for i, a := range rel.arrangements {
		u := &uniqueCheck{rel: rel, place: i, a: a, current: func(keys *key.Keys) ([]entry, error) { return lookup(read(a), keys) }}
		if err := u.check(rows, &state.Run{}); err != nil {
			return err
		}
	}
	return nil
}
