package ast_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// examples parses statements of every kind: those of PostgreSQL's help and those of the streaming sample.
func examples(t *testing.T) []ast.Statement {
	t.Helper()
	var all []ast.Statement
	for _, file := range []string{"../parse/testdata/help.sql", "../../testdata/demo/auction.sql"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range pgoracle.Split(string(content)) {
			stmts, err := parse.Parse(s.SQL, parse.DefaultOptions())
			if err == nil { // some of the help's commands are not supported
				all = append(all, stmts...)
			}
		}
	}
	if len(all) < 500 {
		t.Fatalf("only %d examples", len(all))
	}
	return all
}

// parseExpr parses one expression.
func parseExpr(t *testing.T, sql string) ast.Expr {
	t.Helper()
	stmts, err := parse.Parse("SELECT ("+sql+")", parse.DefaultOptions())
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return stmts[0].(*ast.Query).Body.(*ast.Select).Targets[0].X
}

// fields calls visit for every exported field of the structs at and below v that is no position, in order.
func fields(v reflect.Value, visit func(field reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			fields(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Type != reflect.TypeFor[ast.Pos]() {
				visit(v.Field(i))
				fields(v.Field(i), visit)
			}
		}
	default:
	}
}

// TestWalkVisitsEverything compares Walk with a search of all fields that knows nothing of nodes.
func TestWalkVisitsEverything(t *testing.T) {
	for _, s := range examples(t) {
		want := map[ast.Node]bool{s: true}
		note := func(v reflect.Value) {
			if v.Kind() == reflect.Interface {
				v = v.Elem()
			}
			if v.Kind() == reflect.Pointer && !v.IsNil() {
				if n, ok := v.Interface().(ast.Node); ok {
					want[n] = true
				}
			}
		}
		fields(reflect.ValueOf(s), func(field reflect.Value) {
			note(field)
			if field.Kind() != reflect.Slice {
				return
			}
			for i := range field.Len() {
				note(field.Index(i))
				if row := field.Index(i); row.Kind() == reflect.Slice { // the rows of VALUES
					for j := range row.Len() {
						note(row.Index(j))
					}
				}
			}
		})
		ast.Walk(s, func(n ast.Node) bool {
			if !want[n] {
				t.Errorf("%s: visits a %T twice, or one that is not there", ast.Print(s), n)
			}
			delete(want, n)
			return true
		})
		for n := range want {
			t.Errorf("%s: passes over a %T", ast.Print(s), n)
		}
	}
}

func TestWalkOrder(t *testing.T) {
	visited := func(stop string) string {
		var names []string
		ast.Walk(parseExpr(t, "f(a + 1, (b).c) AND NOT d"), func(n ast.Node) bool {
			name := strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast.")
			names = append(names, name)
			return name != stop
		})
		return strings.Join(names, " ")
	}
	want := "Logic FuncCall Name Arg Binary ColumnRef Literal Arg Indirection ColumnRef Step Not ColumnRef"
	if got := visited(""); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := visited("FuncCall"), "Logic FuncCall Not ColumnRef"; got != want {
		t.Errorf("without what is below the call: got %s, want %s", got, want)
	}
	ast.Walk(nil, func(ast.Node) bool { t.Error("visits nothing"); return true })
	ast.Walk((*ast.Query)(nil), func(ast.Node) bool { t.Error("visits a nil node"); return true })
}

// TestEqualAndDumpSeeEveryField changes each plain field of every example, one at a time.
func TestEqualAndDumpSeeEveryField(t *testing.T) {
	seen := map[string]bool{} // one change of a field is enough for each type of statement
	for _, s := range examples(t) {
		again, err := parse.Parse("\n\n"+ast.Print(s), parse.DefaultOptions()) // the same at other positions
		if err != nil {
			t.Fatal(err)
		}
		dump := ast.Dump(s)
		if !ast.Equal(s, again[0]) || ast.Dump(again[0]) != dump {
			t.Errorf("%s: positions make a difference", ast.Print(s))
		}
		kind := fmt.Sprintf("%T", s)
		nr := 0
		fields(reflect.ValueOf(again[0]), func(field reflect.Value) {
			old := reflect.ValueOf(field.Interface())
			nr++
			key := fmt.Sprint(kind, nr, field.Type())
			if seen[key] {
				return
			}
			seen[key] = true
			switch field.Kind() {
			case reflect.String:
				field.SetString(field.String() + "x")
			case reflect.Bool:
				field.SetBool(!field.Bool())
			case reflect.Int:
				field.SetInt(field.Int() + 1)
			case reflect.Uint8:
				field.SetUint(field.Uint() + 1)
			case reflect.Slice, reflect.Pointer, reflect.Interface:
				if field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0 {
					return
				}
				field.SetZero()
			default:
				return
			}
			if ast.Equal(s, again[0]) || ast.Dump(again[0]) == dump {
				t.Errorf("%s: a changed %s makes no difference in Equal or Dump", ast.Print(s), field.Type())
			}
			field.Set(old)
		})
	}
}

