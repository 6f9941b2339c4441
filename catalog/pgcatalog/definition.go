package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Definition is the SQL of an object: of a view its query, of a constraint its clause, of an index its CREATE INDEX.
func (l Lookups) Definition(kind fn.ObjectKind, oid types.OID, column int, pretty bool) (string, bool) {
	switch kind {
	case fn.ViewKind:
		if o := l.relation(oid); o != nil && o.Query != "" && o.Kind != catalog.Sink {
			return o.Query + ";", true
		}
	case fn.IndexKind:
		if o := l.relation(oid); o != nil && o.Kind == catalog.Index {
			if column > 0 {
				return l.indexColumn(o, column), true
			}
			return l.indexDefinition(o, pretty), true
		}
	case fn.ConstraintKind:
		if o, c := l.constraint(catalog.ID(oid)); c != nil {
			return constraintDefinition(o, c, pretty), true
		}
	case fn.RelationKind, fn.TypeKind, fn.FunctionKind, fn.OperatorKind, fn.TriggerKind, fn.RuleKind, fn.StatisticsKind,
		fn.CollationKind, fn.ConversionKind, fn.OperatorClassKind, fn.OperatorFamilyKind, fn.TextSearchConfigKind,
		fn.TextSearchDictKind, fn.TextSearchParserKind, fn.TextSearchTemplateKind:
	}
	return "", false
}

// constraint finds a constraint by its OID.
func (l Lookups) constraint(oid catalog.ID) (*catalog.Object, *catalog.Constraint) {
	for _, o := range l.Snapshot.UserObjects() {
		for i := range o.Constraints {
			if c := &o.Constraints[i]; c.OID() == oid && l.here(o) {
				return o, c
			}
		}
	}
	return nil, nil
}

func constraintDefinition(o *catalog.Object, c *catalog.Constraint, pretty bool) string {
	var names []string
	for _, place := range c.Columns {
		names = append(names, catalog.Quote(o.Columns[place].Name))
	}
	columns := " (" + strings.Join(names, ", ") + ")"
	switch c.Kind {
	case catalog.PrimaryKey:
		return "PRIMARY KEY" + columns
	case catalog.Unique:
		return "UNIQUE" + columns
	case catalog.Check:
		if pretty {
			return "CHECK (" + c.Expr + ")"
		}
		return "CHECK (" + inParentheses(c.Expr) + ")"
	case catalog.ForeignKey:
	}
	return ""
}

// indexDefinition is pg_get_indexdef of an index.
func (l Lookups) indexDefinition(o *catalog.Object, pretty bool) string {
	x := o.Index
	relation := l.Snapshot.Object(x.Relation)
	var b strings.Builder
	b.WriteString("CREATE ")
	if x.Unique {
		b.WriteString("UNIQUE ")
	}
	b.WriteString("INDEX " + catalog.Quote(o.Name) + " ON ")
	if pretty {
		b.WriteString(l.Snapshot.DisplayName(l.Path, relation))
	} else {
		b.WriteString(l.Snapshot.FullName(relation))
	}
	b.WriteString(" USING btree (")
	for i := range x.Keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(l.indexColumn(o, i+1))
		if class := x.Keys[i].Opclass; class != "" {
			b.WriteString(" " + catalog.Quote(class))
		}
		b.WriteString(keyOrder(&x.Keys[i]))
	}
	b.WriteString(")")
	for i, place := range x.Include {
		b.WriteString([]string{" INCLUDE (", ", "}[min(i, 1)] + catalog.Quote(relation.Columns[place].Name))
	}
	if len(x.Include) > 0 {
		b.WriteString(")")
	}
	switch {
	case x.Where != "" && pretty:
		b.WriteString(" WHERE " + x.Where)
	case x.Where != "":
		b.WriteString(" WHERE " + inParentheses(x.Where))
	}
	return b.String()
}

// indexColumn is a key, or an included column, of an index as SQL; the first is 1.
func (l Lookups) indexColumn(o *catalog.Object, number int) string {
	x := o.Index
	relation := l.Snapshot.Object(x.Relation)
	switch {
	case number <= len(x.Keys) && x.Keys[number-1].Column >= 0:
		return catalog.Quote(relation.Columns[x.Keys[number-1].Column].Name)
	case number <= len(x.Keys):
		if expr := x.Keys[number-1].Expr; !isCall(expr) {
			return inParentheses(expr)
		} else {
			return expr
		}
	case number <= len(x.Keys)+len(x.Include):
		return catalog.Quote(relation.Columns[x.Include[number-len(x.Keys)-1]].Name)
	default:
		return ""
	}
}

func keyOrder(k *catalog.IndexKey) string {
	switch {
	case k.Desc && !k.NullsFirst:
		return " DESC NULLS LAST"
	case k.Desc:
		return " DESC"
	case k.NullsFirst:
		return " NULLS FIRST"
	default:
		return ""
	}
}

// inParentheses puts parentheses around an expression that has none around all of it.
func inParentheses(expr string) string {
	if strings.HasPrefix(expr, "(") && closing(expr, 0) == len(expr)-1 {
		return expr
	}
	return "(" + expr + ")"
}

// isCall tells whether an expression is a call of a function and no more.
func isCall(expr string) bool {
	open := strings.IndexByte(expr, '(')
	if open <= 0 || closing(expr, open) != len(expr)-1 {
		return false
	}
	return !strings.ContainsAny(expr[:open], " +-*/<>=|&#%^!~@'[")
}

// closing is the place of the parenthesis that closes the one at open, -1 if there is none. Strings and quoted names are passed over.
func closing(expr string, open int) int {
	depth := 0
	for i := open; i < len(expr); i++ {
		switch expr[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		case '\'', '"':
			end := strings.IndexByte(expr[i+1:], expr[i])
			if end < 0 {
				return -1
			}
			i += end + 1
		}
	}
	return -1
}
