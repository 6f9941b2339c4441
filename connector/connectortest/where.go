package connectortest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// outcome is what reading a source gave, as text: the rows, those that were left out, and the errors of rows.
type outcome struct{ Rows, Left, Faults []string }

// where: a source gives the rows for which predicates are true that it says it decides, tells of each other row what is wanted of those,
// and reports the same errors as if it gave them all.
func where(t *testing.T, c Case) {
	for _, list := range c.predicates(t) {
		last := len(c.Columns) - 1
		for _, read := range []struct{ wanted, left []int }{{c.All(), []int{last}}, {nil, []int{0}}, {[]int{last}, nil}} {
			want, got := c.filtered(t, read.wanted, read.left, list), c.pushed(t, read.wanted, read.left, list)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("columns %v where %v, of others %v (-filtered +pushed):\n%s", read.wanted, list, read.left, diff)
			}
		}
	}
}

// predicates are some for each column of which the source says that it decides them, and pairs of them.
func (c Case) predicates(t *testing.T) (lists [][]batch.Predicate) {
	s := c.Make(t)
	defer closeIt(t, s)
	var all []batch.Predicate
	for col := range c.Columns {
		values := c.values(t, col)
		if kind := c.Columns[col].Type.Kind(); kind != types.Int64 && kind != types.Bytes || len(values) == 0 {
			continue
		}
		for op := batch.In; op <= batch.GreaterOrEqual; op++ {
			p := batch.Predicate{Column: col, Op: op, Values: values[len(values)/2:][:1]}
			if op == batch.In || op == batch.NotIn {
				p.Values = values[:min(len(values), 2)]
			}
			if s.Decides(p) {
				all = append(all, p)
			}
		}
	}
	for i, p := range all {
		lists = append(lists, []batch.Predicate{p})
		if i > 0 {
			lists = append(lists, []batch.Predicate{all[i*7%i], p})
		}
	}
	return lists
}

// values are a few of those that a column has, in order.
func (c Case) values(t *testing.T, col int) (values []types.Value) {
	c.read(t, connector.Start{Columns: []int{col}}, nil, func(b, _ *batch.Batch) {
		for i := range b.Len() {
			if v := b.Cols[0].Value(i); !v.Null && len(values) < 9 {
				v.Bytes = bytes.Clone(v.Bytes)
				values = append(values, v)
			}
		}
	})
	slices.SortFunc(values, func(a, b types.Value) int {
		if a.Int != b.Int {
			return int(min(max(a.Int-b.Int, -1), 1))
		}
		return bytes.Compare(a.Bytes, b.Bytes)
	})
	return values
}

// pushed reads with predicates.
func (c Case) pushed(t *testing.T, wanted, left []int, list []batch.Predicate) (o outcome) {
	start := connector.Start{Columns: wanted, Where: list, Left: left}
	c.read(t, start, &o.Faults, func(b, rest *batch.Batch) {
		o.Rows = append(o.Rows, texts(b, len(wanted), every(b))...)
		o.Left = append(o.Left, texts(rest, len(left), every(rest))...)
	})
	return o
}

// filtered reads all rows, and chooses then.
func (c Case) filtered(t *testing.T, wanted, left []int, list []batch.Predicate) (o outcome) {
	columns := slices.Clone(wanted)
	place := func(col int) int {
		if !slices.Contains(columns, col) {
			columns = append(columns, col)
		}
		return slices.Index(columns, col)
	}
	var placed []batch.Predicate
	for _, p := range list {
		p.Column = place(p.Column)
		placed = append(placed, p)
	}
	var leftPlaces []int
	for _, col := range left {
		leftPlaces = append(leftPlaces, place(col))
	}
	c.read(t, connector.Start{Columns: columns}, &o.Faults, func(b, _ *batch.Batch) {
		var in, out []int32
		for i := range b.Len() {
			if slices.ContainsFunc(placed, func(p batch.Predicate) bool { return !p.Match(&b.Cols[p.Column], i) }) {
				out = append(out, int32(i))
			} else {
				in = append(in, int32(i))
			}
		}
		o.Rows = append(o.Rows, texts(b, len(wanted), in)...)
		rest := &batch.Batch{}
		for _, col := range leftPlaces {
			rest.Cols = append(rest.Cols, b.Cols[col])
		}
		rest.SetLen(b.Len())
		o.Left = append(o.Left, texts(rest, len(left), out)...)
	})
	return o
}

// read reads all partitions; f borrows the batches.
func (c Case) read(t *testing.T, start connector.Start, faults *[]string, f func(b, left *batch.Batch)) {
	s := c.Make(t)
	defer closeIt(t, s)
	b, left := Batch(c.Columns, start.Columns), Batch(c.Columns, start.Left)
	report := func(e connector.RowError) {
		if faults != nil {
			*faults = append(*faults, fmt.Sprintf("%s %d %s %v %q", e.Partition, e.Offset, e.Column, e.Err, e.Sample))
		}
	}
	for _, start.Partition = range partitions(t, s) {
		r, err := s.Open(t.Context(), start)
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		for n := 0; ; n++ {
			p, err := r.Fetch(connector.Limit{Rows: 1 + n*n*n})
			if errors.Is(err, io.EOF) || p == nil && err == nil {
				break
			}
			if err != nil {
				t.Fatalf("fetch: %v", err)
			}
			for more := true; more; {
				if more, err = p.Decode(b, left, report); err != nil {
					t.Fatalf("decode: %v", err)
				}
				if b.Len() > batch.Rows || left.Len() > batch.Rows {
					t.Fatalf("batches have %d and %d rows", b.Len(), left.Len())
				}
				f(b, left)
				b.Reset()
				left.Reset()
			}
			p.Release()
		}
		closeIt(t, r)
	}
}

// every lists all rows of a batch.
func every(b *batch.Batch) (sel []int32) {
	for i := range b.Len() {
		sel = append(sel, int32(i))
	}
	return sel
}

// texts are listed rows of a batch as text, of its first columns.
func texts(b *batch.Batch, columns int, sel []int32) (rows []string) {
	for _, i := range sel {
		row := ""
		for c := range b.Cols[:columns] {
			row += Text(b.Cols[c].Value(int(i)), b.Cols[c].Kind()) + " "
		}
		rows = append(rows, row)
	}
	return rows
}
