package ast

func (q *Query) print(p *printer) {
	p.put(q.With)
	// A parenthesised query as the whole body keeps its parentheses: it has clauses of its own.
	if inner, ok := q.Body.(*Query); ok {
		p.put("(", inner, ")")
	} else {
		p.put(q.Body)
	}
	orderBy(p, q.OrderBy)
	p.limit(q)
	for _, l := range q.Locking {
		p.put(l)
	}
	p.put(q.Emit)
}

func orderBy(p *printer, items []*SortItem) {
	if len(items) > 0 {
		p.put("ORDER BY")
		list(p, items)
	}
}

func (p *printer) limit(q *Query) {
	if q.Limit != nil && !q.WithTies {
		if l, ok := q.Limit.(*Literal); ok && l.Kind == NullLiteral {
			p.put("LIMIT ALL")
		} else {
			p.put("LIMIT", q.Limit)
		}
	}
	p.clause("OFFSET", q.Offset)
	if q.WithTies {
		p.put("FETCH FIRST (", q.Limit, ")", "ROWS WITH TIES")
	}
}

func (w *With) print(p *printer) {
	p.put("WITH", opt(w.Recursive, "RECURSIVE"))
	list(p, w.CTEs)
}

func (c *CTE) print(p *printer) {
	p.put(c.Name, c.Columns, "AS")
	switch c.Materialized {
	case MaterializedDefault:
	case MaterializedAlways:
		p.put("MATERIALIZED")
	case MaterializedNever:
		p.put("NOT MATERIALIZED")
	}
	p.put("(", c.Body, ")")
	p.put(c.Search)
	p.put(c.Cycle)
}

func (s *Search) print(p *printer) {
	p.put("SEARCH", opt(s.Breadth, "BREADTH"), opt(!s.Breadth, "DEPTH"), "FIRST BY")
	identList(p, s.By)
	p.put("SET", s.Set)
}

func (c *Cycle) print(p *printer) {
	p.put("CYCLE")
	identList(p, c.Columns)
	p.put("SET", c.Mark)
	if c.To != nil {
		p.put("TO")
		p.constant(c.To)
		p.put("DEFAULT")
		p.constant(c.Deflt)
	}
	p.put("USING", c.Using)
}

// constant writes a constant where the grammar takes nothing else: with its type before it, not cast.
func (p *printer) constant(e Expr) {
	c, ok := e.(*Cast)
	if !ok {
		p.put(e)
		return
	}
	if c.Type.Fields == "" {
		p.put(c.Type, c.X)
		return
	}
	bare := *c.Type
	bare.Fields, bare.Mods = "", nil
	p.put(&bare, c.X, c.Type.Fields) // an interval's fields stand after the constant
	p.mods(c.Type.Mods)
}

func (s *Select) print(p *printer) {
	p.put("SELECT")
	switch {
	case len(s.DistinctOn) > 0:
		p.put("DISTINCT ON")
		paren(p, s.DistinctOn)
	case s.Distinct:
		p.put("DISTINCT")
	}
	list(p, s.Targets)
	p.put(s.Into)
	if len(s.From) > 0 {
		p.put("FROM")
		list(p, s.From)
	}
	p.clause("WHERE", s.Where)
	if len(s.GroupBy) > 0 {
		p.put("GROUP BY", opt(s.GroupByDistinct, "DISTINCT"))
		list(p, s.GroupBy)
	}
	p.clause("HAVING", s.Having)
	if len(s.Windows) > 0 {
		p.put("WINDOW")
		for i, w := range s.Windows {
			if i > 0 {
				p.put(",")
			}
			p.put(w.Name, "AS", w)
		}
	}
}

func (t *Target) print(p *printer) {
	p.put(t.X)
	if t.Alias != "" {
		p.put("AS", t.Alias)
	}
}

func (i *Into) print(p *printer) {
	p.put("INTO", opt(i.Temporary, "TEMPORARY"), opt(i.Unlogged, "UNLOGGED"), "TABLE", i.Name)
}

// operand writes one side of a set operation, in parentheses where it would group otherwise.
func (s *SetOp) operand(p *printer, b QueryBody, right bool) {
	wrap := false
	switch b := b.(type) {
	case *Query:
		wrap = true
	case *SetOp:
		wrap = right || s.Kind == Intersect && b.Kind != Intersect
		if right && s.Kind != Intersect && b.Kind == Intersect {
			wrap = false
		}
	case *Select, *Values:
	}
	if wrap {
		p.put("(", b, ")")
		return
	}
	p.put(b)
}

func (s *SetOp) print(p *printer) {
	s.operand(p, s.Left, false)
	p.put(string(s.Kind), opt(s.All, "ALL"), opt(s.Corresponding, "CORRESPONDING"))
	if len(s.By) > 0 {
		p.put("BY", s.By)
	}
	s.operand(p, s.Right, true)
}

func (v *Values) print(p *printer) {
	p.put("VALUES")
	for i, row := range v.Rows {
		if i > 0 {
			p.put(",")
		}
		p.put("(")
		list(p, row)
		p.put(")")
	}
}

func (l *Locking) print(p *printer) {
	p.put("FOR", string(l.Strength))
	if len(l.Of) > 0 {
		p.put("OF")
		list(p, l.Of)
	}
	p.put(string(l.Wait))
}

func (e *Emit) print(p *printer) {
	switch {
	case e.OnWindowClose:
		p.put("EMIT ON WINDOW CLOSE")
	case e.Every != nil:
		p.put("EMIT EVERY", e.Every)
	default:
		p.put("EMIT ON UPDATE")
	}
	p.clause("WITH DELAY", e.Delay)
	p.with(e.Options)
}

// with writes WITH (options), or nothing without any.
func (p *printer) with(options []*Option) {
	if len(options) > 0 {
		p.put("WITH")
		paren(p, options)
	}
}

func (o *Option) print(p *printer) {
	if name := string(o.Name.Parts[0]); name == "" || len(name) > maxWord {
		p.str(name) // in single quotes any text is a name
	} else {
		p.labels(o.Name)
	}
	p.clause("=", o.Value)
}

// labels writes a name where keywords need no quotes.
func (p *printer) labels(n *Name) {
	for i, part := range n.Parts {
		if i > 0 {
			p.raw(".")
		} else {
			p.space("")
		}
		p.label(part)
	}
}

func (p *printer) label(id Ident) {
	if plainIdent(string(id)) {
		p.raw(string(id))
	} else {
		p.ident(id)
	}
}
