package dataflow

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/storage/state"
)

// TestAdmittedKeys compares with a plain map, for transactions below and above the size from which their runs are kept.
func TestAdmittedKeys(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var k admittedKeys
		want := map[string]string{} // "" is deleted
		for n := range 12 {
			size := 1 + random.IntN(8)
			if random.IntN(2) == 0 {
				size = largeRun + random.IntN(8)
			}
			changes := map[string]string{}
			for len(changes) < size {
				key, row := fmt.Sprintf("%05d", random.IntN(4*largeRun)), ""
				if random.IntN(3) > 0 {
					row = fmt.Sprint(n)
				}
				changes[key] = row
			}
			run := &state.Run{}
			for _, key := range slices.Sorted(maps.Keys(changes)) {
				if row := changes[key]; row == "" {
					run.Delete([]byte(key))
				} else {
					run.Put([]byte(key), []byte(row))
				}
			}
			k.add(run)
			maps.Copy(want, changes)
		}
		for n := range 4 * largeRun {
			key := fmt.Sprintf("%05d", n)
			row, touched := want[key]
			e, known := k.find([]byte(key))
			if known != touched || e.there != (row != "") || string(e.row) != row {
				t.Fatalf("key %s: got %q, %v, %v, want %q, %v", key, e.row, e.there, known, row, touched)
			}
		}
	}
}
