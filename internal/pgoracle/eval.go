package pgoracle

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Evaluated is what PostgreSQL says to one expression.
type Evaluated struct {
	// Text is what the output function of the value's type writes; nothing for null.
	Text string
	// Code, Message and Detail are the error's, if there was one.
	Code, Message, Detail string
}

// String gives the value, or the error with its code.
func (a Evaluated) String() string {
	if a.Code == "" {
		return a.Text
	}
	return "ERROR " + a.Code + " " + a.Message
}

// Evaluator evaluates many expressions in few round trips; each may fail by itself.
type Evaluator struct{ conn *pgconn.PgConn }

const evaluatorSQL = `
CREATE OR REPLACE FUNCTION pg_temp.evaluate(expression text, OUT value text, OUT code text, OUT message text, OUT detail text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT concat((' || expression || '))' INTO value;
	code := '';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
END $$`

// Evaluator opens a session in database postgres, after the given SET statements.
func (s *Server) Evaluator(ctx context.Context, settings ...string) (*Evaluator, error) {
	conn, err := s.Connect(ctx, "postgres")
	if err != nil {
		return nil, err
	}
	for _, sql := range append([]string{evaluatorSQL}, settings...) {
		if err := exec1(ctx, conn, sql); err != nil {
			_ = conn.Close(ctx)
			return nil, err
		}
	}
	return &Evaluator{conn}, nil
}

// Close ends the session.
func (e *Evaluator) Close(ctx context.Context) error { return e.conn.Close(ctx) }

// Eval returns PostgreSQL's answers to SQL expressions, in their order.
func (e *Evaluator) Eval(ctx context.Context, expressions []string) ([]Evaluated, error) {
	const atOnce = 2000
	answers := make([]Evaluated, 0, len(expressions))
	for len(expressions) > 0 {
		part := expressions[:min(atOnce, len(expressions))]
		expressions = expressions[len(part):]
		result := e.conn.ExecParams(ctx, `SELECT coalesce(r.value, ''), r.code, coalesce(r.message, ''), coalesce(r.detail, '')
			FROM unnest($1::text[]) WITH ORDINALITY AS e(expression, nr), LATERAL pg_temp.evaluate(e.expression) r ORDER BY e.nr`,
			[][]byte{[]byte(TextArray(part))}, nil, nil, nil).Read()
		if result.Err != nil {
			return nil, fmt.Errorf("evaluating expressions: %w", result.Err)
		}
		for _, row := range result.Rows {
			answers = append(answers, Evaluated{string(row[0]), string(row[1]), string(row[2]), string(row[3])})
		}
	}
	return answers, nil
}

// Quote writes s as a string constant.
func Quote(s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	if strings.Contains(s, `\`) {
		return ` E'` + strings.ReplaceAll(s, `\`, `\\`) + `'`
	}
	return `'` + s + `'`
}

// TextArray writes the text form of a text[].
func TextArray(elements []string) string {
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	b.WriteByte('{')
	for i, element := range elements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		_, _ = escape.WriteString(&b, element) // a strings.Builder does not fail
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}
