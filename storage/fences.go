package storage

import (
	"bytes"
	"slices"

	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// fences tell where in a run a key is to be looked for. Halving a run of a hundred thousand entries looks at seventeen keys, which lie all over it, most in
// no cache of the processor. Fences are a few bytes of each 32nd key, side by side: between two of them are five keys to look at.
type fences struct {
	// common is how many bytes all keys begin with.
	common int
	// heads are the next 8 bytes of the keys 0, fenceRows, 2*fenceRows and so on, as key.Head has them; nil for a run that has few keys.
	heads []uint64
}

const (
	fenceRows = 32
	// fencedRows is how many entries a run has that is worth fences.
	fencedRows = 4 * fenceRows
)

func newFences(r *state.Run) (f fences) {
	n := r.Len()
	if n < fencedRows {
		return f
	}
	first, last := r.Keys.At(0), r.Keys.At(n-1)
	for f.common < len(first) && f.common < len(last) && first[f.common] == last[f.common] {
		f.common++
	}
	f.heads = make([]uint64, 0, (n+fenceRows-1)/fenceRows)
	for i := 0; i < n; i += fenceRows {
		f.heads = append(f.heads, key.Head(r.Keys.At(i)[f.common:]))
	}
	return f
}

// seek is the first entry of a run, which the fences are of, whose key is at least k.
func (f *fences) seek(r *state.Run, k []byte) int {
	if f.heads == nil {
		return seek(r, k)
	}
	switch bytes.Compare(k[:min(len(k), f.common)], r.Keys.At(0)[:f.common]) {
	case -1: // or all that k has, which then all keys begin with
		return 0
	case 1:
		return r.Len()
	}
	h := key.Head(k[f.common:])
	// Keys before the fence at have lower heads and so are below k, and the one at the fence behind has a higher one: what lies between is looked at.
	at, found := slices.BinarySearch(f.heads, h)
	behind := at
	if found {
		behind++
		for behind < len(f.heads) && f.heads[behind] == h {
			behind++
		}
	}
	from, to := max(0, (at-1)*fenceRows+1), min(behind*fenceRows, r.Len())
	return seekWithin(r, from, to, k)
}
