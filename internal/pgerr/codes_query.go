package pgerr

// Codes about the names and types in queries.
const (
	// CardinalityViolation occurs when a subquery gives more rows than it may.
	//
	// Example (server): SELECT (VALUES (1), (2))
	CardinalityViolation Code = "21000"

	// GeneratedAlways occurs when a value is given to a column that computes its own.
	//
	// Example (server): CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) STORED); INSERT INTO t VALUES (1, 2)
	GeneratedAlways Code = "428C9"

	// DuplicateColumn occurs when a column is named twice.
	//
	// Example (server): CREATE TABLE t (a int); INSERT INTO t (a, a) VALUES (1, 2)
	DuplicateColumn Code = "42701"

	// AmbiguousColumn occurs when a column name could mean several.
	//
	// Example (server): CREATE TABLE t (a int); SELECT a FROM t, t AS u
	AmbiguousColumn Code = "42702"

	// DuplicateAlias occurs when two items of FROM, or two queries of WITH, have the same name.
	//
	// Example (server): CREATE TABLE t (a int); SELECT 1 FROM t, t
	DuplicateAlias Code = "42712"

	// AmbiguousFunction occurs when several functions or operators fit equally well.
	//
	// Example (server): SELECT '1' % '2'
	AmbiguousFunction Code = "42725"

	// GroupingError occurs when a column is used beside groups, or an aggregate where there are none.
	//
	// Example (server): CREATE TABLE t (a int, b int); SELECT a, sum(b) FROM t
	GroupingError Code = "42803"

	// UndefinedFunction occurs when there is no function or operator of the name for the types.
	//
	// Example (server): SELECT 1 + true
	UndefinedFunction Code = "42883"

	// UndefinedParameter occurs when there is no such parameter.
	//
	// Example (server): SELECT $1, in a simple query
	UndefinedParameter Code = "42P02"

	// AmbiguousParameter occurs when the uses of a parameter give it different types.
	//
	// Example (server): SELECT $1::int, $1::text, without a type for $1
	AmbiguousParameter Code = "42P08"

	// AmbiguousAlias occurs when a table name could mean several items of FROM.
	//
	// Example (server): CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE TABLE t (a int); SELECT t.a FROM t, s.t
	AmbiguousAlias Code = "42P09"

	// InvalidColumnReference occurs when a column is used where it cannot be.
	//
	// Example (server): SELECT 1 ORDER BY 2
	InvalidColumnReference Code = "42P10"

	// IndeterminateDatatype occurs when nothing says which type something has.
	//
	// Example (server): SELECT $1 IS NULL
	IndeterminateDatatype Code = "42P18"

	// InvalidRecursion occurs when a query of WITH uses itself in a way that it may not.
	//
	// Example (server): WITH RECURSIVE t AS (SELECT 1 EXCEPT SELECT * FROM t) SELECT * FROM t
	InvalidRecursion Code = "42P19"

	// CollationMismatch occurs when two different collations are asked for.
	//
	// Example (server): SELECT 'a' COLLATE "C" < 'b' COLLATE "POSIX"
	CollationMismatch Code = "42P21"
)
