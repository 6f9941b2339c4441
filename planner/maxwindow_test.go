package planner_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/opt"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// TestMaxWindowJoin interprets joins of a stream with the extremes of its windows before and after each rule, over rows of which many
// lie at the very end of a window.
func TestMaxWindowJoin(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "CREATE SOURCE n (x int, y int, at timestamp, WATERMARK FOR at AS at) WITH (connector = 'x')")
	const best = "SELECT r.x, r.y, r.at, q.m, q.till FROM n r JOIN (SELECT max(x) AS m, window_start AS since, window_end AS till " +
		"FROM TUMBLE(n, at, INTERVAL '2 microseconds') GROUP BY window_start, window_end) q ON r.x = q.m WHERE "
	cases := []struct {
		query string
		found bool
	}{
		{best + "r.at BETWEEN q.till - INTERVAL '2 microseconds' AND q.till", true},
		{best + "r.at BETWEEN q.till - INTERVAL '1 microsecond' AND q.till AND r.y < q.m", true},
		{best + "r.at >= q.since AND r.at < q.till", true},
		{best + "r.at > q.since AND q.till >= r.at", true},
		{best + "r.at + INTERVAL '1 microsecond' >= q.since AND r.at < q.till", false},
		{best + "r.at BETWEEN q.since AND q.till + INTERVAL '1 microsecond'", false},
		{best + "r.at <= q.till", false},
		{best + "r.at = q.till", true},
		{best + "r.at = q.since", true},
		{"SELECT q.till, r.y FROM (SELECT min(x) AS m, window_end AS till FROM TUMBLE(n, at, INTERVAL '3 microseconds') GROUP BY window_end) q " +
			"JOIN n r ON r.x <= q.m AND r.at BETWEEN q.till - INTERVAL '3 microseconds' AND q.till", true},
	}
	var texts []string
	var plans []*planner.Prepared
	for _, c := range cases {
		p, err := planner.Plan(parsed(t, c.query)[0].(*ast.Query), f.options())
		must(t, err)
		if found := slices.ContainsFunc(p.Steps, func(s opt.Step) bool { return s.Rule == "MaxWindowJoin" }); found != c.found {
			t.Errorf("%s: the rule has changed it: %t", c.query, found)
		}
		texts, plans = append(texts, c.query), append(plans, p)
	}
	rapid.Check(t, func(t *rapid.T) {
		var rows [][]types.Value
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			row := make([]types.Value, 3)
			for c := range row {
				row[c] = types.IntValue(int64(rapid.IntRange(-2, 6).Draw(t, "value")))
				if rapid.IntRange(0, 7).Draw(t, "null") == 0 {
					row[c] = types.NullValue
				}
			}
			row[0].Int = min(row[0].Int, 1)
			rows = append(rows, row)
		}
		x := &interpreter{tables: map[string][][]types.Value{"n": rows}}
		for i := range plans {
			x.check(t, texts[i], plans[i])
		}
	})
}
