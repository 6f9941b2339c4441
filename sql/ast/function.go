package ast

type (
	// CreateFunction is CREATE FUNCTION or PROCEDURE (Kind).
	CreateFunction struct {
		Pos
		OrReplace   bool
		Temporary   bool // Flink
		IfNotExists bool // Flink, RisingWave
		Kind        string
		Name        *Name
		// Signature is nil in Flink's form, where the class knows its parameters.
		Signature *Signature
		Returns   *TypeName
		// ReturnsTable are the columns of RETURNS TABLE.
		ReturnsTable []*ColumnType
		Options      []*FuncOption
		Body         *FuncBody
	}

	// FuncOption is one of the clauses of a function that may stand in any order. Kind says which, and what else is set:
	// AS (Texts: code, or file and symbol), LANGUAGE, RUNTIME and PARALLEL (a word in Texts), USING LINK, USING BASE64 and USING JAR
	// (Texts), WITH (Options), TRANSFORM (Types), COST and ROWS (Number), SUPPORT (Name), SET (Setting: a Set or Reset); and without
	// more: WINDOW, STRICT, CALLED ON NULL INPUT, IMMUTABLE, STABLE, VOLATILE, SECURITY DEFINER, SECURITY INVOKER, LEAKPROOF,
	// NOT LEAKPROOF.
	FuncOption struct {
		Pos
		Kind    string
		Texts   []string
		Number  Expr
		Name    *Name
		Types   []*TypeName
		Setting Statement
		Options []*Option
	}

	// FuncOptions is what ALTER FUNCTION changes.
	FuncOptions struct {
		Pos
		Options []*FuncOption
	}

	// FuncBody is the body of a function in standard SQL: RETURN Return, or the Statements of BEGIN ATOMIC ... END.
	FuncBody struct {
		Pos
		Return     Expr
		Statements []Statement
	}

	// Return is RETURN in the body of a function.
	Return struct {
		Pos
		X Expr
	}
)

func (*CreateFunction) stmt() {}
func (*Return) stmt()         {}

func (*FuncOptions) alterAction() {}

func (f *CreateFunction) print(p *printer) {
	p.put("CREATE", opt(f.OrReplace, "OR REPLACE"), opt(f.Temporary, "TEMPORARY"), f.Kind, opt(f.IfNotExists, "IF NOT EXISTS"), f.Name)
	if f.Signature != nil {
		f.Signature.print(p)
	}
	p.clause("RETURNS", f.Returns)
	if len(f.ReturnsTable) > 0 {
		p.put("RETURNS TABLE")
		paren(p, f.ReturnsTable)
	}
	spaced(p, f.Options)
	p.put(f.Body)
}

func (o *FuncOption) print(p *printer) {
	switch o.Kind {
	case "SET":
		p.put(o.Setting)
		return
	case "WITH":
		p.with(o.Options)
		return
	}
	p.put(o.Kind)
	switch o.Kind {
	case "LANGUAGE", "RUNTIME":
		p.word(o.Texts[0])
	case "PARALLEL":
		p.put(Ident(o.Texts[0]))
	case "USING JAR":
		for i, jar := range o.Texts {
			p.put(opt(i > 0, ","), opt(i > 0, "JAR"))
			p.str(jar)
		}
	case "TRANSFORM":
		for i, t := range o.Types {
			p.put(opt(i > 0, ","), "FOR TYPE", t)
		}
	default:
		p.strs(o.Texts)
		p.put(o.Number)
		p.put(o.Name)
	}
}

func (o *FuncOptions) print(p *printer) { spaced(p, o.Options) }

func (b *FuncBody) print(p *printer) {
	if b.Return != nil {
		p.put("RETURN", b.Return)
		return
	}
	p.put("BEGIN ATOMIC")
	for _, s := range b.Statements {
		if t, ok := s.(*Transaction); ok && t.Kind == "BEGIN" { // the word would begin another body
			start := *t
			start.Kind = "START TRANSACTION"
			s = &start
		}
		p.put(s, ";")
	}
	p.put("END")
}

func (r *Return) print(p *printer) { p.put("RETURN", r.X) }

// spaced writes nodes with nothing between them.
func spaced[N Node](p *printer, nodes []N) {
	for _, n := range nodes {
		p.put(n)
	}
}
