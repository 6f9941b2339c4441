package storage

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/storage/state"
)

// TestPlainFiles: of a table whose rows do not become smaller most files are not compressed, of another all are.
func TestPlainFiles(t *testing.T) {
	s := mustOpen(t, Options{AppendBytes: 1})
	defer mustClose(t, s)
	rng := rand.New(rand.NewPCG(1, 2))
	for epoch := range uint64(5) {
		c := Changes{Now: int64(epoch)}
		for table := range TableID(2) {
			run := &state.Run{}
			value := make([]byte, 1000)
			for i := range 100 {
				for n := range value {
					value[n] = byte(rng.Uint32()) * byte(table)
				}
				run.Put(fmt.Appendf(nil, "%03d.%03d", epoch, i), value)
			}
			c.Tables = append(c.Tables, TableChanges{Table: table, Appends: true, Runs: []*state.Run{run}})
		}
		if err := s.Commit(epoch+1, c); err != nil {
			t.Fatal(err)
		}
	}
	if s.Metrics().Ingested != 4 { // the first makes the tables known
		t.Errorf("%d epochs went through files, want 4", s.Metrics().Ingested)
	}
	if s.incompressible[0] != 0 || s.incompressible[1] != 4 {
		t.Errorf("files that were not compressed: %v", s.incompressible)
	}
}
