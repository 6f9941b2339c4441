package key_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/storage/key"
)

func TestSorter(t *testing.T) {
	var s key.Sorter
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "prefix")
		var k key.Keys
		for range rapid.IntRange(0, 150).Draw(t, "keys") {
			tail := rapid.SliceOfN(rapid.ByteRange(0, 1), 0, 20).Draw(t, "key")
			k.Append(append(slices.Clone(prefix), tail...))
		}
		var want []int32
		for i := range k.Len() {
			want = append(want, int32(i))
		}
		slices.SortStableFunc(want, func(a, b int32) int { return bytes.Compare(k.At(int(a)), k.At(int(b))) })
		if got := s.Sort(&k); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
