package parse

import (
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestRelationGoldens reads the goldens of the statements that make, change and drop relations and what they stand in: all
// clauses of each, the spellings that are one statement, and PostgreSQL's errors. See TestGoldens for the commands.
func TestRelationGoldens(t *testing.T) {
	for _, topic := range []string{"tables", "relations", "alter", "drop"} {
		t.Run(topic, func(t *testing.T) {
			datadriven.RunTest(t, "testdata/"+topic+".txt", golden)
		})
	}
}
