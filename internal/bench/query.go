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
	setup string
	// read is what is asked of the view to compare it; empty: all of it. Where it is set the number of rows is not known beforehand.
	read   string
	answer func(in inputs, r *rows) error
}

// readQ12 adds up what is in windows that depend on when the events were read, and checks that they are ten seconds of today.
const readQ12 = `
	SELECT bidder, sum(bid_count)::bigint, bool_and(endtime - starttime = INTERVAL '10 seconds' AND extract(epoch FROM starttime) % 10 = 0
		AND starttime <= now() AND endtime > now() - INTERVAL '1 day' AND bid_count > 0)
	FROM result GROUP BY bidder`

var queries = []query{
	{benchmark: "nexmark", name: "q0", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ0},
	{benchmark: "nexmark", name: "q1", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ1},
	{benchmark: "nexmark", name: "q2", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ2},
	{benchmark: "nexmark", name: "q3", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"auction", "person"}, answer: answerQ3},
	{benchmark: "nexmark", name: "q4", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"auction", "bid"}, answer: answerQ4},
	{benchmark: "nexmark", name: "q5", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ5},
	{benchmark: "nexmark", name: "q6", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"auction", "bid"}, answer: answerQ6},
	{benchmark: "nexmark", name: "q7", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ7},
	{benchmark: "nexmark", name: "short/q7", files: &nexmark.Short, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerShortQ7},
	{benchmark: "nexmark", name: "q8", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"auction", "person"}, answer: answerQ8},
	{benchmark: "nexmark", name: "q9", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"auction", "bid"}, answer: answerQ9},
	{benchmark: "nexmark", name: "q10", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ10},
	{benchmark: "nexmark", name: "q11", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ11},
	{benchmark: "nexmark", name: "q12", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, read: readQ12, answer: answerQ12},
	{benchmark: "nexmark", name: "q13", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, setup: "q13_setup.sql", answer: answerQ13},
	{benchmark: "nexmark", name: "q14", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ14},
	{benchmark: "nexmark", name: "q15", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ15},
	{benchmark: "nexmark", name: "q16", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ16},
	{benchmark: "nexmark", name: "q17", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ17},
	{benchmark: "nexmark", name: "q18", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ18},
	{benchmark: "nexmark", name: "q19", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ19},
	{benchmark: "nexmark", name: "q20", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"auction", "bid"}, answer: answerQ20},
	{benchmark: "nexmark", name: "q21", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ21},
	{benchmark: "nexmark", name: "q22", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"bid"}, answer: answerQ22},
	{benchmark: "nexmark", name: "q23", files: &nexmark.Files, kind: gen.Nexmark, streams: []string{"auction", "bid", "person"}, answer: answerQ23},
	{
		benchmark: "ysb", name: "ysb", files: &ysb.Files, kind: gen.YSB, streams: []string{"events"}, others: []string{"ads"}, setup: "setup.sql",
		answer: answerYSB,
	},
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

// inputs are the tables that the query reads, with so many events, of which bids have that hot_auction_ratio (0: the default).
func (q *query) inputs(events int64, hotAuctionRatio int) inputs {
	in := inputs{}
	for _, names := range [][]string{q.streams, q.others} {
		for _, name := range names {
			in[name] = table{kind: q.kind, name: name, events: events, eventGapMicros: eventGapMicros, hotAuctionRatio: hotAuctionRatio}
		}
	}
	return in
}

// text reads one of the query's files.
func (q *query) text(file string) (string, error) {
	b, err := q.files.ReadFile(file)
	return strings.TrimSpace(string(b)), err
}
