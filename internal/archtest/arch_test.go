// Package archtest holds the import order of the whole module as text, and fails on every import that is not in it.
//
// The tables below are a statement of policy (docs/architecture.md draws them). They are not relaxed to make a build
// pass: an import that is refused usually means that the code sits in the wrong package. Adding a package or a
// dependency adds a line, and the line is what a reviewer looks at.
package archtest

import "testing"

// packagesText: one line per package, "package: what its code may import of this module | what its tests may import
// besides". Packages that do not exist yet have their line already, so that the first file of each starts in order.
//
// Everyone may import the base packages. Tests may also import their own package and the ones in testOnly. There are no
// wildcards and nothing is transitive: what a package uses is what its line says.
const packagesText = `
internal/pgerr:             | sql/parse
internal/invariants:
internal/persistent:
internal/parkedsync:

# Values and text. sql/parse is the only way in for SQL.
sql/types/numeric:
sql/types/datetime:
sql/types/jsontext:          sql/types/numeric
sql/types:                  sql/types/numeric sql/types/datetime sql/types/jsontext
sql/batch:                  sql/types
sql/fn:                     sql/types sql/types/numeric sql/types/datetime sql/types/jsontext sql/batch | sql/parse sql/ast planner/flow exec/eval
sql/fn/gen:                 sql/fn sql/types
sql/ast:                    | sql/parse
sql/parse:                  sql/ast

# The disk and the outside world know batches, and no SQL.
storage/key:                sql/types sql/types/numeric sql/batch
storage/state:              storage/key sql/types sql/batch
storage/meta:               storage/key sql/types sql/batch
storage:                    internal/parkedsync storage/key storage/state storage/meta sql/types sql/batch
connector:                  sql/types sql/batch
connector/format:           connector sql/types sql/types/numeric sql/types/jsontext sql/batch
connector/blackhole:        connector sql/types sql/batch
connector/kafka:            connector connector/format sql/types sql/batch
connector/postgres:         connector connector/format sql/types sql/batch
connector/http:             connector connector/format sql/types sql/batch
connector/file:             connector connector/format sql/types sql/batch
connector/gen:              connector connector/format sql/types sql/batch
connector/all:              connector connector/format connector/kafka connector/postgres connector/http connector/file connector/gen connector/blackhole
connector/all/gen:          connector connector/all connector/format

# Deciding: names to plans to graphs. planner/flow is what deciding hands to running, so it knows neither side.
catalog:                    internal/persistent sql/ast sql/types
catalog/pgcatalog:          catalog sql/ast sql/fn sql/types sql/batch | sql/parse
planner/plan:               catalog sql/ast sql/fn sql/types
planner/bind:               planner/plan catalog sql/ast sql/fn sql/types sql/types/datetime | sql/parse
planner/opt:                planner/plan catalog sql/ast sql/batch sql/fn sql/types sql/types/datetime | planner/bind sql/parse
planner/flow:               sql/batch sql/fn sql/types
planner/incr:               planner/plan planner/flow catalog sql/ast sql/batch sql/fn sql/types sql/types/datetime | planner/bind planner/opt sql/parse
planner:                    planner/plan planner/bind planner/opt planner/incr planner/flow catalog sql/ast sql/fn sql/types | sql/batch sql/parse testdata/nexmark

# Running: never on planner/bind, planner/opt or catalog.
exec/eval:                  planner/flow sql/fn sql/types sql/batch
exec/op:                    planner/flow storage/state sql/types sql/batch
exec/operators:             exec/op exec/eval planner/flow storage/key storage/state sql/fn sql/types sql/batch | storage
exec/operators/optest:      exec/op exec/operators planner/flow storage storage/key storage/state sql/types sql/batch
exec/dataflow:              internal/persistent exec/op exec/operators exec/eval planner/flow storage storage/key storage/state storage/meta connector sql/fn sql/types sql/batch | connector/gen connector/file connector/blackhole sql/types/datetime

# The wire knows messages and types; it defines the handler it needs. The server joins everything.
pgwire:                     sql/types sql/batch
server/metrics:             sql/types sql/batch
server/session:             internal/persistent sql/parse sql/ast sql/fn sql/types sql/types/datetime sql/batch catalog catalog/pgcatalog planner planner/plan planner/flow exec/op exec/eval exec/dataflow storage storage/meta connector connector/format pgwire server/metrics
server/session/gen:         server/session
server/console:             server/session server/metrics catalog sql/types sql/batch
server:                     server/session server/console server/metrics sql/parse sql/ast sql/fn sql/types sql/batch catalog catalog/pgcatalog planner planner/flow exec/op exec/dataflow storage storage/meta storage/state connector pgwire | connector/all
cmd/freshet:                server pgwire connector/all internal/bench sql/parse sql/ast

# Tools and test libraries.
internal/archtest:
internal/pgerr/gen:
internal/bench:             server connector connector/gen connector/blackhole sql/types sql/batch exec/dataflow testdata/nexmark testdata/ysb | connector/all internal/pgoracle
testdata/nexmark:
testdata/ysb:
internal/slt:               server storage connector/all exec/dataflow planner/flow
internal/wiretest:          server pgwire connector/all
internal/kafkatest:
internal/pgoracle:
internal/pgoracle/record:   internal/pgoracle sql/parse sql/ast
connector/connectortest:    connector connector/format sql/types sql/batch
`

// modulesText: one line per third-party import path or prefix, "path: packages whose code may import it". "tests" stands
// for every test and every package of testOnly. A dependency without a line is an error, so each is a decision.
const modulesText = `
github.com/pingcap:                  sql/parse
github.com/cockroachdb/pebble/v2:    storage
github.com/spf13/cobra:              cmd/freshet
golang.org/x/sys/unix:               internal/bench internal/parkedsync pgwire
golang.org/x/term:                   cmd/freshet
golang.org/x/text/width:             cmd/freshet
github.com/prometheus/client_golang: server/metrics
github.com/google/go-cmp:            tests
github.com/cockroachdb/datadriven:   tests
pgregory.net/rapid:                  tests
github.com/jackc/pgx/v5:             tests connector/postgres internal/pgoracle/record
github.com/jackc/pgproto3/v2:        tests pgwire
github.com/xdg-go/scram:             pgwire
go.uber.org/goleak:                  tests
`

// forbiddenText: one line per package, "package: standard library it may not import in its code". Operators are state
// machines: no goroutine, no lock, no clock, and no I/O but through their state tables. Durations are plain int64
// microseconds there, so not even the types of time are needed.
const forbiddenText = `
exec/op:          os net sync time
exec/operators:   os net sync time
exec/eval:        os net sync
planner/flow:     os net sync
sql/ast:          os net
sql/parse:        os net
`

// base is what every package may import.
var base = []string{"internal/pgerr", "internal/invariants"}

// testOnly packages are libraries for tests: any test may import them, code never does unless its line above says so.
var testOnly = []string{
	"connector/connectortest", "exec/operators/optest",
	"internal/kafkatest", "internal/pgoracle", "internal/slt", "internal/wiretest",
}

// TestImports checks every Go file of the module, whatever its build tags.
func TestImports(t *testing.T) {
	p, err := newPolicy(packagesText, modulesText, forbiddenText, base, testOnly)
	if err != nil {
		t.Fatal(err)
	}
	files, err := scan("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("found no Go files: is this test still two folders below the module's root?")
	}
	for _, problem := range p.check(files) {
		t.Error(problem)
	}
}
