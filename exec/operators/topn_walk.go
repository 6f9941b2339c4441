package operators

import (
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// topWalk goes over the rows of a partition in order, numbers them as they were before the tick and as they are, and emits the difference.
type topWalk struct {
	n    *topN
	emit op.Emit
	// fresh tells that nothing of the partition was emitted before.
	fresh    bool
	was, now int64 // the numbers of the next row, from 0

	seen    [walkAtOnce]rowCounts
	peers   []ref // rows that are equal in the order
	out     *batch.Batch
	refs    []ref
	numbers []int64
	diffs   []int64
	weighed filling
	view    topView
}

// walkAtOnce is how many rows are looked at before the first of them is numbered: they lie apart, and the processor fetches several of them at a time
// if that is all that it has to do.
const walkAtOnce = 16

// rowCounts is how often a row was there before the tick, and is.
type rowCounts struct{ was, now int64 }

func (w *topWalk) init(n *topN) {
	w.n = n
	columns := slices.Clone(n.spec.Columns)
	if n.spec.Rank {
		columns = append(columns, types.Of(types.OIDInt8))
	}
	w.out = batch.New(columns...)
	w.view.number = key.NewEncoder(key.Asc(types.Of(types.OIDInt8)))
}

func (n *topN) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	watermark := earliest(t.Watermarks)
	outcome := op.Outcome{Watermark: watermark, Wake: op.Never}
	if err := n.start(); err != nil {
		return outcome, err
	}
	n.rest()
	run := n.viewRun()
	if run != nil {
		if err := n.writeView(run); err != nil {
			return outcome, err
		}
	} else if err := n.emitTouched(emit); err != nil {
		return outcome, err
	}
	if run == nil || !n.letGoBriefly() {
		n.storeTick(watermark)
	}
	n.brief.alone = n.rows.live == 0
	if watermark > n.closed && n.bounder != nil {
		if err := n.expire(watermark); err != nil {
			return outcome, err
		}
		n.table.Expire(watermark)
	}
	n.closed = max(n.closed, watermark)
	if err := n.readOn(); err != nil {
		return outcome, err
	}
	n.forget()
	return outcome, n.walker.flush()
}

// emitTouched emits how the partitions have changed.
func (n *topN) emitTouched(emit op.Emit) error {
	n.sortTouched()
	n.walker.begin(emit)
	for _, part := range n.touched {
		n.trimLast(part)
		if n.onClose {
			continue
		}
		if err := n.walker.part(part, false); err != nil {
			return err
		}
	}
	return n.walker.flush()
}

// trimLast leaves a partition with no more rows than are wanted.
func (n *topN) trimLast(part unsafe.Pointer) {
	if n.bounded && n.size(part) > n.to {
		n.trimNow(part)
	}
}

// sortTouched puts the partitions into the order of the view's keys, if they are integers and have many rows each: what is written in that order then is also
// read in it.
func (n *topN) sortTouched() {
	if n.spec.View != nil && n.ints && n.to > 1 {
		slices.SortFunc(n.touched, n.compareParts)
	}
}

// expire drops the partitions whose bound the watermark has reached. With OnClose they are emitted now.
func (n *topN) expire(watermark int64) error {
	for len(n.times) > 0 && n.times[0].at <= watermark {
		bound, _ := n.times.pop()
		for part := n.ends[bound]; part != nil; {
			next := *(*unsafe.Pointer)(unsafe.Pointer(state.Word(part, partNext)))
			if n.onClose {
				if err := n.walker.part(part, true); err != nil {
					return err
				}
				if err := n.walker.flush(); err != nil {
					return err
				}
			}
			n.clearPart(part)
			n.parts.Delete(part, n.ints)
			part = next
		}
		delete(n.ends, bound)
	}
	return nil
}

func (w *topWalk) begin(emit op.Emit) { w.emit = emit }

// part walks over one partition.
func (w *topWalk) part(part unsafe.Pointer, fresh bool) error {
	w.fresh, w.was, w.now, w.peers = fresh, 0, 0, w.peers[:0]
	n := w.n
	for k := 0; k < n.blocks(part); k++ {
		if n.spec.Kind == flow.RowNumber {
			if done, err := w.rows(n.block(part, k)); done || err != nil {
				return err
			}
			continue
		}
		for _, r := range n.block(part, k) {
			if len(w.peers) > 0 && n.order.compareOrder(w.peers[0], r) != 0 {
				if err := w.group(); err != nil {
					return err
				}
				if w.was >= n.to && w.now >= n.to {
					return nil
				}
			}
			w.peers = append(w.peers, r)
		}
	}
	if len(w.peers) > 0 {
		return w.group()
	}
	return nil
}

