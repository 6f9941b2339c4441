package file

import (
	"os"
	"sync/atomic"
)

// handle is an open file that pieces read from after the reader has gone on to another one, or was closed: the last who lets go of it
// closes it.
type handle struct {
	f       *os.File
	holders atomic.Int32
}

func newHandle(f *os.File) *handle {
	h := &handle{f: f}
	h.holders.Store(1)
	return h
}

func (h *handle) hold() *handle {
	h.holders.Add(1)
	return h
}

func (h *handle) letGo() error {
	if h.holders.Add(-1) > 0 {
		return nil
	}
	return h.f.Close()
}
