package gen

import (
	"math"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// maxEvents keeps times and offsets far from overflow: a hundred thousand billion events.
const maxEvents = 100_000_000_000_000

// The options that all generators have.
var (
	optionRate = connector.Option{
		Name: "rows_per_second", Aliases: []string{"rows-per-second", "datagen.rows.per.second"}, Type: connector.Decimal, Max: 1_000_000_000_000,
		Doc: "How many rows of this source come per second; as fast as they can be taken if it is left out.",
	}
	optionSeed = connector.Option{
		Name: "seed", Type: connector.Integer, Default: "0",
		Doc: "The same seed gives the same rows.",
	}
	optionGap = connector.Option{
		Name: "event_gap", Type: connector.Duration, Min: 1, Max: 365 * 86_400_000_000,
		Doc: "Event time between two events. By default event time keeps pace with rows_per_second, or is 100us where that is not given.",
	}
)

// Nexmark is the kind for Nexmark's auctions.
var Nexmark = &connector.Kind{
	Name: "nexmark",
	Doc:  "Makes the events of the Nexmark benchmark: of fifty events one is a person, three are auctions and forty-six bids.",
	Options: []connector.Option{
		{
			Name: "table", Aliases: []string{"nexmark.table.type"}, Type: connector.Word, Required: true,
			Words: []string{"person", "auction", "bid"}, Doc: "Which of the three kinds of events: person, auction or bid.",
		},
		{
			Name: "events", Aliases: []string{"nexmark.event.num"}, Type: connector.Integer, Max: maxEvents,
			Doc: "The stream ends after this many events, counted over all three kinds; it is endless if this is left out.",
		},
		optionRate, optionSeed,
		{
			Name: "start_time", Type: connector.Timestamp, Default: "2015-07-15 00:00:00",
			Doc: "The time of the first event, UTC.",
		},
		optionGap,
		{
			Name: "hot_auction_ratio", Aliases: []string{"nexmark.bid.hot-ratio.auctions", "bid.hot-ratio.auctions"}, Type: connector.Integer,
			Default: "2", Min: 1, Max: 1_000_000,
			Doc: "All but one in so many bids are for the hot auction of their time; 1: none is hot.",
		},
		{
			Name: "nexmark.min.event.gap.in.ns", Type: connector.Integer, Min: 1, Max: math.MaxInt64 / maxEvents,
			Doc: "event_gap as a number of nanoseconds.",
		},
	},
	Columns: func(v connector.Values) ([]connector.Column, error) {
		_, t, err := nexmarkTable(v)
		if err != nil {
			return nil, err
		}
		return t.known(), nil
	},
	Source: func(c connector.Config) (connector.Source, error) {
		_, t, err := nexmarkTable(c.Options)
		if err != nil {
			return nil, err
		}
		return newSource("nexmark table "+c.Options.Text("table"), t, c.Columns, c.Options.Float("rows_per_second"))
	},
}

// nexmarkTable makes the table that the options ask for.
func nexmarkTable(v connector.Values) (*nexmark, *table, error) {
	x := &nexmark{seed: v.Int("seed"), start: v.Micros("start_time"), hotAuctions: uint64(v.Int("hot_auction_ratio"))}
	shares := map[string]int64{"person": personShare, "auction": auctionShare, "bid": bidShare}
	name := v.Text("table")
	x.gapNanos = gapNanos(v, float64(shares[name])/allShares)
	if v.Has("nexmark.min.event.gap.in.ns") {
		if v.Has("event_gap") {
			return nil, nil, pgerr.New(pgerr.InvalidParameterValue, "event_gap and nexmark.min.event.gap.in.ns are the same option")
		}
		x.gapNanos = v.Int("nexmark.min.event.gap.in.ns")
	}
	events := int64(endless)
	if v.Has("events") {
		events = v.Int("events")
	}
	switch name {
	case "person":
		return x, x.person(events), nil
	case "auction":
		return x, x.auction(events), nil
	default:
		return x, x.bid(events), nil
	}
}

// gapNanos is the event time between two events, of which the given share becomes rows.
func gapNanos(v connector.Values, share float64) int64 {
	const usual = 100_000
	switch {
	case v.Has("event_gap"):
		return v.Micros("event_gap") * 1000
	case v.Float("rows_per_second") > 0:
		return max(int64(math.Min(1e9/v.Float("rows_per_second")*share, 1e15)), 1)
	default:
		return usual
	}
}
