package slt_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/internal/slt"
)

// postgres is a database of its own on a PostgreSQL server.
type postgres struct{ url string }

func (p *postgres) Name() string                                  { return "postgres" }
func (p *postgres) Connect(ctx context.Context) (slt.Conn, error) { return slt.Dial(ctx, p.url) }
func (p *postgres) Close()                                        {}

// TestOracle runs the files against PostgreSQL 15: what they expect is what it gives.
func TestOracle(t *testing.T) {
	t.Parallel()
	server := pgoracle.Start(t)
	var number atomic.Int32
	slt.Run(t, "../../testdata/slt/*.slt", slt.Options{Open: func(t *testing.T, _ string) slt.Database {
		name := fmt.Sprintf("slt%d", number.Add(1))
		if err := server.CreateDatabase(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		return &postgres{url: server.URL(name)}
	}})
}
