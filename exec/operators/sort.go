package operators

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

const (
	// runItems is how many rows are sorted at once: a few milliseconds.
	runItems = 1 << 14
	// boundedRows is up to how many wanted rows (OFFSET plus LIMIT) only the best of the rows seen so far are kept.
	boundedRows = runItems / 4
)

// sortItem is a row to be sorted. Where the abbreviations of two differ they decide.
type sortItem struct {
	abbreviation uint64
	row          ref
	_            uint32
}

// sorter orders all rows of a one-shot read. Rows are sorted in runs as they come, and the runs are merged while they are emitted: no step takes
// long. With a small LIMIT the one run is cut to the best rows whenever it is full, and the worst of them turns others away.
type sorter struct {
	spec  *flow.Sort
	env   Env
	rows  *rowStore // the head is the row's multiplicity
	order *rowOrder
	cols  []int

	ready  bool
	window rowWindow
	// space is memory for runs, in chunks; room is what is left of the last one.
	space []state.Chunk
	room  []sortItem
	run   []sortItem
	runs  [][]sortItem

	bounded   bool // only the first window.to rows are kept
	cut       bool // some rows were dropped
	threshold sortItem
	negative  bool // some multiplicity was
	abbrev    []uint64

	out   *batch.Batch
	refs  []ref
	diffs []int64
	filling
	// at is the number of the next row; last is the row that filled the window, for WITH TIES.
	at   int64
	last ref
}

func newSorter(spec *flow.Sort, env Env) *sorter {
	s := &sorter{spec: spec, env: env, cols: identity(len(spec.Columns)), out: batch.New(spec.Columns...)}
	s.rows = newRowStore(env.Pool, env.Owner, spec.Columns, 1)
	s.order = newRowOrder(s.rows, spec.Columns, spec.Order)
	return s
}

func (s *sorter) prepare() error {
	if s.ready {
		return nil
	}
	w, err := evalWindow(s.env.Eval, s.spec.Limit, s.spec.Offset)
	if err != nil {
		return err
	}
	s.window, s.ready, s.bounded = w, true, w.to <= boundedRows
	return nil
}

func (s *sorter) compare(a, b sortItem) int {
	if n := cmp.Compare(a.abbreviation, b.abbreviation); n != 0 {
		return n
	}
	return s.order.compare(a.row, b.row)
}

func (s *sorter) Push(_ int, b *batch.Batch, _ op.Emit) error {
	if err := s.prepare(); err != nil {
		return err
	}
	if s.window.to == s.window.from {
		return op.ErrEnough
	}
	s.abbrev = s.order.abbreviate(s.abbrev[:0], b)
	for i, abbreviation := range s.abbrev {
		if s.cut && abbreviation > s.threshold.abbreviation {
			continue
		}
		if err := s.add(b, i, abbreviation); err != nil {
			return err
		}
	}
	return nil
}

func (s *sorter) add(b *batch.Batch, i int, abbreviation uint64) error {
	diff := b.DiffAt(i)
	if diff < 0 {
		s.negative, s.bounded = true, false
	}
	r, err := s.rows.put(b, s.cols, i)
	if err != nil {
		return err
	}
	item := sortItem{abbreviation: abbreviation, row: r}
	if s.cut && s.beyond(item) {
		s.rows.remove(r)
		return nil
	}
	if s.cut && diff < 0 {
		return invariants.Errorf("a row is taken back from an ORDER BY with LIMIT")
	}
	*word(s.rows.at(r), 0) = uint64(diff)
	if s.run == nil {
		if s.run, err = s.newRun(); err != nil {
			return err
		}
	}
	if s.run = append(s.run, item); len(s.run) == cap(s.run) {
		s.full()
	}
	return nil
}

// beyond tells that a row comes after all that are wanted.
func (s *sorter) beyond(item sortItem) bool {
	if s.spec.WithTies {
		return s.order.compareOrder(item.row, s.threshold.row) > 0
	}
	return s.compare(item, s.threshold) > 0
}

// newRun returns memory for a run.
func (s *sorter) newRun() ([]sortItem, error) {
	if len(s.room) == 0 {
		c, err := s.env.Pool.Get(s.env.Owner)
		if err != nil {
			return nil, err
		}
		s.space = append(s.space, c)
		s.room = unsafe.Slice((*sortItem)(unsafe.Pointer(unsafe.SliceData(c))), len(c)/int(unsafe.Sizeof(sortItem{})))
	}
	run := s.room[:0:runItems]
	s.room = s.room[runItems:]
	return run, nil
}

