package session

import (
	"slices"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// addColumn runs ADD COLUMN. Its default is computed once, and all rows get it; what gives another value each time is refused.
func (t *tableAlter) addColumn(a *ast.AddColumn) error {
	e := a.Column
	if _, old := t.object.Column(string(e.Name)); old != nil {
		if a.IfNotExists {
			t.notices = append(t.notices, pgerr.Newf(pgerr.DuplicateColumn, "column %q of relation %q already exists, skipping", string(e.Name), t.object.Name))
			return nil
		}
		return pgerr.Newf(pgerr.DuplicateColumn, "column %q of relation %q already exists", string(e.Name), t.object.Name).At(int(e.At()))
	}
	if oid, serial := serials[lastOf(e.Type)]; serial {
		return unsupported(e.Type, "adding a column of type "+string(lastOf(e.Type))).
			WithHint("Add a column of type %s, create a sequence, and make its nextval() the default.", types.FormatType(types.Of(oid)))
	}
	m := t.maker()
	if err := m.column(e); err != nil {
		return err
	}
	if !t.replay {
		if err := checkColumnCount(t.object); err != nil {
			return err
		}
	}
	place := len(t.object.Columns) - 1
	made := *e
	made.Constraints = nil
	var later []*ast.Constraint
	for _, c := range e.Constraints {
		switch c.Def.(type) {
		case *ast.Check, *ast.Unique, *ast.ForeignKey, *ast.Exclude:
			later = append(later, c)
			continue
		case *ast.Identity:
			return unsupported(c, "adding an identity column").WithHint("Create a sequence, and make its nextval() the default.")
		default:
			made.Constraints = append(made.Constraints, c)
		}
		if err := m.columnConstraint(place, c); err != nil {
			return err
		}
	}
	t.made = append(t.made, &ast.AddColumn{Column: &made})
	if err := t.newValue(m, place); err != nil {
		return err
	}
	if t.object.Columns[place].NotNull {
		t.checkNotNull(place)
	}
	for _, c := range later {
		if err := t.addConstraint(c, place); err != nil {
			return err
		}
	}
	return nil
}

func lastOf(t *ast.TypeName) ast.Ident {
	if t == nil || len(t.Name.Parts) != 1 {
		return ""
	}
	return t.Name.Last()
}

// maker reads declarations of columns and constraints as CREATE TABLE does.
func (t *tableAlter) maker() *tableMaker {
	return &tableMaker{
		ddl: t.ddl, schema: t.change.View().Object(t.object.Schema), object: t.object, taken: map[string]bool{},
		sequences: map[int]*catalog.SequenceDef{}, sequenceNames: map[int]string{}, indexes: map[catalog.ID]flow.TableID{},
		columns: make([]*ast.ColumnDef, len(t.object.Columns)),
	}
}

// newValue finds out what rows have in a new column. When the log is read again they have it already.
func (t *tableAlter) newValue(m *tableMaker, place int) error {
	c := &t.object.Columns[place]
	x := columnExpr(m.columns[place])
	t.values[place] = &flow.Const{Typ: c.Type, Value: types.NullValue}
	if t.replay || x == nil {
		return nil
	}
	if err := m.checkDefault(c, x); err != nil {
		return err
	}
	over, use := valueOf(t.object, c)
	e, err := t.expression(x, over, use)
	switch {
	case err != nil:
		return err
	case isVolatile(e):
		return unsupported(x, "adding a column with a default that is another for each row").
			WithHint("Add the column without a default, then set the default, and UPDATE the rows that are there.")
	case c.Generated && usesFrom(e, len(t.old.Columns)):
		return unsupported(x, "adding a generated column with the columns that it is made of")
	case c.Generated:
		t.values[place] = e
		return nil
	}
	v, err := t.compute(e)
	t.values[place] = &flow.Const{Typ: c.Type, Value: v}
	return err
}

// compute evaluates an expression without columns.
func (d *ddl) compute(e flow.Expr) (types.Value, error) {
	ctx := eval.Context{Environment: d.session.functionEnvironment(d.ctx)}
	one := &batch.Batch{}
	one.SetLen(1)
	v := eval.Compile(e).Eval(&ctx, one)
	if ctx.Errors.Len() > 0 {
		return types.NullValue, ctx.Errors.Errs[0]
	}
	value := v.Value(0)
	value.Bytes = slices.Clone(value.Bytes)
	return value, nil
}

// walkExpr calls f for an expression and all below it.
func walkExpr(e flow.Expr, f func(e flow.Expr)) {
	f(e)
	var below []flow.Expr
	switch e := e.(type) {
	case *flow.Call:
		below = e.Args
	case *flow.Logic:
		below = e.Args
	case *flow.Coalesce:
		below = e.Args
	case *flow.Not:
		below = []flow.Expr{e.X}
	case *flow.IsNull:
		below = []flow.Expr{e.X}
	case *flow.Case:
		for _, w := range e.Whens {
			below = append(below, w.Cond, w.Result)
		}
		below = append(below, e.Else)
	case *flow.Column, *flow.Const, *flow.Param:
	}
	for _, x := range below {
		walkExpr(x, f)
	}
}

// isVolatile tells whether an expression may give another value each time.
func isVolatile(e flow.Expr) bool {
	return calls(e, func(f *fn.Function) bool { return f.Volatility == fn.Volatile })
}

// isMutable tells whether an expression may give another value at another time or in another session.
func isMutable(e flow.Expr) bool {
	return calls(e, func(f *fn.Function) bool { return f.Volatility != fn.Immutable })
}

// calls tells whether an expression calls a function of a kind.
func calls(e flow.Expr, of func(*fn.Function) bool) bool {
	found := false
	walkExpr(e, func(e flow.Expr) {
		call, ok := e.(*flow.Call)
		found = found || ok && of(call.Function)
	})
	return found
}

// valueOf is what the default or generated value of a column is planned over, and as what.
func valueOf(o *catalog.Object, c *catalog.Column) (over *catalog.Object, use logical.Use) {
	if c.Generated {
		return o, logical.ValueOf(logical.UseGenerated, c.Name, c.Type)
	}
	return nil, logical.ValueOf(logical.UseDefault, c.Name, c.Type)
}

// usesFrom tells whether an expression uses a column from a place on.
func usesFrom(e flow.Expr, place int) bool {
	found := false
	walkExpr(e, func(e flow.Expr) {
		c, ok := e.(*flow.Column)
		found = found || ok && c.Index >= place
	})
	return found
}

// checkNotNull makes the runtime refuse rows with a null.
func (t *tableAlter) checkNotNull(place int) {
	c := t.object.Columns[place]
	e := pgerr.Newf(pgerr.NotNullViolation, "column %q of relation %q contains null values", c.Name, t.object.Name)
	e.Schema, e.Table, e.Column = schemaName(t.change.View(), t.object), t.object.Name, c.Name
	t.checks = append(t.checks, dataflow.RowCheck{Condition: &flow.IsNull{X: &flow.Column{Index: place, Typ: c.Type}, Not: true}, Error: e})
}

// dropColumn runs DROP COLUMN. The column stays as a hidden one, with what rows have in it, until the table is rewritten.
func (t *tableAlter) dropColumn(a *ast.DropColumn) error {
	place, c, err := t.column(a.Column)
	if err != nil {
		if a.IfExists && pgerr.CodeOf(err) == pgerr.UndefinedColumn {
			t.notices = append(t.notices, pgerr.Newf(pgerr.SuccessfulCompletion, "column %q of relation %q does not exist, skipping", string(a.Column), t.object.Name))
			return nil
		}
		return err
	}
	if slices.Contains(t.object.PrimaryKey, place) {
		return unsupported(a, "dropping a column of the primary key").WithHint("Create another table, and move the rows.")
	}
	if err := t.generatedFrom(c.Name, "drop"); err != nil {
		return err
	}
	if c.Sequence != 0 {
		t.gone = append(t.gone, c.Sequence)
	}
	t.object.Constraints = slices.DeleteFunc(t.object.Constraints, func(k catalog.Constraint) bool {
		used := slices.Contains(k.Columns, place)
		if used && k.Index != 0 {
			t.gone = append(t.gone, k.Index)
		}
		return used
	})
	for _, index := range t.change.View().Indexes(t.object.ID) {
		if !index.Index.Constraint && t.indexUses(index, place) {
			t.gone = append(t.gone, index.ID)
		}
	}
	if err := t.dropUsers(place, a.Cascade); err != nil {
		return err
	}
	*c = catalog.Column{Name: droppedName(place), Type: c.Type, Hidden: true}
	t.made = append(t.made, &ast.DropColumn{Column: a.Column})
	return nil
}

// generatedFrom refuses what generated columns that use a column do not bear.
func (t *tableAlter) generatedFrom(name, what string) error {
	for i := range t.object.Columns {
		c := &t.object.Columns[i]
		if !c.Generated || c.Name == name {
			continue
		}
		x, err := parseExpr(c.Default)
		if err != nil {
			return err
		}
		if !slices.Contains(columnNamesIn(x), name) {
			continue
		}
		if what == "type" {
			return pgerr.New(pgerr.FeatureNotSupported, "cannot alter type of a column used by a generated column").
				WithDetail("Column %q is used by generated column %q.", name, c.Name)
		}
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot %s column %s of table %s because other objects depend on it", what,
			catalog.Quote(name), catalog.Quote(t.object.Name)).
			WithDetail("column %s of table %s depends on column %s of table %s", catalog.Quote(c.Name), catalog.Quote(t.object.Name),
				catalog.Quote(name), catalog.Quote(t.object.Name)).
			WithHint("Drop the generated column first.")
	}
	return nil
}

