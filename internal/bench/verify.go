package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// verify compares what the query has given with the independent computation: all values of a view, the number of rows of a sink. The view is read beside
// the computation: with 100 M rows both take longer than what was measured.
func (b *bench) verify(ctx context.Context) error {
	b.tell("checking the result against the independent computation")
	s := newSeeds()
	want, got := &rows{seeds: s}, &rows{seeds: s}
	computed := make(chan error, 1)
	go func() { computed <- b.query.answer(b.inputs, want) }()
	var read error
	if b.Into != "blackhole" {
		read = b.readView(ctx, got)
	}
	if err := <-computed; err != nil {
		return fmt.Errorf("the independent computation: %w", err)
	}
	if read != nil {
		return fmt.Errorf("reading the view: %w", read)
	}
	r := &b.result
	r.Rows = want.sum.rows
	if r.Rows > 0 {
		r.RowBytes = float64(want.width) / float64(r.Rows)
	}
	if b.Into == "blackhole" {
		return b.verifyCount()
	}
	if got.sum != want.sum {
		return fmt.Errorf("the view has %s, and the independent computation %s", got.sum, want.sum)
	}
	r.Verified = true
	return nil
}

// verifyCount compares how many rows the sink has got.
func (b *bench) verifyCount() error {
	if b.sink == nil {
		return errors.New("the sink is not a blackhole")
	}
	r := &b.result
	if in, out, _ := b.sink.Counts(); in-out != r.Rows && (b.query.read == "" || in-out < r.Rows) {
		return fmt.Errorf("the sink has got %d rows and lost %d, and the independent computation has %d", in, out, r.Rows)
	}
	r.Verified = true
	return nil
}

// readView adds the rows of the view to what it has given.
func (b *bench) readView(ctx context.Context, got *rows) error {
	read := "SELECT * FROM result"
	if b.query.read != "" {
		read = b.query.read
	}
	return b.local.Read(ctx, read, func(columns []types.Type, rows *batch.Batch) error {
		addBatch(got, columns, rows)
		return nil
	})
}

// addBatch adds the rows of a result.
func addBatch(r *rows, columns []types.Type, b *batch.Batch) {
	for i := range b.Len() {
		for c := range b.Cols {
			v := &b.Cols[c]
			switch oid := columns[c].OID; {
			case v.IsNull(i):
				r.string(`\N`)
			case oid == types.OIDInt8:
				r.integer(v.Ints[i])
			case oid == types.OIDText:
				r.bytes(v.BytesAt(i))
			case oid == types.OIDTimestamp:
				r.clock(v.Ints[i], "")
			default:
				r.string(types.Text(columns[c], v.Value(i), types.DefaultSettings))
			}
		}
		r.endTimes(b.DiffAt(i))
	}
}
