package dataflow

import (
	"testing"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestOutputNet: a sink gets rows that are net already in the order in which they have come, in batches that are not too large; the next tick takes
// the same memory, and what a large tick has taken is not kept for small ones.
func TestOutputNet(t *testing.T) {
	bigint := types.Of(types.OIDInt8)
	o := newOutputOp(&graph{}, []types.Type{bigint}, true)
	end := op.Tick{Watermarks: []int64{op.NoWatermark}}
	tick := func(sizes ...int) {
		t.Helper()
		in, pushed, got := batch.New(bigint), 0, 0
		for _, size := range sizes {
			in.Reset()
			for range size {
				in.AppendValues(1, types.IntValue(int64(pushed)))
				pushed++
			}
			if err := o.Push(0, in, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := o.EndTick(end, nil); err != nil || o.changed() != (pushed > 0) {
			t.Fatalf("of %d rows: %v, %v", pushed, o.changed(), err)
		}
		o.keep()
		if err := o.deliver(func(b *batch.Batch) error {
			if b.Len() == 0 || b.Len() > batch.Rows {
				t.Errorf("a batch of %d rows", b.Len())
			}
			for i := range b.Len() {
				if b.Cols[0].Ints[i] != int64(got) || b.DiffAt(i) != 1 {
					t.Fatalf("row %d is %d, diff %d", got, b.Cols[0].Ints[i], b.DiffAt(i))
				}
				got++
			}
			return nil
		}); err != nil || got != pushed || o.changed() {
			t.Fatalf("%d rows of %d were delivered, %v are left, %v", got, pushed, o.changed(), err)
		}
	}
	tick(1, batch.Rows, batch.Rows-1, 5)
	tick(3*batch.Rows+7, 100)
	tick()
	tick(20 * batch.Rows)
	tick(10)
	tick(10) // the memory of two ticks is used in turn
	tick(10)
	if n := len(o.tick.rows.list) + len(o.kept.rows.list); n > 6 {
		t.Errorf("%d batches are kept behind ticks of 10 rows", n)
	}
	in := batch.New(bigint)
	for i := range batch.Rows - 1 {
		in.AppendValues(1, types.IntValue(int64(i)))
	}
	five := func() {
		for range 5 {
			_ = o.Push(0, in, nil)
		}
		o.keep()
		_ = o.deliver(func(*batch.Batch) error { return nil })
	}
	five()
	if n := testing.AllocsPerRun(10, five); n > 0 {
		t.Errorf("%v allocations in a tick like the one before", n)
	}
}
