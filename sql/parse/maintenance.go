package parse

import "github.com/freshetdb/freshet/sql/ast"

// truncate reads TRUNCATE.
func (p *parser) truncate() ast.Statement {
	t := &ast.Truncate{Pos: p.pos()}
	p.expect("truncate")
	p.accept("table")
	t.Tables = commaList(p, p.relationExpr)
	if w := p.acceptAny("continue", "restart"); w != "" {
		p.expect("identity")
		t.RestartIdentity = w == "restart"
	}
	t.Cascade = p.optCascade()
	return t
}

// reindex reads REINDEX.
func (p *parser) reindex() ast.Statement {
	r := &ast.Reindex{Pos: p.pos()}
	p.expect("reindex")
	if p.at("(") {
		r.Options = p.utilityOptions()
	}
	r.Kind = upper(p.expectAny("index", "table", "schema", "system", "database"))
	if p.at("concurrently") {
		r.Options = p.flag(r.Options, "concurrently")
	}
	if r.Kind == "INDEX" || r.Kind == "TABLE" {
		r.Name = p.qualifiedName()
	} else {
		r.Name = p.simpleName()
	}
	return r
}

// cluster reads CLUSTER, also as before PostgreSQL 8.3: CLUSTER index ON table.
func (p *parser) cluster() ast.Statement {
	c := &ast.Cluster{Pos: p.pos()}
	p.expect("cluster")
	if p.at("(") {
		c.Options = p.utilityOptions()
	} else {
		if p.at("verbose") {
			c.Options = p.flag(nil, "verbose")
		}
		if !isColID(&p.tok) {
			return c
		}
		if p.peek(1).is("on") {
			c.Index = p.colID()
			p.expect("on")
			c.Table = p.qualifiedName()
			return c
		}
	}
	c.Table = p.qualifiedName()
	if p.accept("using") {
		c.Index = p.colID()
	}
	return c
}
