package storage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// What an epoch appends to a table that only grows at its end overlaps with nothing that is there. If it is large it goes into sorted
// files of its own, which come to lie in the lowest level at once: no log, no memtable, no flush, no compaction. That makes a commit
// two steps: first the files, then a batch with all the rest, the epoch among it. Nobody reads between the two. After a crash between
// them the rows are there and their epoch is not: they lie behind the table's last key, as the records of the last whole epoch have
// it, and Open takes them away (cutTails). So only tables whose record is durable already are written in this way.
//
// Of a table whose keys rise (rise.go) only what lies behind its last key goes there; the rest of the epoch is in the batch.

// appendBlockBytes is the size of a block of these files. They are scanned, and nobody looks up single keys in them; and what a join repeats in row after row
// is written once for each block.
const appendBlockBytes = 128 << 10

// appendCompression takes the time that Snappy takes, and finds more.
var appendCompression = sstable.MinLZCompression

// appendFileBytes is the size from which a run has a file of its own, which is written while others are.
const appendFileBytes = 4 << 20

// plainFiles is how many files of a table whose rows do not become smaller are written until one is compressed again, to see whether they do.
const plainFiles = 32

// appendSyncBytes is how much of a file may wait to be written before its end, which waits for all.
const appendSyncBytes = 1 << 20

// appendedFile is what becomes a file: runs of one table.
type appendedFile struct {
	table TableID
	runs  []runTail
	keyed bool // single keys are looked up
	plain bool // not compressed
	dense bool // compression has saved less than an eighth
}

// runTail is a run from one entry on.
type runTail struct {
	*state.Run
	from int
}

// valueBytes is how much the values of the file's entries take.
func (f *appendedFile) valueBytes() (n int) {
	for _, r := range f.runs {
		n += r.bytesOf(&r.Values)
	}
	return n
}

func (r runTail) bytesOf(k *key.Keys) int {
	if r.from == 0 {
		return len(k.Data)
	}
	return len(k.Data) - int(k.Ends[r.from-1])
}

// appended divides an epoch into what goes into files of its own and the rest.
func (s *Store) appended(c *Changes) (files []appendedFile, rest *Changes) {
	rest = c
	for i := range c.Tables {
		t := &c.Tables[i]
		last, known := s.commit.lastKeys[t.Table]
		if !known || t.Drop || len(t.DeleteRanges) > 0 || runBytes(t.Runs) < s.options.AppendBytes || c.twice(t.Table) {
			continue
		}
		var heads []*state.Run
		var own []appendedFile
		switch {
		case t.Appends:
			own = filesInOrder(t.Table, last, t.Runs)
		case t.Rises:
			heads, own = s.risen(t.Table, last, t.Runs)
		}
		if len(own) == 0 {
			continue
		}
		if rest == c {
			clone := *c
			clone.Tables = slices.Clone(c.Tables)
			rest = &clone
		}
		rest.Tables[i].Runs, files = heads, append(files, own...)
	}
	return files, rest
}

// filesInOrder makes files of runs that do not interleave; none if they do, or do not lie behind the last key.
func filesInOrder(id TableID, last []byte, runs []*state.Run) (files []appendedFile) {
	sorted, ok := inOrder(last, runs)
	if !ok {
		return nil
	}
	f, size := appendedFile{table: id}, 0
	for i, r := range sorted {
		f.runs, size = append(f.runs, runTail{Run: r}), size+r.Bytes()
		if i == len(sorted)-1 || size >= appendFileBytes {
			files = append(files, f)
			f, size = appendedFile{table: id}, 0
		}
	}
	return files
}

// twice tells whether a table is in the changes more than once.
func (c *Changes) twice(id TableID) bool {
	n := 0
	for i := range c.Tables {
		if c.Tables[i].Table == id {
			n++
		}
	}
	return n > 1
}

func runBytes(runs []*state.Run) int {
	n := 0
	for _, r := range runs {
		n += r.Bytes()
	}
	return n
}

// inOrder sorts runs by their keys. ok is false if they interleave, delete something, or have keys that are not behind the last one.
func inOrder(last []byte, runs []*state.Run) (sorted []*state.Run, ok bool) {
	for _, r := range runs {
		if r.Len() > 0 {
			sorted = append(sorted, r)
		}
		if len(r.Deleted) > 0 {
			return nil, false
		}
	}
	slices.SortFunc(sorted, func(a, b *state.Run) int { return bytes.Compare(a.Keys.At(0), b.Keys.At(0)) })
	for _, r := range sorted {
		if bytes.Compare(r.Keys.At(0), last) <= 0 {
			return nil, false
		}
		last = r.Keys.At(r.Len() - 1)
	}
	return sorted, true
}

// append writes files, and then what makes their epoch durable. If that fails, rows are on disk that belong to no epoch: then the store
// has failed, and Open takes them away.
func (s *Store) append(files []appendedFile, finish func() error) error {
	paths, err := s.writeFiles(files)
	if err == nil {
		err = s.db.Ingest(context.Background(), paths)
	}
	if err != nil {
		for _, path := range paths {
			_ = s.options.FS.Remove(path) // if it is there; else it is removed at the next start
		}
		return err
	}
	s.ingested.Add(1)
	if err := finish(); err != nil {
		s.health.fail(err)
		return err
	}
	return nil
}

