package session

import (
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// typeName is the syntax of a type.
func (d *ddl) typeName(t types.Type) *ast.TypeName {
	stmt, err := parseOne("SELECT NULL::" + d.typeText(t))
	if err != nil {
		return &ast.TypeName{Name: &ast.Name{Parts: []ast.Ident{ast.Ident(types.FormatType(t))}}}
	}
	body := stmt.(*ast.Query).Body.(*ast.Select)
	return body.Targets[0].X.(*ast.Cast).Type
}
