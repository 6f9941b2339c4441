package operators

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// groupStates knows the states of the calls of an aggregate: where they lie in the row of a group, behind its count, and how rows are added to
// them.
type groupStates struct {
	spec   *flow.Aggregate
	words  int // of a group
	calls  []aggCall
	states []*aggState

	sel    [2][]int32
	result fn.AggResult
	merge  fn.AggMerge
}

// aggCall is one call: it reads the state at place state, or the multiset at place set.
type aggCall struct {
	*flow.AggCall
	state, set int
}

// countsRows tells that the result is the number of rows of the group, which is kept anyway.
func (c *aggCall) countsRows() bool { return c.Function.CountsRows && c.Filter < 0 }

// aggState is the state of one or several calls.
type aggState struct {
	*fn.AggState
	args   []int
	filter int
	nulls  bool // null arguments count
	set    int  // the multiset of DISTINCT, -1 for none
	// filterAt is the place of filter among those of the multiset.
	filterAt int
	word     int // where it begins in a group
	offset   uintptr
	update   fn.AggUpdate
	types    []types.Type
	empty    []*batch.Vec
}

// newGroupStates lays the states of the calls out behind the first words of a group.
func newGroupStates(spec *flow.Aggregate, words int, sets []*multiset) groupStates {
	g := groupStates{spec: spec, words: words}
	for i := range spec.Calls {
		c := aggCall{AggCall: &spec.Calls[i], state: -1, set: slices.IndexFunc(sets, func(s *multiset) bool { return slices.Contains(s.Calls, i) })}
		f := c.Function
		if f.State != nil && !c.countsRows() && (c.set < 0 || f.Extreme == 0) {
			c.state = g.stateOf(c, sets)
			if c.set >= 0 { // of DISTINCT values
				c.set = -1
			}
		}
		g.calls = append(g.calls, c)
	}
	return g
}

// stateOf is the place of a call's state; calls that have the same share it.
func (g *groupStates) stateOf(c aggCall, sets []*multiset) int {
	for i, s := range g.states {
		if s.AggState == c.Function.State && s.set == c.set && s.filter == c.Filter && slices.Equal(s.args, c.Args) {
			return i
		}
	}
	s := &aggState{AggState: c.Function.State, args: c.Args, filter: c.Filter, nulls: c.Function.NullCall, set: c.set, word: g.words}
	s.offset = state.RowHeader + 8*uintptr(s.word)
	s.update.Args = make([]*batch.Vec, len(s.args))
	for _, col := range s.args {
		v := batch.NewVec(g.spec.Columns[col])
		s.types, s.empty = append(s.types, g.spec.Columns[col]), append(s.empty, &v)
	}
	g.words += s.Words
	g.states = append(g.states, s)
	if s.set >= 0 {
		s.filterAt = slices.Index(sets[s.set].Filters, s.filter)
		sets[s.set].states = append(sets[s.set].states, s)
	}
	return len(g.states) - 1
}

// countOf is how many rows a group has.
func countOf(row unsafe.Pointer) *int64 { return (*int64)(unsafe.Pointer(state.Word(row, 0))) }

func (s *aggState) isBlob(i int) bool { return i < 64 && s.Blobs&(1<<i) != 0 }

// addRows adds rows of a batch, those that sel lists (nil: all), to the counts and states of their groups.
func (g *groupStates) addRows(blobs *state.Blobs, b *batch.Batch, sel []int32, rows []unsafe.Pointer) error {
	switch {
	case sel == nil && len(b.Diff) == 0:
		for _, row := range rows {
			*countOf(row)++
		}
	case sel == nil:
		for i, row := range rows {
			*countOf(row) += b.Diff[i]
		}
	default:
		for _, i := range sel {
			*countOf(rows[i]) += b.DiffAt(int(i))
		}
	}
	for _, s := range g.states {
		if s.set >= 0 {
			continue
		}
		for n, col := range s.args {
			s.update.Args[n] = &b.Cols[col]
		}
		counting := g.counting(b, s.filter, s.args, s.nulls, sel)
		if counting != nil && len(counting) == 0 {
			continue
		}
		s.update.Groups, s.update.Offset, s.update.Sel, s.update.Blobs = rows, s.offset, counting, blobs
		s.update.Diffs = b.Diff
		if len(b.Diff) == 0 {
			s.update.Diffs = nil
		}
		if err := s.Update(&s.update); err != nil {
			return err
		}
	}
	return nil
}

