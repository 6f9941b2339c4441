package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// role reads the name of a role, or one of the words for the present one. PUBLIC is a name like any other here.
func (p *parser) role() *ast.Role {
	r := &ast.Role{Pos: p.pos()}
	if w := p.acceptAny("current_role", "current_user", "session_user"); w != "" {
		r.Current = upper(w)
		return r
	}
	r.Name = p.nonReserved()
	if r.Name == "none" {
		p.errorAt(r.Pos, pgerr.ReservedName, "role name \"none\" is reserved")
	}
	return r
}

func (p *parser) roles() []*ast.Role { return commaList(p, p.role) }

// authIdent reads whose user mapping is meant: a role, or USER for the present one.
func (p *parser) authIdent() *ast.Role {
	if pos := p.pos(); p.accept("user") {
		return &ast.Role{Pos: pos, Current: "CURRENT_USER"}
	}
	return p.role()
}
