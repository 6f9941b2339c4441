// Command gen writes docs/sql/settings.md, the page of settings, from the table of package session. "go generate" runs it in the folder of
// that package.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/freshetdb/freshet/server/session"
)

const page = "../../docs/sql/settings.md"

func main() {
	if err := os.WriteFile(page, []byte(render()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

const intro = `# Settings

Written by ` + "`go generate ./server/session`" + ` from the table of settings of package server/session; change that. SET, SET LOCAL, RESET, SHOW,
pg_settings and set_config() know them. A setting that is not here is an error, 42704; names with a dot are anybody's own, and kept.

What PostgreSQL's planner and memory would do is set by scripts and drivers, too: those settings are kept and have no effect, which a NOTICE says.

`

func render() string {
	var b strings.Builder
	b.WriteString(intro)
	for _, effect := range []string{session.HasEffect, session.IsFixed, session.NoEffect} {
		fmt.Fprintf(&b, "## %s\n\n| setting | default | what |\n|---|---|---|\n", effect)
		for _, s := range session.Settings() {
			if s.Effect == effect {
				value := ""
				if s.Default != "" {
					value = "`" + s.Default + "`"
				}
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Name, value, strings.ReplaceAll(s.Doc, "|", `\|`))
			}
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
