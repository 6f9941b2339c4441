package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/freshetdb/freshet"

// file is one Go file as the checker sees it.
type file struct {
	name    string // path below the module's root, with slashes
	imports []string
}

func (f file) pkg() string  { return path.Dir(f.name) }
func (f file) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// scan reads the imports of every Go file below root. It parses the files itself instead of asking "go list": so files
// of all build tags count, and go test knows what was read, and does not answer from its cache after a change.
func scan(root string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (base == "testdata" || base[0] == '.' || base[0] == '_') {
				return filepath.SkipDir // what the go command ignores
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f := file{name: filepath.ToSlash(rel)}
		for _, spec := range tree.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
			}
			f.imports = append(f.imports, imported)
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

// policy is the parsed tables.
type policy struct {
	code, tests map[string][]string // package -> packages of this module that its code, and its tests, may import
	modules     map[string][]string // third-party path prefix -> packages
	forbidden   map[string][]string // package -> standard library prefixes
	base        []string
	testOnly    []string
}

func newPolicy(packages, modules, forbidden string, base, testOnly []string) (*policy, error) {
	p := &policy{code: map[string][]string{}, tests: map[string][]string{}, base: base, testOnly: testOnly}
	lines, err := table(packages)
	if err != nil {
		return nil, err
	}
	for pkg, words := range lines {
		code, tests := words, []string(nil)
		if i := slices.Index(words, "|"); i >= 0 {
			code, tests = words[:i], words[i+1:]
		}
		p.code[pkg], p.tests[pkg] = code, tests
	}
	if p.modules, err = table(modules); err != nil {
		return nil, err
	}
	if p.forbidden, err = table(forbidden); err != nil {
		return nil, err
	}
	return p, p.consistent()
}

// table reads lines of "name: word word". Empty lines and lines that start with # are for the reader.
func table(text string) (map[string][]string, error) {
	lines := map[string][]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("table line without a colon: %q", line)
		}
		if _, twice := lines[name]; twice {
			return nil, fmt.Errorf("%s has two lines", name)
		}
		lines[name] = strings.Fields(rest)
	}
	return lines, nil
}

// consistent reports names without a line and imports in a circle. Go refuses a circle only between packages that
// exist; the table orders the ones to come too.
func (p *policy) consistent() error {
	known := func(where string, names []string) error {
		for _, name := range names {
			if _, ok := p.code[name]; !ok && name != "tests" {
				return fmt.Errorf("%s: %s has no line", where, name)
			}
		}
		return nil
	}
	for _, pkg := range slices.Sorted(maps.Keys(p.code)) {
		if err := known(pkg, slices.Concat(p.code[pkg], p.tests[pkg])); err != nil {
			return err
		}
	}
	for prefix, pkgs := range p.modules {
		if err := known(prefix, pkgs); err != nil {
			return err
		}
	}
	if err := known("forbidden", slices.Collect(maps.Keys(p.forbidden))); err != nil {
		return err
	}
	if err := known("base and testOnly", slices.Concat(p.base, p.testOnly)); err != nil {
		return err
	}
	return p.acyclic()
}

func (p *policy) acyclic() error {
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(pkg string) error
	visit = func(pkg string) error {
		switch state[pkg] {
		case open:
			return fmt.Errorf("%s may import itself through others", pkg)
		case done:
			return nil
		}
		state[pkg] = open
		for _, next := range p.code[pkg] {
			if err := visit(next); err != nil {
				return err
			}
		}
		state[pkg] = done
		return nil
	}
	for _, pkg := range slices.Sorted(maps.Keys(p.code)) {
		if err := visit(pkg); err != nil {
			return err
		}
	}
	return nil
}

// check returns one line per problem, in the order of the files.
func (p *policy) check(files []file) []string {
	var problems []string
	unknown := map[string]bool{}
	for _, f := range files {
		if _, ok := p.code[f.pkg()]; !ok {
			if !unknown[f.pkg()] {
				unknown[f.pkg()] = true
				problems = append(problems, fmt.Sprintf("package %s has no line in internal/archtest/arch_test.go", f.pkg()))
			}
			continue
		}
		for _, imported := range f.imports {
			if reason := p.refuse(f, imported); reason != "" {
				problems = append(problems, fmt.Sprintf("%s imports %s: %s", f.name, imported, reason))
			}
		}
	}
	return problems
}

// refuse says why f may not import the path, or "".
func (p *policy) refuse(f file, imported string) string {
	if own, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
		return p.refuseOwn(f, own)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		if !f.isTest() && hasPrefix(imported, p.forbidden[f.pkg()]) {
			return fmt.Sprintf("%s does without it (table forbiddenText)", f.pkg())
		}
		return ""
	}
	return p.refuseModule(f, imported)
}

