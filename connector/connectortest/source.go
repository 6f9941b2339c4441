// Package connectortest holds the tests that every connector passes: the contract of package connector, asked of a real source
// or sink.
package connectortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Case is a source to test. All of its partitions must end, or have nothing more to say, after at least three rows.
type Case struct {
	// Make makes the source anew over the same content.
	Make func(t *testing.T) connector.Source
	// Columns are those of its Config, at least one.
	Columns []connector.Column
	// Faulty tells that some rows cannot be decoded. How much of a row is looked at depends on the columns that are wanted, so the
	// projection is not tested then.
	Faulty bool
}

// Run tests a source.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, c Case)
	}{
		{"limits", limits},
		{"resume", resume},
		{"projection", projection},
		{"where", where},
		{"deferred", deferred},
		{"parallel", parallel},
		{"wait", wait},
		{"close", closing},
		{"ack", ack},
		{"partition", unknownPartition},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}

// Row is a row as text: its partition, and the values of the columns that were read.
type Row struct {
	Partition string
	Values    []string
}

// All are the indexes of all columns.
func (c Case) All() []int {
	var all []int
	for i := range c.Columns {
		all = append(all, i)
	}
	return all
}

// Batch makes a batch for some of the columns.
func Batch(columns []connector.Column, wanted []int) *batch.Batch {
	var list []types.Type
	for _, i := range wanted {
		list = append(list, columns[i].Type)
	}
	return batch.New(list...)
}

// Read reads a partition from an offset to its present end, and answers its rows, the errors of rows, and the offset it got to.
func Read(t *testing.T, s connector.Source, columns []connector.Column, start connector.Start, limit connector.Limit) ([]Row, []connector.RowError, connector.Offset) {
	t.Helper()
	r, err := s.Open(t.Context(), start)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer closeIt(t, r)
	var rows []Row
	var faults []connector.RowError
	last := r.Offset()
	for {
		p, err := r.Fetch(limit)
		if errors.Is(err, io.EOF) || p == nil && err == nil {
			return rows, faults, last
		}
		if err != nil {
			t.Fatalf("fetch: %v", err)
		}
		end := p.End()
		if got := r.Offset(); got.Compare(end) != 0 {
			t.Errorf("reader is at %x after a piece that ends at %x", got, end)
		}
		if end.Compare(last) <= 0 {
			t.Fatalf("a piece from %x ends at %x: offsets must grow", last, end)
		}
		last = end
		known, bytes := p.Size()
		some, bad := Decode(t, p, start.Partition, columns, start.Columns)
		if limit.Rows > 0 && len(some)+len(bad) > limit.Rows {
			t.Errorf("a piece has %d rows, limit %d", len(some), limit.Rows)
		}
		if known != 0 && known != len(some)+len(bad) || known == 0 && bytes == 0 && len(some) > 0 {
			t.Errorf("a piece of %d rows and %d bytes has %d rows", known, bytes, len(some)+len(bad))
		}
		rows, faults = append(rows, some...), append(faults, bad...)
		p.Release()
	}
}

// Decode decodes a whole piece.
func Decode(t *testing.T, p connector.Piece, partition string, columns []connector.Column, wanted []int) (rows []Row, faults []connector.RowError) {
	t.Helper()
	b := Batch(columns, wanted)
	report := func(e connector.RowError) {
		e.Sample = slices.Clone(e.Sample)
		faults = append(faults, e)
	}
	for {
		more, err := p.Decode(b, nil, report)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if b.Len() > batch.Rows {
			t.Fatalf("a batch has %d rows", b.Len())
		}
		for i := range b.Len() {
			row := Row{Partition: partition}
			for c := range b.Cols {
				row.Values = append(row.Values, Text(b.Cols[c].Value(i), b.Cols[c].Kind()))
			}
			rows = append(rows, row)
		}
		b.Reset()
		if !more {
			return rows, faults
		}
	}
}

// Text writes a value for tests.
func Text(v types.Value, kind types.Kind) string {
	switch {
	case v.Null:
		return "NULL"
	case kind == types.Bytes:
		return fmt.Sprintf("%q", v.Bytes)
	case kind == types.Float64:
		return fmt.Sprint(v.Float)
	case kind == types.Bool:
		return fmt.Sprint(v.Bool())
	default:
		return fmt.Sprint(v.Int)
	}
}

