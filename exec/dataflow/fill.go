package dataflow

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// fillID names a scan that is being filled.
type fillID struct {
	graph flow.RelationID
	node  int
}

// fill gives a new graph the rows of a relation that were there before it, in the order of its keys: in every tick the next rows of the
// last epoch, and then that tick's changes of rows up to there. Changes behind are left out, since the scan will come to them. So
// nothing waits and grows.
type fill struct {
	id   fillID
	node *node
	from *graph // keeps the relation
	// cursor is the last key that the graph was given; next is that with the tick that runs. Nil: none yet.
	cursor, next []byte
	done, ends   bool
	first        bool  // nothing else comes to the graph before it is done
	rows         int64 // given in the tick that runs
}

// fillPrefix is how the names of the records of cursors begin.
const fillPrefix = reservedSetting + "fill."

// fillSetting is the name of the record of a cursor.
func fillSetting(id fillID) string {
	return fmt.Sprintf("%s%d.%d", fillPrefix, id.graph, id.node)
}

// failedSetting is the name of the record that a graph has failed.
func failedSetting(id flow.RelationID) string { return fmt.Sprintf("%sfailed.%d", reservedSetting, id) }

// addFills begins to fill a new graph, or goes on after a restart.
func (r *Runtime) addFills(g *graph, saved *records) error {
	for _, n := range g.nodes {
		spec, ok := n.spec.(*flow.Scan)
		if !ok {
			continue
		}
		f := &fill{id: fillID{g.id(), n.id}, node: n, from: r.byID[spec.Relation], first: spec.First}
		if saved != nil {
			cursor, filling := saved.settings[fillSetting(f.id)]
			if !filling {
				continue
			}
			// The record is a byte that tells whether there is a cursor, and the cursor.
			if cursor != "" && cursor[0] == 1 {
				f.cursor = []byte(cursor[1:])
				f.next = f.cursor
			}
		}
		r.fills[f.id] = f
		n.fill = f
	}
	return nil
}

