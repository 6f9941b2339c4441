package fn

import (
	"strings"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/types"
)

// The tables of functions say a function's arguments and result as a line:
//
//	lpad(text, int4, text) text
//	make_interval(years int4 = 0, months int4 = 0) interval
//	concat(variadic any) text
//
// with the types' names as pg_type has them.

// def makes a function of such a line.
func def(signature string, kernel Kernel, doc string, examples ...string) *Function {
	name, args, result := cutSignature(signature)
	f := &Function{Name: name, Result: typeNamed(result), Kernel: kernel, Doc: doc, Examples: examples, Monotone: -1}
	f.Args, f.ArgNames, f.Defaults, f.Variadic = parseArgs(args)
	return f
}

func cutSignature(signature string) (name, args, result string) {
	name, rest, _ := strings.Cut(signature, "(")
	args, result, ok := strings.Cut(rest, ")")
	invariants.Assertf(ok, "no signature: %s", signature)
	return name, args, strings.TrimSpace(result)
}

func parseArgs(list string) (oids []types.OID, names []string, defaults []types.Value, variadic bool) {
	if list == "" {
		return nil, nil, nil, false
	}
	named := false
	for _, arg := range strings.Split(list, ", ") {
		arg, value, hasDefault := strings.Cut(arg, " = ")
		arg, variadic = strings.CutPrefix(arg, "variadic ")
		name, typ, ok := strings.Cut(arg, " ")
		if !ok {
			name, typ = "", arg
		}
		named = named || ok
		oid := typeNamed(typ)
		oids, names = append(oids, oid), append(names, name)
		if hasDefault {
			v, err := types.Parse(types.Of(oid), value, types.DefaultSettings)
			invariants.Assertf(err == nil, "default of %s: %v", arg, err)
			defaults = append(defaults, v)
		}
	}
	if !named {
		names = nil
	}
	return oids, names, defaults, variadic
}

// typeNamed is the type of a name in a signature.
func typeNamed(name string) types.OID {
	elem, array := strings.CutSuffix(name, "[]")
	if elem == "char" {
		return types.OIDChar
	}
	t, ok := types.LookupName(elem)
	if ok && array {
		t, ok = types.ArrayOf(t)
	}
	invariants.Assertf(ok, "a function with type %s", name)
	return t.OID
}

// The modifiers of def's and op's results.

func (f *Function) stable() *Function {
	f.Volatility = Stable
	return f
}

func (f *Function) volatile() *Function {
	f.Volatility = Volatile
	return f
}

// nulls says that the kernel sees nulls.
func (f *Function) nulls() *Function {
	f.NullCall = true
	return f
}

// rising says that the function is monotone in an argument, if cond holds (nil: always).
func (f *Function) rising(arg int, cond func(args []types.Value, s *types.Settings) bool) *Function {
	f.Monotone, f.MonotoneIf = arg, cond
	return f
}

// op makes the operator left symbol right, or the prefix operator symbol right where left is "". A signature without a name:
// op("||", "text", "text", "text", ...).
func op(symbol, left, right, result string, kernel Kernel, doc string, examples ...string) *Operator {
	f := &Function{Name: symbol, Result: typeNamed(result), Kernel: kernel, Doc: doc, Examples: examples, Monotone: -1}
	o := &Operator{Symbol: symbol, Right: typeNamed(right), Function: f}
	if left != "" {
		o.Left = typeNamed(left)
		f.Args = append(f.Args, o.Left)
	}
	f.Args = append(f.Args, o.Right)
	return o
}

// with applies modifiers to an operator's function.
func (o *Operator) with(change func(*Function) *Function) *Operator {
	change(o.Function)
	return o
}
