package dataflow

import (
	"slices"
	"sync"

	"github.com/freshetdb/freshet/sql/batch"
)

// mail brings batches from worker to worker in a parallel tick. A box holds boxMax batches of each stage; a worker that finds no room
// works off its own mail of stages behind the one it is in, so that no operator is entered twice and nothing waits in a circle:
// what waits for room of a stage waits for workers that are in stages before it, and those of the last stage wait for nobody.
type mail struct {
	mu      sync.Mutex
	changed *sync.Cond
	boxes   []box // by worker
	pending []int // by stage: batches that are sent and not worked off
	reached []int // by worker: the barrier it stands at
	err     error
	free    map[*edge][]*batch.Batch // for the next ticks
}

// box is the mail of one worker.
type box struct {
	letters []letter
	counts  []int // by stage
}

// letter is one batch for an input.
type letter struct {
	lane *lane
	to   *proc
	b    *batch.Batch
}

// boxMax is how many batches of a stage wait for a worker before those who send more have to do something else.
const boxMax = 64

func newMail(workers int) *mail {
	m := &mail{boxes: make([]box, workers), reached: make([]int, workers), free: map[*edge][]*batch.Batch{}}
	m.changed = sync.NewCond(&m.mu)
	return m
}

// begin prepares a tick.
func (m *mail) begin(stages int) {
	m.pending = make([]int, stages)
	for w := range m.boxes {
		m.boxes[w].letters = m.boxes[w].letters[:0]
		m.boxes[w].counts = make([]int, stages)
		m.reached[w] = atInput
	}
	m.err = nil
}

// clear drops what a failed tick has left.
func (m *mail) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begin(len(m.pending))
}

// forget drops the batches that are kept for edges, which may be gone.
func (m *mail) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.free)
}

// fail ends the tick on all workers.
func (m *mail) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = err
	}
	m.changed.Broadcast()
}

// send hands a batch over, and answers an empty one in its place.
func (m *mail) send(l *lane, to *proc, b *batch.Batch) (*batch.Batch, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stage := to.node.stage
	box := &m.boxes[to.worker]
	for m.err == nil && box.counts[stage] >= boxMax {
		if !m.work(l.from.worker, l.from.node.stage) {
			m.changed.Wait()
		}
	}
	if m.err != nil {
		return nil, m.err
	}
	box.letters = append(box.letters, letter{l, to, b})
	box.counts[stage]++
	m.pending[stage]++
	m.changed.Broadcast()
	if list := m.free[l.edge]; len(list) > 0 {
		fresh := list[len(list)-1]
		m.free[l.edge] = list[:len(list)-1]
		return fresh, nil
	}
	return batch.New(l.edge.from.types...), nil
}

// work works one letter of a worker off whose stage is behind the given one, and tells whether there was one. The lock is held, but
// not while the letter is worked off.
func (m *mail) work(worker, behind int) bool {
	box := &m.boxes[worker]
	for i, x := range box.letters {
		stage := x.to.node.stage
		if stage <= behind {
			continue
		}
		box.letters = append(box.letters[:i], box.letters[i+1:]...)
		box.counts[stage]--
		m.changed.Broadcast()
		m.mu.Unlock()
		err := x.to.push(x.lane.edge.input, x.b)
		x.b.Scribble()
		x.b.Reset()
		m.mu.Lock()
		m.free[x.lane.edge] = append(m.free[x.lane.edge], x.b)
		m.pending[stage]--
		if err != nil && m.err == nil {
			m.err = err
		}
		m.changed.Broadcast()
		return true
	}
	return false
}

// poll works off what has come for a worker between two pieces of its input.
func (m *mail) poll(worker int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.err == nil && m.work(worker, -1) {
	}
	return m.err
}

// Before the barriers of stages there is one for input that is read before other input.
const (
	atInput = -2 + iota
	atOtherInput
)

// allRead returns when all workers have read the input that comes first, and have worked off all mail of it, of any stage.
func (m *mail) allRead(worker int) error { return m.await(worker, atOtherInput, len(m.pending)) }

// barrier returns when all workers have come to the barrier of a stage and nothing is on its way to a stage up to it. Until then the
// worker works off its mail.
func (m *mail) barrier(worker, stage int) error { return m.await(worker, stage, stage+1) }

// await returns when all workers have come to a place, and nothing is on its way to the first stages.
func (m *mail) await(worker, place, stages int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reached[worker] = place
	m.changed.Broadcast()
	for m.err == nil {
		if m.work(worker, -1) {
			continue
		}
		if m.quiet(place, stages) {
			return nil
		}
		m.changed.Wait()
	}
	return m.err
}

// quiet tells whether all workers have come to a place, and the first stages get nothing more. The lock is held.
func (m *mail) quiet(place, stages int) bool {
	for _, r := range m.reached {
		if r < place {
			return false
		}
	}
	return !slices.ContainsFunc(m.pending[:min(stages, len(m.pending))], func(n int) bool { return n > 0 })
}
