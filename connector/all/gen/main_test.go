package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPages holds the pages to be what the tables say.
func TestPages(t *testing.T) {
	docs := filepath.Join("..", folder)
	all := pages()
	for name, want := range all {
		got, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Errorf("%v: run go generate ./connector/all", err)
			continue
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is out of date, run go generate ./connector/all (-want +got):\n%s", name, diff)
		}
	}
	files, err := os.ReadDir(docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := all[f.Name()]; !ok {
			t.Errorf("%s is the page of no connector", f.Name())
		}
	}
}
