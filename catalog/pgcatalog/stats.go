package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// Stats are the figures that the server keeps. A function that is nil has no figures. They are asked once for each scan, from its
// goroutine. Times are microseconds since 1970-01-01 UTC, and 0 is no time; other durations say their unit.
type Stats struct {
	Epochs           func() []Epoch
	Sources          func() []SourceStats
	SourcePartitions func() []PartitionStats
	Sinks            func() []SinkStats
	Jobs             func() []Job
	Views            func() []ViewStats
	Operators        func() []OperatorStats
	Windows          func() []OpenWindow
	// RowErrors hands errors out, of which there may be many, until yield answers false.
	RowErrors     func(yield func(RowError) bool) error
	Subscriptions func() []Subscription
	Sessions      func() []SessionInfo
	Locks         func() []LockInfo
	Settings      func() []Setting
	// Prepared and Cursors are those of the session that asks.
	Prepared func() []Prepared
	Cursors  func() []Cursor
	// TableBytes is about how many bytes a state table takes on disk.
	TableBytes func(table uint32) int64
	// SequenceValue is the value that a sequence gave last; called is false if it gave none.
	SequenceValue func(sequence catalog.ID) (last int64, called bool)
}

// Epoch is one of the last commits.
type Epoch struct {
	Epoch uint64
	Time  int64
	// RowsIn came from sources and statements, RowsChanged are those of state and views.
	RowsIn, RowsChanged, Bytes int64
	// TickMicros and CommitMicros are how long the two parts took.
	TickMicros, CommitMicros int64
}

// SourceStats are the figures of a source.
type SourceStats struct {
	Source catalog.ID
	// Readers is how many dataflows read it now.
	Readers int
	// Rows have been read; Errors did not decode; Future were too far ahead for the watermark.
	Rows, Errors, Future int64
	Watermark            int64
	// HeldBackBy is the partition with the least watermark.
	HeldBackBy string
}

// PartitionStats are the figures of a partition of a source for one of its readers.
type PartitionStats struct {
	Source catalog.ID
	// Reader is the view or sink whose dataflow reads it; 0 where all share the reader.
	Reader    catalog.ID
	Partition string
	Offset    string
	// Lag is how many rows or bytes are still to be read; -1 where the connector cannot tell.
	Lag                             int64
	Watermark, LastEvent, IdleSince int64
	HeldBackBy                      string
}

// SinkStats are the figures of a sink.
type SinkStats struct {
	Sink         catalog.ID
	State, Error string
	Epoch        uint64
	Rows         int64
	// LagBytes is how many bytes of changes wait for it.
	LagBytes int64
}

// Job is work that goes on behind a statement: a view that is being filled, a dataflow that has failed.
type Job struct {
	ID       uint64
	Relation catalog.ID
	// Kind is backfill, catch-up, dataflow, or tick while ticks fail for a reason that is no dataflow's; State is running, failed or paused.
	Kind, State string
	// Progress goes from 0 to 1; negative where it is not known.
	Progress float64
	Started  int64
	Error    string
}

// ViewStats are the figures of a relation that a dataflow keeps.
type ViewStats struct {
	View            catalog.ID
	State           string
	Epoch           uint64
	RowsIn, RowsOut int64
	// Rows is how many rows it has now; -1 where that is not counted.
	Rows, StateRows, StateBytes int64
	LateRows, RowErrors         int64
	Watermark                   int64
}

// OperatorStats are the figures of one operator of a dataflow, over all workers.
type OperatorStats struct {
	Relation                                          catalog.ID
	Operator                                          int
	Kind, Detail                                      string
	RowsIn, RowsOut, StateRows, StateBytes, CPUMicros int64
	Watermark                                         int64
}

// OpenWindow is a window that has not closed.
type OpenWindow struct {
	Relation         catalog.ID
	Operator         int
	Start, End, Rows int64
}

// RowError is a row that was left out, or an expression that is null because it could not be computed.
type RowError struct {
	Relation catalog.ID
	// Kind is decode or eval.
	Kind, Expression, Message, Sample, Partition, Offset string
	// Time is when it happened last, Count how often the same row is in error in the same way.
	Time, Count int64
}

// Subscription is a reader of a changelog.
type Subscription struct {
	PID      int32
	Relation catalog.ID
	Epoch    uint64
	Started  int64
}

// SessionInfo is a connection.
type SessionInfo struct {
	PID                                                     int32
	Database                                                catalog.ID
	User, Application, ClientAddress                        string
	ClientPort                                              int
	Started, TransactionStarted, QueryStarted, StateChanged int64
	// State is active, idle, idle in transaction or idle in transaction (aborted).
	State, Query string
}

// Prepared is a prepared statement.
type Prepared struct {
	Name, Statement string
	Time            int64
	Parameters      []types.OID
	// FromSQL is false for those that came by the protocol.
	FromSQL                   bool
	GenericPlans, CustomPlans int64
}

// Cursor is an open cursor.
type Cursor struct {
	Name, Statement      string
	Hold, Binary, Scroll bool
	Time                 int64
}

// Setting is a setting as pg_settings has it.
type Setting struct {
	Name, Value, Unit, Category, Short, Extra string
	// Context is user, superuser, sighup, postmaster or internal; Type is bool, integer, real, string or enum.
	Context, Type, Source string
	Min, Max              string
	Enum                  []string
	Boot, Reset           string
}

// list calls a function of Stats that may be nil.
func list[T any](f func() []T) []T {
	if f == nil {
		return nil
	}
	return f()
}

// size is about how many bytes a relation takes, with all its indexes too.
func (s *Stats) size(o *catalog.Object, snapshot *catalog.Snapshot, all bool) int64 {
	if s.TableBytes == nil {
		return 0
	}
	total := int64(0)
	if o.Table != 0 {
		total = s.TableBytes(o.Table)
	}
	if !all {
		return total
	}
	for _, t := range o.Tables {
		total += s.TableBytes(t)
	}
	for _, index := range snapshot.Indexes(o.ID) {
		total += s.size(index, snapshot, true)
	}
	return total
}
