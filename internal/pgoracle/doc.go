// Package pgoracle asks a real PostgreSQL 15 what is right: it is the oracle of the tests of the SQL front end.
//
// [Start] (in a test) or [Open] runs a throw-away server on loopback. Three questions can be put to it:
//
//   - [RawParser]: would PostgreSQL's grammar accept this text, and if not, with which message, SQLSTATE and position?
//   - [RawTree]: which tree does PostgreSQL's grammar make of this expression or query?
//   - [Compare]: do two spellings of a list of statements give the same rows and the same SQLSTATE?
//
// [Split] cuts files written for psql into statements; it is on purpose not built on Freshet's own lexer, so that a
// mistake there cannot hide from the tests.
//
// Tests that need only PostgreSQL's answers, not a live server, read the files that `go run ./internal/pgoracle/record`
// wrote: they work where PostgreSQL is not installed.
package pgoracle
