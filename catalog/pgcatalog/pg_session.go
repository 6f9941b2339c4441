package pgcatalog

import "github.com/freshetdb/freshet/sql/types"

func pgPreparedStatements(env *Env, w *rows) {
	for _, p := range list(env.Stats.Prepared) {
		var parameters []types.Value
		for _, oid := range p.Parameters {
			parameters = append(parameters, integer(oid))
		}
		w.add(text(p.Name), text(p.Statement), timeOrNull(p.Time), array(types.OIDRegtype, parameters...), boolean(p.FromSQL),
			integer(p.GenericPlans), integer(p.CustomPlans))
	}
}

func pgCursors(env *Env, w *rows) {
	for _, c := range list(env.Stats.Cursors) {
		w.add(text(c.Name), text(c.Statement), boolean(c.Hold), boolean(c.Binary), boolean(c.Scroll), timeOrNull(c.Time))
	}
}
