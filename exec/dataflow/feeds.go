package dataflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// records is what the store knows of graphs and sources at a start.
type records struct {
	offsets    map[offsetID]connector.Offset
	watermarks map[watermarkID]meta.Watermark
	settings   map[string]string
}

type offsetID struct {
	graph     meta.GraphID
	source    uint32
	partition string
}

type watermarkID struct {
	graph meta.GraphID
	input uint32
}

// readRecords sorts what the store has, and gives the sequencer its part.
func (r *Runtime) readRecords(c *meta.Contents) (*records, error) {
	out := &records{map[offsetID]connector.Offset{}, map[watermarkID]meta.Watermark{}, map[string]string{}}
	for _, o := range c.Offsets {
		out.offsets[offsetID{o.Graph, o.Source, o.Partition}] = o.Position
	}
	for _, w := range c.Watermarks {
		out.watermarks[watermarkID{w.Graph, w.Input}] = w
	}
	for _, s := range c.Settings {
		if !strings.HasPrefix(s.Name, reservedSetting) {
			continue
		}
		out.settings[s.Name] = s.Value
		var id flow.RelationID
		if n, _ := fmt.Sscanf(s.Name, reservedSetting+"rowid.%d", &id); n == 1 {
			if err := r.sequencer.restore(id, s.Value); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// privatePrefix is how the names of records begin that a graph reads a source on its own.
const privatePrefix = reservedSetting + "private."

// privateSetting is the name of that of a graph and a source.
func privateSetting(g, source flow.RelationID) string {
	return fmt.Sprintf("%s%d.%d", privatePrefix, g, source)
}

// settingsOf are the names of all records that a graph may have.
func (r *Runtime) settingsOf(g *graph) []string {
	names := []string{
		rowIDSetting(g.id()), failedSetting(g.id()), standstillSetting(g.id()), historySetting(g.id()), deliveredSetting(g.id()),
		temporarySetting(g.id()), formSetting(g.id()),
	}
	for _, n := range g.nodes {
		switch spec := n.spec.(type) {
		case *flow.Source:
			names = append(names, privateSetting(g.id(), spec.Relation))
		case *flow.Scan:
			names = append(names, fillSetting(fillID{g.id(), n.id}))
		default:
		}
	}
	return names
}

// chooseFeed answers the feed that a graph reads a source from: the shared one if it has not begun, or if the graph had reached it
// before the restart; else one of its own.
func (r *Runtime) chooseFeed(g *graph, s *source, saved *records) *feed {
	for _, f := range r.private {
		if f.source == s && f.graph == meta.GraphID(g.id()) {
			return f
		}
	}
	private := s.shared != nil && s.shared.begun()
	if saved != nil {
		_, private = saved.settings[privateSetting(g.id(), s.def.ID)]
	}
	if s.shared == nil {
		s.shared = r.newFeed(s, meta.GraphID(s.def.ID))
	}
	if !private {
		return s.shared
	}
	f := r.newFeed(s, meta.GraphID(g.id()))
	f.private = true
	f.bucket = connector.Bucket{} // at the rate of the shared feed it would never reach it
	f.rewrite = true
	r.private = append(r.private, f)
	return f
}

// begun tells whether anything was read, or may have been.
func (f *feed) begun() bool {
	return slices.ContainsFunc(f.partitions, func(p *partition) bool { return p.begun || p.resumed || p.next.Compare(p.position) != 0 })
}

func (r *Runtime) newFeed(s *source, id meta.GraphID) *feed {
	rate := s.def.RowsPerSecond
	if own := s.def.Connector.Traits().RowsPerSecond; own > 0 && (rate == 0 || own < rate) {
		rate = own
	}
	return &feed{
		source: s, graph: id, watermark: op.NoWatermark, next: op.NoWatermark, bucket: connector.NewBucket(rate),
		pieces: make([]connector.DeferringPiece, r.config.Workers),
	}
}

// restoreFeed opens a feed. At a start a source that cannot be reached is tried again later; it is an error only for a new graph.
func (r *Runtime) restoreFeed(ctx context.Context, f *feed, saved *records) error {
	if f.opened {
		return nil
	}
	if f.private {
		if err := r.restoreFeed(ctx, f.source.shared, saved); err != nil {
			return err
		}
	}
	if saved != nil {
		if w, ok := saved.watermarks[watermarkID{f.graph, inputNumber(f.source.def.ID, "")}]; ok {
			f.watermark, f.next = w.Time, w.Time
		}
		f.saved = saved
	}
	err := r.openFeed(ctx, f, saved)
	if err != nil && saved != nil {
		f.retry.failed(r.epoch.Now)
		r.stats.sourceError(f.source.def.ID, "", err)
		return nil
	}
	return err
}

func (r *Runtime) newPartition(f *feed, name string, saved *records) *partition {
	now := max(r.config.Clock(), r.epoch.Now)
	p := &partition{feed: f, name: name, time: op.NoWatermark, nextTime: op.NoWatermark, silentSince: now, rowBytes: rowBytes}
	if saved != nil {
		p.restore(saved, now)
	}
	p.storedTime, p.storedIdle = p.time, p.idle
	return p
}

// join notes which private feeds have reached the shared ones: with this tick's epoch they go on with them. The shared ones stand
// still in this tick.
func (r *Runtime) join(t *tickRun) {
	r.joining = r.joining[:0]
	for _, f := range r.private {
		r.place(f.source.shared)
		if !f.reached() {
			continue
		}
		r.joining = append(r.joining, f)
		m := &t.changes.Meta
		m.DropGraphs = append(m.DropGraphs, f.graph)
		m.ResetSettings = append(m.ResetSettings, privateSetting(flow.RelationID(f.graph), f.source.def.ID))
		for _, o := range r.private {
			o.rewrite = o.rewrite || o != f && o.graph == f.graph
		}
	}
}

// place finds out where a shared feed stands that nobody reads from any more but those who come to it: it is not opened by reading.
func (r *Runtime) place(shared *feed) {
	if len(shared.nodes) > 0 || shared.retry.wait(r.epoch.Now) {
		return
	}
	var err error
	if !shared.opened {
		err = r.openFeed(r.ctx, shared, shared.saved)
	}
	for _, p := range shared.partitions {
		if err == nil && p.position == nil {
			err = p.open(r.ctx)
			p.reset()
		}
	}
	if err != nil {
		shared.retry.failed(r.epoch.Now)
		r.stats.sourceError(shared.source.def.ID, "", err)
	}
}

// finishJoin moves nodes from private feeds to the shared ones.
func (r *Runtime) finishJoin() {
	for _, f := range r.joining {
		shared := f.source.shared
		r.close(f)
		r.private = slices.DeleteFunc(r.private, func(o *feed) bool { return o == f })
		for _, n := range f.nodes {
			n.feed = shared
			shared.nodes = append(shared.nodes, n)
		}
		r.columnsChanged(shared)
	}
	if len(r.joining) > 0 {
		r.listFeeds()
	}
	r.joining = r.joining[:0]
}

// held tells whether a shared feed stands still in this tick.
func (r *Runtime) holds(f *feed) bool {
	return slices.ContainsFunc(r.joining, func(o *feed) bool { return o.source == f.source })
}

// reached tells whether a private feed stands where the shared one does, in every partition.
func (f *feed) reached() bool {
	shared := f.source.shared
	if shared == nil || !f.opened || !shared.opened || len(f.partitions) != len(shared.partitions) {
		return false
	}
	for _, p := range f.partitions {
		s := shared.partition(p.name)
		if s == nil || p.next.Compare(s.position) != 0 {
			return false
		}
	}
	return true
}

// detachSources takes a graph from the feeds that it reads. A feed that nobody reads any more ends; but a shared one stays where it is
// while others are on their way to it.
func (r *Runtime) detachSources(t *tickRun, g *graph) {
	for _, n := range g.nodes {
		f := n.feed
		if f == nil {
			continue
		}
		r.detach(f, n)
		if len(f.nodes) > 0 {
			continue
		}
		r.close(f)
		if f.private {
			r.private = slices.DeleteFunc(r.private, func(o *feed) bool { return o == f })
		}
		s := f.source
		if s.shared != nil && len(s.shared.nodes) == 0 && !slices.ContainsFunc(r.private, func(o *feed) bool { return o.source == s }) {
			t.changes.Meta.DropGraphs = append(t.changes.Meta.DropGraphs, s.shared.graph)
			s.shared = nil
		}
	}
}
