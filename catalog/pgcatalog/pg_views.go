package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

func pgTables(env *Env, w *rows) {
	for _, o := range env.relations(w, "") {
		if kindOf(o) == catalog.Table {
			w.add(text(env.schemaName(o)), text(o.Name), text(env.owner()), null, boolean(len(env.Snapshot.Indexes(o.ID)) > 0),
				boolean(false), boolean(false), boolean(false))
		}
	}
}

func pgViews(env *Env, w *rows) {
	for _, o := range env.relations(w, "") {
		if kindOf(o) == catalog.View {
			w.add(text(env.schemaName(o)), text(o.Name), text(env.owner()), viewDefinition(o))
		}
	}
}

// viewDefinition is the query of a view; a system relation has none to show.
func viewDefinition(o *catalog.Object) types.Value {
	if o.Query == "" {
		return null
	}
	return text(o.Query + ";")
}

func pgMatviews(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "") {
		if o.Kind == catalog.MaterializedView {
			w.add(text(env.schemaName(o)), text(o.Name), text(env.owner()), null, boolean(len(env.Snapshot.Indexes(o.ID)) > 0),
				boolean(true), viewDefinition(o))
		}
	}
}

func pgIndexes(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "") {
		if o.Kind == catalog.Index && o.Index != nil {
			relation := env.Snapshot.Object(o.Index.Relation)
			w.add(text(env.schemaName(o)), text(relation.Name), text(o.Name), null, text(Lookups{env}.indexDefinition(o, false)))
		}
	}
}
