package storage

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
	"github.com/freshetdb/freshet/storage/state"
)

// Snapshot is the store at one epoch. Any number of goroutines may read it until it is closed.
type Snapshot struct {
	v      *version
	closed atomic.Bool
}

// Epoch is the epoch that the snapshot shows.
func (s *Snapshot) Epoch() meta.Epoch { return s.v.epoch }

// Meta reads all records: definitions, offsets, watermarks, settings.
func (s *Snapshot) Meta() (*meta.Contents, error) { return s.v.meta() }

// Table returns a reader of one table, usable until the snapshot is closed. A table that was never written is empty.
func (s *Snapshot) Table(id TableID) *Table {
	t := &Table{}
	s.OpenTable(t, id)
	return t
}

// OpenTable is Table in memory of the caller's, who sets it to Table{} when it has done with the snapshot.
func (s *Snapshot) OpenTable(t *Table, id TableID) {
	*t = Table{v: s.v, layers: s.v.layers[id], whole: true}
	t.prefix = appendTable(t.ends[:0:tablePrefixSize], id)
	t.lower, t.upper = t.prefix, appendTableEnd(t.ends[tablePrefixSize:tablePrefixSize], id)
	if end, ok := s.v.ends[id]; ok {
		t.upper, t.whole = end, false
	}
	if bound, ok := s.v.expired[id]; ok {
		t.lower, _ = appendExpiredEnd(nil, id, bound)
		t.whole = false
	}
}

// Close gives the snapshot back. Cursors that are open keep what they need.
func (s *Snapshot) Close() error {
	if s.closed.Swap(true) {
		return invariants.Errorf("a snapshot was closed twice")
	}
	return s.v.letGo()
}

// Table reads one table of a snapshot. It is a state.Reader.
type Table struct {
	v            *version
	layers       []layer
	prefix       []byte
	lower, upper []byte // what the table has that has not expired
	whole        bool   // that is all
	ends         [2 * tablePrefixSize]byte
}

var _ state.Reader = (*Table)(nil)

// buffers are for keys in the store's form, which escape to Pebble.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (t *Table) Get(dst, k []byte) (value []byte, ok bool, err error) {
	if t.whole {
		if run, at := lookUp(t.layers, k); run != nil {
			return append(dst, run.Values.At(at)...), !run.IsDeleted(at), nil
		}
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	full := append(append((*buffer)[:0], t.prefix...), k...)
	*buffer = full
	if bytes.Compare(full, t.lower) < 0 || bytes.Compare(full, t.upper) >= 0 {
		return dst, false, nil // expired, or of a commit that did not come to its end
	}
	if !t.whole {
		if run, at := lookUp(t.layers, k); run != nil {
			return append(dst, run.Values.At(at)...), !run.IsDeleted(at), nil
		}
	}
	it, err := t.v.iterator(t.lower, t.upper)
	if err != nil {
		return dst, false, err
	}
	// The prefix of a key is the key: filters tell that it is missing without reading blocks.
	if ok = it.SeekPrefixGE(full) && bytes.Equal(it.Key(), full); ok {
		if value, err = it.ValueAndErr(); err == nil {
			dst = append(dst, value...)
		}
	}
	if err = errors.Join(err, t.v.put(it)); err != nil {
		return dst, false, err
	}
	return dst, ok, nil
}

