package parse

import "github.com/freshetdb/freshet/sql/ast"

// Statements that are read to their end, or as far as they can be told apart, and then refused with 0A000: what PostgreSQL or
// Flink has and Freshet has not.

// createAccessMethod refuses CREATE ACCESS METHOD.
func (p *parser) createAccessMethod(c createPrefix) ast.Statement {
	p.expect("access", "method")
	p.colID()
	p.expect("type")
	p.expectAny("index", "table")
	p.expect("handler")
	p.anyName()
	p.unsupported(c.pos, "Tables, views and indexes are all kept in one way.", "access methods are not supported")
	return nil
}

// createAssertion refuses CREATE ASSERTION, as PostgreSQL does.
func (p *parser) createAssertion(c createPrefix) ast.Statement {
	p.expect("assertion")
	p.anyName()
	p.check()
	p.constraintAttributes()
	p.unsupported(c.pos, "Use CHECK constraints of tables.", "CREATE ASSERTION is not yet implemented")
	return nil
}

// statementSet refuses Flink's way to run several INSERTs as one job.
func (p *parser) statementSet() ast.Statement {
	p.unsupported(p.pos(), "Create one sink for each INSERT with CREATE SINK ... AS; sinks on the same source share its reader.",
		"statement sets are not supported")
	return nil
}
