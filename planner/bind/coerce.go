package bind

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is PostgreSQL's parse_coerce.c: which types become which others, and the expressions that make them so.

// typeNameOf is format_type_be.
func typeNameOf(oid types.OID) string {
	if oid == types.OIDBPChar {
		return "character"
	}
	return types.FormatType(types.Of(oid))
}

// rowTypeName is typeNameOf for types that may be those of a relation's rows.
func (b *binder) rowTypeName(oid types.OID) string {
	if id, array, ok := catalog.RelationOfRowType(oid); ok {
		if o := b.Catalog.Object(id); o != nil {
			return b.Catalog.DisplayName(b.Path, o) + map[bool]string{true: "[]"}[array]
		}
	}
	if elem, ok := types.ElemOf(types.Of(oid)); ok && types.IsEnum(elem.OID) {
		return b.rowTypeName(elem.OID) + "[]"
	}
	if o := b.Catalog.Object(catalog.ID(oid)); o != nil && o.Kind == catalog.TypeObject {
		return b.Catalog.DisplayName(b.Path, o)
	}
	return typeNameOf(oid)
}

// nameOf is rowTypeName of a type with its modifier left out.
func (b *binder) nameOf(t types.Type) string { return b.rowTypeName(t.OID) }

func category(oid types.OID) byte {
	if i, ok := types.Lookup(oid); ok {
		return i.Category
	}
	if isRowType(oid) {
		return 'C'
	}
	return 'X'
}

func preferred(oid types.OID) bool {
	i, ok := types.Lookup(oid)
	return ok && i.Preferred
}

// isRowType tells whether a type is that of a relation's rows, or record.
func isRowType(oid types.OID) bool { return oid == types.OIDRecord || oid&(1<<31) != 0 }

func isArray(oid types.OID) bool {
	i, ok := types.Lookup(oid)
	return ok && i.Elem != 0 && i.Name[0] == '_'
}

// findCast is types.FindCast with row types, which are record.
func findCast(from, to types.OID) (types.Cast, bool) {
	if from == to {
		return types.Cast{From: from, To: to, Context: types.Implicit, Method: types.Binary}, true
	}
	if isRowType(from) && to == types.OIDRecord {
		return types.Cast{From: from, To: to, Context: types.Implicit, Method: types.Binary}, true
	}
	if isRowType(from) && category(to) == 'S' {
		return types.Cast{From: from, To: to, Context: types.Assignment, Method: types.ThroughText}, true
	}
	return types.FindCast(from, to)
}

// canCoerce is can_coerce_type: whether each of the types becomes its target in the context.
func canCoerce(from, to []types.OID, context types.CastContext) bool {
	polymorphic := false
	for i, f := range from {
		t := to[i]
		switch {
		case f == t || t == types.OIDAny:
			continue
		case fn.IsPolymorphic(t):
			polymorphic = true
			continue
		case f == types.OIDUnknown:
			continue
		case t == types.OIDRecord && isRowType(f):
			continue
		}
		c, ok := findCast(f, t)
		if !ok || c.Context > context {
			return false
		}
	}
	return !polymorphic || checkGeneric(from, to)
}

// coerceToTarget is coerce_to_target_type: x as a value of a type with its modifier; ok is false if there is no way in the context.
// pos is where the cast stands, 0 for one that is not written.
func (b *binder) coerceToTarget(x scalar, to types.Type, context types.CastContext, pos int) (_ scalar, ok bool, err error) {
	if !canCoerce([]types.OID{x.oid()}, []types.OID{to.OID}, context) {
		return x, false, nil
	}
	x, err = b.coerce(x, to, context, pos)
	return x, true, err
}

// coerce is coerce_type and coerce_type_typmod: x becomes a value of the type, which canCoerce has said is possible.
func (b *binder) coerce(x scalar, to types.Type, context types.CastContext, pos int) (scalar, error) {
	from := x.Type()
	explicit := context == types.Explicit
	switch {
	case from == to, to.OID == types.OIDAny:
		return x, nil
	case fn.IsPolymorphic(to.OID):
		if from.OID == types.OIDUnknown {
			return b.resolveUnknown(x)
		}
		return x, nil
	case from.OID == types.OIDUnknown:
		return b.coerceUnknown(x, to, explicit, pos)
	case isRowType(from.OID) && to.OID == types.OIDRecord:
		return x, nil
	}
	if from.OID == to.OID && to.Mod < 0 {
		if context != types.Explicit {
			return x, nil
		}
		if c := x.literal(); c != nil {
			return at(&plan.Const{Typ: to, Value: c.Value}, leftmost(pos, x)), nil
		}
	}
	return at(b.castCall(x.value(b), to, explicit, pos), leftmost(pos, x)), nil
}

// castCall is the call of the cast's function.
func (b *binder) castCall(e plan.Expr, to types.Type, explicit bool, pos int) plan.Expr {
	from := e.Type()
	if isRowType(from.OID) {
		from = types.Of(types.OIDRecord)
	}
	f, _, ok := b.Functions.Cast(from, to, explicit)
	if !ok {
		return nullOf(to) // canCoerce has asked the same table
	}
	if c, ok := e.(*plan.Const); ok && c.Value.Null {
		return nullOf(to)
	}
	return &plan.Call{Function: f, Args: []plan.Expr{e}, Typ: to, Pos: pos}
}

