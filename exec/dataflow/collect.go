package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// collect gathers what the tick has changed.
func (r *Runtime) collect(t *tickRun) error {
	t.changes.Now = t.Now
	for _, g := range r.reached {
		// Before anything is noted: the tick may have to be done again.
		if err := r.judgeErrors(g); err != nil {
			return err
		}
	}
	for _, g := range r.reached {
		if !g.touched() {
			continue
		}
		g.collectTables(t)
		g.collectTime(&t.changes.Meta)
		if g.rows != nil {
			r.collectRelation(g, t)
		}
		r.collectLog(g, &t.changes)
		if g.output != nil {
			for _, p := range g.output.procs {
				t.output = t.output || p != nil && p.op.(*outputOp).changed()
			}
		}
	}
	r.collectSources(t)
	r.collectFills(t)
	r.sequencer.collect(&t.changes.Meta)
	return r.collectErrors(t)
}

// collectTables takes the changes of operators' state, whose memory the tables get back.
func (g *graph) collectTables(t *tickRun) {
	for i, def := range g.def.Graph.Tables {
		if def.View { // collectRelation takes them
			continue
		}
		out := storage.TableChanges{Table: key.TableID(def.ID), Appends: def.Appends, Rises: !def.Appends && !def.Bound}
		for w := range g.tables {
			var changes state.Changes
			g.tables[w][i].Take(&changes)
			if changes.Run.Len() > 0 {
				out.Runs = append(out.Runs, &changes.Run)
				t.lent = append(t.lent, lentRun{g.tables[w][i], &changes.Run})
			}
			out.DeleteRanges = append(out.DeleteRanges, changes.DeleteRanges...)
			if def.Bound && changes.ExpiredTo > g.expired[i] {
				out.ExpiredTo, out.Expires = changes.ExpiredTo, true
				g.expired[i] = changes.ExpiredTo
			}
		}
		if len(out.Runs) > 0 || len(out.DeleteRanges) > 0 || out.Expires {
			t.changes.Tables = append(t.changes.Tables, out)
		}
	}
}

// collectRelation takes the changes of the rows that a graph keeps.
func (r *Runtime) collectRelation(g *graph, t *tickRun) {
	for i, a := range g.relation.arrangements {
		if files := g.rows.procs[0].op.(*materialize).writers[i].takeFiles(); files != nil {
			r.sequencer.noteAll(g)
			t.changes.Tables = append(t.changes.Tables, storage.TableChanges{Table: key.TableID(a.Table), Ahead: files})
			continue
		}
		var runs []*state.Run
		if i == 0 {
			runs = g.takeWritten(t)
		}
		for _, p := range g.rows.procs {
			if p == nil {
				continue
			}
			w := p.op.(*materialize).writers[i]
			for _, run := range w.takeAll() {
				runs = append(runs, run)
				if !g.isTable { // the sequencer keeps those of tables
					t.lent = append(t.lent, lentRun{w, run})
				}
			}
		}
		if len(runs) > 1 && a.Unique && i > 0 {
			// A key may have moved from a row of one worker to a row of another.
			runs = []*state.Run{mergeRuns(runs)}
		}
		if len(runs) > 0 {
			r.sequencer.note(g, i, runs)
		}
		if len(runs) > 0 || g.emptied {
			out := storage.TableChanges{Table: key.TableID(a.Table), Drop: g.emptied, Appends: i == 0 && g.relation.def.Numbered, Runs: runs}
			out.Rises = !out.Appends && !g.isTable && a.Unique && g.def.builtFor == 0
			t.changes.Tables = append(t.changes.Tables, out)
		}
	}
	g.emptied = false
}

// takeWritten takes the changes of the rows that an operator has made itself, as it keeps its state there.
func (g *graph) takeWritten(t *tickRun) (runs []*state.Run) {
	for i, def := range g.def.Graph.Tables {
		if !def.View {
			continue
		}
		for w := range g.tables {
			var changes state.Changes
			if g.tables[w][i].Take(&changes); changes.Run.Len() > 0 {
				runs = append(runs, &changes.Run)
				t.lent = append(t.lent, lentRun{g.tables[w][i], &changes.Run})
			}
		}
	}
	return runs
}

// mergeRuns makes one run of several, in which a key that is set somewhere is not deleted.
func mergeRuns(runs []*state.Run) *state.Run {
	type entry struct{ run, i int }
	var all []entry
	for n, run := range runs {
		for i := range run.Len() {
			all = append(all, entry{n, i})
		}
	}
	slices.SortFunc(all, func(x, y entry) int {
		a, b := runs[x.run], runs[y.run]
		if c := slices.Compare(a.Keys.At(x.i), b.Keys.At(y.i)); c != 0 {
			return c
		}
		switch {
		case a.IsDeleted(x.i) == b.IsDeleted(y.i):
			return 0
		case a.IsDeleted(x.i):
			return 1
		}
		return -1
	})
	out := &state.Run{}
	for n, e := range all {
		k := runs[e.run].Keys.At(e.i)
		if n > 0 && slices.Equal(k, runs[all[n-1].run].Keys.At(all[n-1].i)) {
			continue
		}
		if runs[e.run].IsDeleted(e.i) {
			out.Delete(k)
		} else {
			out.Put(k, runs[e.run].Values.At(e.i))
		}
	}
	return out
}

// idle tells that a tick has nothing to commit.
func (t *tickRun) idle() bool {
	c := &t.changes
	return t.change == nil && !t.output && len(c.Tables) == 0 && len(c.Log) == 0 && isEmpty(&c.Meta)
}

func isEmpty(m *meta.Changes) bool {
	return len(m.Offsets) == 0 && len(m.Watermarks) == 0 && len(m.Settings) == 0 && len(m.ResetSettings) == 0 && len(m.DropGraphs) == 0 &&
		len(m.Statements) == 0 && len(m.Forget) == 0
}
