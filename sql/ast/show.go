package ast

import (
	"slices"
	"strings"
)

type (
	// ShowSetting gives the value of a setting; no Name is SHOW ALL.
	ShowSetting struct {
		Pos
		Name *Name
	}

	// ShowObjects lists objects. Kind is what SHOW calls them: TABLES, MATERIALIZED VIEWS, COLUMNS, JOBS, ... From is the
	// schema to look in, for COLUMNS and INDEXES the relation; Like limits the names.
	ShowObjects struct {
		Pos
		Kind    string
		From    *Name
		NotLike bool
		Like    *Literal
	}

	// ShowCreate gives the statement that makes an object.
	ShowCreate struct {
		Pos
		Kind string
		Name *Name
	}

	// Describe lists the columns of a relation.
	Describe struct {
		Pos
		Name *Name
	}
)

func (*ShowSetting) stmt() {}
func (*ShowObjects) stmt() {}
func (*ShowCreate) stmt()  {}
func (*Describe) stmt()    {}

// ShownKinds are the kinds of objects that ShowObjects lists besides COLUMNS.
var ShownKinds = []string{
	"TABLES", "INTERNAL TABLES", "SOURCES", "SINKS", "VIEWS", "MATERIALIZED VIEWS", "INDEXES", "FUNCTIONS", "TYPES",
	"SUBSCRIPTIONS", "CURSORS", "SUBSCRIPTION CURSORS", "CONNECTIONS", "SECRETS", "SCHEMAS", "DATABASES", "CATALOGS",
	"CURRENT CATALOG", "CURRENT DATABASE", "CLUSTERS", "ROLES", "JOBS", "PROCESSLIST",
}

func (s *ShowSetting) print(p *printer) {
	p.put("SHOW", opt(s.Name == nil, "ALL"))
	if s.Name != nil && len(s.Name.Parts) == 1 && slices.Contains(ShownKinds, strings.ToUpper(string(s.Name.Parts[0]))) {
		p.put(`"` + string(s.Name.Parts[0]) + `"`) // a setting, not the objects
		return
	}
	p.put(s.Name)
}

func (s *ShowObjects) print(p *printer) {
	p.put("SHOW", s.Kind)
	p.clause("FROM", s.From)
	if s.Like != nil {
		p.put(opt(s.NotLike, "NOT"), "LIKE", s.Like)
	}
}

func (s *ShowCreate) print(p *printer) { p.put("SHOW CREATE", s.Kind, s.Name) }

func (d *Describe) print(p *printer) { p.put("DESCRIBE", d.Name) }
