package dataflow

import (
	"maps"
	"slices"

	"github.com/freshetdb/freshet/planner/flow"
)

// catalog is what there was before a change, to go back to. It is no copy: of graphs, of which there may be many, it has those that the change takes away,
// makes or alters, as they are noted when that happens.
type catalog struct {
	graphs []*graph
	// byID has what had an id that is another's now, nil if nothing had it.
	byID      map[flow.RelationID]*graph
	sources   map[flow.RelationID]*source
	fills     map[fillID]*fill
	private   []*feed
	relations map[*graph]*relation // the former forms of those that have another
	shared    map[*source]*feed
	feeds     map[*feed][]*node
	// reasons are why graphs go, where it is not that they are dropped.
	reasons map[*graph]error
}

func (r *Runtime) catalog() *catalog {
	c := &catalog{
		graphs:    slices.Clone(r.graphs),
		byID:      map[flow.RelationID]*graph{},
		sources:   maps.Clone(r.sources),
		fills:     maps.Clone(r.fills),
		private:   slices.Clone(r.private),
		relations: map[*graph]*relation{},
		shared:    map[*source]*feed{},
		feeds:     map[*feed][]*node{},
		reasons:   map[*graph]error{},
	}
	for _, s := range r.sources {
		c.shared[s] = s.shared
	}
	for _, f := range r.feeds() {
		c.feeds[f] = slices.Clone(f.nodes)
	}
	return c
}

// feedsOf are the feeds that there were of a source.
func (c *catalog) feedsOf(source flow.RelationID) []*feed {
	var all []*feed
	for f := range c.feeds {
		if f.source.def.ID == source {
			all = append(all, f)
		}
	}
	return all
}

// isNew tells whether a graph was made by the change.
func (c *catalog) isNew(g *graph) bool {
	before, changed := c.byID[g.id()]
	return changed && before != g
}

// setGraph gives an id to a graph, or takes it away with nil, and notes who had it.
func (r *Runtime) setGraph(id flow.RelationID, g *graph) {
	if c := r.before; c != nil {
		if _, noted := c.byID[id]; !noted {
			c.byID[id] = r.byID[id]
		}
	}
	if g == nil {
		delete(r.byID, id)
	} else {
		r.byID[id] = g
	}
	r.unpublished[id] = true
}

// noteRelation notes the form of a graph's rows before they get another, or are taken away.
func (r *Runtime) noteRelation(g *graph) {
	if _, noted := r.before.relations[g]; !noted {
		r.before.relations[g] = g.relation
	}
	r.unpublished[g.id()] = true
}

// restoreCatalog goes back to what there was.
func (r *Runtime) restoreCatalog(c *catalog) {
	r.before = nil
	for id, before := range c.byID {
		if g := r.byID[id]; g != nil && g != before && (before == nil || before.status == Failed) { // its memory is counted for the id
			r.dropMemory(g)
		}
		r.setGraph(id, before)
	}
	r.graphs, r.sources, r.fills, r.private = c.graphs, c.sources, c.fills, c.private
	for s, f := range c.shared {
		s.shared = f
	}
	for f, nodes := range c.feeds {
		f.nodes = nodes
		for _, n := range nodes {
			n.feed = f
		}
		r.columnsChanged(f)
	}
	for g, rel := range c.relations {
		if g.relation != rel || g.emptied {
			g.reform(rel)
			g.emptied = false
			r.equipRows(g)
		}
	}
	r.undoFills() // TRUNCATE ends some
	r.wire()
	for _, g := range r.logged {
		g.log.listed = false
	}
	r.logged = r.logged[:0]
	for _, g := range r.graphs {
		r.listLog(g)
	}
}

// closeNewFeeds ends the reading that a change which is taken back has begun.
func (r *Runtime) closeNewFeeds(c *pendingChange) {
	r.listFeeds()
	for _, f := range r.feeds() {
		if _, old := c.before.feeds[f]; !old {
			r.close(f)
		}
	}
}

// undoChange takes a change back in a tick that failed. If one of its own graphs is at fault, or a source that only they read, it is refused,
// else it waits again.
func (r *Runtime) undoChange(c *pendingChange, fault *graphError, unread *feedError) {
	if unread != nil {
		if _, old := c.before.feeds[unread.partition.feed]; !old {
			r.closeNewFeeds(c)
			r.restoreCatalog(c.before)
			c.answer(0, unread.err)
			return
		}
	}
	r.closeNewFeeds(c)
	refused := fault != nil && c.before.isNew(fault.graph)
	r.restoreCatalog(c.before)
	if refused {
		c.answer(0, fault.err)
		return
	}
	r.in.Lock()
	r.in.changes = append([]*pendingChange{c}, r.in.changes...)
	r.in.Unlock()
	r.signal()
}
