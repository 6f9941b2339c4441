package ast

type (
	// Do runs a block of code. Texts and languages stand as they were written.
	Do struct {
		Pos
		Args []*DoArg
	}

	// DoArg is the code of a Do or, with Language, what it is written in.
	DoArg struct {
		Pos
		Language bool
		Text     string
	}

	// Call calls a procedure.
	Call struct {
		Pos
		Procedure *FuncCall
	}

	// Load loads a library into the server.
	Load struct {
		Pos
		File string
	}

	// Checkpoint is CHECKPOINT.
	Checkpoint struct{ Pos }

	// Listen asks for the notifications of a channel.
	Listen struct {
		Pos
		Channel Ident
	}

	// Unlisten ends that; without Channel for all.
	Unlisten struct {
		Pos
		Channel Ident
	}

	// Notify sends a notification, perhaps with a payload.
	Notify struct {
		Pos
		Channel Ident
		Payload *Literal
	}

	// Lock locks tables. Mode is that of PostgreSQL, ACCESS EXCLUSIVE where none was written.
	Lock struct {
		Pos
		Tables []*TableRef
		Mode   string
		NoWait bool
	}

	// Discard forgets state of the session: ALL, PLANS, SEQUENCES or TEMP (Kind).
	Discard struct {
		Pos
		Kind string
	}

	// AlterSystem changes settings for the whole server.
	AlterSystem struct {
		Pos
		Setting Statement // a Set or Reset
	}

	// SecurityLabel sets the label that a provider gives an object; a NULL label takes it away.
	SecurityLabel struct {
		Pos
		Provider *Literal
		Object   *Object
		Label    *Literal
	}
)

func (*Do) stmt()            {}
func (*Call) stmt()          {}
func (*Load) stmt()          {}
func (*Checkpoint) stmt()    {}
func (*Listen) stmt()        {}
func (*Unlisten) stmt()      {}
func (*Notify) stmt()        {}
func (*Lock) stmt()          {}
func (*Discard) stmt()       {}
func (*AlterSystem) stmt()   {}
func (*SecurityLabel) stmt() {}

func (d *Do) print(p *printer) {
	p.put("DO")
	spaced(p, d.Args)
}

func (a *DoArg) print(p *printer) {
	if a.Language {
		p.put("LANGUAGE")
		p.word(a.Text)
		return
	}
	p.str(a.Text)
}

func (c *Call) print(p *printer) { p.put("CALL", c.Procedure) }

func (l *Load) print(p *printer) {
	p.put("LOAD")
	p.str(l.File)
}

func (*Checkpoint) print(p *printer) { p.put("CHECKPOINT") }
func (l *Listen) print(p *printer)   { p.put("LISTEN", l.Channel) }
func (u *Unlisten) print(p *printer) { p.put("UNLISTEN", opt(u.Channel == "", "*"), u.Channel) }

func (n *Notify) print(p *printer) {
	p.put("NOTIFY", n.Channel, opt(n.Payload != nil, ","), n.Payload)
}

func (l *Lock) print(p *printer) {
	p.put("LOCK TABLE")
	list(p, l.Tables)
	p.put("IN", l.Mode, "MODE", opt(l.NoWait, "NOWAIT"))
}

func (d *Discard) print(p *printer) { p.put("DISCARD", d.Kind) }

func (a *AlterSystem) print(p *printer) { p.put("ALTER SYSTEM", a.Setting) }

func (s *SecurityLabel) print(p *printer) {
	p.put("SECURITY LABEL")
	if s.Provider != nil {
		p.put("FOR")
		p.word(s.Provider.Text)
	}
	p.put("ON", s.Object, "IS", s.Label)
}
