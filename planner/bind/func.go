package bind

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is PostgreSQL's parse_func.c: which function a call means.

// candidate is a function as one call could use it. One of function, table, aggregate and window is set.
type candidate struct {
	// args are the declared types of the arguments as they are written; order says which parameter each is, nil if they are in order.
	args      []types.OID
	order     []int
	function  *fn.Function
	table     *fn.TableFunction
	aggregate *fn.Aggregate
	window    string
	variadic  bool
}

func candidateArgs(c *candidate) []types.OID { return c.args }

// call is a call while it is bound.
type call struct {
	*ast.FuncCall
	name   string
	args   []scalar
	names  []string // of the arguments, "" for those without one
	filter scalar
}

// funcCall is transformFuncCall and ParseFuncOrColumn.
func (s *scope) funcCall(e *ast.FuncCall) (scalar, error) {
	if x, err := s.b.flinkCall(e); x != nil || err != nil {
		if err != nil {
			return scalar{}, err
		}
		return s.bind(x)
	}
	c, err := s.bindCall(e)
	if err != nil {
		return scalar{}, err
	}
	f, x, err := s.resolve(c)
	if err != nil || f == nil {
		return x, err
	}
	switch {
	case f.aggregate != nil && e.Over == nil:
		return s.aggregateCall(c, f)
	case f.aggregate != nil || f.window != "":
		return s.windowCall(c, f)
	}
	if err := s.checkPlainCall(c, f); err != nil {
		return scalar{}, err
	}
	if f.table != nil {
		return s.setCall(c, f)
	}
	args, declared := f.arrange(c.args)
	x2, err := s.b.call(f.function, declared, args, int(e.Pos))
	if err != nil {
		return scalar{}, err
	}
	return at(x2, leftmost(int(e.Pos), c.args...)), nil
}

// maxArgs is how many arguments a call may have (FUNC_MAX_ARGS).
const maxArgs = 100

