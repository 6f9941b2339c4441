package ast

type (
	// CreateTrigger calls a function when rows of a table change. Timing is BEFORE, AFTER or INSTEAD OF.
	CreateTrigger struct {
		Pos
		OrReplace  bool
		Constraint bool
		Name       Ident
		Timing     string
		// Events stand in the order INSERT, DELETE, UPDATE, TRUNCATE, whatever was written.
		Events            []*TriggerEvent
		On                *Name
		From              *Name // the referenced table, for a constraint
		Deferrable        bool
		InitiallyDeferred bool
		Referencing       []*TransitionTable
		Row               bool // FOR EACH ROW; FOR EACH STATEMENT is the default
		When              Expr
		Function          *Name
		Args              []string // constants all, numbers and words too
	}

	// TriggerEvent is INSERT, DELETE, UPDATE, perhaps of some columns only, or TRUNCATE.
	TriggerEvent struct {
		Pos
		Kind    string
		Columns []Ident
	}

	// TransitionTable names what a trigger sees: OLD or NEW TABLE AS name.
	TransitionTable struct {
		Pos
		New  bool
		Row  bool // OLD ROW or NEW ROW, which PostgreSQL parses but does not have
		Name Ident
	}

	// CreateEventTrigger calls a function on events of the database.
	CreateEventTrigger struct {
		Pos
		Name     Ident
		Event    Ident
		When     []*EventFilter
		Function *Name
	}

	// EventFilter is variable IN (values).
	EventFilter struct {
		Pos
		Variable Ident
		Values   []string
	}
)

func (*CreateTrigger) stmt()      {}
func (*CreateEventTrigger) stmt() {}

func (t *CreateTrigger) print(p *printer) {
	p.put("CREATE", opt(t.OrReplace, "OR REPLACE"), opt(t.Constraint, "CONSTRAINT"), "TRIGGER", t.Name, t.Timing)
	for i, e := range t.Events {
		p.put(opt(i > 0, "OR"), e)
	}
	p.put("ON", t.On)
	p.clause("FROM", t.From)
	p.constraintAttributes(t.Deferrable, t.InitiallyDeferred)
	if len(t.Referencing) > 0 {
		p.put("REFERENCING")
		spaced(p, t.Referencing)
	}
	p.put(opt(t.Row, "FOR EACH ROW"))
	if t.When != nil {
		p.put("WHEN (", t.When, ")")
	}
	p.put("EXECUTE FUNCTION", t.Function)
	p.raw("(")
	p.strs(t.Args)
	p.put(")")
}

func (e *TriggerEvent) print(p *printer) {
	p.put(e.Kind, opt(len(e.Columns) > 0, "OF"))
	identList(p, e.Columns)
}

func (t *TransitionTable) print(p *printer) {
	p.put(opt(t.New, "NEW"), opt(!t.New, "OLD"), opt(t.Row, "ROW"), opt(!t.Row, "TABLE"), "AS", t.Name)
}

func (t *CreateEventTrigger) print(p *printer) {
	p.put("CREATE EVENT TRIGGER", t.Name, "ON", t.Event)
	for i, w := range t.When {
		p.put(opt(i == 0, "WHEN"), opt(i > 0, "AND"), w)
	}
	p.put("EXECUTE FUNCTION", t.Function)
	p.raw("()")
}

func (f *EventFilter) print(p *printer) {
	p.put(f.Variable, "IN (")
	p.strs(f.Values)
	p.put(")")
}
