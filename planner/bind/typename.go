package bind

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// Type resolves a type's name.
func Type(c *Context, t *ast.TypeName) (types.Type, error) { return newBinder(c).typeOf(t) }

// typeOf is typenameType.
func (b *binder) typeOf(t *ast.TypeName) (types.Type, error) {
	pos := int(t.Pos)
	switch {
	case len(t.Struct) > 0 || len(t.Elems) > 0:
		return types.Type{}, unsupported(pos, "type %s is not supported yet", ast.Print(t)).WithHint("Use jsonb instead.")
	case t.PercentType:
		return types.Type{}, unsupported(pos, "%%TYPE is not supported here")
	case t.SetOf:
		return types.Type{}, errAt(pos, pgerr.DatatypeMismatch, "cannot cast to a set")
	}
	typ, err := b.typeByName(t.Name)
	if err != nil {
		if e, ok := err.(*pgerr.Error); ok && len(t.Dims) > 0 && e.Code == pgerr.UndefinedObject { //nolint:errorlint // it is not wrapped
			err = pgerr.Newf(pgerr.UndefinedObject, "type \"%s[]\" does not exist", dotted(t.Name.Parts))
		}
		return typ, place(err, pos)
	}
	if typ.Mod, err = typeMod(typ.OID, t); err != nil {
		return typ, place(err, pos)
	}
	if len(t.Dims) > 0 {
		if isArray(typ.OID) {
			return typ, nil
		}
		array, ok := types.ArrayOf(typ)
		if !ok {
			return typ, errAt(pos, pgerr.UndefinedObject, "type \"%s[]\" does not exist", dotted(t.Name.Parts))
		}
		return array, nil
	}
	return typ, nil
}

func (b *binder) typeByName(n *ast.Name) (types.Type, error) {
	last := string(n.Last())
	missing := pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", dotted(n.Parts))
	if instead, known := typesToCome[last]; known {
		missing = pgerr.Newf(pgerr.FeatureNotSupported, "type %s is not supported", last).WithHint("%s", instead)
	}
	if len(n.Parts) > 1 && n.Parts[len(n.Parts)-2] != "pg_catalog" {
		schema, err := b.Catalog.SchemaOf(b.Path, identStrings(n.Parts[:len(n.Parts)-1]))
		if err != nil {
			return types.Type{}, err
		}
		if t, ok := b.userType(schema.ID, last); ok {
			return t, nil
		}
		if o := b.Catalog.Lookup(schema.ID, catalog.Table, last); o != nil {
			return types.Of(o.ID.RowType()), nil
		}
		return types.Type{}, missing
	}
	info, ok := types.LookupName(last)
	if ok && sqlOnly[last] {
		ok = false // a word that only the grammar turns into a type
	}
	if ok {
		return info, nil
	}
	for _, schema := range b.Path.Schemas {
		if t, ok := b.userType(schema, last); ok {
			return t, nil
		}
	}
	if o, err := b.Catalog.Relation(b.Path, identStrings(n.Parts)); err == nil && o != nil {
		return types.Of(o.ID.RowType()), nil
	}
	return types.Type{}, missing
}

// userType finds an enum, or by _ and its name the arrays of it, in a schema.
func (b *binder) userType(schema catalog.ID, name string) (types.Type, bool) {
	if o := b.Catalog.Lookup(schema, catalog.TypeObject, name); o != nil {
		return types.Of(types.OID(o.ID)), true
	}
	if elem, ok := strings.CutPrefix(name, "_"); ok {
		if o := b.Catalog.Lookup(schema, catalog.TypeObject, elem); o != nil {
			return types.Of(types.EnumArray(types.OID(o.ID))), true
		}
	}
	return types.Type{}, false
}

// sqlOnly are the names that types.LookupName knows beside those of pg_type: quoted they name no type.
var sqlOnly = map[string]bool{
	"boolean": true, "smallint": true, "integer": true, "int": true, "bigint": true, "real": true, "float": true, "decimal": true,
	"dec": true, "character": true,
}

