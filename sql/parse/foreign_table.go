package parse

import "github.com/freshetdb/freshet/sql/ast"

// createForeignTable reads CREATE FOREIGN TABLE.
func (p *parser) createForeignTable(c createPrefix) ast.Statement {
	t := &ast.CreateForeignTable{Pos: c.pos}
	p.expect("foreign", "table")
	t.IfNotExists = p.ifNotExists()
	t.Name = p.qualifiedName()
	if p.accept("partition") {
		p.expect("of")
		t.PartitionOf = p.qualifiedName()
		t.Elements = p.optTypedElements()
		t.Bound = p.partitionBound()
	} else {
		t.Elements = p.tableElements()
		t.Inherits = p.optInherits()
	}
	p.expect("server")
	t.Server = p.colID()
	t.ForeignOptions = p.optGenericOptions()
	return t
}
