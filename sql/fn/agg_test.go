package fn_test

import (
	"context"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// TestAggregatesAreDocumented checks that every aggregate says what it does and can be computed, and that every name has an example.
func TestAggregatesAreDocumented(t *testing.T) {
	examples := map[string]int{}
	for _, a := range fn.Builtins().AllAggregates() {
		if a.Doc == "" {
			t.Errorf("%s has no doc", a.Name)
		}
		if (a.State == nil) != (a.Finish == nil) || (a.State == nil) == (a.Collect == nil) {
			t.Errorf("%s%v is computed in no way, or in two", a.Name, a.Args)
		}
		if a.State != nil && (a.State.Update == nil || a.State.Merge == nil) {
			t.Errorf("%s%v has no kernel", a.Name, a.Args)
		}
		examples[a.Name] += len(a.Examples)
	}
	for name, n := range examples {
		if n == 0 {
			t.Errorf("%s has no example", name)
		}
	}
}

// TestAggregateExamples asks PostgreSQL whether the examples are true.
func TestAggregateExamples(t *testing.T) {
	server := pgoracle.Start(t)
	conn, err := server.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, a := range fn.Builtins().AllAggregates() {
		for _, example := range a.Examples {
			sql, want, ok := strings.Cut(example, " → ")
			results, err := conn.Exec(t.Context(), sql).ReadAll()
			if err != nil || !ok {
				t.Errorf("%s: %v", example, err)
				continue
			}
			if got := string(results[0].Rows[0][0]); got != want {
				t.Errorf("%s\ngot %s", example, got)
			}
		}
	}
}

// TestAggregateTypes asks PostgreSQL for the types of all aggregates that it has.
func TestAggregateTypes(t *testing.T) {
	server := pgoracle.Start(t)
	conn, err := server.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	results, err := conn.Exec(t.Context(), `SELECT p.proname || '(' || array_to_string(ARRAY(SELECT format_type(x, -1) FROM unnest(p.proargtypes) x), ',') || ') ' ||
		format_type(p.prorettype, -1) FROM pg_proc p WHERE prokind = 'a'`).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, row := range results[0].Rows {
		there[string(row[0])] = true
	}
	for _, a := range fn.Builtins().AllAggregates() {
		var args []string
		for _, oid := range a.Args {
			args = append(args, types.FormatType(types.Of(oid)))
		}
		signature := a.Name + "(" + strings.Join(args, ",") + ") " + types.FormatType(types.Of(a.Result))
		if !there[signature] {
			t.Errorf("PostgreSQL has no %s", signature)
		}
	}
}