func (t *Table) GetMany(keys, values *key.Keys, found []bool) ([]bool, error) {
	if bytes.Compare(t.lower, t.upper) >= 0 {
		for range keys.Len() {
			values.Append(nil)
			found = append(found, false)
		}
		return found, nil
	}
	it, err := t.v.iterator(t.lower, t.upper)
	if err != nil {
		return found, err
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	full := append((*buffer)[:0], t.prefix...)
	for i := range keys.Len() {
		k := keys.At(i)
		if invariants.Enabled && i > 0 {
			invariants.Assertf(keys.Compare(i-1, i) <= 0, "keys to look up are not in order at %d", i)
		}
		full = append(full[:tablePrefixSize], k...)
		lives := bytes.Compare(full, t.lower) >= 0
		if run, at := lookUp(t.layers, k); run != nil && lives {
			values.Append(run.Values.At(at))
			found = append(found, !run.IsDeleted(at))
			continue
		}
		// The prefix of a key is the key: filters tell that it is missing without reading blocks.
		ok := lives && it.SeekPrefixGE(full) && bytes.Equal(it.Key(), full)
		if ok {
			value, err := it.ValueAndErr()
			if err != nil {
				return found, errors.Join(err, t.v.put(it))
			}
			values.Append(value)
		} else {
			if it.Error() != nil {
				break
			}
			values.Append(nil)
		}
		found = append(found, ok)
	}
	*buffer = full
	return found, t.v.put(it)
}

func (t *Table) Scan(r state.Range) (state.Cursor, error) {
	lower, upper := append(bytes.Clone(t.prefix), r.From...), t.upper
	if bytes.Compare(lower, t.lower) < 0 {
		lower = t.lower
	}
	if r.To != nil {
		if to := append(bytes.Clone(t.prefix), r.To...); bytes.Compare(to, upper) < 0 {
			upper = to
		}
	}
	if bytes.Compare(lower, upper) >= 0 {
		return emptyCursor{}, nil
	}
	it, err := t.v.iterator(lower, upper)
	if err != nil {
		return nil, err
	}
	t.v.hold()
	c := &cursor{v: t.v, it: it, reverse: r.Reverse, skip: tablePrefixSize}
	if r.Reverse {
		c.valid = it.Last()
	} else {
		c.valid = it.First()
	}
	if len(t.layers) > 0 {
		return newLayeredCursor(c, t.layers, lower[tablePrefixSize:], r), nil
	}
	return c, nil
}

type emptyCursor struct{}

func (emptyCursor) Next(*state.Run, int) (bool, error) { return false, nil }

func (emptyCursor) Close() error { return nil }

// cursor is a state.Cursor over an iterator that stands at the next entry.
type cursor struct {
	v       *version
	it      *iterator
	reverse bool
	valid   bool
	skip    int // bytes of the store's keys before the row's
}

// fetchBytes is how much is read at once of long rows, or of packs of many.
const fetchBytes = 1 << 20

func (c *cursor) Next(out *state.Run, rows int) (more bool, err error) {
	for ; c.valid && rows > 0 && out.Bytes() < fetchBytes; rows-- {
		value, err := c.it.ValueAndErr()
		if err != nil {
			return false, err
		}
		out.Put(c.key(), value)
		c.step()
	}
	if !c.valid {
		return false, c.it.Error()
	}
	return true, nil
}

// key is the row's key of the entry that it stands at.
func (c *cursor) key() []byte { return c.it.Key()[c.skip:] }

func (c *cursor) step() {
	if c.reverse {
		c.valid = c.it.Prev()
	} else {
		c.valid = c.it.Next()
	}
}

func (c *cursor) Close() error {
	if c.it == nil {
		return invariants.Errorf("a cursor was closed twice")
	}
	it := c.it
	c.it, c.valid = nil, false
	return errors.Join(c.v.put(it), c.v.letGo())
}

// layeredCursor is a cursor over a table with layers, whose entries hide those below.
type layeredCursor struct {
	*cursor
	above merge
}

// newLayeredCursor is one that begins at the key from, which may lie behind that of the range.
func newLayeredCursor(c *cursor, layers []layer, from []byte, r state.Range) *layeredCursor {
	l := &layeredCursor{cursor: c, above: merge{reverse: r.Reverse}}
	for i := range layers {
		layer := &layers[i]
		to := layer.run.Len()
		if r.To != nil {
			to = layer.seek(r.To)
		}
		l.above.add(layer.run, layer.seek(from), to)
	}
	l.above.init()
	return l
}

func (l *layeredCursor) Next(out *state.Run, rows int) (more bool, err error) {
	for rows > 0 {
		top := l.above.top()
		if top == nil {
			return l.cursor.Next(out, rows)
		}
		switch order := l.compare(top.key); {
		case order < 0:
			if _, err := l.cursor.Next(out, 1); err != nil {
				return false, err
			}
			rows--
			continue
		case order == 0:
			l.step()
		}
		if !top.run.IsDeleted(top.at) {
			out.Put(top.key, top.run.Values.At(top.at))
			rows--
		}
		l.above.next()
	}
	return true, nil
}

// compare tells whether the entry below comes before (-1), is hidden by (0), or comes behind one of the layers with a key.
func (l *layeredCursor) compare(k []byte) int {
	if !l.valid {
		return 1
	}
	order := bytes.Compare(l.key(), k)
	if l.reverse {
		return -order
	}
	return order
}
