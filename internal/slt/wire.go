package slt

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// wireConn is a session over the wire, by the simple protocol.
type wireConn struct {
	conn    *pgconn.PgConn
	notices []string
}

// Dial opens a session over the wire, of any server that speaks PostgreSQL's protocol.
func Dial(ctx context.Context, url string) (Conn, error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	c := &wireConn{}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		text := n.Message
		if n.Hint != "" {
			text += " HINT: " + n.Hint
		}
		c.notices = append(c.notices, text)
	}
	if c.conn, err = pgconn.ConnectConfig(ctx, config); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *wireConn) Exec(ctx context.Context, sql string) (*Result, error) {
	c.notices = nil
	results, err := c.conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, asError(err)
	}
	out := &Result{Notices: slices.Clone(c.notices)}
	for _, r := range results {
		if r.Err != nil {
			return nil, asError(r.Err)
		}
		out.Tag = r.CommandTag.String()
		for _, f := range r.FieldDescriptions {
			out.Columns = append(out.Columns, f.Name)
		}
		for _, row := range r.Rows {
			out.Rows = append(out.Rows, values(row))
		}
	}
	return out, nil
}

func (c *wireConn) Idle() bool { return c.conn.TxStatus() == 'I' }

func (c *wireConn) Close() { _ = c.conn.Close(context.Background()) }

func values(row [][]byte) []Value {
	out := make([]Value, len(row))
	for i, b := range row {
		if b != nil {
			s := string(b)
			out[i] = &s
		}
	}
	return out
}

// asError makes a *pgerr.Error of what the server said.
func asError(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	return &pgerr.Error{Code: pgerr.Code(e.Code), Message: e.Message, Detail: e.Detail, Hint: e.Hint, Position: int(e.Position), Where: e.Where}
}
