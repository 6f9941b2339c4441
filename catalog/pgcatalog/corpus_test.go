package pgcatalog

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// statement is a line of a corpus.
type statement struct{ Src, SQL string }

func corpus(t *testing.T, name string) []statement {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "corpus", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []statement
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var s statement
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// references are what a statement names: relations, each with the names it goes by there, and columns with a qualifier.
type references struct {
	relations [][]string
	// columns are those of system relations: alias to the relations that it stands for somewhere in the statement.
	aliases map[string][]*catalog.Object
	// other names are those of subqueries, functions and WITH.
	other   map[string]bool
	columns [][2]string
}

func collect(n ast.Node, s *catalog.Snapshot, p catalog.Path) references {
	r := references{aliases: map[string][]*catalog.Object{}, other: map[string]bool{}}
	ast.Walk(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TableRef:
			parts := idents(n.Name.Parts)
			name := parts[len(parts)-1]
			if n.Alias != nil {
				name = string(n.Alias.Name)
			}
			if o, err := s.Relation(p, parts); err == nil {
				r.aliases[name] = append(r.aliases[name], o)
			} else {
				r.relations = append(r.relations, parts)
				r.other[name] = true
			}
		case *ast.SubqueryRef:
			r.alias(n.Alias)
		case *ast.FuncRef:
			r.alias(n.Alias)
		case *ast.Join:
			r.alias(n.Alias)
		case *ast.ColumnRef:
			if len(n.Parts) == 2 {
				r.columns = append(r.columns, [2]string{string(n.Parts[0]), string(n.Parts[1])})
			}
		}
		return true
	})
	return r
}

func (r *references) alias(a *ast.Alias) {
	if a != nil {
		r.other[string(a.Name)] = true
	}
}

func idents(parts []ast.Ident) []string {
	all := make([]string, len(parts))
	for i, p := range parts {
		all[i] = string(p)
	}
	return all
}

// TestCorpora checks that every system relation which psql and drivers read exists, with every column that they name.
func TestCorpora(t *testing.T) {
	s := Base()
	c := s.Begin()
	if err := c.Initialize("freshet"); err != nil {
		t.Fatal(err)
	}
	s = c.Snapshot()
	p := s.NewPath(s.Lookup(0, catalog.Database, "freshet").ID, []string{"public"}, "me")
	relations, columns := map[string]bool{}, 0
	for _, file := range []string{"psql.jsonl", "clients.jsonl"} {
		for _, line := range corpus(t, file) {
			statements, err := parse.Parse(line.SQL, parse.Options{})
			if err != nil {
				continue // the parser's tests say which of them are refused
			}
			for _, statement := range statements {
				r := collect(statement, s, p)
				for _, missing := range r.relations {
					if isSystemName(missing) {
						t.Errorf("%s: no relation %s", line.Src, strings.Join(missing, "."))
					}
				}
				for _, column := range r.columns {
					objects := r.aliases[column[0]]
					if len(objects) == 0 || r.other[column[0]] {
						continue
					}
					columns++
					if !anyHas(objects, column[1]) {
						t.Errorf("%s: no column %s in %s", line.Src, column[1], objects[0].Name)
					}
				}
				for _, objects := range r.aliases {
					for _, o := range objects {
						relations[o.Name] = true
					}
				}
			}
		}
	}
	if len(relations) < 60 || columns < 10000 {
		t.Errorf("only %d relations and %d columns were seen", len(relations), columns)
	}
	t.Logf("%d relations, %d columns", len(relations), columns)
}

// isSystemName tells a name that only a system relation can have.
func isSystemName(parts []string) bool {
	if len(parts) > 1 {
		return parts[0] == "pg_catalog" || parts[0] == "information_schema"
	}
	return strings.HasPrefix(parts[0], "pg_")
}

func anyHas(objects []*catalog.Object, column string) bool {
	for _, o := range objects {
		if place, _ := o.Column(column); place >= 0 {
			return true
		}
	}
	return false
}
