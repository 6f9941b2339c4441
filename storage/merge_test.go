package storage

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/storage/state"
)

// TestMerge compares a merge with a map, in both directions, of runs that interleave entry by entry, in stretches of many entries, and not at all; some keys are in several.
func TestMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 400 {
		runs, want := stretchedRuns(rng, 1+rng.IntN(9), 1+rng.IntN(200))
		keys := make([]uint64, 0, len(want))
		for k := range want {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		reverse := round%2 == 1
		if reverse {
			slices.Reverse(keys)
		}
		m := merge{reverse: reverse}
		for _, r := range runs {
			m.add(r, 0, r.Len())
		}
		m.init()
		for _, k := range keys {
			top := m.top()
			if top == nil {
				t.Fatalf("round %d: the merge ends before key %d", round, k)
			}
			if got, age := binary.BigEndian.Uint64(top.key), top.run.Values.At(top.at)[0]; got != k || age != want[k] {
				t.Fatalf("round %d: key %d of run %d, not key %d of run %d", round, got, age, k, want[k])
			}
			m.next()
		}
		if m.top() != nil {
			t.Fatalf("round %d: the merge goes on behind the last key", round)
		}
	}
}

// stretchedRuns makes runs of the keys 0, 1, 2, ... up to 2,000, of which each run has stretches of up to so many entries, and answers which run is the
// last that has a key. The value of an entry is the number of its run.
func stretchedRuns(rng *rand.Rand, n, longest int) (runs []*state.Run, last map[uint64]byte) {
	last = map[uint64]byte{}
	for range n {
		runs = append(runs, &state.Run{})
	}
	var k [8]byte
	put := func(run int, number uint64) {
		binary.BigEndian.PutUint64(k[:], number)
		runs[run].Put(k[:], []byte{byte(run)})
		last[number] = max(last[number], byte(run))
	}
	for number := uint64(0); number < 2000; {
		run := rng.IntN(n)
		for range 1 + rng.IntN(longest) {
			put(run, number)
			if other := rng.IntN(10 * n); other < n && other != run {
				put(other, number)
			}
			number++
		}
	}
	return runs, last
}
