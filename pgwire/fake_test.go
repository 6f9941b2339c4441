package pgwire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// fake is a handler that knows a fixed list of statements, and does with sessions, transactions and prepared statements what a
// real one must do.
type fake struct {
	statements map[string]*script

	mu       sync.Mutex
	copied   []string // lines of the table wire_copy
	sessions []*fakeSession
	peers    []pgwire.Peer
	starts   []pgwire.Startup
}

// script is what the fake knows of a statement.
type script struct {
	params  []types.Type
	columns []pgwire.Column
	refuse  error // of Prepare and Query
	brief   bool
	run     func(ctx context.Context, s *fakeSession, args []types.Value, out pgwire.Out) error
}

func (f *fake) Open(_ context.Context, start pgwire.Startup, peer pgwire.Peer) (pgwire.Session, error) {
	if start.Database == "nosuch" {
		return nil, pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", start.Database)
	}
	s := &fakeSession{fake: f, peer: peer, named: make(map[string]*fakeStatement), status: pgwire.Idle}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions, f.peers, f.starts = append(f.sessions, s), append(f.peers, peer), append(f.starts, start)
	return s, nil
}

type fakeSession struct {
	fake   *fake
	peer   pgwire.Peer
	named  map[string]*fakeStatement
	status pgwire.Status

	mu      sync.Mutex
	closed  int
	portals int // open
	stopped int // calls of Sync with a context that was over
}

var errAborted = pgerr.New(pgerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")

// find looks up a statement; a transaction block that has failed takes only its end.
func (s *fakeSession) find(text string) (*script, error) {
	text = strings.TrimSpace(text)
	sc, ok := s.fake.statements[text]
	if !ok {
		return nil, pgerr.Newf(pgerr.SyntaxError, "the fake does not know %q", text)
	}
	if s.status == pgwire.Failed && !strings.EqualFold(text, "ROLLBACK") && !strings.EqualFold(text, "COMMIT") {
		return nil, errAborted
	}
	return sc, sc.refuse
}

func (s *fakeSession) Query(ctx context.Context, text string, out pgwire.Out) error {
	delete(s.named, "")
	for _, one := range split(text) {
		sc, err := s.find(one)
		if err != nil {
			return err
		}
		if err := sc.run(ctx, s, nil, out); err != nil {
			return err
		}
	}
	return nil
}

// split cuts at semicolons: no text of the fake has others. What is left of comments is nothing.
func split(text string) []string {
	var list []string
	for _, one := range strings.Split(text, ";") {
		if one = strings.TrimSpace(one); one != "" && !strings.HasPrefix(one, "--") {
			list = append(list, one)
		}
	}
	return list
}

func (s *fakeSession) Prepare(_ context.Context, name, text string, params []types.OID) error {
	list := split(text)
	if len(list) > 1 {
		return pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	sc := &script{run: func(context.Context, *fakeSession, []types.Value, pgwire.Out) error { return nil }}
	if len(list) == 1 {
		var err error
		if sc, err = s.find(list[0]); err != nil {
			return err
		}
	}
	if _, ok := s.named[name]; ok && name != "" {
		return pgerr.Newf(pgerr.DuplicatePreparedStatement, "prepared statement %q already exists", name)
	}
	for i, oid := range params {
		if oid != 0 && oid != sc.params[i].OID {
			return pgerr.Newf(pgerr.SyntaxError, "the fake wants its own types")
		}
	}
	s.named[name] = &fakeStatement{s: s, name: name, script: sc}
	return nil
}

func (s *fakeSession) Statement(_ context.Context, name string) (pgwire.Statement, error) {
	if st, ok := s.named[name]; ok {
		return st, nil
	}
	return nil, pgwire.NoStatement(name)
}

func (s *fakeSession) Sync(ctx context.Context, failed bool) (pgwire.Status, error) {
	if ctx.Err() != nil {
		s.mu.Lock()
		s.stopped++
		s.mu.Unlock()
	}
	if failed && s.status == pgwire.InTransaction {
		s.status = pgwire.Failed
	}
	return s.status, nil
}

func (s *fakeSession) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
}

type fakeStatement struct {
	s      *fakeSession
	name   string
	script *script
}

func (st *fakeStatement) Describe(context.Context) ([]types.Type, []pgwire.Column, error) {
	return st.script.params, st.script.columns, nil
}

func (st *fakeStatement) Bind(_ context.Context, args []types.Value) (pgwire.Portal, error) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	st.s.portals++
	return &fakePortal{st: st, args: args}, nil
}

