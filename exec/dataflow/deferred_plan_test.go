package dataflow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

const bidURL, bidExtra = 4, 6

// windowMicros is how long the windows of bidPlan are.
const windowMicros = 20_000

// bidPlan makes a graph over bids: branches of filters, projections and ranks, and the union of what they let pass.
type bidPlan struct {
	builder
	t       *rapid.T
	id      flow.RelationID
	columns []flow.Field // of the source
	late    []*dataflow.RelationDef
	tables  int
}

// branch is where a branch stands, and which columns of bids it has there: -1 is none of them.
type branch struct {
	in     flow.Input
	of     []int
	fields []flow.Field
}

func (d *bidPlan) draw(n int, what string) int { return rapid.IntRange(0, n-1).Draw(d.t, what) }

// source reads all columns but those that are left out.
func (d *bidPlan) source(ahead int64, leftOut ...int) *branch {
	b := &branch{}
	for i, f := range d.columns {
		if !slices.Contains(leftOut, i) {
			b.of, b.fields = append(b.of, i), append(b.fields, f)
		}
	}
	time := slices.Index(b.of, bidTime)
	b.in = d.add(&flow.Source{Relation: 1, Columns: b.of, Watermark: &flow.Watermark{Expr: plus(column(time), number(ahead)), Column: time}}, b.fields)
	return b
}

// place is where a column of bids is.
func (b *branch) place(of int) int { return slices.Index(b.of, of) }

func (b *branch) column(of int) flow.Expr {
	at := b.place(of)
	return &flow.Column{Index: at, Typ: b.fields[at].Type}
}

// int is a column as a bigint, which all columns but texts lie there as.
func (b *branch) int(of int) flow.Expr { return column(b.place(of)) }

func textCall(symbol string, result types.OID, args ...flow.Expr) flow.Expr {
	for _, o := range fn.Builtins().Operators(symbol) {
		if o.Left == types.OIDText && o.Right == types.OIDText {
			return &flow.Call{Function: o.Function, Args: args, Typ: types.Of(result)}
		}
	}
	panic("no operator " + symbol)
}

func text(s string) flow.Expr {
	return &flow.Const{Typ: types.Of(types.OIDText), Value: types.BytesValue([]byte(s))}
}

func compare(symbol string, a, b flow.Expr) flow.Expr {
	return call(symbol, types.Of(types.OIDBool), a, b)
}

func (d *bidPlan) filter(b *branch, cond flow.Expr) {
	b.in = d.add(&flow.Filter{Columns: columnTypes(b.fields), Cond: cond}, b.fields, b.in)
}

// project takes columns in other places, and expressions.
func (d *bidPlan) project(b *branch, of []int, computed ...flow.Expr) {
	var exprs []flow.Expr
	var to branch
	for _, c := range of {
		exprs = append(exprs, b.column(c))
		to.of, to.fields = append(to.of, c), append(to.fields, b.fields[b.place(c)])
	}
	for i, e := range computed {
		exprs = append(exprs, e)
		to.of, to.fields = append(to.of, -1), append(to.fields, flow.Field{Name: fmt.Sprint("x", i), Type: e.Type()})
	}
	to.in = d.add(&flow.Project{Exprs: exprs}, to.fields, b.in)
	*b = to
}

// step adds an operator that a source's columns may pass unseen, or may not.
func (d *bidPlan) step(b *branch) {
	known := slices.DeleteFunc(slices.Clone(b.of), func(c int) bool { return c < 0 })
	switch d.draw(9, "step") {
	case 0:
		d.filter(b, &flow.IsNull{X: b.column(bidPrice), Not: true})
	case 1:
		d.filter(b, compare(">", b.int(bidPrice), number(1_000_000)))
	case 2:
		d.filter(b, compare("=", call("%", bigint, b.int(bidBidder), number(7)), number(3)))
	case 3: // it fails for some
		d.filter(b, compare(">=", call("/", bigint, number(100), call("%", bigint, b.int(bidPrice), number(40))), number(5)))
	case 4:
		d.filter(b, &flow.IsNull{X: b.column(bidExtra), Not: d.draw(2, "not") == 0})
	case 5:
		d.filter(b, textCall("=", types.OIDBool, b.column(bidChannel), text("Google")))
	case 6: // a column is there twice
		d.project(b, append(slices.Compact(rapid.Permutation(known).Draw(d.t, "columns")), bidExtra))
	case 7:
		d.project(b, known, call("/", bigint, number(7), call("%", bigint, b.int(bidPrice), number(50))))
	default:
		d.project(b, known, textCall("||", types.OIDText, b.column(bidExtra), b.column(bidChannel)))
	}
}

