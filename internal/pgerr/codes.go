package pgerr

// Code is a SQLSTATE (PostgreSQL 15, appendix A).
type Code string

const (
	// ProtocolViolation occurs when a message is not what the protocol says.
	//
	// Example (server): a binary parameter that ends too soon
	ProtocolViolation Code = "08P01"

	// FeatureNotSupported occurs when a statement is well formed but Freshet does not do what it asks for.
	//
	// Example: CREATE ACCESS METHOD heptree TYPE INDEX HANDLER gisthandler
	FeatureNotSupported Code = "0A000"

	// StringDataRightTruncation occurs when a string is too long for a declared length.
	//
	// Example (server): SELECT 'abcd'::varchar(3), with an INSERT into such a column
	StringDataRightTruncation Code = "22001"

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

	// InvalidTimeZoneDisplacement occurs when an offset from UTC is out of range.
	//
	// Example (server): SELECT '12:00+99'::timetz
	InvalidTimeZoneDisplacement Code = "22009"

	// DivisionByZero occurs when a number is divided by zero.
	//
	// Example (server): SELECT 1 / 0
	DivisionByZero Code = "22012"

	// InvalidPrecedingOrFollowingSize occurs when the frame of a window function begins or ends a negative distance away.
	//
	// Example (server): SELECT sum(a) OVER (ROWS -1 PRECEDING) FROM t
	InvalidPrecedingOrFollowingSize Code = "22013"

	// InvalidArgumentForNtile occurs when ntile() is to make less than one bucket.
	//
	// Example (server): SELECT ntile(0) OVER () FROM t
	InvalidArgumentForNtile Code = "22014"

	// IntervalFieldOverflow occurs when a field of an interval is out of range.
	//
	// Example (server): SELECT '9999999999 years'::interval
	IntervalFieldOverflow Code = "22015"

	// InvalidArgumentForNthValue occurs when nth_value() is asked for a row before the first.
	//
	// Example (server): SELECT nth_value(a, 0) OVER () FROM t
	InvalidArgumentForNthValue Code = "22016"

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

	// ArraySubscriptError occurs when the dimensions of an array do not fit.
	//
	// Example (server): SELECT '[2:1]={}'::int[]
	ArraySubscriptError Code = "2202E"

	// InvalidTextRepresentation occurs when a text is no value of its type.
	//
	// Example (server): SELECT 'abc'::integer
	InvalidTextRepresentation Code = "22P02"

	// InvalidBinaryRepresentation occurs when a binary value is not one of the type.
	//
	// Example (server): a parameter in binary format with the wrong length
	InvalidBinaryRepresentation Code = "22P03"

	// BadCopyFileFormat occurs when a line of CSV, or of COPY's text format, does not have the columns it should have.
	//
	// Example (server): COPY t FROM STDIN, with a line that has too few columns
	BadCopyFileFormat Code = "22P04"

	// UntranslatableCharacter occurs when a character cannot be held by the type.
	//
	// Example (server): SELECT '"\u0000"'::jsonb
	UntranslatableCharacter Code = "22P05"

	// ReadOnlySQLTransaction occurs when something is to be written where only reading is allowed.
	//
	// Example (server): BEGIN READ ONLY, then INSERT INTO t VALUES (1)
	ReadOnlySQLTransaction Code = "25006"

	// SyntaxError occurs when the text is not a statement of the language.
	//
	// Example: SELECT 1 FROM
	SyntaxError Code = "42601"

	// NameTooLong occurs when a name in binary form has more than 63 bytes, and with a notice where one in a statement has and is cut.
	//
	// Example (server): a binary parameter of type name with 64 bytes
	NameTooLong Code = "42622"

	// UndefinedColumn occurs when a column is named that is not there.
	//
	// Example (server): CREATE SOURCE b (nosuch int) WITH (connector = 'nexmark', table = 'bid')
	UndefinedColumn Code = "42703"

	// DuplicateObject occurs when something is named twice that may be there once.
	//
	// Example: CREATE TABLE p PARTITION OF t FOR VALUES WITH (MODULUS 2, MODULUS 2)
	DuplicateObject Code = "42710"

	// DatatypeMismatch occurs when something has a type that it cannot have there.
	//
	// Example (server): CREATE SOURCE b (price text) WITH (connector = 'nexmark', table = 'bid')
	DatatypeMismatch Code = "42804"

	// CannotCoerce occurs when there is no cast between two types.
	//
	// Example (server): SELECT true::date
	CannotCoerce Code = "42846"

	// ReservedName occurs when an object is given a name that is kept for the system.
	//
	// Example: DROP ROLE none
	ReservedName Code = "42939"

	// WindowingError occurs when a window frame ends before it begins.
	//
	// Example: SELECT sum(1) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING)
	WindowingError Code = "42P20"

	// DiskFull occurs when the file system of the data folder has no space left.
	//
	// Example (server): INSERT, with a data folder on a full disk
	DiskFull Code = "53100"

	// ProgramLimitExceeded occurs when a statement text is longer than Freshet accepts (64 MiB).
	//
	// Example: a text of more than 64 MiB
	ProgramLimitExceeded Code = "54000"

	// StatementTooComplex occurs when a statement nests deeper than Freshet accepts (1,000 levels).
	//
	// Example: SELECT ((((...)))) with more than 1,000 parentheses
	StatementTooComplex Code = "54001"

	// TooManyColumns occurs when a relation has more than 1,600 columns, or a list of SELECT or a row more than 1,664 entries.
	//
	// Example (server): CREATE TABLE t (...) with 1,601 columns
	TooManyColumns Code = "54011"

	// TooManyArguments occurs when a function is called with more than 100 arguments.
	//
	// Example (server): SELECT concat(1, 2, ...) with 101 arguments
	TooManyArguments Code = "54023"

	// ObjectInUse occurs when the data folder is open in another process, or something else is in its place.
	//
	// Example (server): freshet serve, with a data folder that a running server has open
	ObjectInUse Code = "55006"

	// IOError occurs when a file cannot be read or written.
	//
	// Example (server): CREATE SOURCE s (a int) WITH (connector = 'file', path = '/root/secret') ENCODE JSON
	IOError Code = "58030"

	// UndefinedFile occurs when a file is not there.
	//
	// Example (server): CREATE SOURCE s (a int) WITH (connector = 'file', path = '/nosuch') ENCODE JSON
	UndefinedFile Code = "58P01"

	// InternalError occurs when Freshet itself is wrong; the server logs it.
	InternalError Code = "XX000"
)
