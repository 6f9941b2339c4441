package storage

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/freshetdb/freshet/storage/state"
)

// A table that is dropped is hidden by a deletion of its range, but its bytes stay on disk until Pebble compacts files that lie under the deletion, which it
// does as more is written: perhaps never. So a goroutine takes dropped tables out of the database as soon as nobody can see them any more: when
// all versions before the epoch that dropped them are gone. Excising a range removes files that lie in it whole, and cuts the rest off those at its
// ends. It would take the rows away from older versions too, hence the wait. A table that loses its rows one by one, or that is written to again, as
// after TRUNCATE, is compacted instead.
//
// None of that has to be durable or complete: what the table says is the same before and after. After a restart Pebble looks at the deletions that it finds by
// itself.

// place is where all keys of a table or a log are.
type place struct {
	space byte // spaceTable or spaceLog
	id    TableID
}

func (p place) bounds() [2][]byte {
	if p.space == spaceLog {
		return [2][]byte{appendLog(nil, p.id, 0), appendLogEnd(nil, p.id)}
	}
	return [2][]byte{appendTable(nil, p.id), appendTableEnd(nil, p.id)}
}

// reclaim is what is known of space to be given back.
type reclaim struct {
	// dropped are places that are empty since an epoch, shrunk those that have become smaller in one; under the lock of commit.
	dropped, shrunk map[place]uint64
	some            atomic.Bool // there is any
	awake           chan struct{}
	ctx             context.Context
	stop            context.CancelFunc // with the lock of commit
	ended           sync.WaitGroup
	// done counts what has been given back. Iterators from before it keep files on disk.
	done atomic.Uint64
}

func (r *reclaim) init() {
	r.dropped, r.shrunk, r.awake = map[place]uint64{}, map[place]uint64{}, make(chan struct{}, 1)
	r.ctx, r.stop = context.WithCancel(context.Background())
}

// wake has the goroutine look whether there is something to do.
func (r *reclaim) wake() {
	if !r.some.Load() {
		return
	}
	select {
	case r.awake <- struct{}{}:
	default: // it will look anyway
	}
}

// noteDropped notes what a commit has dropped and shrunk. The lock of commit is held.
func (s *Store) noteDropped(epoch uint64, c *Changes) {
	r := &s.reclaim
	for i := range c.Tables {
		if t := &c.Tables[i]; t.Drop {
			r.dropped[place{spaceTable, t.Table}] = epoch
		}
	}
	for _, l := range c.TrimLog {
		if l.Before == math.MaxUint64 {
			r.dropped[place{spaceLog, l.Relation}] = epoch
		}
	}
	if len(r.dropped) > 0 {
		r.noteLive(c)
	}
	if c.Shrinks {
		r.noteShrunk(epoch, c)
	}
	r.some.Store(len(r.dropped)+len(r.shrunk) > 0)
}

// noteLive makes those of the dropped places shrunk ones that a commit writes to: there are rows now that must stay.
func (r *reclaim) noteLive(c *Changes) {
	live := func(p place) {
		if epoch, dropped := r.dropped[p]; dropped {
			delete(r.dropped, p)
			r.shrunk[p] = epoch
		}
	}
	for _, l := range c.Log {
		live(place{spaceLog, l.Relation})
	}
	for i := range c.Tables {
		if t := &c.Tables[i]; t.Ahead != nil || slices.ContainsFunc(t.Runs, func(run *state.Run) bool { return run.Len() > 0 }) {
			live(place{spaceTable, t.Table})
		}
	}
}

func (r *reclaim) noteShrunk(epoch uint64, c *Changes) {
	for i := range c.Tables {
		t := &c.Tables[i]
		if slices.ContainsFunc(t.Runs, func(run *state.Run) bool { return len(run.Deleted) > 0 }) {
			r.shrunk[place{spaceTable, t.Table}] = epoch
		}
	}
}

// reclaimSpace is the goroutine.
func (s *Store) reclaimSpace() {
	r := &s.reclaim
	for {
		select {
		case <-r.awake:
		case <-r.ctx.Done():
			return
		}
		select {
		case <-time.After(s.options.ReclaimAfter): // there may be more soon, and readers may end
		case <-r.ctx.Done():
			return
		}
		if err := s.giveBack(); err != nil && r.ctx.Err() == nil {
			s.health.log.Warn("space of dropped tables could not be given back", "error", err)
		}
	}
}

// giveBack takes away what nobody can see any more.
func (s *Store) giveBack() error {
	dropped, shrunk := s.due()
	if len(dropped)+len(shrunk) == 0 {
		return nil
	}
	err := s.flush()
	if err == nil {
		err = s.excise(dropped)
	}
	for p := range shrunk {
		if err == nil {
			bounds := p.bounds()
			err = s.protect(func() error { return s.db.Compact(s.reclaim.ctx, bounds[0], bounds[1], true) })
		}
	}
	s.reclaim.done.Add(1)
	s.versions.Lock()
	held := slices.Clone(s.versions.held)
	s.versions.Unlock()
	for _, v := range held {
		err = errors.Join(err, v.closeIterators())
	}
	return err
}

// due are the places that look the same in all versions there are. What is shrunk is forgotten then: it is only tried once.
func (s *Store) due() (dropped, shrunk map[place]uint64) {
	s.commit.Lock()
	defer s.commit.Unlock()
	if s.reclaim.ctx.Err() != nil || s.ready() != nil {
		return nil, nil
	}
	s.versions.Lock()
	oldest := s.versions.held[0].epoch.Number
	s.versions.Unlock()
	visible := func(_ place, epoch uint64) bool { return epoch > oldest }
	r := &s.reclaim
	dropped, shrunk = maps.Clone(r.dropped), maps.Clone(r.shrunk)
	maps.DeleteFunc(dropped, visible)
	maps.DeleteFunc(shrunk, visible)
	maps.DeleteFunc(r.shrunk, func(p place, _ uint64) bool { _, taken := shrunk[p]; return taken })
	return dropped, shrunk
}

// flush brings what is in memtables into files, and waits for it without keeping commits waiting.
func (s *Store) flush() error {
	flushed, err := s.beginFlush()
	if err != nil {
		return err
	}
	select {
	case <-flushed:
		return nil
	case <-s.reclaim.ctx.Done(): // a flush that finds the disk full has no end
		return s.reclaim.ctx.Err()
	}
}

func (s *Store) beginFlush() (flushed <-chan struct{}, err error) {
	s.commit.Lock()
	defer s.commit.Unlock()
	if err := s.reclaim.ctx.Err(); err != nil {
		return nil, err
	}
	err = s.guard(func() (err error) {
		flushed, err = s.db.AsyncFlush()
		return err
	})
	return flushed, err
}

// excise takes places out of the database that have not been written to since they were dropped.
func (s *Store) excise(due map[place]uint64) error {
	s.commit.Lock()
	defer s.commit.Unlock()
	if err := s.reclaim.ctx.Err(); err != nil {
		return err
	}
	var ranges [][2][]byte
	for p, epoch := range due {
		if s.reclaim.dropped[p] == epoch {
			ranges = append(ranges, p.bounds())
			delete(s.reclaim.dropped, p)
		}
	}
	return s.guard(func() error {
		for _, r := range joinRanges(ranges) {
			if err := s.db.Excise(s.reclaim.ctx, pebble.KeyRange{Start: r[0], End: r[1]}); err != nil {
				return err
			}
		}
		return nil
	})
}
