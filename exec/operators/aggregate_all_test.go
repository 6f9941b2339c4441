package operators_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/exec/operators/optest"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/state"
)

// sampleColumn is a column of the table that all aggregates are tested over.
type sampleColumn struct {
	name, typ string
	values    []string // as text; the empty list is not null and constant
	notNull   bool
}

// sampleColumns has a column for every type that an aggregate takes. The values of a type that are equal look the same, and those of floats add
// up exactly, so that PostgreSQL's sums do not depend on the order.
var sampleColumns = []sampleColumn{
	{name: "k", typ: "int4", values: []string{"1", "2", "3"}},
	{name: "kept", typ: "bool", values: []string{"t", "f"}},
	{name: "fraction", typ: "float8", values: []string{"0.4"}, notNull: true},
	{name: "label", typ: "text", values: []string{"a", "b\"c", "ä"}, notNull: true},
	{name: "fractions", typ: "_float8", values: []string{"{0.4,NULL,1}"}, notNull: true},
	{name: "b", typ: "bool", values: []string{"t", "f"}},
	{name: "i2", typ: "int2", values: []string{"0", "7", "-32768", "32767"}},
	{name: "i4", typ: "int4", values: []string{"0", "6", "-2147483648", "2147483647"}},
	{name: "i8", typ: "int8", values: []string{"0", "5", "-9223372036854775808", "9223372036854775807"}},
	{name: "o", typ: "oid", values: []string{"0", "4294967295", "17"}},
	{name: "f4", typ: "float4", values: []string{"0", "1.5", "-2.25", "1000"}},
	{name: "f8", typ: "float8", values: []string{"0", "1.5", "-2.25", "1048576", "0.125"}},
	{name: "g8", typ: "float8", values: []string{"0", "1.5", "NaN", "Infinity", "-Infinity", "3"}},
	{name: "n", typ: "numeric", values: []string{"0", "1.50", "-2.5", "12345678901234567890.1234", "0.0001"}},
	{name: "m", typ: "numeric", values: []string{"1.5", "NaN", "Infinity", "-Infinity", "2.5"}},
	{name: "t", typ: "text", values: []string{"", "a", "bc", "日本"}},
	{name: "bp", typ: "bpchar", values: []string{"a", "bc", "x"}},
	{name: "by", typ: "bytea", values: []string{`\x`, `\x00`, `\x6162`}},
	{name: "d", typ: "date", values: []string{"2024-01-01", "infinity", "0044-03-15 BC"}},
	{name: "ti", typ: "time", values: []string{"00:00:00", "23:59:59.5", "12:00:00"}},
	{name: "tz", typ: "timetz", values: []string{"00:00:00+00", "23:59:59.5-03", "12:00:00+02"}},
	{name: "ts", typ: "timestamp", values: []string{"2024-01-01 00:00:00", "-infinity", "1999-12-31 23:59:59.999999"}},
	{name: "tt", typ: "timestamptz", values: []string{"2024-01-01 00:00:00+00", "infinity", "1999-12-31 23:59:59.999999+00"}},
	{name: "iv", typ: "interval", values: []string{"1 day", "02:00:00", "-1 mons", "1 year 2 mons 3 days 04:05:06.7"}},
	{name: "ar", typ: "_int4", values: []string{"{1,2}", "{3,NULL}", "{0,0}"}},
	{name: "j", typ: "jsonb", values: []string{`{"a": 1}`, "[1, 2]", "null", `"x"`}},
}

func (c sampleColumn) sqlType() types.Type {
	name, array := strings.CutPrefix(c.typ, "_")
	t, ok := types.LookupName(name)
	if ok && array {
		t, ok = types.ArrayOf(t)
	}
	if !ok {
		panic(c.typ)
	}
	return t
}

func sampleTypes() []types.Type {
	var ts []types.Type
	for _, c := range sampleColumns {
		ts = append(ts, c.sqlType())
	}
	return ts
}

// sampleText is a random value of a column as text, or nil for null.
func sampleText(c sampleColumn, draw func(n int) int) *string {
	if !c.notNull && draw(5) == 0 {
		return nil
	}
	return &c.values[draw(len(c.values))]
}

