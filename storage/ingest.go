package storage

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/freshetdb/freshet/storage/state"
)

// ingestFileBytes is the size at which a sorted file ends and the next begins.
const ingestFileBytes = 64 << 20

// ingest writes an epoch as sorted files and hands all of them to Pebble in one step, which makes them and their deletions of
// ranges visible and durable together. Within them everything has one age: a deletion of a range does not touch rows of the same
// commit, as with applyBatch, where it comes first.
func (s *Store) ingest(e *epochRecords, c *Changes) (err error) {
	if err := s.folder.clearIngest(); err != nil {
		return err
	}
	dir := s.folder.path(ingestDir)
	if err := makeDir(s.options.FS, dir); err != nil {
		return err
	}
	small := &collector{}
	err = errors.Join(s.writeMeta(small, e, c), writeRanges(small, c, e.expired), s.writeRuns(small, e))
	w := &fileWriter{store: s, dir: dir, name: "commit", options: s.writerOptions(), fileBytes: ingestFileBytes, ranges: joinRanges(small.ranges)}
	err = errors.Join(err, small.writeTo(w))
	if err == nil {
		err = mergeTables(w, c)
	}
	if err == nil {
		log := &collector{}
		err = errors.Join(writeLog(log, e.epoch.Number, c), log.writeTo(w))
	}
	if err = errors.Join(err, w.finish(err == nil)); err != nil {
		return errors.Join(err, s.folder.clearIngest())
	}
	if err := s.db.Ingest(context.Background(), append(w.paths, w.linked...)); err != nil {
		return errors.Join(err, s.folder.clearIngest())
	}
	s.ingested.Add(1)
	return nil
}

// entry is a row on its way into a sorted file.
type entry struct {
	key, value []byte
	deleted    bool
}

// collector keeps entries that do not come in the order of their keys. Of those with one key the last counts.
type collector struct {
	ranges  [][2][]byte
	entries []entry
}

func (w *collector) deleteRange(from, to []byte) error {
	w.ranges = append(w.ranges, [2][]byte{bytes.Clone(from), bytes.Clone(to)})
	return nil
}

func (w *collector) set(prefix, k, value []byte) error {
	w.entries = append(w.entries, entry{key: slices.Concat(prefix, k), value: bytes.Clone(value)})
	return nil
}

func (w *collector) delete(prefix, k []byte) error {
	w.entries = append(w.entries, entry{key: slices.Concat(prefix, k), deleted: true})
	return nil
}

func (w *collector) writeTo(out *fileWriter) error {
	slices.SortStableFunc(w.entries, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	for i, e := range w.entries {
		if i+1 < len(w.entries) && bytes.Equal(e.key, w.entries[i+1].key) {
			continue
		}
		if err := out.add(e.key, e.value, e.deleted); err != nil {
			return err
		}
	}
	return nil
}

// joinRanges sorts ranges and joins those that touch.
func joinRanges(ranges [][2][]byte) [][2][]byte {
	slices.SortFunc(ranges, func(a, b [2][]byte) int { return bytes.Compare(a[0], b[0]) })
	var joined [][2][]byte
	for _, r := range ranges {
		if n := len(joined); n > 0 && bytes.Compare(r[0], joined[n-1][1]) <= 0 {
			if bytes.Compare(r[1], joined[n-1][1]) > 0 {
				joined[n-1][1] = r[1]
			}
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// runHeap merges the runs of one table. Each element is a run and the entry that it stands at.
type runHeap []runCursor

type runCursor struct {
	run *state.Run
	at  int
}

func (h runHeap) Len() int { return len(h) }

func (h runHeap) Less(i, j int) bool {
	return bytes.Compare(h[i].run.Keys.At(h[i].at), h[j].run.Keys.At(h[j].at)) < 0
}

func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *runHeap) Push(x any) { *h = append(*h, x.(runCursor)) }

func (h *runHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// mergeTables writes the rows of all tables in the order of their keys.
func mergeTables(w *fileWriter, c *Changes) error {
	order := slices.SortedStableFunc(slices.Values(c.Tables), func(a, b TableChanges) int { return cmp.Compare(a.Table, b.Table) })
	for len(order) > 0 {
		table, h := order[0].Table, runHeap{}
		for len(order) > 0 && order[0].Table == table {
			for _, r := range order[0].Runs {
				if r.Len() > 0 {
					h = append(h, runCursor{run: r})
				}
			}
			order = order[1:]
		}
		if ahead := c.aheads(table); ahead != nil {
			if err := w.link(ahead); err != nil {
				return err
			}
		}
		heap.Init(&h)
		full := appendTable(nil, table)
		for len(h) > 0 {
			top := &h[0]
			full = append(full[:tablePrefixSize], top.run.Keys.At(top.at)...)
			if err := w.add(full, top.run.Values.At(top.at), top.run.IsDeleted(top.at)); err != nil {
				return err
			}
			if top.at++; top.at == top.run.Len() {
				heap.Pop(&h)
			} else {
				heap.Fix(&h, 0)
			}
		}
	}
	return nil
}

// fileWriter writes entries, which come in the order of their keys, into files of which no two overlap, and the ranges with them.
type fileWriter struct {
	store     *Store
	dir, name string // each file's is the name and its number
	options   sstable.WriterOptions
	fileBytes int         // the size at which a file ends
	ranges    [][2][]byte // sorted, disjoint; what is not yet written
	paths     []string
	linked    []string // files that others have written
	w         *sstable.Writer
	size      int
}

func (f *fileWriter) add(k, value []byte, deleted bool) error {
	if f.w != nil && f.size >= f.fileBytes {
		if err := f.end(k); err != nil {
			return err
		}
	}
	if err := f.begin(); err != nil {
		return err
	}
	f.size += len(k) + len(value)
	if deleted {
		return f.w.Delete(k)
	}
	return f.w.Set(k, value)
}

func (f *fileWriter) begin() error {
	if f.w != nil {
		return nil
	}
	fs := f.store.options.FS
	path := fs.PathJoin(f.dir, fmt.Sprintf("%s-%06d.sst", f.name, len(f.paths)))
	file, err := fs.Create(path, writeCategory)
	if err != nil {
		return err
	}
	f.paths = append(f.paths, path)
	file = vfs.NewSyncingFile(newTableFile(file), vfs.SyncingFileOptions{BytesPerSync: appendSyncBytes})
	f.w, f.size = sstable.NewWriter(objstorageprovider.NewFileWritable(file), f.options), 0
	return nil
}

// end writes the ranges that lie before the first key of the next file, or all that are left if it is nil, and closes the file.
func (f *fileWriter) end(next []byte) error {
	var err error
	for len(f.ranges) > 0 && err == nil {
		from, to := f.ranges[0][0], f.ranges[0][1]
		if next != nil && bytes.Compare(to, next) > 0 {
			if bytes.Compare(from, next) < 0 {
				f.ranges[0][0] = bytes.Clone(next)
				err = f.w.DeleteRange(from, f.ranges[0][0])
			}
			break
		}
		f.ranges = f.ranges[1:]
		err = f.w.DeleteRange(from, to)
	}
	err = errors.Join(err, f.w.Close())
	f.w = nil
	return err
}

// finish ends the last file; if the commit has failed already, what is in it does not matter.
func (f *fileWriter) finish(ok bool) error {
	if f.w == nil && ok && len(f.ranges) > 0 { // behind files that were linked in
		if err := f.begin(); err != nil {
			return err
		}
	}
	if f.w == nil {
		return nil
	}
	if !ok {
		f.ranges = nil
	}
	return f.end(nil)
}
