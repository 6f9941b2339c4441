package ast

type (
	// Set changes a setting: SET name TO values. The spellings that SQL has for single settings (SET TIME ZONE, SET SCHEMA,
	// SET NAMES, SET ROLE, SET SESSION AUTHORIZATION, SET XML OPTION) are the setting they stand for.
	Set struct {
		Pos
		Local bool // until the transaction ends
		// Kind is empty, or one of the forms that name no setting: TRANSACTION, SESSION CHARACTERISTICS AS TRANSACTION (both
		// have Modes), TRANSACTION SNAPSHOT (its value is the snapshot).
		Kind string
		Name *Name
		// Values are constants, words being strings; none is DEFAULT. An interval, for the time zone, is a Cast.
		Values      []Expr
		FromCurrent bool     // SET name FROM CURRENT
		Modes       []string // as in Transaction
	}

	// Reset takes a setting back to its default; no Name is RESET ALL.
	Reset struct {
		Pos
		Name *Name
	}

	// SetConstraints is SET CONSTRAINTS; no Names is ALL.
	SetConstraints struct {
		Pos
		Names    []*Name
		Deferred bool
	}
)

func (*Set) stmt()            {}
func (*Reset) stmt()          {}
func (*SetConstraints) stmt() {}

func (s *Set) print(p *printer) {
	p.put("SET", opt(s.Local, "LOCAL"), s.Kind)
	for i, m := range s.Modes {
		p.put(opt(i > 0, ","), m)
	}
	switch {
	case s.Kind != "":
		list(p, s.Values)
	case s.FromCurrent:
		p.put(s.Name, "FROM CURRENT")
	case len(s.Values) == 0:
		p.put(s.Name, "TO DEFAULT")
	case s.interval() != nil:
		c := s.interval()
		p.put("TIME ZONE INTERVAL")
		paren(p, c.Type.Mods)
		p.put(c.X, c.Type.Fields)
	default:
		p.put(s.Name, "TO")
		list(p, s.Values)
	}
}

// interval returns the value if it is an interval, which only SET TIME ZONE takes.
func (s *Set) interval() *Cast {
	c, _ := s.Values[0].(*Cast)
	return c
}

func (r *Reset) print(p *printer) {
	p.put("RESET", opt(r.Name == nil, "ALL"), r.Name)
}

func (s *SetConstraints) print(p *printer) {
	p.put("SET CONSTRAINTS", opt(len(s.Names) == 0, "ALL"))
	list(p, s.Names)
	p.put(opt(s.Deferred, "DEFERRED"), opt(!s.Deferred, "IMMEDIATE"))
}
