package ast

type (
	// Merge is MERGE.
	Merge struct {
		Pos
		With  *With
		Into  *TableRef
		Using TableExpr
		On    Expr
		Whens []*MergeWhen
	}

	// MergeWhen is one arm of a Merge. Action is UPDATE (with Set), DELETE, INSERT (with the fields from Columns on; without
	// Values it is DEFAULT VALUES) or DO NOTHING.
	MergeWhen struct {
		Pos
		NotMatched bool
		Cond       Expr
		Action     string
		Set        []*Assignment
		Columns    []*ColumnTarget
		Overriding string // as in Insert
		Values     []Expr
	}
)

func (*Merge) stmt() {}

func (m *Merge) print(p *printer) {
	p.put(m.With, "MERGE INTO", m.Into, "USING", m.Using, "ON", m.On)
	for _, w := range m.Whens {
		p.put(w)
	}
}

func (w *MergeWhen) print(p *printer) {
	p.put("WHEN", opt(w.NotMatched, "NOT"), "MATCHED")
	p.clause("AND", w.Cond)
	p.put("THEN", w.Action)
	switch w.Action {
	case "UPDATE":
		p.put("SET")
		list(p, w.Set)
	case "INSERT":
		p.insertColumns(w.Columns, w.Overriding)
		if len(w.Values) == 0 {
			p.put("DEFAULT VALUES")
			return
		}
		p.put("VALUES")
		paren(p, w.Values)
	}
}
