package parse

import "github.com/freshetdb/freshet/sql/ast"

// comment reads COMMENT ON an object of any kind.
func (p *parser) comment() ast.Statement {
	c := &ast.Comment{Pos: p.pos()}
	p.expect("comment", "on")
	c.Object = p.object(inComment)
	p.expect("is")
	if c.Drop = p.accept("null"); !c.Drop {
		c.Text = p.stringConst()
	}
	return c
}
