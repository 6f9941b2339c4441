package pgerr

// Codes about transactions, settings and the statements around them.
const (
	// ActiveSQLTransaction occurs when a statement cannot run inside a transaction block, and with a warning where one has begun
	// already.
	//
	// Example (server): BEGIN; CREATE DATABASE d
	ActiveSQLTransaction Code = "25001"

	// NoActiveSQLTransaction occurs when a statement needs a transaction block and there is none, often as a warning.
	//
	// Example (server): SAVEPOINT s, outside a transaction
	NoActiveSQLTransaction Code = "25P01"

	// IdleInTransactionSessionTimeout occurs when a client did nothing in a transaction for longer than the setting
	// idle_in_transaction_session_timeout allows.
	//
	// Example (server): SET idle_in_transaction_session_timeout = '1s'; BEGIN, and nothing more
	IdleInTransactionSessionTimeout Code = "25P03"

	// IdleSessionTimeout occurs when a client did nothing for longer than the setting idle_session_timeout allows.
	//
	// Example (server): SET idle_session_timeout = '1s', and nothing more
	IdleSessionTimeout Code = "57P05"

	// InvalidSavepointSpecification occurs when a savepoint is named that does not exist.
	//
	// Example (server): BEGIN; ROLLBACK TO nosuch
	InvalidSavepointSpecification Code = "3B001"

	// SerializationFailure occurs when a transaction has read what another one has changed since. Run it again.
	//
	// Example (server): two transactions that both read a row and then change it
	SerializationFailure Code = "40001"

	// DeadlockDetected occurs when an advisory lock is waited for by sessions that wait for each other.
	//
	// Example (server): two sessions that call pg_advisory_lock(1) and pg_advisory_lock(2), in the other order
	DeadlockDetected Code = "40P01"

	// CantChangeRuntimeParam occurs when a setting is set that can only be shown.
	//
	// Example (server): SET block_size = 1
	CantChangeRuntimeParam Code = "55P02"

	// InvalidTableDefinition occurs when a definition of a table contradicts itself.
	//
	// Example (server): CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY)
	InvalidTableDefinition Code = "42P16"

	// InvalidObjectDefinition occurs when a definition refers to itself, or to what it may not use.
	//
	// Example (server): CREATE TABLE t (a int GENERATED ALWAYS AS (b) STORED, b int GENERATED ALWAYS AS (1) STORED)
	InvalidObjectDefinition Code = "42P17"

	// SequenceGeneratorLimitExceeded occurs when a sequence has given its last value.
	//
	// Example (server): CREATE SEQUENCE s MAXVALUE 1; SELECT nextval('s'), nextval('s')
	SequenceGeneratorLimitExceeded Code = "2200H"
)
