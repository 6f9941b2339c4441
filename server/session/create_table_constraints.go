package session

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// constrain adds the constraints of an element, after all columns are known.
func (t *tableMaker) constrain(e ast.TableElement) error {
	switch e := e.(type) {
	case *ast.ColumnDef:
		place, _ := t.object.Column(string(e.Name))
		for _, c := range e.Constraints {
			if err := t.columnConstraint(place, c); err != nil {
				return err
			}
		}
	case *ast.Constraint:
		return t.tableConstraint(e, -1)
	case *ast.LikeTable, *ast.AllColumns, *ast.Watermark:
	}
	return nil
}

func (t *tableMaker) columnConstraint(place int, c *ast.Constraint) error {
	column := &t.object.Columns[place]
	twice := func() error {
		return pgerr.Newf(pgerr.SyntaxError, "multiple default values specified for column %q of table %q", column.Name, t.object.Name).At(int(c.At()))
	}
	switch def := c.Def.(type) {
	case *ast.NotNull:
		column.NotNull = true
	case *ast.Nullable:
		if column.NotNull {
			return pgerr.Newf(pgerr.SyntaxError, "conflicting NULL/NOT NULL declarations for column %q of table %q", column.Name, t.object.Name).
				At(int(c.At()))
		}
	case *ast.DefaultValue:
		if column.Default != "" || t.sequences[place] != nil {
			return twice()
		}
		t.fixExpr(def.X, nil, logical.ValueOf(logical.UseDefault, column.Name, column.Type))
		column.Default = ast.Print(def.X)
	case *ast.Generated:
		if column.Default != "" || t.sequences[place] != nil {
			return twice()
		}
		t.fixExpr(def.X, t.object, logical.ValueOf(logical.UseGenerated, column.Name, column.Type))
		column.Default, column.Generated = ast.Print(def.X), true
	case *ast.Identity:
		return t.identity(place, c, def)
	case *ast.ConstraintAttribute:
		return t.attribute(c, def)
	case *ast.Check, *ast.Unique, *ast.ForeignKey, *ast.Exclude:
		return t.tableConstraint(c, place)
	}
	return nil
}