// columnNamesIn are the names of columns that an expression uses.
func columnNamesIn(x ast.Node) []string {
	var names []string
	ast.Walk(x, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok {
			names = append(names, string(ref.Parts[len(ref.Parts)-1]))
		}
		return true
	})
	return names
}

// indexUses tells whether an index uses a column.
func (t *tableAlter) indexUses(index *catalog.Object, place int) bool {
	if slices.Contains(index.Index.Include, place) ||
		slices.ContainsFunc(index.Index.Keys, func(k catalog.IndexKey) bool { return k.Column == place }) {
		return true
	}
	if index.Index.Where == "" {
		return false
	}
	x, err := parseExpr(index.Index.Where)
	return err == nil && slices.Contains(columnNamesIn(x), t.object.Columns[place].Name)
}

// alterColumn runs ALTER COLUMN.
func (t *tableAlter) alterColumn(a *ast.AlterColumn) error {
	place, c, err := t.column(a.Column)
	if err != nil {
		return err
	}
	switch change := a.Change.(type) {
	case *ast.SetDefault:
		return t.setDefault(a, c, change)
	case *ast.SetNotNull:
		if change.Drop && slices.Contains(t.object.PrimaryKey, place) {
			return pgerr.Newf(pgerr.InvalidTableDefinition, "column %q is in a primary key", c.Name)
		}
		if change.Drop && c.Identity != 0 {
			return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is an identity column", c.Name, t.object.Name)
		}
		if c.NotNull = !change.Drop; c.NotNull {
			t.checkNotNull(place)
		}
	case *ast.SetType:
		return t.setType(a, place, change)
	default:
		return unsupported(a, "ALTER TABLE ... ALTER COLUMN ... "+firstWords(ast.Print(a.Change)))
	}
	t.made = append(t.made, a)
	return nil
}

