package pgerr

// Code is a SQLSTATE (PostgreSQL 15, appendix A).
type Code string

const (
	// FeatureNotSupported occurs when a statement is well formed but Freshet does not do what it asks for.
	//
	// Example: CREATE ACCESS METHOD heptree TYPE INDEX HANDLER gisthandler
	FeatureNotSupported Code = "0A000"

	// NumericValueOutOfRange occurs when a number does not fit its type.
	//
	// Example (server): SELECT 2147483647 + 1
	NumericValueOutOfRange Code = "22003"

	// InvalidDatetimeFormat occurs when a text is no date, time or interval.
	//
	// Example (server): SELECT 'yesterday noon'::date
	InvalidDatetimeFormat Code = "22007"

	// DatetimeFieldOverflow occurs when a field of a date or time, or all of it, is out of range.
	//
	// Example (server): SELECT '2024-02-30'::date
	DatetimeFieldOverflow Code = "22008"

	// DivisionByZero occurs when a number is divided by zero.
	//
	// Example (server): SELECT 1 / 0
	DivisionByZero Code = "22012"

	// CharacterNotInRepertoire occurs when the statement is not valid UTF-8, or an escape makes it so.
	//
	// Example: SELECT E'\xff'
	CharacterNotInRepertoire Code = "22021"

	// InvalidParameterValue occurs when a setting or option has a value that it cannot take.
	//
	// Example: SET sql_dialect = 'mysql'
	InvalidParameterValue Code = "22023"

	// InvalidEscapeSequence occurs when an escape in a string constant is incomplete or not hexadecimal.
	//
	// Example: SELECT E'\u12'
	InvalidEscapeSequence Code = "22025"

	// InvalidTextRepresentation occurs when a text is no value of its type.
	//
	// Example (server): SELECT 'abc'::integer
	InvalidTextRepresentation Code = "22P02"

	// SyntaxError occurs when the text is not a statement of the language.
	//
	// Example: SELECT 1 FROM
	SyntaxError Code = "42601"

	// DuplicateObject occurs when something is named twice that may be there once.
	//
	// Example: CREATE TABLE p PARTITION OF t FOR VALUES WITH (MODULUS 2, MODULUS 2)
	DuplicateObject Code = "42710"

	// ReservedName occurs when an object is given a name that is kept for the system.
	//
	// Example: DROP ROLE none
	ReservedName Code = "42939"

	// WindowingError occurs when a window frame ends before it begins.
	//
	// Example: SELECT sum(1) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING)
	WindowingError Code = "42P20"

	// ProgramLimitExceeded occurs when a statement text is longer than Freshet accepts (64 MiB).
	//
	// Example: a text of more than 64 MiB
	ProgramLimitExceeded Code = "54000"

	// StatementTooComplex occurs when a statement nests deeper than Freshet accepts (1,000 levels).
	//
	// Example: SELECT ((((...)))) with more than 1,000 parentheses
	StatementTooComplex Code = "54001"

	// InternalError occurs when Freshet itself is wrong; the server logs it.
	InternalError Code = "XX000"
)
