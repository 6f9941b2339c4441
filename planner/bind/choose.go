package bind

import (
	"slices"

	"github.com/freshetdb/freshet/sql/types"
)

// This file is the choice between overloads: func_match_argtypes and func_select_candidate of parse_func.c.

// matching are the candidates whose arguments all become what they declare, without being asked.
func matching[T any](input []types.OID, all []T, args func(T) []types.OID) []T {
	var out []T
	for _, c := range all {
		if canCoerce(input, args(c), types.Implicit) {
			out = append(out, c)
		}
	}
	return out
}

// choose picks the best of several candidates that all match; ok is false if none is.
func choose[T any](input []types.OID, all []T, args func(T) []types.OID) (best T, ok bool) {
	unknowns := 0
	for _, t := range input {
		if t == types.OIDUnknown {
			unknowns++
		}
	}
	all = mostBy(all, func(c T) int {
		return count(input, args(c), func(in, arg types.OID) bool { return in != types.OIDUnknown && in == arg })
	})
	if len(all) == 1 {
		return all[0], true
	}
	// Still too many: those with the most preferred types where a conversion is needed.
	all = mostBy(all, func(c T) int {
		return count(input, args(c), func(in, arg types.OID) bool {
			return in != types.OIDUnknown && (in == arg || isPreferredOf(category(in), arg))
		})
	})
	if len(all) == 1 {
		return all[0], true
	}
	if unknowns == 0 {
		return best, false
	}
	narrowed := byCategory(input, all, args)
	if len(narrowed) == 1 {
		return narrowed[0], true
	}
	return byKnownType(input, unknowns, narrowed, args)
}

func isPreferredOf(cat byte, arg types.OID) bool { return preferred(arg) && category(arg) == cat }

func count(input, args []types.OID, good func(in, arg types.OID) bool) int {
	n := 0
	for i, in := range input {
		if good(in, args[i]) {
			n++
		}
	}
	return n
}

// mostBy keeps the candidates with the highest score.
func mostBy[T any](all []T, score func(T) int) []T {
	best := -1
	var out []T
	for _, c := range all {
		switch n := score(c); {
		case n > best:
			best, out = n, []T{c}
		case n == best:
			out = append(out, c)
		}
	}
	return out
}

// byCategory decides where constants of unknown type are: the string category wins if any candidate has it there, else the one that
// all have; and in it a preferred type.
func byCategory[T any](input []types.OID, all []T, args func(T) []types.OID) (out []T) {
	slots := make([]byte, len(input))
	wantPreferred := make([]bool, len(input))
	for i, in := range input {
		if in != types.OIDUnknown {
			continue
		}
		first := true
		conflict := false
		for _, c := range all {
			arg := args(c)[i]
			cat, pref := category(arg), preferred(arg)
			switch {
			case first:
				slots[i], wantPreferred[i], first = cat, pref, false
			case cat == slots[i]:
				wantPreferred[i] = wantPreferred[i] || pref
			case cat == 'S':
				slots[i], wantPreferred[i] = cat, pref
			default:
				conflict = true
			}
		}
		if conflict && slots[i] != 'S' {
			return all
		}
	}
	for _, c := range all {
		keep := true
		for i, in := range input {
			if in != types.OIDUnknown {
				continue
			}
			arg := args(c)[i]
			if category(arg) != slots[i] || wantPreferred[i] && !preferred(arg) {
				keep = false
			}
		}
		if keep {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

// byKnownType is the last resort: if all arguments with a type have the same, the unknown ones are taken to have it too.
func byKnownType[T any](input []types.OID, unknowns int, all []T, args func(T) []types.OID) (best T, ok bool) {
	if unknowns == len(input) {
		return best, false
	}
	known := types.OIDUnknown
	for _, in := range input {
		switch {
		case in == types.OIDUnknown:
		case known == types.OIDUnknown:
			known = in
		case known != in:
			return best, false
		}
	}
	same := make([]types.OID, len(input))
	for i := range same {
		same[i] = known
	}
	fit := slices.DeleteFunc(slices.Clone(all), func(c T) bool { return !canCoerce(same, args(c), types.Implicit) })
	if len(fit) == 1 {
		return fit[0], true
	}
	return best, false
}
