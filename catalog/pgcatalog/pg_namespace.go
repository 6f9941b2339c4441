package pgcatalog

import "github.com/freshetdb/freshet/catalog"

func pgNamespace(env *Env, w *rows) {
	isSchema := func(o *catalog.Object) bool { return o.Kind == catalog.Schema }
	for _, o := range env.filter(w, "oid", env.Snapshot.Objects, isSchema) {
		w.add(integer(o.ID), text(o.Name), integer(oidOwner), null)
	}
}
