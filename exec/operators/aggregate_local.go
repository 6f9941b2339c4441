package operators

import (
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// localAggregate sums up rows of an aggregate behind it, on the worker on which they are, before they are dealt by the keys: so a key that most rows
// have is not the work of one worker, and few rows go from one to another.
//
// Its output has the columns of its input. n rows of one class, which are the same in keys, filters and in what is null, become one row with the
// multiplicity n; where integers are summed up or the least is looked for, one row with the sum and the least, and n-1 with 0 and null. An integer
// of which each is wanted once (DISTINCT) and that has been handed on in that class before is null: the rows in which none is new are summed up.
//
// Classes are summed up during a tick, and are remembered, with the integers that were handed on, until there are too many of them. Nothing of
// that need be right for long: a row may always pass as it is. Late rows do, for they are to be seen where late rows go.
type localAggregate struct {
	spec    *flow.LocalAggregate
	classes localClasses
	sums    []*localSum
	onces   []*localOnce
	bounder *bounder // nil: no row is late by its bound
	panes   *panes
	closed  int64

	diffs   []int64 // of each class, in this tick
	touched []int32 // classes that the tick has touched
	dirty   []bool  // whether it has
	summed  int     // rows since they were handed on

	raw    []bool  // rows of the batch that pass as they are
	rows   []int32 // the others, and the class of each
	of     []int32
	passes []int32
	out    *batch.Batch

	in, kept    int // rows, since the last decision
	pause, rest int // batches that pass as they are, and how many the next time
}

// Limits of a localAggregate.
const (
	// localClassesMax is how many classes are remembered: what they are made of stays in the processor's cache. Long keys are bounded by their bytes.
	localClassesMax = 8 * batch.Rows
	localBytesMax   = batch.BytesMax
	// localSumMax bounds the values that are summed up, and localRowsMax how many of them, so that no sum is too large.
	localSumMax  = 1 << 40
	localRowsMax = 1 << 22
	// A localAggregate looks at localTrial rows. If it hands on more than one for localGain it stands aside, for localPause batches at first and twice
	// as many each time, up to localRest.
	localGain = 3
	localRest = 32 * localPause
)

func newLocalAggregate(spec *flow.LocalAggregate, env Env) *localAggregate {
	l := &localAggregate{spec: spec, closed: env.closed(), classes: newLocalClasses(spec)}
	for i, role := range spec.Roles {
		switch role {
		case flow.LocalSum, flow.LocalMin, flow.LocalMax:
			l.sums = append(l.sums, &localSum{column: i, role: role})
		case flow.LocalDistinct:
			l.onces = append(l.onces, newLocalOnce(i))
		case flow.LocalAny, flow.LocalSame, flow.LocalWindow, flow.LocalPresent, flow.LocalPane:
		}
	}
	l.out = batch.New(spec.Columns...)
	if spec.Bound != nil {
		l.bounder = newBounder(&env, spec.Bound, -1, spec.Columns)
	}
	if spec.Panes != nil {
		l.panes = newPanes(spec.Panes)
	}
	return l
}

func (l *localAggregate) Push(_ int, b *batch.Batch, emit op.Emit) error {
	if l.pause > 0 || b.Len() == 0 || b.Len() > batch.Rows {
		l.pause = max(l.pause-1, 0)
		return emit(b)
	}
	if l.classes.len()+b.Len() > localClassesMax || l.classes.heads.Bytes() > localBytesMax {
		if err := l.flush(emit); err != nil {
			return err
		}
		l.forget()
	}
	l.in += b.Len()
	if err := l.sort(b); err != nil {
		return err
	}
	l.sum(b)
	if err := l.pass(b, emit); err != nil {
		return err
	}
	if l.summed > localRowsMax || l.weigh() {
		return l.flush(emit)
	}
	return nil
}

// sort tells the rows that pass as they are from those that are summed up, and finds the classes of these.
func (l *localAggregate) sort(b *batch.Batch) error {
	n := b.Len()
	l.raw = slices.Grow(l.raw[:0], n)[:n]
	clear(l.raw)
	if err := l.markLate(b); err != nil {
		return err
	}
	for _, s := range l.sums {
		s.markLarge(l.raw, b)
	}
	l.rows = l.rows[:0]
	for i, raw := range l.raw {
		if !raw {
			l.rows = append(l.rows, int32(i))
		}
	}
	l.of = l.classes.find(l.of[:0], b, l.rows)
	l.begin()
	for _, o := range l.onces {
		o.markNew(l.raw, b, l.rows, l.of)
	}
	return nil
}

// begin makes room for the classes that are new.
func (l *localAggregate) begin() {
	for len(l.diffs) < l.classes.len() {
		l.diffs, l.dirty = append(l.diffs, 0), append(l.dirty, false)
		for _, s := range l.sums {
			s.values = append(s.values, 0)
		}
	}
}

// markLate marks the rows that may be late, and those that are in no pane.
func (l *localAggregate) markLate(b *batch.Batch) error {
	if l.panes != nil {
		l.classes.panes = l.panes.markLate(l.classes.panes, l.raw, &b.Cols[l.panes.Time], l.closed)
	}
	if l.bounder == nil || l.closed == op.NoWatermark {
		return nil
	}
	if err := l.bounder.compute(b); err != nil {
		return err
	}
	for i, bound := range l.bounder.bounds {
		l.raw[i] = l.raw[i] || bound <= l.closed
	}
	return nil
}

// sum adds the rows that are not raw to their classes.
func (l *localAggregate) sum(b *batch.Batch) {
	kept := 0
	for k, i := range l.rows {
		if l.raw[i] {
			continue
		}
		c := l.of[k]
		if !l.dirty[c] {
			l.dirty[c], l.touched = true, append(l.touched, c)
			for _, s := range l.sums {
				s.begin(c, b.Cols[s.column].Ints[i])
			}
		}
		l.rows[kept], l.of[kept] = i, c
		kept++
	}
	l.rows, l.of = l.rows[:kept], l.of[:kept]
	l.summed += kept
	if len(b.Diff) == 0 {
		for _, c := range l.of {
			l.diffs[c]++
		}
	} else {
		for k, i := range l.rows {
			l.diffs[l.of[k]] += b.Diff[i]
		}
	}
	for _, s := range l.sums {
		s.add(b, l.rows, l.of)
	}
}

// pass lets the raw rows pass.
func (l *localAggregate) pass(b *batch.Batch, emit op.Emit) error {
	switch n := b.Len() - len(l.rows); n {
	case 0:
		return nil
	case b.Len():
		l.kept += n
		return emit(b)
	default:
		l.kept += n
	}
	l.passes = l.passes[:0]
	for i, raw := range l.raw {
		if raw {
			l.passes = append(l.passes, int32(i))
		}
	}
	l.out.Gather(b, l.passes)
	if l.out.Len() < batch.Rows/2 {
		return nil
	}
	return l.flushOut(emit)
}

func (l *localAggregate) flushOut(emit op.Emit) error {
	if l.out.Len() == 0 {
		return nil
	}
	err := emit(l.out)
	l.out.Reset()
	return err
}

// flush hands on what has been summed up.
func (l *localAggregate) flush(emit op.Emit) error {
	if err := l.flushOut(emit); err != nil {
		return err
	}
	for from := 0; from < len(l.touched); from += batch.Rows / 2 {
		l.appendClasses(l.touched[from:min(from+batch.Rows/2, len(l.touched))])
		l.kept += l.out.Len()
		if err := l.flushOut(emit); err != nil {
			return err
		}
	}
	for _, c := range l.touched {
		l.diffs[c], l.dirty[c] = 0, false
	}
	l.touched, l.summed = l.touched[:0], 0
	return nil
}

// appendClasses puts the rows of some classes into the empty output.
func (l *localAggregate) appendClasses(classes []int32) {
	l.of, l.rows = l.of[:0], l.rows[:0] // the class of each row of the output, and whether it is the first
	for _, c := range classes {
		diff := l.diffs[c]
		if len(l.sums) == 0 {
			if diff != 0 {
				l.of, l.out.Diff = append(l.of, c), append(l.out.Diff, diff)
			}
			continue
		}
		l.of, l.rows, l.out.Diff = append(l.of, c), append(l.rows, 1), append(l.out.Diff, 1)
		if diff != 1 {
			l.of, l.rows, l.out.Diff = append(l.of, c), append(l.rows, 0), append(l.out.Diff, diff-1)
		}
	}
	l.classes.appendTo(l.out, l.of)
	for _, s := range l.sums {
		s.appendTo(&l.out.Cols[s.column], l.of, l.rows)
	}
	l.classes.appendNulls(l.out, l.of)
	l.out.SetLen(len(l.of))
}

// forget drops all classes; what has been summed up has been handed on.
func (l *localAggregate) forget() {
	l.classes.reset()
	l.diffs, l.dirty = l.diffs[:0], l.dirty[:0]
	for _, s := range l.sums {
		s.values = s.values[:0]
	}
	for _, o := range l.onces {
		o.forget()
	}
}

// weigh decides whether to stand aside.
func (l *localAggregate) weigh() bool {
	if l.in < localTrial {
		return false
	}
	kept := l.kept + len(l.touched)*min(1+len(l.sums), 2)
	aside := kept > l.in/localGain
	if aside {
		l.rest = min(max(2*l.rest, localPause), localRest)
		l.pause = l.rest
	} else if l.in >= localRest*batch.Rows {
		l.rest = 0
	}
	if aside || l.in >= localRest*batch.Rows {
		l.in, l.kept = 0, 0
	}
	return aside
}

func (l *localAggregate) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	l.closed = earliest(t.Watermarks)
	return op.Outcome{Watermark: l.closed, Wake: op.Never}, l.flush(emit)
}

// markLate marks the rows that may be late for a window, and those that are in none, and sets starts to those of the panes of the others.
func (p *panes) markLate(starts []int64, raw []bool, times *batch.Vec, closed int64) []int64 {
	starts = slices.Grow(starts[:0], len(raw))[:len(raw)]
	at := p.floor(0, p.width)
	for i, t := range times.Ints {
		switch {
		case times.IsNull(i) || t < minPaneTime || t > maxPaneTime || p.Expires && t <= closed:
			raw[i] = true
		case t < at || t-at >= p.width:
			at = p.floor(t, p.width)
			starts[i] = at
		default:
			starts[i] = at
		}
	}
	return starts
}
