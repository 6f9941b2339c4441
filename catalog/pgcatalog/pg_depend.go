package pgcatalog

import "github.com/freshetdb/freshet/catalog"

// Kinds of dependencies in pg_depend.
const (
	dependNormal   = 'n'
	dependAuto     = 'a'
	dependInternal = 'i'
)

// isView tells whether an object has a query, and so a rule _RETURN, whose OID in pg_rewrite is the view's.
func isView(o *catalog.Object) bool {
	return kindOf(o) == catalog.View || o.Kind == catalog.MaterializedView
}

func pgRewrite(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "ev_class") {
		if isView(o) {
			w.add(integer(o.ID), text("_RETURN"), integer(o.ID), char('1'), char('O'), boolean(true), text(""), text(o.Query))
		}
	}
}

// pgDepend has what the catalog knows: views and what they read, indexes and sequences and their tables, defaults, constraints, and
// what is in schemas.
func pgDepend(env *Env, w *rows) {
	for _, o := range env.Snapshot.UserObjects() {
		if !env.here(o) || o.Kind == catalog.Database || o.Kind == catalog.Schema {
			continue
		}
		depend(w, oidClass, o.ID, oidNamespace, o.Schema, 0, dependNormal)
		if isView(o) {
			depend(w, oidRewrite, o.ID, oidClass, o.ID, 0, dependInternal)
		}
		for _, id := range o.DependsOn {
			class := catalog.ID(oidClass)
			if isView(o) {
				class = oidRewrite
			}
			if on := env.Snapshot.Object(id); on != nil {
				depend(w, class, o.ID, catalog.ID(classOf(on)), id, 0, dependNormal)
			}
		}
		dependOnOwner(env, w, o)
		dependOfColumns(w, o)
	}
}

func depend(w *rows, class, id, refClass, ref catalog.ID, refColumn int, kind byte) {
	w.add(integer(class), integer(id), integer(0), integer(refClass), integer(ref), integer(refColumn), char(kind))
}

// dependOnOwner adds what a part depends on: the columns of an index, the column of a sequence.
func dependOnOwner(env *Env, w *rows, o *catalog.Object) {
	if o.PartOf == 0 {
		return
	}
	owner := env.Snapshot.Object(o.PartOf)
	switch {
	case o.Sequence != nil:
		kind := byte(dependAuto)
		if owner.Columns[o.Sequence.OwnerColumn].Identity != 0 {
			kind = dependInternal
		}
		depend(w, oidClass, o.ID, oidClass, owner.ID, owner.AttNum(o.Sequence.OwnerColumn), kind)
	case o.Index != nil && o.Index.Constraint:
		depend(w, oidClass, o.ID, oidConstraint, o.ID, 0, dependInternal)
	case o.Index != nil:
		for _, k := range o.Index.Keys {
			if k.Column >= 0 {
				depend(w, oidClass, o.ID, oidClass, owner.ID, owner.AttNum(k.Column), dependAuto)
			}
		}
	default:
		depend(w, oidClass, o.ID, oidClass, owner.ID, 0, dependAuto)
	}
}

func dependOfColumns(w *rows, o *catalog.Object) {
	for i := range o.Columns {
		c := &o.Columns[i]
		if c.Default == "" || c.Hidden || c.Identity != 0 || o.Kind == catalog.Index {
			continue
		}
		n := o.AttNum(i)
		depend(w, oidAttrdef, attrdefOID(o.ID, n), oidClass, o.ID, n, dependAuto)
		if c.Sequence != 0 {
			depend(w, oidAttrdef, attrdefOID(o.ID, n), oidClass, c.Sequence, 0, dependNormal)
		}
	}
	for i := range o.Constraints {
		c := &o.Constraints[i]
		for _, place := range c.Columns {
			depend(w, oidConstraint, c.OID(), oidClass, o.ID, o.AttNum(place), dependAuto)
		}
	}
}
