package ast

type (
	// Object names an object of any kind, as DROP, COMMENT ON, ALTER and their like take it. Kind is what SQL calls it: TABLE,
	// MATERIALIZED VIEW, OPERATOR CLASS, ... Which fields are set follows from it.
	Object struct {
		Pos
		Kind string
		// Name is set for all kinds but CAST, TRANSFORM, TYPE, DOMAIN, OPERATOR, ROLE and LARGE OBJECT. That of a USER MAPPING is its server's.
		Name *Name
		// Only is ONLY, for relations with children.
		Only bool
		// Types is the type of a TYPE, DOMAIN or TRANSFORM, both of a CAST, the operands of an OPERATOR (nil is NONE). An ALTER TYPE
		// or ALTER DOMAIN has a Name instead.
		Types    []*TypeName
		Operator *Operator
		// Signature tells functions of one name apart; nil where none was written.
		Signature *Signature
		// On is the relation of a TRIGGER, RULE, POLICY or CONSTRAINT; OnDomain says that it is the domain of a CONSTRAINT.
		On       *Name
		OnDomain bool
		// Using is the access method of an OPERATOR CLASS or FAMILY.
		Using    Ident
		Language Ident // of a TRANSFORM
		Role     *Role // a ROLE itself, or that of a USER MAPPING
		Number   Expr  // of a LARGE OBJECT
	}

	// Signature is the parameters of a function, procedure or aggregate.
	Signature struct {
		Pos
		// Star is an aggregate over rows, like count(*).
		Star   bool
		Params []*FuncParam
		// OrderBy are the aggregated arguments of an ordered-set aggregate.
		Ordered bool
		OrderBy []*FuncParam
	}

	// FuncParam is a parameter of a function. Mode is IN, OUT, INOUT, VARIADIC or empty, which is IN but lets DROP PROCEDURE
	// and its like look at the output parameters too.
	FuncParam struct {
		Pos
		Mode    string
		Name    Ident
		Type    *TypeName
		Default Expr
	}
)

func (o *Object) print(p *printer) {
	p.put(o.Kind)
	o.body(p)
}

// body writes what comes after the kind.
func (o *Object) body(p *printer) {
	switch o.Kind {
	case "CAST":
		p.put("(", o.Types[0], "AS", o.Types[1], ")")
	case "TRANSFORM":
		p.put("FOR", o.Types[0], "LANGUAGE", o.Language)
	case "USER MAPPING":
		p.put("FOR", o.Role, "SERVER", o.Name)
	case "OPERATOR":
		p.operatorName(o.Operator)
		p.operands(o.Types)
	default:
		o.named(p)
	}
}

func (o *Object) named(p *printer) {
	p.put(opt(o.Only, "ONLY"), o.Name, o.Role)
	p.put(o.Number)
	list(p, o.Types)
	if o.Signature != nil {
		o.Signature.print(p)
	}
	if o.Using != "" {
		p.put("USING", o.Using)
	}
	if o.On != nil {
		p.put("ON", opt(o.OnDomain, "DOMAIN"), o.On)
	}
}

// operatorName writes an operator where a statement is about it: with its schema before it, without OPERATOR(...).
func (p *printer) operatorName(o *Operator) {
	p.space("")
	p.qualifier(o.Schema)
	p.raw(o.Name)
}

func (s *Signature) print(p *printer) {
	if s.Star {
		p.raw("(*)")
		return
	}
	p.raw("(")
	list(p, s.Params)
	if s.Ordered {
		p.put("ORDER BY")
		list(p, s.OrderBy)
	}
	p.put(")")
}

func (f *FuncParam) print(p *printer) {
	p.put(f.Mode, f.Name, f.Type)
	p.clause("DEFAULT", f.Default)
}
