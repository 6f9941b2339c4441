package connector

import (
	"context"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
)

// Source is one stream from outside, as a CREATE SOURCE describes it.
//
// Kind.Source makes it, without I/O. Its methods may be called from any goroutine. It is open until Close, which is called once,
// after the Close of every Reader.
type Source interface {
	// Traits says what is known of the stream without looking at it.
	Traits() Traits

	// Partitions lists the partitions there are now, in a stable order, never an empty name. The list of an unbounded source may
	// grow: it is asked again from time to time, and a new partition is read from its beginning. That there is nothing to
	// read (a missing file or topic) is an error.
	Partitions(ctx context.Context) ([]string, error)

	// Decides tells whether a reader can leave out the rows for which a predicate on one column (an index into Config.Columns) is not
	// true: Start.Where may then have it.
	Decides(p batch.Predicate) bool

	// Defers tells whether a reader can make a column (an index into Config.Columns) after others, and saves something if it need not make it
	// of all rows: Start.Deferred may then have it, and pieces are DeferringPieces.
	Defers(column int) bool

	// Open begins to read a partition. One partition may have several readers at different places.
	Open(ctx context.Context, s Start) (Reader, error)

	// Close lets go of what the readers shared.
	Close() error
}

// Traits are what the planner and the runtime want to know of a source before it is read.
type Traits struct {
	// Bounded sources end: Fetch answers io.EOF some day. A SELECT may read only these.
	Bounded bool
	// Synthetic sources make up their event time, so a row far in the future is no mistake (watermark.max_future is off).
	Synthetic bool
	// RowsPerSecond is how fast the stream wants to be read, over all partitions; 0: as fast as possible.
	RowsPerSecond float64
}

// Start says what to read.
type Start struct {
	// Partition is one of Partitions.
	Partition string
	// From is where to go on: what Piece.End or Reader.Offset said, or nil for the beginning.
	From Offset
	// Columns are the wanted ones, as indexes into Config.Columns, each at most once. Only these are decoded: Piece.Decode
	// fills batches of exactly these columns, in this order. Without any it only counts rows.
	Columns []int
	// Where are predicates that Source.Decides says yes to: a row is left out unless all of them are true. Their columns need not be
	// among Columns. A row that is left out was read all the same: it counts in Piece.Size and for a Limit, and where it cannot be
	// decoded that is reported.
	Where []batch.Predicate
	// Left are the columns, indexes into Config.Columns, that are wanted of rows that are left out: what their time is made of.
	Left []int
	// Deferred are columns, not among Columns, that are made of those rows only that are chosen by what Columns have (DeferringPiece). Only
	// where Source.Defers says yes to them, and without Where.
	Deferred []int
}

// Limit bounds one Fetch.
type Limit struct {
	// Rows is how many rows a piece may hold at most; 0: as many as the connector finds good.
	Rows int
	// Bytes is about how much input a piece may hold; 0: as much as the connector finds good. A row that is longer alone is
	// taken whole.
	Bytes int
}

// Reader reads one partition. Its methods are called from one goroutine at a time; Ack may come from another.
type Reader interface {
	// Fetch takes the next piece, or answers nil, nil if there is nothing now. It waits for no one but the local disk.
	//
	// io.EOF means that a bounded partition has ended, and is answered again. Any other error ends the reader: it is closed and
	// a new one opened at the last committed offset. A piece taken before stays good.
	Fetch(limit Limit) (Piece, error)

	// Wait returns when Fetch may have something (or an error) again, or with the error of ctx. It may return too early.
	Wait(ctx context.Context) error

	// Offset is where the next Fetch goes on; what was opened with, before the first one, nil made explicit.
	Offset() Offset

	// Ack says that all before the offset is durable here and will not be asked for again. It is told in order, may be told
	// twice, and may be left out: it is for sources that keep their input until then.
	Ack(ctx context.Context, o Offset) error

	// Close ends reading. Pieces that were fetched may be decoded and released afterwards. A second Close does nothing.
	Close() error
}

// Lagging is a Reader that knows how much is behind where it stands.
type Lagging interface {
	// Lag is how many rows or bytes Fetch would still give, about; -1 where that cannot be told now.
	Lag() int64
}

// Piece is a part of a partition that was taken and not decoded yet. The caller of Fetch owns it until Release. One goroutine uses
// it at a time, which need not be the reader's, and pieces of one reader may be used by several goroutines at the same time.
type Piece interface {
	// End is the offset after the piece, a copy.
	End() Offset

	// Size is how many rows the piece has, or 0 if that is not known before they are decoded, and how many bytes of input. These it holds in
	// memory, if it is no UnreadPiece.
	Size() (rows, bytes int)

	// Decode appends rows to b, a batch of Start.Columns, and those for which Start.Where is not true to left, a batch of Start.Left, which
	// may be nil if there is no Where. It does so until one of them has batch.Rows rows or the piece is at its end, and tells whether
	// there are more to come: then the caller, having used and reset the batch that is full, calls again. A row that cannot be
	// decoded is reported and in neither; the others go on. An error means that the piece itself is not usable.
	Decode(b, left *batch.Batch, report Report) (more bool, err error)

	// Release gives the piece's memory back to the connector. It may then be neither used nor released again.
	Release()
}

// UnreadPiece is a Piece that may not have been read yet.
type UnreadPiece interface {
	Piece

	// Unread tells that Decode reads the piece, some of it at a time: it does not hold as much memory as its Size says.
	Unread() bool
}

// DeferringPiece is a Piece of a reader with Start.Deferred. Each Decode then is given an empty batch.
type DeferringPiece interface {
	Piece

	// Complete appends to each of columns, those of Start.Deferred, the values of the rows that sel lists: ascending places in what the last
	// Decode gave. A column that is nil is not wanted of them. It may be called again, for other rows or the same.
	Complete(columns []*batch.Vec, sel []int32)
}

// RowError is a row that could not be decoded.
type RowError struct {
	Partition string
	// Offset is the row's own offset in the partition.
	Offset int64
	// Column is the name of the column at fault, or empty.
	Column string
	// Err has the SQLSTATE and the message that a user sees.
	Err *pgerr.Error
	// Sample is the row as it came, at most SampleBytes of it. It is borrowed for the call.
	Sample []byte
}

// SampleBytes is how much of a row that could not be decoded is kept: enough to recognise it, and little enough that a
// stream of nothing but mistakes stays cheap.
const SampleBytes = 1024

// Report takes the errors of rows. It is called by the goroutine that decodes.
type Report func(RowError)

// Sample cuts a row to SampleBytes.
func Sample(row []byte) []byte { return row[:min(len(row), SampleBytes)] }
