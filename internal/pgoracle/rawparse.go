package pgoracle

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// inFailedTransaction is what PostgreSQL answers to a statement that its grammar accepted while the transaction is
// already aborted.
const inFailedTransaction = "25P02"

// guard stands before every text. The whole text goes through the grammar first, then statements are looked at one by
// one; the guard is the first and is refused with 25P02, so nothing of the text runs - not even a ROLLBACK, which would
// be let through and end the aborted transaction.
const guard = "SELECT;"

// Answer is what PostgreSQL says about a text. The zero Answer is acceptance.
type Answer struct {
	Code     string // SQLSTATE
	Message  string
	Detail   string
	Hint     string
	Position int // characters from 1 in the text; 0: none
}

// OK reports whether PostgreSQL accepted the text.
func (a Answer) OK() bool { return a.Code == "" }

// String gives the answer in one line, for test messages.
func (a Answer) String() string {
	if a.OK() {
		return "accepted"
	}
	return fmt.Sprintf("%s %q at %d", a.Code, a.Message, a.Position)
}

// RawParser asks PostgreSQL's grammar alone: names, types and rights are not looked at, and nothing is executed. It
// keeps one connection inside an aborted transaction, where a text is parsed in full before it is refused. It must not
// be used by two goroutines at once.
type RawParser struct {
	server *Server
	conn   *pgconn.PgConn
}

// RawParser opens the connection of a RawParser; the caller must Close it.
func (s *Server) RawParser(ctx context.Context) (*RawParser, error) {
	p := &RawParser{server: s}
	if err := p.ready(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// Close ends the connection.
func (p *RawParser) Close(ctx context.Context) error {
	if p.conn == nil {
		return nil
	}
	return p.conn.Close(ctx)
}

// ready leads to a connection in an aborted transaction, whatever happened before.
func (p *RawParser) ready(ctx context.Context) error {
	const aborted = 'E'
	if p.conn != nil && !p.conn.IsClosed() && p.conn.TxStatus() == aborted {
		return nil
	}
	if p.conn != nil {
		_ = p.conn.Close(ctx) // it may be broken already
		p.conn = nil
	}
	conn, err := p.server.Connect(ctx, "postgres")
	if err != nil {
		return err
	}
	if err := exec1(ctx, conn, "BEGIN"); err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	_ = exec1(ctx, conn, "SELECT 1/0") // fails: that is what it is for
	if conn.TxStatus() != aborted {
		return errors.Join(errors.New("the transaction was not aborted"), conn.Close(ctx))
	}
	p.conn = conn
	return nil
}

// Parse gives the grammar's answer to a text of any number of statements. The error is a failure to ask, not a refusal.
func (p *RawParser) Parse(ctx context.Context, sql string) (Answer, error) {
	if err := p.ready(ctx); err != nil {
		return Answer{}, err
	}
	_, err := p.conn.Exec(ctx, guard+sql).ReadAll()
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		_ = p.conn.Close(ctx) // the next call makes a new one
		if err == nil {
			return Answer{}, errors.New("the guard was executed: not in an aborted transaction")
		}
		return Answer{}, fmt.Errorf("asking PostgreSQL's parser: %w", err)
	}
	if refused.Code == inFailedTransaction {
		return Answer{}, nil
	}
	answer := answerOf(refused)
	if answer.Position > 0 {
		answer.Position -= utf8.RuneCountInString(guard)
	}
	return answer, nil
}

func answerOf(e *pgconn.PgError) Answer {
	return Answer{Code: e.Code, Message: e.Message, Detail: e.Detail, Hint: e.Hint, Position: int(e.Position)}
}
