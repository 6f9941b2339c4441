// Package pgwire speaks the server's side of PostgreSQL's frontend/backend protocol 3.0 (PostgreSQL 15, chapter 55): start-up and
// authentication, simple and extended query, COPY, cancel, and everything that may arrive at any time.
//
// It knows messages, types and batches, and no SQL. What a text means is decided above, by the [Handler] that a [Config] brings:
//
//	client ── Server ── conn (one goroutine) ── Handler.Open ── Session ── Query                       ──► Out
//	                                                               ├── Prepare, Statement ── Bind ── Portal.Run ──► Out
//	                                                               └── Sync (before each ReadyForQuery)
//
// Who holds what: the names of prepared statements are the Session's, because SQL's PREPARE, EXECUTE, DEALLOCATE and DISCARD share
// them. Portals are held here, because their life is bound to messages: a portal is closed by Close, by a portal of the same
// name, and by the end of the transaction that made it.
//
// A handler pushes its result, batch by batch, into an [Out], which encodes rows straight from the vectors into the
// connection's buffer. Nothing is kept: a client that reads slowly, and a portal that is suspended at its row limit, hold the
// handler inside [Out.Rows].
//
// A connection is one goroutine, which alone reads, writes and calls the session, or lets an event loop do so while its client asks small
// questions (eventloop.go). A portal that is run with a row limit is a coroutine. Others reach a connection only
// through [Peer] and the cancel key; they leave a note and wake it.
//
// What a client sends is hostile until proven otherwise. The announced length of a message is checked before anything is read,
// and memory grows only as bytes arrive; before authentication no message is longer than 10,000 bytes. Bytes that are not
// a well-formed message end that connection with 08P01 and touch nothing else.
package pgwire