func (st *fakeStatement) Close() { delete(st.s.named, st.name) }

type fakePortal struct {
	st     *fakeStatement
	args   []types.Value
	closed bool
}

func (p *fakePortal) Run(ctx context.Context, out pgwire.Out) error {
	return p.st.script.run(ctx, p.st.s, p.args, out)
}

func (p *fakePortal) Brief() bool { return p.st.script.brief }

func (p *fakePortal) Close() {
	p.st.s.mu.Lock()
	defer p.st.s.mu.Unlock()
	if p.closed {
		panic("a portal is closed twice")
	}
	p.closed = true
	p.st.s.portals--
}

// col is a column that is an expression.
func col(name string, oid types.OID) pgwire.Column {
	return pgwire.Column{Name: name, Type: types.Of(oid)}
}

// rowsOf makes a batch.
func rowsOf(columns []pgwire.Column, rows ...[]types.Value) *batch.Batch {
	list := make([]types.Type, len(columns))
	for i, c := range columns {
		list[i] = c.Type
	}
	b := batch.New(list...)
	for _, row := range rows {
		b.AppendValues(1, row...)
	}
	return b
}

// query is a script that gives rows.
func query(columns []pgwire.Column, params []types.Type, rows func(args []types.Value) [][]types.Value) *script {
	return &script{params: params, columns: columns, brief: true, run: func(_ context.Context, _ *fakeSession, args []types.Value, out pgwire.Out) error {
		if err := out.Columns(columns); err != nil {
			return err
		}
		list := rows(args)
		for _, row := range list { // a batch for each row
			if err := out.Rows(rowsOf(columns, row)); err != nil {
				return err
			}
		}
		return out.Complete(fmt.Sprintf("SELECT %d", len(list)))
	}}
}

// command is a script without rows.
func command(tag string, run func(s *fakeSession)) *script {
	return &script{run: func(_ context.Context, s *fakeSession, _ []types.Value, out pgwire.Out) error {
		if run != nil {
			run(s)
		}
		return out.Complete(tag)
	}}
}

// refused is a script of a statement that is wrong.
func refused(err *pgerr.Error) *script { return &script{refuse: err} }

func newFake() *fake {
	return &fake{statements: fakeStatements()}
}

func fakeStatements() map[string]*script {
	one := []pgwire.Column{col("one", types.OIDInt4)}
	pair := []pgwire.Column{col("n", types.OIDInt4), col("t", types.OIDText)}
	series := []pgwire.Column{col("i", types.OIDInt4)}
	quotient := []pgwire.Column{col("q", types.OIDInt4)}
	textAndNull := []pgwire.Column{col("t", types.OIDText), col("n", types.OIDInt4)}
	m := map[string]*script{
		"SELECT 1 AS one": query(one, nil, func([]types.Value) [][]types.Value { return [][]types.Value{{types.IntValue(1)}} }),
		"SELECT 'x' AS t, NULL::int4 AS n": query(textAndNull, nil, func([]types.Value) [][]types.Value {
			return [][]types.Value{{types.TextValue("x"), types.NullValue}}
		}),
		"SELECT $1::int4 AS n, $2::text AS t": query(pair, []types.Type{types.Of(types.OIDInt4), types.Of(types.OIDText)},
			func(args []types.Value) [][]types.Value { return [][]types.Value{args} }),
		"SELECT FROM generate_series(1, 2)": query([]pgwire.Column{}, nil, func([]types.Value) [][]types.Value { return [][]types.Value{{}, {}} }),
		"SELECT i FROM generate_series(1, 5) AS g(i)": query(series, nil, func([]types.Value) (rows [][]types.Value) {
			for i := range int64(5) {
				rows = append(rows, []types.Value{types.IntValue(i + 1)})
			}
			return rows
		}),
		"SELECT 1/(i-3) AS q FROM generate_series(3, 3) AS g(i)": {columns: quotient, run: func(_ context.Context, _ *fakeSession, _ []types.Value, out pgwire.Out) error {
			return errors.Join(out.Columns(quotient), pgerr.New(pgerr.DivisionByZero, "division by zero"))
		}},
		"SELECT 'ö', nosuch": refused(pgerr.New("42703", `column "nosuch" does not exist`).At(13)),
		"SELECT FROM FROM":   refused(pgerr.New(pgerr.SyntaxError, `syntax error at or near "FROM"`).At(13)),
		"DROP TABLE IF EXISTS nosuch": {run: func(_ context.Context, _ *fakeSession, _ []types.Value, out pgwire.Out) error {
			notice := pgerr.New(pgerr.SuccessfulCompletion, `table "nosuch" does not exist, skipping`)
			return errors.Join(out.Notice(pgwire.SeverityNotice, notice), out.Complete("DROP TABLE"))
		}},
		"BEGIN":    command("BEGIN", func(s *fakeSession) { s.status = pgwire.InTransaction }),
		"ROLLBACK": command("ROLLBACK", func(s *fakeSession) { s.status = pgwire.Idle }),
		"COMMIT": {run: func(_ context.Context, s *fakeSession, _ []types.Value, out pgwire.Out) error {
			tag := "COMMIT"
			if s.status == pgwire.Failed {
				tag = "ROLLBACK"
			}
			s.status = pgwire.Idle
			return out.Complete(tag)
		}},
		"SET application_name = 'other'":           command("SET", func(s *fakeSession) { s.peer.SetParameter("application_name", "other") }),
		"SET application_name = ''":                command("SET", func(s *fakeSession) { s.peer.SetParameter("Application_Name", "") }),
		"CREATE TABLE wire_copy (n int4, t text)":  command("CREATE TABLE", func(s *fakeSession) { s.fake.copied = nil }),
		"DROP TABLE wire_copy":                     command("DROP TABLE", nil),
		"COPY wire_copy FROM STDIN":                {run: copyIn},
		"COPY wire_copy TO STDOUT":                 {run: copyOut},
		"COPY wire_copy TO STDOUT (FORMAT binary)": {run: copyOutBinary},
		"SELECT pg_sleep(1000)":                    {columns: []pgwire.Column{col("pg_sleep", types.OIDVoid)}, run: sleep},
	}
	return m
}

