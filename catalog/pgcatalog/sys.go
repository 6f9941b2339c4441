package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// sysRelations are Freshet's own. Their OIDs are in the range that PostgreSQL leaves to others.
var sysRelations = []relation{
	sysRelation(9001, "epochs", "epoch", types.OIDInt8, "time", types.OIDTimestamptz, "rows_in", types.OIDInt8,
		"rows_changed", types.OIDInt8, "bytes", types.OIDInt8, "tick_us", types.OIDInt8, "commit_us", types.OIDInt8),
	sysRelation(9002, "sources", "source", types.OIDRegclass, "schema", types.OIDName, "name", types.OIDName,
		"connector", types.OIDText, "readers", types.OIDInt4, "rows", types.OIDInt8, "errors", types.OIDInt8,
		"future_rows", types.OIDInt8, "watermark", types.OIDTimestamptz, "held_back_by", types.OIDText),
	sysRelation(9003, "source_partitions", "source", types.OIDRegclass, "reader", types.OIDRegclass, "partition", types.OIDText,
		"offset", types.OIDText, "lag", types.OIDInt8, "watermark", types.OIDTimestamptz, "last_event", types.OIDTimestamptz,
		"idle_since", types.OIDTimestamptz, "held_back_by", types.OIDText),
	sysRelation(9004, "sinks", "schema", types.OIDName, "name", types.OIDName, "connector", types.OIDText, "from", types.OIDRegclass,
		"state", types.OIDText, "error", types.OIDText, "epoch", types.OIDInt8, "rows", types.OIDInt8,
		"lag_bytes", types.OIDInt8),
	sysRelation(9005, "jobs", "job", types.OIDInt8, "relation", types.OIDText, "kind", types.OIDText, "state", types.OIDText,
		"progress", types.OIDFloat8, "started", types.OIDTimestamptz, "error", types.OIDText),
	sysRelation(9006, "view_stats", "view", types.OIDRegclass, "state", types.OIDText, "epoch", types.OIDInt8,
		"rows_in", types.OIDInt8, "rows_out", types.OIDInt8, "rows", types.OIDInt8, "state_rows", types.OIDInt8,
		"state_bytes", types.OIDInt8, "late_rows", types.OIDInt8, "row_errors", types.OIDInt8, "watermark", types.OIDTimestamptz),
	sysRelation(9007, "operators", "relation", types.OIDText, "operator", types.OIDInt4, "kind", types.OIDText, "detail", types.OIDText,
		"rows_in", types.OIDInt8, "rows_out", types.OIDInt8, "state_rows", types.OIDInt8, "state_bytes", types.OIDInt8,
		"cpu_us", types.OIDInt8, "watermark", types.OIDTimestamptz),
	sysRelation(9008, "windows_open", "relation", types.OIDText, "operator", types.OIDInt4, "window_start", types.OIDTimestamptz,
		"window_end", types.OIDTimestamptz, "rows", types.OIDInt8),
	sysRelation(9009, "row_errors", "relation", types.OIDText, "kind", types.OIDText, "expression", types.OIDText,
		"message", types.OIDText, "sample", types.OIDText, "partition", types.OIDText, "offset", types.OIDText,
		"time", types.OIDTimestamptz, "count", types.OIDInt8),
	sysRelation(9010, "subscriptions", "pid", types.OIDInt4, "relation", types.OIDText, "epoch", types.OIDInt8,
		"started", types.OIDTimestamptz),
	sysRelation(9011, "sessions", "pid", types.OIDInt4, "database", types.OIDName, "user", types.OIDName, "application", types.OIDText,
		"client", types.OIDText, "started", types.OIDTimestamptz, "state", types.OIDText, "query", types.OIDText,
		"query_started", types.OIDTimestamptz),
	sysRelation(9012, "settings", "name", types.OIDText, "value", types.OIDText, "unit", types.OIDText, "default", types.OIDText,
		"source", types.OIDText, "description", types.OIDText),
}

// sysRelation makes a relation of names and types of columns, in turn.
func sysRelation(oid catalog.ID, name string, columns ...any) relation {
	r := relation{oid: oid, schema: "sys", name: name, kind: 'v'}
	for i := 0; i < len(columns); i += 2 {
		t := columns[i+1].(types.OID)
		c := column{name: columns[i].(string), declared: t, base: t, mod: -1}
		switch t {
		case types.OIDText:
			c.collation = oidDefault
		case types.OIDName:
			c.collation = oidCollationC
		default:
		}
		r.columns = append(r.columns, c)
	}
	return r
}

// timeOrNull is a timestamptz; 0 is none.
func timeOrNull(micros int64) types.Value {
	if micros == 0 {
		return null
	}
	return integer(micros)
}

// countOrNull is a count; a negative one is not known.
func countOrNull(n int64) types.Value {
	if n < 0 {
		return null
	}
	return integer(n)
}

// idOrNull is an OID; 0 is none.
func idOrNull(id catalog.ID) types.Value {
	if id == 0 {
		return null
	}
	return integer(id)
}

