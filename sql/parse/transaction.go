package parse

import "github.com/freshetdb/freshet/sql/ast"

// transaction reads BEGIN, START TRANSACTION, COMMIT, END, ROLLBACK, ABORT, SAVEPOINT, RELEASE, PREPARE TRANSACTION and the
// second phase of the latter.
func (p *parser) transaction() ast.Statement {
	t := &ast.Transaction{Pos: p.pos()}
	switch p.expectAny("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare") {
	case "begin":
		t.Kind = "BEGIN"
		p.acceptAny("work", "transaction")
		t.Modes = p.optTransactionModes()
	case "start":
		p.expect("transaction")
		t.Kind = "START TRANSACTION" // BEGIN, but for the command tag
		t.Modes = p.optTransactionModes()
	case "commit":
		t.Kind = "COMMIT"
		if p.accept("prepared") {
			t.Kind, t.ID = "COMMIT PREPARED", p.stringConst()
			return t
		}
		p.acceptAny("work", "transaction")
		t.Chain = p.chain()
	case "end":
		t.Kind = "COMMIT"
		p.acceptAny("work", "transaction")
		t.Chain = p.chain()
	case "rollback":
		p.rollback(t)
	case "abort":
		t.Kind = "ROLLBACK"
		p.acceptAny("work", "transaction")
		t.Chain = p.chain()
	case "savepoint":
		t.Kind, t.Savepoint = "SAVEPOINT", p.colID()
	case "release":
		if p.at("savepoint") && isColID(p.peek(1)) {
			p.advance()
		}
		t.Kind, t.Savepoint = "RELEASE", p.colID()
	case "prepare":
		p.expect("transaction")
		t.Kind, t.ID = "PREPARE TRANSACTION", p.stringConst()
	}
	return t
}

func (p *parser) rollback(t *ast.Transaction) {
	t.Kind = "ROLLBACK"
	if p.accept("prepared") {
		t.Kind, t.ID = "ROLLBACK PREPARED", p.stringConst()
		return
	}
	p.acceptAny("work", "transaction")
	if p.accept("to") {
		if p.at("savepoint") && isColID(p.peek(1)) {
			p.advance()
		}
		t.Kind, t.Savepoint = "ROLLBACK TO", p.colID()
		return
	}
	t.Chain = p.chain()
}

// chain reads AND [NO] CHAIN.
func (p *parser) chain() bool {
	if !p.accept("and") {
		return false
	}
	no := p.accept("no")
	p.expect("chain")
	return !no
}

func (p *parser) optTransactionModes() []string {
	if !p.atTransactionMode() {
		return nil
	}
	return p.transactionModes()
}

func (p *parser) atTransactionMode() bool {
	return p.atAny("isolation", "read", "deferrable", "not") != ""
}

// transactionModes reads one or more modes, with or without commas between them.
func (p *parser) transactionModes() []string {
	var modes []string
	for {
		modes = append(modes, p.transactionMode())
		if p.accept(",") {
			continue
		}
		if !p.atTransactionMode() {
			return modes
		}
	}
}

func (p *parser) transactionMode() string {
	switch p.expectAny("isolation", "read", "deferrable", "not") {
	case "isolation":
		p.expect("level")
		return "ISOLATION LEVEL " + p.isolationLevel()
	case "read":
		if p.expectAny("only", "write") == "only" {
			return "READ ONLY"
		}
		return "READ WRITE"
	case "not":
		p.expect("deferrable")
		return "NOT DEFERRABLE"
	default:
		return "DEFERRABLE"
	}
}

func (p *parser) isolationLevel() string {
	switch p.expectAny("serializable", "repeatable", "read") {
	case "repeatable":
		p.expect("read")
		return "REPEATABLE READ"
	case "read":
		if p.expectAny("committed", "uncommitted") == "committed" {
			return "READ COMMITTED"
		}
		return "READ UNCOMMITTED"
	default:
		return "SERIALIZABLE"
	}
}
