package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

func pgStatActivity(env *Env, w *rows) {
	for _, s := range list(env.Stats.Sessions) {
		port := null
		if s.ClientPort != 0 {
			port = integer(s.ClientPort)
		}
		w.add(idOrNull(s.Database), databaseName(env, s.Database), integer(s.PID), null, integer(oidOwner), text(s.User),
			text(s.Application), textOrNull(s.ClientAddress), null, port, timeOrNull(s.Started), timeOrNull(s.TransactionStarted),
			timeOrNull(s.QueryStarted), timeOrNull(s.StateChanged), null, null, text(s.State), null, null, null, text(s.Query),
			text("client backend"))
	}
}

// LockInfo is an advisory lock that a session holds or waits for. Transactions need no locks of other kinds.
type LockInfo struct {
	Database      catalog.ID
	Class, Object uint32
	Sub           int16
	PID           int32
	Mode          string
	Granted       bool
	// WaitStart is when the session began to wait, in microseconds since 1970-01-01 UTC; 0: it has the lock.
	WaitStart int64
}

func pgLocks(env *Env, w *rows) {
	for _, l := range list(env.Stats.Locks) {
		w.add(text("advisory"), integer(l.Database), null, null, null, null, null, integer(l.Class), integer(l.Object), integer(l.Sub), null,
			integer(l.PID), text(l.Mode), boolean(l.Granted), boolean(false), timeOrNull(l.WaitStart))
	}
}

func databaseName(env *Env, id catalog.ID) types.Value {
	if o := env.Snapshot.Object(id); o != nil {
		return text(o.Name)
	}
	return null
}

// statRelations are the relations of pg_stat_user_tables and its like.
func statRelations(env *Env, w *rows, system bool) []*catalog.Object {
	var list []*catalog.Object
	for _, o := range env.relations(w, "relid") {
		if (kindOf(o) == catalog.Table || o.Kind == catalog.MaterializedView) && o.System == system {
			list = append(list, o)
		}
	}
	return list
}

// statTables fills pg_stat_all_tables and its like. Freshet counts rows of dataflows, in sys.view_stats; what PostgreSQL counts here for
// its planner and for vacuum is 0.
func statTables(user, system bool) fill {
	return func(env *Env, w *rows) {
		for _, kind := range []bool{false, true} {
			if kind && !system || !kind && !user {
				continue
			}
			for _, o := range statRelations(env, w, kind) {
				cells := []cell{{"relid", integer(o.ID)}, {"schemaname", text(env.schemaName(o))}, {"relname", text(o.Name)}}
				w.sparse(append(cells, zeros(w.relation, 3)...)...)
			}
		}
	}
}

// statIndexes fills pg_stat_all_indexes and its like.
func statIndexes(env *Env, w *rows) {
	for _, o := range env.userRelations(w, "indexrelid") {
		if o.Kind != catalog.Index || o.Index == nil {
			continue
		}
		relation := env.Snapshot.Object(o.Index.Relation)
		cells := []cell{
			{"relid", integer(relation.ID)},
			{"indexrelid", integer(o.ID)},
			{"schemaname", text(env.schemaName(o))},
			{"relname", text(relation.Name)},
			{"indexrelname", text(o.Name)},
		}
		w.sparse(append(cells, zeros(w.relation, len(cells))...)...)
	}
}

// zeros are the counters from a column on, all 0.
func zeros(r *relation, from int) []cell {
	var cells []cell
	for _, c := range r.columns[from:] {
		if c.base == types.OIDInt8 {
			cells = append(cells, cell{c.name, integer(0)})
		}
	}
	return cells
}

func pgStatDatabase(env *Env, w *rows) {
	backends := map[catalog.ID]int{}
	for _, s := range list(env.Stats.Sessions) {
		backends[s.Database]++
	}
	for _, o := range env.Snapshot.UserObjects() {
		if o.Kind == catalog.Database {
			cells := []cell{{"datid", integer(o.ID)}, {"datname", text(o.Name)}, {"numbackends", integer(backends[o.ID])}}
			w.sparse(append(cells, zeros(w.relation, 3)...)...)
		}
	}
}
