package parse

import "github.com/freshetdb/freshet/sql/ast"

// alterTable reads ALTER TABLE.
func (p *parser) alterTable(pos ast.Pos) ast.Statement {
	return p.alterStored(pos, "TABLE", true, "table")
}

// alterForeignTable reads ALTER FOREIGN TABLE.
func (p *parser) alterForeignTable(pos ast.Pos) ast.Statement {
	return p.alterStored(pos, "FOREIGN TABLE", true, "foreign", "table")
}

// alterIndex reads ALTER INDEX.
func (p *parser) alterIndex(pos ast.Pos) ast.Statement {
	return p.alterStored(pos, "INDEX", false, "index")
}

// alterView reads ALTER VIEW.
func (p *parser) alterView(pos ast.Pos) ast.Statement {
	return p.alterStored(pos, "VIEW", false, "view")
}

// alterMaterializedView reads ALTER MATERIALIZED VIEW.
func (p *parser) alterMaterializedView(pos ast.Pos) ast.Statement {
	return p.alterStored(pos, "MATERIALIZED VIEW", false, "materialized", "view")
}

// alterStored reads ALTER of a kind of relations, of which only those with children take ONLY.
func (p *parser) alterStored(pos ast.Pos, kind string, children bool, words ...string) ast.Statement {
	a := &ast.Alter{Pos: pos, Object: &ast.Object{Pos: p.pos(), Kind: kind}}
	p.expect(words...)
	if p.at("all") && (kind == "TABLE" || kind == "INDEX" || kind == "MATERIALIZED VIEW") {
		return p.moveAll(pos, kind)
	}
	a.IfExists = p.ifExists()
	if children {
		r := p.relationExpr()
		a.Object.Name, a.Object.Only = r.Name, r.Only
	} else {
		a.Object.Name = p.qualifiedName()
	}
	return p.alterRelationActions(a)
}

// moveAll reads ALL IN TABLESPACE a [OWNED BY roles] SET TABLESPACE b [NOWAIT].
func (p *parser) moveAll(pos ast.Pos, kind string) ast.Statement {
	m := &ast.MoveAll{Pos: pos, Kind: kind}
	p.expect("all", "in", "tablespace")
	m.From = p.colID()
	if p.accept("owned") {
		p.expect("by")
		m.OwnedBy = p.roles()
	}
	p.expect("set", "tablespace")
	m.To = p.colID()
	m.NoWait = p.accept("nowait")
	return m
}

// alterRelationActions reads what comes after the relation: one action that stands alone, or a list.
func (p *parser) alterRelationActions(a *ast.Alter) ast.Statement {
	if act := p.singleAction(a); act != nil {
		a.Actions = []ast.AlterAction{act}
	} else {
		a.Actions = commaList(p, p.relationAction)
	}
	return a
}

// singleAction reads an action that may not be in a list; nil if none comes.
func (p *parser) singleAction(a *ast.Alter) ast.AlterAction {
	pos, kind := p.pos(), a.Object.Kind
	next := p.peek(1)
	switch {
	case p.at("rename"):
		return p.renameAction(kind)
	case p.at("set", "schema") && kind != "INDEX":
		return p.commonAction(canMove)
	case (kind == "INDEX" || kind == "MATERIALIZED VIEW") && !a.IfExists && (p.at("depends") || p.at("no") && next.is("depends")):
		return p.commonAction(canDepend)
	case kind == "TABLE" && p.atAny("attach", "detach") != "":
		return p.partitionAction()
	case kind == "INDEX" && p.accept("attach"):
		p.expect("partition")
		return &ast.RelationAction{Pos: pos, Words: "ATTACH PARTITION", Name: p.qualifiedName()}
	}
	return p.streamAction()
}

// renameAction reads RENAME TO name, RENAME [COLUMN] a TO b or RENAME CONSTRAINT a TO b.
func (p *parser) renameAction(kind string) ast.AlterAction {
	r := &ast.RenameColumn{Pos: p.pos()}
	p.expect("rename")
	if p.accept("to") {
		return &ast.RenameTo{Pos: r.Pos, Name: p.colID()}
	}
	switch kind {
	case "INDEX", "SEQUENCE":
		p.syntaxError()
	case "TABLE":
		if p.accept("constraint") {
			r.Kind = "CONSTRAINT"
		} else {
			p.accept("column")
		}
	default:
		p.accept("column")
	}
	r.From = p.colID()
	p.expect("to")
	r.To = p.colID()
	return r
}

func (p *parser) partitionAction() ast.AlterAction {
	pos := p.pos()
	if p.accept("attach") {
		p.expect("partition")
		return &ast.AttachPartition{Pos: pos, Name: p.qualifiedName(), Bound: p.partitionBound()}
	}
	p.expect("detach", "partition")
	d := &ast.DetachPartition{Pos: pos, Name: p.qualifiedName()}
	d.How = upper(p.acceptAny("concurrently", "finalize"))
	return d
}

