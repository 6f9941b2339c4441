package dataflow_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// bids makes a source of Nexmark's bids of so many events.
func bids(t testT, events int) (connector.Source, []connector.Column) {
	t.Helper()
	v, err := gen.Nexmark.ParseOptions([]connector.Setting{{Name: "table", Value: "bid"}, {Name: "events", Value: fmt.Sprint(events)}})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := gen.Nexmark.Columns(v)
	if err != nil {
		t.Fatal(err)
	}
	s, err := gen.Nexmark.Source(connector.Config{Options: v, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return s, columns
}

// allBids are the rows of bids.
func allBids(t testT, events int) *batch.Batch {
	s, columns := bids(t, events)
	start, all := connector.Start{Partition: "0"}, &batch.Batch{}
	for i, c := range columns {
		start.Columns = append(start.Columns, i)
		all.Cols = append(all.Cols, batch.NewVec(c.Type))
	}
	r, err := s.Open(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	b := &batch.Batch{}
	for _, c := range columns {
		b.Cols = append(b.Cols, batch.NewVec(c.Type))
	}
	for {
		p, err := r.Fetch(connector.Limit{})
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			if more, err = p.Decode(b, nil, nil); err != nil {
				t.Fatal(err)
			}
			all.AppendAll(b)
			b.Reset()
		}
		p.Release()
	}
}

// bidView is a view of all columns of bids: the first rows of each of some partitions, or all if their number is 0.
type bidView struct {
	partition []int
	order     flow.SortKey
	first     int
	rel       *flow.Relation
}

const (
	bidAuction = iota
	bidBidder
	bidPrice
	bidChannel
	_
	bidTime
)

func drawBidView(t *rapid.T) *bidView {
	return &bidView{
		partition: rapid.SampledFrom([][]int{{bidBidder, bidAuction}, {bidAuction}, {bidChannel}, {}}).Draw(t, "partition"),
		order:     rapid.SampledFrom([]flow.SortKey{{Column: bidTime}, {Column: bidTime, Desc: true}, {Column: bidPrice, Desc: true}}).Draw(t, "order"),
		first:     rapid.SampledFrom([]int{0, 1, 1, 3}).Draw(t, "first"),
	}
}

// sortKeys are the order, in which bids may be equal. Those go by their other columns then.
func (v *bidView) sortKeys() []flow.SortKey { return []flow.SortKey{v.order, {Column: bidTime}} }

// compare is the order of rows of a batch.
func (v *bidView) compare(rows *batch.Batch, a, b int32) int {
	keys := v.sortKeys()
	for c := range rows.Cols {
		keys = append(keys, flow.SortKey{Column: c})
	}
	for _, k := range keys {
		x, y := rows.Cols[k.Column].Value(int(a)), rows.Cols[k.Column].Value(int(b))
		n := cmp.Or(cmp.Compare(x.Int, y.Int), bytes.Compare(x.Bytes, y.Bytes))
		if k.Desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return 0
}

func (v *bidView) graph(id, source flow.RelationID, columns []connector.Column) dataflow.GraphDef {
	var b builder
	var names []flow.Field
	var all []int
	for i, c := range columns {
		names, all = append(names, flow.Field{Name: c.Name, Type: c.Type}), append(all, i)
	}
	time := &flow.Column{Index: bidTime, Typ: columns[bidTime].Type}
	in := b.add(&flow.Source{Relation: source, Columns: all, Watermark: &flow.Watermark{Expr: time, Column: bidTime}}, names)
	if v.first > 0 {
		kinds := columnTypes(names)
		in = b.add(&flow.LocalTop{Columns: kinds, Partition: v.partition, Order: v.sortKeys(), Rows: v.first}, names, in)
		in.Exchange = &flow.Exchange{Keys: v.partition}
		b.g.Tables = []flow.StateTable{{ID: flow.TableID(500 + id)}}
		in = b.add(&flow.TopN{Columns: kinds, Partition: v.partition, Order: v.sortKeys(), Limit: int64(v.first), Kind: flow.RowNumber, AppendOnly: true}, names, in)
	}
	var def dataflow.GraphDef
	def, v.rel = b.view(id, fmt.Sprint("v", id), -1, in)
	def.Wait = false
	return def
}

// want are the view's rows of all rows.
func (v *bidView) want(rows *batch.Batch) string {
	sel, _ := v.firstRows(rows)
	out := batch.New(columnTypes(v.rel.Columns)...)
	out.Gather(rows, sel)
	return batch.Bag(out)
}

// firstRows are the rows of the view among all, and their numbers in their partitions.
func (v *bidView) firstRows(rows *batch.Batch) (sel []int32, numbers []int) {
	order := make([]int32, rows.Len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return v.compare(rows, a, b) })
	seen := map[string]int{}
	for _, i := range order {
		key := ""
		for _, c := range v.partition {
			key += fmt.Sprint(rows.Cols[c].Value(int(i)), " ")
		}
		if seen[key]++; v.first == 0 || seen[key] <= v.first {
			sel, numbers = append(sel, i), append(numbers, seen[key])
		}
	}
	return sel, numbers
}

// TestChosenEquation: columns that are made only of rows that pass the LocalTop behind their source are those of these rows, whatever
// others read of the source, when they come, and what is lost in between. The source's rows and time are those of all rows.
func TestChosenEquation(t *testing.T) {
	const events = 3000
	rows := allBids(t, events)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, dataflow.Config{Workers: rapid.IntRange(1, 3).Draw(t, "workers"), TickRows: rapid.SampledFrom([]int{200, 2000}).Draw(t, "rows")})
		_, columns := bids(t, events)
		w.sources[1] = func() connector.Source { s, _ := bids(t, events); return s }
		w.change(dataflow.Change{Sources: []dataflow.SourceDef{{ID: 1, Connector: w.sources[1](), Columns: columns}}})
		var views []*bidView
		add := func() {
			v := drawBidView(t)
			w.change(dataflow.Change{Graphs: []dataflow.GraphDef{v.graph(flow.RelationID(2+len(views)), 1, columns)}})
			views = append(views, v)
		}
		add()
		for n := range rapid.IntRange(0, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				w.crash(uint64(n))
			case 1:
				if len(views) < 3 {
					add()
				}
			default:
				w.step()
			}
		}
		w.finish()
		for i, v := range views {
			if got, want := w.rows(v.rel), v.want(rows); got != want {
				t.Errorf("view %d, first %d of %v by %v: %d bytes, want %d", i, v.first, v.partition, v.order, len(got), len(want))
			}
		}
		last := rows.Cols[bidTime].Ints[rows.Len()-1]
		if s := w.run.Stats().Sources; len(s) != 1 || s[0].Rows != int64(rows.Len()) || s[0].Watermark != last {
			t.Errorf("after %d rows and time %d: %+v", rows.Len(), last, s)
		}
	})
}

