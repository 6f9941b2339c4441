package pgwire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgproto3/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
)

func connectPgx(tb testing.TB, address string, options ...string) *pgx.Conn {
	tb.Helper()
	url := fmt.Sprintf("postgres://u@%s/d?sslmode=prefer&%s", address, strings.Join(options, "&"))
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// TestPgx queries in all of pgx's modes: prepared and cached, described, by the unnamed statement, and by the simple protocol.
func TestPgx(t *testing.T) {
	_, address := serve(t, pgwire.Config{Handler: newFake()})
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			conn := connectPgx(t, address, "default_query_exec_mode="+mode)
			for i := range 3 {
				var n int32
				var text *string
				if mode == "simple_protocol" { // pgx writes the parameters into the text, which the fake does not know
					err := conn.QueryRow(t.Context(), "SELECT 'x' AS t, NULL::int4 AS n").Scan(&text, new(*int32))
					if err != nil || *text != "x" {
						t.Errorf("%v %v", text, err)
					}
					continue
				}
				err := conn.QueryRow(t.Context(), "SELECT $1::int4 AS n, $2::text AS t", int32(i), nil).Scan(&n, &text)
				if err != nil || n != int32(i) || text != nil {
					t.Errorf("%d %v %v", n, text, err)
				}
			}
			rows, err := conn.Query(t.Context(), "SELECT i FROM generate_series(1, 5) AS g(i)")
			if err != nil {
				t.Fatal(err)
			}
			list, err := pgx.CollectRows(rows, pgx.RowTo[int32])
			if diff := cmp.Diff([]int32{1, 2, 3, 4, 5}, list); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			_, err = conn.Exec(t.Context(), "SELECT FROM FROM")
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != string(pgerr.SyntaxError) || e.Position != 13 || e.Severity != "ERROR" {
				t.Errorf("%+v", err)
			}
			if err := conn.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPgxTransaction is a block that ends well, one that fails, and a statement that is cancelled in one.
func TestPgxTransaction(t *testing.T) {
	handler := newFake()
	handler.statements["begin"], handler.statements["commit"] = handler.statements["BEGIN"], handler.statements["COMMIT"]
	handler.statements["rollback"] = handler.statements["ROLLBACK"]
	_, address := serve(t, pgwire.Config{Handler: handler})
	conn := connectPgx(t, address)
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status := conn.PgConn().TxStatus(); status != 'T' {
		t.Errorf("status %c", status)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	tx, err = conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT 1/(i-3) AS q FROM generate_series(3, 3) AS g(i)"); err == nil {
		t.Error("division by zero went well")
	}
	if err := tx.Commit(t.Context()); !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("commit of a failed block: %v", err)
	}
	if status := conn.PgConn().TxStatus(); status != 'I' {
		t.Errorf("status %c", status)
	}
}

// TestPgxBatch sends a pipeline, in which one statement fails.
func TestPgxBatch(t *testing.T) {
	_, address := serve(t, pgwire.Config{Handler: newFake()})
	conn := connectPgx(t, address)
	var b pgx.Batch
	for i := range 100 {
		b.Queue("SELECT $1::int4 AS n, $2::text AS t", int32(i), fmt.Sprint(i))
	}
	results := conn.SendBatch(t.Context(), &b)
	for i := range 100 {
		var n int32
		var text string
		if err := results.QueryRow().Scan(&n, &text); err != nil || n != int32(i) || text != fmt.Sprint(i) {
			t.Fatalf("%d: %d %q %v", i, n, text, err)
		}
	}
	if err := results.Close(); err != nil {
		t.Error(err)
	}
	pipeline := conn.PgConn().StartPipeline(t.Context())
	pipeline.SendQueryParams("SELECT 1 AS one", nil, nil, nil, nil)
	pipeline.SendQueryParams("SELECT FROM FROM", nil, nil, nil, nil)
	pipeline.SendQueryParams("SELECT 1 AS one", nil, nil, nil, nil)
	if err := pipeline.Sync(); err != nil {
		t.Fatal(err)
	}
	pipeline.SendQueryParams("SELECT 1 AS one", nil, nil, nil, nil)
	if err := pipeline.Sync(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		r, err := pipeline.GetResults()
		switch r := r.(type) {
		case *pgconn.ResultReader:
			result := r.Read()
			got = append(got, fmt.Sprint(len(result.Rows), " row"))
		case *pgconn.PipelineSync:
			got = append(got, "sync")
		}
		if err != nil {
			got = append(got, err.(*pgconn.PgError).Code) //nolint:errorlint // a test: anything else is to panic
		}
		if r == nil && err == nil {
			break
		}
	}
	if diff := cmp.Diff([]string{"1 row", "42601", "sync", "1 row", "sync"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := pipeline.Close(); err != nil {
		t.Error(err)
	}
}

// TestPgxCopy goes both ways, with more data than any buffer.
func TestPgxCopy(t *testing.T) {
	handler := newFake()
	_, address := serve(t, pgwire.Config{Handler: handler})
	conn := connectPgx(t, address).PgConn()
	var in bytes.Buffer
	const lines = 20_000
	for i := range lines {
		fmt.Fprintf(&in, "%d\t%s\n", i, strings.Repeat("x", 50))
	}
	want := in.String()
	tag, err := conn.CopyFrom(t.Context(), &in, "COPY wire_copy FROM STDIN")
	if err != nil || tag.String() != fmt.Sprint("COPY ", lines) {
		t.Fatalf("%s %v", tag, err)
	}
	var out bytes.Buffer
	if tag, err = conn.CopyTo(t.Context(), &out, "COPY wire_copy TO STDOUT"); err != nil || tag.RowsAffected() != lines || out.String() != want {
		t.Errorf("%s %v, %d bytes of %d", tag, err, out.Len(), len(want))
	}
	if _, err := conn.CopyFrom(t.Context(), strings.NewReader("x\n"+want), "COPY wire_copy FROM STDIN"); err == nil {
		t.Error("a bad line went well")
	}
	if err := conn.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPgxCancel cancels by the context, which makes pgx send a cancel request.
func TestPgxCancel(t *testing.T) {
	handler := newFake()
	text, started, _ := handler.running()
	_, address := serve(t, pgwire.Config{Handler: handler})
	conn := connectPgx(t, address).PgConn()
	var wg sync.WaitGroup
	wg.Go(func() {
		<-started
		if err := conn.CancelRequest(t.Context()); err != nil {
			t.Error(err)
		}
	})
	_, err := conn.Exec(t.Context(), text).ReadAll()
	wg.Wait()
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != string(pgerr.QueryCanceled) {
		t.Errorf("%v", err)
	}
	s, _ := handler.session(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped > 0 {
		t.Error("the session cannot end the transaction of what was cancelled: its context is over")
	}
}

// TestManyConnections query at once, as many as there may be.
func TestManyConnections(t *testing.T) {
	server, address := serve(t, pgwire.Config{Handler: newFake(), MaxConnections: 32})
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			conn, err := pgx.Connect(t.Context(), "postgres://u@"+address+"/d?sslmode=disable")
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close(t.Context())
			for i := range 50 {
				var n int32
				var text string
				if err := conn.QueryRow(t.Context(), "SELECT $1::int4 AS n, $2::text AS t", int32(i), "x").Scan(&n, &text); err != nil || n != int32(i) {
					t.Errorf("%d %v", n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := server.Connections(); n > 32 {
		t.Errorf("%d connections", n)
	}
}

// BenchmarkPoint is a query by the extended protocol that gives a row, there and back, on one connection.
func BenchmarkPoint(b *testing.B) {
	_, address := serve(b, pgwire.Config{Handler: newFake()})
	c := connect(b, address)
	if err := c.conn.SetDeadline(time.Now().Add(10 * time.Minute)); err != nil {
		b.Fatal(err)
	}
	c.send(&pgproto3.Parse{Name: "s", Query: "SELECT $1::int4 AS n, $2::text AS t"}, &pgproto3.Sync{})
	c.until("ReadyForQuery")
	ask := encode(b, &pgproto3.Bind{
		PreparedStatement: "s", ParameterFormatCodes: []int16{1, 0}, Parameters: [][]byte{{0, 0, 0, 7}, []byte("seven")}, ResultFormatCodes: []int16{1},
	}, &pgproto3.Execute{}, &pgproto3.Sync{})
	var answer [1024]byte
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.conn.Write(ask); err != nil {
			b.Fatal(err)
		}
		for n := 0; n < 6 || answer[n-6] != 'Z'; { // until ReadyForQuery is the end
			got, err := c.conn.Read(answer[n:])
			if err != nil {
				b.Fatal(err)
			}
			n += got
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
}
