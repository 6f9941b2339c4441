package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
)

// moodySink fails the first flush, and answers the second when it is told to.
type moodySink struct {
	flushes int
	better  chan struct{}
}

func (*moodySink) Open(context.Context) (uint64, error)              { return 0, nil }
func (*moodySink) Write(context.Context, uint64, *batch.Batch) error { return nil }
func (*moodySink) Close() error                                      { return nil }

func (s *moodySink) Flush(ctx context.Context, _ uint64) error {
	if s.flushes++; s.flushes == 1 {
		return errors.New("not in the mood")
	}
	select {
	case <-s.better:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestSinkRetries holds that a sink which is given its changes again says why, as long as it has not taken them.
func TestSinkRetries(t *testing.T) {
	sink := &moodySink{better: make(chan struct{})}
	conf := config()
	conf.Connectors = append(conf.Connectors, &connector.Kind{
		Name: "moody", Doc: "Fails once.", Replay: true, Sink: func(connector.Config) (connector.Sink, error) { return sink, nil },
	})
	s := start(t, conf)
	c := connect(t, s)
	exec(t, c, "CREATE TABLE t (a int)", "CREATE SINK k FROM t WITH (connector = 'moody')")
	const jobs = "SELECT coalesce(string_agg(concat_ws(' ', relation, kind, state, error), ';'), 'none') FROM sys.jobs"
	const sinks = "SELECT concat_ws(' ', state, error) FROM sys.sinks"
	waitFor := func(sql, want string) {
		t.Helper()
		got := one(t, c, sql)
		for until := time.Now().Add(patience); got != want && time.Now().Before(until); got = one(t, c, sql) {
			time.Sleep(time.Millisecond)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", sql, got, want)
		}
	}
	waitFor(jobs, "none")
	exec(t, c, "INSERT INTO t VALUES (1)")
	waitFor(jobs, "k delivery retrying not in the mood")
	waitFor(sinks, "retrying not in the mood")
	close(sink.better)
	waitFor(jobs, "none")
	waitFor(sinks, "running")
}
