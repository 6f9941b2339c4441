package parse

import "github.com/freshetdb/freshet/sql/ast"

// utilityOptions reads the options of EXPLAIN, VACUUM and their like: ( name [value], ... ).
func (p *parser) utilityOptions() []*ast.Option { return parenList(p, p.utilityOption) }

func (p *parser) utilityOption() *ast.Option {
	o := &ast.Option{Pos: p.pos()}
	if p.atAnalyze() {
		p.advance()
		o.Name = nameOf(o.Pos, "analyze")
	} else {
		o.Name = nameOf(o.Pos, p.nonReserved())
	}
	if v := p.optOptionValue(); v != nil {
		o.Value = v
	}
	return o
}

// optOptionValue reads a number, a string or a word; nil if none comes.
func (p *parser) optOptionValue() ast.Expr {
	if p.atNumber() || p.tok.kind == tokString || isNonReserved(&p.tok) || p.atAny("true", "false", "on") != "" {
		return p.settingValue()
	}
	return nil
}

// flag makes an option of a word that stands for one.
func (p *parser) flag(options []*ast.Option, name ast.Ident) []*ast.Option {
	pos := p.pos()
	p.advance()
	return append(options, &ast.Option{Pos: pos, Name: nameOf(pos, name)})
}

func (p *parser) atAnalyze() bool { return p.at("analyze") || p.at("analyse") }

// atParenQuery tells whether the parenthesis that comes begins a query, not a list.
func (p *parser) atParenQuery() bool {
	if !p.at("(") {
		return false
	}
	first := p.peek(1)
	return first.is("(") || first.is("select") || first.is("with") || first.is("table") ||
		first.is("values") && p.peek(2).is("(")
}

// vacuum reads VACUUM, whose options may stand in parentheses or, in a fixed order, without.
func (p *parser) vacuum() ast.Statement {
	v := &ast.Vacuum{Pos: p.pos()}
	p.expect("vacuum")
	if p.at("(") {
		v.Options = p.utilityOptions()
	} else {
		for _, w := range []ast.Ident{"full", "freeze", "verbose"} {
			if p.at(string(w)) {
				v.Options = p.flag(v.Options, w)
			}
		}
		if p.atAnalyze() {
			v.Options = p.flag(v.Options, "analyze")
		}
	}
	v.Tables = p.analyzedTables()
	return v
}

// analyze reads ANALYZE.
func (p *parser) analyze() ast.Statement {
	a := &ast.Analyze{Pos: p.pos()}
	p.advance()
	switch {
	case p.at("("):
		a.Options = p.utilityOptions()
	case p.at("verbose"):
		a.Options = p.flag(nil, "verbose")
	}
	a.Tables = p.analyzedTables()
	return a
}

func (p *parser) analyzedTables() []*ast.AnalyzedTable {
	if !isColID(&p.tok) {
		return nil
	}
	return commaList(p, p.analyzedTable)
}

func (p *parser) analyzedTable() *ast.AnalyzedTable {
	return &ast.AnalyzedTable{Pos: p.pos(), Name: p.qualifiedName(), Columns: p.optColumnNames()}
}
