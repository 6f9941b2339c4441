package dataflow

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// liveReader reads one table of the last durable epoch, whichever that is. One worker uses it.
type liveReader struct {
	runtime  *Runtime
	table    flow.TableID
	snapshot *storage.Snapshot
	reader   state.Reader
}

// live returns a reader of a table for one call.
func (r *Runtime) live(table flow.TableID) state.Reader {
	snapshot, err := r.durable()
	if err != nil {
		return lostReader{err}
	}
	return snapshot.Table(key.TableID(table))
}

func (l *liveReader) now() state.Reader {
	snapshot, err := l.runtime.durable()
	if err != nil {
		return lostReader{err}
	}
	if l.snapshot != snapshot {
		l.snapshot = snapshot
		l.reader = snapshot.Table(key.TableID(l.table))
	}
	return l.reader
}

func (l *liveReader) Get(dst, k []byte) ([]byte, bool, error) { return l.now().Get(dst, k) }

func (l *liveReader) GetMany(keys, values *key.Keys, found []bool) ([]bool, error) {
	return l.now().GetMany(keys, values, found)
}

func (l *liveReader) Scan(r state.Range) (state.Cursor, error) { return l.now().Scan(r) }