func TestEqualAndDumpOfEmptyLists(t *testing.T) {
	none, empty := &ast.Select{}, &ast.Select{From: []ast.TableExpr{}, GroupBy: []ast.Expr{}}
	if !ast.Equal(none, empty) || ast.Dump(none) != ast.Dump(empty) {
		t.Errorf("an empty list is not no list: %s%s", ast.Dump(none), ast.Dump(empty))
	}
	if ast.Equal(none, nil) || ast.Equal(none, &ast.Values{}) || !ast.Equal(nil, nil) {
		t.Error("Equal mixes up nothing, or nodes of different types")
	}
}

func TestRewrite(t *testing.T) {
	var order []string
	e := parseExpr(t, "a + f(b, CASE WHEN c THEN ARRAY[a, d] END) IN (a, (SELECT a))")
	ast.Rewrite(&e, func(e ast.Expr) ast.Expr {
		if c, ok := e.(*ast.ColumnRef); ok {
			order = append(order, string(c.Parts[0]))
			return &ast.ColumnRef{Pos: c.Pos, Parts: []ast.Ident{"t", c.Parts[0]}}
		}
		order = append(order, strings.TrimPrefix(fmt.Sprintf("%T", e), "*ast."))
		return e
	})
	if got, want := ast.Print(e), "t.a + f(t.b, CASE WHEN t.c THEN ARRAY[t.a, t.d] END) IN (t.a, (SELECT a))"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := strings.Fields("a b c a d Array Case FuncCall Binary a Subquery In")
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("from the inside out (-want +got):\n%s", diff)
	}
	var none ast.Expr
	ast.Rewrite(&none, func(ast.Expr) ast.Expr { t.Error("called for nothing"); return nil })
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a", "a_1$": "a_1$", "_a": "_a", "A": `"A"`, "1a": `"1a"`, "$a": `"$a"`, "a b": `"a b"`, "": `""`,
		`a"b`: `"a""b"`, "é": `"é"`, "select": `"select"`, "between": `"between"`, "left": `"left"`, "abort": "abort",
		"emit": "emit",
	} {
		if got := ast.QuoteIdent(in); got != want {
			t.Errorf("QuoteIdent(%q) = %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"": "''", "a": "'a'", "it's": "'it''s'", `a\b`: `E'a\\b'`, `\'`: `E'\\'''`, "a\nb": "'a\nb'",
	} {
		if got := ast.QuoteString(in); got != want {
			t.Errorf("QuoteString(%q) = %s, want %s", in, got, want)
		}
	}
}

func column(name ast.Ident) ast.Expr { return &ast.ColumnRef{Parts: []ast.Ident{name}} }

func operator(name string) ast.Operator { return ast.Operator{Name: name} }

// operatorNodes make every node that binds its operands more or less tightly, from as many operands as slots.
var operatorNodes = []struct {
	slots int
	node  func(x []ast.Expr) ast.Expr
}{
	{2, func(x []ast.Expr) ast.Expr { return &ast.Logic{Or: true, Args: x} }},
	{2, func(x []ast.Expr) ast.Expr { return &ast.Logic{Args: x} }},
	{1, func(x []ast.Expr) ast.Expr { return &ast.Not{X: x[0]} }},
	{1, func(x []ast.Expr) ast.Expr { return &ast.Is{X: x[0], What: "NULL"} }},
	{2, func(x []ast.Expr) ast.Expr { return &ast.DistinctFrom{Left: x[0], Right: x[1]} }},
	{2, func(x []ast.Expr) ast.Expr { return &ast.Binary{Op: operator("="), Left: x[0], Right: x[1]} }},
	{3, func(x []ast.Expr) ast.Expr { return &ast.Between{X: x[0], Low: x[1], High: x[2]} }},
	{1, func(x []ast.Expr) ast.Expr { return &ast.In{X: x[0], List: []ast.Expr{column("y"), column("z")}} }},
	{3, func(x []ast.Expr) ast.Expr {
		return &ast.Like{Kind: ast.LikePattern, X: x[0], Pattern: x[1], Escape: x[2]}
	}},
	{1, func(x []ast.Expr) ast.Expr { return &ast.Quantified{X: x[0], Op: operator("<"), Array: column("z")} }},
	{1, func(x []ast.Expr) ast.Expr {
		return &ast.Quantified{X: x[0], Op: operator("~~"), All: true, Array: column("z")}
	}},
	{2, func(x []ast.Expr) ast.Expr { return &ast.Binary{Op: operator("||"), Left: x[0], Right: x[1]} }},
	{2, func(x []ast.Expr) ast.Expr {
		return &ast.Binary{Op: ast.Operator{Schema: []ast.Ident{"s"}, Name: "*"}, Left: x[0], Right: x[1]}
	}},
	{1, func(x []ast.Expr) ast.Expr { return &ast.Unary{Op: operator("@"), X: x[0]} }},
	{2, func(x []ast.Expr) ast.Expr { return &ast.Binary{Op: operator("-"), Left: x[0], Right: x[1]} }},
	{2, func(x []ast.Expr) ast.Expr { return &ast.Binary{Op: operator("*"), Left: x[0], Right: x[1]} }},
	{2, func(x []ast.Expr) ast.Expr { return &ast.Binary{Op: operator("^"), Left: x[0], Right: x[1]} }},
	{2, func(x []ast.Expr) ast.Expr { return &ast.AtTimeZone{X: x[0], Zone: x[1]} }},
	{1, func(x []ast.Expr) ast.Expr {
		return &ast.Collate{X: x[0], Collation: &ast.Name{Parts: []ast.Ident{"C"}}}
	}},
	{1, func(x []ast.Expr) ast.Expr { return &ast.Unary{Op: operator("-"), X: x[0]} }},
	{1, func(x []ast.Expr) ast.Expr {
		return &ast.Cast{X: x[0], Type: &ast.TypeName{Name: &ast.Name{Parts: []ast.Ident{"t"}}}}
	}},
	{1, func(x []ast.Expr) ast.Expr { return &ast.Indirection{X: x[0], Steps: []*ast.Step{{Field: "f"}}} }},
	{1, func(x []ast.Expr) ast.Expr {
		return &ast.Indirection{X: x[0], Steps: []*ast.Step{{Low: column("i")}, {Slice: true, High: column("j")}}}
	}},
	{2, func(x []ast.Expr) ast.Expr { return &ast.Row{Fields: x} }},
	{1, func(x []ast.Expr) ast.Expr { return &ast.Array{Elems: x} }},
	{3, func(x []ast.Expr) ast.Expr {
		return &ast.Case{Operand: x[0], Whens: []*ast.When{{Cond: x[1], Result: x[2]}}}
	}},
}

// TestPrintKeepsEveryNesting prints every node as each operand of every other, three levels deep, and parses the text:
// the printer's parentheses must lead to the tree that was printed, whether or not a parser would ever make it.
func TestPrintKeepsEveryNesting(t *testing.T) {
	operands := func(n int) []ast.Expr {
		return []ast.Expr{column("a"), column("b"), column("c")}[:n]
	}
	nested, same := 0, func(a, b ast.Expr) bool { // a chain of AND or of OR is one node
		x, ok := a.(*ast.Logic)
		y, also := b.(*ast.Logic)
		return ok && also && x.Or == y.Or
	}
	check := func(e ast.Expr) {
		nested++
		text := ast.Print(e)
		if got := parseExpr(t, text); !ast.Equal(e, got) {
			t.Errorf("%s is read as %swant %s", text, ast.Dump(got), ast.Dump(e))
		}
	}
	for _, outer := range operatorNodes {
		for slot := range outer.slots {
			for _, middle := range operatorNodes {
				m := middle.node(operands(middle.slots))
				x := operands(outer.slots)
				x[slot] = m
				if o := outer.node(x); !same(o, m) {
					check(o)
				}
				for _, inner := range operatorNodes { // at the place where a missing parenthesis would show
					in, y, z := inner.node(operands(inner.slots)), operands(middle.slots), operands(outer.slots)
					y[min(slot, middle.slots-1)] = in
					m := middle.node(y)
					z[slot] = m
					if o := outer.node(z); !same(o, m) && !same(m, in) {
						check(o)
					}
				}
			}
		}
	}
	if want := 20_000; nested < want {
		t.Errorf("only %d nestings, want %d", nested, want)
	}
}

// TestPrintParentheses shows the few that there are: none without need.
func TestPrintParentheses(t *testing.T) {
	for _, text := range []string{
		"a - (b - c)", "a - b - c", "(a = b) = c", "(a IS NULL) IS NULL", "NOT NOT a", "(NOT a) = b", "-(-a + b)",
		"- -a", // not a comment
		"(-a)::integer", "-a::integer", "a BETWEEN (b = c) AND d", "a BETWEEN b AND c AND d", "a ^ b ^ c", "a ^ (b ^ c)",
		`(a || b) COLLATE "C"`, `a || b COLLATE "C"`, "a AT TIME ZONE (b AT TIME ZONE c)", "(a).f[1]", "a[1]", "((a, b)).f",
		"(SELECT a)[1]", "(f(a)).f", "a + ANY (b)", "@ (a || b)", "@ a + b", "(a, b) = (SELECT c, d)", "x IN (SELECT 1)",
		"a LIKE b || c", "(a LIKE b) LIKE c", "a AND (b OR c)",
	} {
		if got := ast.Print(parseExpr(t, text)); got != text {
			t.Errorf("%s is printed as %s", text, got)
		}
	}
}
