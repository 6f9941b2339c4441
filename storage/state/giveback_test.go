package state_test

import (
	"bytes"
	"testing"

	"github.com/freshetdb/freshet/storage/state"
)

// TestTableGiveBack: what a table notes in memory that was given back is all that is there, and what is not given back yet stays as it is.
func TestTableGiveBack(t *testing.T) {
	table := state.NewTable(nil)
	take := func(key, value string, deleted bool) *state.Changes {
		if deleted {
			table.Delete([]byte(key))
		} else {
			table.Put([]byte(key), []byte(value))
		}
		c := &state.Changes{}
		table.Take(c)
		return c
	}
	check := func(c *state.Changes, key, value string, deleted bool) {
		t.Helper()
		if r := &c.Run; r.Len() != 1 || !bytes.Equal(r.Keys.At(0), []byte(key)) || !bytes.Equal(r.Values.At(0), []byte(value)) || r.IsDeleted(0) != deleted {
			t.Errorf("%d entries, the first %q = %q, deleted %t; want %q = %q, %t", r.Len(), r.Keys.At(0), r.Values.At(0), r.IsDeleted(0), key, value, deleted)
		}
	}
	first := take("a", "", true)
	second := take("b", "2", false)
	check(first, "a", "", true)
	table.GiveBack(&first.Run)
	third := take("c", "3", false)
	check(second, "b", "2", false)
	check(third, "c", "3", false)
	table.GiveBack(&second.Run)
	table.GiveBack(&third.Run)
	check(take("d", "4", false), "d", "4", false)
}
