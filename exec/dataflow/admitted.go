package dataflow

import (
	"bytes"

	"github.com/freshetdb/freshet/storage/state"
)

// admittedKeys is what the transactions of a tick have done to the keys of a unique arrangement so far. Of small transactions, of which
// a tick may have thousands, each key lies in a map; of a large one its sorted run is kept: a map of millions of keys would cost more than
// all else that is done with them.
type admittedKeys struct {
	small map[string]admittedEntry
	large []admittedRun // in the order of the transactions
	next  int           // number of the next transaction
}

type admittedEntry struct {
	entry
	number int // of the transaction
}

type admittedRun struct {
	overlay
	number int
}

// largeRun is how many keys a run has that is kept as it is. It bounds how many of those a tick has, each of which is searched.
const largeRun = 1024

// add notes the changes of a transaction, which stay as they are.
func (k *admittedKeys) add(run *state.Run) {
	number := k.next
	k.next++
	if run.Len() >= largeRun {
		k.large = append(k.large, admittedRun{overlay{run}, number})
		return
	}
	if k.small == nil {
		k.small = map[string]admittedEntry{}
	}
	for i := range run.Len() {
		k.small[string(run.Keys.At(i))] = admittedEntry{entry{run.Values.At(i), !run.IsDeleted(i)}, number}
	}
}

// find answers what the last transaction that touched a key has left there; known is false if none did.
func (k *admittedKeys) find(key []byte) (e entry, known bool) {
	last, known := k.small[string(key)]
	for i := len(k.large) - 1; i >= 0 && (!known || k.large[i].number > last.number); i-- {
		run := k.large[i].run
		if at := k.large[i].find(key); at < run.Len() && bytes.Equal(run.Keys.At(at), key) {
			return entry{run.Values.At(at), !run.IsDeleted(at)}, true
		}
	}
	return last.entry, known
}
