package types_test

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/sql/types"
)

// TestIntText: integers are written as strconv writes them, behind what is there.
func TestIntText(t *testing.T) {
	check := func(n int64) {
		if got, want := string(types.AppendIntText([]byte("x"), n)), strconv.AppendInt([]byte("x"), n, 10); got != string(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	check(0)
	check(math.MinInt64)
	check(math.MaxInt64)
	for n := int64(1); n <= 1e18; n *= 10 {
		for _, x := range []int64{n - 1, n, n + 1, -n + 1, -n, -n - 1} {
			check(x)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(rapid.Int64().Draw(t, "n")) })
}
