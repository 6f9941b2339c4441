package pgcatalog

import "github.com/freshetdb/freshet/catalog"

const encodingUTF8 = 6

func pgDatabase(env *Env, w *rows) {
	for _, o := range env.Snapshot.UserObjects() {
		if o.Kind == catalog.Database {
			w.add(integer(o.ID), text(o.Name), integer(oidOwner), integer(encodingUTF8), char('c'), boolean(false), boolean(true),
				integer(-1), integer(0), integer(0), integer(oidTablespace), text("C"), text("C"), null, null, null)
		}
	}
}
