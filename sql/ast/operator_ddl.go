package ast

import "strconv"

type (
	// CreateOperatorFamily makes an empty family of operators for an index method.
	CreateOperatorFamily struct {
		Pos
		Name  *Name
		Using Ident
	}

	// CreateOperatorClass says how an index method works on a type.
	CreateOperatorClass struct {
		Pos
		Name    *Name
		Default bool
		Type    *TypeName
		Using   Ident
		Family  *Name
		Items   []*OperatorClassItem
	}

	// OperatorClassItem is a member of an operator class or family. Kind is OPERATOR, FUNCTION or STORAGE; the Types are the
	// operands, or the storage type. One that is dropped has only its number and types.
	OperatorClassItem struct {
		Pos
		Kind     string
		Number   int
		Operator *Operator
		Types    []*TypeName
		OrderBy  *Name // FOR ORDER BY; FOR SEARCH is the default
		Function *Object
	}

	// OperatorFamilyChange is ADD or DROP of members.
	OperatorFamilyChange struct {
		Pos
		Drop  bool
		Items []*OperatorClassItem
	}
)

func (*CreateOperatorFamily) stmt() {}
func (*CreateOperatorClass) stmt()  {}

func (*OperatorFamilyChange) alterAction() {}

func (f *CreateOperatorFamily) print(p *printer) {
	p.put("CREATE OPERATOR FAMILY", f.Name, "USING", f.Using)
}

func (c *CreateOperatorClass) print(p *printer) {
	p.put("CREATE OPERATOR CLASS", c.Name, opt(c.Default, "DEFAULT"), "FOR TYPE", c.Type, "USING", c.Using)
	p.clause("FAMILY", c.Family)
	p.put("AS")
	list(p, c.Items)
}

func (i *OperatorClassItem) print(p *printer) {
	p.put(i.Kind)
	if i.Kind == "STORAGE" {
		p.put(i.Types[0])
		return
	}
	p.put(strconv.Itoa(i.Number))
	if i.Operator != nil {
		p.operatorName(i.Operator)
	}
	p.operands(i.Types)
	if i.Function != nil {
		i.Function.body(p)
	}
	p.clause("FOR ORDER BY", i.OrderBy)
}

// operands writes types in parentheses, NONE for a missing one; or nothing for an empty list.
func (p *printer) operands(types []*TypeName) {
	for i, t := range types {
		p.put(opt(i == 0, "("), opt(i > 0, ","), opt(t == nil, "NONE"), t)
	}
	p.put(opt(len(types) > 0, ")"))
}

func (c *OperatorFamilyChange) print(p *printer) {
	p.put(opt(!c.Drop, "ADD"), opt(c.Drop, "DROP"))
	list(p, c.Items)
}
