package storage

import (
	"bytes"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// A view by a key that rises with time, as numbers of orders do, mostly gets rows behind all that it has; so does the state of an operator. They are written like rows of a table
// that only grows at its end, but for blocks and filters, since single keys are looked up; changes of rows that are there, and new ones among them,
// go through the batch. A table is found to be such a one by what it has and gets. From then on it has a record of its last key, which may
// be of a row that has been deleted since.

// beginsToRise tells whether changes of a table lie behind what it has, and are large, and answers its last key.
func (s *Store) beginsToRise(c *Changes, t *TableChanges) (last []byte, ok bool, err error) {
	_, layered := s.commit.buffer.layers[t.Table]
	_, expires := s.commit.expired[t.Table]
	if !t.Rises || layered || expires || t.Expires || !s.plain(t) || s.worthwhile(t.Runs) || runBytes(t.Runs) < s.options.AppendBytes || c.twice(t.Table) {
		return nil, false, nil
	}
	last, there, err := s.lastKey(t.Table)
	if err != nil || !there {
		return nil, false, err
	}
	_, files := s.risen(t.Table, last, t.Runs)
	return last, len(files) > 0, nil
}

// lastKey is the last key that Pebble has of a table.
func (s *Store) lastKey(id TableID) (last []byte, there bool, err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: appendTable(nil, id), UpperBound: appendTableEnd(nil, id)})
	if err != nil {
		return nil, false, err
	}
	if there = it.Last(); there {
		last = bytes.Clone(it.Key()[tablePrefixSize:])
	}
	return last, there, errors.Join(it.Error(), it.Close())
}

// risen divides runs of a table into what lies behind its last key, if that is much, and the rest.
func (s *Store) risen(id TableID, last []byte, runs []*state.Run) (heads []*state.Run, files []appendedFile) {
	f, size := appendedFile{table: id, keyed: true}, 0
	for _, r := range runs {
		tail := runTail{r, seek(r, append(bytes.Clone(last), 0))}
		for i := tail.from; i < len(r.Deleted); i++ {
			if r.Deleted[i] {
				return runs, nil
			}
		}
		heads = append(heads, head(r, tail.from))
		if tail.from < r.Len() {
			f.runs = append(f.runs, tail)
			size += tail.bytesOf(&r.Keys) + tail.bytesOf(&r.Values)
		}
	}
	if size < s.options.AppendBytes {
		return runs, nil
	}
	return heads, []appendedFile{f}
}

// head is the first n entries of a run.
func head(r *state.Run, n int) *state.Run {
	return &state.Run{Keys: firstKeys(&r.Keys, n), Values: firstKeys(&r.Values, n), Deleted: r.Deleted[:min(n, len(r.Deleted))]}
}

func firstKeys(k *key.Keys, n int) key.Keys {
	if n == 0 {
		return key.Keys{}
	}
	return key.Keys{Data: k.Data[:k.Ends[n-1]], Ends: k.Ends[:n]}
}
