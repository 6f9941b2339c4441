package bench

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/server"
)

// startServer starts a server that ends with the test.
func startServer(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.Start(t.Context(), server.Config{
		Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", HTTP: server.None, Connectors: all.Kinds(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}
