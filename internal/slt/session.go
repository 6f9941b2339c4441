package slt

import (
	"context"

	"github.com/freshetdb/freshet/server"
)

// sessionConn is a session inside of the process: what the wire would carry goes straight to the session.
type sessionConn struct{ *server.Local }

func (c sessionConn) Exec(ctx context.Context, sql string) (*Result, error) {
	r, err := c.Local.Exec(ctx, sql)
	if err != nil {
		return nil, err
	}
	return (*Result)(r), nil
}
