package operators_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

var (
	oracleNumeric = types.Of(types.OIDNumeric)
	oracleColumns = []types.Type{int8Type, int8Type, textType, oracleNumeric}
)

// oracleTable is rows of (k, v bigint, t text, n numeric), as text; "-" is null.
type oracleTable [][4]string

func randomTable(r *rand.Rand, rows int) oracleTable {
	values := [][]string{{"-1", "0", "1", "2"}, {"-1", "0", "1", "3"}, {"", "a", "B", "ab"}, {"1.0", "1.00", "2.5", "-1e3", "NaN"}}
	var table oracleTable
	for range rows {
		var row [4]string
		for c := range row {
			if row[c] = values[c][r.IntN(len(values[c]))]; r.IntN(6) == 0 {
				row[c] = "-"
			}
		}
		table = append(table, row)
		if r.IntN(4) == 0 {
			table = append(table, row)
		}
	}
	return table
}

func (table oracleTable) sql(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "DROP TABLE IF EXISTS %s; CREATE TABLE %[1]s (k int8, v int8, t text COLLATE \"C\", n numeric);", name)
	for _, row := range table {
		var values []string
		for _, v := range row {
			if v == "-" {
				values = append(values, "NULL")
			} else {
				values = append(values, pgoracle.Quote(v))
			}
		}
		fmt.Fprintf(&b, "INSERT INTO %s VALUES (%s);", name, strings.Join(values, ", "))
	}
	return b.String()
}

func (table oracleTable) batch(t *testing.T, diff int64) *batch.Batch {
	b := batch.New(oracleColumns...)
	for _, row := range table {
		values := make([]types.Value, len(row))
		for c, text := range row {
			if values[c] = types.NullValue; text == "-" {
				continue
			}
			v, err := types.Parse(oracleColumns[c], text, types.DefaultSettings)
			if err != nil {
				t.Fatal(err)
			}
			values[c] = v
		}
		b.AppendValues(diff, values...)
	}
	return b
}

// rowsText collects rows as text, as often as they are there.
func rowsText(got map[string]int64, ordered *[]string) op.Emit {
	return func(b *batch.Batch) error {
		for i := range b.Len() {
			var fields []string
			for c := range b.Cols {
				v := b.Cols[c].Value(i)
				if v.Null {
					fields = append(fields, "-")
				} else {
					fields = append(fields, types.Text(b.Cols[c].Type(), v, types.DefaultSettings))
				}
			}
			text := strings.Join(fields, "|")
			got[text] += b.DiffAt(i)
			for range max(0, b.DiffAt(i)) {
				if ordered != nil {
					*ordered = append(*ordered, text)
				}
			}
		}
		return nil
	}
}

func sortedRows(got map[string]int64) []string {
	list := []string{}
	for text, n := range got {
		for range n {
			list = append(list, text)
		}
		if n < 0 {
			list = append(list, fmt.Sprintf("%d times %s", n, text))
		}
	}
	slices.Sort(list)
	return list
}

// ask gives the rows of a query, in its order.
func ask(t *testing.T, conn *pgconn.PgConn, sql string) []string {
	t.Helper()
	results, err := conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	list := []string{}
	for _, row := range results[len(results)-1].Rows {
		var fields []string
		for _, f := range row {
			if f == nil {
				fields = append(fields, "-")
			} else {
				fields = append(fields, string(f))
			}
		}
		list = append(list, strings.Join(fields, "|"))
	}
	return list
}

// incremental runs a spec over tables in two ticks: what is only in passing leaves in the second.
func incremental(t *testing.T, spec flow.Spec, tables, passing []oracleTable) []string {
	env := joinEnv(oneShotEnv())
	env.OneShot = false
	operator, got := operators.Build(spec, env), map[string]int64{}
	emit := rowsText(got, nil)
	tick := op.Tick{}
	for in := range tables {
		tick.Watermarks = append(tick.Watermarks, op.NoWatermark)
		half := len(tables[in]) / 2
		pushAll(t, operator, in, []*batch.Batch{passing[in].batch(t, 1), tables[in][:half].batch(t, 1)}, emit)
	}
	if _, err := operator.EndTick(tick, emit); err != nil {
		t.Fatal(err)
	}
	for in := range tables {
		half := len(tables[in]) / 2
		pushAll(t, operator, in, []*batch.Batch{tables[in][half:].batch(t, 1), passing[in].batch(t, -1)}, emit)
	}
	if _, err := operator.EndTick(tick, emit); err != nil {
		t.Fatal(err)
	}
	return sortedRows(got)
}

