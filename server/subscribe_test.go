package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// bagOf is rows of text with how often each is there.
type bagOf map[string]int64

func (b bagOf) String() string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(b)) {
		if b[k] != 0 {
			all = append(all, fmt.Sprintf("%d*%s", b[k], k))
		}
	}
	return strings.Join(all, " ")
}

func texts(values [][]byte) []string {
	out := make([]string, len(values))
	for i, v := range values {
		if out[i] = string(v); v == nil {
			out[i] = "NULL"
		}
	}
	return out
}

// ask answers the rows of a text as PostgreSQL's text form has them.
func ask(t *testing.T, c *pgx.Conn, sql string) [][]string {
	t.Helper()
	results, err := c.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var rows [][]string
	for _, r := range results[len(results)-1].Rows {
		rows = append(rows, texts(r))
	}
	return rows
}

// relation answers the rows of a relation.
func relation(t *testing.T, c *pgx.Conn, name string) string {
	t.Helper()
	b := bagOf{}
	for _, r := range ask(t, c, "SELECT * FROM "+name) {
		b[strings.Join(r, ",")]++
	}
	return b.String()
}

// apply adds rows of SUBSCRIBE, and answers the last epoch.
func (b bagOf) apply(t *testing.T, rows [][]string) (epoch string) {
	t.Helper()
	for _, r := range rows {
		var diff int64
		if epoch = r[0]; r[2] == "NULL" {
			continue // progress
		}
		if _, err := fmt.Sscan(r[2], &diff); err != nil {
			t.Fatal(err)
		}
		b[strings.Join(r[3:], ",")] += diff
	}
	return epoch
}

func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// TestSubscribe: who applies the rows of a cursor has the rows of the relation, and goes on behind an epoch after a restart.
func TestSubscribe(t *testing.T) {
	c := config()
	c.Data = t.TempDir()
	s := start(t, c)
	writer, follower := connect(t, s), connect(t, s)
	exec(t, writer, "CREATE TABLE t (k int PRIMARY KEY, g text, n int) WITH (retain_history = '1 day')",
		"CREATE MATERIALIZED VIEW v WITH (retain_history = '1 day') AS SELECT g, count(*) AS c, sum(n) AS s FROM t GROUP BY g",
		"INSERT INTO t SELECT i, 'g' || i % 3, i FROM generate_series(1, 100) AS i")
	names := []string{"v", "t", "(SELECT g, max(n) FROM t WHERE n > 20 GROUP BY g)"}
	states := make([]bagOf, len(names))
	for i, name := range names {
		states[i] = bagOf{}
		exec(t, follower, fmt.Sprintf("DECLARE c%d CURSOR FOR SUBSCRIBE %s", i, name))
	}
	epochs := make([]string, len(names))
	check := func(sql string) {
		t.Helper()
		exec(t, writer, sql)
		for i, name := range names {
			rows := ask(t, follower, fmt.Sprintf("FETCH 1000 c%d WITH (timeout = '0s')", i))
			if e := states[i].apply(t, rows); e != "" {
				epochs[i] = e
			}
			if i == 2 {
				name += " AS q"
			}
			if got, want := states[i].String(), relation(t, writer, name); got != want {
				t.Fatalf("%s after %s: %s, want %s", name, sql, got, want)
			}
		}
	}
	check("UPDATE t SET n = n + 1 WHERE k % 7 = 0")
	check("DELETE FROM t WHERE k % 5 = 0")
	check("UPDATE t SET g = 'g1'")
	check("TRUNCATE t")
	check("INSERT INTO t VALUES (1, NULL, NULL), (2, 'x', 7)")
	if got := ask(t, follower, "FETCH 10 c0 WITH (timeout = '20ms')"); len(got) != 0 {
		t.Errorf("nothing has changed: %v", got)
	}
	if got := ask(t, writer, "SELECT count(*), count(relation) FROM sys.subscriptions"); got[0][0] != "3" {
		t.Errorf("subscriptions: %v", got)
	}
	begun := time.Now()
	written := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() {
		defer close(written)
		_, _ = writer.Exec(context.Background(), "INSERT INTO t VALUES (3, 'y', 8)")
	})
	if got := ask(t, follower, "FETCH 10 c0"); len(got) == 0 || time.Since(begun) > patience {
		t.Errorf("without a timeout it waits for a row: %v", got)
	}
	<-written
	states[0] = bagOf{}
	exec(t, follower, "CLOSE ALL")
	if got := ask(t, writer, "SELECT count(*) FROM sys.subscriptions"); got[0][0] != "0" {
		t.Errorf("subscriptions after CLOSE ALL: %v", got)
	}
	at := ask(t, writer, "SELECT max(epoch) FROM sys.epochs")[0][0]
	whole := ask(t, follower, "SUBSCRIBE v AS OF "+epochs[0]+" UP TO "+at)
	states[0].apply(t, whole)
	if got, want := states[0].String(), relation(t, writer, "v"); got != want {
		t.Fatalf("as of epoch %s: %s, want %s", epochs[0], got, want)
	}
	_ = writer.Close(t.Context())
	_ = follower.Close(t.Context())
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	s = start(t, c)
	writer, follower = connect(t, s), connect(t, s)
	exec(t, writer, "INSERT INTO t VALUES (4, 'x', 9)", "DELETE FROM t WHERE k = 1")
	last := ask(t, writer, "SELECT max(epoch) FROM sys.epochs")[0][0]
	states[0].apply(t, ask(t, follower, "SUBSCRIBE v WITH (snapshot = 'false', progress) AS OF "+at+" UP TO "+last))
	if got, want := states[0].String(), relation(t, writer, "v"); got != want {
		t.Fatalf("resumed behind epoch %s: %s, want %s", at, got, want)
	}
	var out bytes.Buffer
	if _, err := follower.PgConn().CopyTo(t.Context(), &out, "COPY (SUBSCRIBE t AS OF "+last+" UP TO "+last+") TO STDOUT"); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 3 || !strings.HasPrefix(out.String(), last+"\t") {
		t.Errorf("COPY: %s", out.String())
	}
	for sql, code := range map[string]string{
		"SUBSCRIBE nothing":                              "42P01",
		"SUBSCRIBE t AS OF 1000000":                      "22023",
		"SUBSCRIBE t AS OF 0":                            "55000",
		"SUBSCRIBE (SELECT 1) AS OF 5":                   "0A000",
		"SUBSCRIBE (SELECT * FROM t) ENVELOPE DEBEZIUM":  "0A000",
		"SUBSCRIBE t WITH (what)":                        "22023",
		"SUBSCRIBE t ENVELOPE UPSERT (KEY (z))":          "42703",
		"SUBSCRIBE pg_class":                             "0A000",
		"DECLARE s SCROLL CURSOR FOR SUBSCRIBE t":        "0A000",
		"SUBSCRIBE t AS OF 'yesterday, all my troubles'": "22007",
	} {
		if _, err := follower.Exec(t.Context(), sql); codeOf(err) != code {
			t.Errorf("%s: %v, want %s", sql, err, code)
		}
	}
}

