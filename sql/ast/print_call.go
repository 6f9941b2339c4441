package ast

func (f *FuncCall) print(p *printer) {
	p.put(f.Name)
	p.raw("(")
	switch {
	case f.Star:
		p.put("*")
	default:
		p.put(opt(f.Distinct, "DISTINCT"))
		f.args(p)
		if !f.WithinGroup {
			orderBy(p, f.OrderBy)
		}
	}
	p.put(")")
	if f.WithinGroup {
		p.put("WITHIN GROUP (")
		orderBy(p, f.OrderBy)
		p.put(")")
	}
	p.filter(f.Filter)
	switch f.Nulls {
	case DefaultNulls:
	case RespectNulls:
		p.put("RESPECT NULLS")
	case IgnoreNulls:
		p.put("IGNORE NULLS")
	}
	p.over(f.Over)
}

func (f *FuncCall) args(p *printer) {
	for i, a := range f.Args {
		if i > 0 {
			p.put(",")
		}
		if f.Variadic && i == len(f.Args)-1 {
			p.put("VARIADIC")
		}
		p.put(a)
	}
}

func (a *Arg) print(p *printer) {
	if a.Name != "" {
		p.put(a.Name, "=>")
	}
	p.put(a.Value)
}

func (p *printer) filter(x Expr) {
	if x != nil {
		p.put("FILTER (WHERE", x, ")")
	}
}

func (p *printer) over(w *Window) {
	if w == nil {
		return
	}
	p.put("OVER")
	if w.Ref {
		p.put(w.Name)
		return
	}
	p.put(w)
}

// print gives the parenthesised specification; its name in a WINDOW clause stands outside.
func (w *Window) print(p *printer) {
	p.raw("(")
	p.put(w.Base)
	if len(w.PartitionBy) > 0 {
		p.put("PARTITION BY")
		list(p, w.PartitionBy)
	}
	orderBy(p, w.OrderBy)
	p.put(w.Frame)
	p.put(")")
}

func (f *Frame) print(p *printer) {
	p.put(string(f.Unit))
	if f.End != nil {
		p.put("BETWEEN", f.Start, "AND", f.End)
	} else {
		p.put(f.Start)
	}
	if f.Exclude != ExcludeNoOthers {
		p.put("EXCLUDE", string(f.Exclude))
	}
}

func (b *FrameBound) print(p *printer) {
	p.put(b.Offset)
	p.put(string(b.Kind))
}

func (s *SortItem) print(p *printer) {
	p.put(s.X)
	if s.Using != nil {
		p.put("USING")
		s.Using.print(p)
	}
	p.sorted(s.Desc, s.Nulls)
}

// sorted writes how something is sorted.
func (p *printer) sorted(desc bool, nulls NullsOrder) {
	p.put(opt(desc, "DESC"))
	switch nulls {
	case NullsDefault:
	case NullsFirst:
		p.put("NULLS FIRST")
	case NullsLast:
		p.put("NULLS LAST")
	}
}

func (f *JSONFunc) print(p *printer) {
	p.raw(f.Kind + "(")
	for i, v := range f.Values {
		if i > 0 {
			p.put(",")
		}
		if len(f.Keys) > 0 {
			p.put(f.Keys[i], "VALUE")
		}
		p.put(v)
	}
	p.put(f.Query)
	orderBy(p, f.OrderBy)
	if f.OnNull != "" {
		p.put(f.OnNull, "ON NULL")
	}
	if f.UniqueKeys != "" {
		p.put(f.UniqueKeys, "UNIQUE KEYS")
	}
	if f.Returning != nil {
		p.put("RETURNING", f.Returning)
		p.put(f.Format)
	}
	p.put(")")
	p.filter(f.Filter)
	p.over(f.Over)
}

func (v *JSONValue) print(p *printer) { p.put(v.X, v.Format) }
