package server_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/freshetdb/freshet/server"
)

// TestSocket connects through the Unix-domain socket of a server with a port, and of one without.
func TestSocket(t *testing.T) {
	for name, listen := range map[string]string{"beside TCP": "127.0.0.1:0", "alone": server.None} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			t.Cleanup(func() {
				if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
					t.Errorf("the server has left %v, %v", left, err)
				}
			})
			o := config()
			o.Listen, o.SocketFolder = listen, folder
			s := start(t, o)
			port := 7432
			if listen != server.None {
				c := connect(t, s)
				port = int(c.Config().Port)
				ends := one(t, c, "SELECT concat(inet_server_addr(), ' ', inet_server_port(), ' ', inet_client_addr(), ' ', inet_client_port() = client_port) FROM pg_stat_activity WHERE pid = pg_backend_pid()")
				if want := fmt.Sprintf("127.0.0.1 %d 127.0.0.1 t", port); ends != want {
					t.Errorf("the connection is %q, want %q", ends, want)
				}
			}
			c, err := pgx.Connect(t.Context(), fmt.Sprintf("host=%s port=%d user=freshet database=freshet", folder, port))
			if err != nil {
				t.Fatal(err)
			}
			var clientPort int
			var address *string
			err = c.QueryRow(t.Context(), "SELECT client_port, client_addr::text FROM pg_stat_activity WHERE pid = pg_backend_pid()").Scan(&clientPort, &address)
			if err != nil || clientPort != -1 || address != nil {
				t.Errorf("the session's client has port %d, address %v, %v", clientPort, address, err)
			}
			if nulls := one(t, c, "SELECT num_nulls(inet_server_addr(), inet_server_port(), inet_client_addr(), inet_client_port())::text"); nulls != "4" {
				t.Errorf("%s ends of a connection by the socket are null", nulls)
			}
			if err := c.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
