package slt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/server"
	"github.com/freshetdb/freshet/storage"
)

// Freshet is a server in the process, over a file system that can crash.
type Freshet struct {
	t      *testing.T
	config server.Config
	server *server.Server
	disk   *storage.CrashFS
	// crashes counts them: it seeds what of a write that was not synced is found again.
	crashes uint64
	// wire tells to connect over TCP, not to a session in the process.
	wire bool
}

// FreshetOptions say how a Freshet is run.
type FreshetOptions struct {
	Workers int
	Wire    bool
}

// OpenFreshet starts an empty server, which Close ends.
func OpenFreshet(t *testing.T, o FreshetOptions) *Freshet {
	t.Helper()
	f := &Freshet{t: t, disk: storage.NewCrashFS(), wire: o.Wire}
	f.config = server.Config{
		Data: "data", Listen: "127.0.0.1:0", HTTP: server.None, Workers: o.Workers, Connectors: all.Kinds(),
		MemoryLimit: 1 << 30, Version: "test", Logger: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if !o.Wire {
		f.config.Listen = server.None
	}
	if err := f.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// testWriter writes the server's log into the test's.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", b)
	return len(b), nil
}

func (f *Freshet) start(ctx context.Context) (err error) {
	f.config.FS = f.disk
	f.server, err = server.Start(ctx, f.config)
	return err
}

// Name is freshet.
func (f *Freshet) Name() string { return "freshet" }

// Connect opens a session.
func (f *Freshet) Connect(ctx context.Context) (Conn, error) {
	if f.wire {
		return Dial(ctx, fmt.Sprintf("postgres://freshet@%s/freshet?sslmode=disable", f.server.Address()))
	}
	local, err := f.server.OpenLocal(ctx, "freshet", "freshet")
	if err != nil {
		return nil, err
	}
	return sessionConn{local}, nil
}

// Close ends the server.
func (f *Freshet) Close() {
	if err := f.server.Close(context.Background()); err != nil {
		f.t.Errorf("closing the server: %v", err)
	}
}

// Restart implements Stream.
func (f *Freshet) Restart(ctx context.Context, crash bool) error {
	if crash {
		f.crashes++
		disk := f.disk.Crash(int(f.crashes%3)*50, f.crashes)
		f.server.Abandon(ctx)
		f.disk = disk
		return f.start(ctx)
	}
	if err := f.server.Close(ctx); err != nil {
		return err
	}
	return f.start(ctx)
}

// Tick implements Stream: it waits until every reader of a file is at the file's end. What a published epoch has is in Stats.
func (f *Freshet) Tick(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		waits, err := f.behind()
		if err != nil || waits == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("a source does not arrive: %s", waits)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// Watermark implements Stream.
func (f *Freshet) Watermark(ctx context.Context, relation uint32, micros int64) error {
	_, err := f.server.Runtime().Change(ctx, dataflow.Change{
		Advance: []dataflow.AdvanceTime{{Relation: flow.RelationID(relation), Time: micros}},
	})
	return err
}

// behind names a reader of a file that has not reached its end, or a view that has not caught up.
func (f *Freshet) behind() (string, error) {
	stats := f.server.Runtime().Stats()
	for _, g := range stats.Graphs {
		if g.Err != nil {
			return "", fmt.Errorf("relation %d has failed: %w", g.ID, g.Err)
		}
	}
	for _, s := range stats.Sources {
		info, err := os.Stat(s.Partition)
		if errors.Is(err, fs.ErrNotExist) {
			continue // not a file
		}
		if err != nil {
			return "", err
		}
		if s.Ended {
			continue
		}
		var position int64
		if len(s.Offset) >= 12 { // connector/file: generation, then the position
			position = int64(binary.BigEndian.Uint64(s.Offset[4:]))
		}
		if position < info.Size() {
			return fmt.Sprintf("%s is at %d of %d", s.Partition, position, info.Size()), nil
		}
	}
	return "", nil
}
