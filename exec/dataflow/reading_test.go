package dataflow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// filteredView is a view of columns of a source's rows for which predicates are true.
type filteredView struct {
	columns []int
	where   []flow.Predicate
	rel     *flow.Relation
}

func drawView(t *rapid.T) *filteredView {
	v := &filteredView{columns: rapid.SampledFrom([][]int{{0}, {0, 1}, {1, 0}}).Draw(t, "columns")}
	for range rapid.IntRange(0, 2).Draw(t, "predicates") {
		p := flow.Predicate{Type: bigint}
		p.Column = rapid.IntRange(0, 1).Draw(t, "column")
		p.Op = rapid.SampledFrom([]batch.Comparison{batch.In, batch.In, batch.NotIn, batch.Less, batch.GreaterOrEqual}).Draw(t, "op")
		bound := []int64{3000, 3}[p.Column]
		p.Values = []types.Value{types.IntValue(rapid.Int64Range(0, bound).Draw(t, "value"))}
		v.where = append(v.where, p)
	}
	return v
}

func (v *filteredView) graph(id, source flow.RelationID) dataflow.GraphDef {
	var b builder
	var names []string
	for _, c := range v.columns {
		names = append(names, sourceColumns[c].Name)
	}
	time := slices.Index(v.columns, 0)
	in := b.add(&flow.Source{
		Relation: source, Columns: v.columns, Where: v.where, Watermark: &flow.Watermark{Expr: column(time), Column: time},
	}, fields(names...))
	var def dataflow.GraphDef
	def, v.rel = b.view(id, fmt.Sprint("v", id), -1, in)
	def.Wait = false
	return def
}

// want are the view's rows of all rows.
func (v *filteredView) want(rows *batch.Batch) string {
	out := batch.New(columnTypes(v.rel.Columns)...)
	for i := range rows.Len() {
		if slices.ContainsFunc(v.where, func(p flow.Predicate) bool { return !p.Match(&rows.Cols[p.Column], i) }) {
			continue
		}
		for c, col := range v.columns {
			out.Cols[c].AppendFrom(&rows.Cols[col], i)
		}
		out.AppendDiff(1)
	}
	return batch.Bag(out)
}

// drawLines makes lines of a file, also some that are no rows, and the rows in them. Columns are id, which grows, and x.
func drawLines(t *rapid.T) (lines string, rows *batch.Batch, faults int64) {
	var text strings.Builder
	rows = batch.New(bigint, bigint)
	for id := range int64(rapid.IntRange(1, 3000).Draw(t, "rows")) {
		x := types.IntValue(id * 7 % 5)
		switch h := id * 2654435761 >> 7; {
		case h%11 == 0:
			faults++
			fmt.Fprintf(&text, "{\"id\":\"%d.\",\"x\":1}\n", id)
			continue
		case h%5 == 0:
			x = types.NullValue
			fmt.Fprintf(&text, "{\"id\":%d}\n", id)
		default:
			fmt.Fprintf(&text, "{\"x\":%d,\"id\":%d}\n", x.Int, id)
		}
		rows.AppendValues(1, types.IntValue(id), x)
	}
	return text.String(), rows, faults
}

// TestPredicatesEquation: each view has the rows for which its predicates are true, whatever others read of the source, when they come
// and go, and what is lost in between. Its time is that of all rows.
func TestPredicatesEquation(t *testing.T) {
	root := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		path := filepath.Join(root, fmt.Sprint(runs))
		lines, rows, faults := drawLines(t)
		if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, dataflow.Config{Workers: rapid.IntRange(1, 2).Draw(t, "workers"), TickRows: 64})
		w.source(1, dataflow.SourceDef{}, func() connector.Source { return fileSource(t, path) })
		var views []*filteredView
		add := func() {
			v := drawView(t)
			w.change(dataflow.Change{Graphs: []dataflow.GraphDef{v.graph(flow.RelationID(2+len(views)), 1)}})
			views = append(views, v)
		}
		add()
		for n := range rapid.IntRange(0, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				w.crash(uint64(n))
			case 1:
				if len(views) < 4 {
					add()
				}
			default:
				w.step()
			}
		}
		w.finish()
		for i, v := range views {
			if got, want := w.rows(v.rel), v.want(rows); got != want {
				t.Errorf("view %d of %v where %v: %d bytes, want %d", i, v.columns, v.where, len(got), len(want))
			}
		}
		s := w.run.Stats().Sources
		if len(s) != 1 || s[0].Rows != int64(rows.Len()) || rows.Len() > 0 && s[0].Watermark != rows.Cols[0].Ints[rows.Len()-1] {
			t.Errorf("after %d rows and %d faults: %+v", rows.Len(), faults, s)
		}
	})
}