// top ends a branch in the highest bids of each window, or of each auction for ever.
func (d *bidPlan) top(b *branch) {
	known := slices.DeleteFunc(slices.Clone(b.of), func(c int) bool { return c < 0 })
	slices.Sort(known)
	known = slices.Compact(known)
	spec := &flow.TopN{Limit: int64(1 + d.draw(2, "first")), Kind: flow.RowNumber, AppendOnly: true, Table: d.tables, Late: -1}
	if d.draw(2, "kind") == 0 {
		spec.Kind = flow.Rank
	}
	bounded := d.draw(3, "bound") > 0
	end := call("*", bigint, call("/", bigint, plus(b.int(bidTime), number(windowMicros)), number(windowMicros)), number(windowMicros))
	d.project(b, known, end)
	last := len(b.of) - 1
	spec.Partition = []int{b.place(bidAuction)}
	if bounded {
		spec.Partition, spec.Bound, spec.Late = []int{last}, column(last), len(d.late)
		d.lateRows(b.fields)
	}
	spec.Columns, spec.Order = columnTypes(b.fields), []flow.SortKey{{Column: b.place(bidPrice), Desc: true}}
	b.in = d.add(&flow.LocalTop{Columns: spec.Columns, Partition: spec.Partition, Order: spec.Order, Rows: int(spec.Limit), Bound: spec.Bound}, b.fields, b.in)
	if d.draw(2, "unwrap") == 0 && !bounded { // something stands between the two
		d.filter(b, compare(">", b.int(bidPrice), number(0)))
	}
	b.in.Exchange = &flow.Exchange{Keys: spec.Partition}
	d.g.Tables = append(d.g.Tables, flow.StateTable{ID: flow.TableID(1000 + 50*int(d.id) + d.tables), Bound: bounded})
	d.tables++
	b.in = d.add(spec, b.fields, b.in)
}

// lateRows makes a relation of late rows of such columns.
func (d *bidPlan) lateRows(columns []flow.Field) {
	all := slices.Concat(columns, fields("bound", "watermark", "arrival", "diff"))
	id := flow.RelationID(200 + 10*int(d.id) + len(d.late))
	late := &dataflow.RelationDef{Relation: flow.Relation{
		ID: id, Name: fmt.Sprint("late", id), Columns: all, Arrangements: []flow.Arrangement{{ID: id, Table: flow.TableID(id)}},
	}, RowID: -1}
	d.late = append(d.late, late)
	d.g.Late = append(d.g.Late, flow.Late{Relation: late.ID, Columns: all})
}

func newBidPlan(id flow.RelationID, columns []connector.Column) *bidPlan {
	d := &bidPlan{id: id}
	for _, c := range columns {
		d.columns = append(d.columns, flow.Field{Name: c.Name, Type: c.Type})
	}
	return d
}

// end ends the plan in a view, of which the relations of late rows are part.
func (d *bidPlan) end(ends ...flow.Input) (dataflow.Change, []*flow.Relation) {
	in := ends[0]
	if len(ends) > 1 {
		in = d.add(&flow.Union{}, d.g.Nodes[in.Node].Columns, ends...)
	}
	def, rel := d.view(d.id, fmt.Sprint("v", d.id), -1, in)
	def.Wait = false
	change, kept := dataflow.Change{Graphs: []dataflow.GraphDef{def}}, []*flow.Relation{rel}
	for _, l := range d.late {
		change.Relations, kept = append(change.Relations, *l), append(kept, &l.Relation)
	}
	return change, kept
}

// drawBidPlan makes a view of a random plan. ahead is how much the watermark is before the time of rows, which are late then.
func drawBidPlan(t *rapid.T, id flow.RelationID, columns []connector.Column, ahead int64) (dataflow.Change, []*flow.Relation) {
	d := newBidPlan(id, columns)
	d.t = t
	var ends []flow.Input
	out := []int{bidExtra, bidAuction, bidPrice, bidChannel}
	var from *branch
	for n := range 1 + d.draw(3, "branches") {
		if n == 0 || d.draw(2, "own") == 0 {
			from = d.source(ahead, []int{bidURL}[d.draw(2, "url"):]...)
		}
		b := *from
		for range d.draw(4, "steps") {
			d.step(&b)
		}
		if d.draw(2, "top") == 0 {
			d.top(&b)
		}
		d.project(&b, out)
		ends = append(ends, b.in)
	}
	change, kept := d.end(ends...)
	if d.draw(2, "skip") == 0 {
		change.Graphs[0].OnError = dataflow.ErrorSkip
	}
	return change, kept
}

// punchedSource has NULL for some texts, and defers columns or does not.
type punchedSource struct {
	connector.Source
	defers bool
	made   *atomic.Int64 // rows that were completed
}

