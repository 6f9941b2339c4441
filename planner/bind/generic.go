package bind

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is the part of parse_coerce.c about polymorphic types.

// generic is what the polymorphic types of one call stand for.
type generic struct {
	elem, array     types.OID // anyelement and anyarray; 0: not known
	compatible      types.OID // anycompatible
	compatibleArray types.OID
	usesElem        bool
	usesCompatible  bool
	unknownElem     bool
}

func elemOf(array types.OID) types.OID {
	t, ok := types.ElemOf(types.Of(array))
	if !ok {
		return 0
	}
	return t.OID
}

func arrayOf(elem types.OID) types.OID {
	t, ok := types.ArrayOf(types.Of(elem))
	if !ok {
		return 0
	}
	return t.OID
}

// checkGeneric is check_generic_type_consistency: whether the arguments agree about what the polymorphic types stand for.
func checkGeneric(actual, declared []types.OID) bool {
	_, err := solveGeneric(actual, declared)
	return err == nil
}

// solveGeneric finds what the polymorphic types of a call stand for. Types of unknown constants follow from the others.
func solveGeneric(actual, declared []types.OID) (g generic, err *pgerr.Error) {
	var compatible []types.OID
	nonArray := false
	for i, d := range declared {
		a := actual[i]
		switch d {
		case types.OIDAnyElement, types.OIDAnyNonArray, types.OIDAnyEnum:
			g.usesElem = true
			nonArray = nonArray || d == types.OIDAnyNonArray
			if a == types.OIDUnknown {
				g.unknownElem = true
				continue
			}
			if g.elem != 0 && g.elem != a {
				return g, pgerr.New(pgerr.DatatypeMismatch, `arguments declared "anyelement" are not all alike`).WithDetail("%s versus %s", typeNameOf(g.elem), typeNameOf(a))
			}
			if d == types.OIDAnyEnum && !types.IsEnum(a) {
				return g, pgerr.New(pgerr.DatatypeMismatch, `type is not an enum`)
			}
			g.elem = a
		case types.OIDAnyArray:
			g.usesElem = true
			if a == types.OIDUnknown {
				g.unknownElem = true
				continue
			}
			if g.array != 0 && g.array != a {
				return g, pgerr.New(pgerr.DatatypeMismatch, `arguments declared "anyarray" are not all alike`).WithDetail("%s versus %s", typeNameOf(g.array), typeNameOf(a))
			}
			g.array = a
		case types.OIDAnyCompatible, types.OIDAnyCompatibleNonArray:
			g.usesCompatible = true
			if a != types.OIDUnknown {
				compatible = append(compatible, a)
			}
		case types.OIDAnyCompatibleArray:
			g.usesCompatible = true
			if a == types.OIDUnknown {
				continue
			}
			e := elemOf(a)
			if e == 0 {
				return g, pgerr.Newf(pgerr.DatatypeMismatch, "argument declared anycompatiblearray is not an array but type %s", typeNameOf(a))
			}
			compatible = append(compatible, e)
		default:
		}
	}
	if g.array != 0 && g.array != types.OIDAnyArray {
		e := elemOf(g.array)
		if e == 0 {
			return g, pgerr.Newf(pgerr.DatatypeMismatch, "argument declared anyarray is not an array but type %s", typeNameOf(g.array))
		}
		if g.elem == 0 {
			g.elem = e
		} else if g.elem != e {
			return g, pgerr.New(pgerr.DatatypeMismatch, `argument declared anyarray is not consistent with argument declared anyelement`).
				WithDetail("%s versus %s", typeNameOf(g.array), typeNameOf(g.elem))
		}
	}
	if nonArray && g.elem != 0 && isArray(g.elem) {
		return g, pgerr.Newf(pgerr.DatatypeMismatch, "type matched to anynonarray is an array type: %s", typeNameOf(g.elem))
	}
	if g.elem != 0 && g.array == 0 {
		g.array = arrayOf(g.elem)
	}
	return g, g.solveCompatible(compatible)
}

// solveCompatible is select_common_type_from_oids for the anycompatible family.
func (g *generic) solveCompatible(list []types.OID) *pgerr.Error {
	if !g.usesCompatible {
		return nil
	}
	g.compatible = types.OIDText
	if len(list) > 0 {
		var xs []scalar
		for _, oid := range list {
			xs = append(xs, at(nullOf(types.Of(oid)), 0))
		}
		oid, err := (*binder)(nil).commonType(xs, "") // without a context no type is named
		if err != nil || oid == 0 {
			return pgerr.New(pgerr.DatatypeMismatch, "arguments of anycompatible family cannot be cast to a common type")
		}
		for _, l := range list {
			if !canCoerce([]types.OID{l}, []types.OID{oid}, types.Implicit) {
				return pgerr.New(pgerr.DatatypeMismatch, "arguments of anycompatible family cannot be cast to a common type")
			}
		}
		g.compatible = oid
	}
	g.compatibleArray = arrayOf(g.compatible)
	return nil
}

// of is the type that a declared type stands for; unknown where nothing says it.
func (g *generic) of(declared types.OID) types.OID {
	or := func(oid types.OID) types.OID {
		if oid == 0 {
			return types.OIDUnknown
		}
		return oid
	}
	switch declared {
	case types.OIDAnyElement, types.OIDAnyNonArray, types.OIDAnyEnum:
		return or(g.elem)
	case types.OIDAnyArray:
		return or(g.array)
	case types.OIDAnyCompatible, types.OIDAnyCompatibleNonArray:
		return or(g.compatible)
	case types.OIDAnyCompatibleArray:
		return or(g.compatibleArray)
	default:
		return declared
	}
}

// enforceGeneric is enforce_generic_type_consistency: the declared types of a call with the polymorphic ones replaced.
func enforceGeneric(actual, declared []types.OID, pos int) ([]types.OID, error) {
	polymorphic := false
	for _, d := range declared {
		polymorphic = polymorphic || fn.IsPolymorphic(d) && d != types.OIDAny
	}
	if !polymorphic {
		return declared, nil
	}
	g, err := solveGeneric(actual, declared)
	if err != nil {
		return nil, err
	}
	if g.usesElem && g.elem == 0 && g.array == 0 {
		return nil, errAt(0, pgerr.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
	}
	out := make([]types.OID, len(declared))
	for i, d := range declared {
		out[i] = g.of(d)
	}
	return out, nil
}
