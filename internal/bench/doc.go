// Package bench is "freshet bench": it runs the queries of the Nexmark and Yahoo benchmarks through the real thing, a server with a
// source, a dataflow, epochs on disk and a view that can be asked, and checks what the view holds against an independent computation
// over the same events.
package bench
