package parse

import "github.com/freshetdb/freshet/sql/ast"

// createIndex reads CREATE INDEX.
func (p *parser) createIndex(c createPrefix) ast.Statement {
	i := &ast.CreateIndex{Pos: c.pos, Unique: p.accept("unique")}
	p.expect("index")
	i.Concurrently = p.accept("concurrently")
	if i.IfNotExists = p.ifNotExists(); i.IfNotExists || !p.at("on") {
		i.Name = p.colID()
	}
	p.expect("on")
	i.Table = p.relationExpr()
	i.Using = p.optUsing()
	i.Elems = parenList(p, p.indexElem)
	if p.accept("include") {
		i.Include = parenList(p, p.indexElem)
	}
	if p.accept("distributed", "by") {
		p.expect("(")
		i.DistributedBy = p.exprList()
		p.expect(")")
	}
	i.NullsNotDistinct = p.optNullsNotDistinct()
	i.Options = p.optOptions()
	i.Tablespace = p.optTablespace()
	i.Where = p.optWhere()
	return i
}

func (p *parser) optTablespace() ast.Ident {
	if !p.accept("tablespace") {
		return ""
	}
	return p.colID()
}