// writeFiles makes all files at once.
func (s *Store) writeFiles(files []appendedFile) (paths []string, err error) {
	fs, dir := s.options.FS, s.folder.path(ingestDir)
	if err := makeDir(fs, dir); err != nil {
		return nil, err
	}
	paths, errs := make([]string, len(files)), make([]error, len(files))
	var wait sync.WaitGroup
	for i := range files {
		f := &files[i]
		f.plain = s.incompressible[f.table]%plainFiles != 0
		s.appends++
		paths[i] = fs.PathJoin(dir, fmt.Sprintf("append-%d.sst", s.appends))
		if i == len(files)-1 {
			errs[i] = s.writeFile(paths[i], f)
			break
		}
		wait.Go(func() { errs[i] = s.writeFile(paths[i], f) })
	}
	wait.Wait()
	for i := range files {
		f := &files[i]
		switch {
		case f.plain:
			s.incompressible[f.table]++
		case f.dense:
			s.incompressible[f.table] = 1
		default:
			delete(s.incompressible, f.table)
		}
	}
	return paths, errors.Join(errs...)
}

func (s *Store) writeFile(path string, f *appendedFile) error {
	file, err := s.options.FS.Create(path, writeCategory)
	if err != nil {
		return err
	}
	file = vfs.NewSyncingFile(newTableFile(file), vfs.SyncingFileOptions{BytesPerSync: appendSyncBytes})
	options := s.writerOptions()
	if !f.keyed {
		options.Compression = appendCompression
		options.FilterPolicy = pebble.NoFilterPolicy
		options.BlockSize, options.IndexBlockSize = appendBlockBytes, appendBlockBytes
	}
	if f.plain {
		options.Compression = sstable.NoCompression
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(file), options)
	if err = errors.Join(f.writeTo(w), w.Close()); err != nil {
		return err
	}
	written, err := w.Raw().Metadata()
	if err == nil {
		f.dense = written.Size >= uint64(f.valueBytes())/8*7
	}
	return err
}

// writeTo writes the entries in the order of their keys.
func (f *appendedFile) writeTo(w *sstable.Writer) error {
	m := merge{}
	for _, r := range f.runs {
		m.add(r.Run, r.from, r.Len())
	}
	m.init()
	full := appendTable(nil, f.table)
	for top := m.top(); top != nil; top = m.top() {
		full = append(full[:tablePrefixSize], top.key...)
		if err := w.Set(full, top.run.Values.At(top.at)); err != nil {
			return err
		}
		m.next()
	}
	return nil
}

// lastKeys are the last keys of tables that grow at their end, after the changes.
func (s *Store) lastKeys(c *Changes) (map[TableID][]byte, error) {
	out, own := s.commit.lastKeys, false
	change := func() {
		if !own {
			out, own = maps.Clone(out), true
		}
	}
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Drop {
			change()
			delete(out, t.Table)
		}
		raise := func(last []byte) {
			if bytes.Compare(last, out[t.Table]) > 0 {
				change()
				out[t.Table] = bytes.Clone(last)
			}
		}
		if _, known := out[t.Table]; !known && !t.Appends {
			last, begins, err := s.beginsToRise(c, t)
			if err != nil {
				return nil, err
			}
			if !begins {
				continue
			}
			raise(last)
		}
		for _, r := range t.Runs {
			if n := r.Len(); n > 0 {
				raise(r.Keys.At(n - 1))
			}
		}
		if t.Ahead != nil {
			raise(t.Ahead.last)
		}
	}
	return out, nil
}

// writeLastKeys writes the records of the last keys that have changed.
func (s *Store) writeLastKeys(m metaSink, e *epochRecords) error {
	var err error
	for _, id := range slices.SortedFunc(maps.Keys(s.commit.lastKeys), cmp.Compare) {
		if _, still := e.lastKeys[id]; !still {
			err = errors.Join(err, meta.LastKey{Table: id}.Remove(m))
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(e.lastKeys), cmp.Compare) {
		if old, known := s.commit.lastKeys[id]; !known || !bytes.Equal(old, e.lastKeys[id]) {
			err = errors.Join(err, meta.LastKey{Table: id, Key: e.lastKeys[id]}.Write(m))
		}
	}
	return err
}

// cutTails takes away what lies behind the last keys of tables, which a commit has left there that did not come to its end. It answers the
// version without it, in place of the one that it is given. A store that is open for reading only hides it.
func (s *Store) cutTails(v *version) (*version, error) {
	b := s.db.NewBatch()
	ends := map[TableID][]byte{}
	for id, last := range s.commit.lastKeys {
		from, to := append(append(appendTable(nil, id), last...), 0), appendTableEnd(nil, id)
		it, err := v.iterator(from, to)
		if err != nil {
			return v, errors.Join(err, b.Close())
		}
		there := it.First()
		if err := v.put(it); err != nil {
			return v, errors.Join(err, b.Close())
		}
		if there {
			ends[id] = from
			if err := b.DeleteRange(from, to, nil); err != nil {
				return v, errors.Join(err, b.Close())
			}
		}
	}
	s.tails = len(ends)
	if len(ends) == 0 || s.options.ReadOnly {
		v.ends = ends
		return v, b.Close()
	}
	s.health.log.Info("rows of a commit that did not come to its end are taken away", "tables", len(ends))
	if err := errors.Join(s.db.Apply(b, pebble.Sync), b.Close()); err != nil {
		return v, err
	}
	whole := s.newVersion(v.epoch, nil)
	s.versions.published = whole
	return whole, v.release()
}
