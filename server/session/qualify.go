package session

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/ast"
)

// qualifier writes the full names of relations into a query, so that it means the same under any search_path, and gathers which
// ones it names.
type qualifier struct {
	snapshot *catalog.Snapshot
	path     catalog.Path
	// found are the relations, each once; the system's are not among them.
	found []catalog.ID
	err   error
}

// qualify gives a query in full, and what it depends on. The query itself is changed.
func (d *ddl) qualify(q *ast.Query) ([]catalog.ID, error) {
	z := &qualifier{snapshot: d.change.View(), path: d.path}
	z.query(q, nil)
	return z.found, z.err
}

// query goes through a query; ctes are the names that WITH clauses around it give.
func (z *qualifier) query(q *ast.Query, ctes []ast.Ident) {
	if q.With != nil {
		inner := slices.Clone(ctes)
		if q.With.Recursive {
			for _, c := range q.With.CTEs {
				inner = append(inner, c.Name)
			}
		}
		for _, c := range q.With.CTEs {
			z.node(c.Body, inner)
			if !q.With.Recursive {
				inner = append(inner, c.Name)
			}
		}
		ctes = inner
	}
	z.node(q.Body, ctes)
	for _, s := range q.OrderBy {
		z.node(s, ctes)
	}
	for _, x := range []ast.Expr{q.Limit, q.Offset} {
		if x != nil {
			z.node(x, ctes)
		}
	}
}

func (z *qualifier) node(n ast.Node, ctes []ast.Ident) {
	ast.Walk(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Query:
			z.query(n, ctes)
			return false
		case *ast.TableRef:
			z.table(n, ctes)
		case *ast.TypeName:
			z.found = append(z.found, slices.DeleteFunc(qualifyTypes(z.snapshot, z.path, n), func(id catalog.ID) bool {
				return slices.Contains(z.found, id)
			})...)
			return false
		}
		return z.err == nil
	})
}

func (z *qualifier) table(t *ast.TableRef, ctes []ast.Ident) {
	if len(t.Name.Parts) == 1 && slices.Contains(ctes, t.Name.Parts[0]) {
		return
	}
	o, err := z.snapshot.Relation(z.path, nameParts(t.Name))
	if err != nil {
		z.err = placed(err, t.Name)
		return
	}
	full := fullName(z.snapshot, z.path.Database, o)
	full.Pos = t.Name.Pos
	t.Name = full
	if !o.System && !slices.Contains(z.found, o.ID) {
		z.found = append(z.found, o.ID)
	}
}

// renamed writes the new name of a relation into a definition that names it in full. An alias keeps what the columns are
// qualified by.
func renamed(definition string, old, now *ast.Name) (string, error) {
	stmt, err := parseOne(definition)
	if err != nil {
		return "", err
	}
	same := func(n *ast.Name) bool { return n != nil && slices.Equal(n.Parts, old.Parts) }
	if index, ok := stmt.(*ast.CreateIndex); ok {
		if same(index.Table.Name) {
			index.Table.Name = now
		}
		return ast.Print(stmt), nil
	}
	ast.Walk(stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TableRef:
			if same(n.Name) {
				if n.Alias == nil {
					n.Alias = &ast.Alias{Name: old.Last()}
				}
				n.Name = now
			}
		case *ast.TypeName:
			if same(n.Name) {
				n.Name = now
			}
		case *ast.CreateSink:
			if same(n.From) {
				n.From = now
			}
		}
		return true
	})
	return ast.Print(stmt), nil
}

// renameInExpressions writes the new name of a type into the defaults and conditions of a relation.
func renameInExpressions(o *catalog.Object, old, now *ast.Name) error {
	o.Columns, o.Constraints = slices.Clone(o.Columns), slices.Clone(o.Constraints)
	var texts []*string
	for i := range o.Columns {
		texts = append(texts, &o.Columns[i].Default)
	}
	for i := range o.Constraints {
		if o.Constraints[i].Kind == catalog.Check {
			texts = append(texts, &o.Constraints[i].Expr)
		}
	}
	if o.Index != nil {
		def := *o.Index
		def.Keys = slices.Clone(def.Keys)
		o.Index = &def
		texts = append(texts, &def.Where)
		for i := range def.Keys {
			texts = append(texts, &def.Keys[i].Expr)
		}
	}
	for _, text := range texts {
		if *text == "" {
			continue
		}
		x, err := parseExpr(*text)
		if err != nil {
			return err
		}
		found := false
		ast.Walk(x, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeName); ok && t.Name != nil && slices.Equal(t.Name.Parts, old.Parts) {
				t.Name, found = now, true
			}
			return true
		})
		if found {
			*text = ast.Print(x)
		}
	}
	return nil
}
