package parse

import "github.com/freshetdb/freshet/sql/ast"

// optGenericOptions reads OPTIONS ( name 'value', ... ), or nothing.
func (p *parser) optGenericOptions() []*ast.GenericOption {
	if !p.accept("options") {
		return nil
	}
	return parenList(p, p.genericOption)
}

func (p *parser) genericOption() *ast.GenericOption {
	return &ast.GenericOption{Pos: p.pos(), Name: p.colLabel(), Value: p.stringConst()}
}

// alterGenericOptions reads OPTIONS ( [SET | ADD | DROP] name ['value'], ... ).
func (p *parser) alterGenericOptions() *ast.GenericOptions {
	o := &ast.GenericOptions{Pos: p.pos()}
	p.expect("options")
	o.Options = parenList(p, p.alterGenericOption)
	return o
}

func (p *parser) alterGenericOption() *ast.GenericOption {
	o := &ast.GenericOption{Pos: p.pos()}
	if p.peek(1).kind != tokString { // else the word is the name of an option
		switch p.acceptAny("set", "add", "drop") {
		case "set":
			o.Action = "SET"
		case "add":
			o.Action = "ADD"
		case "drop":
			o.Action, o.Name = "DROP", p.colLabel()
			return o
		}
	}
	o.Name, o.Value = p.colLabel(), p.stringConst()
	return o
}
