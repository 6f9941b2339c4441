package parse

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	tidbast "github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/ast"
)

// shape writes TiDB's tree of an expression with all its parentheses.
func shape(n tidbast.ExprNode) string {
	list := func(nodes []tidbast.ExprNode) string {
		parts := make([]string, len(nodes))
		for i, n := range nodes {
			parts[i] = shape(n)
		}
		return strings.Join(parts, ",")
	}
	switch n := n.(type) {
	case *marker:
		return fmt.Sprint(n.offset)
	case *tidbast.BinaryOperationExpr:
		return "(" + shape(n.L) + n.Op.String() + shape(n.R) + ")"
	case *tidbast.ParenthesesExpr:
		return "P" + shape(n.Expr)
	case *tidbast.PatternInExpr:
		return "(" + shape(n.Expr) + " in " + list(n.List) + ")"
	case *tidbast.FuncCallExpr:
		return n.FnName.L + "(" + list(n.Args) + ")"
	case *tidbast.SubqueryExpr:
		return "Q"
	}
	return fmt.Sprintf("%T", n)
}

// TestTiDBGroups is a canary for what the lowering relies on: how TiDB's grammar groups the operators of our vocabulary,
// where it puts a mark's offset, and that it keeps parentheses.
func TestTiDBGroups(t *testing.T) {
	setDriver()
	for _, c := range []struct{ text, want string }{
		{"SELECT ?", "7"},
		{"SELECT ? OR ? AND ? OR ?", "((7or(12and18))or23)"},
		{"SELECT ? = ? = ?", "((7eq11)eq15)"},
		{"SELECT ? < ? = f(?,?) <> ?", "(((7lt11)eqf(17,19))ne25)"},
		{"SELECT ? = ? IN (?)", "(7eq(11 in 17))"},
		{"SELECT ? | ? IN (?) = ?", "(((7bitor11) in 17)eq22)"},
		{"SELECT ? | f(?,?) | ?", "((7bitorf(13,15))bitor20)"},
		{"SELECT ? | ? + ? * ? ^ ? || ?", "(7bitor(11plus(15mul(19bitxorconcat(23,28)))))"},
		{"SELECT ? || ? ^ ? * ? + ? | ?", "(((((concat(7,12)bitxor16)mul20)plus24)bitor28)"[1:]},
		{"SELECT ? - ? - ? + ?", "(((7minus11)minus15)plus19)"},
		{"SELECT ? / ? % ? * ?", "(((7div11)mod15)mul19)"},
		{"SELECT ? ^ ? ^ ?", "((7bitxor11)bitxor15)"},
		{"SELECT ? || ? || f(?,?)", "concat(concat(7,12),f(19,21))"},
		{"SELECT (? OR ?) AND ?", "(P(8or13)and20)"},
		{"SELECT (? = ?) | ?", "(P(8eq12)bitor17)"},
		{"SELECT f(?,(SELECT ?))", "f(9,Q)"},
		{"SELECT f(?,f(?))", "f(9,f(13))"},
	} {
		tree, err := groupText(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := shape(tree.Fields.Fields[0].Expr); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// tables writes TiDB's tree of a FROM clause.
func tables(n tidbast.ResultSetNode) string {
	switch n := n.(type) {
	case *tidbast.Join:
		if n.Right == nil {
			return tables(n.Left)
		}
		on := ","
		if n.On != nil {
			on = " " + shape(n.On.Expr) + " "
		}
		return "(" + tables(n.Left) + on + tables(n.Right) + ")"
	case *tidbast.TableSource:
		return tables(n.Source)
	case *tidbast.TableName:
		return n.Name.O
	case *tidbast.SelectStmt:
		return "Q"
	}
	return fmt.Sprintf("%T", n)
}

// TestTiDBTables is a canary for how TiDB's grammar groups joins and takes the other clauses that we write.
func TestTiDBTables(t *testing.T) {
	setDriver()
	for _, c := range []struct{ text, want string }{
		{"SELECT ? FROM t0", "t0"},
		{"SELECT ? FROM t0 JOIN t1 ON ? JOIN t2 ON f(?,?)", "((t0 28 t1) f(43,45) t2)"},
		{"SELECT ? FROM t0 JOIN (t1 JOIN t2 ON ?) ON ?", "(t0 43 (t1 37 t2))"},
		{"SELECT ? FROM t0, t1 JOIN t2 ON ?, t3", "((t0,(t1 32 t2)),t3)"},
		{"SELECT ? FROM (SELECT ?) AS t0, (SELECT ? FROM t1) AS t2", "(Q,Q)"},
		{"WITH t0 AS (SELECT ?), t1 AS (WITH t2 AS (SELECT ?) SELECT ?) SELECT ? FROM t0", "t0"},
		{"SELECT ? FROM t0 WHERE ? GROUP BY ?,? ORDER BY ?,?", "t0"},
		{"SELECT ? FROM ((SELECT ?)) AS t0", "Q"},
		{"SELECT ? FROM (WITH t1 AS (SELECT ?) SELECT ?) AS t0", "Q"},
	} {
		tree, err := groupText(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := tables(tree.From.TableRefs); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// vocabulary is all that a lowered text may hold.
var vocabulary = regexp.MustCompile(`^(WITH|AS|SELECT|FROM|JOIN|ON|WHERE|GROUP|BY|ORDER|AND|OR|IN|f|t[0-9]+|\?|[(),]|\|\||[|=<>+*/%^-]|<=|>=|<>|\s+)+$`)

// TestVocabulary checks that nothing of the user's text reaches TiDB, whatever it holds.
func TestVocabulary(t *testing.T) {
	checked := 0
	onLowered = func(lowered string) {
		checked++
		if !vocabulary.MatchString(lowered) {
			t.Errorf("lowered to %q", lowered)
		}
	}
	defer func() { onLowered = nil }()
	for _, text := range vocabularyTexts(t) {
		_, _ = Parse(text, DefaultOptions()) // refused texts are lowered up to their error
	}
	t.Logf("%d lowered texts", checked)
	if checked < 10_000 {
		t.Errorf("only %d lowered texts: is onLowered still called?", checked)
	}
}

// vocabularyTexts are the statements of the corpora and examples, and the operators of the precedence table.
func vocabularyTexts(t *testing.T) []string {
	t.Helper()
	read := func(file string) string {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	var texts []string
	for _, corpus := range []string{"psql", "clients", "nexmark_flink", "postgres_regress"} {
		for line := range strings.Lines(read("../../testdata/corpus/" + corpus + ".jsonl")) {
			var e struct{ SQL string }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, e.SQL)
		}
	}
	for _, s := range pgoracle.Split(read("testdata/help.sql")) {
		texts = append(texts, s.SQL)
	}
	for line := range strings.Lines(read("testdata/precedence3.txt")) {
		text, _, _ := strings.Cut(line, "\t")
		texts = append(texts, "SELECT ("+text+")")
	}
	return texts
}

// TestDecoderRefuses checks the net under the lowering: a text that is not what the marks say is an error, never a tree.
func TestDecoderRefuses(t *testing.T) {
	setDriver()
	leaf := &ast.Default{}
	for _, c := range []struct {
		name, text string
		low        lowering
	}{
		{"no mark", "SELECT ?", lowering{markAt: make([]int32, 8)}},
		{"no slot", "SELECT ?,?", lowering{marks: []mark{{}, {node: leaf}}, markAt: []int32{7: 1, 9: 2}}},
		{"slot left", "SELECT ?", lowering{marks: []mark{{slots: 1}}, slots: make([]*ast.Expr, 1), markAt: []int32{7: 1}}},
		{"unknown operator", "SELECT ?,? + ?", lowering{
			marks: []mark{{slots: 1}, {node: leaf}, {node: leaf}}, slots: []*ast.Expr{new(ast.Expr)}, markAt: []int32{7: 1, 9: 2, 13: 3},
		}},
		{"operator without its left side", "SELECT ?,?", lowering{
			marks: []mark{{slots: 1}, {node: leaf, left: new(ast.Expr)}}, slots: []*ast.Expr{new(ast.Expr)}, markAt: []int32{7: 1, 9: 2},
		}},
		{"another node", "SELECT ?,NOT ?", lowering{marks: []mark{{slots: 1}, {node: leaf}}, slots: []*ast.Expr{new(ast.Expr)}, markAt: []int32{7: 1, 13: 2}}},
	} {
		tree, err := groupText(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		d := decoder{low: &c.low}
		d.query(tree)
		if d.err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}