// counts is how often a row was there before the tick, and is. Of a fresh partition nothing was there.
func (n *topN) counts(r ref, fresh bool) (was, now int64) {
	p := n.rows.at(r)
	now = int64(*word(p, topTimes))
	invariants.Assertf(now >= 0, "a row is there %d times", now)
	if fresh {
		return 0, now
	}
	return n.wasCount(p), now
}

// rows numbers the rows of a block, and tells whether those behind have no wanted numbers.
func (w *topWalk) rows(block []ref) (done bool, err error) {
	for len(block) > 0 {
		some := block[:min(walkAtOnce, len(block))]
		block = block[len(some):]
		for i, r := range some {
			w.seen[i].was, w.seen[i].now = w.n.counts(r, w.fresh)
		}
		for i, r := range some {
			if w.was >= w.n.to && w.now >= w.n.to {
				return true, nil
			}
			if err := w.row(r, w.seen[i].was, w.seen[i].now); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// row numbers the copies of a row one after the other.
func (w *topWalk) row(r ref, was, now int64) error {
	if was == now && w.was == w.now {
		w.was, w.now = w.was+was, w.now+now
		return nil
	}
	n := w.n
	wanted := rowWindow{n.from, n.to}
	if !n.spec.Rank {
		err := w.put(r, 0, wanted.clip(w.now, now)-wanted.clip(w.was, was))
		w.was, w.now = w.was+was, w.now+now
		return err
	}
	wasFrom, wasTo := max(w.was, n.from), min(w.was+was, n.to)
	nowFrom, nowTo := max(w.now, n.from), min(w.now+now, n.to)
	w.was, w.now = w.was+was, w.now+now
	for i := wasFrom; i < wasTo; i++ {
		if i < nowFrom || i >= nowTo {
			if err := w.put(r, i+1, -1); err != nil {
				return err
			}
		}
	}
	for i := nowFrom; i < nowTo; i++ {
		if i < wasFrom || i >= wasTo {
			if err := w.put(r, i+1, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// group gives rows that are equal in the order one number.
func (w *topWalk) group() error {
	n := w.n
	allWas, allNow := int64(0), int64(0)
	for _, r := range w.peers {
		was, now := n.counts(r, w.fresh)
		allWas, allNow = allWas+was, allNow+now
		before, after := n.from <= w.was && w.was < n.to, n.from <= w.now && w.now < n.to
		was, now = times(before, was), times(after, now)
		if !n.spec.Rank || w.was == w.now {
			was, now = 0, now-was
		}
		if err := w.put(r, w.was+1, -was); err != nil {
			return err
		}
		if err := w.put(r, w.now+1, now); err != nil {
			return err
		}
	}
	if n.spec.Kind == flow.DenseRank {
		allWas, allNow = min(allWas, 1), min(allNow, 1)
	}
	w.was, w.now = w.was+allWas, w.now+allNow
	w.peers = w.peers[:0]
	return nil
}

// put lists a row of the output.
func (w *topWalk) put(r ref, number, diff int64) error {
	if diff == 0 {
		return nil
	}
	if w.view.run != nil {
		w.view.put(w.n, r, number, diff)
		return nil
	}
	w.refs, w.numbers, w.diffs = append(w.refs, r), append(w.numbers, number), append(w.diffs, diff)
	if !w.weighed.full(w.n.rows, r, len(w.refs), 0) {
		return nil
	}
	return w.flush()
}

func (w *topWalk) flush() error {
	if len(w.refs) == 0 {
		return nil
	}
	w.out.Reset()
	w.n.rows.appendRows(w.out, 0, w.refs)
	if w.n.spec.Rank {
		v := &w.out.Cols[len(w.out.Cols)-1]
		v.Ints = append(v.Ints, w.numbers...)
	}
	w.out.Diff = append(w.out.Diff, w.diffs...)
	w.out.SetLen(len(w.refs))
	w.refs, w.numbers, w.diffs = w.refs[:0], w.numbers[:0], w.diffs[:0]
	return w.emit(w.out)
}
