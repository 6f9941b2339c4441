package fn_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// binder makes flow expressions of SQL expressions without names, as far as the tests of functions need it: overloads are chosen as
// PostgreSQL 15, 10.2 and 10.3, say. Where columns is set, constants are columns of a batch.
type binder struct {
	columns  bool
	schema   []types.Type
	row      []types.Value
	settings *types.Settings
}

// bound is an expression and whether it is a constant of type unknown.
type bound struct {
	flow.Expr
	unknown bool
	null    bool
	text    string
}

var registry = fn.Builtins()

func (b *binder) constant(t types.Type, v types.Value) flow.Expr {
	if !b.columns || t.OID == types.OIDUnknown {
		return &flow.Const{Typ: t, Value: v}
	}
	b.schema, b.row = append(b.schema, t), append(b.row, v)
	return &flow.Column{Index: len(b.row) - 1, Typ: t}
}

// as casts.
func (b *binder) as(x bound, to types.Type, explicit bool) (bound, error) {
	from := x.Type()
	if x.unknown {
		if x.null {
			return bound{Expr: b.constant(to, types.NullValue)}, nil
		}
		v, err := types.Parse(types.Of(to.OID), x.text, b.settings)
		if err == nil {
			v, err = types.ApplyTypmod(v, to, explicit)
		}
		return bound{Expr: b.constant(to, v)}, err
	}
	if from == to {
		return x, nil
	}
	f, context, ok := registry.Cast(from, to, explicit)
	if !ok || context == types.Explicit && !explicit {
		return x, pgerr.Newf(pgerr.CannotCoerce, "cannot cast type %s to %s", types.FormatType(from), types.FormatType(to))
	}
	return bound{Expr: &flow.Call{Function: f, Args: []flow.Expr{x.Expr}, Typ: to}}, nil
}

// candidate is an overload with one type for every argument.
type candidate struct {
	args   []types.OID
	result any
}

func category(oid types.OID) byte {
	info, _ := types.Lookup(oid)
	return info.Category
}

// fits tells whether an argument can be passed without a cast that must be asked for, and whether it fits exactly.
func fits(x bound, to types.OID) (ok, exact bool) {
	from := x.Type().OID
	switch to {
	case types.OIDAny, types.OIDAnyElement, types.OIDAnyCompatible:
		return true, false
	case types.OIDAnyNonArray, types.OIDAnyCompatibleNonArray:
		_, isArray := types.ElemOf(x.Type())
		return !isArray, false
	case types.OIDAnyArray, types.OIDAnyCompatibleArray:
		_, isArray := types.ElemOf(x.Type())
		return isArray || x.unknown, false
	case types.OIDAnyEnum:
		return false, false
	default:
	}
	if x.unknown {
		return true, false
	}
	if from == to || from == types.OIDVarchar && to == types.OIDText {
		return true, from == to || from == types.OIDVarchar
	}
	_, context, ok := registry.Cast(types.Of(from), types.Of(to), false)
	return ok && context == types.Implicit, false
}

// consistent tells whether an array and an element of a polymorphic signature can belong together.
func consistent(declared []types.OID, args []bound) bool {
	var elem types.OID
	for i, oid := range declared {
		if oid == types.OIDAnyCompatibleArray {
			t, _ := types.ElemOf(args[i].Type())
			elem = t.OID
		}
	}
	for i, oid := range declared {
		if _, isArray := types.ElemOf(args[i].Type()); oid == types.OIDAnyCompatible && isArray && elem != 0 {
			return false
		}
	}
	return true
}

