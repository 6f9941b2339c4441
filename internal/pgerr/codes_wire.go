package pgerr

// The codes of connections and of the wire protocol, which only a running server gives.
const (
	// SuccessfulCompletion is the code of a notice about something that is no problem.
	//
	// Example (server): DROP TABLE IF EXISTS nosuch
	SuccessfulCompletion Code = "00000"

	// Warning is the code of a warning that no other code says more of.
	//
	// Example (server): SELECT pg_advisory_unlock(1), without having that lock
	Warning Code = "01000"

	// InFailedSQLTransaction occurs when a statement other than ROLLBACK is run in a transaction block in which one has failed.
	//
	// Example (server): BEGIN; SELECT 1/0; SELECT 1
	InFailedSQLTransaction Code = "25P02"

	// InvalidSQLStatementName occurs when a prepared statement is asked for that does not exist.
	//
	// Example (server): EXECUTE nosuch
	InvalidSQLStatementName Code = "26000"

	// InvalidAuthorization occurs when a client may not connect as the user that it names, or names none.
	//
	// Example (server): a StartupMessage without a user
	InvalidAuthorization Code = "28000"

	// InvalidPassword occurs when the password is wrong, or the user does not exist: a client cannot tell which.
	//
	// Example (server): psql -U nosuch, where there is a password file
	InvalidPassword Code = "28P01"

	// InvalidCursorName occurs when a portal or cursor is asked for that does not exist.
	//
	// Example (server): an Execute message for a portal that no Bind has made
	InvalidCursorName Code = "34000"

	// InvalidCatalogName occurs when a client connects to a database that does not exist.
	//
	// Example (server): psql nosuch
	InvalidCatalogName Code = "3D000"

	// DuplicateCursor occurs when a portal or cursor is made under a name that is in use.
	//
	// Example (server): two Bind messages for the portal "p" in one transaction
	DuplicateCursor Code = "42P03"

	// DuplicatePreparedStatement occurs when a statement is prepared under a name that is in use.
	//
	// Example (server): PREPARE p AS SELECT 1; PREPARE p AS SELECT 2
	DuplicatePreparedStatement Code = "42P05"

	// TooManyConnections occurs when the server has as many connections as it may have.
	//
	// Example (server): the 101st psql
	TooManyConnections Code = "53300"

	// ObjectNotInPrerequisiteState occurs when something is asked of an object that its state does not allow.
	//
	// Example (server): a second Execute message for a portal that holds an INSERT
	ObjectNotInPrerequisiteState Code = "55000"

	// QueryCanceled occurs when the user cancels a statement, or a time limit does.
	//
	// Example (server): SELECT count(*) FROM big, and Ctrl-C in psql
	QueryCanceled Code = "57014"

	// AdminShutdown occurs when the server stops, or a connection is ended by an administrator.
	//
	// Example (server): SELECT pg_terminate_backend(pg_backend_pid())
	AdminShutdown Code = "57P01"

	// CannotConnectNow occurs when the server stops and takes no more connections.
	//
	// Example (server): psql, while freshet serve ends
	CannotConnectNow Code = "57P03"
)
