package fn

import "github.com/freshetdb/freshet/sql/types"

// IsPolymorphic tells whether a type stands for others: anyelement and its relatives, and any.
func IsPolymorphic(oid types.OID) bool {
	switch oid {
	case types.OIDAny, types.OIDAnyElement, types.OIDAnyArray, types.OIDAnyNonArray, types.OIDAnyEnum,
		types.OIDAnyCompatible, types.OIDAnyCompatibleArray, types.OIDAnyCompatibleNonArray:
		return true
	default:
		return false
	}
}

// ResultOf is the type of a call's result with arguments of these types, which are those that the arguments have after the binder's
// casts.
func (f *Function) ResultOf(args []types.Type) types.Type {
	if f.ResultType != nil {
		return f.ResultType(args)
	}
	return resultOf(f.Result, f.Args, args)
}

// resultOf replaces a polymorphic type by what the arguments make of it.
func resultOf(result types.OID, declared []types.OID, args []types.Type) types.Type {
	if !IsPolymorphic(result) || result == types.OIDAny {
		return types.Of(result)
	}
	wantsArray := result == types.OIDAnyArray || result == types.OIDAnyCompatibleArray
	for i, arg := range args {
		oid := declared[min(i, len(declared)-1)]
		isArray := oid == types.OIDAnyArray || oid == types.OIDAnyCompatibleArray
		if !IsPolymorphic(oid) || oid == types.OIDAny || isCompatible(oid) != isCompatible(result) {
			continue
		}
		t := types.Of(arg.OID)
		switch {
		case isArray == wantsArray:
			return t
		case isArray:
			if elem, ok := types.ElemOf(t); ok {
				return elem
			}
		default:
			if array, ok := types.ArrayOf(t); ok {
				return array
			}
		}
	}
	return types.Of(types.OIDText)
}

func isCompatible(oid types.OID) bool {
	return oid == types.OIDAnyCompatible || oid == types.OIDAnyCompatibleArray || oid == types.OIDAnyCompatibleNonArray
}
