package pgerr

// Code is a SQLSTATE (PostgreSQL 15, appendix A).
type Code string

const (
	// FeatureNotSupported occurs when a statement is well formed but Freshet does not do what it asks for.
	//
	// Example: CREATE ACCESS METHOD heptree TYPE INDEX HANDLER gisthandler
	FeatureNotSupported Code = "0A000"

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