// choose picks a candidate (func_select_candidate of parse_func.c).
func choose(all []candidate, args []bound) (candidate, error) {
	var fit []candidate
	for _, c := range all {
		if ok := len(c.args) == len(args); ok {
			for i := range args {
				one, _ := fits(args[i], c.args[i])
				ok = ok && one
			}
			if ok && consistent(c.args, args) {
				fit = append(fit, c)
			}
		}
	}
	best := func(score func(c candidate) int) {
		most := -1
		var kept []candidate
		for _, c := range fit {
			n := score(c)
			if n > most {
				most, kept = n, nil
			}
			if n == most {
				kept = append(kept, c)
			}
		}
		fit = kept
	}
	best(func(c candidate) (n int) {
		for i, x := range args {
			if _, exact := fits(x, c.args[i]); exact && !x.unknown {
				n++
			}
		}
		return n
	})
	best(func(c candidate) (n int) {
		for i, x := range args {
			info, _ := types.Lookup(c.args[i])
			if !x.unknown && (c.args[i] == x.Type().OID || info.Preferred && info.Category == category(x.Type().OID)) {
				n++
			}
		}
		return n
	})
	if len(fit) > 1 {
		for i, x := range args {
			if !x.unknown {
				continue
			}
			hasString, same := false, true
			for _, c := range fit {
				hasString = hasString || category(c.args[i]) == 'S'
				same = same && category(c.args[i]) == category(fit[0].args[i])
			}
			if hasString {
				fit = slices.DeleteFunc(fit, func(c candidate) bool { return category(c.args[i]) != 'S' })
			} else if !same {
				break
			}
			preferred := slices.ContainsFunc(fit, func(c candidate) bool {
				info, _ := types.Lookup(c.args[i])
				return info.Preferred
			})
			if preferred {
				fit = slices.DeleteFunc(fit, func(c candidate) bool {
					info, _ := types.Lookup(c.args[i])
					return !info.Preferred
				})
			}
		}
	}
	if len(fit) > 1 { // all the known arguments have one type: try it for the others
		known := types.OID(0)
		for _, x := range args {
			if !x.unknown {
				known = x.Type().OID
			}
		}
		var same []candidate
		for _, c := range fit {
			if !slices.ContainsFunc(c.args, func(oid types.OID) bool { return oid != known }) {
				same = append(same, c)
			}
		}
		if len(same) == 1 {
			fit = same
		}
	}
	switch len(fit) {
	case 0:
		return candidate{}, pgerr.New("42883", "no function fits")
	case 1:
		return fit[0], nil
	default:
		return candidate{}, pgerr.Newf("42725", "%d functions fit", len(fit))
	}
}

// common is the type that values of a polymorphic argument are cast to.
func common(args []bound) types.OID {
	found := types.OID(0)
	for _, x := range args {
		if x.unknown {
			continue
		}
		oid := x.Type().OID
		if found == 0 {
			found = oid
		} else if found != oid {
			if _, context, ok := registry.Cast(types.Of(found), types.Of(oid), false); ok && context == types.Implicit {
				found = oid
			}
		}
	}
	if found == 0 {
		return types.OIDText
	}
	return found
}