// relationName names a relation for people: as short as the search path allows.
func (e *Env) relationName(id catalog.ID) types.Value {
	if o := e.Snapshot.Object(id); o != nil {
		return text(e.Snapshot.DisplayName(e.Path, o))
	}
	return null
}

func sysEpochs(env *Env, w *rows) {
	for _, x := range list(env.Stats.Epochs) {
		w.add(integer(x.Epoch), timeOrNull(x.Time), integer(x.RowsIn), integer(x.RowsChanged), integer(x.Bytes), integer(x.TickMicros),
			integer(x.CommitMicros))
	}
}

func sysSources(env *Env, w *rows) {
	stats := map[catalog.ID]SourceStats{}
	for _, x := range list(env.Stats.Sources) {
		stats[x.Source] = x
	}
	for _, o := range env.userRelations(w, "source") {
		connector, fed := o.Option("connector")
		if o.Kind != catalog.Source && !fed {
			continue
		}
		x := stats[o.ID]
		w.add(integer(o.ID), text(env.schemaName(o)), text(o.Name), text(connector), integer(x.Readers), integer(x.Rows),
			integer(x.Errors), integer(x.Future), timeOrNull(x.Watermark), textOrNull(x.HeldBackBy))
	}
}

func sysSourcePartitions(env *Env, w *rows) {
	for _, x := range list(env.Stats.SourcePartitions) {
		w.add(integer(x.Source), idOrNull(x.Reader), text(x.Partition), textOrNull(x.Offset), countOrNull(x.Lag),
			timeOrNull(x.Watermark), timeOrNull(x.LastEvent), timeOrNull(x.IdleSince), textOrNull(x.HeldBackBy))
	}
}

func sysSinks(env *Env, w *rows) {
	stats := map[catalog.ID]SinkStats{}
	for _, x := range list(env.Stats.Sinks) {
		stats[x.Sink] = x
	}
	for _, o := range env.Snapshot.UserObjects() {
		if o.Kind != catalog.Sink || !env.here(o) {
			continue
		}
		connector, _ := o.Option("connector")
		x := stats[o.ID]
		w.add(text(env.schemaName(o)), text(o.Name), text(connector), idOrNull(o.SinkFrom), textOrNull(x.State), textOrNull(x.Error),
			integer(x.Epoch), integer(x.Rows), integer(x.LagBytes))
	}
}

func sysJobs(env *Env, w *rows) {
	for _, x := range list(env.Stats.Jobs) {
		progress := null
		if x.Progress >= 0 {
			progress = float(x.Progress)
		}
		w.add(integer(x.ID), env.relationName(x.Relation), text(x.Kind), text(x.State), progress, timeOrNull(x.Started),
			textOrNull(x.Error))
	}
}

func sysViewStats(env *Env, w *rows) {
	for _, x := range list(env.Stats.Views) {
		w.add(integer(x.View), text(x.State), integer(x.Epoch), integer(x.RowsIn), integer(x.RowsOut), countOrNull(x.Rows),
			countOrNull(x.StateRows), integer(x.StateBytes), integer(x.LateRows), integer(x.RowErrors), timeOrNull(x.Watermark))
	}
}

func sysOperators(env *Env, w *rows) {
	for _, x := range list(env.Stats.Operators) {
		w.add(env.relationName(x.Relation), integer(x.Operator), text(x.Kind), text(x.Detail), integer(x.RowsIn), integer(x.RowsOut),
			countOrNull(x.StateRows), integer(x.StateBytes), integer(x.CPUMicros), timeOrNull(x.Watermark))
	}
}

func sysWindowsOpen(env *Env, w *rows) {
	for _, x := range list(env.Stats.Windows) {
		w.add(env.relationName(x.Relation), integer(x.Operator), integer(x.Start), integer(x.End), countOrNull(x.Rows))
	}
}

func sysRowErrors(env *Env, w *rows) {
	if env.Stats.RowErrors == nil {
		return
	}
	err := env.Stats.RowErrors(func(x RowError) bool {
		w.add(env.relationName(x.Relation), text(x.Kind), textOrNull(x.Expression), text(x.Message), textOrNull(x.Sample),
			textOrNull(x.Partition), textOrNull(x.Offset), timeOrNull(x.Time), integer(x.Count))
		return w.err == nil
	})
	if w.err == nil {
		w.err = err
	}
}

func sysSubscriptions(env *Env, w *rows) {
	for _, x := range list(env.Stats.Subscriptions) {
		w.add(integer(x.PID), env.relationName(x.Relation), integer(x.Epoch), timeOrNull(x.Started))
	}
}

func sysSessions(env *Env, w *rows) {
	for _, x := range list(env.Stats.Sessions) {
		w.add(integer(x.PID), env.relationName(x.Database), text(x.User), text(x.Application), textOrNull(x.ClientAddress),
			timeOrNull(x.Started), text(x.State), text(x.Query), timeOrNull(x.QueryStarted))
	}
}

func sysSettings(env *Env, w *rows) {
	for _, x := range list(env.Stats.Settings) {
		w.add(text(x.Name), text(x.Value), textOrNull(x.Unit), textOrNull(x.Boot), text(x.Source), textOrNull(x.Short))
	}
}