// TestOracle compares joins, numbered rows and sorted ones with PostgreSQL's, over random small tables.
func TestOracle(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a PostgreSQL")
	}
	server := pgoracle.Start(t)
	conn, err := server.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	r := rand.New(rand.NewPCG(7, 15))
	for round := range 8 {
		tables := []oracleTable{randomTable(r, r.IntN(10)), randomTable(r, r.IntN(10))}
		passing := []oracleTable{randomTable(r, r.IntN(5)), randomTable(r, r.IntN(5))}
		if round%3 == 0 { // NOT IN passes nothing if there is a null
			tables[1] = slices.DeleteFunc(tables[1], func(row [4]string) bool { return row[0] == "-" || row[1] == "-" })
		}
		ask(t, conn, tables[0].sql("l")+tables[1].sql("r")+"SELECT 1")
		oracleJoins(t, conn, tables, passing)
		oracleTopN(t, conn, tables[:1], passing[:1], r)
		oracleSort(t, conn, tables[0], r)
	}
}

func oracleJoins(t *testing.T, conn *pgconn.PgConn, tables, passing []oracleTable) {
	t.Helper()
	condition := infix("<=", column(1, int8Type), column(5, int8Type))
	for _, c := range []struct {
		on       string
		keys     []int
		nullSafe []bool
		cond     flow.Expr
		notFull  bool // PostgreSQL does not have it
	}{
		{on: "l.k = r.k", keys: []int{0}, nullSafe: []bool{false}},
		{on: "l.k = r.k AND l.v <= r.v", keys: []int{0}, nullSafe: []bool{false}, cond: condition},
		{on: "l.n = r.n", keys: []int{3}, nullSafe: []bool{false}},
		{on: "l.t = r.t AND l.k IS NOT DISTINCT FROM r.k", keys: []int{2, 0}, nullSafe: []bool{false, true}},
		{on: "l.k IS NOT DISTINCT FROM r.k", keys: []int{0}, nullSafe: []bool{true}, notFull: true},
		{on: "l.v <= r.v", cond: condition, notFull: true},
		{on: "true"},
	} {
		for kind, sql := range map[flow.JoinKind]string{
			flow.InnerJoin: "SELECT * FROM l JOIN r ON " + c.on, flow.LeftJoin: "SELECT * FROM l LEFT JOIN r ON " + c.on,
			flow.FullJoin: "SELECT * FROM l FULL JOIN r ON " + c.on,
			flow.SemiJoin: "SELECT * FROM l WHERE EXISTS (SELECT 1 FROM r WHERE " + c.on + ")",
			flow.AntiJoin: "SELECT * FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE " + c.on + ")",
		} {
			if kind == flow.FullJoin && c.notFull {
				continue
			}
			oracleCompare(t, conn, &flow.Join{Kind: kind, LeftKeys: c.keys, RightKeys: c.keys, NullSafe: c.nullSafe, Cond: c.cond}, sql, tables, passing)
		}
	}
	for sql, join := range map[string]*flow.Join{
		"SELECT * FROM l WHERE k NOT IN (SELECT k FROM r)":                  {LeftKeys: []int{0}, NullSafe: []bool{false}},
		"SELECT * FROM l WHERE n NOT IN (SELECT n FROM r)":                  {LeftKeys: []int{3}, NullSafe: []bool{false}},
		"SELECT * FROM l WHERE (k, v) NOT IN (SELECT k, v FROM r)":          {LeftKeys: []int{0, 1}, NullSafe: []bool{false, false}},
		"SELECT * FROM l WHERE k NOT IN (SELECT k FROM r WHERE l.v <= r.v)": {LeftKeys: []int{0}, NullSafe: []bool{false}, Cond: condition},
	} {
		join.Kind, join.RightKeys = flow.NotInJoin, join.LeftKeys
		oracleCompare(t, conn, join, sql, tables, passing)
	}
}

func oracleCompare(t *testing.T, conn *pgconn.PgConn, join *flow.Join, sql string, tables, passing []oracleTable) {
	t.Helper()
	join.Left, join.Right, join.RightTable = oracleColumns, oracleColumns, 1
	want := ask(t, conn, sql)
	slices.Sort(want)
	if diff := cmp.Diff(want, incremental(t, join, tables, passing)); diff != "" {
		t.Errorf("%s with l = %v, r = %v (-PostgreSQL +operator):\n%s", sql, tables[0], tables[1], diff)
	}
	// A one-shot read, in which the right side ends first.
	operator, got := oneShot(join), map[string]int64{}
	emit := rowsText(got, nil)
	pushAll(t, operator, 1, []*batch.Batch{tables[1].batch(t, 1)}, emit)
	if err := operator.(op.InputEnder).EndInput(1, emit); err != nil {
		t.Fatal(err)
	}
	pushAll(t, operator, 0, []*batch.Batch{tables[0].batch(t, 1)}, emit)
	if _, err := operator.EndTick(op.Tick{Watermarks: []int64{0, 0}}, emit); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, sortedRows(got)); diff != "" {
		t.Errorf("one-shot %s with l = %v, r = %v (-PostgreSQL +operator):\n%s", sql, tables[0], tables[1], diff)
	}
}

