package server_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

// TestCursorPortal holds that a cursor of DECLARE is a portal to messages: psycopg describes it so.
func TestCursorPortal(t *testing.T) {
	c := connect(t, start(t, config()))
	exec(t, c, "BEGIN", "DECLARE rows CURSOR FOR SELECT n, n::text AS t FROM generate_series(1, 3) AS n")
	wire := c.PgConn().Frontend()
	for _, step := range []struct {
		send pgproto3.FrontendMessage
		code string
	}{
		{&pgproto3.Describe{ObjectType: 'P', Name: "rows"}, ""},
		{&pgproto3.Close{ObjectType: 'P', Name: "rows"}, ""},
		{&pgproto3.Describe{ObjectType: 'P', Name: "rows"}, "34000"},
	} {
		wire.Send(step.send)
		wire.Send(&pgproto3.Sync{})
		if err := wire.Flush(); err != nil {
			t.Fatal(err)
		}
		var code string
		for ready := false; !ready; {
			message, err := wire.Receive()
			if err != nil {
				t.Fatal(err)
			}
			switch m := message.(type) {
			case *pgproto3.RowDescription:
				if len(m.Fields) != 2 || string(m.Fields[0].Name) != "n" || m.Fields[0].DataTypeOID != 23 || string(m.Fields[1].Name) != "t" {
					t.Errorf("the cursor is described as %+v", m.Fields)
				}
			case *pgproto3.ErrorResponse:
				code = m.Code
			case *pgproto3.ReadyForQuery:
				ready = true
			}
		}
		if code != step.code {
			t.Errorf("%+v: got SQLSTATE %q, want %q", step.send, code, step.code)
		}
	}
}

// TestCursorStatements holds that a cursor goes on in statement after statement, each with a time limit of its own.
func TestCursorStatements(t *testing.T) {
	c := connect(t, start(t, config()))
	exec(t, c, "SET statement_timeout = '1min'", "BEGIN", "DECLARE rows CURSOR FOR SELECT n FROM generate_series(1, 5000) AS n")
	for want := 1; want <= 5000; want += 500 {
		rows, err := c.Query(t.Context(), "FETCH 500 FROM rows")
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[int32])
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 500 || got[0] != int32(want) || got[499] != int32(want+499) {
			t.Fatalf("got %d rows, want 500 from %d on", len(got), want)
		}
	}
	exec(t, c, "FETCH ALL FROM rows", "COMMIT")
}

// TestCursorOfEarlierEpoch: a cursor reads on in the epoch in which it began when the statements behind it go on with another one.
func TestCursorOfEarlierEpoch(t *testing.T) {
	c := connect(t, start(t, config()))
	exec(t, c, "CREATE TABLE a AS SELECT generate_series(1, 5000) AS x", "CREATE TABLE b AS SELECT generate_series(10001, 15000) AS x")
	const declare, rest = "DECLARE c CURSOR FOR SELECT x FROM a UNION ALL SELECT x FROM b; FETCH 1 FROM c", "MOVE 9000 IN c; FETCH 1 FROM c"
	for _, between := range []string{
		"SELECT 1", "CREATE TABLE made (x int)", "TRUNCATE made", "BEGIN; CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM a",
	} {
		results, err := c.PgConn().Exec(t.Context(), declare+"; "+between+"; "+rest+"; ROLLBACK").ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", between, err)
		}
		if last := results[len(results)-2]; len(last.Rows) != 1 || string(last.Rows[0][0]) != "14002" {
			t.Errorf("%s: the last row is %q", between, last.Rows)
		}
	}
}
