package slt_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestOverLikePostgres compares window functions: random functions, orders and frames over random rows, once as a query and once as
// a view that is kept fresh while rows come, change and go.
func TestOverLikePostgres(t *testing.T) {
	w := newTwin(t)
	w.do(`CREATE TABLE o (id int PRIMARY KEY, k int, a int, b bigint, f float8, n numeric, s text, ts timestamp, d date)`)
	for round := range rounds(25) {
		r := seeded(round)
		w.do(`DELETE FROM o`)
		for id := range r.IntN(12) {
			w.do(overInsert(r, id))
		}
		var queries []string
		for range 6 {
			queries = append(queries, overQuery(r))
		}
		for _, q := range queries {
			w.same(q, q)
		}
		if t.Failed() {
			t.FailNow()
		}
		w.followView(r, queries[:2])
	}
}

// followView makes views of queries and changes the table under them.
func (w *twin) followView(r *rand.Rand, queries []string) {
	w.t.Helper()
	var names []string
	for i, q := range queries {
		name := fmt.Sprintf("v%d", i)
		if made := w.rows(w.freshet, "CREATE MATERIALIZED VIEW "+name+" AS SELECT * FROM ("+q+") x(id, "+columnNames(q)+")"); len(made) > 0 {
			w.t.Fatalf("%s\n%s", made, q)
		}
		names = append(names, name)
	}
	for range 5 {
		id := r.IntN(14)
		switch r.IntN(3) {
		case 0:
			w.do(fmt.Sprintf("DELETE FROM o WHERE id = %d", id))
		case 1:
			w.do(fmt.Sprintf("UPDATE o SET a = %s, s = %s WHERE k = %d", pick(r, "NULL", "a + 1", "2"), pick(r, "'z'", "s"), r.IntN(3)))
		default:
			w.do(fmt.Sprintf("DELETE FROM o WHERE id = %d", id))
			w.do(overInsert(r, id))
		}
		for i, name := range names {
			// A view keeps a row whose function fails, with a null.
			if want := w.rows(w.other, queries[i]); len(want) == 0 || !strings.HasPrefix(want[0], "error") {
				w.same("SELECT * FROM "+name, queries[i])
			}
		}
		if w.t.Failed() {
			w.t.FailNow()
		}
	}
	for _, name := range names {
		w.rows(w.freshet, "DROP MATERIALIZED VIEW "+name)
	}
}

// columnNames are those of the calls of a query.
func columnNames(q string) string {
	var names []string
	for i := range strings.Count(q, " OVER (") {
		names = append(names, fmt.Sprintf("c%d", i))
	}
	return strings.Join(names, ", ")
}

func overInsert(r *rand.Rand, id int) string {
	value := func(list ...string) string { return pick(r, append(list, "NULL")...) }
	return fmt.Sprintf("INSERT INTO o VALUES (%d, %d, %s, %s, %s, %s, %s, %s, %s)", id, r.IntN(3), value("0", "1", "2", "3", "5", "7"),
		value("-9223372036854775808", "-3", "0", "4", "9223372036854775807"), value("-1.5", "0", "0.5", "2", "'Infinity'", "'NaN'", "'-Infinity'"),
		value("1.0", "1.00", "-2.5", "7", "'NaN'", "'Infinity'"), value("''", "'a'", "'b'", "'Zz'"),
		value("'2024-01-01'", "'2024-01-02 12:00'", "'2024-02-29'", "'infinity'"), value("'2024-01-01'", "'2024-01-03'", "'2024-03-01'"))
}

// overOrder is an order, and how its rows can be told apart: only by a unique one are all functions determined.
type overOrder struct {
	text   string
	unique bool
	// offset makes offsets that RANGE can have; nil: none.
	offset func(r *rand.Rand) string
}

