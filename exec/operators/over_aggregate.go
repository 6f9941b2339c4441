package operators

import (
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// slidingAggregate is an aggregate function over frames. What can be taken back moves along: each row enters and leaves once. The least
// or greatest value is the first of those that no later one is better than. All others are computed anew for each frame that differs from
// the one before.
type slidingAggregate struct {
	*fn.Aggregate
	filter int
	codec  *types.Codec
	vecs   []*batch.Vec
	owned  []batch.Vec // constant arguments, for all rows
	counts []bool      // which rows count

	words  []uint64
	groups []unsafe.Pointer
	minus  []int64
	sel    []int32
	at     rowRange // the rows that are in words
	update fn.AggUpdate
	result fn.AggResult

	frame *overFrame // of the part that is being computed

	best []int // of Extreme, in order

	rows  fn.AggRows
	chunk *batch.Batch
}

func newSlidingAggregate(c *flow.OverCall) *slidingAggregate {
	s := &slidingAggregate{Aggregate: c.Aggregate, filter: c.Filter}
	var args []types.Type
	for _, a := range c.Args {
		args = append(args, a.Type())
		s.owned = append(s.owned, batch.NewVec(a.Type()))
	}
	s.vecs = make([]*batch.Vec, len(args))
	s.chunk = batch.New(args...)
	s.result.Args = args
	if len(args) > 0 {
		s.codec, _ = types.CodecOf(args[0].OID)
	}
	if s.State != nil {
		s.words = make([]uint64, max(1, s.State.Words))
		for i := range s.chunk.Cols {
			s.update.Args = append(s.update.Args, &s.chunk.Cols[i])
		}
	}
	return s
}

// compute appends the results for all rows to out.
func (s *slidingAggregate) compute(w *overWalk, p *overPart, frame *overFrame, args []fn.Arg, out *batch.Vec) error {
	s.frame = frame
	s.prepare(p, args)
	for s.best = s.best[:0]; len(s.groups) < len(p.refs); {
		s.groups, s.minus = append(s.groups, unsafe.Pointer(unsafe.SliceData(s.words))), append(s.minus, -1)
	}
	s.clear(w)
	last := [3]rowRange{}
	for i := range p.refs {
		parts := frame.segments(p, i)
		if i > 0 && parts == last && !hasErrorAt(&p.errs, i-1) {
			out.AppendFrom(out, i-1)
			continue
		}
		last = parts
		if i%1024 == 0 {
			if err := w.cancelled(); err != nil {
				return err
			}
		}
		var err error
		switch {
		case s.Extreme != 0:
			s.extreme(p, i, parts, out)
		case s.State != nil:
			err = s.slideTo(w, p, i, out)
		default:
			s.collect(w, p, parts, out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hasErrorAt is hasError of errors that are not in order.
func hasErrorAt(errs *fn.Errors, row int) bool { return slices.Contains(errs.Rows, int32(row)) }

// prepare makes columns of the arguments and finds the rows that count.
func (s *slidingAggregate) prepare(p *overPart, args []fn.Arg) {
	n := len(p.refs)
	s.counts = s.counts[:0]
	for range n {
		s.counts = append(s.counts, true)
	}
	if s.filter >= 0 {
		v := &p.rows.Cols[s.filter]
		for i := range n {
			s.counts[i] = !v.IsNull(i) && v.Bools[i]
		}
	}
	for k, a := range args {
		s.vecs[k] = a.Vec
		if a.Const {
			v := &s.owned[k]
			v.Reset()
			for range n {
				v.AppendFrom(a.Vec, 0)
			}
			s.vecs[k] = v
		}
		if v := s.vecs[k]; !s.NullCall && v.HasNulls() {
			for i := range n {
				s.counts[i] = s.counts[i] && !v.IsNull(i)
			}
		}
	}
}

// clear makes the state that of no rows.
func (s *slidingAggregate) clear(w *overWalk) {
	clear(s.words)
	w.blobs.Reset()
	s.at = rowRange{}
}

// add adds rows to the state, or takes them out.
func (s *slidingAggregate) add(w *overWalk, rows rowRange, minus bool) error {
	s.sel = s.sel[:0]
	for i := rows.from; i < rows.to; i++ {
		if s.counts[i] {
			s.sel = append(s.sel, int32(i))
		}
	}
	if len(s.sel) == 0 {
		return nil
	}
	u := &s.update
	u.Groups, u.Sel, u.Blobs, u.Diffs = s.groups[:len(s.counts)], s.sel, w.blobs, nil
	if minus {
		u.Diffs = s.minus[:len(s.counts)]
	}
	copy(u.Args, s.vecs)
	return s.State.Update(u)
}

// slideTo appends the result for row i.
func (s *slidingAggregate) slideTo(w *overWalk, p *overPart, i int, out *batch.Vec) error {
	f := s.frame.rows[i]
	if f.len() == 0 {
		f = rowRange{s.at.from, s.at.from}
	}
	if f.from >= s.at.to || f.to <= s.at.from {
		s.clear(w)
		s.at = rowRange{f.from, f.from}
	}
	moves := []struct {
		rows  rowRange
		minus bool
	}{
		{rowRange{s.at.from, f.from}, true},
		{rowRange{f.from, s.at.from}, false},
		{rowRange{f.to, s.at.to}, true},
		{rowRange{s.at.to, f.to}, false},
	}
	// What is left out is taken out for this one row.
	kept := s.frame.segments(p, i)
	left := []rowRange{{f.from, f.from}, {f.from, f.from}}
	if s.frame.Exclude != fn.ExcludeNothing && f.len() > 0 {
		middle := max(kept[0].to, f.from)
		behind := min(kept[2].from, f.to)
		if kept[1].len() > 0 {
			left = []rowRange{{middle, i}, {i + 1, behind}}
		} else {
			left[0] = rowRange{middle, behind}
		}
	}
	for _, m := range moves {
		if err := s.add(w, m.rows, m.minus); err != nil {
			return err
		}
	}
	s.at = f
	for _, r := range left {
		if err := s.add(w, r, true); err != nil {
			return err
		}
	}
	r := &s.result
	r.Groups, r.Blobs, r.Out, r.Errors = s.groups[:1], w.blobs, out, &p.errs
	s.Finish(r)
	for _, r := range left {
		if err := s.add(w, r, false); err != nil {
			return err
		}
	}
	return nil
}

// extreme appends the least or greatest value of row i's frame.
func (s *slidingAggregate) extreme(p *overPart, i int, parts [3]rowRange, out *batch.Vec) {
	at := -1
	if s.frame.Exclude == fn.ExcludeNothing {
		at = s.moveExtreme(s.frame.rows[i])
	} else {
		for _, r := range parts {
			for k := r.from; k < r.to; k++ {
				if s.counts[k] && (at < 0 || s.better(k, at)) {
					at = k
				}
			}
		}
	}
	if at < 0 {
		out.AppendNull()
		return
	}
	out.AppendFrom(s.vecs[0], at)
}

// moveExtreme moves the frame on; neither of its ends goes back. best are the rows that may yet be the best of some frame.
func (s *slidingAggregate) moveExtreme(f rowRange) int {
	for k := max(s.at.to, f.from); k < f.to; k++ {
		if !s.counts[k] {
			continue
		}
		for len(s.best) > 0 && s.better(k, s.best[len(s.best)-1]) {
			s.best = s.best[:len(s.best)-1]
		}
		s.best = append(s.best, k)
	}
	s.at.to = max(s.at.to, f.to)
	drop := 0
	for drop < len(s.best) && s.best[drop] < f.from {
		drop++
	}
	s.best = slices.Delete(s.best, 0, drop)
	if len(s.best) == 0 || f.len() == 0 {
		return -1
	}
	return s.best[0]
}

// better tells that the value of a later row takes the place of that of an earlier one: it does, as in PostgreSQL, if they are equal.
func (s *slidingAggregate) better(later, earlier int) bool {
	return s.codec.Compare(s.vecs[0].Value(later), s.vecs[0].Value(earlier))*int(s.Extreme) >= 0
}

// collect computes a function from all rows of a frame.
func (s *slidingAggregate) collect(w *overWalk, p *overPart, parts [3]rowRange, out *batch.Vec) {
	s.chunk.Reset()
	r := &s.rows
	r.Counts, r.Args = r.Counts[:0], r.Args[:0]
	s.sel = s.sel[:0]
	for _, part := range parts {
		for i := part.from; i < part.to; i++ {
			if s.counts[i] {
				s.sel, r.Counts = append(s.sel, int32(i)), append(r.Counts, 1)
			}
		}
	}
	for k := range s.chunk.Cols {
		s.chunk.Cols[k].Gather(s.vecs[k], s.sel)
		r.Args = append(r.Args, &s.chunk.Cols[k])
	}
	r.Out, r.Errors, r.Settings = out, &p.errs, w.settings()
	s.Collect(r)
}
