package pgoracle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// major is the version whose behaviour Freshet promises; another version's answers would be recorded as differences.
const major = "15"

// ErrAbsent is returned by Open where no PostgreSQL 15 is installed.
var ErrAbsent = errors.New("no PostgreSQL " + major + " (initdb and postgres) found")

// findBinaries returns the folder with PostgreSQL 15's initdb and postgres. Debian keeps them out of PATH, so its
// folder is tried first; then pg_config, then whatever PATH finds (links are followed, so that the server finds its
// share files).
func findBinaries(ctx context.Context) (string, error) {
	candidates := []string{"/usr/lib/postgresql/" + major + "/bin"}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(out)))
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(resolved))
		}
	}
	for _, dir := range candidates {
		if isMajor(ctx, dir) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%w in %s", ErrAbsent, strings.Join(candidates, ", "))
}

// isMajor reports whether dir holds initdb and a postgres of the wanted major version.
func isMajor(ctx context.Context, dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return false
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return false
	}
	fields := strings.Fields(string(out)) // postgres (PostgreSQL) 15.18 (Debian ...)
	return len(fields) >= 3 && (fields[2] == major || strings.HasPrefix(fields[2], major+"."))
}
