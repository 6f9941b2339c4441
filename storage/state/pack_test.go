package state_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// drawShared makes rows whose columns partly share values, as those of the inputs of a join do.
func drawShared(t *rapid.T) *batch.Batch {
	b := drawRows(t)
	b.Diff = nil
	if b.Len() == 0 {
		return b
	}
	rows := rapid.IntRange(1, 150).Draw(t, "shared rows")
	input := func() []int32 {
		return rapid.SliceOfN(rapid.Int32Range(0, int32(b.Len())-1), rows, rows).Draw(t, "places")
	}
	inputs := [][]int32{input(), input()}
	for c := range b.Cols {
		if n := rapid.IntRange(0, 2).Draw(t, "input"); n < 2 {
			b.Cols[c].Places = inputs[n]
			continue
		}
		own := batch.NewVec(b.Cols[c].Type())
		own.Gather(&b.Cols[c], inputs[0])
		b.Cols[c] = own
	}
	b.SetLen(rows)
	return b
}

// TestPack packs rows, and reads them behind others, all columns or some.
func TestPack(t *testing.T) {
	var p state.Packer
	var u state.Unpacker
	rapid.Check(t, func(t *rapid.T) {
		b := drawShared(t)
		from := rapid.IntRange(0, b.Len()).Draw(t, "from")
		to := rapid.IntRange(from, b.Len()).Draw(t, "to")
		value := p.Append(nil, b.Cols, from, to)
		plain := batch.New(rowsColumns...)
		plain.AppendPlain(b)
		got, want := drawRows(t), batch.New(rowsColumns...)
		got.Diff = nil
		want.AppendAll(got)
		want.AppendRange(plain, from, to)
		dst, kinds := make([]*batch.Vec, len(rowsColumns)), make([]types.Kind, len(rowsColumns))
		for i := range dst {
			kinds[i] = rowsColumns[i].Kind()
			if rapid.IntRange(0, 3).Draw(t, "unwanted") > 0 {
				dst[i] = &got.Cols[i]
			} else {
				got.Cols[i], want.Cols[i] = batch.NewVec(rowsColumns[i]), batch.NewVec(rowsColumns[i])
				for range want.Len() {
					got.Cols[i].AppendNull()
					want.Cols[i].AppendNull()
				}
			}
		}
		n, err := u.Decode(dst, kinds, value)
		if err != nil || n != to-from {
			t.Fatalf("%d rows, want %d: %v", n, to-from, err)
		}
		got.SetLen(want.Len())
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if invariants.Enabled { // what is cut off panics there
			return
		}
		cut := rapid.IntRange(0, len(value)-1).Draw(t, "cut")
		if _, err := u.Decode(dst, kinds, value[:cut]); err == nil {
			t.Errorf("%d of %d bytes are no error", cut, len(value))
		}
		if _, err := u.Decode(dst, kinds, append(value, 0)); err == nil {
			t.Error("a byte too many is no error")
		}
	})
}

// TestPackGolden holds the bytes, which are part of the format of a data folder.
func TestPackGolden(t *testing.T) {
	b := batch.New(rowsColumns[:3]...)
	b.AppendValues(1, types.IntValue(5), types.TextValue("ab"), types.BoolValue(true))
	b.AppendValues(1, types.IntValue(3), types.NullValue, types.BoolValue(false))
	b.AppendValues(1, types.IntValue(4), types.TextValue("c"), types.BoolValue(false))
	places := []int32{2, 1, 2}
	b.Cols[1].Places = places
	b.Cols[2].Places = places
	want := "\x01\x03\x01" + "\x02\x00\x00\x01\x00\x00\x00" + "\x00\x04\x00\x00\x00\x00\x0a\x03\x02" +
		"\x01\x0c\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01\x00c" + "\x01\x03\x00\x00\x00\x00\x00\x00"
	var p state.Packer
	if diff := cmp.Diff(want, string(p.Append(nil, b.Cols, 0, 3))); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
}
