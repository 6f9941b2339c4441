package bind

import (
	"testing"

	"github.com/freshetdb/freshet/sql/fn"
)

// TestForeignFunctions: what is told to be missing is missing.
func TestForeignFunctions(t *testing.T) {
	there := fn.Builtins()
	for name, hint := range foreign {
		if hint == "" || len(there.Functions(name))+len(there.TableFunctions(name))+len(there.Aggregates(name)) > 0 {
			t.Errorf("function %s is there, or has no hint", name)
		}
	}
	for name := range functionsToCome {
		if foreign[name] != "" {
			t.Errorf("function %s is in two lists", name)
		}
	}
}
