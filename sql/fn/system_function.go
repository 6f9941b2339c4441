package fn

import (
	"strings"
	"sync"

	"github.com/freshetdb/freshet/sql/types"
)

// described is what pg_get_function_arguments() and its relatives say about a function.
type described struct{ arguments, identity, result string }

// descriptions are those of a registry's functions, by OID.
func descriptions(r *Registry) map[types.OID]described {
	all := map[types.OID]described{}
	for _, f := range r.All() {
		identity := argumentList(f.Args, f.ArgNames, nil, f.Variadic)
		all[types.OID(f.OID)] = described{argumentList(f.Args, f.ArgNames, f.Defaults, f.Variadic), identity, types.FormatType(types.Of(f.Result))}
	}
	for _, f := range r.AllTableFunctions() {
		arguments := argumentList(f.Args, f.ArgNames, nil, f.Variadic)
		d := described{arguments, arguments, "SETOF record"}
		if len(f.Columns) == 1 {
			d.result = "SETOF " + types.FormatType(types.Of(f.Columns[0].Type))
		} else {
			for _, c := range f.Columns {
				d.arguments = strings.TrimPrefix(d.arguments+", OUT "+c.Name+" "+types.FormatType(types.Of(c.Type)), ", ")
			}
		}
		all[types.OID(f.OID)] = d
	}
	return all
}

// argumentList writes arguments as CREATE FUNCTION does.
func argumentList(args []types.OID, names []string, defaults []types.Value, variadic bool) string {
	list := make([]string, len(args))
	for i, oid := range args {
		t := types.Of(oid)
		last := variadic && i == len(args)-1
		if last && oid != types.OIDAny {
			if array, ok := types.ArrayOf(t); ok {
				t = array
			}
		}
		list[i] = types.FormatType(t)
		if i < len(names) && names[i] != "" {
			list[i] = string(AppendIdent(nil, names[i])) + " " + list[i]
		}
		if last {
			list[i] = "VARIADIC " + list[i]
		}
		if k := i - (len(args) - len(defaults)); k >= 0 {
			list[i] += " DEFAULT " + types.Text(types.Of(oid), defaults[k], types.DefaultSettings)
		}
	}
	return strings.Join(list, ", ")
}

// describe makes the kernel of a function about a function; those that are not built in have no description here.
func describe(all func() map[types.OID]described, part func(d described) string) Kernel {
	return perRow(func(c *Call, i int) error {
		d, ok := all()[c.oid(0, i)]
		if !ok {
			c.putNull()
			return nil
		}
		c.putText(part(d))
		return nil
	})
}

func functionFunctions(r *Registry) []*Function {
	all := sync.OnceValue(func() map[types.OID]described { return descriptions(r) })
	return []*Function{
		def("pg_get_function_arguments(oid) text", describe(all, func(d described) string { return d.arguments }), "the arguments of a function, with their defaults", "pg_get_function_arguments(873) → text, integer, text").stable(),
		def("pg_get_function_identity_arguments(oid) text", describe(all, func(d described) string { return d.identity }), "the arguments of a function, without their defaults", "pg_get_function_identity_arguments(870) → text").stable(),
		def("pg_get_function_result(oid) text", describe(all, func(d described) string { return d.result }), "the type of a function's result", "pg_get_function_result(1317) → integer").stable(),
	}
}
