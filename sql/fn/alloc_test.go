//go:build !race

// The race detector makes sync.Pool drop what it is given, so that regexp allocates.

package fn_test

import (
	"testing"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// TestKernelsAllocateNothing evaluates expressions over a batch again and again.
func TestKernelsAllocateNothing(t *testing.T) {
	for _, text := range []string{
		"1 + 2::int8 * 3", "1.5::float8 * 2 < 4", "1.5 + 2.25 * 3", "12.5 <= 13.0", "'abc' || 'def'::text", "'abcdef'::text LIKE '%cd%'", "'abcdef'::text LIKE 'a_c%f'",
		"'abcdef'::text ~ '^a.*f$'", "lower('ABC'::text)", "length('abc'::text)", "substring('abcdef'::text, 2, 3)", "date_trunc('hour', timestamp '2024-02-29 12:34:56')",
		"date_bin('5 minutes', timestamp '2024-02-29 12:34:56', timestamp '2024-01-01')", "timestamp '2024-02-29 12:34:56' + interval '1 hour'",
		"timestamp '2024-02-29 12:34:56' - timestamp '2024-01-01'", "timestamp '2024-02-29 12:34:56'::date", "interval '1 day' < interval '25 hours'",
		"extract(hour FROM timestamp '2024-02-29 12:34:56')", "date_part('hour', timestamp '2024-02-29 12:34:56')", "12::int8::int4", "12::int8::numeric", "'12'::text::int8", "12::int8::text",
		"3 = ANY (ARRAY[1, 2, 3])", "1 IS DISTINCT FROM 2", "abs(-3)", "round(1.25, 1)", "to_char(timestamp '2024-02-29 12:34:56', 'YYYY-MM-DD HH24:MI')",
	} {
		statements, err := parse.Parse("SELECT "+text, parse.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		b := &binder{columns: true, settings: types.DefaultSettings}
		x, err := b.expr(statements[0].(*ast.Query).Body.(*ast.Select).Targets[0].X)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		in := batch.New(b.schema...)
		for range 100 {
			in.AppendValues(1, b.row...)
		}
		compiled := eval.Compile(x.Expr)
		ctx := newContext()
		run := func() { compiled.Eval(ctx, in) }
		run()
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%s: %v allocations for 100 rows", text, n)
		}
		if ctx.Errors.Len() > 0 {
			t.Errorf("%s: %v", text, ctx.Errors.Errs[0])
		}
	}
}
