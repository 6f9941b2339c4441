package gen

import (
	"github.com/freshetdb/freshet/connector"
)

// YSB is the kind for Yahoo's advertising stream.
var YSB = &connector.Kind{
	Name: "ysb",
	Doc:  "Makes the events of Yahoo's streaming benchmark, and the table of ads with their campaigns.",
	Options: []connector.Option{
		{
			Name: "table", Type: connector.Word, Default: "events", Words: []string{"events", "ads"},
			Doc: "events, the stream, or ads (ad_id, campaign_id), which ends.",
		},
		{
			Name: "events", Type: connector.Integer, Max: maxEvents,
			Doc: "The stream ends after this many events; it is endless if this is left out.",
		},
		optionRate, optionSeed,
		{
			Name: "campaigns", Type: connector.Integer, Default: "100", Min: 1, Max: 1_000_000,
			Doc: "How many campaigns there are.",
		},
		{
			Name: "ads_per_campaign", Type: connector.Integer, Default: "10", Min: 1, Max: 1000,
			Doc: "How many ads each campaign has.",
		},
		{
			Name: "start_time", Type: connector.Timestamp, Default: "2015-07-15 00:00:00",
			Doc: "The time of the first event, UTC.",
		},
		optionGap,
		{
			Name: "format", Type: connector.Word, Default: "columns", Words: []string{"columns", "json"},
			Doc: "columns: events are made as columns. json: each is written as a line of JSON first, and that is decoded.",
		},
	},
	Columns: func(v connector.Values) ([]connector.Column, error) {
		_, t := ysbTable(v)
		return t.known(), nil
	},
	Source: func(c connector.Config) (connector.Source, error) {
		y, t := ysbTable(c.Options)
		s, err := newSource("ysb table "+c.Options.Text("table"), t, c.Columns, c.Options.Float("rows_per_second"))
		if err != nil {
			return nil, err
		}
		if c.Options.Text("format") == "json" && c.Options.Text("table") == "events" {
			return newJSONSource(s, y.appendJSON, c.Columns)
		}
		return s, nil
	},
}

// ysbTable makes the table that the options ask for.
func ysbTable(v connector.Values) (*ysb, *table) {
	y := newYSB(v.Int("seed"), v.Micros("start_time"), gapNanos(v, 1), v.Int("campaigns"), v.Int("ads_per_campaign"))
	if v.Text("table") == "ads" {
		return y, y.campaignsTable()
	}
	events := int64(endless)
	if v.Has("events") {
		events = v.Int("events")
	}
	return y, y.events(events)
}
