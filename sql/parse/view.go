package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// createView reads CREATE [RECURSIVE] VIEW.
func (p *parser) createView(c createPrefix) ast.Statement {
	v := &ast.CreateView{Pos: c.pos, OrReplace: c.orReplace, Persistence: c.persistence, Recursive: p.accept("recursive")}
	p.expect("view")
	v.IfNotExists = p.ifNotExists()
	v.Name = p.qualifiedName()
	if v.Recursive {
		v.Columns = p.columnNames()
	} else {
		v.Columns = p.optColumnNames()
	}
	v.Options = p.optOptions()
	p.expect("as")
	v.Query = p.query()
	pos := p.pos()
	v.CheckOption = p.optCheckOption()
	if v.Recursive && v.CheckOption != "" {
		p.errorAt(pos, pgerr.FeatureNotSupported, "WITH CHECK OPTION not supported on recursive views")
	}
	return v
}

func (p *parser) optCheckOption() string {
	if !p.accept("with") {
		return ""
	}
	kind := "CASCADED" // the default
	if w := p.acceptAny("cascaded", "local"); w != "" {
		kind = upper(w)
	}
	p.expect("check", "option")
	return kind
}

// createMaterializedView reads CREATE MATERIALIZED VIEW.
func (p *parser) createMaterializedView(c createPrefix) ast.Statement {
	v := &ast.CreateMaterializedView{Pos: c.pos, OrReplace: c.orReplace, Persistence: c.persistence}
	p.expect("materialized", "view")
	v.IfNotExists = p.ifNotExists()
	v.Name = p.qualifiedName()
	v.Columns = p.optColumnNames()
	v.Using = p.optUsing()
	v.Options = p.optOptions()
	v.Tablespace = p.optTablespace()
	p.expect("as")
	v.Query = p.query()
	v.NoData = p.optNoData()
	return v
}

// refresh reads REFRESH MATERIALIZED VIEW.
func (p *parser) refresh() ast.Statement {
	r := &ast.RefreshMaterializedView{Pos: p.pos()}
	p.expect("refresh", "materialized", "view")
	r.Concurrently = p.accept("concurrently")
	r.Name = p.qualifiedName()
	r.NoData = p.optNoData()
	return r
}