// TestSubscribeStreams: rows come over the wire as epochs are published; a cancel ends them, and so does the end of what is followed.
func TestSubscribeStreams(t *testing.T) {
	s := start(t, config())
	writer := connect(t, s)
	exec(t, writer, "CREATE TABLE t (k int PRIMARY KEY, x text)", "INSERT INTO t VALUES (1, 'a')")
	for _, end := range []string{"cancel", "drop"} {
		for _, sql := range []string{"SUBSCRIBE t", "SUBSCRIBE (SELECT k, x FROM t)", "SUBSCRIBE TO t ENVELOPE UPSERT (KEY (k))", "SUBSCRIBE t ENVELOPE DEBEZIUM"} {
			follower := connect(t, s)
			results := follower.PgConn().Exec(t.Context(), sql)
			if !results.NextResult() {
				t.Fatalf("%s: %v", sql, results.Close())
			}
			r := results.ResultReader()
			read := func() []string {
				t.Helper()
				if !r.NextRow() {
					_, err := r.Close()
					t.Fatalf("%s: %v", sql, err)
				}
				return texts(r.Values())[2:]
			}
			want := map[string][][]string{
				"SUBSCRIBE TO t ENVELOPE UPSERT (KEY (k))": {{"upsert", "1", "a"}, {"upsert", "1", "b"}, {"delete", "1", "NULL"}, {"upsert", "1", "a"}},
				"SUBSCRIBE t ENVELOPE DEBEZIUM": {
					{"insert", "NULL", "NULL", "1", "a"}, {"update", "1", "a", "1", "b"}, {"delete", "1", "b", "NULL", "NULL"}, {"insert", "NULL", "NULL", "1", "a"},
				},
			}[sql]
			if want == nil {
				want = [][]string{{"1", "1", "a"}, {"-1", "1", "a"}, {"1", "1", "b"}, {"-1", "1", "b"}, {"1", "1", "a"}}
			}
			var got [][]string
			got = append(got, read())
			exec(t, writer, "UPDATE t SET x = 'b' WHERE k = 1")
			for len(got) < len(want)-2 {
				got = append(got, read())
			}
			exec(t, writer, "DELETE FROM t WHERE k = 1")
			got = append(got, read())
			exec(t, writer, "INSERT INTO t VALUES (1, 'a')")
			got = append(got, read())
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s: %v, want %v", sql, got, want)
			}
			code := "57014"
			if end == "cancel" {
				if err := follower.PgConn().CancelRequest(t.Context()); err != nil {
					t.Fatal(err)
				}
			} else {
				code = "42P01"
				exec(t, writer, "DROP TABLE t", "CREATE TABLE t (k int PRIMARY KEY, x text)", "INSERT INTO t VALUES (1, 'a')")
			}
			for r.NextRow() {
			}
			if _, err := r.Close(); codeOf(err) != code {
				t.Errorf("%s after %s: %v", sql, end, err)
			}
			if err := results.Close(); codeOf(err) != code {
				t.Errorf("%s after %s: %v", sql, end, err)
			}
			if err := follower.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestSubscribeUpToTime: a subscription up to a time ends at that time, also if nothing comes.
func TestSubscribeUpToTime(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	exec(t, c, "CREATE TABLE t (k int PRIMARY KEY) WITH (retain_history = '1 hour')", "INSERT INTO t VALUES (1), (2)")
	for _, sql := range []string{"SUBSCRIBE t UP TO now()", "SUBSCRIBE t AS OF now() UP TO now()", "SUBSCRIBE t UP TO now() + interval '50 milliseconds'"} {
		if got := ask(t, c, sql); len(got) != 2 {
			t.Errorf("%s gives %v", sql, got)
		}
	}
	// What follows takes time to begin. Where it has not begun in time there is nothing to see, and it gets more.
	for limit := 100 * time.Millisecond; ; limit *= 4 {
		sql := fmt.Sprintf("SUBSCRIBE (SELECT k + 1 FROM t) UP TO now() + interval '%d milliseconds'", limit.Milliseconds())
		got := ask(t, c, sql)
		if len(got) == 2 {
			break
		}
		if len(got) > 0 || limit > patience {
			t.Fatalf("%s gives %v", sql, got)
		}
	}
	other, rows := connect(t, s), 2
	for limit := time.Second; ; limit *= 4 {
		rows++
		end, written := time.Now().Add(limit), make(chan time.Time, 1)
		time.AfterFunc(limit/20, func() {
			_, _ = other.Exec(context.Background(), fmt.Sprintf("INSERT INTO t VALUES (%d)", rows))
			written <- time.Now()
		})
		got := ask(t, c, fmt.Sprintf("SUBSCRIBE t UP TO now() + interval '%d milliseconds'", limit.Milliseconds()))
		inTime := (<-written).Before(end)
		if inTime && len(got) != rows || limit > patience {
			t.Errorf("with a row that comes meanwhile: %v", got)
		}
		if inTime || limit > patience {
			return
		}
	}
}

// TestSubscribeAlter: a subscription to a query goes on when its table gets another form, if what it reads stays, and ends if not.
func TestSubscribeAlter(t *testing.T) {
	s := start(t, config())
	writer, follower := connect(t, s), connect(t, s)
	exec(t, writer, "CREATE TABLE t (id int PRIMARY KEY, k int, name text)", "INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b')")
	names := []string{"(SELECT k + 1 FROM t)", "(SELECT name, count(*) FROM t GROUP BY name)", "t"}
	states := make([]bagOf, len(names))
	fetch := func(i int) error {
		result := follower.PgConn().ExecParams(t.Context(), fmt.Sprintf("FETCH 1000 c%d WITH (timeout = '0s')", i), nil, nil, nil, nil).Read()
		for _, r := range result.Rows {
			states[i].apply(t, [][]string{texts(r)})
		}
		return result.Err
	}
	for i, name := range names {
		states[i] = bagOf{}
		exec(t, follower, fmt.Sprintf("DECLARE c%d CURSOR WITH HOLD FOR SUBSCRIBE %s", i, name))
		if err := fetch(i); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, writer, "ALTER TABLE t ALTER k TYPE text", "INSERT INTO t VALUES (3, 'x', 'a')")
	for i := range names {
		if err := fetch(i); (codeOf(err) == "55000") != (i != 1) || i == 1 && err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
	}
	if got, want := states[1].String(), relation(t, writer, names[1]+" AS q"); got != want {
		t.Errorf("the query has %s, want %s", got, want)
	}
}
