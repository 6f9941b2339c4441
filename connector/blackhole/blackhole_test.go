package blackhole_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/blackhole"
	"github.com/freshetdb/freshet/connector/connectortest"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *blackhole.Sink {
	t.Helper()
	s, err := blackhole.Kind.Sink(connector.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*blackhole.Sink)
}

func TestContract(t *testing.T) {
	connectortest.RunSink(t, func(t *testing.T) connector.Sink { return open(t) })
}

func TestCounts(t *testing.T) {
	s := open(t)
	b := batch.New(types.Of(types.OIDInt8))
	for i, diff := range []int64{1, 3, -2, 1} {
		b.AppendValues(diff, types.IntValue(int64(i)))
	}
	plain := batch.New(types.Of(types.OIDInt8))
	plain.AppendValues(1, types.IntValue(1))
	for _, x := range []*batch.Batch{b, plain} {
		if err := s.Write(t.Context(), 7, x); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flush(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if in, out, bytes := s.Counts(); in != 6 || out != 2 || bytes < 5*8 || s.Epoch() != 7 {
		t.Errorf("inserted %d, deleted %d, %d bytes, epoch %d", in, out, bytes, s.Epoch())
	}
	if n := testing.AllocsPerRun(100, func() { _ = s.Write(t.Context(), 8, b) }); n > 0 {
		t.Errorf("%v allocations for a batch", n)
	}
}

func TestOptions(t *testing.T) {
	if _, err := blackhole.Kind.ParseOptions([]connector.Setting{{Name: "connector", Value: "blackhole"}}); err != nil {
		t.Error(err)
	}
	if _, err := blackhole.Kind.ParseOptions([]connector.Setting{{Name: "path", Value: "x"}}); pgerr.CodeOf(err) != pgerr.InvalidParameterValue {
		t.Errorf("an option that it does not have: %v", err)
	}
}
