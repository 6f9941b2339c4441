package dataflow

import (
	"maps"
	"slices"
)

func (r *Runtime) catalog() *catalog {
	c := &catalog{
		graphs:    slices.Clone(r.graphs),
		byID:      maps.Clone(r.byID),
		sources:   maps.Clone(r.sources),
		fills:     maps.Clone(r.fills),
		private:   slices.Clone(r.private),
		relations: map[*graph]*relation{},
		shared:    map[*source]*feed{},
		feeds:     map[*feed][]*node{},
	}
	for _, s := range r.sources {
		c.shared[s] = s.shared
	}
	for _, f := range r.feeds() {
		c.feeds[f] = slices.Clone(f.nodes)
	}
	for _, g := range r.graphs {
		c.relations[g] = g.relation
	}
	return c
}

// restoreCatalog goes back to what there was.
func (r *Runtime) restoreCatalog(c *catalog) {
	for id, g := range r.byID {
		if c.byID[id] == nil {
			r.dropMemory(g)
		}
	}
	r.graphs, r.byID, r.sources, r.fills, r.private = c.graphs, c.byID, c.sources, c.fills, c.private
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
		if g.relation != rel || g.built != nil {
			g.reform(rel)
			g.built, g.emptied = nil, false
			r.equipRows(g)
		}
	}
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
	refused := fault != nil && c.before.byID[fault.graph.id()] != fault.graph
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
