// Package meta is what the store keeps besides tables: the epoch, the log of definitions, where each source stands, the
// watermarks, settings, and how far each table has expired. It has their types and their bytes; package storage commits them
// together with the tables' changes.
//
// Every record is a key, which is its kind and what identifies it, and a value that begins with a version. A value of a later
// version is an error (VersionError), never a guess. docs/formats.md shows the bytes.
package meta

import "github.com/freshetdb/freshet/storage/key"

// GraphID identifies a dataflow: offsets and watermarks belong to one.
type GraphID uint32

// Epoch is one commit, as the store remembers the last.
type Epoch struct {
	// Number counts commits, strictly up; 0 is the empty store before the first.
	Number uint64
	// Now is the time of the tick: microseconds since 1970-01-01 UTC, never going back.
	Now int64
}

// Statement is one entry of the log of definitions: canonical SQL, and the ids of the objects that it makes or names.
// A catalog is rebuilt by running the log from its first entry.
type Statement struct {
	// Sequence orders the log. It is never used again, also after the entry is forgotten.
	Sequence uint64
	// Objects are the ids that the statement's names stand for, in the order that the catalog defines.
	Objects []uint64
	SQL     string
}

// Offset is where a graph stands in one partition of one of its sources.
type Offset struct {
	Graph     GraphID
	Source    uint32 // number of the source within the graph
	Partition string
	// Position is the connector's own encoding of the place from which it reads on.
	Position []byte
}

// Watermark is the last watermark of one input of a graph.
type Watermark struct {
	Graph GraphID
	Input uint32
	Time  int64 // microseconds since 1970-01-01 UTC
	// Idle tells that the input did not hold back others.
	Idle bool
}

// Setting is a named value that is kept for the whole database.
type Setting struct{ Name, Value string }

// Expiry tells that all rows of a table whose bound is at most Bound are gone.
type Expiry struct {
	Table key.TableID
	Bound int64 // microseconds since 1970-01-01 UTC
}

// LastKey is the last key of a table that only grows at its end, or whose keys rise: then the row may be deleted since. What lies behind it belongs to a
// commit that did not come to its end.
type LastKey struct {
	Table key.TableID
	Key   []byte
}

// Changes are what one epoch changes. The order of the fields is the order in which they take effect.
type Changes struct {
	// DropGraphs removes all offsets and watermarks of graphs.
	DropGraphs []GraphID
	// Forget removes statements from the log, by their sequence.
	Forget []uint64
	// Statements are added to the log, or replace those of the same sequence.
	Statements []Statement
	Offsets    []Offset
	Watermarks []Watermark
	// ResetSettings removes settings by their name.
	ResetSettings []string
	Settings      []Setting
}

// Contents are all records of a store at one epoch, each list in the order of its keys.
type Contents struct {
	Epoch      Epoch
	Statements []Statement
	Offsets    []Offset
	Watermarks []Watermark
	Settings   []Setting
	Expiries   []Expiry
	LastKeys   []LastKey
}
