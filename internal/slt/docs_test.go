package slt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/slt"
)

var (
	sqlBlock     = regexp.MustCompile("(?s)```sql\n(.*?)```")
	statementEnd = regexp.MustCompile(`;[^\n;]*\n`) // a comment may stand behind it
)

// TestDocs runs the SQL of the pages for users, from top to bottom.
func TestDocs(t *testing.T) {
	dir := t.TempDir()
	for _, page := range []string{"../../README.md", "../../docs/sql/streams.md", "../../docs/sql/recursive.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var script strings.Builder
		for _, block := range sqlBlock.FindAllStringSubmatch(string(text), -1) {
			for _, statement := range statementEnd.Split(block[1], -1) {
				if statement = strings.TrimSpace(statement); statement != "" {
					fmt.Fprintf(&script, "statement ok\n%s\n\n", statement)
				}
			}
		}
		if script.Len() == 0 {
			t.Errorf("%s has no SQL", page)
		}
		name := strings.TrimSuffix(filepath.Base(page), ".md") + ".slt"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	slt.Run(t, filepath.Join(dir, "*.slt"), slt.Options{Open: func(t *testing.T, _ string) slt.Database {
		return slt.OpenFreshet(t, slt.FreshetOptions{Workers: 2})
	}})
}
