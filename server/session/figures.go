package session

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
)

// figures are what the relations of sys show.
func (e *Engine) figures(s *Session) pgcatalog.Stats {
	return pgcatalog.Stats{
		Sessions: func() []pgcatalog.SessionInfo {
			var all []pgcatalog.SessionInfo
			for _, other := range e.sessions.all() {
				all = append(all, other.info())
			}
			slices.SortFunc(all, func(a, b pgcatalog.SessionInfo) int { return int(a.PID) - int(b.PID) })
			return all
		},
		Locks:            e.advisory.all,
		Settings:         s.settingRows,
		Epochs:           s.epochFigures,
		Sources:          e.sourceFigures,
		SourcePartitions: e.partitionFigures,
		Sinks:            e.sinkFigures,
		Subscriptions:    e.subscriptions.figures,
		Jobs:             s.jobs,
		Views:            s.viewFigures,
		Windows:          s.openWindows,
		Operators:        s.operatorFigures,
		RowErrors:        s.rowErrors,
		TableBytes:       e.size,
		Prepared:         s.preparedFigures,
		Cursors:          s.cursorFigures,
	}
}

// timeOf is a watermark as the relations of sys have it: 0 is none.
func timeOf(watermark int64) int64 {
	if watermark == op.NoWatermark || watermark == op.Complete {
		return 0
	}
	return watermark
}

func (e *Engine) sourceFigures() []pgcatalog.SourceStats {
	bySource := map[flow.RelationID]*pgcatalog.SourceStats{}
	readers := map[[2]flow.RelationID]bool{}
	low, timed := map[flow.RelationID]int64{}, map[flow.RelationID]bool{}
	ended := map[flow.RelationID]int64{} // the last watermark of partitions of which all are at their end
	for id, r := range e.current.Load().relations.All() {
		timed[flow.RelationID(id)] = r.Watermark != nil
	}
	for _, p := range e.runtime.Stats().Sources {
		s := bySource[p.Source]
		if s == nil {
			s = &pgcatalog.SourceStats{Source: catalog.ID(p.Source)}
			bySource[p.Source] = s
		}
		if key := [2]flow.RelationID{p.Source, p.Graph}; !readers[key] {
			readers[key] = true
			s.Readers++
		}
		s.Rows += p.Rows
		s.Future += p.Future
		if p.Graph != 0 || !timed[p.Source] { // readers of their own are behind the shared one
			continue
		}
		s.Watermark = timeOf(p.Reached)
		if p.Reached == op.Complete {
			ended[p.Source] = max(ended[p.Source], p.Watermark)
			s.Watermark = timeOf(ended[p.Source])
		}
		if p.Idle || p.Ended { // they hold nothing back
			continue
		}
		if least, known := low[p.Source]; !known || p.Watermark < least {
			low[p.Source] = p.Watermark
			s.HeldBackBy = p.Partition
			if p.Err != "" {
				s.HeldBackBy += ": " + p.Err
			}
		}
	}
	var all []pgcatalog.SourceStats
	for _, o := range e.Catalog().UserObjects() {
		if o.Kind != catalog.Source {
			continue
		}
		s := pgcatalog.SourceStats{Source: o.ID}
		if known := bySource[flow.RelationID(o.ID)]; known != nil {
			s = *known
		}
		s.Errors = e.runtime.RowErrorCount(flow.RelationID(o.ID))
		all = append(all, s)
	}
	return all
}

func (e *Engine) partitionFigures() []pgcatalog.PartitionStats {
	var all []pgcatalog.PartitionStats
	for _, p := range e.runtime.Stats().Sources {
		all = append(all, pgcatalog.PartitionStats{
			Source: catalog.ID(p.Source), Reader: catalog.ID(p.Graph), Partition: p.Partition, Offset: fmt.Sprintf("%x", []byte(p.Offset)), Lag: p.Lag,
			Watermark: timeOf(p.Watermark), LastEvent: p.LastRows, IdleSince: p.IdleSince, HeldBackBy: p.Err,
		})
	}
	return all
}