// randomOrder is an ORDER BY in both spellings, completed by all columns if asked for.
func randomOrder(r *rand.Rand, complete bool) (order []flow.SortKey, sql string) {
	names := []string{"k", "v", "t", "n"}
	var list []string
	for _, c := range r.Perm(4)[:1+r.IntN(2)] {
		k := flow.SortKey{Column: c, Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}
		order = append(order, k)
		list = append(list, names[c]+[]string{" ASC", " DESC"}[yes(k.Desc)]+[]string{" NULLS LAST", " NULLS FIRST"}[yes(k.NullsFirst)])
	}
	if complete {
		list = append(list, names...)
		list = append(list, "n::text COLLATE \"C\"")
	}
	return order, strings.Join(list, ", ")
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

func oracleTopN(t *testing.T, conn *pgconn.PgConn, tables, passing []oracleTable, r *rand.Rand) {
	t.Helper()
	for kind, function := range map[flow.RankKind]string{flow.RowNumber: "row_number()", flow.Rank: "rank()", flow.DenseRank: "dense_rank()"} {
		order, sql := randomOrder(r, kind == flow.RowNumber)
		spec := &flow.TopN{
			Columns: oracleColumns, Partition: []int{0}, Order: order, Offset: r.Int64N(2), Limit: r.Int64N(4), Kind: kind, Rank: true, Late: -1,
		}
		// Numerics that are equal count as such in the order, though they look different; the rest of it is by their look, in this test alone.
		query := fmt.Sprintf("SELECT * FROM (SELECT *, %s OVER (PARTITION BY k ORDER BY %s) AS x FROM l) AS q WHERE x > %d AND x <= %d",
			function, sql, spec.Offset, spec.Offset+spec.Limit)
		want := ask(t, conn, query)
		slices.Sort(want)
		got := incremental(t, spec, tables, passing)
		if kind == flow.RowNumber { // the looks of equal numerics may be in another order
			want, got = plain(want), plain(got)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s with l = %v (-PostgreSQL +operator):\n%s", query, tables[0], diff)
		}
	}
}

// plain writes numerics that are equal as one.
func plain(rows []string) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, strings.ReplaceAll(r, "|1.00", "|1.0"))
	}
	slices.Sort(out)
	return out
}

func oracleSort(t *testing.T, conn *pgconn.PgConn, table oracleTable, r *rand.Rand) {
	t.Helper()
	for range 4 {
		ties := r.IntN(2) == 0
		order, sql := randomOrder(r, !ties)
		offset, limit := r.Int64N(3), r.Int64N(6)
		spec := &flow.Sort{Columns: oracleColumns, Order: order, Limit: number(limit), Offset: number(offset), WithTies: ties}
		query := fmt.Sprintf("SELECT * FROM l ORDER BY %s OFFSET %d FETCH FIRST %d ROWS %s", sql, offset, limit, []string{"ONLY", "WITH TIES"}[yes(ties)])
		operator := oneShot(spec)
		if limit > 0 {
			pushAll(t, operator, 0, []*batch.Batch{table.batch(t, 1)}, nil)
		}
		var got []string
		if _, err := operator.EndTick(op.Tick{}, rowsText(map[string]int64{}, &got)); err != nil {
			t.Fatal(err)
		}
		want := ask(t, conn, query)
		for i, list := range [][]string{want, got} {
			for k, row := range list {
				row = strings.ReplaceAll(row, "|1.00", "|1.0")
				if ties { // only the order's columns are certain
					fields, kept := strings.Split(row, "|"), []string{}
					for _, o := range order {
						kept = append(kept, fields[o.Column])
					}
					row = strings.Join(kept, "|")
				}
				[][]string{want, got}[i][k] = row
			}
		}
		if diff := cmp.Diff(want, append([]string{}, got...)); diff != "" {
			t.Errorf("%s with l = %v (-PostgreSQL +operator):\n%s", query, table, diff)
		}
	}
}
