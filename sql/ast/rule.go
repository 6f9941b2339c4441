package ast

// CreateRule replaces a command on a relation by others, or adds them (without Instead). Event is SELECT, INSERT, UPDATE or
// DELETE; no Actions is NOTHING.
type CreateRule struct {
	Pos
	OrReplace bool
	Name      Ident
	Event     string
	On        *Name
	Where     Expr
	Instead   bool
	Actions   []Statement
}

func (*CreateRule) stmt() {}

func (r *CreateRule) print(p *printer) {
	p.put("CREATE", opt(r.OrReplace, "OR REPLACE"), "RULE", r.Name, "AS ON", r.Event, "TO", r.On)
	p.clause("WHERE", r.Where)
	p.put("DO", opt(r.Instead, "INSTEAD"))
	switch len(r.Actions) {
	case 0:
		p.put("NOTHING")
	case 1:
		p.put(r.Actions[0])
	default:
		for i, a := range r.Actions {
			p.put(opt(i == 0, "("), opt(i > 0, ";"), a)
		}
		p.put(")")
	}
}
