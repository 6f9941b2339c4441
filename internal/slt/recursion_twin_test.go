package slt_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRecursionLikePostgres compares recursive queries: random terms, joins and subqueries, alone and for each row of a query around, within each other too.
func TestRecursionLikePostgres(t *testing.T) {
	w := newTwin(t)
	w.do(`CREATE TABLE e (f int, t int, w int)`)
	w.do(`CREATE TABLE s (k int, v int, x text)`)
	for round := range rounds(25) {
		r := seeded(round)
		w.do(`DELETE FROM e`)
		w.do(`DELETE FROM s`)
		for range r.IntN(9) {
			w.do(fmt.Sprintf("INSERT INTO e VALUES (%s, %s, %s)", smallOrNull(r), smallOrNull(r), smallOrNull(r)))
		}
		for range r.IntN(6) {
			w.do(fmt.Sprintf("INSERT INTO s VALUES (%s, %s, %s)", smallOrNull(r), smallOrNull(r), pick(r, "'a'", "'b'", "''", "NULL")))
		}
		for range 12 {
			q := recursiveQuery(r)
			w.same(q, q)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

func smallOrNull(r *rand.Rand) string {
	if r.IntN(8) == 0 {
		return "NULL"
	}
	return fmt.Sprint(r.IntN(6))
}

// recursiveQuery is one with a recursion, perhaps for each row of another relation.
func recursiveQuery(r *rand.Rand) string {
	switch r.IntN(5) {
	case 0:
		return recursion(r, "t", "", 0) + recursionReads(r)
	case 1:
		return "SELECT o.k, o.v, q.* FROM s o, LATERAL (" + recursion(r, "t", "o", 0) + recursionReads(r) + ") q"
	case 2:
		return "SELECT o.k, o.v, q.* FROM s o LEFT JOIN LATERAL (" + recursion(r, "t", "o", 0) + recursionReads(r) + ") q ON true"
	case 3:
		return "SELECT o.k, o.v, (" + recursion(r, "t", "o", 0) + pick(r, "SELECT sum(n) FROM t", "SELECT count(*) FROM t WHERE d > o.v", "SELECT max(n) + min(d) FROM t") + ") FROM s o"
	default:
		return "SELECT o.k, o.v FROM s o WHERE " + pick(r, "EXISTS (", "NOT EXISTS (") + recursion(r, "t", "o", 0) + "SELECT 1 FROM t WHERE n = o.v)"
	}
}

func recursionReads(r *rand.Rand) string {
	return pick(r, "SELECT * FROM t", "SELECT * FROM t", "SELECT n, count(*), max(d) FROM t GROUP BY n", "SELECT a.n, b.d FROM t a JOIN t b ON a.n = b.d",
		"SELECT * FROM t WHERE d > 1", "SELECT * FROM t ORDER BY d DESC, n LIMIT 3", "SELECT DISTINCT n FROM t", "SELECT sum(n) FROM t",
		"SELECT n, d, v FROM t LEFT JOIN s ON k = n")
}

// recursion is the WITH of a recursion of this name with columns n and d, which may use columns of outer.
func recursion(r *rand.Rand, name, outer string, depth int) string {
	first := pick(r, "SELECT 1, 0", "VALUES (1, 0), (2, 0), (1, 0)", "SELECT f, 0 FROM e", "SELECT k, 0 FROM s WHERE v > 1", "SELECT k, 0 FROM s UNION SELECT f, 0 FROM e WHERE w < 3")
	if outer != "" && r.IntN(3) > 0 {
		first = pick(r, "SELECT o.k, 0", "SELECT e.t, 0 FROM e WHERE e.f = o.k", "SELECT o.k, o.v UNION ALL SELECT 1, 0", "SELECT max(e.f), 0 FROM e WHERE e.w = o.v")
	}
	return "WITH RECURSIVE " + name + "(n, d) AS (" + first + pick(r, " UNION ", " UNION ALL ") + recursiveTerm(r, name, outer, depth) + ") "
}

// recursiveTerm ends after some rounds.
func recursiveTerm(r *rand.Rand, name, outer string, depth int) string {
	from := pick(r, "@ JOIN e ON e.f = @.n", "e JOIN @ ON @.n = e.f", "@ LEFT JOIN e ON e.f = @.n", "@ LEFT JOIN e ON e.f = @.n AND e.w > @.d", "@ CROSS JOIN (SELECT f, t, w FROM e WHERE w > 2) e",
		"@ JOIN e ON e.f = @.n JOIN s ON s.k = e.t", "e RIGHT JOIN @ ON e.f = @.n", "@, e", "@ JOIN (SELECT f AS n, t, w FROM e) e USING (n)",
		"@, LATERAL (SELECT e.t, e.w FROM e WHERE e.f = @.n ORDER BY e.t, e.w LIMIT 2) e",
		"@ LEFT JOIN LATERAL (SELECT e.t, e.w FROM e WHERE e.f = @.n ORDER BY e.t DESC, e.w LIMIT 1) e ON true",
		"@, LATERAL (SELECT max(e.t) AS t, count(*) AS w FROM e WHERE e.f = @.n) e",
		"(SELECT n, d FROM @ WHERE n IS NOT NULL) @ JOIN e ON e.w = @.n",
		"(SELECT DISTINCT n, d FROM @) @ LEFT JOIN e ON e.f = @.n",
		"@ JOIN (SELECT f, max(t) AS t, count(*) AS w FROM e GROUP BY f) e ON e.f = @.n",
		"@ LEFT JOIN (SELECT DISTINCT ON (f) f, t, w FROM e ORDER BY f, t, w) e ON e.f = @.n")
	conds := []string{fmt.Sprintf("@.d < %d", 2+r.IntN(2))}
	for range r.IntN(3) {
		c := pick(r, "EXISTS (SELECT 1 FROM s WHERE s.k = @.n)", "NOT EXISTS (SELECT 1 FROM s WHERE s.k = @.n AND s.v > @.d)", "@.n NOT IN (SELECT k FROM s WHERE k IS NOT NULL)",
			"@.n NOT IN (SELECT k FROM s)", "@.n IN (SELECT v FROM s)", "e.w > 1", "e.w IS NULL OR e.w > @.d", "(SELECT count(*) FROM s WHERE s.v = @.n) < 2", "@.n > ALL (SELECT k FROM s WHERE v = 2)")
		if outer != "" && r.IntN(2) == 0 {
			c = pick(r, "@.n <> o.v", "EXISTS (SELECT 1 FROM s WHERE s.k = @.n AND s.v = o.v)", "e.t > o.k", "o.k IS NOT NULL", "(SELECT count(*) FROM e x WHERE x.f = o.k) > @.d")
		}
		conds = append(conds, "("+c+")")
	}
	n := pick(r, "e.t", "e.t", "e.t", "@.n + 1", "coalesce(e.t, @.n)", "(SELECT max(s.v) FROM s WHERE s.k = @.n)", "(e.t + @.n) % 5")
	if outer != "" && r.IntN(4) == 0 {
		n = pick(r, "(e.t + o.k) % 5", "(SELECT min(s.v) FROM s WHERE s.k = @.n AND s.v > o.v)", "o.v")
	}
	if depth == 0 && r.IntN(5) == 0 {
		n = "(" + strings.ReplaceAll(recursion(r, "u", pick(r, "", outer), 1), "SELECT 1, 0 UNION", "SELECT @.n, 0 UNION") + pick(r, "SELECT max(n) FROM u", "SELECT count(*)::int FROM u", "SELECT min(n) FROM u WHERE d > @.d") + ")"
	}
	d := "@.d + 1"
	q := "SELECT " + n + ", " + d + " FROM " + from + " WHERE " + strings.Join(conds, " AND ")
	switch r.IntN(10) {
	case 0:
		q = "(" + q + " EXCEPT SELECT k, v FROM s)"
	case 1:
		q = "(" + q + " INTERSECT SELECT k, v FROM s)"
	case 2:
		q = strings.Replace(q, "SELECT ", "SELECT DISTINCT ", 1)
	case 3:
		q = "SELECT y.n, y.d FROM (" + strings.Replace(q, d+" FROM", d+" AS d FROM", 1) + ") y(n, d) LEFT JOIN s ON s.k = y.n"
	case 4:
		q = "SELECT y.n, y.d FROM (" + q + ") y(n, d), LATERAL (SELECT count(*) AS c FROM s WHERE s.k = y.n) z WHERE z.c < 2"
	}
	return strings.ReplaceAll(q, "@", name)
}
