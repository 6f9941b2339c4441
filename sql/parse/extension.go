package parse

import "github.com/freshetdb/freshet/sql/ast"

// createExtension reads CREATE EXTENSION.
func (p *parser) createExtension(c createPrefix) ast.Statement {
	p.expect("extension")
	e := &ast.CreateExtension{Pos: c.pos, IfNotExists: p.ifNotExists(), Name: p.colID()}
	p.accept("with")
	for o := p.extensionOption(); o != nil; o = p.extensionOption() {
		e.Options = append(e.Options, o)
	}
	return e
}

func (p *parser) extensionOption() *ast.ExtensionOption {
	o := &ast.ExtensionOption{Pos: p.pos()}
	w := p.acceptAny("schema", "version", "from", "cascade")
	switch w {
	case "":
		return nil
	case "schema":
		o.Schema = p.colID()
	case "version":
		o.Version = p.wordOrString().Text
	case "from":
		p.wordOrString()
		p.unsupported(o.Pos, "", "CREATE EXTENSION ... FROM is no longer supported")
	}
	o.Kind = upper(w)
	return o
}

// alterExtension reads ALTER EXTENSION.
func (p *parser) alterExtension(pos ast.Pos) ast.Statement {
	o := &ast.Object{Pos: p.pos(), Kind: "EXTENSION"}
	p.expect("extension")
	o.Name = p.simpleName()
	act := p.pos()
	switch p.acceptAny("update", "add", "drop") {
	case "update":
		u := &ast.UpdateExtension{Pos: act}
		for to := p.pos(); p.accept("to"); to = p.pos() {
			u.Options = append(u.Options, &ast.ExtensionOption{Pos: to, Kind: "TO", Version: p.wordOrString().Text})
		}
		return alterOne(pos, o, u)
	case "add":
		return alterOne(pos, o, &ast.ExtensionMember{Pos: act, Object: p.object(inExtension)})
	case "drop":
		return alterOne(pos, o, &ast.ExtensionMember{Pos: act, Drop: true, Object: p.object(inExtension)})
	}
	return p.alterCommon(pos, o, canMove)
}
