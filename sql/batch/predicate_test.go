package batch_test

import (
	"math"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Select and Refine have loops of their own for what Match tells for one value.
func TestPredicateLoops(t *testing.T) {
	ints, texts := batch.NewVec(types.Of(types.OIDInt8)), batch.NewVec(types.Of(types.OIDText))
	for _, x := range []int64{3, math.MinInt64, 7, -1, 3, math.MaxInt64, 0, 5} {
		ints.Append(types.IntValue(x))
	}
	for _, s := range []string{"c", "", "g", "a", "c", "zz", "b", "e"} {
		texts.Append(types.BytesValue([]byte(s)))
	}
	intsOrNull, textsOrNull := ints, texts
	intsOrNull.Ints = slices.Clone(ints.Ints)
	intsOrNull.SetNull(2)
	textsOrNull.SetNull(4)
	values := map[bool][][]types.Value{
		true:  {{types.IntValue(3)}, {types.IntValue(math.MinInt64)}, {types.IntValue(math.MaxInt64)}, {types.IntValue(7), types.IntValue(-1)}},
		false: {{types.BytesValue([]byte("c"))}, {types.BytesValue([]byte("a")), types.BytesValue([]byte("zz"))}},
	}
	for _, v := range []*batch.Vec{&ints, &texts, &intsOrNull, &textsOrNull} {
		for _, constants := range values[v.Kind() == types.Int64] {
			for op := batch.In; op <= batch.GreaterOrEqual; op++ {
				if op > batch.NotIn && len(constants) > 1 {
					continue
				}
				p := batch.Predicate{Op: op, Values: constants}
				var all, some []int32 // what is true of all places, and of every other one
				for i := range int32(v.Len()) {
					if p.Match(v, int(i)) {
						all = append(all, i)
						if i%2 == 0 {
							some = append(some, i)
						}
					}
				}
				if got := p.Select(v, nil); !slices.Equal(got, all) {
					t.Errorf("%v %v: selects %v, want %v", op, constants, got, all)
				}
				if got := p.Refine(v, []int32{0, 2, 4, 6}); !slices.Equal(got, some) {
					t.Errorf("%v %v: refines to %v, want %v", op, constants, got, some)
				}
			}
		}
	}
}
