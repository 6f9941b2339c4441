package pgwire

import (
	"context"
	"net"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Handler makes the sessions. It is called from many goroutines at once.
type Handler interface {
	// Open makes the session of a connection that has been authenticated. It is called once for a connection, before the
	// client is told that it is in. An error (3D000 for a database that does not exist, a setting in start.Parameters that
	// is refused) is sent as FATAL and ends the connection. peer stays valid until Session.Close has returned; ctx ends
	// with the connection, or when the server gives up waiting for it.
	Open(ctx context.Context, start Startup, peer Peer) (Session, error)
}

// Startup is what a client said when it connected.
type Startup struct {
	// User has been authenticated, or is just a name where the server trusts everybody. Database is the user's name if the
	// client named none.
	User, Database string
	// Parameters are the settings that the client asks for, by name as the client wrote it: those of "options"
	// (-c name=value, --name=value), then those of the start-up message itself. The session applies or refuses each.
	Parameters map[string]string
	// RemoteAddr is the client's address, LocalAddr the one of the server that it has connected to.
	RemoteAddr, LocalAddr net.Addr
	// ProcessID is the number that pg_backend_pid() gives, unique among the server's connections.
	ProcessID uint32
}

// Session is what one client does: its settings, its transaction, its prepared statements.
//
// All methods are called one after the other, never two at a time, mostly by the connection's goroutine; a Portal's Run may be suspended
// inside Out.Rows while others are called. ctx is cancelled, with the *pgerr.Error to give as its cause, when the client or the server
// cancels what is running; it is not cancelled when a call returns, so nothing may be left behind that waits for it.
//
// An error that a method returns reaches the client with severity ERROR: a *pgerr.Error in its chain with its fields, the
// cause of ctx if the error is context.Canceled, anything else as XX000 with its text in the log. After an error
// the connection skips to the next Sync message (simple protocol: to the end of the text) and calls Sync with failed.
type Session interface {
	// Query runs a text of the simple protocol, which may hold several statements: for each it calls out.Columns, if it has
	// rows, out.Rows any number of times, and out.Complete. A text without a statement calls nothing. The first error
	// ends the text. Query also forgets the unnamed prepared statement, as PostgreSQL does.
	Query(ctx context.Context, text string, out Out) error

	// Prepare parses and plans a text with at most one statement and keeps it under a name until it is closed. The name
	// "" is kept too, and replaced by the next; any other that is in use is an error (42P05). params are the types that the client
	// gave for $1, $2, ...; 0 and missing ones are to be inferred. params is borrowed.
	Prepare(ctx context.Context, name, text string, params []types.OID) error

	// Statement finds a prepared statement by name, also one that SQL's PREPARE made. The error if there is none is
	// [NoStatement].
	Statement(ctx context.Context, name string) (Statement, error)

	// Sync is called before each ReadyForQuery: at the end of a Query and at each Sync message. It ends the transaction that
	// the statements since the last Sync have shared, if no BEGIN made it a block: it commits, or rolls back if failed. If failed and
	// inside a block, the block is aborted. It returns the status after that. If it returns an error (40001 at commit), that is sent
	// and Sync called once more with failed. A cancel of what ran before does not reach it.
	Sync(ctx context.Context, failed bool) (Status, error)

	// Close ends the session and rolls back what is open. It is called once, after all portals have been closed. What
	// was acknowledged stays; the client may have gone without a word.
	Close()
}

// Settled is the power of a Session to say how values look as text. It is asked before each Bind and at each Out.Columns. What it
// returns does not change any more: other settings are another value. Without it they look as [types.DefaultSettings] says.
type Settled interface {
	Settings() *types.Settings
}

// Cursors is the power of a Session to have cursors that SQL's DECLARE made. In PostgreSQL they are portals too, which clients
// describe, run and close by message.
type Cursors interface {
	// Cursor gives the columns of a cursor, which stay the session's; ok is false if there is none of the name.
	Cursor(name string) (columns []Column, ok bool)
	// RunCursor gives the next rows of a cursor that there is, at most limit if that is not 0. It completes the result unless it has given so many:
	// then it is suspended.
	RunCursor(ctx context.Context, name string, limit int, out Out) (suspended bool, err error)
	// CloseCursor closes a cursor, if there is one of the name.
	CloseCursor(name string)
}

// Status is the transaction status that ReadyForQuery carries.
type Status byte

// The transaction statuses.
const (
	Idle          Status = 'I' // in no transaction
	InTransaction Status = 'T' // in a transaction block
	Failed        Status = 'E' // in a transaction block that can only be rolled back
)

// Statement is a prepared statement of a session.
type Statement interface {
	// Describe gives the types of the parameters, all of them, and the columns of the result: nil if the statement
	// gives no rows. It is called for Describe messages and before each Bind. Both slices stay the session's.
	Describe(ctx context.Context) (params []types.Type, columns []Column, err error)
	// Bind makes a portal: the statement with its parameters, ready to run. args has a value of its type for each
	// parameter; it and its bytes belong to the portal and stay valid until Portal.Close has returned. A parameter of type 0 or
	// unknown has the bytes that the client sent.
	Bind(ctx context.Context, args []types.Value) (Portal, error)
	// Close forgets the statement and its name. Portals made of it live on.
	Close()
}

// Portal is a statement that is ready to run.
type Portal interface {
	// Run runs the statement, once: the calls to out are those of Session.Query for one statement. Columns that differ in
	// type or number from what Describe gave before Bind are [ErrResultChanged], which
	// the session finds before it calls out. A statement that changes data has done so before it gives its first row.
	//
	// out.Rows returns when the rows are on their way. With a row limit that may be long after; if the portal is closed
	// meanwhile, Rows returns [ErrPortalClosed], which Run passes on.
	Run(ctx context.Context, out Out) error
	// Close frees what the portal holds. It is called once, and never while Run runs.
	Close()
}

// Losable is the power of a Portal to be closed by what other statements do.
type Losable interface {
	// Lost tells that the portal was made behind a savepoint that the transaction has gone back to.
	Lost() bool
	// Outlives tells that a block which has failed can go back to a savepoint: then the portal can be run on behind it, unless it is lost.
	Outlives() bool
}

// Column is a column of a result.
type Column struct {
	Name string
	Type types.Type
	// Table and Number say which column of which relation this is (pg_class.oid, pg_attribute.attnum), both 0 for an expression.
	Table  types.OID
	Number int16
}

// Out takes the result of statements. It is called from the goroutine that the session was called from, and only until that call
// returns. An error from it means that the client is gone or the portal closed: the caller stops and returns it.
//
// The one that this package hands out is also a [Copier] and a [Flusher].
type Out interface {
	// Columns begins a result with rows. columns is borrowed.
	Columns(columns []Column) error
	// Rows sends rows: each as often as its Diff says, which is positive. The types are those of Columns. b is borrowed.
	Rows(b *batch.Batch) error
	// Complete ends a statement with its command tag, such as "SELECT 3" or "CREATE TABLE".
	Complete(tag string) error
	// Notice sends something worth knowing that is not an error, at any point. Whether the client wants to hear of
	// it (client_min_messages) has been decided.
	Notice(severity Severity, notice *pgerr.Error) error
}

// Copier is the power of an Out to exchange COPY data. An Out that lacks it cannot run COPY ... FROM STDIN and TO STDOUT.
type Copier interface {
	// CopyIn tells the client to send, and returns what it sends. Out.Complete ends it; data that has not been read then is dropped.
	CopyIn(format CopyFormat) (CopyReader, error)
	// CopyOut tells the client that data follows. Each call of the function it returns sends one CopyData message with a copy of
	// data: a row in the text formats. Out.Complete ends it.
	CopyOut(format CopyFormat) (send func(data []byte) error, err error)
}

// Flusher is the power of an Out to send at once what it has been given, for results that go on and on (a subscription). Without it
// rows wait until there are enough of them or the text ends.
type Flusher interface {
	Flush() error
}

// CopyReader gives the data of COPY ... FROM STDIN.
type CopyReader interface {
	// Next returns the bytes of the next CopyData message, borrowed until the next call; they end anywhere, also
	// inside a row. In the text formats psql sends the line \. too, which ends the data. The end is io.EOF. An error that is not io.EOF (57014 if the client gave up, the cause of ctx if the
	// statement was cancelled) ends the statement: nothing of it may stay.
	Next() ([]byte, error)
}

// CopyFormat is how the data of a COPY looks.
type CopyFormat struct {
	// Binary is the format of all columns: PostgreSQL's binary COPY format, else text or CSV.
	Binary bool
	// Columns is the number of columns.
	Columns int
}

// Severity is how much a notice matters.
type Severity string

// The severities of notices.
const (
	SeverityWarning Severity = "WARNING"
	SeverityNotice  Severity = "NOTICE"
	SeverityInfo    Severity = "INFO"
	SeverityLog     Severity = "LOG"
	SeverityDebug   Severity = "DEBUG"
)

// Peer is a session's way to its client outside the results of statements. Its methods may be called from any goroutine, return at
// once, and do nothing after the connection has ended.
type Peer interface {
	// SetParameter says that a setting which the client follows (GUC_REPORT in PostgreSQL) has a value. What differs from what the client
	// was told last is sent with the next ReadyForQuery. Settings that were not set when Handler.Open returns are reported
	// as [DefaultParameters] says.
	SetParameter(name, value string)
	// Notify delivers a notification (LISTEN, NOTIFY) when the client is next outside a transaction, at once if it is idle. It returns
	// false if the client has not taken the last [MaxNotifications] yet, and then this one is dropped.
	Notify(processID uint32, channel, payload string) bool
	// Terminate ends the connection with this as FATAL error. A running statement is cancelled with it as cause.
	Terminate(reason *pgerr.Error)
}
