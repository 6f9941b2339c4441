package wiretest_test

import (
	"net/url"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/internal/wiretest"
)

// TestOracle runs the transcripts against a real PostgreSQL 15. With -rewrite it records them.
func TestOracle(t *testing.T) {
	server := pgoracle.Start(t)
	if err := server.CreateDatabase(t.Context(), "wire"); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(server.URL("wire"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"wire", "wire_rows"} {
		wiretest.Run(t, "../../testdata/"+folder, wiretest.Target{Address: address.Host, User: "postgres", Database: "wire"})
	}
}
