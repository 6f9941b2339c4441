package parse

import "github.com/freshetdb/freshet/sql/ast"

// flush reads FLUSH.
func (p *parser) flush() ast.Statement {
	f := &ast.Flush{Pos: p.pos()}
	p.expect("flush")
	return f
}

// wait reads WAIT.
func (p *parser) wait() ast.Statement {
	w := &ast.Wait{Pos: p.pos()}
	p.expect("wait")
	return w
}

// cancelJobs reads CANCEL JOB[S] number, ...
func (p *parser) cancelJobs() ast.Statement {
	c := &ast.CancelJobs{Pos: p.pos()}
	p.expect("cancel")
	p.expectAny("job", "jobs")
	c.IDs = commaList(p, p.integer)
	return c
}
