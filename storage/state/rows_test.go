package state_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

var rowsColumns = []types.Type{types.Of(types.OIDInt8), types.Of(types.OIDText), types.Of(types.OIDBool), types.Of(types.OIDFloat8)}

func drawRows(t *rapid.T) *batch.Batch {
	b := batch.New(rowsColumns...)
	for range rapid.IntRange(0, 200).Draw(t, "rows") {
		row := []types.Value{
			types.IntValue(rapid.SampledFrom([]int64{0, 1, -1, math.MinInt64, math.MaxInt64, 1 << 40}).Draw(t, "int")),
			types.TextValue(rapid.SampledFrom([]string{"", "a", "text\x00"}).Draw(t, "text")),
			types.BoolValue(rapid.Bool().Draw(t, "bool")),
			types.FloatValue(rapid.SampledFrom([]float64{0, 1.5, math.Inf(-1)}).Draw(t, "float")),
		}
		if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
			row[rapid.IntRange(0, 3).Draw(t, "where")] = types.NullValue
		}
		b.AppendValues(rapid.SampledFrom([]int64{1, 1, 1, 1, 7}).Draw(t, "times"), row...)
	}
	return b
}

// TestRows writes rows into one value and reads them again, and values that are cut off anywhere.
func TestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawRows(t)
		from := rapid.IntRange(0, b.Len()).Draw(t, "from")
		to := rapid.IntRange(from, b.Len()).Draw(t, "to")
		value := state.AppendRows(nil, b, from, to)
		got, want := batch.New(rowsColumns...), batch.New(rowsColumns...)
		if err := state.DecodeRows(got, value); err != nil {
			t.Fatal(err)
		}
		for i := from; i < to; i++ {
			want.AppendRow(b, i, b.DiffAt(i))
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if invariants.Enabled { // what is cut off panics there
			return
		}
		cut := rapid.IntRange(0, len(value)-1).Draw(t, "cut")
		if err := state.DecodeRows(batch.New(rowsColumns...), value[:cut]); err == nil {
			t.Errorf("%d of %d bytes are no error", cut, len(value))
		}
		if err := state.DecodeRows(batch.New(rowsColumns...), append(value, 0)); err == nil {
			t.Error("a byte too many is no error")
		}
	})
}

// TestRowsGolden holds the bytes, which are part of the format of a data folder.
func TestRowsGolden(t *testing.T) {
	b := batch.New(rowsColumns...)
	b.AppendValues(1, types.IntValue(5), types.TextValue("ab"), types.BoolValue(true), types.FloatValue(1))
	b.AppendValues(2, types.IntValue(3), types.NullValue, types.BoolValue(false), types.FloatValue(0))
	want := "\x01\x02\x01\x02\x04" + "\x00\x0a\x03" + "\x01\x02\x00\x00\x00\x00\x00\x00\x00\x02\x00ab" + "\x00\x01\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\x00"
	if diff := cmp.Diff(want, string(state.AppendRows(nil, b, 0, b.Len()))); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
}
