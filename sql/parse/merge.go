package parse

import "github.com/freshetdb/freshet/sql/ast"

// merge reads MERGE; with is the WITH clause before it.
func (p *parser) merge(with *ast.With) ast.Statement {
	s := &ast.Merge{Pos: p.startOf(with), With: with}
	p.expect("merge", "into")
	s.Into = p.writtenRelation()
	p.expect("using")
	s.Using = p.fromItem()
	p.expect("on")
	s.On = p.expr()
	s.Whens = []*ast.MergeWhen{p.mergeWhen()}
	for p.at("when") {
		s.Whens = append(s.Whens, p.mergeWhen())
	}
	return s
}

// mergeWhen reads WHEN [NOT] MATCHED [AND condition] THEN action.
func (p *parser) mergeWhen() *ast.MergeWhen {
	w := &ast.MergeWhen{Pos: p.pos()}
	p.expect("when")
	w.NotMatched = p.accept("not")
	p.expect("matched")
	if p.accept("and") {
		w.Cond = p.expr()
	}
	p.expect("then")
	switch {
	case p.accept("do"):
		p.expect("nothing")
		w.Action = ast.MergeNothing
	case w.NotMatched:
		p.expect("insert")
		w.Action = ast.MergeInsert
		p.mergeInsert(w)
	case p.accept("delete"):
		w.Action = ast.MergeDelete
	default:
		p.expect("update", "set")
		w.Action, w.Set = ast.MergeUpdate, commaList(p, p.assignment)
	}
	return w
}

// mergeInsert reads what comes after INSERT.
func (p *parser) mergeInsert(w *ast.MergeWhen) {
	if p.accept("default") {
		p.expect("values")
		return
	}
	if p.at("(") {
		w.Columns = parenList(p, p.columnTarget)
	}
	w.Overriding = p.optOverriding()
	p.expect("values", "(")
	w.Values = p.exprList()
	p.expect(")")
}

// fromItem reads one FROM item with its joins, not a list of them.
func (p *parser) fromItem() ast.TableExpr {
	outer := p.begin()
	defer p.finish(outer)
	b := p.low.openBlock()
	p.low.emit(" FROM ")
	item := p.joinedTable()
	p.low.closeBlock(b)
	p.group()
	return item
}
