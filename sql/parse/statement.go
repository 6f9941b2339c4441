package parse

import "github.com/freshetdb/freshet/sql/ast"

// statement reads one statement. A new one has its line here, by its first word, and a file of its own.
//
//nolint:funlen // one line for each kind of statement
func (p *parser) statement() ast.Statement {
	if p.tok.kind != tokWord && !p.tok.is("(") {
		p.syntaxError()
		return nil
	}
	switch p.tok.text {
	case "select", "values", "table", "(", "with", "insert", "update", "delete", "merge":
		return p.preparable()
	case "create":
		return p.create()
	case "alter":
		return p.alter()
	case "drop":
		return p.drop()
	case "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release":
		if p.at("begin", "statement", "set") {
			return p.statementSet()
		}
		return p.transaction()
	case "prepare":
		if p.peek(1).is("transaction") && p.peek(2).kind == tokString {
			return p.transaction()
		}
		return p.prepare()
	case "execute":
		return p.execute()
	case "deallocate":
		return p.deallocate()
	case "declare":
		return p.declareCursor()
	case "fetch", "move":
		return p.fetch()
	case "close":
		return p.closeCursor()
	case "copy":
		return p.copyStatement()
	case "explain":
		return p.explain()
	case "analyze", "analyse":
		return p.analyze()
	case "vacuum":
		return p.vacuum()
	case "set":
		return p.set()
	case "show":
		return p.show()
	case "reset":
		return p.reset()
	case "listen", "notify", "unlisten":
		return p.notification()
	case "lock":
		return p.lock()
	case "truncate":
		return p.truncate()
	case "discard":
		return p.discard()
	case "do":
		return p.do()
	case "call":
		return p.call()
	case "refresh":
		return p.refresh()
	case "comment":
		return p.comment()
	case "grant", "revoke":
		return p.grant()
	case "security":
		return p.securityLabel()
	case "reassign":
		return p.reassignOwned()
	case "import":
		return p.importForeignSchema()
	case "checkpoint":
		return p.checkpoint()
	case "cluster":
		return p.cluster()
	case "reindex":
		return p.reindex()
	case "load":
		return p.load()
	case "subscribe":
		return p.subscribe()
	case "flush":
		return p.flush()
	case "wait":
		return p.wait()
	case "describe", "desc":
		return p.describe()
	case "cancel":
		return p.cancelJobs()
	}
	p.syntaxError()
	return nil
}