// graphFigures are the figures of the graphs of one kind of objects.
func (e *Engine) graphFigures(kind catalog.Kind, f func(o *catalog.Object, g *dataflow.GraphStats)) uint64 {
	stats := e.runtime.Stats()
	snapshot := e.Catalog()
	for i := range stats.Graphs {
		g := &stats.Graphs[i]
		if o := snapshot.Object(catalog.ID(g.ID)); o != nil && o.Kind == kind {
			f(o, g)
		}
	}
	return stats.Epoch
}

// stateRetrying is the state of a sink that has answered an error and is given its changes again.
const stateRetrying = "retrying"

func retrying(g *dataflow.GraphStats) bool { return g.Err == nil && g.Sink != nil && g.Sink.Err != nil }

func (e *Engine) sinkFigures() []pgcatalog.SinkStats {
	var all []pgcatalog.SinkStats
	var replayed []bool // their epochs are those that the target has
	epoch := e.graphFigures(catalog.Sink, func(o *catalog.Object, g *dataflow.GraphStats) {
		x := pgcatalog.SinkStats{Sink: o.ID, State: g.Status.String(), Error: errorText(g.Err), Rows: g.RowsOut}
		if g.Sink != nil {
			x.Epoch, x.LagBytes = g.Sink.Flushed, g.Sink.LagBytes
			if retrying(g) {
				x.State, x.Error = stateRetrying, errorText(g.Sink.Err)
			}
		}
		all, replayed = append(all, x), append(replayed, g.Sink != nil)
	})
	for i := range all {
		if !replayed[i] {
			all[i].Epoch = epoch
		}
	}
	return all
}

// rowErrors hands out the errors of rows that are kept, as of the epoch that the statement reads.
func (s *Session) rowErrors(yield func(pgcatalog.RowError) bool) error {
	snapshot, err := s.read()
	if err != nil {
		return err
	}
	now := s.engine.current.Load()
	for _, o := range now.catalog.UserObjects() {
		if o.Kind != catalog.Source && o.Kind != catalog.MaterializedView && o.Kind != catalog.Sink {
			continue
		}
		graph, more := now.graphs.Get(o.ID), true
		err := snapshot.RowErrors(flow.RelationID(o.ID), func(x *dataflow.RowError) bool {
			r := pgcatalog.RowError{
				Relation: o.ID, Kind: x.Kind, Message: x.Err.Message, Sample: x.Sample, Partition: x.Partition, Time: x.Time, Expression: x.Column,
				Count: x.Count,
			}
			switch {
			case x.Kind == "decode":
				r.Offset = fmt.Sprint(x.Offset)
			case graph != nil && x.Operator < len(graph.Nodes):
				r.Expression = graph.Describe(&graph.Nodes[x.Operator])
			}
			more = yield(r)
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// settingRows are the rows of pg_settings.
func (s *Session) settingRows() []pgcatalog.Setting {
	all := make([]pgcatalog.Setting, 0, len(settings))
	for i := range settings {
		known := &settings[i]
		lower := strings.ToLower(known.name)
		row := pgcatalog.Setting{
			Name: known.name, Value: s.shown(known), Category: "Freshet", Short: known.doc, Context: "user", Type: "string", Source: "default",
			Boot: known.value, Reset: known.value,
		}
		if known.check == nil {
			row.Context = "internal"
		}
		if value, ok := s.vars.startup[lower]; ok {
			row.Reset, row.Source = value, "client"
		}
		if _, ok := s.vars.session[lower]; ok {
			row.Source = "session"
		}
		if row.Value == "on" || row.Value == "off" {
			row.Type = "bool"
		}
		all = append(all, row)
	}
	return all
}

// Statements is how many statements have run, by what they do.
func (e *Engine) Statements() map[string]int64 {
	names := [...]string{reads: "read", writes: "write", defines: "define", defineAlone: "define", controls: "control"}
	all := map[string]int64{}
	for i := range e.statements {
		all[names[i]] += e.statements[i].Load()
	}
	return all
}

// Conflicts is how many transactions have been refused because of others.
func (e *Engine) Conflicts() int64 { return e.conflicts.Load() }
