package ast

// CreateDomain makes a type that is another one with constraints.
type CreateDomain struct {
	Pos
	Name        *Name
	Type        *TypeName
	Collation   *Name
	Constraints []*Constraint
}

func (*CreateDomain) stmt() {}

// ALTER DOMAIN changes defaults and NOT NULL as ALTER TABLE does for a column.

func (*SetDefault) alterAction() {}
func (*SetNotNull) alterAction() {}

func (c *CreateDomain) print(p *printer) {
	p.put("CREATE DOMAIN", c.Name, "AS", c.Type)
	p.clause("COLLATE", c.Collation)
	spaced(p, c.Constraints)
}
