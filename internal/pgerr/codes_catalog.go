package pgerr

// Codes about what is in the catalog.
const (
	// DependentObjectsStillExist occurs when something is dropped that others depend on.
	//
	// Example (server): CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t
	DependentObjectsStillExist Code = "2BP01"

	// InvalidSchemaName occurs when a schema does not exist.
	//
	// Example (server): CREATE TABLE nosuch.t (a int)
	InvalidSchemaName Code = "3F000"

	// InsufficientPrivilege occurs when something is forbidden to the user, and changes of the system's relations to everyone.
	//
	// Example (server): DROP TABLE pg_class
	InsufficientPrivilege Code = "42501"

	// InvalidName occurs when a text that should name an object is no name.
	//
	// Example (server): SELECT 'a..b'::regclass
	InvalidName Code = "42602"

	// UndefinedObject occurs when an object that is no relation does not exist.
	//
	// Example (server): DROP INDEX nosuch
	UndefinedObject Code = "42704"

	// WrongObjectType occurs when an object is of another kind than the statement is for.
	//
	// Example (server): CREATE TABLE t (a int); DROP VIEW t
	WrongObjectType Code = "42809"

	// UndefinedTable occurs when a relation does not exist.
	//
	// Example (server): SELECT * FROM nosuch
	UndefinedTable Code = "42P01"

	// DuplicateDatabase occurs when a database of the name is there already.
	//
	// Example (server): CREATE DATABASE d; CREATE DATABASE d
	DuplicateDatabase Code = "42P04"

	// DuplicateSchema occurs when a schema of the name is there already.
	//
	// Example (server): CREATE SCHEMA s; CREATE SCHEMA s
	DuplicateSchema Code = "42P06"

	// DuplicateTable occurs when a relation of the name is there already.
	//
	// Example (server): CREATE TABLE t (a int); CREATE VIEW t AS SELECT 1
	DuplicateTable Code = "42P07"
)
