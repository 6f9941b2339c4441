package storage

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/storage/meta"
)

// pebbleFormat is fixed: a later one of Pebble's formats needs a later FormatVersion.
const pebbleFormat = pebble.FormatValueSeparation

// Store is an open data folder. Commit, Publish and Checkpoint are for one goroutine at a time and wait for each other;
// snapshots and what is read through them are for any number.
type Store struct {
	options Options
	folder  *folder
	db      *pebble.DB
	health  health
	// pebbleOptions are what db was opened with; sorted files are written by them.
	pebbleOptions *pebble.Options

	commit struct {
		sync.Mutex
		last    meta.Epoch // of the newest version
		expired map[TableID]expiry
		// lastKeys are those of tables that only grow at their end.
		lastKeys map[TableID][]byte
		buffer   buffer
		closed   bool
	}
	wedged atomic.Bool // Pebble panicked under its own locks: it can be neither used nor closed

	// versions are the epochs that can be read: newest is the last committed, published the one that Snapshot gives out.
	versions struct {
		sync.Mutex
		pending   []*version // committed and not published, in order; each holds one reference
		published *version   // holds one reference
		held      []*version // those that anybody holds a reference of, in order
		open      int        // snapshots and cursors that are not closed
	}
	reclaim reclaim

	ingested atomic.Uint64 // commits that went through sorted files
	aheads   atomic.Uint64 // transactions that wrote files, for their names
	spilled  atomic.Uint64 // times that runs in memory went into sorted files
	tails    int           // tables of which Open took rows away
	// incompressible counts the files of tables since compression was last seen to save nothing; under the lock of commit.
	incompressible map[TableID]int
	appends        uint64 // that went into files of their own, since the store was opened; under the lock of commit
}

// expiry is how far a table has expired, and when that was last deleted from disk.
type expiry struct {
	bound     int64
	deletedAt int64 // Now of the commit that did
	pending   bool  // bound has risen since
}

// Open opens a data folder at its last whole epoch, which is published, or makes a new one at epoch 0. Errors are those a user
// gets to see: the folder is in use, has a later format, belongs to something else, or cannot be read.
func Open(o Options) (_ *Store, err error) {
	o = o.withDefaults()
	f, err := openFolder(o)
	if err != nil {
		return nil, err
	}
	s := &Store{options: o, folder: f, incompressible: map[TableID]int{}}
	s.health.log = o.Logger
	s.health.impatient = make(chan struct{})
	s.reclaim.init()
	defer func() {
		if err != nil {
			err = errors.Join(err, f.lock.Close())
		}
	}()
	if !o.ReadOnly {
		if err := errors.Join(f.clearIngest(), f.clearAhead()); err != nil {
			return nil, err
		}
	}
	cache := pebble.NewCache(o.CacheBytes)
	defer cache.Unref() // the database holds its own reference
	s.pebbleOptions = pebbleOptions(o, &s.health)
	s.pebbleOptions.FS = newGuardFS(o.FS, &s.health)
	s.pebbleOptions.Cache = cache
	s.health.opening.Store(true)
	s.db, err = openPebble(f.path(databaseDir), s.pebbleOptions)
	s.health.opening.Store(false)
	if err != nil {
		return nil, f.ioError("opening", err)
	}
	if err = s.health.err(); err == nil {
		err = s.load()
	}
	if err != nil {
		err = f.ioError("opening", err)
		return nil, errors.Join(err, s.closeVersions(), s.db.Close())
	}
	if !o.ReadOnly {
		s.reclaim.ended.Go(s.reclaimSpace)
	}
	return s, nil
}

// l0StopWrites is the number of sorted runs in level 0 at which commits wait for compactions.
const l0StopWrites = 24

func pebbleOptions(o Options, h *health) *pebble.Options {
	options := &pebble.Options{
		ReadOnly:                    o.ReadOnly,
		MemTableSize:                o.MemTableBytes,
		MemTableStopWritesThreshold: memTablesMax,
		L0CompactionThreshold:       8, // measured: fewer, larger compactions
		L0StopWritesThreshold:       l0StopWrites,
		LBaseMaxBytes:               64 << 20,
		CompactionConcurrencyRange:  func() (lower, upper int) { return 1, 2 },
		FormatMajorVersion:          pebbleFormat,
		Logger:                      h,
		EventListener:               h.listener(),
	}
	for i := range options.Levels {
		options.Levels[i].FilterPolicy = bloom.FilterPolicy(10) // a lookup of a new key reads one block in a hundred
	}
	// What lies in level 0 is written again soon.
	options.Levels[0].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	options.Levels[1].Compression = func() *sstable.CompressionProfile { return sstable.SnappyCompression } // and those below
	// A file that is taken in may lie between the rows of one in the lowest level: that is divided then.
	options.Experimental.IngestSplit = func() bool { return true }
	options.EnsureDefaults()
	return options
}

// writerOptions are for sorted files that are made beside Pebble: they are to lie low.
func (s *Store) writerOptions() sstable.WriterOptions {
	options := s.pebbleOptions.MakeWriterOptions(0, s.db.TableFormat())
	options.Compression = s.pebbleOptions.Levels[len(s.pebbleOptions.Levels)-1].Compression()
	return options
}

