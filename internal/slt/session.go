package slt

import (
	"context"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// sessionConn is a session inside of the process: what the wire would carry goes straight to the session.
type sessionConn struct {
	session pgwire.Session
	status  pgwire.Status
}

func openSession(ctx context.Context, h pgwire.Handler) (Conn, error) {
	s, err := h.Open(ctx, pgwire.Startup{User: "freshet", Database: "freshet", ProcessID: 1}, nobody{})
	if err != nil {
		return nil, err
	}
	return &sessionConn{session: s, status: pgwire.Idle}, nil
}

// nobody is the peer of a session that has no client.
type nobody struct{}

func (nobody) SetParameter(string, string)        {}
func (nobody) Notify(uint32, string, string) bool { return true }
func (nobody) Terminate(*pgerr.Error)             {}

func (c *sessionConn) Exec(ctx context.Context, sql string) (*Result, error) {
	out := &collector{}
	if s, ok := c.session.(pgwire.Settled); ok {
		out.settled = s
	}
	err := c.session.Query(ctx, sql, out)
	var syncErr error
	if c.status, syncErr = c.session.Sync(ctx, err != nil); syncErr != nil {
		c.status, _ = c.session.Sync(ctx, true) // the first error is what the client sees
		if err == nil {
			err = syncErr
		}
	}
	if err != nil {
		return nil, err
	}
	return &out.result, nil
}

func (c *sessionConn) Idle() bool { return c.status == pgwire.Idle }

func (c *sessionConn) Close() { c.session.Close() }

// collector is the Out that keeps the result as text.
type collector struct {
	settled pgwire.Settled
	result  Result
	columns []pgwire.Column
}

func (o *collector) Columns(columns []pgwire.Column) error {
	o.columns = append(o.columns[:0], columns...)
	for _, c := range columns {
		o.result.Columns = append(o.result.Columns, c.Name)
	}
	return nil
}

func (o *collector) Rows(b *batch.Batch) error {
	settings := types.DefaultSettings
	if o.settled != nil {
		settings = o.settled.Settings()
	}
	for i := range b.Len() {
		row := make([]Value, len(b.Cols))
		for c := range b.Cols {
			if !b.Cols[c].IsNull(i) {
				s := types.Text(o.columns[c].Type, b.Cols[c].Value(i), settings)
				row[c] = &s
			}
		}
		for range b.DiffAt(i) {
			o.result.Rows = append(o.result.Rows, row)
		}
	}
	return nil
}

func (o *collector) Complete(tag string) error {
	o.result.Tag = tag
	return nil
}

func (o *collector) Notice(_ pgwire.Severity, n *pgerr.Error) error {
	text := n.Message
	if n.Hint != "" {
		text += " HINT: " + n.Hint
	}
	o.result.Notices = append(o.result.Notices, text)
	return nil
}
