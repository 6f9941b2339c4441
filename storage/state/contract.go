// Package state keeps what operators and views must remember: tables of rows by key, in memory between ticks and durable with
// each epoch.
//
// It does not know the store. What it needs of it is two interfaces, Reader and Cursor, and what it gives is Runs; package
// storage implements the former and commits the latter.
package state

import (
	"slices"

	"github.com/freshetdb/freshet/storage/key"
)

// Run is a list of entries of one table in the order of their keys, each key once. The zero value is empty and ready.
type Run struct {
	Keys   key.Keys
	Values key.Keys // as many as there are keys; empty for deleted ones
	// Deleted marks the keys that are taken away; nil means none.
	Deleted []bool
	// ValuesOnly is for a run that a cursor is to fill for somebody who has no use for the keys: Keys stays empty.
	ValuesOnly bool
}

// Len is the number of entries.
func (r *Run) Len() int {
	if r.ValuesOnly {
		return r.Values.Len()
	}
	return r.Keys.Len()
}

// Bytes is how much the keys and values take.
func (r *Run) Bytes() int { return len(r.Keys.Data) + len(r.Values.Data) }

// Put appends an entry, whose key is above all before it.
func (r *Run) Put(k, value []byte) {
	if !r.ValuesOnly {
		r.PutKey(k)
	}
	r.Values.Append(value)
}

// PutKey appends the key of an entry, whose value is to follow in Values.
func (r *Run) PutKey(k []byte) {
	r.Keys.Append(k)
	if r.Deleted != nil {
		r.Deleted = append(r.Deleted, false)
	}
}

// Delete appends the deletion of a key, which is above all before it.
func (r *Run) Delete(k []byte) {
	for len(r.Deleted) < r.Len() {
		r.Deleted = append(r.Deleted, false)
	}
	r.Keys.Append(k)
	r.Values.Append(nil)
	r.Deleted = append(r.Deleted, true)
}

// IsDeleted tells whether entry i takes its key away.
func (r *Run) IsDeleted(i int) bool { return i < len(r.Deleted) && r.Deleted[i] }

// Clone is a copy with memory of its own.
func (r *Run) Clone() *Run {
	return &Run{Keys: r.Keys.Clone(), Values: r.Values.Clone(), Deleted: slices.Clone(r.Deleted)}
}

// Reset empties the run and keeps its memory.
func (r *Run) Reset() {
	r.Keys.Reset()
	r.Values.Reset()
	r.Deleted = r.Deleted[:0]
	if cap(r.Deleted) == 0 {
		r.Deleted = nil
	}
}

// Range is a range of keys: From <= key < To. Nil for From is the first key, nil for To is behind the last.
type Range struct {
	From, To []byte
	// Reverse asks a Scan for the keys from the last to the first.
	Reverse bool
}

// Prefix is the range of all keys that begin with p.
func Prefix(p []byte) Range { return Range{From: p, To: key.PrefixEnd(p)} }

// Reader reads one table as of one epoch. What has expired by then is not there. Any number of goroutines may use one at
// the same time, until whoever gave it out closes what it belongs to. Errors are those of the disk.
type Reader interface {
	// Get appends the value of a key to dst; ok is false if there is none.
	Get(dst, k []byte) (value []byte, ok bool, err error)
	// GetMany looks many keys up, which are in ascending order: it appends to values one for each key, empty if there is
	// none, and to found whether there is one. Ascending order makes it several times as fast as Get for each.
	GetMany(keys, values *key.Keys, found []bool) ([]bool, error)
	// Scan opens a cursor over a range. It must be closed.
	Scan(r Range) (Cursor, error)
}

// Cursor walks over the entries of a range. One goroutine uses it.
type Cursor interface {
	// Next appends up to rows more entries to out, and tells whether there may be others behind them.
	Next(out *Run, rows int) (more bool, err error)
	// Close gives the cursor's resources back. Only its error tells that all of the range could be read, if Next gave none.
	Close() error
}