// readAll reads every partition from its beginning.
func readAll(t *testing.T, c Case, wanted []int, limit connector.Limit) []Row {
	t.Helper()
	s := c.Make(t)
	defer closeIt(t, s)
	var rows []Row
	for _, p := range partitions(t, s) {
		some, faults, _ := Read(t, s, c.Columns, connector.Start{Partition: p, Columns: wanted}, limit)
		for _, f := range faults {
			if f.Partition != p || f.Err == nil || f.Err.Message == "" || f.Err.Code == "" {
				t.Errorf("error of a row is not complete: %+v", f)
			}
		}
		rows = append(rows, some...)
	}
	return rows
}

func partitions(t *testing.T, s connector.Source) []string {
	t.Helper()
	list, err := s.Partitions(t.Context())
	if err != nil {
		t.Fatalf("partitions: %v", err)
	}
	again, err := s.Partitions(t.Context())
	if err != nil || !slices.Equal(list, again) || len(list) == 0 || slices.Contains(list, "") {
		t.Fatalf("partitions are %q, then %q (%v)", list, again, err)
	}
	return list
}

func closeIt(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// limits: the rows do not depend on how they are cut into pieces.
func limits(t *testing.T, c Case) {
	want := readAll(t, c, c.All(), connector.Limit{})
	if len(want) < 3 {
		t.Fatalf("the source has %d rows; this test needs three", len(want))
	}
	for _, l := range []connector.Limit{{Rows: 1}, {Rows: 3}, {Rows: 1000}, {Bytes: 1}, {Bytes: 100}, {Rows: 2, Bytes: 50}} {
		if diff := cmp.Diff(want, readAll(t, c, c.All(), l)); diff != "" {
			t.Errorf("limit %+v gives other rows (-none +limit):\n%s", l, diff)
		}
	}
}

// resume: a reader that begins where a piece ended gives the rest.
func resume(t *testing.T, c Case) {
	s := c.Make(t)
	defer closeIt(t, s)
	for _, name := range partitions(t, s) {
		all, _, _ := Read(t, s, c.Columns, connector.Start{Partition: name, Columns: c.All()}, connector.Limit{})
		r, err := s.Open(t.Context(), connector.Start{Partition: name, Columns: c.All()})
		if err != nil {
			t.Fatal(err)
		}
		var seen []Row
		for i := 0; ; i++ {
			if i < 20 || i%17 == 0 {
				rest, _, _ := Read(t, s, c.Columns, connector.Start{Partition: name, From: r.Offset(), Columns: c.All()}, connector.Limit{})
				if diff := cmp.Diff(all, slices.Concat(seen, rest)); diff != "" {
					t.Fatalf("%d rows read, then resumed at %x (-whole +resumed):\n%s", len(seen), r.Offset(), diff)
				}
			}
			p, err := r.Fetch(connector.Limit{Rows: 1 + i%5})
			if errors.Is(err, io.EOF) || p == nil && err == nil {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			some, _ := Decode(t, p, name, c.Columns, c.All())
			seen = append(seen, some...)
			p.Release()
		}
		closeIt(t, r)
	}
}

// projection: a column has the same values whatever else is read.
func projection(t *testing.T, c Case) {
	if c.Faulty {
		t.Skip("the source has faulty rows")
	}
	all := readAll(t, c, c.All(), connector.Limit{})
	backwards := c.All()
	slices.Reverse(backwards)
	wants := [][]int{backwards, {}}
	for i := range c.Columns {
		wants = append(wants, []int{i})
	}
	for _, wanted := range wants {
		want := make([]Row, len(all))
		for i, row := range all {
			want[i] = Row{Partition: row.Partition}
			for _, col := range wanted {
				want[i].Values = append(want[i].Values, row.Values[col])
			}
		}
		if diff := cmp.Diff(want, readAll(t, c, wanted, connector.Limit{})); diff != "" {
			t.Errorf("columns %v alone (-of all +alone):\n%s", wanted, diff)
		}
	}
}

// parallel: pieces may be decoded by several goroutines at once.
func parallel(t *testing.T, c Case) {
	want := readAll(t, c, c.All(), connector.Limit{})
	s := c.Make(t)
	defer closeIt(t, s)
	var results [][]Row
	var group sync.WaitGroup
	for _, name := range partitions(t, s) {
		r, err := s.Open(t.Context(), connector.Start{Partition: name, Columns: c.All()})
		if err != nil {
			t.Fatal(err)
		}
		var pieces []connector.Piece
		for {
			p, err := r.Fetch(connector.Limit{Rows: 1 + len(pieces)%7})
			if errors.Is(err, io.EOF) || p == nil && err == nil {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			pieces = append(pieces, p)
		}
		closeIt(t, r) // pieces outlive their reader
		first := len(results)
		results = append(results, make([][]Row, len(pieces))...)
		for i, p := range pieces {
			out := &results[first+i]
			group.Go(func() {
				*out, _ = Decode(t, p, name, c.Columns, c.All())
				p.Release()
			})
		}
		group.Wait()
	}
	if diff := cmp.Diff(want, slices.Concat(results...)); diff != "" {
		t.Errorf("decoded in parallel (-one after the other +parallel):\n%s", diff)
	}
}

// wait: a context that has ended ends the waiting.
func wait(t *testing.T, c Case) {
	s := c.Make(t)
	defer closeIt(t, s)
	for _, name := range partitions(t, s) {
		r, err := s.Open(t.Context(), connector.Start{Partition: name, Columns: c.All()})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Wait(t.Context()); err != nil {
			t.Errorf("wait for a partition with rows: %v", err)
		}
		for {
			p, err := r.Fetch(connector.Limit{})
			if err != nil || p == nil {
				break
			}
			p.Release()
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Wait(ended); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("wait with a cancelled context: %v", err)
		}
		closeIt(t, r)
	}
}

// closing: a reader can be closed twice, answers io.EOF as often as it is asked, and nothing after Close.
func closing(t *testing.T, c Case) {
	s := c.Make(t)
	defer closeIt(t, s)
	for _, name := range partitions(t, s) {
		r, err := s.Open(t.Context(), connector.Start{Partition: name, Columns: c.All()})
		if err != nil {
			t.Fatal(err)
		}
		for {
			p, err := r.Fetch(connector.Limit{})
			if errors.Is(err, io.EOF) {
				if _, err := r.Fetch(connector.Limit{}); !errors.Is(err, io.EOF) {
					t.Errorf("after io.EOF came %v", err)
				}
				if !s.Traits().Bounded {
					t.Error("a source that is not bounded ended")
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if p == nil {
				if s.Traits().Bounded {
					t.Error("a bounded source has neither rows nor an end")
				}
				break
			}
			p.Release()
		}
		closeIt(t, r)
		closeIt(t, r)
		if p, err := r.Fetch(connector.Limit{}); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("fetch after close gave %v, %v", p, err)
		}
	}
}

// ack: it may be told twice, late, or for what was never fetched by this reader.
func ack(t *testing.T, c Case) {
	s := c.Make(t)
	defer closeIt(t, s)
	name := partitions(t, s)[0]
	r, err := s.Open(t.Context(), connector.Start{Partition: name, Columns: c.All()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, r)
	begin := r.Offset()
	p, err := r.Fetch(connector.Limit{Rows: 1})
	if err != nil || p == nil {
		t.Fatalf("first fetch: %v, %v", p, err)
	}
	end := p.End()
	p.Release()
	for _, o := range []connector.Offset{end, end, begin} {
		if err := r.Ack(t.Context(), o); err != nil {
			t.Errorf("ack of %x: %v", o, err)
		}
	}
}

func unknownPartition(t *testing.T, c Case) {
	s := c.Make(t)
	defer closeIt(t, s)
	r, err := s.Open(t.Context(), connector.Start{Partition: "no such partition", Columns: c.All()})
	if err == nil {
		closeIt(t, r)
		t.Fatal("a partition that does not exist was opened")
	}
	if !strings.Contains(err.Error(), "no such partition") {
		t.Errorf("the message does not name the partition: %v", err)
	}
}
