package connectortest

import (
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// RunSink tests a sink of one bigint column.
func RunSink(t *testing.T, open func(t *testing.T) connector.Sink) {
	t.Helper()
	b := batch.New(types.Of(types.OIDInt8))
	for i := range int64(10) {
		b.AppendValues(1-2*(i%2), types.IntValue(i))
	}
	t.Run("epochs", func(t *testing.T) {
		s := open(t)
		last, err := s.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Epoch 5 is written again after it was written in part, and again after it was flushed; 6 has no changes.
		for _, epoch := range []uint64{last + 5, last + 5, last + 5, last + 6, last + 9} {
			if epoch != last+6 {
				if err := s.Write(t.Context(), epoch, b); err != nil {
					t.Fatalf("write of epoch %d: %v", epoch, err)
				}
			}
			if err := s.Flush(t.Context(), epoch); err != nil {
				t.Fatalf("flush of epoch %d: %v", epoch, err)
			}
		}
		closeIt(t, s)
		closeIt(t, s)
	})
	t.Run("borrowed batch", func(t *testing.T) {
		s := open(t)
		if _, err := s.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		copied := batch.New(types.Of(types.OIDInt8))
		copied.AppendValues(1, types.IntValue(1))
		if err := s.Write(t.Context(), 1, copied); err != nil {
			t.Fatal(err)
		}
		copied.Scribble() // who kept it now sees garbage
		if err := s.Flush(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		closeIt(t, s)
	})
}