// pass casts arguments to what a candidate wants.
func (b *binder) pass(args []bound, wanted []types.OID) ([]bound, error) {
	var elems []bound
	for i, oid := range wanted {
		switch oid {
		case types.OIDAnyElement, types.OIDAnyNonArray, types.OIDAnyCompatible, types.OIDAnyCompatibleNonArray:
			elems = append(elems, args[i])
		case types.OIDAnyArray, types.OIDAnyCompatibleArray:
			if elem, ok := types.ElemOf(args[i].Type()); ok {
				elems = append(elems, bound{Expr: &flow.Const{Typ: types.Of(elem.OID)}})
			}
		default:
		}
	}
	elem := types.Of(common(elems))
	out := make([]bound, len(args))
	for i, oid := range wanted {
		var err error
		switch oid {
		case types.OIDAny:
			out[i] = args[i]
			if args[i].unknown {
				out[i], err = b.as(args[i], types.Of(types.OIDText), false)
			}
		case types.OIDAnyArray, types.OIDAnyCompatibleArray:
			out[i] = args[i]
			if oid == types.OIDAnyCompatibleArray || args[i].unknown {
				if t, ok := types.ArrayOf(elem); ok {
					out[i], err = b.as(args[i], t, false)
				}
			}
		case types.OIDAnyElement, types.OIDAnyNonArray, types.OIDAnyCompatible, types.OIDAnyCompatibleNonArray:
			out[i], err = b.as(args[i], elem, false)
		default:
			out[i], err = b.as(args[i], types.Of(oid), false)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *binder) call(f *fn.Function, args []bound, wanted []types.OID) (bound, error) {
	args, err := b.pass(args, wanted)
	if err != nil {
		return bound{}, err
	}
	call := &flow.Call{Function: f}
	var argTypes []types.Type
	for _, x := range args {
		call.Args = append(call.Args, x.Expr)
		argTypes = append(argTypes, x.Type())
	}
	call.Typ = f.ResultOf(argTypes)
	return bound{Expr: call}, nil
}

// repeated are the types of n arguments of a function; ok is false if it does not take so many.
func repeated(args []types.OID, defaults int, variadic bool, n int) (list []types.OID, ok bool) {
	if variadic && n > len(args) {
		return append(slices.Clone(args), slices.Repeat(args[len(args)-1:], n-len(args))...), true
	}
	if n > len(args) || n < len(args)-defaults {
		return nil, false
	}
	return args[:n], true
}

func (b *binder) function(name string, args []bound) (bound, error) {
	var all []candidate
	for _, f := range registry.Functions(name) {
		if types, ok := repeated(f.Args, len(f.Defaults), f.Variadic, len(args)); ok {
			all = append(all, candidate{types, f})
		}
	}
	if t, ok := types.LookupName(name); ok && len(args) == 1 && registry.Functions(name) == nil {
		return b.as(args[0], t, true)
	}
	c, err := choose(all, args)
	if err != nil {
		return bound{}, fmt.Errorf("%s: %w", name, err)
	}
	f := c.result.(*fn.Function)
	wanted := c.args
	for k := len(args); k < len(f.Args); k++ {
		args = append(args, bound{Expr: b.constant(types.Of(f.Args[k]), f.Defaults[k-len(f.Args)+len(f.Defaults)])})
		wanted = append(slices.Clone(wanted), f.Args[k])
	}
	return b.call(f, args, wanted)
}

// lookup chooses an operator.
func lookup(symbol string, args []bound) (candidate, error) {
	if symbol == "!=" {
		symbol = "<>"
	}
	pick := args
	if len(args) == 2 && args[0].unknown != args[1].unknown { // an unknown side is first taken to have the other's type
		pick = slices.Clone(args)
		if pick[0].unknown {
			pick[0] = pick[1]
		} else {
			pick[1] = pick[0]
		}
	}
	var all []candidate
	for _, o := range registry.Operators(symbol) {
		all = append(all, candidate{o.Function.Args, o})
	}
	exact := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		if len(c.args) != len(pick) {
			return true
		}
		for i, oid := range c.args {
			if oid != pick[i].Type().OID {
				return true
			}
		}
		return false
	})
	if len(exact) == 1 {
		return exact[0], nil
	}
	c, err := choose(all, args)
	if err != nil {
		err = fmt.Errorf("%s: %w", symbol, err)
	}
	return c, err
}

func (b *binder) operator(symbol string, args ...bound) (bound, error) {
	c, err := lookup(symbol, args)
	if err != nil {
		return bound{}, err
	}
	return b.call(c.result.(*fn.Operator).Function, args, c.args)
}

// evaluate computes SQL expressions; with columns all constants are columns, and rows of nulls lie between the rows.
func evaluate(text string, ctx *eval.Context, columns bool) (value string, err error) {
	statements, err := parse.Parse("SELECT "+text, parse.DefaultOptions())
	if err != nil {
		return "", err
	}
	target := statements[0].(*ast.Query).Body.(*ast.Select).Targets[0].X
	b := &binder{columns: columns, settings: ctx.Settings}
	if call, ok := target.(*ast.FuncCall); ok {
		if tables := registry.TableFunctions(string(call.Name.Last())); tables != nil {
			return b.table(call, tables, ctx)
		}
	}
	x, err := b.expr(target)
	if err != nil {
		return "", err
	}
	in := batch.New(b.schema...)
	nulls := slices.Repeat([]types.Value{types.NullValue}, len(b.row))
	in.AppendValues(1, b.row...)
	if columns {
		in.AppendValues(1, nulls...)
		in.AppendValues(1, b.row...)
	}
	ctx.Errors.Truncate(0)
	evaluator := eval.Compile(x.Expr)
	result := evaluator.Eval(ctx, in)
	show := func(row int) (string, error) {
		if result.Const {
			row = 0
		}
		for k, failed := range ctx.Errors.Rows {
			if int(failed) == row {
				return "", ctx.Errors.Errs[k]
			}
		}
		if v := result.Value(row); !v.Null {
			return types.Text(x.Type(), v, ctx.Settings), nil
		}
		return "", nil
	}
	if want := in.Len(); !result.Const && result.Len() != want {
		return "", fmt.Errorf("%d rows, want %d", result.Len(), want)
	}
	value, err = show(0)
	if columns {
		if again, err2 := show(2); again != value || fmt.Sprint(err) != fmt.Sprint(err2) {
			return "", fmt.Errorf("rows 0 and 2 are %q %w and %q %w", value, err, again, err2)
		}
	}
	return value, err
}

