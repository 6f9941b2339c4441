package parse

import "github.com/freshetdb/freshet/sql/ast"

// drop reads DROP of every kind of object. Whether it takes several, and what may follow them, depends on the kind.
func (p *parser) drop() ast.Statement {
	d := &ast.Drop{Pos: p.pos()}
	p.expect("drop")
	if p.at("owned") {
		return p.dropOwned(d.Pos)
	}
	k := p.objectKind(inDrop)
	d.Concurrently = k.name == "INDEX" && p.accept("concurrently")
	if k.shape == byCast || k.shape == byTransform || k.shape == byMapping {
		d.IfExists = p.optIfExists()
	} else {
		d.IfExists = p.ifExists()
	}
	one := func() *ast.Object { return p.objectName(k, inDrop) }
	switch {
	case k.shape >= byMethod, k.name == "DATABASE", k.name == "TABLESPACE", k.name == "SUBSCRIPTION":
		d.Objects = []*ast.Object{one()}
	default:
		d.Objects = commaList(p, one)
	}
	switch k.name {
	case "DATABASE":
		d.Force = p.forceOption()
	case "ROLE", "TABLESPACE", "USER MAPPING":
	default:
		d.Cascade = p.optCascade()
	}
	return d
}

// optCascade reads CASCADE or RESTRICT, which is the default, and tells whether it was CASCADE.
func (p *parser) optCascade() bool { return p.acceptAny("cascade", "restrict") == "cascade" }

// forceOption reads [WITH] (FORCE [, FORCE]...) of DROP DATABASE.
func (p *parser) forceOption() bool {
	if !p.accept("with") && !p.at("(") {
		return false
	}
	parenList(p, func() bool { p.expect("force"); return true })
	return true
}

// dropOwned reads DROP OWNED BY role, ...: what roles own in this database.
func (p *parser) dropOwned(pos ast.Pos) ast.Statement {
	p.expect("owned", "by")
	return &ast.DropOwned{Pos: pos, Roles: p.roles(), Cascade: p.optCascade()}
}
