package operators

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
)

// localTop lets those rows pass that may be among the first of their partition: in each batch, those that are not behind as many others as are
// wanted. It stands before the exchange of a top-N, of an input that takes no row back, and keeps nothing. Late rows pass, for they are to be
// seen where late rows go.
type localTop struct {
	order   *rowOrder // of what is looked at
	parts   *key.Encoder
	look    []int // as LooksAt
	looked  batch.Batch
	keyCols []int // of the partition, in what is looked at and in keys: the first
	wanted  int
	bounder *bounder // nil: no row is late
	closed  int64

	abbrev  []uint64
	changed []bool
	starts  []int32      // of runs of rows that are of one partition, and the number of rows behind them
	keys    *batch.Batch // the partition of each run
	hashes  []uint64
	scratch []byte
	slots   []int32 // open addressing: 1 + a group, or 0
	groups  []localGroup
	of      []int32  // the group of each run
	best    []uint64 // of each group: the smallest abbreviations so far, ascending
	firsts  []int32
	heads   *batch.Batch // the first row of each group
	sel     []int32
	out     *batch.Batch

	in, kept int // rows, since the last decision
	pause    int // batches that pass as they are
}

// localGroup is the rows of a batch that are of one partition.
type localGroup struct {
	run, row int32 // the first of it
	full     bool  // best is full: a row behind its last is not wanted
	size     int
}

// What localTop needs to be worth its while: it looks at localTrial rows, and if it keeps most of them stands aside for localPause batches.
const (
	localTrial = 8 * batch.Rows
	localPause = 128
)

// LooksAt are the columns by which a LocalTop chooses rows, beside those of its bound: those of the partition, then the first of the order. The others
// need not be made yet (batch.Vec.Numbers).
func LooksAt(spec *flow.LocalTop) []int {
	looks := slices.Clone(spec.Partition)
	for _, k := range spec.Order[:min(1, len(spec.Order))] {
		looks = append(looks, k.Column)
	}
	return looks
}

func newLocalTop(spec *flow.LocalTop, env Env) *localTop {
	l := &localTop{
		look: LooksAt(spec), keyCols: identity(len(spec.Partition)), wanted: spec.Rows, closed: env.closed(),
		slots: make([]int32, 2*batch.Rows), heads: batch.New(spec.Columns...), out: batch.New(spec.Columns...),
	}
	l.looked.Cols = make([]batch.Vec, len(l.look))
	var columns []types.Type
	for _, c := range l.look {
		columns = append(columns, spec.Columns[c])
	}
	var first []flow.SortKey
	for _, k := range spec.Order[:min(1, len(spec.Order))] {
		k.Column = len(spec.Partition)
		first = append(first, k)
	}
	l.order = newRowOrder(nil, columns, first)
	var partition []key.Column
	for _, t := range columns[:len(spec.Partition)] {
		partition = append(partition, key.Asc(t))
	}
	l.keys = batch.New(columns[:len(spec.Partition)]...)
	l.parts = key.NewEncoder(partition...)
	if spec.Bound != nil && !env.OneShot {
		l.bounder = newBounder(&env, spec.Bound, -1, spec.Columns)
	}
	return l
}

func (l *localTop) Push(_ int, b *batch.Batch, emit op.Emit) error {
	if l.passes(b.Len()) {
		return emit(b)
	}
	for i, c := range l.look {
		l.looked.Cols[i] = b.Cols[c]
	}
	l.looked.SetLen(b.Len())
	l.rate(&l.looked)
	if err := l.passLate(b); err != nil {
		return err
	}
	l.choose()
	switch len(l.sel) {
	case 0:
		return nil
	case b.Len():
		return emit(b)
	}
	l.out.Reset()
	l.out.Gather(b, l.sel)
	return emit(l.out)
}

// passes tells that the next so many rows pass unseen.
func (l *localTop) passes(rows int) bool {
	if l.pause == 0 && 0 < rows && rows <= batch.Rows {
		return false
	}
	l.pause = max(l.pause-1, 0)
	return true
}

// rate finds what is best in each partition. Of b it has what is looked at.
func (l *localTop) rate(b *batch.Batch) {
	l.abbrev = l.order.abbreviate(l.abbrev[:0], b)
	l.cut(b)
	l.group()
	l.findBest()
}

