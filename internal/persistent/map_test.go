package persistent

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestMap compares each version with a Go map that had the same changes, also after later ones.
func TestMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			is   Map[int, string]
			want map[int]string
		}
		versions := []version{{want: map[int]string{}}}
		for range rapid.IntRange(0, 200).Draw(t, "changes") {
			from := versions[rapid.IntRange(0, len(versions)-1).Draw(t, "of version")]
			next := version{want: maps.Clone(from.want)}
			k := rapid.IntRange(0, 40).Draw(t, "key")
			if rapid.Bool().Draw(t, "set") {
				v := rapid.StringN(0, 3, 3).Draw(t, "value")
				next.is, next.want[k] = from.is.With(k, v), v
			} else {
				next.is = from.is.Without(k)
				delete(next.want, k)
			}
			versions = append(versions, next)
		}
		for _, v := range versions {
			if diff := cmp.Diff(v.want, maps.Collect(v.is.All())); diff != "" {
				t.Fatal(diff)
			}
			if v.is.Len() != len(v.want) {
				t.Fatalf("%d entries, want %d", v.is.Len(), len(v.want))
			}
			for k := range 41 {
				got, found := v.is.Find(k)
				if want, there := v.want[k]; got != want || found != there || v.is.Get(k) != want {
					t.Fatalf("key %d: %q, %v, want %q, %v", k, got, found, want, there)
				}
			}
		}
	})
}

// TestCollision: keys of one hash do not hide each other.
func TestCollision(t *testing.T) {
	leaf := func(k int) *node[int, int] { return &node[int, int]{hash: 7, entries: []entry[int, int]{{k, k}}} }
	var root *node[int, int]
	root = root.with(&node[int, int]{hash: 7 + 1<<60, entries: []entry[int, int]{{9, 9}}}, 0)
	for k := range 3 {
		root = root.with(leaf(k), 0)
	}
	before := maps.Collect(root.seq())
	after := maps.Collect(root.without(7, 1, 0).seq())
	if diff := cmp.Diff(map[int]int{0: 0, 1: 1, 2: 2, 9: 9}, before); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[int]int{0: 0, 2: 2, 9: 9}, after); diff != "" {
		t.Error(diff)
	}
}

func (n *node[K, V]) seq() func(yield func(K, V) bool) {
	return func(yield func(K, V) bool) { n.all(yield) }
}

// TestChangeIsSmall: what a change allocates does not grow with the map.
func TestChangeIsSmall(t *testing.T) {
	var m Map[int, int]
	for k := range 20_000 {
		m = m.With(k, k)
	}
	if n := testing.AllocsPerRun(100, func() { m.With(-1, 1) }); n > 20 {
		t.Errorf("a change makes %.0f allocations", n)
	}
}