// bindCall binds the arguments of a call.
func (s *scope) bindCall(e *ast.FuncCall) (*call, error) {
	c := &call{FuncCall: e, name: string(e.Name.Last())}
	for _, a := range e.Args {
		x, err := s.bind(a.Value)
		if err != nil {
			return nil, err
		}
		c.args, c.names = append(c.args, x), append(c.names, string(a.Name))
	}
	if e.WithinGroup {
		for _, o := range e.OrderBy {
			x, err := s.bind(o.X)
			if err != nil {
				return nil, err
			}
			c.args, c.names = append(c.args, x), append(c.names, "")
		}
	}
	if len(c.args) > maxArgs {
		return nil, errAt(int(e.Pos), pgerr.TooManyArguments, "cannot pass more than %d arguments to a function", maxArgs)
	}
	if err := checkArgNames(c); err != nil {
		return nil, err
	}
	if e.Filter != nil {
		err := s.in(kindFilter, func() (err error) {
			c.filter, err = s.condition(e.Filter, "FILTER")
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func checkArgNames(c *call) error {
	seen := map[string]bool{}
	for i, a := range c.Args {
		switch {
		case a.Name == "":
			if len(seen) > 0 {
				return errAt(c.args[i].pos, pgerr.SyntaxError, "positional argument cannot follow named argument")
			}
		case seen[string(a.Name)]:
			return errAt(int(a.Pos), pgerr.SyntaxError, "argument name %q used more than once", string(a.Name))
		default:
			seen[string(a.Name)] = true
		}
	}
	return nil
}

// resolve finds what a call means. A call that is another way to write a cast gives its expression.
func (s *scope) resolve(c *call) (*candidate, scalar, error) {
	pos := int(c.Pos)
	if err := s.b.checkFunctionSchema(c); err != nil {
		return nil, scalar{}, err
	}
	input := make([]types.OID, len(c.args))
	for i, a := range c.args {
		input[i] = a.oid()
	}
	all := s.b.candidates(c)
	for _, f := range all {
		if slices.Equal(f.args, input) {
			return f, scalar{}, nil
		}
	}
	if x, ok, err := s.castByCall(c); ok || err != nil {
		return nil, x, err
	}
	fit := matching(input, all, candidateArgs)
	switch {
	case len(fit) == 1:
		return fit[0], scalar{}, nil
	case len(fit) > 1:
		if f, ok := choose(input, fit, candidateArgs); ok {
			return f, scalar{}, nil
		}
		return nil, scalar{}, errAt(pos, pgerr.AmbiguousFunction, "function %s is not unique", s.b.signature(c)).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
	}
	if len(c.args) == 1 && c.args[0].row != nil && len(c.Name.Parts) == 1 { // f(row) is row.f
		if x, err := s.field(c.args[0], c.name, pos); err == nil {
			return nil, x, nil
		}
	}
	return nil, scalar{}, s.b.missing(c)
}

// signature is the call as messages name it.
func (b *binder) signature(c *call) string {
	var list []string
	for i, a := range c.args {
		t := b.rowTypeName(a.oid())
		if c.names[i] != "" {
			t = c.names[i] + " => " + t
		}
		list = append(list, t)
	}
	return dotted(c.Name.Parts) + "(" + strings.Join(list, ", ") + ")"
}

// functionsToCome are functions of PostgreSQL that take their columns from the query or from a type, with what to write instead.
var functionsToCome = map[string]string{
	"json_to_record": jsonInstead, "jsonb_to_record": jsonInstead, "json_to_recordset": jsonInstead, "jsonb_to_recordset": jsonInstead,
	"json_populate_record": jsonInstead, "jsonb_populate_record": jsonInstead, "json_populate_recordset": jsonInstead,
	"jsonb_populate_recordset": jsonInstead,
}

const jsonInstead = "Take the fields with ->>, of each of jsonb_array_elements() if there are several, and cast them."

// notYet is the error about what PostgreSQL has, by a name that is not found otherwise.
func notYet(c *call) error {
	switch {
	case c.WithinGroup && slices.Contains([]string{"rank", "dense_rank", "percent_rank", "cume_dist"}, c.name):
		return unsupported(int(c.Pos), "hypothetical-set aggregate %s is not supported yet", c.name).
			WithHint("Count the rows that come before the value: 1 + count(*) FILTER (WHERE x < value).")
	case functionsToCome[c.name] != "":
		return unsupported(int(c.Pos), "%s() is not supported yet", c.name).WithHint("%s", functionsToCome[c.name])
	case foreign[c.name] != "" && (len(c.Name.Parts) == 1 || c.Name.Parts[len(c.Name.Parts)-2] == "pg_catalog"):
		return unsupported(int(c.Pos), "function %s() is not supported", c.name).WithHint("%s", foreign[c.name])
	}
	return nil
}

func (b *binder) missing(c *call) error {
	if err := notYet(c); err != nil {
		return err
	}
	e := errAt(int(c.Pos), pgerr.UndefinedFunction, "function %s does not exist", b.signature(c))
	if len(c.OrderBy) > 1 && !c.WithinGroup {
		return e.WithHint("No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate.")
	}
	return e.WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
}

// checkFunctionSchema looks at the schema of a qualified name: all functions are in pg_catalog.
func (b *binder) checkFunctionSchema(c *call) error {
	if len(c.Name.Parts) < 2 {
		return nil
	}
	schema := c.Name.Parts[:len(c.Name.Parts)-1]
	if schema[len(schema)-1] == "pg_catalog" || schema[len(schema)-1] == "information_schema" {
		return nil
	}
	if _, err := b.Catalog.SchemaOf(b.Path, identStrings(schema)); err != nil {
		return place(err, int(c.Pos))
	}
	return b.missing(c)
}

// windowFunctions are the functions that need OVER, with the types of their arguments.
var windowFunctions = map[string][][]types.OID{
	"row_number": {{}}, "rank": {{}}, "dense_rank": {{}}, "percent_rank": {{}}, "cume_dist": {{}},
	"ntile": {{types.OIDInt4}},
	"lag":   {{types.OIDAnyElement}, {types.OIDAnyElement, types.OIDInt4}, {types.OIDAnyCompatible, types.OIDInt4, types.OIDAnyCompatible}},
	"lead":  {{types.OIDAnyElement}, {types.OIDAnyElement, types.OIDInt4}, {types.OIDAnyCompatible, types.OIDInt4, types.OIDAnyCompatible}},

	"first_value": {{types.OIDAnyElement}}, "last_value": {{types.OIDAnyElement}}, "nth_value": {{types.OIDAnyElement, types.OIDInt4}},
}

// candidates are the functions of a call's name that can take its number of arguments (FuncnameGetCandidates).
func (b *binder) candidates(c *call) []*candidate {
	var all []*candidate
	n := len(c.args)
	add := func(f *candidate, declared []types.OID, argNames []string, defaults int, variadic bool) {
		if !variadic && c.Variadic {
			return
		}
		args, order, expanded, ok := fitArgs(declared, argNames, defaults, variadic && !c.Variadic, n, c.names)
		if !ok {
			return
		}
		if variadic && c.Variadic {
			if len(declared) != n {
				return
			}
			last := args[n-1]
			switch last {
			case types.OIDAny:
			case types.OIDAnyElement:
				last = types.OIDAnyArray
			case types.OIDAnyCompatible:
				last = types.OIDAnyCompatibleArray
			default:
				last = arrayOf(last)
			}
			args = append(slices.Clone(args[:n-1]), last)
		}
		f.args, f.order, f.variadic = args, order, expanded
		all = append(all, f)
	}
	for _, f := range b.Functions.Functions(c.name) {
		add(&candidate{function: f}, f.Args, f.ArgNames, len(f.Defaults), f.Variadic)
	}
	for _, f := range b.Functions.TableFunctions(c.name) {
		add(&candidate{table: f}, f.Args, f.ArgNames, 0, f.Variadic)
	}
	for _, f := range b.Functions.Aggregates(c.name) {
		add(&candidate{aggregate: f}, f.Args, nil, 0, f.Variadic)
	}
	for _, args := range windowFunctions[c.name] {
		add(&candidate{window: c.name}, args, nil, 0, false)
	}
	// One that is written with this number of arguments is better than one that repeats its last.
	if slices.ContainsFunc(all, func(f *candidate) bool { return !f.variadic }) {
		all = slices.DeleteFunc(all, func(f *candidate) bool {
			return f.variadic && slices.ContainsFunc(all, func(g *candidate) bool { return !g.variadic && slices.Equal(f.args, g.args) })
		})
	}
	return all
}

// fitArgs matches the arguments of a call with the parameters of a function.
func fitArgs(declared []types.OID, argNames []string, defaults int, variadic bool, n int, names []string) (args []types.OID, order []int, expanded, ok bool) {
	named := slices.ContainsFunc(names, func(s string) bool { return s != "" })
	switch {
	case named:
		return fitNamed(declared, argNames, defaults, names)
	case n == len(declared) && !variadic:
		return declared, nil, false, true
	case variadic && n >= len(declared) && len(declared) > 0:
		args = slices.Clone(declared)
		for len(args) < n {
			args = append(args, declared[len(declared)-1])
		}
		return args, nil, true, true
	case n < len(declared) && n >= len(declared)-defaults && !variadic:
		return declared[:n], nil, false, true
	}
	return nil, nil, false, false
}

func fitNamed(declared []types.OID, argNames []string, defaults int, names []string) (args []types.OID, order []int, expanded, ok bool) {
	if argNames == nil || len(names) > len(declared) {
		return nil, nil, false, false
	}
	taken := make([]bool, len(declared))
	for i, name := range names {
		k := i
		if name != "" {
			k = slices.Index(argNames, name)
		}
		if k < 0 || taken[k] {
			return nil, nil, false, false
		}
		taken[k] = true
		args, order = append(args, declared[k]), append(order, k)
	}
	for k, t := range taken {
		if !t && k < len(declared)-defaults {
			return nil, nil, false, false
		}
	}
	return args, order, false, true
}

// arrange puts the arguments in the order of the parameters and fills in defaults.
func (f *candidate) arrange(args []scalar) ([]scalar, []types.OID) {
	if f.function == nil || f.order == nil && (f.variadic || len(args) >= len(f.function.Args)) {
		return args, f.args
	}
	params := f.function.Args
	out := make([]scalar, len(params))
	filled := make([]bool, len(params))
	for i, a := range args {
		k := i
		if f.order != nil {
			k = f.order[i]
		}
		out[k], filled[k] = a, true
	}
	first := len(params) - len(f.function.Defaults)
	for k := range out {
		if !filled[k] {
			out[k] = at(&plan.Const{Typ: types.Of(params[k]), Value: f.function.Defaults[k-first]}, 0)
		}
	}
	return out, params
}

// castByCall reads type(x) as a cast, where there is no such function for the type of x.
func (s *scope) castByCall(c *call) (scalar, bool, error) {
	if len(c.args) != 1 || c.names[0] != "" || c.Star || c.Distinct || c.Variadic || len(c.OrderBy) > 0 || c.Filter != nil || c.Over != nil {
		return scalar{}, false, nil
	}
	to, ok := types.LookupName(c.name)
	if !ok || sqlOnly[c.name] {
		return scalar{}, false, nil
	}
	from := c.args[0].oid()
	binary := from == types.OIDUnknown
	if !binary {
		cast, found := findCast(from, to.OID)
		if !found {
			return scalar{}, false, nil
		}
		switch cast.Method {
		case types.Binary, types.ByFunction, types.Elementwise:
			binary = true
		case types.ThroughText:
			// a(b) of a row and a string type would be a field
			binary = !isRowType(from) && to.OID != types.OIDRecord
		}
	}
	if !binary {
		return scalar{}, false, nil
	}
	x, ok, err := s.b.coerceToTarget(c.args[0], to, types.Explicit, int(c.Pos))
	return x, ok, err
}

// checkPlainCall refuses what only aggregates have.
func (s *scope) checkPlainCall(c *call, _ *candidate) error {
	name := dotted(c.Name.Parts)
	pos := int(c.Pos)
	what := ""
	switch {
	case c.Star:
		return errAt(pos, pgerr.WrongObjectType, "%s(*) specified, but %s is not an aggregate function", name, name)
	case c.Distinct:
		what = "DISTINCT"
	case c.WithinGroup:
		what = "WITHIN GROUP"
	case len(c.OrderBy) > 0:
		what = "ORDER BY"
	case c.Filter != nil:
		what = "FILTER"
	case c.Over != nil:
		return errAt(pos, pgerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name)
	default:
		return nil
	}
	return errAt(pos, pgerr.WrongObjectType, "%s specified, but %s is not an aggregate function", what, name)
}
