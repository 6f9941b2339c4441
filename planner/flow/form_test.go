package flow_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// specs are all operators. TestSpecs tells if one is missing.
var specs = []flow.Spec{
	&flow.Scan{}, &flow.Source{}, &flow.Values{}, &flow.Materialize{}, &flow.Output{}, &flow.Filter{}, &flow.Project{}, &flow.Union{}, &flow.Hop{},
	&flow.Timeless{}, &flow.Clock{}, &flow.Sessions{}, &flow.TableFunc{}, &flow.Aggregate{}, &flow.Join{}, &flow.MultiJoin{}, &flow.TopN{},
	&flow.LocalTop{}, &flow.LocalAggregate{}, &flow.Over{}, &flow.SetOp{}, &flow.Single{}, &flow.Hold{}, &flow.Sort{}, &flow.Take{},
	&flow.Recursion{}, &flow.Working{},
}

func TestSpecs(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "spec.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "spec" {
			continue
		}
		name := f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
		if !slices.ContainsFunc(specs, func(s flow.Spec) bool { return reflect.TypeOf(s).Elem().Name() == name }) {
			t.Errorf("%s is missing in the list", name)
		}
	}
}

// withoutTrace are the fields that do not change the form of a graph: names, and what only says how the same is computed faster. Of the arrangements of a view
// the first counts: the others are indexes, which come and go.
var withoutTrace = []string{
	"Relation.AppendOnly", "Relation.Times", "Relation.Stream", "Relation.Arrangements+", "Materialize.Net", "Output.Net", "MultiJoin.Shares", "Aggregate.Most",
	"TopN.Decided", "FrameBound.InRange", "Input.Exchange", "Node.Key", "Node.AppendOnly", "Node.Time", "Node.Consolidate",
}

// TestForm changes every value in every field of every operator, and in those of the graph: each makes another form, but for the fields that are to leave no trace.
func TestForm(t *testing.T) {
	for _, spec := range specs {
		v := reflect.ValueOf(spec)
		full := reflect.New(v.Type().Elem())
		fill(full.Elem())
		g := &flow.Graph{
			Nodes: []flow.Node{{Spec: &flow.Values{}}, {
				Spec: full.Interface().(flow.Spec), Inputs: []flow.Input{{Node: 0, Exchange: &flow.Exchange{}}}, Columns: []flow.Field{{Type: types.Of(types.OIDInt4)}},
			}},
			Tables: []flow.StateTable{{ID: 1, Name: "s"}}, Late: []flow.Late{{Relation: 5, Columns: []flow.Field{{Name: "x"}}}},
		}
		before := flow.Form(g)
		name := full.Elem().Type().Name()
		changes(t, "Graph", reflect.ValueOf(g).Elem(), false, func(path, what string, quiet bool) {
			switch now := flow.Form(g); {
			case quiet && now != before:
				t.Errorf("%s: %s %s makes another form: %s", name, path, what, flow.FormDifference(before, now))
			case !quiet && now == before:
				t.Errorf("%s: %s %s does not make another form", name, path, what)
			case !quiet && flow.FormDifference(before, now) == "":
				t.Errorf("%s: %s %s: the difference is not told", name, path, what)
			}
		})
		if flow.Form(g) != before {
			t.Fatalf("%s is not what it was", name)
		}
	}
}

var (
	function       = fn.Function{Name: "f", Args: []types.OID{types.OIDInt4}, Result: types.OIDInt4}
	aggregate      = fn.Aggregate{Name: "f", Args: []types.OID{types.OIDInt4}, Result: types.OIDInt4}
	tableFunction  = fn.TableFunction{Name: "f", Args: []types.OID{types.OIDInt4}}
	otherFunction  = fn.Function{Name: "f", Args: []types.OID{types.OIDInt8}, Result: types.OIDInt4}
	otherAggregate = fn.Aggregate{Name: "g", Args: []types.OID{types.OIDInt4}, Result: types.OIDInt4}
	otherTable     = fn.TableFunction{Name: "g", Args: []types.OID{types.OIDInt4}}
)

// expression has all kinds of expressions in it.
func expression() flow.Expr {
	col := func(i int) flow.Expr { return &flow.Column{Index: i, Typ: types.Of(types.OIDInt4)} }
	return &flow.Case{
		Whens: []flow.When{{
			Cond:   &flow.Logic{Or: true, Args: []flow.Expr{&flow.Not{X: col(1)}, &flow.IsNull{X: col(2), Not: true}}},
			Result: &flow.Call{Function: &function, Args: []flow.Expr{col(3), &flow.Const{Typ: types.Of(types.OIDText), Value: types.TextValue("a")}}, Typ: types.Of(types.OIDInt4)},
		}},
		Else: &flow.Coalesce{Args: []flow.Expr{&flow.Param{Index: 1, Typ: types.Of(types.OIDInt4)}, &flow.Const{Typ: types.Of(types.OIDFloat8), Value: types.FloatValue(1.5)}}, Typ: types.Of(types.OIDInt4)},
		Typ:  types.Of(types.OIDInt4),
	}
}

// fill sets everything in v.
func fill(v reflect.Value) {
	switch v.Interface().(type) {
	case *fn.Function:
		v.Set(reflect.ValueOf(&function))
		return
	case *fn.Aggregate:
		v.Set(reflect.ValueOf(&aggregate))
		return
	case *fn.TableFunction:
		v.Set(reflect.ValueOf(&tableFunction))
		return
	case *fn.InRange:
		v.Set(reflect.ValueOf(&fn.InRange{}))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(3)
	case reflect.Float64:
		v.SetFloat(3)
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Interface:
		v.Set(reflect.ValueOf(expression()))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
		panic(fmt.Sprintf("nobody knows how to fill a %s", v.Type()))
	}
}

