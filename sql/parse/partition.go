package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// optPartitionBy reads PARTITION BY strategy (keys), or Flink's PARTITIONED BY (columns).
func (p *parser) optPartitionBy() *ast.PartitionBy {
	b := &ast.PartitionBy{Pos: p.pos()}
	switch {
	case p.accept("partition"):
		p.expect("by")
		b.Strategy = p.colID()
	case p.accept("partitioned", "by"):
	default:
		return nil
	}
	b.Keys = parenList(p, func() *ast.IndexElem { return p.indexKey(false) })
	return b
}

// partitionBound reads FOR VALUES ..., or DEFAULT.
func (p *parser) partitionBound() *ast.PartitionBound {
	b := &ast.PartitionBound{Pos: p.pos()}
	if p.accept("default") {
		return b
	}
	p.expect("for", "values")
	switch p.expectAny("with", "in", "from") {
	case "with":
		p.hashBound(b)
	case "in":
		b.In = p.boundValues()
	case "from":
		b.From = p.boundValues()
		p.expect("to")
		b.To = p.boundValues()
	}
	return b
}

func (p *parser) boundValues() []ast.Expr {
	p.expect("(")
	values := p.exprList()
	p.expect(")")
	return values
}

// hashBound reads (MODULUS n, REMAINDER n), in either order.
func (p *parser) hashBound(b *ast.PartitionBound) {
	type item struct {
		pos  ast.Pos
		name ast.Ident
		n    int
	}
	b.Hash = true
	items := parenList(p, func() item { return item{p.pos(), p.nonReserved(), p.integer()} })
	if p.failed() {
		return
	}
	seen := map[ast.Ident]bool{}
	for _, i := range items {
		switch i.name {
		case "modulus":
			b.Modulus = i.n
		case "remainder":
			b.Remainder = i.n
		default:
			p.errorAt(i.pos, pgerr.SyntaxError, "unrecognized hash partition bound specification \"%s\"", i.name)
			return
		}
		if seen[i.name] {
			p.errorAt(i.pos, pgerr.DuplicateObject, "%s for hash partition provided more than once", i.name)
			return
		}
		seen[i.name] = true
	}
	for _, name := range []ast.Ident{"modulus", "remainder"} {
		if !seen[name] { // without a position, as in PostgreSQL
			p.fail(pgerr.Newf(pgerr.SyntaxError, "%s for hash partition must be specified", name))
			return
		}
	}
}