func sampleValue(tb rapid.TB, c sampleColumn, text *string) types.Value {
	if text == nil {
		return types.NullValue
	}
	v, err := types.Parse(c.sqlType(), *text, types.DefaultSettings)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// sampleAggregates are all aggregates but those of enums, whose types a catalog has; they compare bytes, as those of text do.
func sampleAggregates() []*fn.Aggregate {
	return slices.DeleteFunc(fn.Builtins().AllAggregates(), func(f *fn.Aggregate) bool { return slices.Contains(f.Args, types.OIDAnyEnum) })
}

// sampleCall is a call of an aggregate over random columns of its types, with random modifiers.
func sampleCall(tb rapid.TB, f *fn.Aggregate, draw func(n int) int) flow.AggCall {
	call := flow.AggCall{Function: f, Filter: -1}
	var argTypes []types.Type
	for n, oid := range f.Args {
		col := sampleArg(tb, f, n, oid, draw)
		call.Args, argTypes = append(call.Args, col), append(argTypes, sampleColumns[col].sqlType())
	}
	call.Result = f.ResultOf(argTypes)
	if draw(4) == 0 {
		call.Filter = 1
	}
	if len(f.Args) > 0 && !f.OrderedSet && draw(3) == 0 {
		call.Distinct = true
	}
	if f.Ordered {
		for _, col := range call.Args[f.Direct:] {
			call.Order = append(call.Order, flow.SortKey{Column: col, Desc: draw(2) == 0, NullsFirst: draw(2) == 0})
		}
	}
	return call
}

func sampleArg(tb rapid.TB, f *fn.Aggregate, n int, oid types.OID, draw func(n int) int) int {
	named := func(name string) int {
		return slices.IndexFunc(sampleColumns, func(c sampleColumn) bool { return c.name == name })
	}
	switch {
	case f.Direct > n && oid != types.OIDFloat8:
		return named("fractions")
	case f.Direct > n:
		return named("fraction")
	case strings.HasSuffix(f.Name, "object_agg") && n == 0:
		return named("label")
	case oid == types.OIDAnyArray:
		return named("ar")
	}
	var fit []int
	for i, c := range sampleColumns[5:] {
		polymorphic := oid == types.OIDAny || oid == types.OIDAnyElement || oid == types.OIDAnyNonArray && c.name != "ar"
		// A regression over infinities is an error in PostgreSQL or not by the order of its rows.
		odd := c.name == "g8" && (len(f.Args) > 1)
		// An array of results has no elements that are arrays: who plans a query refuses that.
		nested := c.name == "ar" && f.Direct > 0 && f.Args[0] != types.OIDFloat8
		if (c.sqlType().OID == oid || polymorphic) && !odd && !nested {
			fit = append(fit, i+5)
		}
	}
	if len(fit) == 0 {
		tb.Fatalf("no column for argument %d of %s, type %d", n, f.Name, oid)
	}
	return fit[draw(len(fit))]
}

// TestAggregateAll checks the equation for every aggregate.
func TestAggregateAll(t *testing.T) {
	columns := sampleTypes()
	all := sampleAggregates()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") }
		spec := &flow.Aggregate{Columns: columns, Late: -1}
		if draw(4) > 0 {
			spec.Keys = []int{0}
		}
		for range 1 + draw(4) {
			spec.Calls = append(spec.Calls, sampleCall(t, all[draw(len(all))], draw))
		}
		optest.Case{
			Make: makeOver(spec), Tables: 1 + len(spec.Multisets()), DealtBy: [][]int{spec.Keys}, Inputs: [][]types.Type{columns},
			Draw: func(t *rapid.T, _ int) optest.Row {
				var row optest.Row
				for _, c := range sampleColumns {
					row = append(row, sampleValue(t, c, sampleText(c, draw)))
				}
				return row
			},
			Want: func(inputs [][]optest.Change) optest.Bag { return once(t, spec, inputs) },
		}.Check(t)
	})
}

// callSQL writes a call as PostgreSQL reads it.
func callSQL(c flow.AggCall) string {
	var args, order []string
	for _, col := range c.Args {
		args = append(args, sampleColumns[col].name)
	}
	for _, k := range c.Order {
		o := sampleColumns[k.Column].name
		if k.Desc {
			o += " DESC"
		}
		if k.NullsFirst {
			o += " NULLS FIRST"
		} else {
			o += " NULLS LAST"
		}
		order = append(order, o)
	}
	f := c.Function
	list := strings.Join(args, ", ")
	switch {
	case f.OrderedSet:
		direct := ""
		if f.Direct > 0 {
			direct = "0.4"
			if f.Args[0] != types.OIDFloat8 {
				direct = "'{0.4,NULL,1}'::float8[]"
			}
		}
		list = direct + ") WITHIN GROUP (ORDER BY " + strings.Join(order, ", ")
	case len(args) == 0:
		list = "*"
	case len(order) > 0:
		list += " ORDER BY " + strings.Join(order, ", ")
	}
	if c.Distinct {
		list = "DISTINCT " + list
	}
	sql := f.Name + "(" + list + ")"
	if c.Filter >= 0 {
		sql += " FILTER (WHERE kept)"
	}
	return sql
}

// TestAggregateOracle asks PostgreSQL for the results of every aggregate over random tables, as text.
func TestAggregateOracle(t *testing.T) {
	server := pgoracle.Start(t)
	conn, err := server.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rng := rand.New(rand.NewPCG(7, 8))
	calls := 0
	for n := range 6 {
		b := fillSample(t, conn, rng, []int{0, 3, 10, 40}[n%4])
		for _, f := range sampleAggregates() {
			for range 2 {
				call := sampleCall(t, f, rng.IntN)
				if call.Distinct && slices.Contains([]types.OID{types.OIDJSON}, b.Cols[call.Args[0]].Type().OID) {
					continue
				}
				calls++
				compareCall(t, conn, b, call)
			}
		}
	}
	t.Logf("%d calls", calls)
}

