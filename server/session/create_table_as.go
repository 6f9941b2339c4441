package session

import (
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

func planCreateTableAs(_ *Session, stmt *ast.CreateTableAs, _ []types.OID) (plan, error) {
	return nil, unsupported(stmt, "CREATE TABLE AS")
}
