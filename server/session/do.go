package session

import (
	"context"
	"regexp"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// createIfMissing is the one block of PL/pgSQL that has a meaning here: what frameworks send in place of CREATE TYPE IF NOT EXISTS, which
// PostgreSQL does not have.
var createIfMissing = regexp.MustCompile(`(?is)^\s*BEGIN\s+(CREATE\s+TYPE\s.*?);\s*EXCEPTION\s+WHEN\s+duplicate_object\s+THEN\s+NULL\s*;\s*END\s*;?\s*$`)

// runDo runs DO with a CREATE TYPE that may be there already.
func runDo(ctx context.Context, s *Session, stmt *ast.Do, out pgwire.Out) error {
	made := typeOfBlock(stmt)
	if made == nil {
		return unsupported(stmt, "DO").WithHint("There is no procedural language. Send the statements one by one.")
	}
	err := s.define(ctx, "DO", func(d *ddl) error { return createType(d, made) }, out)
	if pgerr.CodeOf(err) == pgerr.DuplicateObject {
		return out.Complete("DO")
	}
	return err
}

// typeOfBlock is the CREATE TYPE of such a block; nil if it is another one.
func typeOfBlock(stmt *ast.Do) *ast.CreateType {
	code := ""
	for _, a := range stmt.Args {
		switch {
		case !a.Language:
			code = a.Text
		case !strings.EqualFold(a.Text, "plpgsql"):
			return nil
		}
	}
	found := createIfMissing.FindStringSubmatch(code)
	if found == nil {
		return nil
	}
	statements, err := parse.Parse(found[1], parse.DefaultOptions())
	if err != nil || len(statements) != 1 {
		return nil
	}
	made, _ := statements[0].(*ast.CreateType)
	return made
}