func (t *tableMaker) identity(place int, c *ast.Constraint, def *ast.Identity) error {
	column := &t.object.Columns[place]
	switch column.Type.OID {
	case types.OIDInt2, types.OIDInt4, types.OIDInt8:
	default:
		return pgerr.New(pgerr.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	switch {
	case column.Identity != 0:
		return pgerr.Newf(pgerr.SyntaxError, "multiple identity specifications for column %q of table %q", column.Name, t.object.Name).At(int(c.At()))
	case column.Default != "" || t.sequences[place] != nil:
		return pgerr.Newf(pgerr.SyntaxError, "both default and identity specified for column %q of table %q", column.Name, t.object.Name).
			At(int(c.At()))
	}
	column.Identity, column.NotNull = 'd', true
	if def.Always {
		column.Identity = 'a'
	}
	sequence := newSequence(column.Type.OID)
	t.sequences[place] = sequence
	return t.sequenceOptions(sequence, def.Options)
}

// attribute takes what stands after a constraint, if it is the default.
func (t *tableMaker) attribute(c *ast.Constraint, def *ast.ConstraintAttribute) error {
	switch def.What {
	case "NOT DEFERRABLE", "INITIALLY IMMEDIATE":
		return nil
	case "NOT ENFORCED":
		if n := len(t.object.Constraints); n > 0 {
			t.object.Constraints[n-1].NotEnforced = true
			return nil
		}
	}
	return unsupported(c, "a constraint that is "+def.What)
}

// tableConstraint adds a constraint; place is its column if it was declared there, else -1.
func (t *tableMaker) tableConstraint(c *ast.Constraint, place int) error {
	if c.Deferrable || c.InitiallyDeferred {
		err := unsupported(c, "a deferrable constraint")
		if _, foreign := c.Def.(*ast.ForeignKey); foreign {
			return err.WithHint("Foreign keys are not checked: write NOT ENFORCED behind it, without DEFERRABLE, to have it as a promise.")
		}
		return err
	}
	made := catalog.Constraint{Name: string(c.Name), NotEnforced: c.NotEnforced}
	switch def := c.Def.(type) {
	case *ast.Unique:
		return t.key(c, def, place)
	case *ast.Check:
		t.fixExpr(def.X, t.object, logical.Condition(logical.UseCheck))
		made.Kind, made.Expr = catalog.Check, ast.Print(def.X)
		made.Columns = t.columnsIn(def.X)
		suffix := []string{t.object.Name, "check"}
		if place >= 0 || len(made.Columns) == 1 {
			at := place
			if at < 0 {
				at = made.Columns[0]
			}
			suffix = []string{t.object.Name, t.object.Columns[at].Name, "check"}
		}
		if made.Name == "" {
			made.Name = t.freeConstraint(suffix...)
		}
	case *ast.ForeignKey:
		if !c.NotEnforced {
			return unsupported(c, "FOREIGN KEY").WithHint("Write NOT ENFORCED behind it to have it as a promise that is not checked.")
		}
		if def.Columns == nil && place >= 0 {
			def.Columns = []ast.Ident{ast.Ident(t.object.Columns[place].Name)}
		}
		made.Kind, made.Expr = catalog.ForeignKey, ast.Print(def)
		for _, n := range def.Columns {
			at, column := t.object.Column(string(n))
			if column == nil {
				return pgerr.Newf(pgerr.UndefinedColumn, "column %q referenced in foreign key constraint does not exist", string(n))
			}
			made.Columns = append(made.Columns, at)
		}
		if made.Name == "" {
			made.Name = t.freeConstraint(t.object.Name, joinIdents(def.Columns), "fkey")
		}
	default:
		return unsupported(c, "this constraint")
	}
	if slices.ContainsFunc(t.object.Constraints, func(old catalog.Constraint) bool { return old.Name == made.Name }) {
		return pgerr.Newf(pgerr.DuplicateObject, "constraint %q for relation %q already exists", made.Name, t.object.Name)
	}
	t.object.Constraints = append(t.object.Constraints, made)
	return nil
}

// freeConstraint makes a name that no other constraint of the table has.
func (t *tableMaker) freeConstraint(parts ...string) string {
	taken := map[string]bool{}
	for _, c := range t.object.Constraints {
		taken[c.Name] = true
	}
	return t.freeName(t.schema.ID, taken, parts...)
}

// key adds a PRIMARY KEY or UNIQUE.
func (t *tableMaker) key(c *ast.Constraint, def *ast.Unique, place int) error {
	switch {
	case def.NullsNotDistinct:
		return unsupported(c, "UNIQUE NULLS NOT DISTINCT")
	case len(def.Include) > 0:
		return unsupported(c, "INCLUDE of a constraint")
	case len(def.Options) > 0:
		return unsupported(def.Options[0], "an option of a constraint")
	case def.Index != "":
		return unsupported(c, "USING INDEX")
	}
	made := catalog.Constraint{Kind: catalog.Unique, Name: string(c.Name), NotEnforced: c.NotEnforced}
	if made.NotEnforced {
		return unsupported(c, "a key that is NOT ENFORCED")
	}
	if place >= 0 {
		made.Columns = []int{place}
	}
	for _, n := range def.Columns {
		at, column := t.object.Column(string(n))
		if column == nil {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q named in key does not exist", string(n)).At(int(c.At()))
		}
		if slices.Contains(made.Columns, at) {
			what := "unique"
			if def.Primary {
				what = "primary key"
			}
			return pgerr.Newf(pgerr.DuplicateColumn, "column %q appears twice in %s constraint", string(n), what).At(int(c.At()))
		}
		made.Columns = append(made.Columns, at)
	}
	parts := []string{t.object.Name}
	suffix := "pkey"
	if def.Primary {
		if len(t.object.PrimaryKey) > 0 {
			return pgerr.Newf(pgerr.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", t.object.Name).At(int(c.At()))
		}
		made.Kind = catalog.PrimaryKey
		t.object.PrimaryKey = made.Columns
		for _, at := range made.Columns {
			t.object.Columns[at].NotNull = true
		}
	} else {
		suffix = "key"
		for _, at := range made.Columns {
			parts = append(parts, t.object.Columns[at].Name)
		}
	}
	if made.Name == "" {
		made.Name = t.freeName(t.schema.ID, t.taken, append(parts, suffix)...)
	} else if t.taken[made.Name] || t.change.View().Lookup(t.schema.ID, catalog.Table, made.Name) != nil {
		return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", made.Name)
	}
	t.taken[made.Name] = true
	t.object.Constraints = append(t.object.Constraints, made)
	return nil
}

// columnsIn are the columns of the table that an expression uses.
func (t *tableMaker) columnsIn(x ast.Expr) []int {
	var places []int
	ast.Walk(x, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok {
			if at, c := t.object.Column(string(ref.Parts[len(ref.Parts)-1])); c != nil && !slices.Contains(places, at) {
				places = append(places, at)
			}
		}
		return true
	})
	return places
}

// nameSequences names the sequences of columns, and gives serial columns their default.
func (t *tableMaker) nameSequences() {
	for i := range t.object.Columns {
		if t.sequences[i] == nil {
			continue
		}
		c := &t.object.Columns[i]
		name := t.freeName(t.schema.ID, t.taken, t.object.Name, c.Name, "seq")
		t.sequenceNames[i] = name
		if c.Identity == 0 {
			c.Default = nextvalOf(inSchema(t.schema, name))
		}
	}
}

// checkExpressions makes sure that defaults, generated values and checks mean something.
func (t *tableMaker) checkExpressions() error {
	for i := range t.object.Columns {
		c := &t.object.Columns[i]
		if c.Default == "" || i >= len(t.columns) {
			continue
		}
		x := columnExpr(t.columns[i])
		if x == nil {
			continue
		}
		if err := t.checkDefault(c, x); err != nil {
			return err
		}
	}
	for _, e := range t.stmt.Elements {
		var list []*ast.Constraint
		switch e := e.(type) {
		case *ast.ColumnDef:
			list = e.Constraints
		case *ast.Constraint:
			list = []*ast.Constraint{e}
		case *ast.LikeTable, *ast.AllColumns, *ast.Watermark:
		}
		for _, c := range list {
			if check, ok := c.Def.(*ast.Check); ok {
				if _, err := t.expression(check.X, t.object, logical.Condition(logical.UseCheck)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// columnExpr is the default or generated value that a column was declared with.
func columnExpr(e *ast.ColumnDef) ast.Expr {
	if e == nil {
		return nil
	}
	for _, c := range e.Constraints {
		switch def := c.Def.(type) {
		case *ast.DefaultValue:
			return def.X
		case *ast.Generated:
			return def.X
		default:
		}
	}
	return nil
}

func (t *tableMaker) checkDefault(c *catalog.Column, x ast.Expr) error {
	if !c.Generated {
		var bad ast.Node
		ast.Walk(x, func(n ast.Node) bool {
			if _, ok := n.(*ast.ColumnRef); ok {
				bad = n
			}
			return bad == nil
		})
		if bad != nil {
			return pgerr.New(pgerr.FeatureNotSupported, "cannot use column reference in DEFAULT expression").At(int(bad.At()))
		}
		_, err := t.expression(x, nil, logical.ValueOf(logical.UseDefault, c.Name, c.Type))
		return err
	}
	for _, at := range t.columnsIn(x) {
		if other := t.object.Columns[at]; other.Generated {
			return pgerr.Newf(pgerr.InvalidObjectDefinition, "cannot use generated column %q in column generation expression", other.Name).
				WithDetail("A generated column cannot reference another generated column.").At(int(x.At()))
		}
	}
	e, err := t.expression(x, t.object, logical.ValueOf(logical.UseGenerated, c.Name, c.Type))
	if err == nil && !t.replay && isMutable(e) {
		return pgerr.New(pgerr.InvalidObjectDefinition, "generation expression is not immutable").At(int(x.At()))
	}
	return err
}

func joinIdents(ids []ast.Ident) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = string(id)
	}
	return strings.Join(parts, "_")
}

// nextvalOf is the default of a serial column.
func nextvalOf(sequence *ast.Name) string {
	return "nextval(" + ast.QuoteString(sequence.String()) + "::regclass)"
}
