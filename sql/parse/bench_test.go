package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/sql/parse"
)

// simpleSelect has 110 bytes.
const simpleSelect = "SELECT a.id, a.name, b.total FROM accounts a JOIN bills b ON a.id = b.account WHERE b.total > 100 ORDER BY a.id"

func BenchmarkParse(b *testing.B) {
	psql := corpus(b, "psql")
	describe := ""
	for _, e := range psql { // the query of \d that lists a relation's columns
		if strings.Contains(e.SQL, "pg_catalog.format_type(a.atttypid, a.atttypmod)") && strings.Contains(e.SQL, "attidentity") {
			describe = e.SQL
			break
		}
	}
	texts := []struct{ name, sql string }{
		{"select=110B", simpleSelect},
		{fmt.Sprintf("psql_d=%dB", len(describe)), describe},
		{"point_read=45B", "SELECT id, name FROM accounts WHERE id = 4711"},
		{"insert=57B", "INSERT INTO accounts (id, name) VALUES (1, 'a'), (2, 'b')"},
	}
	for _, t := range texts {
		b.Run(t.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(t.sql)))
			for b.Loop() {
				if _, err := parse.Parse(t.sql, parse.DefaultOptions()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("psql_all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, e := range psql {
				if _, err := parse.Parse(e.SQL, parse.DefaultOptions()); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(psql)), "ns/statement")
	})
}

// BenchmarkLarge parses the texts of TestLarge.
func BenchmarkLarge(b *testing.B) {
	for _, t := range largeTexts() {
		b.Run(t.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(t.sql)))
			for b.Loop() {
				if _, err := parse.Parse(t.sql, parse.DefaultOptions()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