func (s punchedSource) Defers(column int) bool { return s.defers && s.Source.Defers(column) }

func (s punchedSource) Open(ctx context.Context, start connector.Start) (connector.Reader, error) {
	r, err := s.Source.Open(ctx, start)
	return punchedReader{r, s.made}, err
}

type punchedReader struct {
	connector.Reader
	made *atomic.Int64
}

func (r punchedReader) Fetch(limit connector.Limit) (connector.Piece, error) {
	p, err := r.Reader.Fetch(limit)
	if p == nil {
		return nil, err
	}
	return &punchedPiece{p.(connector.DeferringPiece), r.made}, err
}

type punchedPiece struct {
	connector.DeferringPiece
	made *atomic.Int64
}

func (p *punchedPiece) Decode(b, left *batch.Batch, report connector.Report) (bool, error) {
	var from []int
	for i := range b.Cols {
		from = append(from, b.Cols[i].Len())
	}
	more, err := p.DeferringPiece.Decode(b, left, report)
	for i := range b.Cols {
		punch(&b.Cols[i], from[i])
	}
	return more, err
}

func (p *punchedPiece) Complete(columns []*batch.Vec, sel []int32) {
	from := make([]int, len(columns))
	for i, v := range columns {
		if v != nil {
			from[i] = v.Len()
		}
	}
	p.DeferringPiece.Complete(columns, sel)
	for i, v := range columns {
		if v != nil {
			punch(v, from[i])
		}
	}
	p.made.Add(int64(len(sel)))
}

// punch makes some texts NULL: those of certain lengths.
func punch(v *batch.Vec, from int) {
	if v.Kind() != types.Bytes {
		return
	}
	all := batch.NewVec(v.Type())
	all.AppendRange(v, 0, v.Len())
	v.Reset()
	for i := range all.Len() {
		if all.IsNull(i) || i >= from && len(all.BytesAt(i))%5 == 1 {
			v.AppendNull()
		} else {
			v.AppendBytes(all.BytesAt(i))
		}
	}
}

// errorText is what is kept of the errors of a view, and how many there are.
func (w *world) errorText(id flow.RelationID) string {
	kept, count := w.errors(id)
	var lines []string
	for _, e := range kept {
		lines = append(lines, fmt.Sprintln(e.Operator, e.Err.Code, e.Count, e.Sample))
	}
	slices.Sort(lines)
	return fmt.Sprintln(count, len(lines)) + strings.Join(lines, "")
}

// TestDeferredEquation: views have the same rows, late rows and errors whether or not columns of their source are made only of rows that pass: any
// branches behind it, several views that come one after the other, crashes, workers.
func TestDeferredEquation(t *testing.T) {
	const events = 1500
	_, columns := bids(t, events)
	var cases, made atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		cases.Add(1)
		ahead := rapid.SampledFrom([]int64{-10_000, 0, 60_000}).Draw(t, "ahead")
		config := dataflow.Config{Workers: rapid.IntRange(1, 3).Draw(t, "workers"), TickRows: rapid.SampledFrom([]int{100, 400, 2000}).Draw(t, "rows")}
		var worlds [2]*world
		for i := range worlds {
			w := newWorld(t, config)
			w.sources[1] = func() connector.Source {
				s, _ := bids(t, events)
				return punchedSource{s, i == 1, &made}
			}
			w.change(dataflow.Change{Sources: []dataflow.SourceDef{{ID: 1, Connector: w.sources[1](), Columns: columns}}})
			worlds[i] = w
		}
		var kept []*flow.Relation
		views := 0
		add := func() {
			change, rels := drawBidPlan(t, flow.RelationID(2+views), columns, ahead)
			for _, w := range worlds {
				for _, rel := range change.Relations {
					w.change(dataflow.Change{Relations: []dataflow.RelationDef{rel}})
				}
				w.change(dataflow.Change{Graphs: change.Graphs})
			}
			kept = append(kept, rels...)
			views++
		}
		add()
		for n := range rapid.IntRange(0, 8).Draw(t, "steps") {
			switch what := rapid.IntRange(0, 5).Draw(t, "what"); {
			case what == 0:
				for _, w := range worlds {
					w.crash(uint64(n))
				}
			case what == 1 && views < 3:
				add()
			default:
				for _, w := range worlds {
					w.step()
				}
			}
		}
		for _, w := range worlds {
			w.finish()
		}
		for _, rel := range kept {
			if got, want := worlds[1].rows(rel), worlds[0].rows(rel); got != want {
				t.Errorf("%s: %d bytes, want %d", rel.Name, len(got), len(want))
			}
		}
		for v := range views {
			id := flow.RelationID(2 + v)
			if got, want := worlds[1].errorText(id), worlds[0].errorText(id); got != want {
				t.Errorf("errors of view %d: %s, want %s", id, got, want)
			}
		}
		a, b := worlds[0].run.Stats().Sources, worlds[1].run.Stats().Sources
		if a[0].Rows != b[0].Rows || a[0].Watermark != b[0].Watermark {
			t.Errorf("the source: %+v, want %+v", b[0], a[0])
		}
	})
	if made.Load() == 0 && cases.Load() >= 8 { // of two, none may have one by chance
		t.Error("no column was ever put off")
	}
}