// coerceUnknown gives a constant without a type, or a parameter, its type.
func (b *binder) coerceUnknown(x scalar, to types.Type, explicit bool, pos int) (scalar, error) {
	switch e := x.Expr.(type) {
	case *plan.Const:
		if e.Value.Null {
			return at(nullOf(to), x.pos), nil
		}
		v, err := b.input(e, to, explicit)
		if err != nil {
			return x, place(err, x.pos)
		}
		if v == nil {
			text := &plan.Const{Typ: types.Of(types.OIDText), Value: e.Value}
			return at(b.castCall(text, to, explicit, pos), leftmost(pos, x)), nil
		}
		return at(&plan.Const{Typ: to, Value: *v}, leftmost(pos, x)), nil
	case *plan.Param:
		return b.coerceParam(x, e, to, explicit, pos)
	default:
		// A column of type unknown, which PostgreSQL has none of either: through its text.
		return at(b.castCall(e, to, explicit, pos), x.pos), nil
	}
}

// input reads a constant by the input function of its type. It is nil for what is to be read when the statement runs: names of objects
// where nobody knows them, and values that do not fit the type's modifier.
func (b *binder) input(e *plan.Const, to types.Type, explicit bool) (*types.Value, error) {
	base := types.Of(to.OID)
	if to.OID == types.OIDInterval {
		base = to
	}
	text := string(e.Value.Bytes)
	if types.IsReg(to.OID) && b.settings().Names == nil {
		return nil, nil
	}
	settings := b.settings()
	if types.IsEnum(to.OID) || types.IsEnumArray(to.OID) {
		known := *settings
		known.Enums = enums{b}
		settings = &known
	}
	v, err := types.Parse(base, text, settings)
	if err != nil {
		return nil, err
	}
	b.tellLiteral(e, base, v, settings)
	if base != to {
		if v, err = types.ApplyTypmod(v, to, explicit); err != nil {
			return nil, nil //nolint:nilerr // the cast fails when it runs, as in PostgreSQL
		}
	}
	return &v, nil
}

// enums are those of the catalog that a statement is bound in.
type enums struct{ b *binder }

// Enum implements types.Enums.
func (e enums) Enum(oid types.OID) (types.Enum, bool) {
	return e.b.Catalog.Enum(e.b.Path, oid)
}

// resolveUnknown makes what still has no type text.
func (b *binder) resolveUnknown(x scalar) (scalar, error) {
	if x.isUnknown() {
		return b.coerceUnknown(x, types.Of(types.OIDText), false, 0)
	}
	return x, nil
}

// coerceToBoolean is coerce_to_boolean: the value of a condition.
func (b *binder) coerceToBoolean(x scalar, construct string) (scalar, error) {
	return b.coerceToSpecific(x, plan.Bool, construct)
}

// coerceToSpecific is coerce_to_specific_type.
func (b *binder) coerceToSpecific(x scalar, t types.Type, construct string) (scalar, error) {
	from := x.Type()
	if from.OID == t.OID {
		return x, nil
	}
	y, ok, err := b.coerceToTarget(x, t, types.Assignment, 0)
	if err != nil {
		return x, err
	}
	if !ok {
		return x, errAt(x.pos, pgerr.DatatypeMismatch, "argument of %s must be type %s, not type %s", construct, b.nameOf(t), b.nameOf(from))
	}
	return y, nil
}

// commonType is select_common_type: the type that all expressions become in a UNION, CASE, VALUES or the like. context names it for
// errors; without one the type is 0 if there is none.
func (b *binder) commonType(list []scalar, context string) (types.OID, error) {
	first := list[0]
	pt := first.oid()
	if pt != types.OIDUnknown {
		same := true
		for _, x := range list[1:] {
			same = same && x.oid() == pt
		}
		if same {
			return pt, nil
		}
	}
	pcat, ppref := category(pt), preferred(pt)
	for _, x := range list[1:] {
		nt := x.oid()
		if nt == types.OIDUnknown || nt == pt {
			continue
		}
		ncat, npref := category(nt), preferred(nt)
		switch {
		case pt == types.OIDUnknown:
			pt, pcat, ppref = nt, ncat, npref
		case ncat != pcat:
			if context == "" {
				return 0, nil
			}
			return 0, errAt(x.pos, pgerr.DatatypeMismatch, "%s types %s and %s cannot be matched", context, b.rowTypeName(pt), b.rowTypeName(nt))
		case !ppref && canCoerce([]types.OID{pt}, []types.OID{nt}, types.Implicit) && !canCoerce([]types.OID{nt}, []types.OID{pt}, types.Implicit):
			pt, pcat, ppref = nt, ncat, npref
		}
	}
	if pt == types.OIDUnknown {
		pt = types.OIDText
	}
	return pt, nil
}

// coerceToCommon is coerce_to_common_type.
func (b *binder) coerceToCommon(x scalar, oid types.OID, context string) (scalar, error) {
	if x.oid() == oid {
		return x, nil
	}
	if !canCoerce([]types.OID{x.oid()}, []types.OID{oid}, types.Implicit) {
		return x, errAt(x.pos, pgerr.CannotCoerce, "%s could not convert type %s to %s", context, b.nameOf(x.Type()), b.rowTypeName(oid))
	}
	return b.coerce(x, types.Of(oid), types.Implicit, 0)
}

// commonMod is select_common_typmod: the modifier, if all have the type and the same one.
func commonMod(list []scalar, oid types.OID) int32 {
	mod := list[0].Type().Mod
	for _, x := range list {
		if x.oid() != oid || x.Type().Mod != mod {
			return -1
		}
	}
	return mod
}

// common makes the expressions all of one type, in place.
func (b *binder) common(list []scalar, context string) (types.Type, error) {
	oid, err := b.commonType(list, context)
	if err != nil {
		return types.Type{}, err
	}
	for i, x := range list {
		if list[i], err = b.coerceToCommon(x, oid, context); err != nil {
			return types.Type{}, err
		}
	}
	return types.Type{OID: oid, Mod: commonMod(list, oid)}, nil
}