// changes makes every change in v, one after the other, and calls told for each before it takes it back.
func changes(t *testing.T, path string, v reflect.Value, quiet bool, told func(path, what string, quiet bool)) {
	t.Helper()
	try := func(what string, x any) {
		before := reflect.New(v.Type()).Elem()
		before.Set(v)
		if x == nil {
			v.SetZero()
		} else {
			v.Set(reflect.ValueOf(x).Convert(v.Type()))
		}
		told(path, what, quiet || slices.Contains(withoutTrace, path+what))
		v.Set(before)
	}
	switch v.Interface().(type) {
	case *fn.Function:
		try("another function", &otherFunction)
		return
	case *fn.Aggregate:
		try("another function", &otherAggregate)
		return
	case *fn.TableFunction:
		try("another function", &otherTable)
		return
	case *fn.InRange:
		try("none", nil)
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		try("the contrary", !v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		try("one more", v.Int()+1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		try("one more", v.Uint()+1)
	case reflect.Float64:
		try("one more", v.Float()+1)
	case reflect.String:
		try("another", v.String()+"y")
	case reflect.Slice:
		for i := range v.Len() {
			changes(t, path, v.Index(i), quiet, told)
		}
		if !strings.HasSuffix(path, ".Nodes") && v.Len() > 0 {
			try("+", reflect.AppendSlice(v, v).Interface())
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		changes(t, path, v.Elem(), quiet, told)
		try("none", nil)
	case reflect.Interface:
		changes(t, path, v.Elem().Elem(), quiet, told)
		if v.Type() == reflect.TypeFor[flow.Expr]() {
			try("another", &flow.Param{})
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			field := v.Type().Name() + "." + name
			changes(t, field, v.Field(i), quiet || name == "Name" || slices.Contains(withoutTrace, field), told)
		}
	default:
		t.Errorf("nobody knows how to change a %s", v.Type())
	}
}

// TestFormZero: what is zero leaves no trace, so that a new field makes no new form of graphs that do not use it.
func TestFormZero(t *testing.T) {
	form := func(s flow.Spec) string { return flow.Form(&flow.Graph{Nodes: []flow.Node{{Spec: s}}}) }
	if a, b := form(&flow.Aggregate{}), form(&flow.Aggregate{Keys: []int{}, Calls: []flow.AggCall{}}); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if a, b := form(&flow.Aggregate{}), form(&flow.Aggregate{Keys: []int{0}}); a == b {
		t.Errorf("a list of one zero is none: %s", a)
	}
}

// TestFormDifference has what is told of two forms.
func TestFormDifference(t *testing.T) {
	was := "1 scan:1 filter:2 materialize:3 edges:4 tables:5 late:6"
	for _, c := range []struct {
		is, want string
		rows     bool
	}{
		{was, "", true},
		{"2 scan:1 filter:2 materialize:3 edges:4 tables:5 late:6", "rows are encoded in another way", false},
		{"1 scan:1 filter:7 materialize:3 edges:4 tables:5 late:6", `operator 2 of its plan, "filter", is another or keeps something else`, true},
		{"1 scan:1 filter:2 materialize:7 edges:4 tables:5 late:6", `operator 3 of its plan, "materialize", is another or keeps something else`, false},
		{"1 scan:1 topn:2 materialize:3 edges:4 tables:5 late:6", `its plan has 3 operators, of which number 2 is "topn", and had 3, of which that was "filter"`, true},
		{"1 scan:1 materialize:3 edges:4 tables:5 late:6", `its plan has 2 operators, of which number 2 is "materialize", and had 3, of which that was "filter"`, true},
		{"1 scan:1 filter:2 materialize:3 edges:7 tables:5 late:6", "the operators of its plan are joined in another way", true},
		{"1 scan:1 filter:2 materialize:3 edges:4 tables:7 late:6", "its operators keep their state in other tables", true},
		{"1 scan:1 filter:2 materialize:3 edges:4 tables:5 late:7", "its late rows have another form", true},
		{"", "rows are encoded in another way", false},
	} {
		if got := flow.FormDifference(was, c.is); got != c.want {
			t.Errorf("%q: %q, want %q", c.is, got, c.want)
		}
		if got := flow.SameRows(was, c.is); got != c.rows {
			t.Errorf("%q: the same rows: %v", c.is, got)
		}
	}
}

// TestHasLate: late rows are found again by their relations and columns.
func TestHasLate(t *testing.T) {
	late := []flow.Late{{Relation: 7, Columns: []flow.Field{{Name: "x", Type: types.Of(types.OIDInt4)}}}, {Relation: 9}}
	form := flow.Form(&flow.Graph{Late: late})
	other := slices.Clone(late)
	other[1].Relation = 8
	for _, c := range []struct {
		form string
		late []flow.Late
		want bool
	}{
		{form, late, true},
		{form, other, false},
		{form, late[:1], false},
		{form, nil, false},
		{"", late, false},
		{"0" + form[1:], late, false},
		{flow.Form(&flow.Graph{}), nil, true},
		{flow.Form(&flow.Graph{}), late[:0], true},
	} {
		if got := flow.HasLate(c.form, c.late); got != c.want {
			t.Errorf("%q has the late rows %v: %v", c.form, c.late, got)
		}
	}
}
