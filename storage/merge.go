package storage

import (
	"bytes"

	"github.com/freshetdb/freshet/storage/state"
)

// merge walks over runs of one table in the order of their keys. Where several have one key, the entry of the last of them is the one that it
// stands at.
type merge struct {
	heap    []mergeEntry
	reverse bool
}

// mergeEntry is where the walk stands in one run.
type mergeEntry struct {
	key  []byte
	run  *state.Run
	at   int
	left int // entries that follow
	age  int // the place of the run
}

// add adds the entries [from, to) of a run that is later than those added before. init is called when all are there.
func (m *merge) add(run *state.Run, from, to int) {
	if from >= to {
		return
	}
	at := from
	if m.reverse {
		at = to - 1
	}
	m.heap = append(m.heap, mergeEntry{run.Keys.At(at), run, at, to - from - 1, len(m.heap)})
}

func (m *merge) init() {
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
}

// top is the entry that the walk stands at, nil behind the last one.
func (m *merge) top() *mergeEntry {
	if len(m.heap) == 0 {
		return nil
	}
	return &m.heap[0]
}

// next goes to the next key.
func (m *merge) next() {
	k := m.heap[0].key
	m.advance()
	for len(m.heap) > 0 && bytes.Equal(m.heap[0].key, k) {
		m.advance()
	}
}

// advance goes one entry on in the run at the top.
func (m *merge) advance() {
	top := &m.heap[0]
	if top.left == 0 {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap = m.heap[:last]
	} else {
		top.left--
		if m.reverse {
			top.at--
		} else {
			top.at++
		}
		top.key = top.run.Keys.At(top.at)
	}
	m.down(0)
}

func (m *merge) before(a, b *mergeEntry) bool {
	c := bytes.Compare(a.key, b.key)
	if c == 0 {
		return a.age > b.age
	}
	return c < 0 != m.reverse
}

func (m *merge) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(m.heap) {
			return
		}
		if child+1 < len(m.heap) && m.before(&m.heap[child+1], &m.heap[child]) {
			child++
		}
		if !m.before(&m.heap[child], &m.heap[i]) {
			return
		}
		m.heap[i], m.heap[child] = m.heap[child], m.heap[i]
		i = child
	}
}

// mergeRuns makes one run of what runs have from a key on, later ones counting where they have the same keys. Deletions stay.
func mergeRuns(runs []*state.Run, first []byte) *state.Run {
	m, out, entries, keys, values := merge{}, &state.Run{}, 0, 0, 0
	for _, r := range runs {
		m.add(r, seek(r, first), r.Len())
		entries, keys, values = entries+r.Len(), keys+len(r.Keys.Data), values+len(r.Values.Data)
	}
	m.init()
	out.Keys.Grow(entries, keys)
	out.Values.Grow(entries, values)
	for top := m.top(); top != nil; top = m.top() {
		if top.run.IsDeleted(top.at) {
			out.Delete(top.key)
		} else {
			out.Put(top.key, top.run.Values.At(top.at))
		}
		m.next()
	}
	return out
}
