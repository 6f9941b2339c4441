package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is set by a release build: -ldflags "-X main.version=v1.2.3". Left empty, the Go command's own record of the
// module version counts.
var version string

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit it was built from, and the Go toolchain",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				info = &debug.BuildInfo{}
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), versionText(version, info))
			return err
		},
	}
}

// versionText gives one line, for example
//
//	freshet v0.1.0 (commit 0123456789ab, modified) go1.26.8 linux/amd64
//
// where the commit is left out if the build did not see a repository.
func versionText(set string, info *debug.BuildInfo) string {
	name := set
	if name == "" {
		name = info.Main.Version
	}
	if name == "" {
		name = "(devel)" // what Go itself says where it knows no version
	}
	var commit, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			modified = s.Value
		}
	}
	var b strings.Builder
	b.WriteString("freshet " + name)
	if commit != "" {
		const shown = 12 // hexadecimal digits, as in Go's pseudo-versions
		b.WriteString(" (commit " + commit[:min(shown, len(commit))])
		if modified == "true" {
			b.WriteString(", modified")
		}
		b.WriteString(")")
	}
	fmt.Fprintf(&b, " %s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return b.String()
}
