package operators

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// Rows that are copied column by column are those that are copied one by one, and are freed as such.
func TestPutRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	b := batch.New(types.Of(types.OIDBool), types.Of(types.OIDText), types.Of(types.OIDInt8), types.Of(types.OIDFloat8), types.Of(types.OIDText))
	for range 200 {
		for c := range b.Cols {
			v := &b.Cols[c]
			switch {
			case rng.IntN(4) == 0:
				v.AppendNull()
			case v.Kind() == types.Bool:
				v.Append(types.BoolValue(rng.IntN(2) == 0))
			case v.Kind() == types.Int64:
				v.Append(types.IntValue(rng.Int64()))
			case v.Kind() == types.Float64:
				v.Append(types.FloatValue(rng.NormFloat64()))
			default:
				v.Append(types.BytesValue(bytes.Repeat([]byte{byte(rng.Uint32())}, rng.IntN(300))))
			}
		}
		b.AppendDiff(1)
	}
	// The columns of the store are others than those of the batch.
	cols := []int{4, 2, 0, 3, 1}
	var columns []types.Type
	for _, c := range cols {
		columns = append(columns, b.Cols[c].Type())
	}
	s := newRowStore(state.NewPool(), 1, columns, topHead)
	var sel []int32
	for i := range int32(b.Len()) {
		if rng.IntN(3) > 0 {
			sel = append(sel, i)
		}
	}
	rows, err := s.putRows([]ref{0}, b, cols, sel)
	if err != nil || len(rows) != 1+len(sel) {
		t.Fatal(len(rows), err)
	}
	for n, i := range sel {
		one, err := s.put(b, cols, int(i))
		if err != nil {
			t.Fatal(err)
		}
		r := rows[1+n]
		if got, want := s.appendState(nil, r), s.appendState(nil, one); !bytes.Equal(got, want) || !s.same(r, b, cols, int(i)) {
			t.Fatalf("row %d is %x, want %x", i, got, want)
		}
		for w := range topHead {
			if *word(s.at(r), w) != 0 {
				t.Fatalf("row %d has %d in its head", i, *word(s.at(r), w))
			}
		}
		s.remove(one)
		s.remove(r)
	}
	if s.live != 0 {
		t.Errorf("%d words are left", s.live)
	}
}
