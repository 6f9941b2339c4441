package session

import (
	"slices"
	"unicode/utf8"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// createType runs CREATE TYPE ... AS ENUM.
func createType(d *ddl, stmt *ast.CreateType) error {
	if stmt.Kind != "ENUM" {
		return unsupported(stmt, "CREATE TYPE of another kind than AS ENUM").WithHint("Use jsonb in place of a composite type.")
	}
	schema, name, err := d.change.View().Creating(d.path, nameParts(stmt.Name))
	if err != nil {
		return placed(err, stmt.Name)
	}
	if err := d.typeNameIsFree(schema.ID, name); err != nil {
		return err
	}
	o := &catalog.Object{Kind: catalog.TypeObject, Name: name, Database: schema.Database, Schema: schema.ID, Owner: d.owner}
	for i, l := range stmt.Labels {
		if err := checkLabel(l); err != nil {
			return err
		}
		if slices.Contains(stmt.Labels[:i], l) {
			return pgerr.New(pgerr.UniqueViolation, `duplicate key value violates unique constraint "pg_enum_typid_label_index"`).
				WithDetail("Key (enumtypid, enumlabel)=(%d, %s) already exists.", d.change.View().NextID(), l)
		}
		o.Labels = append(o.Labels, types.EnumLabel{Order: float32(i + 1), Label: l})
	}
	o.Definition = ast.Print(&ast.CreateType{Name: inSchema(schema, name), Kind: "ENUM", Labels: stmt.Labels})
	return d.change.Create(o)
}

// typeNameIsFree refuses the name of another type, which the rows of a relation have too.
func (d *ddl) typeNameIsFree(schema catalog.ID, name string) error {
	for _, kind := range []catalog.Kind{catalog.TypeObject, catalog.Table} {
		if d.change.View().Lookup(schema, kind, name) != nil {
			return pgerr.Newf(pgerr.DuplicateObject, "type %q already exists", name)
		}
	}
	return nil
}

// maxLabelBytes is NAMEDATALEN - 1.
const maxLabelBytes = 63

func checkLabel(label string) error {
	if len(label) > maxLabelBytes || !utf8.ValidString(label) {
		return pgerr.Newf("42602", "invalid enum label %q", label).WithDetail("Labels must be %d bytes or less.", maxLabelBytes)
	}
	return nil
}

// alterType runs an action of ALTER TYPE that is about labels; done is false for others.
func (d *ddl) alterType(o *catalog.Object, action ast.AlterAction) (done bool, err error) {
	switch a := action.(type) {
	case *ast.AddValue:
		return true, d.addLabel(o, a)
	case *ast.RenameValue:
		return true, d.renameLabel(o, a)
	default:
		return false, nil
	}
}

func labelPlace(o *catalog.Object, label string) int {
	return slices.IndexFunc(o.Labels, func(l types.EnumLabel) bool { return l.Label == label })
}

// addLabel gives a new label a sort order between its neighbors', as PostgreSQL does, so that values that are stored stay as they are.
func (d *ddl) addLabel(o *catalog.Object, a *ast.AddValue) error {
	if err := checkLabel(a.Value); err != nil {
		return err
	}
	if labelPlace(o, a.Value) >= 0 {
		e := pgerr.Newf(pgerr.DuplicateObject, "enum label %q already exists", a.Value)
		if a.IfNotExists {
			e.Message += ", skipping"
			d.notices = append(d.notices, e)
			return nil
		}
		return e
	}
	at := len(o.Labels)
	if a.Place != "" {
		if at = labelPlace(o, a.Neighbor); at < 0 {
			return pgerr.Newf(pgerr.InvalidParameterValue, "%q is not an existing enum label", a.Neighbor)
		}
		if a.Place == "AFTER" {
			at++
		}
	}
	order := float32(1)
	switch n := len(o.Labels); {
	case n == 0:
	case at == 0:
		order = o.Labels[0].Order - 1
	case at == n:
		order = o.Labels[n-1].Order + 1
	default:
		before, after := o.Labels[at-1].Order, o.Labels[at].Order
		if order = (before + after) / 2; order == before || order == after {
			return pgerr.Newf(pgerr.ProgramLimitExceeded, "there is no room for another value between %q and %q", o.Labels[at-1].Label, o.Labels[at].Label).
				WithHint("Create another type, and move the columns to it.")
		}
	}
	changed := *o
	changed.Labels = slices.Insert(slices.Clone(o.Labels), at, types.EnumLabel{Order: order, Label: a.Value})
	return d.amendType(&changed, a)
}

// renameLabel is refused where values may be stored: they have the label in them.
func (d *ddl) renameLabel(o *catalog.Object, a *ast.RenameValue) error {
	at := labelPlace(o, a.From)
	switch {
	case at < 0:
		return pgerr.Newf(pgerr.InvalidParameterValue, "%q is not an existing enum label", a.From)
	case labelPlace(o, a.To) >= 0:
		return pgerr.Newf(pgerr.DuplicateObject, "enum label %q already exists", a.To)
	case len(d.change.View().Dependents(o.ID)) > 0 && !d.replay:
		return pgerr.Newf(pgerr.FeatureNotSupported, "cannot rename a value of type %q, which is in use", o.Name).
			WithHint("Add a value, UPDATE the rows, and leave the old value.")
	}
	changed := *o
	changed.Labels = slices.Clone(o.Labels)
	changed.Labels[at].Label = a.To
	return d.amendType(&changed, a)
}

func (d *ddl) amendType(o *catalog.Object, a ast.AlterAction) error {
	made := &ast.Alter{Object: &ast.Object{Kind: "TYPE", Name: d.fullName(o)}, Actions: []ast.AlterAction{a}}
	o.Amendments = append(slices.Clip(o.Amendments), ast.Print(made))
	return d.change.Replace(o)
}

// Enum implements types.Enums: of what the change has made, too.
func (d *ddl) Enum(oid types.OID) (types.Enum, bool) { return d.change.View().Enum(d.path, oid) }

// Enum implements types.Enums, for what runs without a session.
func (e *Engine) Enum(oid types.OID) (types.Enum, bool) {
	return e.Catalog().Enum(catalog.Path{}, oid)
}

// qualifyTypes writes the full names of enums into a statement or a part of one, and gives those that it names. What is not found is left to
// who reads the type.
func qualifyTypes(snapshot *catalog.Snapshot, path catalog.Path, n ast.Node) []catalog.ID {
	var found []catalog.ID
	ast.Walk(n, func(n ast.Node) bool {
		t, ok := n.(*ast.TypeName)
		if !ok || t.Name == nil {
			return true
		}
		parts := nameParts(t.Name)
		if _, builtin := types.LookupName(parts[0]); builtin && len(parts) == 1 {
			return true
		}
		o, err := snapshot.Find(path, catalog.TypeObject, parts)
		if err != nil || o == nil {
			return true
		}
		full := fullName(snapshot, path.Database, o)
		full.Pos = t.Name.Pos
		t.Name = full
		if !slices.Contains(found, o.ID) {
			found = append(found, o.ID)
		}
		return true
	})
	return found
}

// typeText is a type as definitions have it.
func (d *ddl) typeText(t types.Type) string {
	if elem, ok := types.ElemOf(t); ok && types.IsEnum(elem.OID) {
		return d.typeText(elem) + "[]"
	}
	if o := d.change.View().Object(catalog.ID(t.OID)); o != nil && types.IsEnum(t.OID) {
		return d.fullName(o).String()
	}
	return types.FormatType(t)
}

// enumsOf are the enums of columns.
func enumsOf(columns []catalog.Column) []catalog.ID {
	var ids []catalog.ID
	for _, c := range columns {
		oid := c.Type.OID
		if elem, ok := types.ElemOf(c.Type); ok {
			oid = elem.OID
		}
		if types.IsEnum(oid) && !slices.Contains(ids, catalog.ID(oid)) {
			ids = append(ids, catalog.ID(oid))
		}
	}
	return ids
}

// dependOn adds to what an object depends on.
func dependOn(o *catalog.Object, ids ...catalog.ID) {
	o.DependsOn = slices.Clone(o.DependsOn)
	for _, id := range ids {
		if !slices.Contains(o.DependsOn, id) {
			o.DependsOn = append(o.DependsOn, id)
		}
	}
}

// keepsType refuses to drop a type that tables have, or have had, columns of: their definitions name it.
func (d *ddl) keepsType(o *catalog.Object) error {
	for _, id := range d.change.View().Dependents(o.ID) {
		if table := d.change.View().Object(id); table.Kind == catalog.Table || table.Kind == catalog.Sink {
			return pgerr.Newf(pgerr.FeatureNotSupported, "DROP TYPE ... CASCADE is not supported for a type that %s %q has been made with", table.Kind, table.Name).
				WithHint("Drop the %s first.", table.Kind)
		}
	}
	return nil
}
