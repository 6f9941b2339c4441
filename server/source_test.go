package server_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTrimLate: old late rows go, and views on them see that.
func TestTrimLate(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	path := filepath.Join(t.TempDir(), "in.json")
	rows := `{"ts":"2026-01-01T00:00:01Z"}` + "\n" + `{"ts":"2026-01-01T00:01:00Z"}` + "\n"
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE SOURCE s (ts timestamptz, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = '" + path + "', follow = true) FORMAT PLAIN ENCODE JSON",
		"CREATE MATERIALIZED VIEW v AS SELECT window_start, count(*) FROM TUMBLE(s, ts, INTERVAL '10 s') GROUP BY window_start, window_end EMIT ON WINDOW CLOSE",
		`CREATE MATERIALIZED VIEW lates AS SELECT count(*) AS n FROM "v$late"`,
		`CREATE MATERIALIZED VIEW latest AS SELECT max(late_bound) AS bound FROM "v$late"`,
		`CREATE MATERIALIZED VIEW lasts AS SELECT DISTINCT ON (late_bound) late_bound, late_arrival FROM "v$late" ORDER BY late_bound, late_arrival`,
	} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	count := func(sql string) (n int) {
		t.Helper()
		if err := c.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for count("SELECT count(*) FROM v") == 0 { // until the first window is closed
		time.Sleep(time.Millisecond)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"ts":"2026-01-01T00:00:02Z"}` + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for count("SELECT n FROM lates") == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := s.TrimLate(t.Context(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := count(`SELECT count(*) FROM "v$late"`); n != 1 {
		t.Errorf("%d late rows, want the new one", n)
	}
	if err := s.TrimLate(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n, m := count(`SELECT count(*) FROM "v$late"`), count("SELECT n FROM lates"); n != 0 || m != 0 {
		t.Errorf("%d late rows are left, and the view on them has %d", n, m)
	}
	if n, m := count("SELECT count(*) FROM lasts"), count("SELECT count(bound) FROM latest"); n != 0 || m != 0 {
		t.Errorf("views on late rows that were deleted have the first of %d windows, and %d greatest bounds", n, m)
	}
}

// TestFilesThatCome: a pattern's files that come while the source is read are read from their beginning.
func TestFilesThatCome(t *testing.T) {
	s := start(t, config())
	c := connect(t, s)
	dir := t.TempDir()
	put := func(name, rows string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a.json", `{"k":1}`+"\n")
	exec(t, c, "CREATE SOURCE s (k int) WITH (connector = 'file', path = '"+dir+"/*.json', follow = true) FORMAT PLAIN ENCODE JSON",
		"CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(k) AS total FROM s")
	put("b.json", `{"k":10}`+"\n"+`{"k":20}`+"\n")
	put("c.other", `{"k":100}`+"\n")
	// A view that is made later reads all files, too.
	exec(t, c, "CREATE MATERIALIZED VIEW w AS SELECT count(*) AS n, sum(k) AS total FROM s")
	put("d.json", `{"k":1000}`+"\n")
	for _, view := range []string{"v", "w"} {
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			var n, total int
			err := c.QueryRow(t.Context(), "SELECT n, total FROM "+view).Scan(&n, &total)
			if err == nil && n == 4 && total == 1031 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s has %d rows, together %d (%v)", view, n, total, err)
			}
		}
	}
}
