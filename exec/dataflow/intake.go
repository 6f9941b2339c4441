package dataflow

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// intake says how much a tick takes of sources.
type intake struct {
	rows int
	// asked is the time of the last tick with a statement in it.
	asked int64
	// bytes is how many bytes it takes of each feed, about, however few rows they are. Those that have not been read count less.
	bytes int
	// memory is what each worker decodes the rows of each feed into.
	memory map[*feed][]*decoded
}

// What bounds a piece and a tick.
const (
	pieceBytesMax = 4 << 20
	pieceBytesMin = 256 << 10 // of what is not counted: less is not worth its own read
	rowBytes      = 128       // of a row, until some are known
	tickRowsMin   = batch.Rows
	tickRowsMax   = 4 << 20
	feedBytesMax  = 128 << 20 // of a tick: it has all of them in memory, more than once
	unreadPart    = 4         // bytes that have not been read and count as one of these
)

// takeSources takes pieces of all feeds, and makes decoding them work of the tick.
func (r *Runtime) takeSources(ctx context.Context, t *tickRun) error {
	if len(r.sources) == 0 {
		return nil
	}
	rows := r.intake.rows
	if r.config.MemoryLimit > 0 && r.config.Pool.Bytes() > r.config.MemoryLimit*9/10 {
		rows = tickRowsMin
	}
	if r.running() && r.pressed() {
		rows = tickRowsMin
	}
	left := rows
	for _, f := range r.private {
		left -= r.takeFeed(ctx, t, f, max(rows*3/4/len(r.private), 1))
	}
	r.join(t)
	var shared []*feed
	for _, f := range r.feeds() {
		if !f.private && !r.holds(f) {
			shared = append(shared, f)
		}
	}
	for i, rows := range share(shared, left, t.Now) {
		r.takeFeed(ctx, t, shared[i], rows)
	}
	slices.SortStableFunc(t.work, func(a, b work) int {
		switch {
		case a.leads == b.leads:
			return 0
		case a.leads:
			return -1
		}
		return 1
	})
	return nil
}

// pressed tells that the store is close to where commits have to wait.
func (r *Runtime) pressed() bool {
	m := r.config.Store.Metrics()
	return m.Stalled || m.MemTableBytes >= m.MemTableBytesMax/4*3 || m.L0Sublevels*2 >= m.L0SublevelsMax
}

// adapt sets how much the next tick takes, from how long it took to compute the last one with what that was given. How long its commit takes is
// not counted: where that takes longer, smaller ticks would only have more of them.
func (r *Runtime) adapt(t *tickRun, micros int64) {
	if len(t.writes) > 0 || t.change != nil {
		r.intake.asked = t.Now
	}
	if !r.running() || r.config.TickRows > 0 || t.rows < r.intake.rows/2 {
		return // it is not to, or there was less to take than it might
	}
	rows := float64(r.intake.rows) * float64(r.tickMicros(t)) / float64(max(micros, 1))
	rows = min(max(rows, float64(r.intake.rows)/2), float64(r.intake.rows)*2)
	r.intake.rows = min(max(int(rows), tickRowsMin), tickRowsMax)
}

// askedMicros is how long after a statement ticks are short again, so that the next one does not wait for a long one.
const askedMicros = 1_000_000

// tickMicros is how long the next tick is to take. What is behind by more than a tick gets there sooner with fewer of them.
func (r *Runtime) tickMicros(t *tickRun) int64 {
	if t.rows >= r.intake.rows/10*9 && t.Now-r.intake.asked > askedMicros {
		return r.config.TickMicros * behindFactor
	}
	return r.config.TickMicros
}

// behindFactor is how many times as long a tick takes where sources have more than it takes.
const behindFactor = 2