// sleep waits until it is cancelled.
func sleep(ctx context.Context, _ *fakeSession, _ []types.Value, out pgwire.Out) error {
	if err := out.Columns([]pgwire.Column{col("pg_sleep", types.OIDVoid)}); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func copyIn(_ context.Context, s *fakeSession, _ []types.Value, out pgwire.Out) error {
	in, err := out.(pgwire.Copier).CopyIn(pgwire.CopyFormat{Columns: 2})
	if err != nil {
		return err
	}
	var data strings.Builder
	for {
		chunk, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var e *pgerr.Error
		if errors.As(err, &e) && e.Code == pgerr.QueryCanceled {
			e.Where = fmt.Sprintf("COPY wire_copy, line %d", strings.Count(data.String(), "\n")+1)
		}
		if err != nil {
			return err
		}
		data.Write(chunk)
	}
	text, _, _ := strings.Cut(data.String(), "\\.\n") // psql sends the mark of the end too
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "x") {
			e := pgerr.New(pgerr.InvalidTextRepresentation, `invalid input syntax for type integer: "x"`)
			e.Where = fmt.Sprintf(`COPY wire_copy, line %d, column n: "x"`, i+1)
			return e
		}
	}
	s.fake.mu.Lock()
	s.fake.copied = append(s.fake.copied, lines...)
	s.fake.mu.Unlock()
	return out.Complete(fmt.Sprintf("COPY %d", len(lines)))
}

func copyOut(_ context.Context, s *fakeSession, _ []types.Value, out pgwire.Out) error {
	send, err := out.(pgwire.Copier).CopyOut(pgwire.CopyFormat{Columns: 2})
	if err != nil {
		return err
	}
	for _, line := range s.fake.copied {
		if err := send([]byte(line + "\n")); err != nil {
			return err
		}
	}
	return out.Complete(fmt.Sprintf("COPY %d", len(s.fake.copied)))
}

// copyOutBinary cuts the messages as PostgreSQL does: its header goes with the first row.
func copyOutBinary(_ context.Context, s *fakeSession, _ []types.Value, out pgwire.Out) error {
	send, err := out.(pgwire.Copier).CopyOut(pgwire.CopyFormat{Columns: 2, Binary: true})
	if err != nil {
		return err
	}
	message := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for _, line := range s.fake.copied {
		number, text, _ := strings.Cut(line, "\t")
		message = append(message, 0, 2, 0, 0, 0, 4, 0, 0, 0, number[0]-'0', 0, 0, 0, byte(len(text)))
		if err := send(append(message, text...)); err != nil {
			return err
		}
		message = nil
	}
	return errors.Join(send([]byte{0xff, 0xff}), out.Complete(fmt.Sprintf("COPY %d", len(s.fake.copied))))
}
