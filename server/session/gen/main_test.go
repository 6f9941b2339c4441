package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPage holds the page to be what the table says.
func TestPage(t *testing.T) {
	got, err := os.ReadFile(filepath.Join("..", page))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(render(), string(got)); diff != "" {
		t.Errorf("the page is out of date, run go generate ./server/session (-want +got):\n%s", diff)
	}
}
