// Package storage is the store: everything that is durable, in one data folder, over Pebble. It is Pebble's only importer.
//
// # Epochs
//
// [Store.Commit] writes one epoch: the changed rows of tables, definitions, offsets, watermarks and the log of changes, in one
// atomic step that is on disk when it returns. [Store.Publish] makes a committed epoch the one that [Store.Snapshot] gives
// out; the two are apart so that an epoch becomes visible in all places at once. After a crash the store is at the last epoch
// whose Commit returned, or at the one whose Commit was running, whole.
//
// A commit above 64 MiB does not go through the write-ahead log and the memtable: its rows become sorted files that Pebble takes in
// with one atomic Ingest, together with the epoch's record.
//
// What an epoch appends to a table that only grows at its end goes into sorted files too, from 1 MiB on; they are taken in before a batch with
// the rest makes the epoch durable, and Open takes away what a crash between the two leaves (append.go). So does what comes into a view behind its last
// key (rise.go).
//
// Where an epoch changes many rows of a table, it has them as one value, and the rows wait in memory, above what Pebble has, until they are many;
// then they go into sorted files (buffer.go, spill.go).
//
// # Expiry
//
// A table whose rows expire has keys that begin with a bound. A commit says up to which bound a table has expired; from that epoch
// on no reader sees those rows. Their bytes go with one range deletion per table and second of the ticks' time.
//
// # Space
//
// The files of a table that was dropped, and the rows that TRUNCATE deletes, are taken off the disk some seconds later, when no version is left
// that sees them (reclaim.go).
//
// # Failure
//
// When a commit fails in a way that leaves open what is on disk, the store has failed: it goes on giving out what was published, and
// refuses commits. The owner closes it and opens it again, which finds the last whole epoch. The process is never ended.
//
// A full disk is no failure, unless a sync tells it: a commit that finds no space for its files returns an error, and may be made again; one that finds
// none in the log waits until there is some (log.go).
package storage
