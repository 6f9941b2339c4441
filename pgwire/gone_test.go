//go:build unix

package pgwire_test

import (
	"context"
	"testing"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/types"
)

// TestClientGone holds that a command ends whose client has gone, with or without a word, though it writes nothing.
func TestClientGone(t *testing.T) {
	for name, leave := range map[string]func(c *client){
		"silent": func(*client) {},
		"polite": func(c *client) { c.send(&pgproto3.Terminate{}) },
	} {
		t.Run(name, func(t *testing.T) {
			handler := newFake()
			started, cancelled := make(chan struct{}), make(chan struct{})
			handler.statements["RUN"] = &script{run: func(ctx context.Context, _ *fakeSession, _ []types.Value, _ pgwire.Out) error {
				close(started)
				<-ctx.Done()
				close(cancelled)
				return ctx.Err()
			}}
			_, address := serve(t, pgwire.Config{Handler: handler})
			c := connect(t, address)
			c.send(query1("RUN"))
			<-started
			leave(c)
			if err := c.conn.Close(); err != nil {
				t.Fatal(err)
			}
			<-cancelled // else the test runs into its timeout
		})
	}
}