func (p *policy) refuseOwn(f file, own string) string {
	pkg := f.pkg()
	if slices.Contains(p.code[pkg], own) {
		return ""
	}
	isBase := slices.Contains(p.base, own)
	if isBase && !slices.Contains(p.base, pkg) {
		return ""
	}
	if f.isTest() {
		if own == pkg || isBase || slices.Contains(p.tests[pkg], own) || slices.Contains(p.testOnly, own) {
			return ""
		}
		return fmt.Sprintf("not in the line of %s, nor in its tests' part", pkg)
	}
	if slices.Contains(p.testOnly, own) {
		return "it is for tests only"
	}
	return fmt.Sprintf("not in the line of %s", pkg)
}

func (p *policy) refuseModule(f file, imported string) string {
	for prefix, pkgs := range p.modules {
		if !hasPrefix(imported, []string{prefix}) {
			continue
		}
		forTests := f.isTest() || slices.Contains(p.testOnly, f.pkg())
		if slices.Contains(pkgs, f.pkg()) || forTests && slices.Contains(pkgs, "tests") {
			return ""
		}
		return fmt.Sprintf("only for %s", strings.Join(pkgs, ", "))
	}
	return "a dependency without a line in internal/archtest/arch_test.go"
}

// hasPrefix reports whether the import path is one of the prefixes or lies below one.
func hasPrefix(imported string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return imported == prefix || strings.HasPrefix(imported, prefix+"/")
	})
}

// TestChecker shows that the checker refuses what it is there to refuse, on a module of a few made-up files.
func TestChecker(t *testing.T) {
	const own = modulePath + "/"
	p, err := newPolicy(`
		base:
		low:            | high
		middle:         low
		high:           middle
		lib:            low
	`, `
		example.com/grammar:   middle
		example.com/compare:   tests
	`, `
		low: net
	`, []string{"base"}, []string{"lib"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file file
		want string // part of the one problem, or "" for none
	}{
		{"downwards", file{"middle/a.go", []string{own + "low", own + "base", "net/http"}}, ""},
		{"upwards", file{"low/a.go", []string{own + "middle"}}, "low/a.go imports " + own + "middle: not in the line of low"},
		{"skipping a level", file{"high/a.go", []string{own + "low"}}, "not in the line of high"},
		{"base is below everyone", file{"base/a.go", []string{own + "low"}}, "not in the line of base"},
		{"package without a line", file{"high/new/a.go", nil}, "package high/new has no line"},
		{"a test may do more", file{"low/a_test.go", []string{own + "high", own + "lib", own + "low", "net"}}, ""},
		{"but not everything", file{"low/a_test.go", []string{own + "middle"}}, "nor in its tests' part"},
		{"code on a test library", file{"high/a.go", []string{own + "lib"}}, "it is for tests only"},
		{"the module it may use", file{"middle/a.go", []string{"example.com/grammar/ast"}}, ""},
		{"another's module", file{"high/a.go", []string{"example.com/grammar/ast"}}, "only for middle"},
		{"another's module in a test", file{"high/a_test.go", []string{"example.com/grammar"}}, "only for middle"},
		{"a module for tests", file{"high/a_test.go", []string{"example.com/compare"}}, ""},
		{"a module for tests in a test library", file{"lib/a.go", []string{"example.com/compare"}}, ""},
		{"a module for tests in code", file{"high/a.go", []string{"example.com/compare"}}, "only for tests"},
		{"a module with a longer name", file{"middle/a.go", []string{"example.com/grammar2"}}, "a dependency without a line"},
		{"forbidden standard library", file{"low/a.go", []string{"net/http"}}, "low does without it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems := p.check([]file{c.file})
			switch {
			case c.want == "" && len(problems) > 0:
				t.Errorf("refused: %s", strings.Join(problems, "; "))
			case c.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], c.want)):
				t.Errorf("got %q, want one problem with %q", problems, c.want)
			}
		})
	}
}

// TestPolicyMistakes shows that a wrong table is an error and not a hole.
func TestPolicyMistakes(t *testing.T) {
	for _, c := range []struct{ name, packages, modules, want string }{
		{"name without a line", "a: b", "", "b has no line"},
		{"module for a package without a line", "a:", "example.com/m: b", "b has no line"},
		{"circle", "a: b\nb: c\nc: a", "", "may import itself"},
		{"two lines", "a:\na:", "", "two lines"},
		{"no colon", "a b", "", "without a colon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newPolicy(c.packages, c.modules, "", nil, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
