package server

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Local is a session inside of the process, by the rules of the simple protocol: for the demo, benchmarks and tests. One goroutine uses it.
type Local struct {
	session pgwire.Session
	status  pgwire.Status
}

// Result is what a text gave, as text.
type Result struct {
	Columns []string
	// Rows has nil for null.
	Rows [][]*string
	// Tag is the last command tag.
	Tag string
	// Notices are the messages of notices, with their hints.
	Notices []string
}

// OpenLocal opens a session.
func (s *Server) OpenLocal(ctx context.Context, user, database string) (*Local, error) {
	session, err := s.Handler().Open(ctx, pgwire.Startup{User: user, Database: database}, nobody{})
	if err != nil {
		return nil, err
	}
	return &Local{session: session, status: pgwire.Idle}, nil
}

// nobody is the peer of a session that has no client.
type nobody struct{}

func (nobody) SetParameter(string, string)        {}
func (nobody) Notify(uint32, string, string) bool { return true }
func (nobody) Terminate(*pgerr.Error)             {}

// Exec runs a text of any number of statements.
func (l *Local) Exec(ctx context.Context, sql string) (*Result, error) {
	out := &collector{settings: types.DefaultSettings, session: l.session}
	err := l.session.Query(ctx, sql, out)
	status, syncErr := l.session.Sync(ctx, err != nil)
	if syncErr != nil {
		err = errors.Join(err, syncErr)
		if status, syncErr = l.session.Sync(ctx, true); syncErr != nil {
			return nil, errors.Join(err, syncErr)
		}
	}
	l.status = status
	if err != nil {
		return nil, err
	}
	return &out.result, nil
}

// Read runs one query and hands its rows on as they come, in batches that are borrowed: for results larger than memory. Each row
// counts as often as its Diff says.
func (l *Local) Read(ctx context.Context, sql string, rows func(columns []types.Type, b *batch.Batch) error) error {
	out := &forwarder{collector: collector{settings: types.DefaultSettings, session: l.session}, rows: rows}
	err := l.session.Query(ctx, sql, out)
	status, syncErr := l.session.Sync(ctx, err != nil)
	l.status = status
	return errors.Join(err, syncErr)
}

// Idle tells that the session is in no transaction.
func (l *Local) Idle() bool { return l.status == pgwire.Idle }

// Close ends the session.
func (l *Local) Close() { l.session.Close() }

// collector is the Out that keeps a result as text.
type collector struct {
	session  pgwire.Session
	settings *types.Settings
	columns  []types.Type
	result   Result
}

func (o *collector) Columns(columns []pgwire.Column) error {
	if s, ok := o.session.(pgwire.Settled); ok {
		o.settings = s.Settings()
	}
	o.columns = o.columns[:0]
	for _, c := range columns {
		o.columns = append(o.columns, c.Type)
		o.result.Columns = append(o.result.Columns, c.Name)
	}
	return nil
}

func (o *collector) Rows(b *batch.Batch) error {
	for i := range b.Len() {
		row := make([]*string, len(b.Cols))
		for c := range b.Cols {
			if !b.Cols[c].IsNull(i) {
				s := types.Text(o.columns[c], b.Cols[c].Value(i), o.settings)
				row[c] = &s
			}
		}
		for range b.DiffAt(i) {
			o.result.Rows = append(o.result.Rows, row)
		}
	}
	return nil
}

// forwarder is the Out that keeps no rows.
type forwarder struct {
	collector
	rows func(columns []types.Type, b *batch.Batch) error
}

func (o *forwarder) Rows(b *batch.Batch) error { return o.rows(o.columns, b) }

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