// openPebble opens the database. Pebble panics where Open cannot go on.
func openPebble(dir string, o *pebble.Options) (db *pebble.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, fmt.Errorf("%v", p)
		}
	}()
	return pebble.Open(dir, o)
}

// load reads what the last commit left and publishes it.
func (s *Store) load() error {
	v := s.newVersion(meta.Epoch{}, nil)
	s.versions.published = v
	contents, err := v.meta()
	if err != nil {
		return err
	}
	s.commit.lastKeys = make(map[TableID][]byte, len(contents.LastKeys))
	for _, l := range contents.LastKeys {
		s.commit.lastKeys[l.Table] = l.Key
	}
	if v, err = s.cutTails(v); err != nil {
		return err
	}
	v.epoch = contents.Epoch
	v.expired = make(map[TableID]int64, len(contents.Expiries))
	s.commit.last = contents.Epoch
	s.commit.expired = make(map[TableID]expiry, len(contents.Expiries))
	for _, x := range contents.Expiries {
		v.expired[x.Table] = x.Bound
		s.commit.expired[x.Table] = expiry{bound: x.Bound, deletedAt: neverDeleted, pending: true}
	}
	if err := s.loadRuns(v); err != nil {
		return err
	}
	v.layers = s.commit.buffer.layers
	return nil
}

// Close closes the store. It reports snapshots and cursors that are still open, which is a mistake of theirs that leaves the store
// open until they are; the folder is then not released.
func (s *Store) Close() error {
	s.StopWaiting()
	if first, err := s.beginClose(); !first || err != nil {
		return err
	}
	if s.wedged.Load() {
		return fmt.Errorf("store cannot be closed after %w; the process must be started again", s.health.err())
	}
	s.reclaim.ended.Wait()
	err := errors.Join(s.closeVersions(), s.closePebble())
	return errors.Join(err, s.folder.lock.Close())
}

// WaitsForSpace is an error while commits wait for space on a full disk, else nil.
func (s *Store) WaitsForSpace() error {
	if s.health.full.Load() == 0 {
		return nil
	}
	return s.folder.ioError("writing to", syscall.ENOSPC).WithHint(fullHint)
}

// StopWaiting has the store fail where it would wait for space on a full disk, from now on: it is to be closed.
func (s *Store) StopWaiting() { s.health.stopWaiting() }

// Failed tells that the store takes no commits until it is opened again.
func (s *Store) Failed() bool { return s.health.err() != nil }

// beginClose has nothing begin any more that changes the store. first is false if it is closed already.
func (s *Store) beginClose() (first bool, err error) {
	s.commit.Lock()
	defer s.commit.Unlock()
	if s.commit.closed {
		return false, nil
	}
	if n := s.openHandles(); n > 0 {
		return false, invariants.Errorf("store has %d open snapshots and cursors", n)
	}
	s.commit.closed = true
	s.reclaim.stop()
	if p := s.commit.buffer.spill; p != nil {
		<-p.done // what it has written is removed at the next start
	}
	return true, nil
}

func (s *Store) closePebble() error {
	err := s.db.Close()
	if s.health.err() != nil {
		return nil // the failure has been reported; what did not close afterwards tells nothing new
	}
	return err
}

func (s *Store) openHandles() int {
	s.versions.Lock()
	defer s.versions.Unlock()
	return s.versions.open
}

// closeVersions gives up the store's own references.
func (s *Store) closeVersions() error {
	s.versions.Lock()
	all := s.versions.pending
	if s.versions.published != nil {
		all = append(all, s.versions.published)
	}
	s.versions.pending, s.versions.published = nil, nil
	s.versions.Unlock()
	var err error
	for _, v := range all {
		err = errors.Join(err, v.release())
	}
	return err
}

// ready tells why nothing can be committed, or nil. The commit lock is held.
func (s *Store) ready() error {
	switch {
	case s.commit.closed:
		return invariants.Errorf("the store is closed")
	case s.options.ReadOnly:
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "the data folder is open for reading only")
	}
	if err := s.health.err(); err != nil {
		return pgerr.Newf(ioCode(err), "the store has failed: %v", err).
			WithHint(mendHint)
	}
	return nil
}

// guard runs f, which calls Pebble. The commit lock is held.
func (s *Store) guard(f func() error) error {
	err := s.protect(f)
	if failed := s.ready(); failed != nil {
		return failed // Pebble returns nil after a Fatalf
	}
	return err
}

// protect runs f, which calls Pebble. Where Pebble panics because a file cannot be made, the store fails instead.
func (s *Store) protect(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if v, ours := p.(*invariants.Violation); ours {
				panic(v)
			}
			s.wedged.Store(true)
			s.health.log.Error("pebble panicked", "panic", p, "stack", string(debug.Stack()))
			s.health.fail(fmt.Errorf("pebble: %v", p))
			err = s.health.err()
		}
	}()
	return f()
}
