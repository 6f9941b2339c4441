package dataflow

import (
	"bytes"
	"errors"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// bulk is what a large transaction brings into a table, sorted, encoded and written into files while the transaction still writes; its
// tick only links them in. That is done for rows that all come, each batch above the one before in the order of each key, as a copy of a
// table has them. Where that is not so, the tick makes all of the rows, as it does for smaller transactions.
type bulk struct {
	rel   *relation
	steps chan bulkStep // closed behind the last
	done  chan struct{} // closed when the last one is done
	ended bool
	sides []*bulkSide // one for each arrangement
	// unordered tells that rows did not come in order, and err why the files cannot be written, for which the transaction is refused while nothing
	// has taken it in yet. The goroutine of the bulk sets them, and nothing is encoded then.
	unordered bool
	err       error
}

// bulkStep is rows to encode, or else tells that all before it are.
type bulkStep struct {
	rows    *batch.Batch
	reached chan struct{}
}

// bulkSide is one arrangement of a bulk. The goroutine of the bulk uses it until that is done.
type bulkSide struct {
	writer *arrangementWriter
	files  *storage.Ahead
}

// bulkBehind is how many batches may wait for their encoding; then who writes waits.
const bulkBehind = 64

// writesAhead tells whether a relation's rows can be written ahead: in keys that are known before the transaction is admitted, and one row for each.
func (r *relation) writesAhead() bool {
	for _, a := range r.arrangements {
		if !a.Unique {
			return false
		}
	}
	return r.def.RowID < 0 && !r.def.Numbered
}

func newBulk(store *storage.Store, rel *relation) (*bulk, error) {
	b := &bulk{rel: rel, steps: make(chan bulkStep, bulkBehind), done: make(chan struct{})}
	for _, a := range rel.arrangements {
		files, err := store.WriteAhead(key.TableID(a.Table))
		if err != nil {
			return nil, err
		}
		b.sides = append(b.sides, &bulkSide{writer: newArrangementWriter(a), files: files})
	}
	go b.run()
	return b, nil
}

func (b *bulk) run() {
	defer close(b.done)
	for step := range b.steps {
		switch {
		case step.reached != nil:
			close(step.reached)
		case !b.unordered && b.err == nil:
			b.encode(step.rows)
		}
	}
}

// encode writes rows into the files. If that cannot be done it is not tried again.
func (b *bulk) encode(rows *batch.Batch) {
	for _, s := range b.sides {
		if b.unordered = !s.encode(rows); b.unordered {
			break
		}
		if b.err = s.files.Add(s.writer.run); b.err != nil {
			break
		}
	}
	if b.unordered || b.err != nil {
		b.removeFiles()
	}
}

func (b *bulk) add(rows *batch.Batch) { b.steps <- bulkStep{rows: rows} }

// settle waits until all rows are encoded that there are. Then the sides can be looked at until more come.
func (b *bulk) settle() {
	if b.ended {
		return
	}
	reached := make(chan struct{})
	b.steps <- bulkStep{reached: reached}
	<-reached
}

// encode makes a run of rows; ok is false if they do not come behind those before, each with a key of its own.
func (s *bulkSide) encode(rows *batch.Batch) (ok bool) {
	w := s.writer
	w.sort(rows)
	w.run.Reset()
	if len(w.groups) < len(w.order) {
		return false
	}
	if _, last, some := s.files.Bounds(); some && len(w.order) > 0 && bytes.Compare(w.keys.At(int(w.order[0])), last) <= 0 {
		return false
	}
	return w.writeUnique(rows) == nil
}

// finish waits until all is written. No rows come after it.
func (b *bulk) finish() error {
	if b.ended {
		return b.err
	}
	b.end()
	if b.unordered || b.err != nil {
		return b.err
	}
	for _, s := range b.sides {
		b.err = errors.Join(b.err, s.files.Finish())
	}
	return b.err
}

func (b *bulk) end() {
	b.ended = true
	close(b.steps)
	<-b.done
}

// close removes the files that no commit has taken.
func (b *bulk) close() {
	if !b.ended {
		b.end()
	}
	b.removeFiles()
}

func (b *bulk) removeFiles() {
	for _, s := range b.sides {
		s.files.Close()
	}
}

// complete tells whether the files have all that the rows do, and nothing is in their way: no key of a table lies from the first of
// them to the last.
func (b *bulk) complete(read func(*arrangement) state.Reader) (bool, error) {
	if b.unordered || b.err != nil {
		return false, b.err
	}
	for _, s := range b.sides {
		first, last, ok := s.files.Bounds()
		if !ok {
			continue
		}
		if some, err := anyWithin(read(s.writer.a), first, last); some || err != nil {
			return false, err
		}
	}
	return true, nil
}
