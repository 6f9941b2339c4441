package session

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
)

// countedMax is how many rows of a relation are counted for a figure; more are not known.
const countedMax = 1_000_000

// epochFigures are those of the epochs up to the one that the statement reads.
func (s *Session) epochFigures() []pgcatalog.Epoch {
	snapshot, err := s.read()
	if err != nil {
		return nil
	}
	var all []pgcatalog.Epoch
	for _, x := range s.engine.runtime.Epochs() {
		if x.Epoch > snapshot.Epoch() {
			break
		}
		all = append(all, pgcatalog.Epoch{
			Epoch: x.Epoch, Time: x.Time, RowsIn: x.RowsIn, RowsChanged: x.RowsChanged, Bytes: x.Bytes, TickMicros: x.TickMicros,
			CommitMicros: x.CommitMicros,
		})
	}
	return all
}

// countRows is how many rows a relation has at the epoch that the statement reads; -1 if they are too many to be counted.
func (s *Session) countRows(id flow.RelationID) int64 {
	snapshot, err := s.read()
	if err != nil {
		return -1
	}
	n, whole, err := snapshot.CountRows(id, countedMax)
	if err != nil || !whole {
		return -1
	}
	return n
}

func (s *Session) viewFigures() []pgcatalog.ViewStats {
	var all []pgcatalog.ViewStats
	epoch := s.engine.graphFigures(catalog.MaterializedView, func(o *catalog.Object, g *dataflow.GraphStats) {
		v := pgcatalog.ViewStats{
			View: o.ID, State: g.Status.String(), RowsIn: g.RowsIn, RowsOut: g.RowsOut, Rows: s.countRows(g.ID), StateBytes: g.StateBytes,
			RowErrors: g.Errors, Watermark: timeOf(g.Watermark),
		}
		if graph := s.engine.current.Load().graphs.Get(o.ID); graph != nil {
			for i := range graph.Nodes {
				if n, _ := s.stateOf(graph, flow.NodeID(i)); n < 0 || v.StateRows < 0 {
					v.StateRows = -1
				} else {
					v.StateRows += n
				}
			}
			for _, late := range graph.Late {
				v.LateRows += max(s.countRows(late.Relation), 0)
			}
		}
		all = append(all, v)
	})
	for i := range all {
		all[i].Epoch = epoch
	}
	return all
}

func (s *Session) operatorFigures() []pgcatalog.OperatorStats {
	var all []pgcatalog.OperatorStats
	graphs := s.engine.current.Load().graphs
	for _, g := range s.engine.runtime.Stats().Graphs {
		graph := graphs.Get(catalog.ID(g.ID))
		if graph == nil || len(graph.Nodes) != len(g.Operators) {
			continue
		}
		for i, o := range g.Operators {
			text := graph.Describe(&graph.Nodes[i])
			kind, detail, _ := strings.Cut(text, " ")
			if kind != "" && kind[0] >= '0' && kind[0] <= '9' { // scans begin with the id of what they scan
				kind, detail, _ = strings.Cut(detail, " ")
			}
			x := pgcatalog.OperatorStats{
				Relation: catalog.ID(g.ID), Operator: i, Kind: kind, Detail: detail, RowsIn: o.RowsIn, RowsOut: o.RowsOut,
				CPUMicros: o.CPUMicros, Watermark: timeOf(o.Watermark),
			}
			x.StateRows, x.StateBytes = s.stateOf(graph, flow.NodeID(i))
			all = append(all, x)
		}
	}
	return all
}

// stateOf is how many entries a node's state has, -1 if they are too many to be counted, and about how many bytes on disk.
func (s *Session) stateOf(g *flow.Graph, node flow.NodeID) (entries, size int64) {
	snapshot, err := s.read()
	if err != nil {
		return -1, 0
	}
	for _, t := range g.Tables {
		if t.Node != node {
			continue
		}
		if disk := s.engine.size; disk != nil {
			size += disk(uint32(t.ID))
		}
		if n, whole, err := snapshot.CountEntries(t.ID, countedMax); err != nil || !whole {
			entries = -1
		} else if entries >= 0 {
			entries += n
		}
	}
	return entries, size
}

// openWindows are the windows of views that have not closed.
func (s *Session) openWindows() []pgcatalog.OpenWindow {
	snapshot, err := s.read()
	if err != nil {
		return nil
	}
	var all []pgcatalog.OpenWindow
	now := s.engine.current.Load()
	for _, o := range now.catalog.UserObjects() {
		graph := now.graphs.Get(o.ID)
		if graph == nil {
			continue
		}
		windows, err := snapshot.OpenWindows(graph)
		if err != nil {
			s.engine.logger.Error("the open windows of a view cannot be read", "view", o.Name, "error", err)
			continue
		}
		for _, w := range windows {
			all = append(all, pgcatalog.OpenWindow{Relation: o.ID, Operator: w.Operator, Start: w.Start, End: w.End, Rows: w.Groups})
		}
	}
	return all
}

// jobs is work that goes on behind statements: views that are being filled, sinks that are given their changes again, and dataflows that
// have failed.
func (s *Session) jobs() []pgcatalog.Job {
	var all []pgcatalog.Job
	if f := s.engine.runtime.Stats().Failing; f.Err != nil {
		all = append(all, pgcatalog.Job{Kind: "tick", State: "failed", Progress: -1, Started: f.Since, Error: f.Err.Error()})
	}
	for _, kind := range []catalog.Kind{catalog.MaterializedView, catalog.Sink} {
		s.engine.graphFigures(kind, func(o *catalog.Object, g *dataflow.GraphStats) {
			j := pgcatalog.Job{ID: uint64(o.ID), Relation: o.ID, Progress: -1, Error: errorText(g.Err)}
			switch g.Status {
			case dataflow.Running:
				if !retrying(g) {
					return
				}
				j.Kind, j.State, j.Error = "delivery", stateRetrying, errorText(g.Sink.Err)
			case dataflow.Filling:
				j.Kind, j.State, j.Progress = "backfill", "running", s.progress(o.ID, g.FilledRows)
			case dataflow.Failed:
				j.Kind, j.State = "dataflow", "failed"
			}
			all = append(all, j)
		})
	}
	return all
}

// progress is which part of its inputs' rows a view has been given, from 0 to 1; negative where nobody knows how many there are: it reads
// a source, or a relation that is too large to be counted.
func (s *Session) progress(id catalog.ID, given int64) float64 {
	graph := s.engine.current.Load().graphs.Get(id)
	if graph == nil {
		return -1
	}
	total := int64(0)
	for i := range graph.Nodes {
		switch spec := graph.Nodes[i].Spec.(type) {
		case *flow.Source:
			return -1
		case *flow.Scan:
			n := s.countRows(spec.Relation)
			if n < 0 {
				return -1
			}
			total += n
		default:
		}
	}
	if total == 0 {
		return 1
	}
	return min(float64(given)/float64(total), 1)
}
