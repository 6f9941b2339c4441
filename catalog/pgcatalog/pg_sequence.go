package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

func pgSequence(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "seqrelid") {
		if s := o.Sequence; o.Kind == catalog.Sequence && s != nil {
			w.add(integer(o.ID), integer(s.Type), integer(s.Start), integer(s.Increment), integer(s.Max), integer(s.Min),
				integer(s.Cache), boolean(s.Cycle))
		}
	}
}

func pgSequences(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "") {
		if s := o.Sequence; o.Kind == catalog.Sequence && s != nil {
			w.add(text(env.schemaName(o)), text(o.Name), text(env.owner()), integer(s.Type), integer(s.Start), integer(s.Min),
				integer(s.Max), integer(s.Increment), boolean(s.Cycle), integer(s.Cache), lastValue(env, o))
		}
	}
}

// lastValue is the value that a sequence gave last; null if it gave none.
func lastValue(env *Env, o *catalog.Object) types.Value {
	if env.Stats.SequenceValue == nil {
		return null
	}
	if n, called := env.Stats.SequenceValue(o.ID); called {
		return integer(n)
	}
	return null
}