// typeMod is typenameTypeMod.
func typeMod(oid types.OID, t *ast.TypeName) (int32, error) {
	if oid == types.OIDInterval {
		return intervalMod(t)
	}
	if len(t.Mods) == 0 {
		return -1, nil
	}
	args, err := modArgs(t)
	if err != nil {
		return -1, err
	}
	return types.MakeTypmod(oid, args)
}

func modArgs(t *ast.TypeName) ([]int32, error) {
	var args []int32
	for _, m := range t.Mods {
		sign := ""
		if u, ok := m.(*ast.Unary); ok && u.Op.Name == "-" {
			sign, m = "-", u.X
		}
		l, ok := m.(*ast.Literal)
		if !ok {
			return nil, pgerr.New(pgerr.SyntaxError, "type modifiers must be simple constants or identifiers")
		}
		n, err := strconv.ParseInt(sign+l.Text, 10, 32)
		if err != nil {
			return nil, pgerr.Newf(pgerr.InvalidTextRepresentation, "invalid input syntax for type integer: %q", l.Text)
		}
		args = append(args, int32(n))
	}
	return args, nil
}

// intervalFieldBits are the fields that INTERVAL ... TO ... keeps.
var intervalFieldBits = map[string]int32{
	"YEAR": datetime.FieldYear, "MONTH": datetime.FieldMonth, "DAY": datetime.FieldDay, "HOUR": datetime.FieldHour,
	"MINUTE": datetime.FieldMinute, "SECOND": datetime.FieldSecond,
	"YEAR TO MONTH":    datetime.FieldYear | datetime.FieldMonth,
	"DAY TO HOUR":      datetime.FieldDay | datetime.FieldHour,
	"DAY TO MINUTE":    datetime.FieldDay | datetime.FieldHour | datetime.FieldMinute,
	"DAY TO SECOND":    datetime.FieldDay | datetime.FieldHour | datetime.FieldMinute | datetime.FieldSecond,
	"HOUR TO MINUTE":   datetime.FieldHour | datetime.FieldMinute,
	"HOUR TO SECOND":   datetime.FieldHour | datetime.FieldMinute | datetime.FieldSecond,
	"MINUTE TO SECOND": datetime.FieldMinute | datetime.FieldSecond,
}

func intervalMod(t *ast.TypeName) (int32, error) {
	precision := int32(-1)
	if len(t.Mods) > 0 {
		args, err := modArgs(t)
		if err != nil {
			return -1, err
		}
		if len(args) != 1 {
			return -1, pgerr.New(pgerr.InvalidParameterValue, "invalid INTERVAL type modifier")
		}
		if precision = args[0]; precision < 0 {
			return -1, pgerr.Newf(pgerr.InvalidParameterValue, "INTERVAL(%d) precision must not be negative", precision)
		}
		precision = min(precision, datetime.MaxPrecision)
	}
	if t.Fields == "" && precision < 0 {
		return -1, nil
	}
	return datetime.IntervalTypmod(intervalFieldBits[t.Fields], precision), nil
}

// typesToCome are PostgreSQL's types that are not built, with what to use instead.
var typesToCome = func() map[string]string {
	m := map[string]string{"money": "Use numeric.", "xml": "Use text."}
	for hint, names := range map[string][]string{
		"Use text: addresses then compare as they are written.": {"inet", "cidr", "macaddr", "macaddr8"},
		"Use bytea, or text of zeros and ones.":                 {"bit", "varbit"},
		"Use two columns, for the lower and the upper end.": {
			"int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "int4multirange", "int8multirange", "nummultirange",
			"tsmultirange", "tstzmultirange", "datemultirange",
		},
		"Use columns of double precision for the coordinates.": {"point", "line", "lseg", "box", "path", "polygon", "circle"},
		"Use text, and LIKE or a regular expression.":          {"tsvector", "tsquery"},
	} {
		for _, name := range names {
			m[name] = hint
		}
	}
	return m
}()