// TestChosenColumns: what a view ranks is made for the rows that may be among the first only, as long as it reads the source alone.
func TestChosenColumns(t *testing.T) {
	const events = 10_000
	made := 0
	w := newWorld(t, dataflow.Config{Workers: 1, TickRows: 2500})
	_, columns := bids(t, events)
	w.sources[1] = func() connector.Source { s, _ := bids(t, events); return deferringSource{s, &made} }
	w.change(dataflow.Change{Sources: []dataflow.SourceDef{{ID: 1, Connector: w.sources[1](), Columns: columns}}})
	first := &bidView{partition: []int{bidAuction}, order: flow.SortKey{Column: bidTime}, first: 1}
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{first.graph(2, 1, columns)}})
	w.step()
	if made == 0 || made > 1000 {
		t.Errorf("texts of %d rows were made", made)
	}
	w.change(dataflow.Change{Graphs: []dataflow.GraphDef{(&bidView{}).graph(3, 1, columns)}})
	for range 4 {
		w.step()
	}
	before := made
	for range 4 {
		w.step()
	}
	if made != before {
		t.Errorf("texts were made later for another view: %d rows", made-before)
	}
	if got, want := w.rows(first.rel), first.want(allBids(t, events)); got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}

// deferringSource counts the rows that are completed.
type deferringSource struct {
	connector.Source
	made *int
}

func (s deferringSource) Open(ctx context.Context, start connector.Start) (connector.Reader, error) {
	r, err := s.Source.Open(ctx, start)
	return deferringReader{r, s.made}, err
}

type deferringReader struct {
	connector.Reader
	made *int
}

func (r deferringReader) Fetch(limit connector.Limit) (connector.Piece, error) {
	p, err := r.Reader.Fetch(limit)
	if p == nil {
		return nil, err
	}
	return deferringPiece{p.(connector.DeferringPiece), r.made}, err
}

type deferringPiece struct {
	connector.DeferringPiece
	made *int
}

func (p deferringPiece) Complete(columns []*batch.Vec, sel []int32) {
	*p.made += len(sel)
	p.DeferringPiece.Complete(columns, sel)
}
