// Package nexmark has the queries of the Nexmark benchmark, as Flink's nexmark project has them with its columns renamed. q5 is
// the top count of each window by rank and q7 the highest price of each window: what those queries ask, without the joins by which
// Flink says it.
package nexmark

import "embed"

// Files are the queries: q0.sql and so on, each a SELECT over the sources person, auction and bid.
//
//go:embed *.sql
var Files embed.FS
