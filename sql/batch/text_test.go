package batch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

var schema = []types.Type{
	types.Of(types.OIDInt8), types.Of(types.OIDText), types.Of(types.OIDBool), types.Of(types.OIDFloat8), types.Of(types.OIDNumeric), types.Of(types.OIDTimestamptz),
}

func TestParseString(t *testing.T) {
	text := strings.Join([]string{
		`+1 7 foo t 1.5 1.50 "2024-01-15 10:00:00+00"`,
		`-2 8 "two words" f NaN NaN infinity`,
		`+3 -9 "" NULL NULL NULL NULL`,
		`-1 NULL "NULL" t -0 0 "1970-01-01 00:00:00+00"`,
		`+1 0 "a\"b\\c\nd" t 1e+300 -0.05 -infinity`,
		`+1 0 日本語 t 1 1 infinity`,
	}, "\n")
	b, err := batch.Parse(schema, "\n  "+strings.ReplaceAll(text, "\n", "\n\t ")+"\n\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, b.String()); diff != "" {
		t.Errorf("String (-want +got):\n%s", diff)
	}
	if b.Len() != 6 || b.DiffAt(1) != -2 || !b.Cols[2].IsNull(2) || b.Cols[1].IsNull(3) || !b.Cols[0].IsNull(3) {
		t.Errorf("%d rows, diff %d", b.Len(), b.DiffAt(1))
	}
}

func TestParseErrors(t *testing.T) {
	two := schema[:2]
	for text, want := range map[string]string{
		"1 7 foo":       `line 1, "1 7 foo": "1" is no multiplicity`,
		"+0 7 foo":      "is no multiplicity",
		"\n+1 7":        `line 2, "+1 7": 1 values for 2 columns`,
		"+1 7 foo bar":  `more than 2 values: "bar"`,
		"+1 x foo":      `invalid input syntax for type bigint: "x"`,
		`+1 7 "foo`:     "invalid syntax",
		"+1 7 foo\nx y": "line 2",
	} {
		if b, err := batch.Parse(two, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want an error with %q", text, b, err, want)
		}
	}
}

// drawBatch makes a batch of few different rows, so that many are equal.
func drawBatch(t *rapid.T) *batch.Batch {
	b := batch.New(schema...)
	texts := rapid.SampledFrom([]string{"", "a", "NULL", "b c", "\x00\n", "é"})
	for range rapid.IntRange(0, 40).Draw(t, "rows") {
		values := []types.Value{
			types.IntValue(rapid.Int64Range(-1, 1).Draw(t, "int")), types.TextValue(texts.Draw(t, "text")), types.BoolValue(rapid.Bool().Draw(t, "bool")),
			types.FloatValue(rapid.SampledFrom([]float64{0, 1.5}).Draw(t, "float")), types.NullValue, types.IntValue(0),
		}
		values[rapid.IntRange(0, 5).Draw(t, "null")] = types.NullValue
		b.AppendValues(rapid.SampledFrom([]int64{1, -1, 2, -2}).Draw(t, "diff"), values...)
	}
	return b
}

func TestRoundTripAndConsolidate(t *testing.T) {
	var c batch.Consolidator
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t)
		again, err := batch.Parse(schema, b.String())
		if err != nil || again.String() != b.String() {
			t.Fatalf("%s\nbecomes %v\n%s", b, err, again)
		}
		small := batch.New(schema...)
		c.Consolidate(small, b)
		if batch.Bag(small) != batch.Bag(b) {
			t.Fatalf("%s\nbecomes\n%s", b, small)
		}
		lines := strings.Count(batch.Bag(b), "\n") + 1
		if batch.Bag(b) == "" {
			lines = 0
		}
		if small.Len() != lines {
			t.Fatalf("%d rows, want %d", small.Len(), lines)
		}
		b.Negate()
		if bag := batch.Bag(b, small); bag != "" {
			t.Fatalf("a batch and its negation leave\n%s", bag)
		}
	})
}

func TestConsolidateAllocatesNothing(t *testing.T) {
	src, dst := batch.New(schema[:2]...), batch.New(schema[:2]...)
	for i := range batch.Rows {
		src.AppendValues(int64(1-i%3), types.IntValue(int64(i%100)), types.TextValue("abc"))
		if i%3 == 1 { // multiplicity 0 is no row
			src.Diff[i] = 5
		}
	}
	var c batch.Consolidator
	run := func() {
		dst.Reset()
		c.Consolidate(dst, src)
	}
	run()
	if allocs := testing.AllocsPerRun(10, run); allocs != 0 {
		t.Errorf("%v allocations per batch", allocs)
	}
}

func BenchmarkConsolidate(b *testing.B) {
	src, dst := batch.New(schema[:2]...), batch.New(schema[:2]...)
	for i := range batch.Rows {
		src.AppendValues(1, types.IntValue(int64(i%1000)), types.TextValue("abc"))
	}
	var c batch.Consolidator
	b.ReportAllocs()
	for b.Loop() {
		dst.Reset()
		c.Consolidate(dst, src)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch.Rows), "ns/row")
}

// TestAppendRange appends ranges of rows to others, as Gather does with the numbers of the rows.
func TestAppendRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, got := drawBatch(t), drawBatch(t)
		for _, b := range []*batch.Batch{src, got} {
			if rapid.Bool().Draw(t, "no diffs") {
				b.Diff = nil
			}
		}
		want := batch.New(schema...)
		for i := range got.Len() {
			want.AppendRow(got, i, got.DiffAt(i))
		}
		from := rapid.IntRange(0, src.Len()).Draw(t, "from")
		to := rapid.IntRange(from, src.Len()).Draw(t, "to")
		got.AppendRange(src, from, to)
		for i := from; i < to; i++ {
			want.Gather(src, []int32{int32(i)})
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}