// takeFills takes the next rows of relations that graphs are being filled from.
func (r *Runtime) takeFills(t *tickRun) error {
	if len(r.fills) == 0 {
		return nil
	}
	each := max(r.config.FillRows/len(r.fills), min(r.config.FillRows, batch.Rows))
	for _, g := range r.graphs {
		for _, n := range g.nodes {
			if n.fill == nil || n.fill.done || n.fill.ends || !n.fill.first && r.awaitsLookups(g) {
				continue
			}
			// Numbered rows come behind those that are there, and must not come faster than they are taken.
			if err := r.takeFill(t, n.fill, max(each, 2*n.fill.from.numbers.last())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Runtime) takeFill(t *tickRun, f *fill, rows int) error {
	rel := f.from.relation
	a := rel.primary()
	want := state.Range{}
	if f.cursor != nil {
		want.From = a.behind(f.cursor)
	}
	if !f.from.committed {
		f.ends = true // made in this tick: it had no rows
		r.visit(f.node.graph)
		return nil
	}
	cursor, err := r.live(a.Table).Scan(want)
	if err != nil {
		return err
	}
	d := newDecoder(a, rel.types, a.all)
	for more := true; more && rows > 0; {
		var run state.Run
		if more, err = cursor.Next(&run, min(rows, batch.Rows)); err != nil {
			break
		}
		f.ends = !more
		for at := 0; at < run.Len() && rows > 0; {
			d.out.Reset()
			if at, err = d.decode(&run, at); err != nil {
				return errors.Join(err, cursor.Close())
			}
			rows -= d.out.Len()
			f.rows += int64(d.out.Len())
			f.next = a.appendKey(nil, d.out, d.out.Len()-1)
			f.ends = !more && at == run.Len()
			r.dealFill(t, f, d.out)
		}
	}
	if f.ends {
		r.visit(f.node.graph) // its time begins
	}
	return errors.Join(err, cursor.Close())
}

// dealFill makes rows that a graph is filled with input of its scan.
func (r *Runtime) dealFill(t *tickRun, f *fill, rows *batch.Batch) {
	chunk := f.from.relation.newBatch()
	chunk.AppendAll(rows)
	t.rows += chunk.Len()
	r.rouse(f.node.graph)
	r.dealTo(t, f.from, chunk, func(worker int, part *batch.Batch) error {
		p := f.node.procs[worker]
		p.node.graph.active[worker] = true
		p.touched = true
		scan := p.op.(*scanOp)
		return p.emit(pick(&scan.view, part, scan.columns))
	})
}

// awaitsLookups tells whether a graph looks rows up in a relation that it has not been given all of.
func (r *Runtime) awaitsLookups(g *graph) bool {
	return slices.ContainsFunc(g.nodes, func(n *node) bool {
		scan, ok := n.spec.(*flow.Scan)
		if !ok || !scan.First {
			return false
		}
		from := r.byID[scan.Relation]
		return n.fill != nil && !n.fill.done || from != nil && from.status == Filling
	})
}

// fillFilter is what a worker needs to leave out changes that the scan will come to.
type fillFilter struct {
	of  *relation
	out *batch.Batch
	sel []int32
	key []byte
}

// scanned answers the changes of rows that the graph has been given.
func (f *fill) scanned(b *batch.Batch, memory *fillFilter) *batch.Batch {
	if f.done || f.ends {
		return b
	}
	rel := f.from.relation
	a := rel.primary()
	if memory.of != rel { // a table may get another form meanwhile
		memory.of, memory.out = rel, rel.newBatch()
	}
	memory.out.Reset()
	memory.sel = memory.sel[:0]
	if f.next == nil {
		return memory.out
	}
	for i := range b.Len() {
		memory.key = a.appendKey(memory.key[:0], b, i)
		if bytes.Compare(memory.key, f.next) <= 0 {
			memory.sel = append(memory.sel, int32(i))
		}
	}
	memory.out.Gather(b, memory.sel)
	return memory.out
}

// collectFills writes how far graphs have been filled.
func (r *Runtime) collectFills(t *tickRun) {
	if len(r.fills) == 0 {
		return
	}
	m := &t.changes.Meta
	for _, g := range r.graphs {
		for _, n := range g.nodes {
			f := n.fill
			switch {
			case f == nil || f.done:
			case f.ends:
				if g.committed {
					m.ResetSettings = append(m.ResetSettings, fillSetting(f.id))
				}
			default:
				value := []byte{0}
				if f.next != nil {
					value = append([]byte{1}, f.next...)
				}
				m.Settings = append(m.Settings, meta.Setting{Name: fillSetting(f.id), Value: string(value)})
			}
		}
	}
}

// finishFills moves the cursors.
func (r *Runtime) finishFills() {
	for id, f := range r.fills {
		f.cursor = f.next
		f.node.graph.progress.rows.Add(f.rows)
		f.rows = 0
		if f.ends {
			f.done = true
			f.node.fill = nil
			delete(r.fills, id)
		}
	}
}

// undoFills goes back to the last epoch.
func (r *Runtime) undoFills() {
	for _, f := range r.fills {
		f.next, f.ends, f.rows = f.cursor, false, 0
	}
}

// settleFilling finds out which graphs have caught up. Each comes after those that it scans.
func (r *Runtime) settleFilling() {
	for _, g := range r.graphs {
		if g.status == Filling {
			g.settle(r)
		}
	}
}

// settle says whether a graph has caught up, and so has what it scans.
func (g *graph) settle(r *Runtime) {
	filling := slices.ContainsFunc(g.nodes, func(n *node) bool {
		scan, ok := n.spec.(*flow.Scan)
		behind := ok && g.def.indexOf == nil && r.byID[scan.Relation].status == Filling // an index has what its relation has so far
		return n.fill != nil || n.feed != nil && n.feed.private || behind
	})
	status := Running
	if filling {
		status = Filling
	}
	if g.status != status {
		g.status = status
		r.unpublished[g.id()] = true
	}
	g.complete = g.complete || !filling
}
