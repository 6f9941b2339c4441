package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

var whereColumns = []connector.Column{
	{Name: "a", Type: types.Of(types.OIDInt8)},
	{Name: "b", Type: types.Of(types.OIDText)},
	{Name: "c", Type: types.Of(types.OIDTimestamptz)},
	{Name: "d", Type: types.Of(types.OIDJSONB)},
	{Name: "at", Type: types.Of(types.OIDInt8), Meta: connector.MetaOffset},
}

// wherePredicates are about the columns of whereColumns, and true for some of the values of randomRow.
var wherePredicates = []batch.Predicate{
	{Column: 0, Op: batch.Greater, Values: []types.Value{types.IntValue(0)}},
	{Column: 0, Op: batch.In, Values: []types.Value{types.IntValue(1), types.IntValue(-12)}},
	{Column: 1, Op: batch.In, Values: []types.Value{types.TextValue("x"), types.TextValue("some text that is longer")}},
	{Column: 1, Op: batch.NotIn, Values: []types.Value{types.TextValue("some text that is longer")}},
	{Column: 1, Op: batch.Less, Values: []types.Value{types.TextValue("some")}},
	{Column: 2, Op: batch.LessOrEqual, Values: []types.Value{types.IntValue(1000)}},
}

// decoded is what a decoder made of lines: rows, what is left of others, and errors.
type decoded struct{ rows, left, faults string }

// decodeWhere decodes lines with a decoder that leaves rows out.
func decodeWhere(t testing.TB, d *Decoder, start connector.Start, text []byte) (out decoded) {
	t.Helper()
	rows, left := batchOf(start.Columns), batchOf(start.Left)
	for at := 0; at < len(text); {
		rows.Reset()
		left.Reset()
		at += d.Decode(rows, left, Chunk{Offset: int64(at), Data: text[at:]}, func(e connector.RowError) { out.faults += faultText(e) })
		out.rows, out.left = out.rows+rows.String()+strings.Repeat("\n", min(rows.Len(), 1)), out.left+left.String()+strings.Repeat("\n", min(left.Len(), 1))
	}
	return out
}

// selectWhere is decodeWhere by other means: each line is decoded by a decoder of its own, as a whole, and then looked at.
func selectWhere(t testing.TB, f *Format, start connector.Start, text []byte) (out decoded) {
	t.Helper()
	needed := slices.Concat(start.Columns, start.Left)
	for _, p := range start.Where {
		needed = append(needed, p.Column)
	}
	slices.Sort(needed)
	needed = slices.Compact(needed)
	place := func(column int) int { return slices.Index(needed, column) }
	pick := func(b *batch.Batch, columns []int) string {
		one := batchOf(columns)
		for i, c := range columns {
			one.Cols[i].AppendFrom(&b.Cols[place(c)], 0)
		}
		one.AppendDiff(1)
		return one.String() + "\n"
	}
	offset := int64(0)
	for line := range bytes.Lines(text) {
		b := batchOf(needed)
		f.Decoder(connector.Start{Columns: needed}).Decode(b, nil, Chunk{Offset: offset, Data: line}, func(e connector.RowError) { out.faults += faultText(e) })
		offset += int64(len(line))
		isWanted := func(p batch.Predicate) bool { return p.Match(&b.Cols[place(p.Column)], 0) }
		switch {
		case b.Len() == 0:
		case slices.IndexFunc(start.Where, func(p batch.Predicate) bool { return !isWanted(p) }) < 0:
			out.rows += pick(b, start.Columns)
		default:
			out.left += pick(b, start.Left)
		}
	}
	return out
}

func batchOf(columns []int) *batch.Batch {
	var kinds []types.Type
	for _, c := range columns {
		kinds = append(kinds, whereColumns[c].Type)
	}
	return batch.New(kinds...)
}

func faultText(e connector.RowError) string {
	return fmt.Sprintf("%d: %s %v %s %q\n", e.Offset, e.Column, e.Err, e.Err.Detail, e.Sample)
}

// randomWhere wants some columns of rows, some of those that are left out, and one or two predicates.
func randomWhere(r *rand.Rand) connector.Start {
	kinds := r.Perm(len(whereColumns))
	if r.IntN(2) == 0 {
		kinds = slices.DeleteFunc(kinds, func(c int) bool { return c == 3 })
	}
	start := connector.Start{Columns: kinds[:r.IntN(4)], Left: slices.DeleteFunc(r.Perm(len(whereColumns)), func(c int) bool { return c == 3 })[:r.IntN(3)]}
	for _, i := range r.Perm(len(wherePredicates))[:1+r.IntN(2)] {
		start.Where = append(start.Where, wherePredicates[i])
	}
	return start
}

// TestJSONWhere: rows are left out as if they were decoded first and looked at then, whatever rows stand before and however few of them agree
// with those.
func TestJSONWhere(t *testing.T) {
	f, err := New(JSON, nil, whereColumns)
	if err != nil {
		t.Fatal(err)
	}
	seed, decides := rand.Uint64(), 0
	r := rand.New(rand.NewPCG(seed, 0))
	for range 1000 {
		start := randomWhere(r)
		d := f.Decoder(start)
		shape := randomRow(r, nil)
		var text []byte
		for range 30 {
			if r.IntN(20) == 0 {
				shape = randomRow(r, nil)
			}
			text = append(text, strings.Join(randomRow(r, shape), "")+[]string{"\n", "\n", "\r\n", "\n\n"}[r.IntN(4)]...)
		}
		got, want := decodeWhere(t, d, start, text), selectWhere(t, f, start, text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(decoded{})); diff != "" {
			t.Fatalf("seed %d, %+v, rows\n%s\n%s", seed, start, text, diff)
		}
		if d.json.shape.decides {
			decides++
		}
	}
	if decides == 0 {
		t.Error("no shape decided about rows")
	}
}

// FuzzJSONWhere has any lines behind usual ones, and usual ones behind them, which are looked at together.
func FuzzJSONWhere(f *testing.F) {
	format, err := New(JSON, nil, whereColumns)
	if err != nil {
		f.Fatal(err)
	}
	usual := []byte(strings.Repeat(`{"u":"0123456789abcdef","b":"0123456789abcdef0123456789abcdef","p":"x","c":1436918400000,"q":1,"a":1,"z":"`+"\"}\n", 3))
	for _, seed := range []string{
		`{"u":"0123456789abcdef","b":"some text that is longer-------x","p":"","c":1436918400000,"q":1,"a":2,"z":"` + "\"}\n",
		`{"u":"0123456789abcdef","b":"0123456789abcde\0123456789abcdef","p":"","c":1436918400000,"q":1,"a":99999999999999999999}`,
		`{"u":"0123456789abc","b":"","c":null,"b":"0123456789abcdef","p":"x","c":14369184000000,"q":{},"a":1}`,
	} {
		f.Add([]byte(seed), uint64(len(seed)))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		start := randomWhere(rand.New(rand.NewPCG(seed, 1)))
		text := slices.Concat(usual, usual, data, []byte{'\n'}, usual, usual)
		got, want := decodeWhere(t, format.Decoder(start), start, text), selectWhere(t, format, start, text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(decoded{})); diff != "" {
			t.Fatalf("%+v, rows\n%s\n%s", start, text, diff)
		}
	})
}
