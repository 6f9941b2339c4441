package dataflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// increment adds 1 to column b of the row with a key, as UPDATE does: it reads, and writes what follows from that.
func increment(t *testing.T, run *dataflow.Runtime, tab *dataflow.RelationDef, k int64) error {
	t.Helper()
	s, err := run.Snapshot()
	if err != nil {
		return err
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	txn := dataflow.Begin(s)
	var b builder
	b.add(&flow.Output{}, tab.Columns, b.scan(&tab.Relation, &flow.Access{Equal: []flow.Expr{number(k)}}))
	change := batch.New(columnTypes(tab.Columns)...)
	err = run.Read(t.Context(), dataflow.ReadOptions{Snapshot: s, Graph: &b.g, Txn: txn}, func(b *batch.Batch) error {
		for i := range b.Len() {
			change.AppendRow(b, i, -1)
			change.AppendRow(b, i, 1)
			change.Cols[1].Ints[change.Len()-1]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := txn.Write(tab.ID, change); err != nil {
		return err
	}
	_, err = run.Write(t.Context(), txn)
	return err
}

func TestConcurrentIncrements(t *testing.T) {
	w := newWorld(t, dataflow.Config{Workers: 2})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 0\n2 0")
	w.run.Start()
	const clients, each = 4, 25
	var wait sync.WaitGroup
	for c := range clients {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range each {
				for {
					err := increment(t, w.run, tab, int64(1+c%2))
					var conflict *dataflow.ConflictError
					if errors.As(err, &conflict) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					break
				}
			}
		}()
	}
	wait.Wait()
	if got, want := w.rows(&tab.Relation), bag(t, tab.Columns, "1 50\n2 50"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestWriteSkew: two transactions each read both rows and change one; only one of them may come in.
func TestWriteSkew(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 1\n2 1\n9 9")
	prepare := func(change string) (*dataflow.Txn, func()) {
		txn, end := w.begin()
		var b builder
		high := &flow.Limit{Value: number(2), Inclusive: true}
		b.add(&flow.Output{}, tab.Columns, b.scan(&tab.Relation, &flow.Access{High: high}))
		if _, err := w.read(&b.g, dataflow.ReadOptions{Txn: txn}); err != nil {
			t.Fatal(err)
		}
		rows, err := batch.Parse(columnTypes(tab.Columns), change)
		if err != nil {
			t.Fatal(err)
		}
		if err := txn.Write(tab.ID, rows); err != nil {
			t.Fatal(err)
		}
		return txn, end
	}
	one, endOne := prepare("-1 1 1\n+1 1 0")
	defer endOne()
	two, endTwo := prepare("-1 2 1\n+1 2 0")
	defer endTwo()
	other, endOther := prepare("+1 10 10")
	defer endOther()
	w.mustWrite(tab, "-1 9 9\n9 8") // behind what they have read
	if _, err := w.run.Write(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	for _, late := range []*dataflow.Txn{two, other} {
		var conflict *dataflow.ConflictError
		if _, err := w.run.Write(t.Context(), late); !errors.As(err, &conflict) || conflict.Relation != tab.ID {
			t.Fatalf("%v", err)
		}
	}
}

func TestOwnWrites(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "a", "b")
	tab.Arrangements = append(tab.Arrangements, flow.Arrangement{ID: 2, Table: 2, Key: []flow.SortKey{{Column: 1}}})
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.mustWrite(tab, "1 10\n2 20\n3 30")
	txn, end := w.begin()
	defer end()
	put := func(rows string) {
		b, err := batch.Parse(columnTypes(tab.Columns), signed(rows))
		if err != nil {
			t.Fatal(err)
		}
		if err := txn.Write(tab.ID, b); err != nil {
			t.Fatal(err)
		}
	}
	check := func(access *flow.Access, want string) {
		t.Helper()
		var b builder
		b.add(&flow.Output{}, tab.Columns, b.scan(&tab.Relation, access))
		got, err := w.read(&b.g, dataflow.ReadOptions{Txn: txn})
		if err != nil {
			t.Fatal(err)
		}
		if want := bag(t, tab.Columns, want); got != want {
			t.Errorf("%+v: %s, want %s", access, got, want)
		}
	}
	put("4 5\n-1 2 20\n2 21")
	mark := txn.Mark()
	put("-1 1 10\n-1 4 5\n4 6")
	for range 2 {
		check(nil, "2 21\n3 30\n4 6")
		check(&flow.Access{Reverse: true}, "2 21\n3 30\n4 6")
		check(&flow.Access{Arrangement: 1}, "2 21\n3 30\n4 6")
		check(&flow.Access{Equal: []flow.Expr{number(1)}}, "")
		check(&flow.Access{Equal: []flow.Expr{number(2)}}, "2 21")
		check(&flow.Access{Arrangement: 1, Equal: []flow.Expr{number(20)}}, "")
		check(&flow.Access{Arrangement: 1, Low: &flow.Limit{Value: number(6)}}, "2 21\n3 30")
	}
	if err := txn.Check(); err != nil {
		t.Fatal(err)
	}
	put("3 31")
	if err := txn.Check(); err == nil {
		t.Fatal("a second row with the key 3 is no error")
	}
	txn.Rollback(mark)
	check(nil, "1 10\n2 21\n3 30\n4 5")
	if _, err := w.run.Write(t.Context(), txn); err != nil {
		t.Fatal(err)
	}
	if got, want := w.rows(&tab.Relation), bag(t, tab.Columns, "1 10\n2 21\n3 30\n4 5"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRowIDs: rows of a table without a primary key have hidden numbers that are never given twice.
func TestRowIDs(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "rowid", "b")
	tab.RowID = 0
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	seen := map[string]bool{}
	for i := range 4 {
		w.mustWrite(tab, "NULL 7\nNULL 7")
		rows := w.rows(&tab.Relation)
		if seen[rows] {
			t.Fatalf("number given twice: %s", rows)
		}
		seen[rows] = true
		if i == 1 {
			w.crash(uint64(i))
		}
	}
	var b builder
	n := 0
	b.add(&flow.Output{}, tab.Columns, b.scan(&tab.Relation, nil))
	s, err := w.run.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	err = w.run.Read(t.Context(), dataflow.ReadOptions{Snapshot: s, Graph: &b.g}, func(b *batch.Batch) error {
		if n += b.Len(); n >= 3 {
			return op.ErrEnough
		}
		return nil
	})
	if err != nil || n < 3 {
		t.Fatalf("%d rows, %v", n, err)
	}
}

// TestUniqueIndex: nulls differ in a unique index, and a key may move from row to row in one epoch, whichever worker has them.
func TestUniqueIndex(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "a", "b")
		tab.Arrangements = append(tab.Arrangements, flow.Arrangement{ID: 2, Table: 2, Key: []flow.SortKey{{Column: 1}}, Unique: true})
		tab.Constraints = append(tab.Constraints, "t_b_key")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		rows := "1 NULL\n2 NULL"
		for i := range int64(20) {
			rows += fmt.Sprintf("\n%d %d", 10+i, i)
		}
		w.mustWrite(tab, rows)
		if err := w.write(tab, "50 7"); err == nil {
			t.Fatal("no error for a key that is there")
		}
		// All values move on by one row.
		rows, change := "1 NULL\n2 NULL", ""
		for i := range int64(20) {
			change += fmt.Sprintf("-1 %d %d\n%d %d\n", 10+i, i, 10+i, (i+1)%20)
			rows += fmt.Sprintf("\n%d %d", 10+i, (i+1)%20)
		}
		w.mustWrite(tab, change)
		var b builder
		b.add(&flow.Output{}, tab.Columns, b.scan(&tab.Relation, &flow.Access{Arrangement: 1}))
		got, err := w.read(&b.g, dataflow.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if want := bag(t, tab.Columns, rows); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestNothingIsTakenAfterFailure: when the store has failed while the loop runs, what comes later is refused and does not wait for a tick
// that never comes.
func TestNothingIsTakenAfterFailure(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	w.run.Start()
	failure := errors.New("the disk is full")
	w.store.Fail(failure)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	refused := func(what string, err error) {
		t.Helper()
		if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), failure.Error()) {
			t.Errorf("%s: %v, want %v", what, err, failure)
		}
	}
	for _, what := range []string{"the first transaction", "a transaction after the loop has ended"} {
		txn, end := w.begin()
		rows, err := batch.Parse(columnTypes(tab.Columns), signed("1 1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := txn.Write(tab.ID, rows); err != nil {
			t.Fatal(err)
		}
		_, err = w.run.Write(ctx, txn)
		end()
		refused(what, err)
	}
	_, err := w.run.Change(ctx, dataflow.Change{Relations: []dataflow.RelationDef{*table(2, "u", "a", "b")}})
	refused("a definition after the loop has ended", err)
}

// TestManyKeys: rows that come all at once are compared with those that are there, wherever they lie between them.
func TestManyKeys(t *testing.T) {
	w := newWorld(t, dataflow.Config{})
	tab := table(1, "t", "a", "b")
	w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
	span := func(from, to int) string {
		var lines []string
		for i := from; i < to; i++ {
			lines = append(lines, fmt.Sprintf("%d %d", i, i))
		}
		return strings.Join(lines, "\n")
	}
	w.mustWrite(tab, span(1000, 1200))
	for _, x := range []struct {
		from, to int
		breaks   bool
	}{
		{800, 1001, true},
		{800, 1000, false},
		{1199, 1400, true},
		{1200, 1400, false},
		{1100, 1101, true},
		{700, 1500, true},
		{1400, 1401, false},
		{1401, 1401 + 3*1024, false},
		{1300, 1301 + 3*1024, true},
	} {
		err := w.write(tab, span(x.from, x.to))
		if broken := err != nil && strings.Contains(err.Error(), "duplicate key"); broken != x.breaks || err != nil && !broken {
			t.Errorf("%d to %d: %v", x.from, x.to, err)
		}
	}
	if err := w.write(tab, span(9000, 9100)+"\n"+span(9000, 9001)); err == nil {
		t.Error("a key came twice at once")
	}
	want := span(800, 1401+3*1024)
	if got := w.rows(&tab.Relation); got != bag(t, tab.Columns, want) {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}
