package parse

import (
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestObjectGoldens reads the goldens of the statements about what is no relation: functions, types, operators, roles and
// rights, triggers, rules and policies, foreign servers, extensions and publications, and what a session sends beside
// queries. See TestGoldens for the commands.
func TestObjectGoldens(t *testing.T) {
	for _, topic := range []string{"functions", "types", "operators", "roles", "grants", "triggers", "foreign", "server"} {
		t.Run(topic, func(t *testing.T) {
			datadriven.RunTest(t, "testdata/"+topic+".txt", golden)
		})
	}
}
