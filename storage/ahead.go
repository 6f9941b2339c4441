package storage

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/state"
)

// What a large transaction brings into a table in the order of its keys goes into sorted files while the transaction still writes. Its
// commit links them in, in the one step in which it links in those that it writes itself. Files that no commit has taken are removed by
// whoever made them, or by Open after a crash.

// aheadFileBytes is the size at which a file ends and the next begins: the filter of one, which is made at its end, is to fit in the
// processor's cache.
const aheadFileBytes = 16 << 20

// Ahead are rows of one table in sorted files, for a commit to come. One goroutine uses it at a time.
type Ahead struct {
	store *Store
	table TableID
	name  string
	files []*fileWriter // the last is written, the one before may still be ending
	full  []byte        // a key with its table
	// first and last are the keys of all rows.
	first, last []byte
	some        bool // there are rows
	ended       bool
	ending      sync.WaitGroup
	err         error // of what is ending
}

// WriteAhead begins files with rows of a table. It must be closed, whether a commit has taken them or not, but not before.
func (s *Store) WriteAhead(id TableID) (*Ahead, error) {
	if err := makeDir(s.options.FS, s.folder.path(aheadDir)); err != nil {
		return nil, s.folder.ioError("writing to", err)
	}
	return &Ahead{store: s, table: id, name: fmt.Sprintf("rows-%d", s.aheads.Add(1)), full: appendTable(nil, id)}, nil
}

// Add writes rows, whose keys are above all before them; nothing is deleted. The run is borrowed.
func (a *Ahead) Add(run *state.Run) error {
	n := run.Len()
	if n == 0 {
		return nil
	}
	if !a.some {
		a.first, a.some = bytes.Clone(run.Keys.At(0)), true
	}
	w, err := a.writer()
	if err != nil {
		return err
	}
	for i := range n {
		a.full = append(a.full[:tablePrefixSize], run.Keys.At(i)...)
		if err := w.add(a.full, run.Values.At(i), false); err != nil {
			return a.store.folder.ioError("writing to", err)
		}
	}
	a.last = append(a.last[:0], run.Keys.At(n-1)...)
	return nil
}

// writer is that of the last file, or of a new one if that is large. What ends a file is done beside the rest.
func (a *Ahead) writer() (*fileWriter, error) {
	if n := len(a.files); n > 0 {
		last := a.files[n-1]
		if last.size < aheadFileBytes {
			return last, nil
		}
		if a.ending.Wait(); a.err != nil {
			return nil, a.store.folder.ioError("writing to", a.err)
		}
		a.ending.Go(func() { a.err = last.finish(true) })
	}
	w := &fileWriter{
		store: a.store, dir: a.store.folder.path(aheadDir), name: fmt.Sprintf("%s-%d", a.name, len(a.files)),
		options: a.store.writerOptions(), fileBytes: math.MaxInt,
	}
	a.files = append(a.files, w)
	return w, nil
}

// Bounds are the first and the last key; ok is false if there are no rows.
func (a *Ahead) Bounds() (first, last []byte, ok bool) { return a.first, a.last, a.some }

// Finish ends the files, which are on disk then: a commit may take them.
func (a *Ahead) Finish() error {
	if a.ended {
		return nil
	}
	if err := a.end(true); err != nil {
		return a.store.folder.ioError("writing to", err)
	}
	return nil
}

func (a *Ahead) end(ok bool) error {
	a.ended = true
	a.ending.Wait()
	if n := len(a.files); n > 0 {
		a.err = errors.Join(a.err, a.files[n-1].finish(ok))
	}
	return a.err
}

// Close removes the files that no commit has taken.
func (a *Ahead) Close() {
	if !a.ended {
		_ = a.end(false) // what is in the files does not matter
	}
	for _, path := range a.paths() {
		_ = a.store.options.FS.Remove(path) // if it is there; else it is removed at the next start
	}
	a.files = nil
}

func (a *Ahead) paths() (paths []string) {
	for _, f := range a.files {
		paths = append(paths, f.paths...)
	}
	return paths
}

// aheads are the files of a table that were written before the commit, nil if there are none.
func (c *Changes) aheads(id TableID) *Ahead {
	i := slices.IndexFunc(c.Tables, func(t TableChanges) bool { return t.Table == id && t.Ahead != nil })
	if i < 0 {
		return nil
	}
	return c.Tables[i].Ahead
}

// linksFiles tells whether rows of a commit are in files already.
func (c *Changes) linksFiles() bool {
	return slices.ContainsFunc(c.Tables, func(t TableChanges) bool { return t.Ahead != nil && t.Ahead.some })
}

// link takes files of a table in whose rows come next; those that follow lie behind them.
func (f *fileWriter) link(a *Ahead) error {
	if !a.some {
		return nil
	}
	if !a.ended {
		return invariants.Errorf("files of table %d are linked in that have not been finished", a.table)
	}
	first := append(appendTable(nil, a.table), a.first...)
	if len(f.ranges) > 0 && bytes.Compare(f.ranges[0][0], first) < 0 {
		if err := f.begin(); err != nil {
			return err
		}
	}
	if f.w != nil {
		if err := f.end(first); err != nil {
			return err
		}
	}
	f.linked = append(f.linked, a.paths()...)
	return nil
}
