package dataflow

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/meta"
)

const (
	// DefaultLagBytes is how many bytes of changes may wait for a sink.
	DefaultLagBytes = 1 << 30
	// deliveryAttempts is how often a sink is tried that answers errors, before it has failed.
	deliveryAttempts = 5
	// deliveryPause is the pause after its first error; each further one doubles it.
	deliveryPause = 100 * time.Millisecond
	// lastFlush is how long a sink gets for what it has taken when the runtime is closed.
	lastFlush = 5 * time.Second
)

// delivery hands the changes of a sink on, out of the changelog, in a goroutine of its own: a slow target does not hold ticks up.
// What the sink has flushed is the end of it. After an error or a restart it goes on behind that.
type delivery struct {
	runtime *Runtime
	graph   *graph
	decoder *pieceDecoder
	quota   int64
	cancel  context.CancelFunc
	stop    chan struct{} // closed for an end in good order
	done    chan struct{} // closed when the goroutine has ended; nil if it was not started
	wake    chan struct{} // has room for one

	// flushed is the last epoch that the target has, for others to see.
	flushed atomic.Uint64
	trimmed uint64 // of flushed, as the store knows it; only the tick uses it
	opened  bool   // the sink is open: the goroutine's, once it runs

	position logPosition
	taken    portion
	// read is the last epoch that was read whole, writing the one that was written last. pending is how many bytes were since the last
	// flush, begun when the first of them was.
	read, writing uint64
	pending       int64
	begun         time.Time
	// interval and size are when a flush is due; none: after each epoch.
	interval time.Duration
	size     int64

	mu      sync.Mutex
	last    uint64 // epoch that was published
	waiting []epochBytes
	lag     int64
	err     error // the last one, until a flush succeeds
}

// epochBytes is how much of the log one epoch has.
type epochBytes struct {
	epoch uint64
	bytes int64
}

// deliveredSetting is the name of the record of what a sink had flushed when its log was trimmed last.
func deliveredSetting(id flow.RelationID) string {
	return fmt.Sprintf("%sdelivered.%d", reservedSetting, id)
}

func deliveredRecord(id flow.RelationID, epoch uint64) meta.Setting {
	return meta.Setting{Name: deliveredSetting(id), Value: string(binary.AppendUvarint(nil, epoch))}
}

// addDelivery prepares the delivery of a sink that is given again what it has not taken. A new one is opened at once, so that mistakes
// are those of the statement.
func (r *Runtime) addDelivery(ctx context.Context, g *graph, saved *records) error {
	d := &delivery{
		runtime: r, graph: g, decoder: newPieceDecoder(fieldTypes(g.def.Graph.Output().Columns)), quota: g.def.LagBytes,
		stop: make(chan struct{}), wake: make(chan struct{}, 1), last: r.epoch.Epoch,
	}
	if d.quota == 0 {
		d.quota = DefaultLagBytes
	}
	if p, ok := g.def.Sink.(connector.Pacer); ok {
		d.interval, d.size = p.Pace()
	}
	if saved == nil {
		last, err := g.def.Sink.Open(ctx)
		if err != nil {
			return err
		}
		if last > 0 {
			return pgerr.Newf(pgerr.ObjectInUse, "the target of the sink has changes of another one already, up to epoch %d", last).
				WithHint("Choose another target, or remove what is there.")
		}
		d.opened = true
		d.flushed.Store(r.epoch.Epoch)
	} else if value, ok := saved.settings[deliveredSetting(g.id())]; ok {
		epoch, n := binary.Uvarint([]byte(value))
		if n <= 0 {
			return invariants.Errorf("malformed record %q of a sink", value)
		}
		d.flushed.Store(epoch)
		d.trimmed = epoch
	}
	g.log.delivery = d
	return nil
}

// startDeliveries starts those that do not run yet.
func (r *Runtime) startDeliveries() {
	for _, g := range r.logged {
		if d := g.log.delivery; d != nil && d.done == nil {
			var ctx context.Context
			ctx, d.cancel = context.WithCancel(context.Background())
			d.done = make(chan struct{})
			go d.run(ctx)
		}
	}
}

// end stops the delivery: in good order, with what it has taken flushed, or at once.
func (d *delivery) end(inOrder bool) {
	if d.done == nil {
		return
	}
	if inOrder {
		close(d.stop)
		timer := time.AfterFunc(lastFlush, d.cancel)
		defer timer.Stop()
	} else {
		d.cancel()
	}
	<-d.done
	d.cancel()
}

