package pgcatalog

import "github.com/freshetdb/freshet/sql/types"

func pgSettings(env *Env, w *rows) {
	for _, s := range list(env.Stats.Settings) {
		enum := null
		if len(s.Enum) > 0 {
			var values []types.Value
			for _, v := range s.Enum {
				values = append(values, text(v))
			}
			enum = array(types.OIDText, values...)
		}
		w.add(text(s.Name), text(s.Value), textOrNull(s.Unit), text(s.Category), text(s.Short), textOrNull(s.Extra), text(s.Context),
			text(s.Type), text(s.Source), textOrNull(s.Min), textOrNull(s.Max), enum, text(s.Boot), text(s.Reset), null, null,
			boolean(false))
	}
}
