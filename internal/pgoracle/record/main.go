// Command record writes down what PostgreSQL 15 answers, for the tests that must run where it is not installed:
//
//	go run ./internal/pgoracle/record [-split FILE] [regress | carets | hand | precedence | help | catalog]...
//
// Without an argument it records everything. It writes below testdata/ and sql/parse/testdata/ of the module it is run
// in. Its output depends only on the committed inputs, so running it again changes nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/freshetdb/freshet/internal/pgoracle"
)

// recorder is what every recording needs.
type recorder struct {
	server *pgoracle.Server
	parser *pgoracle.RawParser
	root   string // of the module
	split  string // file for psql to cut into postgres_regress.jsonl; "": keep the statements it has
}

// recording is one of the things that can be recorded.
type recording struct {
	name string
	run  func(*recorder, context.Context) error
}

// recordings in the order in which they depend on each other.
var recordings = []recording{
	{"regress", (*recorder).regress},
	{"carets", (*recorder).carets},
	{"hand", (*recorder).hand},
	{"precedence", (*recorder).precedence},
	{"help", (*recorder).help},
	{"catalog", (*recorder).catalog},
}

func main() {
	split := flag.String("split", "", `cut this file of {"src","sql"} lines, files for psql, into postgres_regress.jsonl`)
	flag.Parse()
	if err := run(context.Background(), *split, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, split string, wanted []string) (err error) {
	for _, name := range wanted {
		if !slices.ContainsFunc(recordings, func(r recording) bool { return r.name == name }) {
			return fmt.Errorf("unknown recording %q", name)
		}
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	server, err := pgoracle.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	parser, err := server.RawParser(ctx)
	if err != nil {
		return err
	}
	defer parser.Close(ctx)
	r := &recorder{server: server, parser: parser, root: root, split: split}
	for _, recording := range recordings {
		if len(wanted) == 0 || slices.Contains(wanted, recording.name) {
			if err := recording.run(r, ctx); err != nil {
				return fmt.Errorf("recording %s: %w", recording.name, err)
			}
		}
	}
	return nil
}

// moduleRoot is the nearest folder above the current one that has a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("current folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the current folder")
		}
		dir = parent
	}
}

// corpus is the path of a file in testdata/corpus.
func (r *recorder) corpus(name string) string {
	return filepath.Join(r.root, "testdata", "corpus", name)
}

// parseData is the path of a file in the parser's test data.
func (r *recorder) parseData(name string) string {
	return filepath.Join(r.root, "sql", "parse", "testdata", name)
}