// fillSample makes a table of random rows, here and in PostgreSQL.
func fillSample(t *testing.T, conn *pgconn.PgConn, rng *rand.Rand, rows int) *batch.Batch {
	t.Helper()
	b := batch.New(sampleTypes()...)
	var defs, lines []string
	for _, c := range sampleColumns {
		defs = append(defs, c.name+" "+c.typ)
	}
	for range rows {
		var row []types.Value
		var texts []string
		for _, c := range sampleColumns {
			text := sampleText(c, rng.IntN)
			row = append(row, sampleValue(t, c, text))
			if text == nil {
				texts = append(texts, "NULL")
			} else {
				texts = append(texts, pgoracle.Quote(*text))
			}
		}
		b.AppendValues(1, row...)
		lines = append(lines, "("+strings.Join(texts, ", ")+")")
	}
	sql := "SET timezone = 'UTC'; DROP TABLE IF EXISTS sample; CREATE TEMP TABLE sample (" + strings.Join(defs, ", ") + ");"
	if rows > 0 {
		sql += "INSERT INTO sample VALUES " + strings.Join(lines, ", ")
	}
	if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return b
}

func compareCall(t *testing.T, conn *pgconn.PgConn, b *batch.Batch, call flow.AggCall) {
	t.Helper()
	for _, grouped := range []bool{false, true} {
		spec := &flow.Aggregate{Columns: sampleTypes(), Calls: []flow.AggCall{call}, Late: -1}
		sql := "SELECT " + callSQL(call) + " FROM sample"
		if grouped {
			spec.Keys = []int{0}
			sql = "SELECT k, " + callSQL(call) + " FROM sample GROUP BY k"
		}
		var want []string
		results, err := conn.Exec(t.Context(), sql).ReadAll()
		got, failed := textsOf(t, spec, b)
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			if failed == nil || string(failed.Code) != refused.Code || failed.Message != refused.Message {
				t.Errorf("%s: %v, want %v", sql, failed, refused)
			}
			continue
		}
		if err != nil || failed != nil {
			t.Fatalf("%s: %v, %v", sql, err, failed)
		}
		for _, row := range results[0].Rows {
			var texts []string
			for _, v := range row {
				if v == nil {
					texts = append(texts, "NULL")
				} else {
					texts = append(texts, string(v))
				}
			}
			want = append(want, strings.Join(texts, "|"))
		}
		if fields := results[0].FieldDescriptions; len(fields) > 0 { // there are none where there are no rows
			if oid := types.OID(fields[len(fields)-1].DataTypeOID); oid != call.Result.OID {
				t.Errorf("%s has type %d, want %d", sql, call.Result.OID, oid)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.EqualFunc(got, want, func(a, b string) bool { return a == b || call.Result.Kind() == types.Float64 && closeRows(a, b) }) {
			t.Errorf("%s\n got %q\nwant %q", sql, got, want)
		}
	}
}

// closeRows tells whether two rows are equal but for the last digits of their last column.
func closeRows(a, b string) bool {
	i, j := strings.LastIndexByte(a, '|')+1, strings.LastIndexByte(b, '|')+1
	x, errX := strconv.ParseFloat(a[i:], 64)
	y, errY := strconv.ParseFloat(b[j:], 64)
	return a[:i] == b[:j] && errX == nil && errY == nil && math.Abs(x-y) <= 1e-6*max(math.Abs(x), math.Abs(y), 1e-6)
}

// textsOf computes an aggregate over a batch, as text. failed is the first error of a result.
func textsOf(t *testing.T, spec *flow.Aggregate, b *batch.Batch) (rows []string, failed *pgerr.Error) {
	t.Helper()
	pool := state.NewPool()
	env := operators.Env{Pool: pool, OneShot: true}
	for range 1 + len(spec.Multisets()) {
		env.Tables = append(env.Tables, state.NewTable(nil))
	}
	env.Eval = &eval.Context{}
	env.Errors = func(ctx *eval.Context, out *batch.Batch) error {
		for n, row := range ctx.Errors.Rows {
			if !out.Cols[len(out.Cols)-1].IsNull(int(row)) {
				t.Errorf("row %d failed and is not null", row)
			}
			failed = ctx.Errors.Errs[n]
		}
		return nil
	}
	operator := operators.Build(spec, env)
	emit := func(out *batch.Batch) error {
		for i := range out.Len() {
			var texts []string
			for c := range out.Cols {
				if v := out.Cols[c].Value(i); v.Null {
					texts = append(texts, "NULL")
				} else {
					texts = append(texts, types.Text(out.Cols[c].Type(), v, types.DefaultSettings))
				}
			}
			rows = append(rows, strings.Join(texts, "|"))
		}
		return nil
	}
	if err := operator.Push(0, b, emit); err != nil {
		t.Fatal(err)
	}
	if _, err := operator.EndTick(op.Tick{Watermarks: []int64{op.NoWatermark}}, emit); err != nil {
		t.Fatal(err)
	}
	pool.Drop(0)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	return rows, failed
}
