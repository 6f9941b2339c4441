package pgerr

// Codes of constraints.
const (
	// NotNullViolation occurs when a column that must have a value is given none.
	//
	// Example (server): CREATE TABLE t (a int NOT NULL); INSERT INTO t VALUES (NULL)
	NotNullViolation Code = "23502"

	// UniqueViolation occurs when a row has a key that another row has.
	//
	// Example (server): CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (1)
	UniqueViolation Code = "23505"

	// CheckViolation occurs when a row does not fulfil a CHECK.
	//
	// Example (server): CREATE TABLE t (a int CHECK (a > 0)); INSERT INTO t VALUES (0)
	CheckViolation Code = "23514"
)
