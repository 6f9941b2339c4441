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

	// MergeAction is what an arm of a Merge does, as SQL writes it.
	MergeAction string

	// MergeWhen is one arm of a Merge. Set belongs to MergeUpdate, the fields from Columns on to MergeInsert; without Values
	// that is DEFAULT VALUES.
	MergeWhen struct {
		Pos
		NotMatched bool
		Cond       Expr
		Action     MergeAction
		Set        []*Assignment
		Columns    []*ColumnTarget
		Overriding string // as in Insert
		Values     []Expr
	}
)

// What an arm of a Merge does.
const (
	MergeUpdate  MergeAction = "UPDATE"
	MergeDelete  MergeAction = "DELETE"
	MergeInsert  MergeAction = "INSERT"
	MergeNothing MergeAction = "DO NOTHING"
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
	p.put("THEN", string(w.Action))
	switch w.Action {
	case MergeDelete, MergeNothing:
	case MergeUpdate:
		p.put("SET")
		list(p, w.Set)
	case MergeInsert:
		p.insertColumns(w.Columns, w.Overriding)
		if len(w.Values) == 0 {
			p.put("DEFAULT VALUES")
			return
		}
		p.put("VALUES")
		paren(p, w.Values)
	}
}
