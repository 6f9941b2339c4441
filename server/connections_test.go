package server_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestMaxConnections: as many clients as the limit says are served at a time, one more is told why it is not, and a place that becomes free
// can be taken.
func TestMaxConnections(t *testing.T) {
	const most = 500
	c := config()
	c.MaxConnections = most
	s := start(t, c)
	clients := make([]*pgx.Conn, most)
	for i := range clients {
		clients[i] = connect(t, s)
	}
	for i, client := range clients {
		var limit string
		if err := client.QueryRow(t.Context(), "SHOW max_connections").Scan(&limit); err != nil || limit != "500" {
			t.Fatalf("client %d: max_connections is %q, %v", i, limit, err)
		}
	}
	address := fmt.Sprintf("postgres://freshet@%s/freshet?sslmode=disable", s.Address())
	var refused *pgconn.PgError
	if _, err := pgx.Connect(t.Context(), address); !errors.As(err, &refused) || refused.Code != "53300" || refused.Message != "sorry, too many clients already" {
		t.Errorf("one more than the limit: %v", err)
	}
	if err := clients[0].Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for { // the place is given back just after the socket is closed
		client, err := pgx.Connect(t.Context(), address)
		if err == nil {
			_ = client.Close(t.Context()) // the server ends it anyway
			return
		}
		if refused = nil; !errors.As(err, &refused) || refused.Code != "53300" {
			t.Fatalf("after one has gone: %v", err)
		}
	}
}
