package pgcatalog

import (
	"strconv"

	"github.com/freshetdb/freshet/catalog"
)

func infoCatalogName(env *Env, w *rows) { w.add(env.databaseText()) }

func infoSchemata(env *Env, w *rows) {
	for _, o := range env.Snapshot.Objects() {
		if o.Kind == catalog.Schema && env.here(o) {
			w.add(env.databaseText(), text(o.Name), text(env.owner()), null, null, null, null)
		}
	}
}

var tableTypes = map[catalog.Kind]string{
	catalog.Table: "BASE TABLE", catalog.View: "VIEW", catalog.MaterializedView: "MATERIALIZED VIEW", catalog.Source: "FOREIGN",
}

func infoTables(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		w.add(env.databaseText(), text(env.schemaName(o)), text(o.Name), text(tableTypes[kindOf(o)]), null, null, null, null, null,
			yesNo(kindOf(o) == catalog.Table), text("NO"), null)
	}
}

func infoViews(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		if isView(o) {
			w.add(env.databaseText(), text(env.schemaName(o)), text(o.Name), viewDefinition(o), text("NONE"), text("NO"), text("NO"),
				text("NO"), text("NO"), text("NO"))
		}
	}
}

// infoViewTableUsage has the relations that views read.
func infoViewTableUsage(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		if !isView(o) {
			continue
		}
		for _, id := range o.DependsOn {
			if on := env.Snapshot.Object(id); on != nil && on.Kind.IsRelation() {
				w.add(env.databaseText(), text(env.schemaName(o)), text(o.Name), databaseName(env, on.Database), text(env.schemaName(on)),
					text(on.Name))
			}
		}
	}
}

func infoSequences(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "") {
		s := o.Sequence
		// Those of identity columns are part of the column.
		if o.Kind != catalog.Sequence || s == nil || isIdentity(env, o) {
			continue
		}
		bits := factsOf(s.Type).size * 8
		w.add(env.databaseText(), text(env.schemaName(o)), text(o.Name), text(env.dataType(s.Type)), integer(bits), integer(binaryIn),
			integer(0), number(s.Start), number(s.Min), number(s.Max), number(s.Increment), yesNo(s.Cycle))
	}
}

func isIdentity(env *Env, sequence *catalog.Object) bool {
	owner := env.Snapshot.Object(sequence.PartOf)
	return owner != nil && owner.Columns[sequence.Sequence.OwnerColumn].Identity != 0
}

func infoCharacterSets(env *Env, w *rows) {
	w.add(null, null, text("UTF8"), text("UCS"), text("UTF8"), env.databaseText(), text("pg_catalog"), text("ucs_basic"))
}

func infoCollations(env *Env, w *rows) {
	b, err := recordedCollations.load()
	if err != nil {
		w.err = err
		return
	}
	for i := range b.Len() {
		w.add(env.databaseText(), text("pg_catalog"), b.Cols[1].Value(i), text("NO PAD"))
	}
}

func infoForeignTables(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		if o.Kind == catalog.Source {
			connector, _ := o.Option("connector")
			w.add(env.databaseText(), text(env.schemaName(o)), text(o.Name), env.databaseText(), text(connector))
		}
	}
}

// tablePrivileges are those that the owner has on everything.
var tablePrivileges = []string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}

// infoTablePrivileges fills table_privileges and role_table_grants.
func infoTablePrivileges(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, p := range tablePrivileges {
			w.add(text(env.owner()), text(env.owner()), env.databaseText(), text(env.schemaName(o)), text(o.Name), text(p), text("YES"),
				yesNo(p == "SELECT"))
		}
	}
}

// infoColumnPrivileges fills column_privileges and role_column_grants.
func infoColumnPrivileges(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, a := range attributesOf(o) {
			for _, p := range []string{"INSERT", "SELECT", "UPDATE", "REFERENCES"} {
				w.add(text(env.owner()), text(env.owner()), env.databaseText(), text(env.schemaName(o)), text(o.Name), text(a.name),
					text(p), text("YES"))
			}
		}
	}
}

func infoEnabledRoles(env *Env, w *rows) {
	for _, r := range roles(env, w) {
		w.add(text(r.name))
	}
}

// notNullConstraint is the name that information_schema makes up for a NOT NULL.
func notNullConstraint(o *catalog.Object, number int) string {
	n := func(id catalog.ID) string { return strconv.FormatUint(uint64(id), 10) }
	return n(o.Schema) + "_" + n(o.ID) + "_" + strconv.Itoa(number) + "_not_null"
}