func randomOrder(r *rand.Rand) overOrder {
	direction := pick(r, "", " DESC", " NULLS FIRST", " DESC NULLS LAST")
	numbers := func(r *rand.Rand) string { return pick(r, "0", "1", "2", "10") }
	spans := func(r *rand.Rand) string { return pick(r, "'1 day'::interval", "'1 month'", "'0'", "'36 hours'") }
	switch r.IntN(10) {
	case 0:
		return overOrder{}
	case 1, 2:
		return overOrder{text: "id" + direction, unique: true, offset: numbers}
	case 3:
		return overOrder{text: pick(r, "a", "k", "f", "n", "s") + direction + ", id", unique: true}
	case 4:
		return overOrder{text: "a" + direction, offset: numbers}
	case 5:
		return overOrder{text: "b" + direction, offset: numbers}
	case 6:
		return overOrder{text: "f" + direction, offset: func(r *rand.Rand) string { return pick(r, "0", "0.5", "1", "'Infinity'") }}
	case 7:
		return overOrder{text: "n" + direction, offset: func(r *rand.Rand) string { return pick(r, "0", "0.5", "3", "'Infinity'") }}
	case 8:
		return overOrder{text: "ts" + direction, offset: spans}
	default:
		return overOrder{text: "d" + direction, offset: spans}
	}
}

func overQuery(r *rand.Rand) string {
	var list []string
	for range 1 + r.IntN(3) {
		o := randomOrder(r)
		frame := randomFrame(r, o)
		spec := pick(r, "", "PARTITION BY k ", "PARTITION BY a ", "PARTITION BY k, s ")
		if o.text != "" {
			spec += "ORDER BY " + o.text + " "
		}
		// Which rows are in frames of rows is undetermined where rows are equal in the order.
		determined := o.unique || !strings.HasPrefix(frame, "ROWS") && !strings.Contains(frame, "EXCLUDE CURRENT ROW") && !strings.Contains(frame, "EXCLUDE TIES")
		for range 1 + r.IntN(2) {
			if call := overFunction(r, o.unique, determined); call != "" {
				list = append(list, call+" OVER ("+spec+frame+")")
			}
		}
	}
	return "SELECT " + strings.Join(append([]string{"id"}, list...), ", ") + " FROM o"
}

func overFunction(r *rand.Rand, unique, determined bool) string {
	any := pick(r, "a", "b", "s", "n", "f", "k", "d", "ts", "a + 1")
	calls := []string{"rank()", "dense_rank()", "percent_rank()", "cume_dist()"}
	if determined {
		calls = append(calls, "count(*)", "sum(a)", "sum(n)", "avg(a)", "count("+any+")", "min(a)", "max(b)", "min(s)", "max(ts)", "sum(b)", "bool_and(a > 1)",
			"count(*) FILTER (WHERE a > 1)", "sum(a) FILTER (WHERE s = 'a')", "max(d)", "stddev_pop(a)", "bit_or(a)", "min(f)", "sum(1)",
			"count(1)", "every(k < 2)", "min(1)")
	}
	if unique {
		lag := pick(r, "lag", "lead")
		calls = append(calls, "row_number()", "ntile("+pick(r, "1", "2", "3", "5", "a", "0", "NULL")+")", lag+"("+any+")", lag+"("+any+", "+pick(r, "0", "2", "-1", "a", "NULL")+")",
			lag+"(a, 1, "+pick(r, "7", "k", "NULL", "1.5")+")", "first_value("+any+")", "last_value("+any+")", "nth_value("+any+", "+pick(r, "1", "2", "k", "0", "NULL")+")",
			"array_agg("+any+")", "max(n + 0.0)", "string_agg(s, ',')", "json_agg(s)", "array_agg(a) FILTER (WHERE a > 1)", "first_value(a)", "lag(s, 1, 'none')")
	}
	return pick(r, calls...)
}

func randomFrame(r *rand.Rand, o overOrder) string {
	units := []string{"", "ROWS", "RANGE"}
	if o.text != "" {
		units = append(units, "GROUPS")
	}
	unit := pick(r, units...)
	if unit == "" {
		return ""
	}
	offset := func() string { return pick(r, "0", "1", "2", "100") }
	if unit == "RANGE" {
		offset = nil
		if o.offset != nil {
			offset = func() string { return o.offset(r) }
		}
	}
	bounds := []string{"UNBOUNDED PRECEDING", "CURRENT ROW", "UNBOUNDED FOLLOWING"}
	ranks := []int{0, 2, 4}
	if offset != nil {
		bounds = append(bounds, offset()+" PRECEDING", offset()+" FOLLOWING")
		ranks = append(ranks, 1, 3)
	}
	for {
		start, end := r.IntN(len(bounds)), r.IntN(len(bounds))
		if ranks[start] == 4 || ranks[end] == 0 || ranks[start] > ranks[end] {
			continue
		}
		exclude := pick(r, "", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS")
		return unit + " BETWEEN " + bounds[start] + " AND " + bounds[end] + exclude
	}
}