// tell is called when an epoch is published, with what it has changed. The error is that too much waits.
func (d *delivery) tell(at moment, list [][]byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = at.epoch
	if bytes := sizeOf(list); bytes > 0 {
		d.waiting = append(d.waiting, epochBytes{at.epoch, bytes})
		d.lag += bytes
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
	if d.lag <= d.quota {
		return nil
	}
	reason := ""
	if d.err != nil {
		reason = ": " + d.err.Error()
	}
	return pgerr.Newf(pgerr.ProgramLimitExceeded, "%d bytes of changes wait for the sink, more than the %d that may%s", d.lag, d.quota, reason)
}

func sizeOf(list [][]byte) int64 {
	var n int64
	for _, piece := range list {
		n += int64(len(piece))
	}
	return n
}

// run delivers until it is told to end, or the sink has failed.
func (d *delivery) run(ctx context.Context) {
	defer close(d.done)
	defer func() { _ = d.graph.def.Sink.Close() }() // what it has not flushed is given again
	err := d.measure()
	for attempt := 0; err == nil; {
		before := d.flushed.Load()
		if err = d.deliver(ctx); err == nil || ctx.Err() != nil {
			return
		}
		_ = d.graph.def.Sink.Close() // what it holds is written again
		d.opened = false
		if d.flushed.Load() > before {
			attempt = 0
		}
		d.runtime.config.Logger.Warn("a sink does not take its changes", "sink", d.graph.id(), "epoch", d.flushed.Load()+1, "error", err)
		d.note(err)
		if attempt++; attempt == deliveryAttempts {
			break
		}
		select {
		case <-time.After(deliveryPause << (attempt - 1)):
			err = nil
		case <-d.stop:
			return
		case <-ctx.Done():
			return
		}
	}
	d.fail(ctx, err)
}

// fail takes the sink out of the dataflow, between two ticks.
func (d *delivery) fail(ctx context.Context, err error) {
	for !d.runtime.tick.TryLock() { // who holds it may be waiting for the goroutine to end
		select {
		case <-d.stop:
			return
		case <-ctx.Done():
			return
		case <-time.After(time.Millisecond):
		}
	}
	defer d.runtime.tick.Unlock()
	if d.runtime.settle() == nil && ctx.Err() == nil {
		d.runtime.sinkFailed(d.graph, err)
	}
}

// note keeps the last error.
func (d *delivery) note(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// measure finds out how much waits in the log that was there at the start.
func (d *delivery) measure() error {
	s, err := d.runtime.Snapshot()
	if err != nil {
		return nil //nolint:nilerr // it is being closed
	}
	var found []epochBytes
	lag := int64(0)
	l, err := s.store.Log(d.graph.logID(), d.flushed.Load()+1)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	for {
		epoch, piece, ok, next := l.Next()
		if err = next; err != nil || !ok {
			break
		}
		lag += int64(len(piece))
		if n := len(found); n > 0 && found[n-1].epoch == epoch {
			found[n-1].bytes += int64(len(piece))
		} else {
			found = append(found, epochBytes{epoch, int64(len(piece))})
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	last := s.Epoch()
	for len(d.waiting) > 0 && d.waiting[0].epoch <= last { // it was counted twice
		d.lag -= d.waiting[0].bytes
		d.waiting = d.waiting[1:]
	}
	d.waiting = append(found, d.waiting...)
	d.lag += lag
	return errors.Join(err, l.Close(), s.Close())
}

// deliver opens the sink and gives it all epochs behind those that it has, as they come.
func (d *delivery) deliver(ctx context.Context) error {
	if !d.opened {
		if err := d.open(ctx); err != nil {
			return err
		}
	}
	d.position, d.read, d.pending = after(d.flushed.Load()), d.flushed.Load(), 0
	for {
		last, stopped, err := d.wait(ctx)
		if err == nil {
			err = d.write(ctx, last)
		}
		switch {
		case err != nil:
			return err
		case d.pending == 0:
			d.settle(d.read) // nothing was to be written
		case stopped || d.due():
			if err := d.flush(ctx, d.read); err != nil {
				return err
			}
		}
		if stopped {
			return nil
		}
	}
}

// open opens the sink after a restart or an error.
func (d *delivery) open(ctx context.Context) error {
	last, err := d.graph.def.Sink.Open(ctx)
	if err != nil {
		return err
	}
	d.opened = true
	d.mu.Lock()
	published := d.last
	d.mu.Unlock()
	if last > published {
		return pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "the target of the sink has epoch %d, and the last one of the database is %d", last, published).
			WithHint("It was written from other data. Choose another target.")
	}
	d.settle(max(last, d.flushed.Load()))
	return nil
}

func (d *delivery) flush(ctx context.Context, epoch uint64) error {
	if err := d.graph.def.Sink.Flush(ctx, epoch); err != nil {
		return err
	}
	d.pending = 0
	d.settle(epoch)
	return nil
}

// due tells whether what was written is to be flushed now.
func (d *delivery) due() bool {
	return d.pending >= d.size || time.Since(d.begun) >= d.interval
}

// settle notes that the target has all up to an epoch.
func (d *delivery) settle(epoch uint64) {
	d.flushed.Store(epoch)
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.waiting) > 0 && d.waiting[0].epoch <= epoch {
		d.lag -= d.waiting[0].bytes
		d.waiting = d.waiting[1:]
	}
	d.err = nil
}

// wait waits for an epoch that was not read yet, or until a flush is due. stopped tells that it is the last time.
func (d *delivery) wait(ctx context.Context) (last uint64, stopped bool, err error) {
	var timer <-chan time.Time
	if d.pending > 0 {
		timer = time.After(max(d.interval-time.Since(d.begun), 0))
	}
	for {
		d.mu.Lock()
		last = d.last
		d.mu.Unlock()
		if last > d.read {
			select {
			case <-ctx.Done():
				return 0, false, ctx.Err()
			case <-d.stop:
				return last, true, nil
			default:
				return last, false, nil
			}
		}
		select {
		case <-d.wake:
		case <-timer:
			return last, false, nil
		case <-d.stop:
			return last, true, nil
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
	}
}

// write gives the sink the changes up to an epoch. If a flush is due meanwhile, it is done between two epochs.
func (d *delivery) write(ctx context.Context, last uint64) error {
	for more := last > d.read; more; {
		s, err := d.runtime.Snapshot()
		if err != nil {
			return err
		}
		more, err = d.taken.read(s.store, d.graph.logID(), &d.position, last)
		if err = errors.Join(err, s.Close()); err != nil {
			return err
		}
		for _, piece := range d.taken.pieces {
			if err := d.writePiece(ctx, piece); err != nil {
				return err
			}
		}
	}
	d.read = max(d.read, last)
	return nil
}

func (d *delivery) writePiece(ctx context.Context, piece loggedPiece) error {
	if d.pending > 0 && piece.at.epoch != d.writing && d.due() {
		if err := d.flush(ctx, d.writing); err != nil {
			return err
		}
	}
	if d.pending == 0 {
		d.begun = time.Now()
	}
	d.writing = piece.at.epoch
	d.pending += int64(len(piece.data))
	return d.decoder.decode(piece.data, func(b *batch.Batch) error { return d.graph.def.Sink.Write(ctx, piece.at.epoch, b) })
}

// SinkStats are figures of a sink that is given again what it has not taken.
type SinkStats struct {
	// Flushed is the last epoch that the target has.
	Flushed uint64
	// LagBytes is how many bytes of changes wait.
	LagBytes int64
	// Err is the last error, nil if the last flush succeeded.
	Err error
}

func (d *delivery) stats() *SinkStats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &SinkStats{Flushed: d.flushed.Load(), LagBytes: d.lag, Err: d.err}
}

// Delivered waits until sinks that are given again what they have not taken have flushed all up to an epoch, or have failed.
func (r *Runtime) Delivered(ctx context.Context, epoch uint64) error {
	for {
		behind := false
		r.tick.Lock()
		for _, g := range r.logged {
			behind = behind || g.log.delivery != nil && g.log.delivery.flushed.Load() < epoch
		}
		r.tick.Unlock()
		if !behind {
			return nil
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// endSink ends the delivery of a sink that is gone, and closes it.
func (r *Runtime) endSink(g *graph) error {
	if g.def.Sink == nil {
		return nil
	}
	if d := g.log.delivery; d != nil {
		d.end(false)
	}
	return g.def.Sink.Close()
}
