// Package connector is the contract between Freshet and the outside world: sources that rows come from, sinks that changes go
// to, and the kinds of them with their options.
//
// # Model
//
// A [Source] has partitions; a [Reader] reads one of them from an [Offset]. Reading has two halves, because only one of them is
// sequential. [Reader.Fetch] takes the next [Piece] of a partition (a range of event numbers, a chunk of a file, a fetched batch of
// messages), which is cheap and says at once from where to go on; [Piece.Decode] makes rows of it, which is where the time goes, and
// may be done by another goroutine than the reader's, for many pieces at the same time. So one file or one partition
// keeps every core busy, and the offset that an epoch commits is the end of the last piece that it took.
//
// The identity of a row is its partition and its row offset (a number that grows along the partition), never the order in which
// rows arrive: the same offsets give the same rows after a restart, for any limits. They are the same for any projection, too, but for
// rows with mistakes: a row is refused for what is read of it.
//
// Nothing here starts a goroutine of its own accord or limits a rate: exec/dataflow owns goroutines and time. [Bucket] does the
// arithmetic of a rate limit for a clock that is handed in.
//
// A connector is a package below this one and a line in connector/all. Its one table of options is what is checked, and what its
// page in docs/sql is generated from.
package connector
