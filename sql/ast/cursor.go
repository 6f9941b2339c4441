package ast

type (
	// DeclareCursor is DECLARE name CURSOR FOR a query or a subscription.
	DeclareCursor struct {
		Pos
		Name                    Ident
		Binary                  bool
		Insensitive, Asensitive bool
		Scroll, NoScroll        bool
		Hold                    bool // WITH HOLD: it outlives the transaction
		Statement               Statement
	}

	// DeclareSubscriptionCursor is RisingWave's cursor over a subscription that was created before. With neither Since nor
	// Full it gives the changes from now on.
	DeclareSubscriptionCursor struct {
		Pos
		Name         Ident
		Subscription *Name
		Since        Expr
		Full         bool // all rows first, then changes
	}

	// Fetch reads from a cursor, or (Move) only passes over rows. Direction is FORWARD, BACKWARD, ABSOLUTE or RELATIVE:
	// NEXT is FORWARD 1, PRIOR is BACKWARD 1, FIRST is ABSOLUTE 1, LAST is ABSOLUTE -1.
	Fetch struct {
		Pos
		Move      bool
		Direction string
		All       bool
		Count     int
		Cursor    Ident
		Options   []*Option
	}

	// CloseCursor closes a cursor; no Name is ALL.
	CloseCursor struct {
		Pos
		Name Ident
	}
)

func (*DeclareCursor) stmt()             {}
func (*DeclareSubscriptionCursor) stmt() {}
func (*Fetch) stmt()                     {}
func (*CloseCursor) stmt()               {}

func (d *DeclareCursor) print(p *printer) {
	p.put("DECLARE", d.Name, opt(d.Binary, "BINARY"), opt(d.Insensitive, "INSENSITIVE"), opt(d.Asensitive, "ASENSITIVE"),
		opt(d.Scroll, "SCROLL"), opt(d.NoScroll, "NO SCROLL"), "CURSOR", opt(d.Hold, "WITH HOLD"), "FOR", d.Statement)
}

func (d *DeclareSubscriptionCursor) print(p *printer) {
	p.put("DECLARE", d.Name, "SUBSCRIPTION CURSOR FOR", d.Subscription, opt(d.Full, "FULL"))
	p.clause("SINCE", d.Since)
}

func (f *Fetch) print(p *printer) {
	p.put(opt(f.Move, "MOVE"), opt(!f.Move, "FETCH"), f.Direction)
	if f.All {
		p.put("ALL")
	} else {
		p.put(f.Count)
	}
	p.put("FROM", f.Cursor)
	p.with(f.Options)
}

func (c *CloseCursor) print(p *printer) { p.put("CLOSE", opt(c.Name == "", "ALL"), c.Name) }
