// Package server is a Freshet that serves: it opens the store, reads the catalog's log again, starts the runtime, and listens for
// clients and for those who watch.
//
//	Config ──► Start ──► Server: store, dataflow.Runtime, session.Engine, pgwire.Server, HTTP
//
// Run does the same for the life of a process, until a signal ends it. Tests and benchmarks use Start, and the parts that a
// Server shows.
package server

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/storage"
)

// Memory is the data folder that is none: everything is gone when the server ends.
const Memory = ":memory:"

// The defaults of Config.
const (
	DefaultData   = "./freshet-data"
	DefaultListen = "127.0.0.1:7432"
	DefaultHTTP   = "127.0.0.1:7480"
	// DefaultMaxConnections is PostgreSQL's.
	DefaultMaxConnections = pgwire.DefaultMaxConnections
)

// maxConnectionsMost is the most that PostgreSQL takes for max_connections.
const maxConnectionsMost = 262143

// memoryLimitLeast is the least MemoryLimit: with less the collector would do nothing but collect.
const memoryLimitLeast = 32 << 20

// defaultPort is that of DefaultListen.
const defaultPort = 7432

// Config is what a server is made of.
type Config struct {
	// Data is the data folder, or Memory; empty: DefaultData.
	Data string
	// FS is the file system of the data folder; nil is the machine's. With one that crashes tests pull the plug.
	FS storage.FS
	// Listen is where clients connect, and HTTP where /healthz, /metrics and /debug/pprof are; port 0 is a free one. Empty: the
	// defaults; None: not at all.
	Listen, HTTP string
	// SocketFolder is where the Unix-domain socket for clients is, .s.PGSQL. and the port of Listen, or the default's if that is None;
	// empty: there is none.
	SocketFolder string
	// MaxConnections is how many clients may be connected at a time; 0: DefaultMaxConnections.
	MaxConnections int
	// DropBroken drops definitions that are refused at the start though they were taken once, as far as what they define can be made again.
	DropBroken bool
	// Workers is how many run the dataflows; 0: one for each core.
	Workers int
	// TickRows is how many rows a tick takes of sources; 0: as many as let it last a twentieth of a second, or a tenth where sources are behind.
	TickRows int
	// MemoryLimit is how many bytes the process should take at most; 0: half of what the machine has.
	MemoryLimit int64
	// PasswordFile has the users that may connect; empty: everybody may, from this machine.
	PasswordFile string
	// Connectors are those that sources and sinks may have.
	Connectors []*connector.Kind
	// Version is what version() and the metrics say.
	Version string
	// Logger takes what an administrator should know; nil: slog.Default().
	Logger *slog.Logger
	// Manual leaves ticking to the owner, who calls Runtime().Step: for tests.
	Manual bool
	// Clock gives microseconds since 1970-01-01 UTC; nil: the machine's. It is for tests.
	Clock func() int64
}

// None is the address of what is not to listen.
const None = "none"

func (c Config) withDefaults() (Config, error) {
	if c.Data == "" {
		c.Data = DefaultData
	}
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.HTTP == "" {
		c.HTTP = DefaultHTTP
	}
	if c.MaxConnections < 0 || c.MaxConnections > maxConnectionsMost {
		return c, fmt.Errorf("%d connections cannot be: it is a number from 1 to %d", c.MaxConnections, maxConnectionsMost)
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = DefaultMaxConnections
	}
	if c.Workers < 0 {
		return c, fmt.Errorf("%d workers cannot be", c.Workers)
	}
	if c.TickRows < 0 {
		return c, fmt.Errorf("ticks of %d rows cannot be", c.TickRows)
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.MemoryLimit < 0 || c.MemoryLimit > 0 && c.MemoryLimit < memoryLimitLeast {
		return c, fmt.Errorf("a memory limit of %d bytes cannot be: the least is %d MiB", c.MemoryLimit, memoryLimitLeast>>20)
	}
	if c.MemoryLimit == 0 {
		c.MemoryLimit = machineMemory() / 2
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Version == "" {
		c.Version = "(devel)"
	}
	return c, nil
}

// storeMemory splits the memory limit: an eighth for the store's cache of blocks, at most 1 GiB.
func (c *Config) storeMemory() int64 {
	const most = 1 << 30
	return max(min(c.MemoryLimit/8, most), 8<<20)
}

// limitHeap tells the garbage collector how much of the limit is the heap's, and how soon it is to collect, until restore is called.
func (c *Config) limitHeap() (restore func()) {
	old := debug.SetMemoryLimit(c.heapLimit(0))
	restorePace := paceGC()
	return func() {
		restorePace()
		debug.SetMemoryLimit(old)
	}
}

// heapLimit is what the limit leaves to the heap when so much memory is mapped for state, which lies outside of it: never less than an
// eighth, below which the collector would do nothing but collect.
func (c *Config) heapLimit(mapped int64) int64 { return max(c.MemoryLimit-mapped, c.MemoryLimit/8) }
