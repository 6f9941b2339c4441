package pgcatalog

import "github.com/freshetdb/freshet/catalog"

var constraintTypes = map[catalog.ConstraintKind]string{
	catalog.PrimaryKey: "PRIMARY KEY", catalog.Unique: "UNIQUE", catalog.Check: "CHECK", catalog.ForeignKey: "FOREIGN KEY",
}

func infoTableConstraints(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		if kindOf(o) != catalog.Table {
			continue
		}
		database, schema := env.databaseText(), text(env.schemaName(o))
		for _, c := range o.Constraints {
			distinct := null
			if c.Kind == catalog.Unique {
				distinct = text("YES")
			}
			w.add(database, schema, text(c.Name), database, schema, text(o.Name), text(constraintTypes[c.Kind]), text("NO"), text("NO"),
				yesNo(!c.NotEnforced), distinct)
		}
		for _, a := range attributesOf(o) {
			if a.notNull {
				w.add(database, schema, text(notNullConstraint(o, a.number)), database, schema, text(o.Name), text("CHECK"), text("NO"),
					text("NO"), text("YES"), null)
			}
		}
	}
}

func infoKeyColumnUsage(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, c := range o.Constraints {
			if c.Kind == catalog.Check {
				continue
			}
			for i, place := range c.Columns {
				w.add(env.databaseText(), text(env.schemaName(o)), text(c.Name), env.databaseText(), text(env.schemaName(o)), text(o.Name),
					text(o.Columns[place].Name), integer(i+1), null)
			}
		}
	}
}

func infoConstraintColumnUsage(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, c := range o.Constraints {
			for _, place := range c.Columns {
				w.add(env.databaseText(), text(env.schemaName(o)), text(o.Name), text(o.Columns[place].Name), env.databaseText(),
					text(env.schemaName(o)), text(c.Name))
			}
		}
	}
}

func infoConstraintTableUsage(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, c := range o.Constraints {
			if c.Kind != catalog.Check {
				w.add(env.databaseText(), text(env.schemaName(o)), text(o.Name), env.databaseText(), text(env.schemaName(o)), text(c.Name))
			}
		}
	}
}

func infoCheckConstraints(env *Env, w *rows) {
	for _, o := range infoRelations(env) {
		for _, c := range o.Constraints {
			if c.Kind == catalog.Check {
				w.add(env.databaseText(), text(env.schemaName(o)), text(c.Name), text("("+inParentheses(c.Expr)+")"))
			}
		}
		if kindOf(o) != catalog.Table {
			continue
		}
		for _, a := range attributesOf(o) {
			if a.notNull {
				w.add(env.databaseText(), text(env.schemaName(o)), text(notNullConstraint(o, a.number)), text(a.name+" IS NOT NULL"))
			}
		}
	}
}