func (b *binder) table(call *ast.FuncCall, tables []*fn.TableFunction, ctx *eval.Context) (string, error) {
	var args []bound
	for _, arg := range call.Args {
		x, err := b.expr(arg.Value)
		if err != nil {
			return "", err
		}
		args = append(args, x)
	}
	var all []candidate
	for _, f := range tables {
		if oids, ok := repeated(f.Args, 0, f.Variadic, len(args)); ok {
			all = append(all, candidate{oids, f})
		}
	}
	c, err := choose(all, args)
	if err != nil {
		return "", fmt.Errorf("%s: %w", call.Name, err)
	}
	f := c.result.(*fn.TableFunction)
	if args, err = b.pass(args, c.args); err != nil {
		return "", err
	}
	tc := &fn.TableCall{Environment: ctx.Environment}
	in := batch.New(b.schema...)
	in.AppendValues(1, b.row...)
	for _, x := range args {
		v := eval.Compile(x.Expr).Eval(ctx, in).Value(0)
		if ctx.Errors.Len() > 0 {
			return "", ctx.Errors.Errs[0]
		}
		if v.Null && !f.NullCall {
			return "", nil
		}
		tc.Args, tc.Types = append(tc.Args, v), append(tc.Types, x.Type())
	}
	tc.Result = f.ColumnTypes(tc.Types)
	rows, err := f.Open(tc)
	if err != nil {
		return "", err
	}
	var lines []string
	const enough = 50
	for more := true; more && len(lines) < enough; {
		out := batch.New(tc.Result...)
		if more, err = rows.Next(out, 2); err != nil {
			return "", err
		}
		if out.Len() > 2 {
			return "", fmt.Errorf("%d rows where 2 were asked for", out.Len())
		}
		for i := range out.Len() {
			lines = append(lines, rowText(out, i, ctx.Settings))
		}
	}
	return strings.Join(lines, "; "), nil
}

func rowText(out *batch.Batch, i int, s *types.Settings) string {
	if len(out.Cols) == 1 {
		if out.Cols[0].IsNull(i) {
			return "NULL"
		}
		return types.Text(out.Cols[0].Type(), out.Cols[0].Value(i), s)
	}
	row := types.AppendRecordHeader(nil, len(out.Cols), nil)
	for k := range out.Cols {
		row = types.AppendField(row, out.Cols[k].Type().OID, out.Cols[k].Value(i))
	}
	return types.Text(types.Of(types.OIDRecord), types.BytesValue(row), s)
}

