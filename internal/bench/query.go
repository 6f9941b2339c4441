package bench

import (
	"embed"
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/testdata/nexmark"
	"github.com/freshetdb/freshet/testdata/ysb"
)

// query is one query that can be measured.
type query struct {
	benchmark, name string
	files           *embed.FS
	kind            *connector.Kind
	// streams are the tables of the generator that it reads as they come. Others, of which it is said in setup how they get into
	// the database, are there before.
	streams, others []string
	// setup is a file of what is done before the clock starts; empty: nothing.
	setup  string
	answer func(in inputs, r *rows) error
}

var queries = []query{
	{"nexmark", "q0", &nexmark.Files, gen.Nexmark, []string{"bid"}, nil, "", answerQ0},
	{"nexmark", "q1", &nexmark.Files, gen.Nexmark, []string{"bid"}, nil, "", answerQ1},
	{"nexmark", "q2", &nexmark.Files, gen.Nexmark, []string{"bid"}, nil, "", answerQ2},
	{"nexmark", "q3", &nexmark.Files, gen.Nexmark, []string{"auction", "person"}, nil, "", answerQ3},
	{"nexmark", "q4", &nexmark.Files, gen.Nexmark, []string{"auction", "bid"}, nil, "", answerQ4},
	{"nexmark", "q5", &nexmark.Files, gen.Nexmark, []string{"bid"}, nil, "", answerQ5},
	{"nexmark", "q7", &nexmark.Files, gen.Nexmark, []string{"bid"}, nil, "", answerQ7},
	{"nexmark", "q8", &nexmark.Files, gen.Nexmark, []string{"auction", "person"}, nil, "", answerQ8},
	{"ysb", "ysb", &ysb.Files, gen.YSB, []string{"events"}, []string{"ads"}, "setup.sql", answerYSB},
}

// eventTimes are the columns with the times of events.
var eventTimes = map[string]string{"nexmark": "date_time", "ysb": "event_time"}

// eventGapMicros makes 10,000 events per second of event time.
const eventGapMicros = 100

// Queries are the names of a benchmark's queries.
func Queries(benchmark string) []string {
	var names []string
	for _, q := range queries {
		if q.benchmark == benchmark {
			names = append(names, q.name)
		}
	}
	return names
}

func findQuery(benchmark, name string) (*query, error) {
	for i, q := range queries {
		if q.benchmark == benchmark && q.name == name {
			return &queries[i], nil
		}
	}
	return nil, fmt.Errorf("%s has no query %q: there are %s", benchmark, name, strings.Join(Queries(benchmark), ", "))
}

// inputs are the tables that the query reads, with so many events.
func (q *query) inputs(events int64) inputs {
	in := inputs{}
	for _, names := range [][]string{q.streams, q.others} {
		for _, name := range names {
			in[name] = table{kind: q.kind, name: name, events: events, eventGapMicros: eventGapMicros}
		}
	}
	return in
}

// text reads one of the query's files.
func (q *query) text(file string) (string, error) {
	b, err := q.files.ReadFile(file)
	return strings.TrimSpace(string(b)), err
}
