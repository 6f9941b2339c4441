package bench

import (
	"strings"
	"testing"
	"time"
)

// TestSurvivorFindsWrong shows that a view that differs from the independent computation is found on the wire, too.
func TestSurvivorFindsWrong(t *testing.T) {
	t.Parallel()
	started := startServer(t)
	s, err := newSurvivor(SurviveOptions{Benchmark: "nexmark", Query: "q2", Events: 5000})
	if err != nil {
		t.Fatal(err)
	}
	client, err := dial(t.Context(), started.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := client.close(); err != nil {
			t.Error(err)
		}
	}()
	s.process = &process{client: client}
	if err := s.defineSources(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.defineView(); err != nil {
		t.Fatal(err)
	}
	if rows, err := s.waitFor(t.Context(), s.result.SourceRows, time.Millisecond); err != nil || rows != 4600 {
		t.Fatalf("%d rows of sources, %v", rows, err)
	}
	if err := s.verify(); err != nil || s.result.Rows == 0 {
		t.Fatalf("%d rows, %v", s.result.Rows, err)
	}
	s.want.string("a row")
	s.want.end()
	if err := s.verify(); err == nil || !strings.Contains(err.Error(), "and the independent computation") {
		t.Errorf("got %v", err)
	}
}
