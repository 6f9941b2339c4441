package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/testdata/nexmark"
)

// nexmarkEvents is how many events PostgreSQL gets; more of them with this in the environment.
func nexmarkEvents(t *testing.T) int64 {
	t.Helper()
	if text := os.Getenv("FRESHET_NEXMARK_EVENTS"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if testing.Short() {
		return 4_000
	}
	return 20_000
}

// TestPostgres compares each view of Nexmark with what PostgreSQL says of the same rows, with 1, 2 and 4 workers, ticks of several sizes,
// and restarts in the middle.
func TestPostgres(t *testing.T) {
	oracle := pgoracle.Start(t)
	events := nexmarkEvents(t)
	conn, err := oracle.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	fillPostgres(t, conn, events)
	runs := []stepped{{workers: 2, micros: events / 20, restarts: 3}}
	if !testing.Short() {
		runs = append(runs, stepped{workers: 1, micros: 10 * events}, stepped{workers: 4, micros: events / 5, restarts: 1})
	}
	for i := range queries {
		q := &queries[i]
		if q.benchmark != "nexmark" {
			continue
		}
		t.Run(q.name, func(t *testing.T) {
			seeds := newSeeds()
			want := &rows{seeds: seeds}
			askPostgres(t, conn, q, want)
			for _, s := range runs {
				s.query, s.events = q, events
				if !slices.Contains(q.streams, "bid") { // which are most of the events
					s.micros /= 15
				}
				got := &rows{seeds: seeds}
				s.run(t, got)
				if got.sum != want.sum || want.sum.rows == 0 {
					t.Errorf("with %d workers and ticks of %d us: the view has %s, and PostgreSQL %s", s.workers, s.micros, got.sum, want.sum)
				}
			}
		})
	}
}

// fillPostgres gives PostgreSQL the tables of the generator.
func fillPostgres(t *testing.T, conn *pgconn.PgConn, events int64) {
	t.Helper()
	q, err := findQuery("nexmark", "q13")
	if err != nil {
		t.Fatal(err)
	}
	setup, err := q.text(q.setup)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, setup)
	for _, name := range []string{"person", "auction", "bid"} {
		table := table{kind: q.kind, name: name, events: events, eventGapMicros: eventGapMicros}
		_, columns, err := table.columns()
		if err != nil {
			t.Fatal(err)
		}
		var names, elements []string
		for _, c := range columns {
			names, elements = append(names, c.Name), append(elements, c.Name+" "+types.FormatType(c.Type))
		}
		mustExec(t, conn, fmt.Sprintf("CREATE TABLE %s (%s)", name, strings.Join(elements, ", ")))
		reader, writer := io.Pipe()
		go func() {
			out := bufio.NewWriter(writer)
			err := table.each(names, func(b *batch.Batch) error { return writeCopy(out, columns, b) })
			writer.CloseWithError(errors.Join(err, out.Flush()))
		}()
		if _, err := conn.CopyFrom(t.Context(), reader, "COPY "+name+" FROM STDIN"); err != nil {
			t.Fatal(err)
		}
	}
}

// writeCopy writes rows for COPY; the generator's texts have nothing that is to be escaped.
func writeCopy(w *bufio.Writer, columns []connector.Column, b *batch.Batch) error {
	for i := range b.Len() {
		for c, column := range columns {
			if c > 0 {
				w.WriteByte('\t') //nolint:errcheck // Flush tells
			}
			w.WriteString(types.Text(column.Type, b.Cols[c].Value(i), types.DefaultSettings)) //nolint:errcheck // as before
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

func mustExec(t *testing.T, conn *pgconn.PgConn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// askPostgres adds what PostgreSQL answers. Where it does not know the query's words there is a text of its own.
func askPostgres(t *testing.T, conn *pgconn.PgConn, q *query, want *rows) {
	t.Helper()
	text, err := fs.ReadFile(nexmark.Postgres, "postgres/"+q.name+".sql")
	if errors.Is(err, fs.ErrNotExist) {
		text, err = fs.ReadFile(q.files, q.name+".sql")
	}
	if err != nil {
		t.Fatal(err)
	}
	reader, writer := io.Pipe()
	go func() {
		_, err := conn.CopyTo(t.Context(), writer, "COPY ("+string(text)+") TO STDOUT")
		writer.CloseWithError(err)
	}()
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		for field := range bytes.SplitSeq(lines.Bytes(), []byte("\t")) {
			want.bytes(field)
		}
		want.end()
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s: %v", q.name, err)
	}
}
