// Command gen writes docs/sql/connectors, a page for each connector, from their tables of options. "go generate" runs it in the folder of
// package connector/all.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/all"
	"github.com/freshetdb/freshet/connector/format"
)

const folder = "../../docs/sql/connectors"

func main() {
	for name, text := range pages() {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

// pages are the texts of all pages, by the names of their files.
func pages() map[string]string {
	list := map[string]string{}
	for _, k := range all.Kinds() {
		list[k.Name+".md"] = page(k)
	}
	return list
}

func page(k *connector.Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nWritten by `go generate ./connector/all` from the connector's table of options; change that.\n\n%s\n", k.Name, k.Doc)
	if k.Source != nil {
		fmt.Fprintf(&b, "\n## As a source\n\n`CREATE SOURCE name (...) WITH (connector = '%s', ...)%s`\n", k.Name, encode(k.Encodes))
		options(&b, k.AllOptions())
	}
	if k.Sink != nil {
		fmt.Fprintf(&b, "\n## As a sink\n\n`CREATE SINK name FROM relation WITH (connector = '%s', ...)%s`\n", k.Name, encode(k.SinkEncodes))
		if len(k.SinkEncodes) > 0 {
			fmt.Fprintf(&b, "\nWithout ENCODE it writes %s.\n", k.SinkEncodes[0])
		}
		table := k.SinkOptions
		if k.Replay {
			table = append(table[:len(table):len(table)], connector.ReplayOptions...)
		}
		options(&b, table)
	}
	if len(k.Encodes) > 0 {
		b.WriteString("\n## Options of ENCODE\n\nThey stand in parentheses behind the name: `ENCODE CSV (header = true)`.\n")
		for _, name := range k.Encodes {
			if table := format.Options(name); len(table) > 0 {
				fmt.Fprintf(&b, "\n### %s\n", name)
				options(&b, table)
			}
		}
	}
	return b.String()
}

// encode is the clause of the formats, the default first.
func encode(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " [FORMAT PLAIN] ENCODE " + strings.Join(names, " | ")
}

func options(b *strings.Builder, table []connector.Option) {
	if len(table) == 0 {
		b.WriteString("\nIt has no options.\n")
		return
	}
	b.WriteString("\n| option | type | default | what |\n|---|---|---|---|\n")
	for i := range table {
		o := &table[i]
		names := "`" + o.Name + "`"
		for _, alias := range o.Aliases {
			names += ", also `" + alias + "`"
		}
		typ := o.Type.String()
		if len(o.Words) > 0 {
			typ = "`" + strings.Join(o.Words, "`, `") + "`"
		}
		value := ""
		switch {
		case o.Required:
			value = "must be given"
		case o.Default != "":
			value = "`" + o.Default + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", names, typ, value, strings.ReplaceAll(o.Doc, "|", `\|`))
	}
}
