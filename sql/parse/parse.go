// Package parse turns SQL text into syntax trees: PostgreSQL's language, and the streaming one around it.
//
// A text passes five stages. The lexer (lex.go) splits it by PostgreSQL's rules. Statement skeletons (one file a statement)
// read everything that is not a query by recursive descent. Queries and expressions are lowered (lower*.go): read by
// PostgreSQL's grammar, with errors where PostgreSQL has them, and written again in a small closed vocabulary of the TiDB
// grammar, where every name, constant and exotic construct is a `?`. TiDB parses that (tidb.go): it groups operators
// and builds the tree. The decoder (decode.go) puts what the `?` stand for into TiDB's tree and gives an ast.Statement.
// docs/adr/0007 says why.
package parse

import (
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// maxTextBytes bounds the length of a text. PostgreSQL's bound is 1 GB, that of a message.
const maxTextBytes = 64 << 20

// Parse reads all statements of a text, separated by semicolons; empty statements give nothing. An error is a *pgerr.Error
// with PostgreSQL's SQLSTATE, message and position, and then no statement is returned, also none that came before it.
func Parse(text string, o Options) ([]ast.Statement, error) {
	stmts, _, err := WithNotices(text, o)
	return stmts, err
}

// WithNotices is Parse, and gives what a client is told before it hears of statements or error: that names are too long and were cut.
func WithNotices(text string, o Options) ([]ast.Statement, []*pgerr.Error, error) {
	if len(text) > maxTextBytes {
		e := pgerr.Newf(pgerr.ProgramLimitExceeded, "statement text of %d bytes is too long", len(text))
		return nil, nil, e.WithHint("The limit is %d bytes; load data with COPY.", maxTextBytes)
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return nil, nil, invalidUTF8(text)
	}
	p := newParser(text, o)
	var stmts []ast.Statement
	for {
		for p.accept(";") {
		}
		if p.tok.kind == tokEOF {
			return stmts, p.lex.notices, nil
		}
		p.lex.backquoted = false
		p.height = 0
		s := p.statement()
		if !p.failed() && !p.atEnd() {
			p.syntaxError()
		}
		if p.failed() {
			return nil, p.lex.notices, p.err
		}
		stmts = append(stmts, s)
		p.applySettings(s)
	}
}
