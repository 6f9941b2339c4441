package ast

// Transaction is a statement that controls transactions. Kind is BEGIN, START TRANSACTION, COMMIT (END too), ROLLBACK
// (ABORT too), SAVEPOINT, RELEASE, ROLLBACK TO, PREPARE TRANSACTION, COMMIT PREPARED or ROLLBACK PREPARED.
type Transaction struct {
	Pos
	Kind      string
	Modes     []string // of BEGIN and START TRANSACTION: ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE, ...
	Chain     bool     // AND CHAIN
	Savepoint Ident
	ID        string // of a prepared transaction
}

func (*Transaction) stmt() {}

func (t *Transaction) print(p *printer) {
	p.put(t.Kind, t.Savepoint)
	for i, m := range t.Modes {
		p.put(opt(i > 0, ","), m)
	}
	switch t.Kind {
	case "PREPARE TRANSACTION", "COMMIT PREPARED", "ROLLBACK PREPARED":
		p.str(t.ID)
	}
	p.put(opt(t.Chain, "AND CHAIN"))
}
