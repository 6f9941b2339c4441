package session

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// A definition inside a block takes effect at once, and a rollback drops what the block has made, or the next start (uncommitted.go). So a block may also change and drop what it
// has made itself, since its last savepoint; nothing else, since a rollback could not take it back. What it drops beside goes when it commits
// (drop_later.go).

// isOwn tells whether the block has made an object since its last savepoint, or what it is part of.
func (s *Session) isOwn(o *catalog.Object) bool {
	from := 0
	if n := len(s.tx.savepoints); n > 0 {
		from = s.tx.savepoints[n-1].undo
	}
	id := o.ID
	if o.PartOf != 0 {
		id = o.PartOf
	}
	return slices.ContainsFunc(s.tx.made[from:], func(made []catalog.ID) bool { return slices.Contains(made, id) || slices.Contains(made, o.ID) })
}

// hasMade tells whether the block has made an object that has a name of its own, whenever it did.
func (t *transaction) hasMade(id catalog.ID) bool {
	return slices.ContainsFunc(t.made, func(made []catalog.ID) bool { return slices.Contains(made, id) })
}

// hasMadeIndex tells whether the block has made a unique index of a table.
func (s *Session) hasMadeIndex(table catalog.ID) bool {
	return slices.ContainsFunc(s.catalog().Indexes(table), func(o *catalog.Object) bool { return o.Index.Unique && s.tx.hasMade(o.ID) })
}

// ownOnly tells whether an ALTER, DROP or COMMENT is about nothing but what the block has made. What does not exist is left to the statement.
func (s *Session) ownOnly(stmt ast.Statement) bool {
	var objects []*ast.Object
	switch stmt := stmt.(type) {
	case *ast.Alter:
		if slices.ContainsFunc(stmt.Actions, func(a ast.AlterAction) bool { _, other := a.(*ast.NamedAction); return other }) {
			return false
		}
		objects = []*ast.Object{stmt.Object}
	case *ast.Drop:
		if stmt.Cascade || stmt.Concurrently {
			return false
		}
		objects = stmt.Objects
	case *ast.Comment:
		objects = []*ast.Object{stmt.Object}
	default:
		return false
	}
	snapshot := s.catalog()
	path := s.path(snapshot)
	for _, x := range objects {
		kind, ok := kindsByName[x.Kind]
		parts := nameParts(nameOfObject(x))
		if x.Kind == "COLUMN" && len(parts) > 1 {
			kind, ok, parts = catalog.Table, true, parts[:len(parts)-1]
		}
		if !ok || kind == catalog.Database || kind == catalog.Schema {
			return false
		}
		if o, err := snapshot.Find(path, kind, parts); err == nil && o != nil && !s.isOwn(o) {
			return false
		}
	}
	return true
}

// refuseInBlock refuses to change a table in a block that has rows for it which are not committed.
func (s *Session) refuseInBlock(d *ddl) error {
	if !d.alters || s.tx.writes == nil {
		return nil
	}
	for _, w := range d.runtime.Rewrites {
		onlyLess := len(w.Gone) > 0 && w.Values == nil && len(w.Checks) == 0 // rows are of that form, too
		if !onlyLess && s.tx.writes.Writes(w.Relation.ID) {
			return pgerr.Newf(pgerr.FeatureNotSupported, "cannot change table %q, which the transaction has written to", w.Relation.Name).
				WithHint("Commit first, or change the table before its rows come.")
		}
	}
	return nil
}