// takeFeed takes pieces of one feed, about so many rows, and answers how many it took.
func (r *Runtime) takeFeed(ctx context.Context, t *tickRun, f *feed, rows int) int {
	if len(r.fills)+len(r.private) > 0 && slices.ContainsFunc(f.nodes, func(n *node) bool { return r.awaitsLookups(n.graph) }) {
		return 0
	}
	if !f.opened {
		if f.retry.wait(t.Now) {
			return 0
		}
		if err := r.openFeed(ctx, f, f.saved); err != nil {
			f.retry.failed(t.Now)
			r.stats.sourceError(f.source.def.ID, "", err)
			return 0
		}
	}
	r.discover(ctx, t, f)
	granted := f.bucket.Take(t.Now, rows)
	used := 0
	// They take turns at being the first: what is granted may be less than a row for each.
	first, count := f.turn, len(f.partitions)
	for i := range count {
		p := f.partitions[(first+i)%count]
		n, err := r.takePartition(ctx, t, p, (granted-used+count-i-1)/(count-i))
		if used += n; n > 0 {
			f.turn = (first + i + 1) % count
		}
		if err != nil {
			p.retry.failed(t.Now)
			r.stats.sourceError(f.source.def.ID, p.name, err)
			r.config.Logger.Warn("a source cannot be read", "source", f.source.def.ID, "partition", p.name, "error", err)
			// What was taken before stays good.
			p.waiter.stop()
			if p.reader != nil {
				_ = p.reader.Close()
				p.reader = nil
			}
		}
	}
	f.bucket.Return(max(granted-used, 0))
	return used
}

// listMicros is how often partitions that have come are looked for.
const listMicros = 500_000

// discover adds the partitions that have come to a stream since it was opened; they are read from their beginning. What is not listed any
// more stays: what was read of it has been.
func (r *Runtime) discover(ctx context.Context, t *tickRun, f *feed) {
	if f.source.def.Connector.Traits().Bounded || t.Now-f.listed < listMicros {
		return
	}
	f.listed = t.Now
	before := len(f.partitions)
	if err := r.openFeed(ctx, f, f.saved); err != nil {
		r.config.Logger.Debug("the partitions of a source cannot be listed", "source", f.source.def.ID, "error", err)
	} else if n := len(f.partitions) - before; n > 0 {
		r.config.Logger.Info("a source has new partitions", "source", f.source.def.ID, "partitions", n)
	}
}

// takePartition takes pieces of one partition.
func (r *Runtime) takePartition(ctx context.Context, t *tickRun, p *partition, rows int) (used int, err error) {
	if p.waiter.waiting() {
		p.quiet = true
		return 0, nil
	}
	p.quiet = false
	if p.nextEnd || rows <= 0 || p.retry.wait(t.Now) {
		return 0, nil
	}
	if err := p.open(ctx); err != nil {
		return 0, err
	}
	bytesMax := r.intake.bytes / len(p.feed.partitions) // their share, so that none is left out
	for read := 0; used < rows && read <= bytesMax; {
		stop, end, err := p.reach()
		if err != nil || stop {
			p.quiet = stop
			return used, err
		}
		piece, err := p.fetch(ctx, p.limit(rows-used, r.config.Workers, end != nil), end)
		if errors.Is(err, io.EOF) {
			p.nextEnd = true
			return used, nil
		}
		if err != nil {
			return used, err
		}
		if piece == nil {
			if p.quiet = true; used == 0 {
				p.recovered(r)
			}
			if r.running() {
				p.waiter.start(p.reader, r.signal)
			}
			return used, nil
		}
		n, bytes := piece.Size()
		if n == 0 {
			n = max(bytes/max(p.rowBytes, 1), 1)
		}
		used += n
		if u, ok := piece.(connector.UnreadPiece); ok && u.Unread() {
			read += bytes / unreadPart
		} else {
			read += bytes
		}
		t.rows += n
		k := &taken{partition: p, piece: piece, time: p.nextTime, bytes: bytes}
		p.next = piece.End()
		t.taken = append(t.taken, k)
		memory := r.decodeMemory(p.feed)
		t.work = append(t.work, work{worker: -1, leads: p.feed.leads, do: func(w int) error { return k.decode(w, t, memory[w]) }})
	}
	return used, nil
}

// reach says how far a private feed may read: to where the shared one is. stop tells that it is there.
func (p *partition) reach() (stop bool, end connector.Offset, err error) {
	if !p.feed.private {
		return false, nil, nil
	}
	shared := p.feed.source.shared.partition(p.name)
	if shared == nil {
		return false, nil, nil
	}
	switch c := p.next.Compare(shared.position); {
	case c == 0:
		return true, nil, nil
	case c > 0:
		return false, nil, invariants.Errorf("partition %q was read to %x, past the shared reader at %x", p.name, p.next, shared.position)
	}
	return false, shared.position, nil
}

