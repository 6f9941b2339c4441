package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// verify compares what the query has given with the independent computation: all values of a view, the number of rows of a sink.
func (b *bench) verify(ctx context.Context) error {
	b.tell("checking the result against the independent computation")
	s := newSeeds()
	want := &rows{seeds: s}
	if err := b.query.answer(b.inputs, want); err != nil {
		return fmt.Errorf("the independent computation: %w", err)
	}
	r := &b.result
	r.Rows = want.sum.rows
	if r.Rows > 0 {
		r.RowBytes = float64(want.width) / float64(r.Rows)
	}
	if b.Into == "blackhole" {
		if b.sink == nil {
			return errors.New("the sink is not a blackhole")
		}
		if in, out, _ := b.sink.Counts(); in-out != r.Rows && (b.query.read == "" || in-out < r.Rows) {
			return fmt.Errorf("the sink has got %d rows and lost %d, and the independent computation has %d", in, out, r.Rows)
		}
		r.Verified = true
		return nil
	}
	got := &rows{seeds: s}
	read := "SELECT * FROM result"
	if b.query.read != "" {
		read = b.query.read
	}
	err := b.local.Read(ctx, read, func(columns []types.Type, rows *batch.Batch) error {
		addBatch(got, columns, rows)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("reading the view: %w", err)
	case got.sum != want.sum:
		return fmt.Errorf("the view has %s, and the independent computation %s", got.sum, want.sum)
	}
	r.Verified = true
	return nil
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
