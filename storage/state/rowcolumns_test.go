package state_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// TestRowsDecoder: rows decoded column by column are what they are one by one, whichever columns are wanted.
func TestRowsDecoder(t *testing.T) {
	var d state.RowsDecoder
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.SliceOfN(rapid.SampledFrom([]types.Type{types.Of(types.OIDInt8), types.Of(types.OIDText), types.Of(types.OIDFloat8), types.Of(types.OIDBool)}), 1, 20).Draw(t, "columns")
		b := batch.New(columns...)
		nulls := rapid.Bool().Draw(t, "nulls")
		rows := rapid.IntRange(0, 20).Draw(t, "rows")
		var all []int
		var kinds []types.Kind
		for c := range columns {
			v := &b.Cols[c]
			all, kinds = append(all, c), append(kinds, v.Kind())
			for range rows {
				if nulls && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
					v.AppendNull()
				} else {
					v.Append(randomValue(t, v.Kind()))
				}
			}
		}
		b.SetLen(rows)
		var encoded key.Keys
		for i := range rows {
			encoded.Data = state.AppendRow(encoded.Data, b, all, i)
			encoded.End()
		}
		got, want := batch.New(columns...), batch.New(columns...)
		gotTo, wantTo := make([]*batch.Vec, len(columns)), make([]*batch.Vec, len(columns))
		for c := range columns {
			if rapid.Bool().Draw(t, "wanted") {
				gotTo[c], wantTo[c] = &got.Cols[c], &want.Cols[c]
			}
		}
		if err := d.Decode(gotTo, kinds, &encoded); err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if _, err := state.DecodeRow(wantTo, kinds, encoded.At(i)); err != nil {
				t.Fatal(err)
			}
		}
		for c := range columns {
			if gotTo[c] == nil {
				continue
			}
			for i := range rows {
				if diff := cmp.Diff(wantTo[c].Value(i), gotTo[c].Value(i)); diff != "" {
					t.Fatalf("row %d, column %d (-one by one +at once): %s", i, c, diff)
				}
			}
		}
		if rows == 0 || invariants.Enabled { // what is cut off panics there
			return
		}
		// The last row is cut off somewhere.
		end := encoded.Ends[rows-1]
		encoded.Ends[rows-1] = uint32(rapid.IntRange(int(end)-len(encoded.At(rows-1)), int(end)-1).Draw(t, "cut"))
		for c := range columns {
			gotTo[c] = &got.Cols[c]
		}
		if err := d.Decode(gotTo, kinds, &encoded); err == nil {
			t.Fatal("a row that is cut off is no error")
		}
	})
}

func randomValue(t *rapid.T, k types.Kind) types.Value {
	switch k {
	case types.Bool:
		return types.BoolValue(rapid.Bool().Draw(t, "bool"))
	case types.Int64:
		n := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, -1, 63, 64, -64, -65, math.MinInt64, math.MaxInt64, 1<<55 - 1, 1 << 55, -1 << 55})).Draw(t, "int")
		return types.IntValue(n)
	case types.Float64:
		return types.FloatValue(rapid.Float64().Draw(t, "float"))
	default:
		return types.BytesValue(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "bytes"))
	}
}