// full sorts the run, and cuts it or begins another one.
func (s *sorter) full() {
	slices.SortFunc(s.run, s.compare)
	if s.bounded {
		if s.cutRun(); len(s.run) <= cap(s.run)/2 {
			return
		}
		// So many rows are level with the last one. They stay, and what is behind them goes on being turned away.
	}
	s.runs, s.run = append(s.runs, s.run), nil
}

// cutRun drops the rows of the run, which is sorted, behind the window.
func (s *sorter) cutRun() {
	at := int64(0)
	for i, item := range s.run {
		if at += int64(*word(s.rows.at(item.row), 0)); at >= s.window.to {
			s.threshold, s.cut = item, true
			s.drop(i + 1)
			return
		}
	}
}

// drop removes the rows of the run from the n-th on that are beyond the threshold.
func (s *sorter) drop(n int) {
	for n < len(s.run) && !s.beyond(s.run[n]) {
		n++
	}
	for _, item := range s.run[n:] {
		s.rows.remove(item.row)
	}
	s.run = s.run[:n]
}

func (s *sorter) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	outcome := op.Outcome{Watermark: earliest(t.Watermarks), Wake: op.Never}
	if err := s.prepare(); err != nil {
		return outcome, err
	}
	if len(s.run) > 0 {
		slices.SortFunc(s.run, s.compare)
		s.runs = append(s.runs, s.run)
	}
	err := s.merge(emit)
	s.rows.reset()
	for _, c := range s.space {
		s.env.Pool.Put(s.env.Owner, c)
	}
	s.space, s.room, s.run, s.runs = nil, nil, nil, nil
	return outcome, err
}

// merge emits the rows of all runs in order. Equal rows come one after the other, so that they can be summed up.
func (s *sorter) merge(emit op.Emit) error {
	m := runMerge{runs: s.runs, compare: s.compare}
	m.init()
	row, count := ref(0), int64(0) // not passed yet
	for {
		item, ok := m.next()
		if ok && s.negative && row != 0 && s.order.compare(row, item.row) == 0 {
			count += int64(*word(s.rows.at(item.row), 0))
			continue
		}
		if row != 0 && !s.pass(row, count) {
			break
		}
		if n := len(s.refs); n > 0 && s.filling.full(s.rows, s.refs[n-1], n, 0) {
			if err := s.flush(emit); err != nil {
				return err
			}
		}
		if !ok {
			break
		}
		row, count = item.row, int64(*word(s.rows.at(item.row), 0))
	}
	return s.flush(emit)
}

// pass takes the next row in order, which is there count times. It tells whether more rows are wanted.
func (s *sorter) pass(row ref, count int64) bool {
	invariants.Assertf(count >= 0, "a row is there %d times", count)
	if s.window.to == s.window.from {
		return false
	}
	n := s.window.clip(s.at, count)
	if s.at >= s.window.to {
		if !s.spec.WithTies || s.order.compareOrder(s.last, row) != 0 {
			return false
		}
		n = count
	} else if s.at+count >= s.window.to {
		s.last = row
		if s.spec.WithTies {
			n += s.at + count - s.window.to
		}
	}
	s.at += count
	if n > 0 {
		s.refs, s.diffs = append(s.refs, row), append(s.diffs, n)
	}
	return true
}

func (s *sorter) flush(emit op.Emit) error {
	if len(s.refs) == 0 {
		return nil
	}
	s.out.Reset()
	s.rows.appendRows(s.out, 0, s.refs)
	for _, d := range s.diffs {
		s.out.AppendDiff(d)
	}
	s.refs, s.diffs = s.refs[:0], s.diffs[:0]
	return emit(s.out)
}

// runMerge gives the items of sorted runs in one order: a heap of the runs by their first items.
type runMerge struct {
	runs    [][]sortItem
	compare func(a, b sortItem) int
}

func (m *runMerge) init() {
	m.runs = slices.DeleteFunc(m.runs, func(run []sortItem) bool { return len(run) == 0 })
	for i := len(m.runs)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
}

func (m *runMerge) next() (sortItem, bool) {
	if len(m.runs) == 0 {
		return sortItem{}, false
	}
	item := m.runs[0][0]
	if m.runs[0] = m.runs[0][1:]; len(m.runs[0]) == 0 {
		last := len(m.runs) - 1
		m.runs[0] = m.runs[last]
		m.runs = m.runs[:last]
	}
	m.down(0)
	return item, true
}

func (m *runMerge) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.runs); child++ {
			if m.compare(m.runs[child][0], m.runs[least][0]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		m.runs[i], m.runs[least] = m.runs[least], m.runs[i]
		i = least
	}
}
