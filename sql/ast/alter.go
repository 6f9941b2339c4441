package ast

type (
	// Persistence says how long a relation's rows live.
	Persistence string

	// Alter changes one object: ALTER kind [IF EXISTS] object action, action, ... Kinds of objects whose ALTER takes nothing
	// but what all objects share (renaming, owner, schema) have no statement of their own.
	Alter struct {
		Pos
		IfExists bool
		Object   *Object
		Actions  []AlterAction
	}

	// AlterAction is one change of an Alter.
	//
	//sumtype:decl
	AlterAction interface {
		Node
		alterAction()
	}

	// RenameTo is RENAME TO name.
	RenameTo struct {
		Pos
		Name Ident
	}

	// OwnerTo is OWNER TO role.
	OwnerTo struct {
		Pos
		Owner *Role
	}

	// SetSchema is SET SCHEMA name.
	SetSchema struct {
		Pos
		Schema Ident
	}

	// DependsOnExtension is [NO] DEPENDS ON EXTENSION name.
	DependsOnExtension struct {
		Pos
		No        bool
		Extension Ident
	}
)

// How long rows live.
const (
	Permanent Persistence = ""
	Temporary Persistence = "TEMPORARY" // until the session ends
	Unlogged  Persistence = "UNLOGGED"  // until a crash
)

func (*Alter) stmt() {}

func (*RenameTo) alterAction()           {}
func (*OwnerTo) alterAction()            {}
func (*SetSchema) alterAction()          {}
func (*DependsOnExtension) alterAction() {}

func (a *Alter) print(p *printer) {
	p.put("ALTER", a.Object.Kind, opt(a.IfExists, "IF EXISTS"))
	a.Object.body(p)
	list(p, a.Actions)
}

func (a *RenameTo) print(p *printer)  { p.put("RENAME TO", a.Name) }
func (a *OwnerTo) print(p *printer)   { p.put("OWNER TO", a.Owner) }
func (a *SetSchema) print(p *printer) { p.put("SET SCHEMA", a.Schema) }

func (a *DependsOnExtension) print(p *printer) {
	p.put(opt(a.No, "NO"), "DEPENDS ON EXTENSION", a.Extension)
}
