// Package ysb has the query of the Yahoo streaming benchmark, and what it needs beside the stream of events.
package ysb

import "embed"

// Files are setup.sql, which makes the table of ads, and ysb.sql, a SELECT over the source events and that table.
//
//go:embed *.sql
var Files embed.FS