// highestBids is a view as the planner makes one of the highest bids of each window: all columns of those, behind filters and projections, all
// columns of a few other rows of the same source, and, of the source once more, what is no text.
func highestBids(id flow.RelationID, columns []connector.Column) dataflow.Change {
	d := newBidPlan(id, columns)
	from := d.source(0)
	all := slices.Clone(from.of)
	top, few := *from, *from
	d.filter(&top, &flow.IsNull{X: top.column(bidPrice), Not: true})
	d.project(&top, all, call("*", bigint, call("/", bigint, plus(top.int(bidTime), number(windowMicros)), number(windowMicros)), number(windowMicros)))
	window := len(all)
	spec := &flow.TopN{
		Columns: columnTypes(top.fields), Partition: []int{window}, Order: []flow.SortKey{{Column: bidPrice, Desc: true}}, Limit: 1, Kind: flow.Rank,
		AppendOnly: true, Bound: column(window),
	}
	d.lateRows(top.fields)
	d.g.Tables = []flow.StateTable{{ID: flow.TableID(1000 + 50*int(id)), Bound: true}}
	top.in = d.add(&flow.LocalTop{Columns: spec.Columns, Partition: spec.Partition, Order: spec.Order, Rows: 1, Bound: spec.Bound}, top.fields, top.in)
	top.in.Exchange = &flow.Exchange{Keys: spec.Partition}
	top.in = d.add(spec, top.fields, top.in)
	d.project(&top, all)
	d.filter(&few, compare("=", call("%", bigint, few.int(bidPrice), number(100)), number(7)))
	change, _ := d.end(top.in, few.in, withoutTexts(d, all))
	return change
}

// withoutTexts are the numbers and times of all rows, with empty texts.
func withoutTexts(d *bidPlan, all []int) flow.Input {
	b := d.source(0, bidChannel, bidURL, bidExtra)
	var exprs []flow.Expr
	for _, c := range all {
		if b.place(c) >= 0 {
			exprs = append(exprs, b.column(c))
		} else {
			exprs = append(exprs, text(""))
		}
	}
	return d.add(&flow.Project{Exprs: exprs}, d.columns, b.in)
}

// TestDeferredBeside: texts are made of few rows for a view of several branches and sources, also while others read the source who want few of them or none, and
// of all rows at once when somebody wants all.
func TestDeferredBeside(t *testing.T) {
	const events = 20_000
	_, columns := bids(t, events)
	numbers := newBidPlan(3, columns)
	noTexts, _ := numbers.end(withoutTexts(numbers, []int{bidAuction, bidBidder, bidPrice, bidChannel, bidURL, bidTime, bidExtra}))
	all := dataflow.Change{Graphs: []dataflow.GraphDef{(&bidView{}).graph(5, 1, columns)}}
	for _, c := range []struct {
		name  string
		views []dataflow.Change
		few   bool
	}{
		{"alone", []dataflow.Change{highestBids(2, columns)}, true},
		{"beside a view without texts", []dataflow.Change{noTexts, highestBids(2, columns)}, true},
		{"beside another", []dataflow.Change{highestBids(4, columns), highestBids(2, columns)}, true},
		{"beside a view of all", []dataflow.Change{highestBids(2, columns), all}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var made atomic.Int64
			w := newWorld(t, dataflow.Config{Workers: 2, TickRows: 1000})
			w.sources[1] = func() connector.Source { s, _ := bids(t, events); return punchedSource{s, true, &made} }
			w.change(dataflow.Change{Sources: []dataflow.SourceDef{{ID: 1, Connector: w.sources[1](), Columns: columns}}})
			var together dataflow.Change // all of them are there when the source is read for the first time
			for _, v := range c.views {
				together.Relations, together.Graphs = append(together.Relations, v.Relations...), append(together.Graphs, v.Graphs...)
			}
			w.change(together)
			for range 2 {
				w.step()
			}
			if n, rows := made.Load(), w.run.Stats().Sources[0].Rows; c.few && (n == 0 || n > rows/4) || !c.few && n > 0 || rows == 0 {
				t.Errorf("texts of %d rows of %d were put off and made", n, rows)
			}
		})
	}
}