// counting restricts rows to those that a filter lets pass and whose arguments are not null. Nil is all rows.
func (g *groupStates) counting(b *batch.Batch, filter int, args []int, nulls bool, sel []int32) []int32 {
	turn := 0
	restrict := func(keep func(i int) bool) {
		out := g.sel[turn][:0]
		if sel == nil {
			for i := range b.Len() {
				if keep(i) {
					out = append(out, int32(i))
				}
			}
		}
		for _, i := range sel {
			if keep(int(i)) {
				out = append(out, i)
			}
		}
		if out == nil {
			out = []int32{}
		}
		g.sel[turn], sel = out, out
		turn = 1 - turn
	}
	if filter >= 0 {
		v := &b.Cols[filter]
		restrict(func(i int) bool { return v.Bools[i] && !v.IsNull(i) })
	}
	if nulls {
		return sel
	}
	for _, col := range args {
		if v := &b.Cols[col]; v.HasNulls() {
			restrict(func(i int) bool { return !v.IsNull(i) })
		}
	}
	return sel
}

// addGroups adds the counts and states of groups to those of others, one pair after the other: what has been added to may be added itself behind.
func (g *groupStates) addGroups(to, from []unsafe.Pointer, blobs, fromBlobs *state.Blobs) error {
	for i, row := range to {
		*countOf(row) += *countOf(from[i])
	}
	for _, s := range g.states {
		if s.set >= 0 {
			continue
		}
		g.merge = fn.AggMerge{To: to, From: from, Offset: s.offset, FromOffset: s.offset, Blobs: blobs, FromBlobs: fromBlobs, Args: s.empty}
		if err := s.Merge(&g.merge); err != nil {
			return err
		}
	}
	return nil
}

// results appends the results of the calls that have states to the columns of the calls. Errors have their places there.
func (g *groupStates) results(blobs *state.Blobs, rows []unsafe.Pointer, cols []batch.Vec, errs *fn.Errors) {
	if len(rows) == 0 {
		return
	}
	for i := range g.calls {
		c := &g.calls[i]
		switch {
		case c.countsRows():
			for _, row := range rows {
				cols[i].Ints = append(cols[i].Ints, *countOf(row))
			}
		case c.state >= 0:
			s := g.states[c.state]
			g.result = fn.AggResult{Groups: rows, Offset: s.offset, Blobs: blobs, Args: s.types, Out: &cols[i], Errors: errs}
			c.Function.Finish(&g.result)
		}
	}
}

// free makes the words of states 0 and frees the blobs they refer to.
func (g *groupStates) free(blobs *state.Blobs, row unsafe.Pointer) {
	for _, s := range g.states {
		for i := range s.Words {
			word := state.Word(row, s.word+i)
			if s.isBlob(i) {
				blobs.Free(*word)
			}
			*word = 0
		}
	}
}

// appendStates appends the words of the states as varints; blobs by their length + 1, 0 being none. It is part of the format of a data folder.
func (g *groupStates) appendStates(dst []byte, blobs *state.Blobs, row unsafe.Pointer) []byte {
	for _, s := range g.states {
		for i := range s.Words {
			word := *state.Word(row, s.word+i)
			switch {
			case !s.isBlob(i):
				dst = binary.AppendVarint(dst, int64(word))
			case word == 0:
				dst = append(dst, 0)
			default:
				blob := blobs.Get(word)
				dst = binary.AppendUvarint(dst, uint64(len(blob))+1)
				dst = append(dst, blob...)
			}
		}
	}
	return dst
}

// decodeStates fills the states of a new group with what was stored, and returns what is behind them.
func (g *groupStates) decodeStates(blobs *state.Blobs, row unsafe.Pointer, b []byte) (rest []byte, err error) {
	for _, s := range g.states {
		for i := range s.Words {
			word := state.Word(row, s.word+i)
			if !s.isBlob(i) {
				v, size := binary.Varint(b)
				if size <= 0 {
					return nil, errCutOff()
				}
				*word, b = uint64(v), b[size:]
				continue
			}
			length, size := binary.Uvarint(b)
			if size <= 0 || length > uint64(len(b)-size)+1 {
				return nil, errCutOff()
			}
			if b = b[size:]; length == 0 {
				continue
			}
			ref, err := blobs.Set(0, b[:length-1])
			if err != nil {
				return nil, err
			}
			*word, b = ref, b[length-1:]
		}
	}
	return b, nil
}
