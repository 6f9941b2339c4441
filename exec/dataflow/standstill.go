package dataflow

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// standstillSetting is the name of the record that a failed graph stands still at an epoch: what it keeps is whole there, and its offsets
// are kept under its own id.
func standstillSetting(id flow.RelationID) string {
	return fmt.Sprintf("%sstandstill.%d", reservedSetting, id)
}

// standStill keeps the place of a graph that fails, so that it can go on from there. That needs inputs that can be read again from a place:
// sources, and graphs that stand still with it. Changes of other relations are not kept for it. It is called before the graph leaves its feeds.
func (r *Runtime) standStill(g *graph) {
	if !g.committed || !g.complete || g.relation == nil || !r.canStandStill(g) {
		return
	}
	m := &r.pendingMeta
	for _, n := range g.nodes {
		f := n.feed
		if f == nil {
			continue
		}
		id, source := meta.GraphID(g.id()), f.source.def.ID
		for _, p := range f.partitions {
			if p.position == nil {
				continue
			}
			m.Offsets = append(m.Offsets, meta.Offset{Graph: id, Source: uint32(source), Partition: p.name, Position: p.position})
			m.Watermarks = append(m.Watermarks, meta.Watermark{Graph: id, Input: p.input(), Time: p.time, Idle: p.storedIdle})
		}
		m.Watermarks = append(m.Watermarks, meta.Watermark{Graph: id, Input: inputNumber(source, ""), Time: f.watermark})
	}
	m.Settings = append(m.Settings, meta.Setting{Name: standstillSetting(g.id()), Value: fmt.Sprint(r.epoch.Epoch)})
	g.standsStill = true
}

func (r *Runtime) canStandStill(g *graph) bool {
	return !slices.ContainsFunc(g.nodes, func(n *node) bool {
		scan, ok := n.spec.(*flow.Scan)
		if ok {
			from := r.byID[scan.Relation]
			return from == nil || !from.standsStill
		}
		return n.feed != nil && n.feed.private
	})
}

// standing answers what the store knows of graphs that have failed, if all of them can go on from where they stand: at one epoch, and not
// ahead of those that read their sources now. Nil if they cannot.
func (r *Runtime) standing(again []*graph) (*records, error) {
	contents, err := r.committed.Meta()
	if err != nil {
		return nil, err
	}
	saved := sortRecords(contents)
	at := ""
	for i, g := range again {
		epoch, ok := saved.settings[standstillSetting(g.id())]
		if !ok || i > 0 && epoch != at || g.misfit {
			return nil, nil
		}
		at = epoch
		for _, n := range g.nodes {
			switch spec := n.spec.(type) {
			case *flow.Scan:
				if !slices.ContainsFunc(again[:i], func(o *graph) bool { return o.id() == spec.Relation }) {
					return nil, nil
				}
			case *flow.Source:
				s := r.sources[spec.Relation]
				if s == nil || !s.within(saved, meta.GraphID(g.id())) {
					return nil, nil
				}
			default:
			}
		}
	}
	return saved, nil
}

// sortRecords sorts what the store has.
func sortRecords(c *meta.Contents) *records {
	out := &records{map[offsetID]connector.Offset{}, map[watermarkID]meta.Watermark{}, map[string]string{}}
	for _, o := range c.Offsets {
		out.offsets[offsetID{o.Graph, o.Source, o.Partition}] = o.Position
	}
	for _, w := range c.Watermarks {
		out.watermarks[watermarkID{w.Graph, w.Input}] = w
	}
	for _, s := range c.Settings {
		out.settings[s.Name] = s.Value
	}
	return out
}

// within tells whether a graph's own offsets of a source are not ahead of those of the shared reader, if there is one.
func (s *source) within(saved *records, g meta.GraphID) bool {
	if s.shared == nil {
		return true
	}
	if !s.shared.opened {
		return false
	}
	for id, own := range saved.offsets {
		if id.graph != g || id.source != uint32(s.def.ID) {
			continue
		}
		p := s.shared.partition(id.partition)
		if p == nil || own.Compare(p.position) > 0 {
			return false
		}
	}
	return true
}

// goOn lets failed graphs go on from where they stand: with readers of their own until they have reached the others, or as those whom others
// will have to reach.
func (r *Runtime) goOn(t *tickRun, again []*graph, saved *records) ([]*graph, error) {
	m := &t.changes.Meta
	for _, g := range again {
		names := []string{standstillSetting(g.id()), failedSetting(g.id())}
		m.ResetSettings = append(m.ResetSettings, names...)
		for _, name := range names {
			delete(saved.settings, name)
		}
		r.setGraph(g.id(), nil)
	}
	var fresh []*graph
	for _, g := range again {
		own := meta.GraphID(g.id())
		m.DropGraphs = append(m.DropGraphs, own) // a reader of its own writes them again
		for _, n := range g.nodes {
			spec, ok := n.spec.(*flow.Source)
			if !ok {
				continue
			}
			if s := r.sources[spec.Relation]; s.shared == nil {
				saved.move(own, s.def.ID)
			} else if s.shared.begun() {
				saved.settings[privateSetting(g.id(), spec.Relation)] = ""
			}
		}
		def := g.def
		def.opened = true
		if err := r.addGraph(r.ctx, def, saved); err != nil {
			return nil, err
		}
		g = r.byID[g.id()]
		for _, n := range g.nodes {
			if n.feed != nil {
				n.feed.rewrite = true
			}
		}
		fresh = append(fresh, g)
	}
	return fresh, nil
}

// move makes a graph's records of a source those of its shared reader.
func (saved *records) move(from meta.GraphID, source flow.RelationID) {
	to := meta.GraphID(source)
	for id, position := range saved.offsets {
		if id.graph == from && id.source == uint32(source) {
			saved.offsets[offsetID{to, id.source, id.partition}] = position
			for _, input := range []uint32{inputNumber(source, id.partition), inputNumber(source, "")} {
				saved.watermarks[watermarkID{to, input}] = saved.watermarks[watermarkID{from, input}]
			}
		}
	}
}

// GoesOn tells whether a failed graph can go on from where it stands when it is resumed, with those that failed because of it. Else they
// are made anew, from the beginning of their inputs.
func (r *Runtime) GoesOn(id flow.RelationID) (bool, error) {
	r.tick.Lock()
	defer r.tick.Unlock()
	g := r.byID[id]
	if g == nil || g.status != Failed || r.closed {
		return false, nil
	}
	saved, err := r.standing(r.failedWith(g))
	return saved != nil, err
}
