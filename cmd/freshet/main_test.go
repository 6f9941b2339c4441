package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// freshet runs the program with stdin and returns what it wrote and its exit status.
func freshet(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs strings.Builder
	status = run(args, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), status
}

func TestVersion(t *testing.T) {
	stdout, stderr, status := freshet(t, "", "version")
	if status != 0 || stderr != "" || !strings.HasPrefix(stdout, "freshet ") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("got status %d, %q, %q; want one line", status, stdout, stderr)
	}
}

func TestVersionText(t *testing.T) {
	info := &debug.BuildInfo{
		Main: debug.Module{Version: "v0.3.0"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"},
			{Key: "vcs.modified", Value: "true"},
		},
	}
	for _, c := range []struct {
		name, set string
		info      *debug.BuildInfo
		want      string
	}{
		{"from the build", "", info, "freshet v0.3.0 (commit 0123456789ab, modified) go"},
		{"set by a release", "v1.0.0", info, "freshet v1.0.0 (commit 0123456789ab, modified) go"},
		{"nothing known", "", &debug.BuildInfo{}, "freshet (devel) go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := versionText(c.set, c.info); !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, want it to begin with %q", got, c.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	stdout, stderr, status := freshet(t, "select 1 ; ; select 2", "parse", "-")
	if status != 0 || stdout != "SELECT 1;\nSELECT 2;\n" {
		t.Errorf("got status %d, %q, %q", status, stdout, stderr)
	}
}

func TestParseTree(t *testing.T) {
	plain, _, _ := freshet(t, "select 1", "parse", "-")
	stdout, stderr, status := freshet(t, "select 1", "parse", "--tree", "-")
	if status != 0 || !strings.HasPrefix(stdout, plain) || len(stdout) == len(plain) {
		t.Errorf("got status %d, %q, %q; want the statement and then its tree", status, stdout, stderr)
	}
}

func TestParseDialect(t *testing.T) {
	const text = "SELECT `a` FROM t"
	if _, stderr, status := freshet(t, text, "parse", "-"); status != 1 || !strings.HasPrefix(stderr, "ERROR:  ") {
		t.Errorf("back-quotes in the PostgreSQL dialect: status %d, %q", status, stderr)
	}
	if stdout, stderr, status := freshet(t, text, "parse", "--dialect", "flink", "-"); status != 0 {
		t.Errorf("back-quotes in the Flink dialect: status %d, %q, %q", status, stdout, stderr)
	}
	if _, stderr, status := freshet(t, text, "parse", "--dialect", "mysql", "-"); status != 1 || !strings.Contains(stderr, `"mysql"`) {
		t.Errorf("a dialect that does not exist: status %d, %q", status, stderr)
	}
}

func TestParseError(t *testing.T) {
	stdout, stderr, status := freshet(t, "SELECT 1;\nSELECT 1 +;\n", "parse", "-")
	want := "ERROR:  syntax error at or near \";\"\n" +
		"LINE 2: SELECT 1 +;\n" +
		"                  ^\n"
	if status != 1 || stdout != "" || stderr != want {
		t.Errorf("got status %d, %q, %q; want 1, nothing, %q", status, stdout, stderr, want)
	}
}

// TestParseSeveralFiles shows that a mistake in one file does not hide the others.
func TestParseSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	bad, good := filepath.Join(dir, "bad.sql"), filepath.Join(dir, "good.sql")
	for name, text := range map[string]string{bad: "SELECT FROM FROM", good: "SELECT 1"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stdout, stderr, status := freshet(t, "", "parse", bad, good)
	if status != 1 || stdout != "SELECT 1;\n" || !strings.HasPrefix(stderr, bad+": ERROR:  ") {
		t.Errorf("got status %d, %q, %q", status, stdout, stderr)
	}
	_, stderr, status = freshet(t, "", "parse", filepath.Join(dir, "missing.sql"))
	if status != 1 || !strings.Contains(stderr, "missing.sql") {
		t.Errorf("a file that does not exist: status %d, %q", status, stderr)
	}
}

// TestDemo keeps the sample of "make demo" in step with the parser.
func TestDemo(t *testing.T) {
	stdout, stderr, status := freshet(t, "", "parse", "../../testdata/demo/auction.sql")
	if status != 0 || stderr != "" || !strings.Contains(stdout, "CREATE MATERIALIZED VIEW") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestUsageErrors(t *testing.T) {
	for _, args := range [][]string{{"nosuch"}, {"parse"}, {"version", "x"}, {"parse", "--nosuch", "-"}} {
		if _, stderr, status := freshet(t, "", args...); status != 1 || !strings.HasPrefix(stderr, "freshet: ") {
			t.Errorf("%q: status %d, %q", args, status, stderr)
		}
	}
}
