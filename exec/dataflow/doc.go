// Package dataflow is the runtime: it owns the goroutines and the time that operators do not have.
//
// # A tick
//
// All running graphs together are one dataflow. A tick takes what the inputs have, within bounds: admitted transactions, pieces
// of sources, chunks of relations that new graphs are filled from. It pushes them through all graphs to the end, in topological
// order over all of them, and commits what has changed as one epoch (storage.Store). Then it publishes the epoch, answers those
// who wait for it, and hands the changes of sinks on.
//
// # Workers
//
// Every node of a graph exists once on each worker, and each worker has some of the 256 shards of the keys. A graph is cut
// into stages where an exchange deals rows to workers anew. Push runs through exchanges freely; the end of a tick is a barrier at
// every stage. A small tick is run by one goroutine on behalf of all workers, so that an idle INSERT costs no hand-over.
//
// # Writes
//
// All transactions pass one sequencer when a tick takes its input (write.go): what a transaction has read must not have changed since
// its snapshot, and constraints are checked against the state and what was admitted before. So epochs are strictly serializable.
//
// # Failure
//
// After an error of a graph the tick is undone: instances of operators are thrown away and made again over the last durable epoch, sources
// go back to the offsets in it, and the tick is done again. A graph that fails twice is left out from then on, with those
// that depend on it.
package dataflow
