package operators

import (
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/sql/batch"
)

// share makes a batch of the combinations whose rows share values (batch.Vec.Places): those of the pushed batch are not copied at all, and those of a row of
// another side once, in however many combinations it is.
func (j *multiJoin) share(own *streamSide, b *batch.Batch) *batch.Batch {
	out := &j.shared
	out.Cols = append(out.Cols[:0], j.out.Cols...)
	for n := range j.sides {
		s := &j.sides[n]
		if s == own {
			for c := range s.columns {
				out.Cols[s.first+c] = b.Cols[c]
				out.Cols[s.first+c].Places = j.sel
			}
			continue
		}
		x := &j.others[n]
		x.find(j.refs[n])
		for c := range s.columns {
			v := &j.out.Cols[s.first+c]
			s.log.gather(v, c, x.rows)
			out.Cols[s.first+c] = *v
			out.Cols[s.first+c].Places = x.places
		}
	}
	return out
}

// sharedRows finds the different rows among many. It keeps its memory between calls.
type sharedRows struct {
	rows   []ref   // each once
	places []int32 // of each of the many among rows
	slots  []int32 // open addressing: 1 + the place of a row, or 0
}

func (x *sharedRows) find(refs []ref) {
	x.rows, x.places = x.rows[:0], x.places[:0]
	shift := 64 - bits.Len(uint(2*len(refs))) // at most half full
	size := 1 << (64 - shift)
	x.slots = slices.Grow(x.slots[:0], size)[:size]
	clear(x.slots)
	mask := uint64(len(x.slots) - 1)
	for _, r := range refs {
		at := uint64(r) * 0x9e3779b97f4a7c15 >> shift
		for x.slots[at] != 0 && x.rows[x.slots[at]-1] != r {
			at = (at + 1) & mask
		}
		if x.slots[at] == 0 {
			x.rows = append(x.rows, r)
			x.slots[at] = int32(len(x.rows))
		}
		x.places = append(x.places, x.slots[at]-1)
	}
}
