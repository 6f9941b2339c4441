package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/server"
)

// serveOptions are the flags of "freshet serve" as they were written.
type serveOptions struct {
	config      server.Config
	memoryLimit string
	logLevel    string
}

func newServeCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Serve SQL to PostgreSQL's clients",
		Long: `Serve opens a data folder, or makes it, and serves it to every client that speaks PostgreSQL's protocol. Each flag
but --drop-broken can be given by the environment too: --data by FRESHET_DATA, --memory-limit by FRESHET_MEMORY_LIMIT.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			config, err := o.resolve(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return server.Run(cmd.Context(), config, cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.config.Data, "data", server.DefaultData, "data folder; :memory: keeps nothing")
	f.StringVar(&o.config.Listen, "listen", server.DefaultListen, "address for clients; port 0 is a free one")
	f.StringVar(&o.config.SocketFolder, "socket-dir", "", "folder of the Unix-domain socket for clients, such as /tmp; its name has the port of --listen; empty: none")
	f.StringVar(&o.config.HTTP, "http", server.DefaultHTTP, "address of /healthz, /metrics and /debug/pprof; empty or none: nowhere")
	f.IntVar(&o.config.MaxConnections, "max-connections", server.DefaultMaxConnections, "how many clients may be connected at a time")
	f.BoolVar(&o.config.DropBroken, "drop-broken", false,
		"drop views, indexes and sinks whose definitions this version refuses, and what depends on them; else they keep it from starting")
	f.IntVar(&o.config.Workers, "workers", 0, "how many workers run dataflows; 0 is one for each core")
	f.IntVar(&o.config.TickRows, "tick-rows", 0, "how many rows of sources are worked on at a time; 0 is as many as take a twentieth to a tenth of a second")
	f.StringVar(&o.memoryLimit, "memory-limit", "", "memory to take at most, such as 2GiB; empty is half of the machine's")
	f.StringVar(&o.config.PasswordFile, "password-file", "", "file of lines user:verifier (SCRAM-SHA-256), which freshet password makes; empty trusts all clients of this machine")
	f.StringVar(&o.logLevel, "log-level", "info", "least level of what is logged: debug, info, warn or error")
	return cmd
}

// fromEnvironment gives flags that were not written the values that the environment has for them.
func fromEnvironment(cmd *cobra.Command) error {
	for _, name := range []string{"data", "listen", "socket-dir", "http", "max-connections", "workers", "tick-rows", "memory-limit", "password-file", "log-level"} {
		variable := "FRESHET_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		value, ok := os.LookupEnv(variable)
		if !ok || cmd.Flags().Changed(name) {
			continue
		}
		if err := cmd.Flags().Set(name, value); err != nil {
			return fmt.Errorf("environment variable %s: %w", variable, err)
		}
	}
	return nil
}

func (o *serveOptions) resolve(log io.Writer) (server.Config, error) {
	config := o.config
	if config.HTTP == "" { // it was written so: the default is an address
		config.HTTP = server.None
	}
	if o.memoryLimit != "" {
		n, err := parseBytes(o.memoryLimit)
		if err != nil {
			return config, err
		}
		config.MemoryLimit = n
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return config, fmt.Errorf("log level %q does not exist: it is debug, info, warn or error", o.logLevel)
	}
	config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level}))
	config.Connectors = all.Kinds()
	config.Version = shortVersion()
	return config, nil
}

// shortVersion is the version alone.
func shortVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// byteUnits are those of --memory-limit, the longest names first.
var byteUnits = []struct {
	name  string
	bytes float64
}{
	{"kib", 1 << 10},
	{"mib", 1 << 20},
	{"gib", 1 << 30},
	{"tib", 1 << 40},
	{"kb", 1e3},
	{"mb", 1e6},
	{"gb", 1e9},
	{"tb", 1e12},
	{"k", 1 << 10},
	{"m", 1 << 20},
	{"g", 1 << 30},
	{"t", 1 << 40},
	{"b", 1},
}

func parseBytes(text string) (int64, error) {
	number, unit := strings.ToLower(strings.TrimSpace(text)), 1.0
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n <= 0 || n*unit >= 1<<62 {
		return 0, fmt.Errorf("memory limit %q is no number of bytes, such as 2GiB", text)
	}
	return int64(n * unit), nil
}