func (t *tableAlter) setDefault(a *ast.AlterColumn, c *catalog.Column, set *ast.SetDefault) error {
	switch {
	case c.Identity != 0:
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is an identity column", c.Name, t.object.Name)
	case c.Generated:
		return pgerr.Newf(pgerr.SyntaxError, "column %q of relation %q is a generated column", c.Name, t.object.Name)
	case c.Sequence != 0:
		return unsupported(a, "another default of a serial column")
	}
	c.Default = ""
	if set.X != nil {
		if !t.replay { // what it names may be younger than the table, and come later in the log
			if err := t.maker().checkDefault(c, set.X); err != nil {
				return err
			}
			t.fixExpr(set.X, nil, logical.ValueOf(logical.UseDefault, c.Name, c.Type))
		}
		c.Default = ast.Print(set.X)
	}
	t.made = append(t.made, a)
	return nil
}

// setType runs ALTER COLUMN ... TYPE. The rows are computed anew.
func (t *tableAlter) setType(a *ast.AlterColumn, place int, set *ast.SetType) error {
	c := &t.object.Columns[place]
	if err := checkCollation(set.Collation); err != nil {
		return err
	}
	if c.Generated {
		return unsupported(a, "another type of a generated column")
	}
	if err := t.generatedFrom(c.Name, "type"); err != nil {
		return err
	}
	typ, err := t.typeOf(set.Type)
	if err == nil {
		err = storable(c.Name, typ, set.Type)
	}
	if err != nil {
		return err
	}
	made := *set
	if typ != c.Type {
		made.Using = nil // the rows have the new type when the log is read again
	}
	t.made = append(t.made, &ast.AlterColumn{Column: a.Column, Change: &made})
	if typ == c.Type && set.Using == nil {
		return nil
	}
	if !t.replay {
		if err := t.retype(place, typ, set); err != nil {
			return err
		}
	} else {
		t.values[place] = &flow.Const{Typ: typ, Value: types.NullValue}
	}
	c.Type = typ
	return t.retypeIndexes(place, typ)
}

