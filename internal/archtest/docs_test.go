package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	docLink = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`) // not of other sites
	docPath = regexp.MustCompile("`((?:cmd|docs|internal|sql|testdata/corpus|testdata/demo|\\.ci)/[\\w./*-]+)`")
)

// TestDocs checks that what the pages for users and contributors point to exists: links, and paths in back-quotes. The
// design in docs/architecture.md and the decision records also name what is to come, so only their links are checked.
func TestDocs(t *testing.T) {
	const root = "../.."
	checked := 0
	exists := func(page, path string) {
		checked++
		if found, err := filepath.Glob(path); err != nil || len(found) == 0 {
			t.Errorf("%s points to %s, which does not exist", page, path)
		}
	}
	pages, err := filepath.Glob(root + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"/docs/*.md", "/docs/*/*.md"} {
		more, err := filepath.Glob(root + pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, more...)
	}
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range docLink.FindAllStringSubmatch(string(content), -1) {
			exists(page, filepath.Join(filepath.Dir(page), m[1]))
		}
		if strings.HasSuffix(page, "/docs/architecture.md") || strings.Contains(page, "/docs/adr/") {
			continue
		}
		for _, m := range docPath.FindAllStringSubmatch(string(content), -1) {
			exists(page, filepath.Join(root, m[1]))
		}
	}
	if checked < 30 {
		t.Errorf("only %d links and paths found", checked)
	}
}
