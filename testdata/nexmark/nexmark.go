// Package nexmark has the queries of the Nexmark benchmark in two spellings that mean the same: Freshet's own, and that of Flink's nexmark
// project. Both have the columns' names that the generator has; where Flink's text gives two columns of a result one name and the
// table that it writes to has others, it has those. Flink's q6 is not accepted by Flink; it is written here as it is meant. q14 counts letters by an expression where Flink has a function in Java.
package nexmark

import "embed"

// Files are the queries: q0.sql and so on, each a SELECT over the sources person, auction and bid. q13_setup.sql makes the table that
// q13 reads.
//
//go:embed *.sql
var Files embed.FS

// Short has short/q7.sql: what q7 asks for without the bids, which other engines' figures are often for.
//
//go:embed short/*.sql
var Short embed.FS

// Flink has flink/q0.sql and so on: Flink's text of the same queries.
//
//go:embed flink/*.sql
var Flink embed.FS

// Postgres has postgres/q5.sql and so on: what gives the same in PostgreSQL, of the queries that are not understood there or leave an order
// open.
//
//go:embed postgres/*.sql postgres/short/*.sql
var Postgres embed.FS