func (t *tableAlter) retype(place int, typ types.Type, set *ast.SetType) error {
	c := &t.object.Columns[place]
	if place >= len(t.old.Columns) || t.values[place] != nil {
		return unsupported(set, "a column that is changed twice in one statement")
	}
	if users := t.usersOf(place); len(users) > 0 {
		return pgerr.New(pgerr.FeatureNotSupported, "cannot alter type of a column used by a view or rule").
			WithDetail("%s depends on column %q", t.describe(users[0]), c.Name)
	}
	x := set.Using
	if x == nil {
		x = &ast.ColumnRef{Pos: set.Pos, Parts: []ast.Ident{ast.Ident(c.Name)}}
	}
	e, err := t.expression(x, t.old, logical.ValueOf(logical.UseTransform, c.Name, typ))
	if err != nil {
		if pgerr.CodeOf(err) == pgerr.DatatypeMismatch {
			if set.Using != nil {
				return pgerr.Newf(pgerr.DatatypeMismatch, "result of USING clause for column %q cannot be cast automatically to type %s", c.Name, types.FormatType(typ)).
					WithHint("You might need to add an explicit cast.")
			}
			return pgerr.Newf(pgerr.DatatypeMismatch, "column %q cannot be cast automatically to type %s", c.Name, types.FormatType(typ)).
				WithHint("You might need to specify \"USING %s::%s\".", catalog.Quote(c.Name), types.FormatType(typ))
		}
		return err
	}
	if isVolatile(e) {
		return unsupported(set, "a USING that is another for each row")
	}
	t.values[place] = e
	if c.Default != "" {
		x, err := parseExpr(c.Default)
		if err != nil {
			return err
		}
		if _, err := t.expression(x, nil, logical.ValueOf(logical.UseDefault, c.Name, typ)); err != nil {
			return pgerr.Newf(pgerr.DatatypeMismatch, "default for column %q cannot be cast automatically to type %s", c.Name, types.FormatType(typ))
		}
	}
	if c.NotNull {
		t.checkNotNull(place)
	}
	return nil
}

// retypeIndexes gives the keys of indexes the new type of a column.
func (t *tableAlter) retypeIndexes(place int, typ types.Type) error {
	for _, index := range t.change.View().Indexes(t.object.ID) {
		changed, def := *index, *index.Index
		changed.Columns, def.Keys = slices.Clone(index.Columns), slices.Clone(def.Keys)
		changed.Index = &def
		for i := range def.Keys {
			if def.Keys[i].Column == place {
				def.Keys[i].Type, changed.Columns[i].Type = typ, typ
			}
		}
		for i, included := range def.Include {
			if included == place {
				changed.Columns[len(def.Keys)+i].Type = typ
			}
		}
		if err := t.change.Replace(&changed); err != nil {
			return err
		}
	}
	return nil
}
