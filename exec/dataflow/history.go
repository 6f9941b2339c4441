package dataflow

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/state"
)

// history is which keys the last epochs have changed, so that a transaction can be told whether what it has read is still true. It is
// bounded: about a change that is older than what it has, it knows only the relation's last epoch.
type history struct {
	// last is the last epoch that has changed a relation since the runtime was made.
	last map[flow.RelationID]uint64
	// recent are the changes of the last epochs, in their order.
	recent []change
	bytes  int
	from   uint64 // recent is whole for epochs above it
}

// change is what one epoch has done to one arrangement.
type change struct {
	epoch uint64
	id    overlayID
	run   *state.Run
}

// What the history holds at most.
const (
	historyBytesMax   = 16 << 20
	historyChangesMax = 4096
)

func (h *history) init(epoch uint64) {
	h.last = map[flow.RelationID]uint64{}
	h.from = epoch
}

func (h *history) add(epoch uint64, id overlayID, runs []*state.Run) {
	h.last[id.relation] = epoch
	for _, run := range runs {
		h.recent = append(h.recent, change{epoch, id, run})
		h.bytes += run.Bytes()
	}
	drop := 0
	for ; drop < len(h.recent) && (h.bytes > historyBytesMax || len(h.recent)-drop > historyChangesMax); drop++ {
		h.bytes -= h.recent[drop].run.Bytes()
		h.from = h.recent[drop].epoch
		h.recent[drop] = change{}
	}
	h.recent = h.recent[drop:]
}

// changed tells whether what was read has changed in an epoch after the given one, or may have.
func (h *history) changed(read read, since uint64) bool {
	if h.last[read.relation] <= since {
		return false
	}
	if read.keys.From == nil && read.keys.To == nil || since < h.from {
		return true
	}
	for i := len(h.recent) - 1; i >= 0 && h.recent[i].epoch > since; i-- {
		c := &h.recent[i]
		if c.id == (overlayID{read.relation, read.arrangement}) && inRun(c.run, read.keys) {
			return true
		}
	}
	return false
}

// forget makes all that is known of a relation's keys a change of the whole: its arrangements have other places.
func (h *history) forget(id flow.RelationID, epoch uint64) {
	h.last[id] = epoch
	h.from = epoch
}
