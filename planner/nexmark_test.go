package planner_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/testdata/nexmark"
)

const nexmarkSources = `
	CREATE SOURCE person (WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds') WITH (connector = 'nexmark', "table" = 'person');
	CREATE SOURCE auction (WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds') WITH (connector = 'nexmark', "table" = 'auction');
	CREATE SOURCE bid (WATERMARK FOR date_time AS date_time - INTERVAL '4 seconds') WITH (connector = 'nexmark', "table" = 'bid');
	CREATE TABLE side_input (key bigint PRIMARY KEY, value text);`

// TestNexmarkSpellings checks that Flink's text of each query of Nexmark gives the graph that ours gives.
func TestNexmarkSpellings(t *testing.T) {
	t.Parallel()
	ours, err := fs.Glob(nexmark.Files, "q*.sql")
	must(t, err)
	compared := 0
	for _, name := range ours {
		if strings.HasSuffix(name, "_setup.sql") {
			continue
		}
		compared++
		t.Run(name, func(t *testing.T) {
			want := graphOf(t, nexmark.Files, name)
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(graphOf(t, nexmark.Flink, path.Join("flink", name)), "\n")); diff != "" {
				t.Errorf("(-ours +Flink's)\n%s", diff)
			}
		})
	}
	if flinks, err := fs.Glob(nexmark.Flink, "flink/*.sql"); err != nil || len(flinks) != compared {
		t.Errorf("there are %d queries of Flink for %d of ours (%v)", len(flinks), compared, err)
	}
}

// graphOf is the graph of a materialized view of the query that a file ends with.
func graphOf(t *testing.T, files fs.FS, name string) string {
	t.Helper()
	text, err := fs.ReadFile(files, name)
	must(t, err)
	f := newFixture(t, nexmarkSources)
	for _, s := range parsed(t, string(text)) {
		switch s := s.(type) {
		case *ast.CreateView:
			f.create(t, s)
		case *ast.Query:
			o := &catalog.Object{Kind: catalog.MaterializedView, Name: "result", ID: f.snapshot.NextID()}
			v, err := planner.PlanView(s, f.options(), f.viewOptions(o, &ast.CreateMaterializedView{Query: s}))
			must(t, err)
			return flow.String(v.Graph)
		default: // SET
		}
	}
	t.Fatalf("%s has no query", name)
	return ""
}
