package fn_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// example is one of the examples of the documentation.
type example struct{ expression, result string }

func cut(t *testing.T, text string) example {
	t.Helper()
	expression, result, ok := strings.Cut(text, " → ")
	if !ok {
		t.Errorf("%q is no example: it has no arrow", text)
	}
	if len(result) > 1 && result[0] == '\'' && result[len(result)-1] == '\'' { // quotes show spaces at the ends
		result = result[1 : len(result)-1]
	}
	return example{expression, result}
}

// allExamples are those of all functions and operators.
func allExamples(t *testing.T) []example {
	t.Helper()
	var texts []string
	for _, f := range registry.All() {
		texts = append(texts, f.Examples...)
	}
	for _, o := range registry.AllOperators() {
		texts = append(texts, o.Function.Examples...)
	}
	for _, f := range registry.AllTableFunctions() {
		texts = append(texts, f.Examples...)
	}
	var all []example
	for _, text := range texts {
		all = append(all, cut(t, text))
	}
	return all
}

func newContext() *eval.Context {
	return &eval.Context{Environment: fn.Environment{Settings: &types.Settings{ExtraFloatDigits: 1, Now: testNow}, Now: testNow}}
}

// testNow is 2024-02-29 12:34:56.789 UTC.
const testNow = 1_709_210_096_789_000

// ask evaluates an expression both ways.
func ask(text string) string { return askIn("UTC", text) }

func askIn(zone, text string) string {
	location, err := datetime.FindZone(zone)
	if err != nil {
		return err.Error()
	}
	ctx := newContext()
	ctx.Settings.Location = location
	value, err := evaluate(text, ctx, false)
	again, err2 := evaluate(text, ctx, true)
	if said(value, err) != said(again, err2) {
		return fmt.Sprintf("%s with constants, %s with columns", said(value, err), said(again, err2))
	}
	return said(value, err)
}

func said(value string, err error) string {
	if err == nil {
		return value
	}
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return "not a user's error: " + err.Error()
	}
	return fmt.Sprintf("ERROR %s %s", e.Code, e.Message)
}

func TestExamples(t *testing.T) {
	for _, e := range allExamples(t) {
		if got := ask(e.expression); got != e.result {
			t.Errorf("%s\n got %s\nwant %s", e.expression, got, e.result)
		}
	}
}

func compareExamples(t *testing.T, server *pgoracle.Server) {
	t.Helper()
	eval, err := server.Evaluator(t.Context(), "SET timezone = 'UTC'")
	if err != nil {
		t.Fatal(err)
	}
	defer eval.Close(t.Context())
	var asked []example
	var questions []string
	for _, e := range allExamples(t) {
		question := e.expression
		name, _, _ := strings.Cut(question, "(")
		if notPostgres[name] {
			continue
		}
		if registry.TableFunctions(name) != nil {
			question = "SELECT string_agg(coalesce(t::text, 'NULL'), '; ') FROM " + question + " t"
		}
		asked, questions = append(asked, e), append(questions, question)
	}
	answers, err := eval.Eval(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if a.String() != asked[i].result {
			t.Errorf("%s\nPostgreSQL says %s\nwe say %s", questions[i], a, asked[i].result)
		}
	}
}
