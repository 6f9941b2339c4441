package ast

func (p *printer) alias(a *Alias) {
	p.clause("AS", a)
}

func (a *Alias) print(p *printer) { p.put(a.Name, a.Columns) }

func (t *TableRef) print(p *printer) {
	if t.Only {
		p.put("ONLY")
	}
	p.put(t.Name)
	p.put(t.AsOf)
	p.alias(t.Alias)
	p.put(t.Sample)
}

func (a *AsOf) print(p *printer) {
	p.put(opt(!a.Epoch, "FOR SYSTEM_TIME"), "AS OF", a.X)
}

func (s *TableSample) print(p *printer) {
	p.put("TABLESAMPLE", s.Method, "(")
	list(p, s.Args)
	p.put(")")
	if s.Repeat != nil {
		p.put("REPEATABLE (", s.Repeat, ")")
	}
}

func (s *SubqueryRef) print(p *printer) {
	p.put(opt(s.Lateral, "LATERAL"), "(", s.Query, ")")
	p.alias(s.Alias)
}

func (f *FuncRef) print(p *printer) {
	p.put(opt(f.Lateral, "LATERAL"))
	if f.RowsFrom {
		p.put("ROWS FROM (")
		list(p, f.Funcs)
		p.put(")")
	} else {
		p.put(f.Funcs[0])
	}
	p.put(opt(f.Ordinality, "WITH ORDINALITY"))
	if len(f.Columns) > 0 {
		p.put("AS")
		if f.Alias != nil {
			p.put(f.Alias.Name)
		}
		paren(p, f.Columns)
		return
	}
	p.alias(f.Alias)
}

func (f *FuncItem) print(p *printer) {
	if c, ok := f.Call.(*Cast); ok && !c.Try { // only what looks like a call may stand here
		p.put("CAST(", c.X, "AS", c.Type, ")")
	} else {
		p.put(f.Call)
	}
	if len(f.Columns) > 0 {
		p.put("AS")
		paren(p, f.Columns)
	}
}

func (c *ColumnType) print(p *printer) {
	p.put(c.Name, c.Type)
	p.clause("COLLATE", c.Collation)
}

var windowNames = [...]string{Tumble: "TUMBLE", Hop: "HOP", Session: "SESSION", Cumulate: "CUMULATE"}

// String gives the window's name in SQL.
func (k WindowKind) String() string { return windowNames[k] }

func (w *WindowRef) print(p *printer) {
	p.put(w.Kind.String() + "(")
	p.put(w.Input)
	w.partition(p)
	for _, arg := range []Expr{w.TimeColumn, w.Step, w.Size, w.Offset} {
		p.clause(",", arg)
	}
	p.put(")")
	p.alias(w.Alias)
}

// partition writes PARTITION BY, in parentheses unless there is only a name: a comma would end it.
func (w *WindowRef) partition(p *printer) {
	if len(w.PartitionBy) == 0 {
		return
	}
	p.put("PARTITION BY")
	if _, ok := w.PartitionBy[0].(*ColumnRef); ok && len(w.PartitionBy) == 1 {
		p.put(w.PartitionBy[0])
		return
	}
	paren(p, w.PartitionBy)
}

var joinWords = [...]string{InnerJoin: "", LeftJoin: "LEFT", RightJoin: "RIGHT", FullJoin: "FULL", CrossJoin: "CROSS"}

func (j *Join) print(p *printer) {
	if j.Alias != nil {
		p.put("(")
	}
	p.put(j.Left)
	p.put(opt(j.Natural, "NATURAL"), opt(j.Asof, "ASOF"), joinWords[j.Kind], "JOIN")
	if right, ok := j.Right.(*Join); ok && right.Alias == nil {
		p.put("(", right, ")")
	} else {
		p.put(j.Right)
	}
	if j.Match != nil {
		p.put("MATCH_CONDITION (", j.Match, ")")
	}
	p.clause("ON", j.On)
	if len(j.Using) > 0 {
		p.put("USING", j.Using)
		if j.UsingAlias != "" {
			p.put("AS", j.UsingAlias)
		}
	}
	if j.Alias != nil {
		p.put(")")
		p.alias(j.Alias)
	}
}