// limit bounds the next piece, when a tick takes so many more rows. Pieces become smaller towards the end, so that no worker waits long for another
// that has the last one. exactly tells that an offset is to be reached.
func (p *partition) limit(rows, workers int, exactly bool) connector.Limit {
	limit := connector.Limit{Bytes: pieceBytesMax}
	few := rows < 16*batch.Rows
	share := min(rows, max(rows/(2*workers), batch.Rows))
	if workers == 1 {
		share = rows
	}
	switch {
	case p.counting == counted, p.feed.bucket != (connector.Bucket{}), few && (exactly || p.counting == unknown || rows < batch.Rows):
		limit.Rows = share
	case p.counting == uncounted: // about so many: to be counted they would have to be read here, while the workers wait
		limit.Bytes = min(max(share*p.rowBytes, pieceBytesMin), rows*p.rowBytes, pieceBytesMax)
	}
	return limit
}

// counting tells whether pieces that may have any number of rows know how many they have.
type counting uint8

const (
	unknown counting = iota
	counted
	uncounted
)

// learn notes whether a piece knows how many rows it has, of which nobody asked for a number.
func (p *partition) learn(piece connector.Piece) {
	p.counting = uncounted
	if n, _ := piece.Size(); n > 0 {
		p.counting = counted
	}
}

// fetch takes a piece that does not reach behind end, if that is given. A piece that does is taken again with fewer rows: an offset
// at which another reader stands can be reached exactly.
func (p *partition) fetch(ctx context.Context, limit connector.Limit, end connector.Offset) (connector.Piece, error) {
	for {
		piece, err := p.reader.Fetch(limit)
		if err != nil || piece == nil {
			return nil, err
		}
		if limit.Rows == 0 {
			p.learn(piece)
		}
		if end == nil || piece.End().Compare(end) <= 0 {
			return piece, nil
		}
		n, _ := piece.Size()
		piece.Release()
		if n == 0 {
			n = 16 * batch.Rows
		}
		if limit.Rows == 0 || limit.Rows > n {
			limit.Rows = n
		}
		if limit.Rows == 1 {
			return nil, invariants.Errorf("partition %q has no piece that ends at %x", p.name, []byte(end))
		}
		limit.Rows /= 2
		if err := p.reader.Close(); err != nil {
			return nil, err
		}
		p.reader = nil
		if err := p.open(ctx); err != nil {
			return nil, err
		}
	}
}

// open opens the reader of a partition where it was.
func (p *partition) open(ctx context.Context) error {
	if p.reader != nil {
		return nil
	}
	reader, err := p.feed.source.def.Connector.Open(ctx, p.feed.read.start(p.name, p.next))
	if err != nil {
		return err
	}
	p.reader = reader
	if p.next == nil {
		p.next = reader.Offset()
		p.position = p.next
	}
	return nil
}

func (f *feed) partition(name string) *partition {
	for _, p := range f.partitions {
		if p.name == name {
			return p
		}
	}
	return nil
}

// decodeMemory is what each worker decodes into.
func (r *Runtime) decodeMemory(f *feed) []*decoded {
	if r.intake.memory == nil {
		r.intake.memory = map[*feed][]*decoded{}
	}
	m := r.intake.memory[f]
	if m == nil {
		for range r.config.Workers {
			m = append(m, f.read.memory(func(c int) types.Type { return f.source.def.Columns[c].Type }))
		}
		r.intake.memory[f] = m
	}
	return m
}

// openFeed finds the partitions of a feed. saved say how far they were.
func (r *Runtime) openFeed(ctx context.Context, f *feed, saved *records) error {
	names, err := f.source.def.Connector.Partitions(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if shared := f.source.shared; f.private && shared.opened && shared.partition(name) == nil {
			continue // it came after the shared reader, which could not be reached there
		}
		if f.partition(name) == nil {
			f.partitions = append(f.partitions, r.newPartition(f, name, saved))
		}
	}
	f.opened = true
	f.retry = backoff{}
	return nil
}

// attachSources lets a graph's sources be read: from the shared feed if there is nothing before where it is, else from one of its own.
func (r *Runtime) attachSources(ctx context.Context, g *graph, saved *records) error {
	for _, n := range g.nodes {
		spec, ok := n.spec.(*flow.Source)
		if !ok {
			continue
		}
		s := r.sources[spec.Relation]
		if s == nil {
			return invariants.Errorf("graph %d reads source %d, which is not there", g.id(), spec.Relation)
		}
		f := r.chooseFeed(g, s, saved)
		if err := r.restoreFeed(ctx, f, saved); err != nil {
			return err
		}
		n.feed = f
		f.nodes = append(f.nodes, n)
		r.columnsChanged(f)
	}
	return nil
}
