package parse_test

import (
	"os"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/parse"
)

// TestHelp checks that every command of psql 15's \h has an example that gives a tree, or 0A000 at its place, never a syntax
// error.
func TestHelp(t *testing.T) {
	commands, err := os.ReadFile("testdata/help_commands.txt")
	if err != nil {
		t.Fatal(err)
	}
	help, err := os.ReadFile("testdata/help.sql")
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]string{}
	for _, section := range strings.Split("\n"+string(help), "\n-- ")[1:] {
		command, text, _ := strings.Cut(section, "\n")
		examples[command] = text
	}
	trees, unsupported := 0, 0
	for command := range strings.Lines(string(commands)) {
		command = strings.TrimSpace(command)
		if command == "" || strings.HasPrefix(command, "#") {
			continue
		}
		statements := pgoracle.Split(examples[command])
		if len(statements) == 0 {
			t.Errorf("%s has no example", command)
		}
		for _, s := range statements {
			stmts, err := parse.Parse(s.SQL, parse.DefaultOptions())
			switch {
			case err == nil && len(stmts) == 1:
				trees++
				checkRoundTrip(t, stmts[0], parse.DefaultOptions())
			case pgerr.CodeOf(err) == pgerr.FeatureNotSupported && hasPosition(err):
				unsupported++
			default:
				t.Errorf("%s: %v\n%s", command, err, s.SQL)
			}
		}
	}
	t.Logf("%d examples give a tree, %d are refused as not supported", trees, unsupported)
}