// relationAction reads an action of ALTER TABLE, which PostgreSQL's grammar takes for all kinds of relations.
func (p *parser) relationAction() ast.AlterAction {
	pos := p.pos()
	switch {
	case p.at("add"):
		return p.addAction()
	case p.at("drop"):
		return p.dropAction()
	case p.at("alter"):
		return p.alterColumn()
	case p.at("set"):
		return p.setAction()
	case p.atAny("enable", "disable") != "":
		return p.enableAction()
	case p.accept("reset"):
		return &ast.SetOptions{Pos: pos, Kind: "RESET", Options: p.options()}
	case p.accept("owner"):
		p.expect("to")
		return &ast.OwnerTo{Pos: pos, Owner: p.role()}
	case p.at("options"):
		return p.alterGenericOptions()
	case p.accept("replica"):
		return p.replicaIdentity(pos)
	case p.accept("validate"):
		p.expect("constraint")
		return &ast.NamedAction{Pos: pos, Words: "VALIDATE CONSTRAINT", Name: p.colID()}
	case p.accept("cluster"):
		p.expect("on")
		return &ast.NamedAction{Pos: pos, Words: "CLUSTER ON", Name: p.colID()}
	case p.accept("inherit"):
		return &ast.RelationAction{Pos: pos, Words: "INHERIT", Name: p.qualifiedName()}
	case p.accept("of"):
		return &ast.RelationAction{Pos: pos, Words: "OF", Name: p.anyName()}
	case p.accept("not"):
		p.expect("of")
		return &ast.NamedAction{Pos: pos, Words: "NOT OF"}
	case p.accept("force"):
		p.expect("row", "level", "security")
		return &ast.NamedAction{Pos: pos, Words: "FORCE ROW LEVEL SECURITY"}
	case p.accept("no"):
		if p.accept("force") {
			p.expect("row", "level", "security")
			return &ast.NamedAction{Pos: pos, Words: "NO FORCE ROW LEVEL SECURITY"}
		}
		p.expect("inherit")
		return &ast.RelationAction{Pos: pos, Words: "NO INHERIT", Name: p.qualifiedName()}
	}
	p.syntaxError()
	return nil
}

func (p *parser) addAction() ast.AlterAction {
	pos := p.pos()
	p.expect("add")
	if p.atTableConstraint() {
		return &ast.AddConstraint{Pos: pos, Constraint: p.tableConstraint()}
	}
	p.accept("column")
	return &ast.AddColumn{Pos: pos, IfNotExists: p.ifNotExists(), Column: p.columnDef()}
}

func (p *parser) dropAction() ast.AlterAction {
	pos := p.pos()
	p.expect("drop")
	if p.accept("constraint") {
		return &ast.DropConstraint{Pos: pos, IfExists: p.ifExists(), Name: p.colID(), Cascade: p.optCascade()}
	}
	p.accept("column")
	return &ast.DropColumn{Pos: pos, IfExists: p.ifExists(), Column: p.colID(), Cascade: p.optCascade()}
}

// setAction reads SET of something of the whole relation. SET parameter = value is the streaming dialects'.
func (p *parser) setAction() ast.AlterAction {
	pos := p.pos()
	p.expect("set")
	if p.atParameter() {
		return p.setParameter(pos)
	}
	switch p.atAny("(", "without", "logged", "unlogged", "access", "tablespace") {
	case "(":
		return &ast.SetOptions{Pos: pos, Kind: "SET", Options: p.options()}
	case "without":
		p.expect("without")
		return &ast.NamedAction{Pos: pos, Words: "SET WITHOUT " + upper(p.expectAny("oids", "cluster"))}
	case "logged", "unlogged":
		return &ast.NamedAction{Pos: pos, Words: "SET " + upper(p.expectAny("logged", "unlogged"))}
	case "access":
		p.expect("access", "method")
		return &ast.NamedAction{Pos: pos, Words: "SET ACCESS METHOD", Name: p.colID()}
	}
	p.expect("tablespace")
	return &ast.NamedAction{Pos: pos, Words: "SET TABLESPACE", Name: p.colID()}
}

// enableAction reads ENABLE and DISABLE of triggers, rules and row level security.
func (p *parser) enableAction() ast.AlterAction {
	a := &ast.NamedAction{Pos: p.pos()}
	a.Words = upper(p.expectAny("enable", "disable"))
	which := ""
	if a.Words == "ENABLE" {
		if which = p.acceptAny("always", "replica"); which != "" {
			a.Words += " " + upper(which)
		}
	}
	what := []string{"trigger", "rule", "row"}
	if which != "" {
		what = what[:2]
	}
	w := p.expectAny(what...)
	if w == "row" {
		p.expect("level", "security")
		a.Words += " ROW LEVEL SECURITY"
		return a
	}
	a.Words += " " + upper(w)
	if all := p.atAny("all", "user"); all != "" && w == "trigger" && which == "" {
		p.advance()
		a.Words += " " + upper(all)
		return a
	}
	a.Name = p.colID()
	return a
}

// replicaIdentity reads what comes after REPLICA.
func (p *parser) replicaIdentity(pos ast.Pos) ast.AlterAction {
	a := &ast.NamedAction{Pos: pos}
	p.expect("identity")
	w := p.expectAny("nothing", "full", "default", "using")
	a.Words = "REPLICA IDENTITY " + upper(w)
	if w == "using" {
		p.expect("index")
		a.Words, a.Name = a.Words+" INDEX", p.colID()
	}
	return a
}
