package operators

import (
	"math"
	"unsafe"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// panes cut time so that each sliding window is some whole panes. A tick adds each row once, to the group of its pane; EndTick adds the
// states of the panes to those of the windows they lie in, and forgets the panes. So a row costs the same however many windows it is in.
type panes struct {
	*flow.Panes
	width int64
	byPos map[int64]*window // by their start
	order []*window         // as they were begun in the tick
	spare []*window
	// For some groups of a pane.
	rows   []unsafe.Pointer
	values *batch.Batch
	from   []unsafe.Pointer
}

func newPanes(p *flow.Panes) *panes {
	width, r := p.Size, p.Slide
	for r != 0 {
		width, r = r, width%r
	}
	return &panes{Panes: p, width: width, byPos: map[int64]*window{}}
}

// floor is the greatest multiple of step beyond Offset that is not above t.
func (p *panes) floor(t, step int64) int64 {
	r := (t - p.Offset) % step
	if r < 0 {
		r += step
	}
	return t - r
}

// pushPanes adds the rows of a batch to their panes, and to the multisets of all their windows.
func (a *aggregate) pushPanes(b *batch.Batch) error {
	p := a.panes
	a.late, a.lateAt, a.active = a.late[:0], a.lateAt[:0], a.active[:0]
	times := &b.Cols[p.Time]
	var pane *window
	for i, t := range times.Ints {
		// The infinite times, like no time at all, are in no window.
		if times.IsNull(i) || t == math.MinInt64 || t == math.MaxInt64 {
			continue
		}
		inside := false
		for start := p.floor(t, p.Slide); start > t-p.Size; start -= p.Slide {
			if p.Expires && a.earlier(start+p.Size) {
				a.late, a.lateAt = append(a.late, int32(i)), append(a.lateAt, start+p.Size)
			} else {
				inside = true
			}
		}
		if !inside {
			continue
		}
		if at := p.floor(t, p.width); pane == nil || pane.start != at {
			pane = a.pane(at)
		}
		if len(pane.sel) == 0 {
			a.active = append(a.active, pane)
		}
		pane.sel = append(pane.sel, int32(i))
	}
	for _, pane := range a.active {
		err := a.addToPane(pane, b, pane.sel)
		pane.sel = pane.sel[:0]
		if err != nil {
			return err
		}
	}
	if len(a.late) > 0 {
		return a.env.Late(a.spec.Late, b, a.late, a.lateAt, a.closed)
	}
	return nil
}

// pane returns the pane that begins at a time.
func (a *aggregate) pane(start int64) *window {
	p := a.panes
	if w := p.byPos[start]; w != nil {
		return w
	}
	var w *window
	if n := len(p.spare); n > 0 {
		w, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		w = a.newWindow(0)
	}
	w.start = start
	p.byPos[start] = w
	p.order = append(p.order, w)
	return w
}

func (a *aggregate) addToPane(pane *window, b *batch.Batch, sel []int32) error {
	if len(sel) == b.Len() {
		sel = nil
	}
	rows := a.rows[:b.Len()]
	if err := a.keys.find(pane.groups, b, a.keys.rest, sel, rows); err != nil {
		return err
	}
	if !a.keys.exact {
		if err := a.setRaws(pane, b, sel, rows); err != nil {
			return err
		}
	}
	if err := a.addRows(pane.groups.Blobs, b, sel, rows); err != nil {
		return err
	}
	if len(a.sets) == 0 {
		return nil
	}
	// Multisets are kept for each window, and so are their changes.
	return a.eachWindow(pane.start, func(w *window) error {
		if err := a.keys.find(w.groups, b, a.keys.rest, sel, rows); err != nil {
			return err
		}
		if err := a.touch(w, b, a.keys.rest, sel, rows); err != nil {
			return err
		}
		for _, s := range a.sets {
			if err := a.gather(s, w, b, sel, rows); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *aggregate) setRaws(pane *window, b *batch.Batch, sel []int32, rows []unsafe.Pointer) error {
	set := func(i int) error {
		if *state.Word(rows[i], rawWord) != 0 {
			return nil
		}
		return a.keys.setRaw(pane.groups, rows[i], b, a.keys.rest, i)
	}
	if sel == nil {
		for i := range rows {
			if err := set(i); err != nil {
				return err
			}
		}
	}
	for _, i := range sel {
		if err := set(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// eachWindow calls f for the windows that a pane lies in and that are open.
func (a *aggregate) eachWindow(pane int64, f func(w *window) error) error {
	p := a.panes
	for start := p.floor(pane, p.Slide); start > pane-p.Size; start -= p.Slide {
		if p.Expires && a.earlier(start+p.Size) {
			continue
		}
		w, err := a.paneWindow(start, start+p.Size)
		if err != nil {
			return err
		}
		if err := f(w); err != nil {
			return err
		}
	}
	return nil
}

// paneWindow returns the sliding window between two times.
func (a *aggregate) paneWindow(start, end int64) (*window, error) {
	if w := a.windows[start]; w != nil {
		return w, nil
	}
	if err := a.findStored(); err != nil {
		return nil, err
	}
	w := a.newWindow(end)
	w.start = start
	w.complete = a.table.Fresh() || end > a.lastStored
	w.prefix = key.AppendBound(nil, end)
	a.windows[start] = w
	return w, nil
}

// spreadPanes adds what the tick has put into panes to the windows.
func (a *aggregate) spreadPanes() error {
	p := a.panes
	for _, pane := range p.order {
		err := a.eachWindow(pane.start, func(w *window) error { return a.spread(pane, w) })
		if err != nil {
			return err
		}
		pane.groups.Reset()
		delete(p.byPos, pane.start)
		p.spare = append(p.spare, pane)
	}
	clear(p.order)
	p.order = p.order[:0]
	return nil
}

// spread adds the groups of a pane to those of a window, some at a time.
func (a *aggregate) spread(pane, w *window) error {
	p := a.panes
	if p.values == nil {
		p.values = batch.New(a.keys.restTypes...)
	}
	err := pane.groups.Each(func(row unsafe.Pointer) error {
		p.from = append(p.from, row)
		if err := a.keys.appendRest(p.values, pane, row); err != nil {
			return err
		}
		if len(p.from) == batch.Rows {
			return a.spreadSome(pane, w)
		}
		return nil
	})
	if err != nil || len(p.from) == 0 {
		return err
	}
	return a.spreadSome(pane, w)
}

func (a *aggregate) spreadSome(pane, w *window) error {
	p := a.panes
	for len(p.rows) < len(p.from) {
		p.rows = append(p.rows, nil)
	}
	to := p.rows[:len(p.from)]
	p.values.SetLen(len(p.from))
	if err := a.keys.find(w.groups, p.values, a.keys.all, nil, to); err != nil {
		return err
	}
	if err := a.touch(w, p.values, a.keys.all, nil, to); err != nil {
		return err
	}
	if err := a.addGroups(to, p.from, w.groups.Blobs, pane.groups.Blobs); err != nil {
		return err
	}
	p.from = p.from[:0]
	p.values.Reset()
	return nil
}

// appendRest appends the values of a group's keys that are not fixed to a batch of their columns.
func (k *groupKeys) appendRest(b *batch.Batch, w *window, row unsafe.Pointer) error {
	for i := range b.Cols {
		k.dst[i] = &b.Cols[i]
	}
	return k.readRest(w, row)
}