// cut finds the runs of a batch: in windows of time they are long.
func (l *localTop) cut(b *batch.Batch) {
	n := b.Len()
	l.changed = slices.Grow(l.changed[:0], n)[:n]
	clear(l.changed)
	l.changed[0] = true
	for _, c := range l.keyCols {
		b.Cols[c].MarkChanges(l.changed)
	}
	l.starts = l.starts[:0]
	for i, c := range l.changed {
		if c {
			l.starts = append(l.starts, int32(i))
		}
	}
	l.keys.Reset()
	for _, c := range l.keyCols {
		l.keys.Cols[c].Gather(&b.Cols[c], l.starts)
	}
	l.keys.SetLen(len(l.starts))
	l.starts = append(l.starts, int32(n))
}

// group finds the groups that runs are of.
func (l *localTop) group() {
	n := l.keys.Len()
	clear(l.slots)
	l.groups = l.groups[:0]
	l.hashes = slices.Grow(l.hashes[:0], n)[:0]
	if len(l.keyCols) == 0 {
		l.hashes = append(l.hashes, 0)
	} else {
		l.hashes, l.scratch = l.parts.Hash(l.hashes, l.scratch, l.keys, l.keyCols)
	}
	l.of = l.of[:0]
	for run := range n {
		l.of = append(l.of, l.find(int32(run)))
	}
}

func (l *localTop) find(run int32) int32 {
	hash, mask := l.hashes[run], uint64(len(l.slots)-1)
	for at := hash & mask; ; at = (at + 1) & mask {
		g := l.slots[at] - 1
		if g < 0 {
			g = int32(len(l.groups))
			l.slots[at] = g + 1
			l.groups = append(l.groups, localGroup{run: run, row: l.starts[run]})
			return g
		}
		if first := l.groups[g].run; l.hashes[first] == hash && l.keys.SameAt(l.keyCols, int(first), int(run)) {
			return g
		}
	}
}

// findBest finds what is best in each group.
func (l *localTop) findBest() {
	size := len(l.groups) * l.wanted
	l.best = slices.Grow(l.best[:0], size)[:size]
	for run, of := range l.of {
		g := &l.groups[of]
		best := l.best[int(of)*l.wanted:][:l.wanted]
		for _, x := range l.abbrev[l.starts[run]:l.starts[run+1]] {
			if !g.full || x < best[l.wanted-1] {
				g.add(best, x)
			}
		}
	}
}

// add puts an abbreviation among the best.
func (g *localGroup) add(best []uint64, x uint64) {
	n := g.size
	if g.full {
		n--
	} else {
		g.size++
		g.full = g.size == len(best)
	}
	for n > 0 && best[n-1] > x {
		best[n] = best[n-1]
		n--
	}
	best[n] = x
}

// passLate lets all rows of partitions that have closed pass.
func (l *localTop) passLate(b *batch.Batch) error {
	if l.bounder == nil || l.closed == op.NoWatermark {
		return nil
	}
	l.firsts = l.firsts[:0]
	for _, g := range l.groups {
		l.firsts = append(l.firsts, g.row)
	}
	l.heads.Reset()
	l.heads.Gather(b, l.firsts)
	if err := l.bounder.compute(l.heads); err != nil {
		return err
	}
	for g, bound := range l.bounder.bounds {
		if bound <= l.closed {
			l.groups[g].full = false
		}
	}
	return nil
}

// choose lists the rows that pass. Rows whose abbreviations are the same all do: which is first is not decided here.
func (l *localTop) choose() {
	l.sel = l.sel[:0]
	for run, of := range l.of {
		from, to := l.starts[run], l.starts[run+1]
		worst := uint64(math.MaxUint64)
		if l.groups[of].full {
			worst = l.best[(int(of)+1)*l.wanted-1]
		}
		for i, x := range l.abbrev[from:to] {
			if x <= worst {
				l.sel = append(l.sel, from+int32(i))
			}
		}
	}
	l.weigh()
}

// weigh decides whether to go on.
func (l *localTop) weigh() {
	l.in += len(l.abbrev)
	l.kept += len(l.sel)
	if l.in < localTrial {
		return
	}
	if l.kept > l.in*3/4 {
		l.pause = localPause
	}
	l.in, l.kept = 0, 0
}

func (l *localTop) EndTick(t op.Tick, _ op.Emit) (op.Outcome, error) {
	l.closed = earliest(t.Watermarks)
	return op.Outcome{Watermark: l.closed, Wake: op.Never}, nil
}
