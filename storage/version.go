package storage

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/meta"
)

// version is one epoch that can be read. It lives while someone holds a reference.
type version struct {
	store   *Store
	epoch   meta.Epoch
	snap    *pebble.Snapshot
	expired map[TableID]int64   // never changed
	layers  map[TableID][]layer // never changed
	// ends are the first keys behind tables that have more on disk than belongs to them. Only a store that may not delete has some.
	ends map[TableID][]byte
	refs atomic.Int32

	// iterators are kept for the next reader: opening one costs more than a lookup.
	mu        sync.Mutex
	iterators []*iterator
}

// iterator is one over a version.
type iterator struct {
	*pebble.Iterator
	reclaimed uint64 // how often space had been given back when it was opened
}

// iteratorsKept bounds the idle iterators of a version.
const iteratorsKept = 8

// newVersion makes the state of the database a version, with one reference for the caller.
func (s *Store) newVersion(epoch meta.Epoch, expired map[TableID]int64) *version {
	v := &version{store: s, epoch: epoch, snap: s.db.NewSnapshot(), expired: expired, layers: s.commit.buffer.layers}
	v.refs.Store(1)
	s.versions.Lock()
	s.versions.held = append(s.versions.held, v)
	s.versions.Unlock()
	return v
}

func (v *version) release() error {
	n := v.refs.Add(-1)
	if n > 0 {
		return nil
	}
	invariants.Assertf(n == 0, "a version was released once too often")
	err := v.closeIterators()
	if v.store.wedged.Load() {
		return err // closing would wait for a lock that nobody gives back
	}
	err = errors.Join(err, v.snap.Close())
	v.store.forget(v)
	return err
}

// forget takes a version off the list of those that are held: what only it could see may be taken away.
func (s *Store) forget(v *version) {
	s.versions.Lock()
	s.versions.held = slices.DeleteFunc(s.versions.held, func(o *version) bool { return o == v })
	s.versions.Unlock()
	s.reclaim.wake()
}

// closeIterators closes the idle iterators, each of which keeps the files that were there when it was opened.
func (v *version) closeIterators() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var err error
	for _, it := range v.iterators {
		err = errors.Join(err, it.Close())
	}
	v.iterators = nil
	return err
}

// iterator returns an iterator over [lower, upper), to be given back with put.
func (v *version) iterator(lower, upper []byte) (*iterator, error) {
	v.mu.Lock()
	var it *iterator
	if n := len(v.iterators); n > 0 {
		it, v.iterators = v.iterators[n-1], v.iterators[:n-1]
	}
	v.mu.Unlock()
	if it != nil {
		it.SetBounds(lower, upper)
		return it, nil
	}
	reclaimed := v.store.reclaim.done.Load()
	opened, err := v.snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	return &iterator{opened, reclaimed}, err
}

// put takes an iterator back, and returns the error that it met.
func (v *version) put(it *iterator) error {
	if err := it.Error(); err != nil {
		return errors.Join(err, it.Close())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.iterators) < iteratorsKept && it.reclaimed == v.store.reclaim.done.Load() {
		v.iterators = append(v.iterators, it)
		return nil
	}
	return it.Close()
}

// meta reads all records.
func (v *version) meta() (*meta.Contents, error) {
	it, err := v.iterator([]byte{spaceMeta}, []byte{spaceMeta + 1})
	if err != nil {
		return nil, err
	}
	c := &meta.Contents{}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var value []byte
		if value, err = it.ValueAndErr(); err == nil {
			err = c.Add(it.Key()[1:], value)
		}
	}
	if err := errors.Join(err, v.put(it)); err != nil {
		return nil, err
	}
	return c, nil
}

// Publish makes a committed epoch the one that Snapshot gives out. Epochs are published in order; those before it that were not
// are passed over.
func (s *Store) Publish(epoch uint64) error {
	s.versions.Lock()
	i := slices.IndexFunc(s.versions.pending, func(v *version) bool { return v.epoch.Number == epoch })
	if i < 0 {
		s.versions.Unlock()
		return invariants.Errorf("epoch %d cannot be published: it is not committed, or published already", epoch)
	}
	old := append(slices.Clone(s.versions.pending[:i]), s.versions.published)
	s.versions.published = s.versions.pending[i]
	s.versions.pending = slices.Delete(s.versions.pending, 0, i+1)
	s.versions.Unlock()
	var err error
	for _, v := range old {
		err = errors.Join(err, v.release())
	}
	return err
}

// Snapshot returns the last published epoch, which does not change while the snapshot is open. It costs less than a microsecond.
// It must be closed: the disk keeps all rows that an open one can see.
func (s *Store) Snapshot() (*Snapshot, error) {
	s.versions.Lock()
	defer s.versions.Unlock()
	return s.snapshot(s.versions.published)
}

// Committed returns the last committed epoch, published or not: what operators read their state from.
func (s *Store) Committed() (*Snapshot, error) {
	s.versions.Lock()
	defer s.versions.Unlock()
	if n := len(s.versions.pending); n > 0 {
		return s.snapshot(s.versions.pending[n-1])
	}
	return s.snapshot(s.versions.published)
}

// snapshot makes one of a version. The lock of the versions is held.
func (s *Store) snapshot(v *version) (*Snapshot, error) {
	if v == nil {
		return nil, invariants.Errorf("the store is closed")
	}
	v.refs.Add(1)
	s.versions.open++
	return &Snapshot{v: v}, nil
}

// hold takes another reference of an open snapshot's version, for a cursor.
func (v *version) hold() {
	v.refs.Add(1)
	v.store.versions.Lock()
	v.store.versions.open++
	v.store.versions.Unlock()
}

// letGo gives a reference back that a snapshot or a cursor holds.
func (v *version) letGo() error {
	v.store.versions.Lock()
	v.store.versions.open--
	v.store.versions.Unlock()
	return v.release()
}
