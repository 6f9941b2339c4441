package pgoracle

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// RawTree reads the trees that PostgreSQL's grammar makes. It must not be used by two goroutines at once.
//
// debug_print_parse shows a statement after analysis, which would need every name to exist. But CREATE TABLE keeps the
// expressions of its CHECK constraints as the grammar left them until it runs, and it is shown before that. So the
// expression is sent inside a CHECK of a table in a schema that does not exist: the tree comes as a notice, then the
// statement fails.
type RawTree struct {
	conn   *pgconn.PgConn
	notice string
}

const (
	treeBefore = "CREATE TABLE no_such_schema.t (CHECK ("
	treeAfter  = "))"
)

var (
	treeLocation = regexp.MustCompile(`\s:(location|stmt_location|stmt_len)\s+-?\d+`)
	treeCheck    = regexp.MustCompile(`(?s)\s:raw_expr\s(.*)\s:cooked_expr\s`)
	// PostgreSQL breaks the tree into lines, after 78 characters even inside a name, so the place of white space means
	// nothing. (That of a string is escaped: the backslash stays.)
	treeSpace = regexp.MustCompile(`\s+`)
)

// RawTree opens the connection of a RawTree; the caller must Close it.
func (s *Server) RawTree(ctx context.Context) (*RawTree, error) {
	t := &RawTree{}
	conn, err := s.Connect(ctx, "postgres", func(config *pgconn.Config) {
		config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) {
			if strings.HasPrefix(notice.Message, "parse tree") {
				t.notice = notice.Detail
			}
		}
	})
	if err != nil {
		return nil, err
	}
	t.conn = conn
	err = exec1(ctx, conn, "SET debug_pretty_print = off; SET client_min_messages = log; SET debug_print_parse = on")
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return t, nil
}

// Close ends the connection.
func (t *RawTree) Close(ctx context.Context) error { return t.conn.Close(ctx) }

// Expr returns the tree of an expression (PostgreSQL's a_expr) without positions, or the answer that refuses it.
// Two texts with equal trees mean the same; parentheses that change nothing leave no trace. Nodes that PostgreSQL 15
// cannot show (data-modifying WITH, for one) make the tree incomplete: they appear as empty braces.
func (t *RawTree) Expr(ctx context.Context, expr string) (string, Answer, error) {
	t.notice = ""
	// The line feed ends a comment at the end of the expression.
	_, err := t.conn.Exec(ctx, treeBefore+expr+"\n"+treeAfter).ReadAll()
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return "", Answer{}, fmt.Errorf("asking PostgreSQL for a tree: %w", err)
	}
	if t.notice == "" {
		answer := answerOf(refused)
		if answer.Position > 0 {
			answer.Position -= len(treeBefore)
		}
		return "", answer, nil
	}
	found := treeCheck.FindStringSubmatch(t.notice)
	if found == nil {
		return "", Answer{}, fmt.Errorf("no tree in PostgreSQL's notice %.200q", t.notice)
	}
	tree := treeLocation.ReplaceAllString(found[1], "")
	return treeSpace.ReplaceAllString(tree, ""), Answer{}, nil
}

// Query returns the tree of one query (SELECT, VALUES, TABLE, WITH ... SELECT), as Expr does for an expression; a
// semicolon after it is left out. The answer's position counts from the query's first word.
func (t *RawTree) Query(ctx context.Context, query string) (string, Answer, error) {
	const before = "EXISTS ("
	if statements := Split(query); len(statements) == 1 {
		query = statements[0].SQL
	}
	tree, answer, err := t.Expr(ctx, before+query+"\n)")
	if answer.Position > 0 {
		answer.Position -= len(before)
	}
	return tree, answer, err
}