func (b *binder) exprs(list []ast.Expr) ([]bound, error) {
	var all []bound
	for _, e := range list {
		x, err := b.expr(e)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

func unknown(text string) bound {
	return bound{Expr: &flow.Const{Typ: types.Of(types.OIDUnknown), Value: types.TextValue(text)}, unknown: true, text: text}
}

func (b *binder) literal(e *ast.Literal) (bound, error) {
	switch e.Kind {
	case ast.NullLiteral:
		return bound{Expr: &flow.Const{Typ: types.Of(types.OIDUnknown), Value: types.NullValue}, unknown: true, null: true}, nil
	case ast.BoolLiteral:
		return bound{Expr: b.constant(types.Of(types.OIDBool), types.BoolValue(e.Text == "true"))}, nil
	case ast.IntegerLiteral, ast.NumericLiteral:
		t := types.Of(types.OIDNumeric)
		if e.Kind == ast.IntegerLiteral {
			t = types.Of(types.OIDInt4)
		} else if _, err := strconv.ParseInt(e.Text, 10, 64); err == nil {
			t = types.Of(types.OIDInt8)
		}
		v, err := types.Parse(t, e.Text, b.settings)
		return bound{Expr: b.constant(t, v)}, err
	default:
		return unknown(e.Text), nil
	}
}

func (b *binder) expr(e ast.Expr) (bound, error) {
	switch e := e.(type) {
	case *ast.Literal:
		return b.literal(e)
	case *ast.Unary:
		args, err := b.exprs([]ast.Expr{e.X})
		if err != nil {
			return bound{}, err
		}
		return b.operator(e.Op.Name, args...)
	case *ast.Binary:
		args, err := b.exprs([]ast.Expr{e.Left, e.Right})
		if err != nil {
			return bound{}, err
		}
		return b.operator(e.Op.Name, args...)
	case *ast.Cast:
		x, err := b.expr(e.X)
		if err != nil {
			return bound{}, err
		}
		t, err := typeOf(e.Type)
		if err != nil {
			return bound{}, err
		}
		return b.as(x, t, true)
	case *ast.FuncCall:
		return b.funcCall(e)
	case *ast.Like:
		return b.like(e)
	case *ast.AtTimeZone:
		args, err := b.exprs([]ast.Expr{e.Zone, e.X})
		if err != nil {
			return bound{}, err
		}
		return b.function("timezone", args)
	case *ast.Quantified:
		return b.quantified(e)
	case *ast.DistinctFrom:
		args, err := b.exprs([]ast.Expr{e.Left, e.Right})
		if err != nil {
			return bound{}, err
		}
		c, err := lookup("=", args)
		if err != nil {
			return bound{}, err
		}
		return b.call(fn.DistinctFrom(c.result.(*fn.Operator), e.Not), args, c.args)
	case *ast.Not:
		x, err := b.expr(e.X)
		return bound{Expr: &flow.Not{X: x.Expr}}, err
	case *ast.Is:
		x, err := b.expr(e.X)
		return bound{Expr: &flow.IsNull{X: x.Expr, Not: e.Not}}, err
	case *ast.Special:
		args, err := b.exprs(e.Args)
		if err != nil {
			return bound{}, err
		}
		return b.function(strings.ToLower(e.Kind), args)
	case *ast.ValueFunc:
		return b.function(strings.ToLower(e.Kind), nil)
	case *ast.Array:
		return b.array(e)
	case *ast.Row:
		args, err := b.exprs(e.Fields)
		if err != nil {
			return bound{}, err
		}
		return b.rowOf(args)
	case *ast.Indirection:
		return b.subscript(e)
	default:
		return bound{}, fmt.Errorf("the tests know no %T", e)
	}
}

func (b *binder) rowOf(args []bound) (bound, error) {
	call := &flow.Call{Typ: types.Of(types.OIDRecord)}
	var fields []types.Type
	for _, x := range args {
		if x.unknown {
			x, _ = b.as(x, types.Of(types.OIDText), false)
		}
		call.Args, fields = append(call.Args, x.Expr), append(fields, x.Type())
	}
	call.Function = fn.RowConstructor(fields, nil)
	return bound{Expr: call}, nil
}

func (b *binder) array(e *ast.Array) (bound, error) {
	args, err := b.exprs(e.Elems)
	if err != nil {
		return bound{}, err
	}
	elem := types.Of(common(args))
	typ := elem
	if _, isNested := types.ElemOf(elem); !isNested {
		typ, _ = types.ArrayOf(elem)
	}
	call := &flow.Call{Function: fn.ArrayConstructor(elem), Typ: typ}
	for _, x := range args {
		if x, err = b.as(x, elem, false); err != nil {
			return bound{}, err
		}
		call.Args = append(call.Args, x.Expr)
	}
	return bound{Expr: call}, nil
}

func (b *binder) subscript(e *ast.Indirection) (bound, error) {
	x, err := b.expr(e.X)
	if err != nil {
		return bound{}, err
	}
	var steps []fn.Subscript
	args := []flow.Expr{x.Expr}
	for _, s := range e.Steps {
		steps = append(steps, fn.Subscript{Slice: s.Slice, HasLow: s.Low != nil, HasHigh: s.High != nil})
		for _, bound := range []ast.Expr{s.Low, s.High} {
			if bound == nil {
				continue
			}
			y, err := b.expr(bound)
			if err == nil {
				y, err = b.as(y, types.Of(types.OIDInt4), false)
			}
			if err != nil {
				return y, err
			}
			args = append(args, y.Expr)
		}
	}
	f := fn.SubscriptFunction(x.Type(), steps)
	return bound{Expr: &flow.Call{Function: f, Args: args, Typ: f.ResultOf([]types.Type{x.Type()})}}, nil
}

func (b *binder) quantified(e *ast.Quantified) (bound, error) {
	args, err := b.exprs([]ast.Expr{e.X, e.Array})
	if err != nil {
		return bound{}, err
	}
	elem, ok := types.ElemOf(args[1].Type())
	if !ok {
		elem = args[0].Type()
	}
	c, err := lookup(e.Op.Name, []bound{args[0], {Expr: &flow.Const{Typ: elem}}})
	if err != nil {
		return bound{}, err
	}
	o := c.result.(*fn.Operator)
	left, err := b.as(args[0], types.Of(o.Left), false)
	if err != nil {
		return bound{}, err
	}
	array, _ := types.ArrayOf(types.Of(o.Right))
	right, err := b.as(args[1], array, false)
	if err != nil {
		return bound{}, err
	}
	f := fn.AnyOf(o, e.All)
	return bound{Expr: &flow.Call{Function: f, Args: []flow.Expr{left.Expr, right.Expr}, Typ: types.Of(types.OIDBool)}}, nil
}

func (b *binder) like(e *ast.Like) (bound, error) {
	list := []ast.Expr{e.X, e.Pattern}
	if e.Escape != nil {
		list = append(list, e.Escape)
	}
	args, err := b.exprs(list)
	if err != nil {
		return bound{}, err
	}
	symbol := map[ast.LikeKind]string{ast.LikePattern: "~~", ast.IlikePattern: "~~*", ast.SimilarPattern: "~"}[e.Kind]
	if e.Kind == ast.SimilarPattern {
		args[1], err = b.function("similar_to_escape", args[1:])
	} else if e.Escape != nil {
		args[1], err = b.function("like_escape", args[1:])
	}
	if err != nil {
		return bound{}, err
	}
	if e.Not {
		symbol = "!" + symbol
	}
	return b.operator(symbol, args[:2]...)
}

func (b *binder) funcCall(e *ast.FuncCall) (bound, error) {
	name := string(e.Name.Last())
	var args []bound
	named := map[string]bound{}
	for _, arg := range e.Args {
		x, err := b.expr(arg.Value)
		if err != nil {
			return bound{}, err
		}
		if arg.Name != "" {
			named[string(arg.Name)] = x
			continue
		}
		args = append(args, x)
	}
	if len(named) > 0 {
		f := registry.Functions(name)[0]
		for k := len(args); k < len(f.Args); k++ {
			x, ok := named[f.ArgNames[k]]
			if !ok {
				x = bound{Expr: b.constant(types.Of(f.Args[k]), f.Defaults[k-len(f.Args)+len(f.Defaults)])}
			}
			args = append(args, x)
		}
	}
	return b.function(name, args)
}

func typeOf(t *ast.TypeName) (types.Type, error) {
	typ, ok := types.LookupName(string(t.Name.Last()))
	if !ok {
		return typ, pgerr.Newf(pgerr.UndefinedObject, "type %q does not exist", t.Name)
	}
	if len(t.Mods) > 0 {
		var mods []int32
		for _, m := range t.Mods {
			text := m.(*ast.Literal).Text
			n, err := strconv.Atoi(text)
			if err != nil {
				return typ, err
			}
			mods = append(mods, int32(n))
		}
		mod, err := types.MakeTypmod(typ.OID, mods)
		if err != nil {
			return typ, err
		}
		typ.Mod = mod
	}
	if len(t.Dims) > 0 {
		typ, _ = types.ArrayOf(typ)
	}
	return typ, nil
}
