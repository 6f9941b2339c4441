package state

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestOrdered compares the multiset with a map and sorted keys.
func TestOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool()
		set, model := NewOrdered(p, 7), map[string]int64{}
		length := rapid.SampledFrom([]int{1, 10, 500, 5000, 2 * ChunkBytes}).Draw(t, "length")
		numbers := rapid.SampledFrom([]int{5, 100, 3000}).Draw(t, "numbers")
		steps := 400
		if length > ChunkBytes {
			steps = 40
		}
		for range rapid.IntRange(0, steps).Draw(t, "steps") {
			k := fmt.Appendf(nil, "%05d", rapid.IntRange(0, numbers).Draw(t, "key"))
			k = append(k, bytes.Repeat([]byte("x"), length*int(k[4]-0x30)/10)...)
			diff := int64(1)
			if model[string(k)] > 0 && rapid.Bool().Draw(t, "remove") {
				diff = -model[string(k)]
			}
			if model[string(k)] += diff; model[string(k)] == 0 {
				delete(model, string(k))
			}
			count, err := set.Add(k, diff)
			if err != nil || count != model[string(k)] {
				t.Fatalf("%d, %v, want %d", count, err, model[string(k)])
			}
		}
		var want []string
		for k, n := range model {
			want = append(want, fmt.Sprint(k, n))
			if set.Count([]byte(k)) != n {
				t.Fatalf("%q: %d, want %d", k, set.Count([]byte(k)), n)
			}
		}
		slices.Sort(want)
		var got, back []string
		for it := set.Seek(nil); it.Valid(); it.Next() {
			got = append(got, fmt.Sprint(string(it.Key()), it.Count()))
		}
		for it := set.SeekLast(nil); it.Valid(); it.Prev() {
			back = append(back, fmt.Sprint(string(it.Key()), it.Count()))
		}
		slices.Reverse(back)
		if !slices.Equal(got, want) || !slices.Equal(back, want) || set.Len() != len(want) {
			t.Fatalf("got %d %v\nback %v\nwant %v", set.Len(), got, back, want)
		}
		from := fmt.Appendf(nil, "%05d", rapid.IntRange(0, numbers).Draw(t, "from"))
		i, _ := slices.BinarySearch(want, string(from))
		if it := set.Seek(from); it.Valid() != (i < len(want)) || it.Valid() && fmt.Sprint(string(it.Key()), it.Count()) != want[i] {
			t.Fatalf("seek %s", from)
		}
		if it := set.SeekLast(from); it.Valid() != (i > 0) || it.Valid() && fmt.Sprint(string(it.Key()), it.Count()) != want[i-1] {
			t.Fatalf("seek last %s", from)
		}
		set.Reset()
		if p.Bytes() != 0 {
			t.Fatalf("%d bytes after Reset", p.Bytes())
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
