package key

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

var testedTypes = []types.OID{
	types.OIDBool, types.OIDInt4, types.OIDInt8, types.OIDTimestamptz, types.OIDFloat8, types.OIDText, types.OIDBytea,
	types.OIDBPChar, types.OIDUUID, types.OIDInterval, types.OIDTimetz, types.OIDNumeric, types.OIDJSONB, oidInt4Array,
}

// small makes equal values likely, and edges.
func small[T any](values ...T) *rapid.Generator[T] { return rapid.SampledFrom(values) }

func drawBytes(t *rapid.T) []byte {
	return rapid.OneOf(
		rapid.SliceOfN(small[byte](0, 1, 'a', 'b', ' ', 0xFE, 0xFF), 0, 4),
		rapid.SliceOfN(rapid.Byte(), 0, 40),
	).Draw(t, "bytes")
}

func drawInt(t *rapid.T) int64 {
	return rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64(), small[int64](math.MinInt64, math.MaxInt64)).Draw(t, "int")
}

func drawValue(t *rapid.T, oid types.OID) types.Value {
	if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return types.NullValue
	}
	switch oid {
	case types.OIDBool:
		return types.BoolValue(rapid.Bool().Draw(t, "bool"))
	case types.OIDInt4, types.OIDInt8, types.OIDTimestamptz:
		return types.IntValue(drawInt(t))
	case types.OIDFloat8:
		return types.FloatValue(rapid.OneOf(rapid.Float64(), small(0, math.Copysign(0, -1), math.NaN(), -math.NaN(),
			math.Inf(1), math.Inf(-1), 1, -1)).Draw(t, "float"))
	case types.OIDUUID:
		return types.BytesValue(rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 16, 16),
			rapid.SliceOfN(small[byte](0, 0xFF), 16, 16)).Draw(t, "uuid"))
	case types.OIDInterval:
		b := binary.BigEndian.AppendUint64(nil, uint64(drawInt(t)))
		days := rapid.OneOf(rapid.Int32(), rapid.Int32Range(-31, 31))
		b = binary.BigEndian.AppendUint32(b, uint32(days.Draw(t, "days")))
		return types.BytesValue(binary.BigEndian.AppendUint32(b, uint32(days.Draw(t, "months"))))
	case types.OIDTimetz:
		b := binary.BigEndian.AppendUint64(nil, uint64(rapid.Int64Range(0, 24*3600*1e6).Draw(t, "time")))
		return types.BytesValue(binary.BigEndian.AppendUint32(b, uint32(rapid.Int32Range(-60, 60).Draw(t, "zone")*900)))
	case types.OIDNumeric:
		return types.BytesValue(drawNumeric(t))
	case types.OIDJSONB:
		return types.TextValue(drawJSON(t, 3))
	case oidInt4Array:
		elements := rapid.SliceOfN(rapid.Ptr(rapid.OneOf(rapid.Int32(), rapid.Int32Range(-1, 1)), true), 0, 3)
		return types.BytesValue(intArray(rapid.Int32Range(0, 1).Draw(t, "lower"), elements.Draw(t, "elements")...))
	default:
		return types.BytesValue(drawBytes(t))
	}
}

func drawNumber(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?`),
		rapid.StringMatching(`-?[1-9][0-9]{0,60}(\.[0-9]{1,60})?`),
		rapid.StringMatching(`-?0\.0{0,30}[0-9]{1,4}`),
		rapid.StringMatching(`-?[0-9]e-?[0-9]{1,2}`),
		small("0", "-0", "0.00", "1", "1.0", "1.00", "10", "100", "99", "0.1", "0.10", "0.01"),
	).Draw(t, "number")
}

func drawNumeric(t *rapid.T) []byte {
	text := drawNumber(t)
	if rapid.IntRange(0, 9).Draw(t, "special") == 0 {
		text = small("NaN", "Infinity", "-Infinity").Draw(t, "special")
	}
	n, err := numeric.Parse(text, -1)
	if err != nil {
		t.Fatal(err)
	}
	return n.Append(nil)
}

// drawJSON writes JSON as jsonb prints it: keys by length and bytes, each once.
func drawJSON(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 {
		kind %= 4
	}
	text := rapid.OneOf(rapid.StringMatching(`(a|b|\\n|\\"|\\u0001|é|\\\\){0,3}`))
	switch kind {
	case 0:
		return "null"
	case 1:
		return small("true", "false").Draw(t, "bool")
	case 2:
		return drawNumber(t)
	case 3:
		return `"` + text.Draw(t, "string") + `"`
	}
	n := rapid.IntRange(0, 3).Draw(t, "count")
	items := make([]string, n)
	if kind == 4 {
		for i := range items {
			items[i] = drawJSON(t, depth-1)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	names := slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.StringMatching(`[ab]{1,2}`), n, n).Draw(t, "keys"))))
	slices.SortStableFunc(names, func(a, b string) int { return len(a) - len(b) })
	for i, name := range names {
		items[i] = fmt.Sprintf("%q: %s", name, drawJSON(t, depth-1))
	}
	return "{" + strings.Join(items[:len(names)], ", ") + "}"
}

func drawColumns(t *rapid.T) []Column {
	columns := make([]Column, rapid.IntRange(1, 3).Draw(t, "columns"))
	for i := range columns {
		columns[i] = Column{
			Type: types.Of(small(testedTypes...).Draw(t, "type")),
			Desc: rapid.Bool().Draw(t, "desc"), NullsFirst: rapid.Bool().Draw(t, "nulls first"),
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "bound") == 0 {
		columns[0] = Bound(types.Of(types.OIDTimestamptz))
	}
	return columns
}

func drawRow(t *rapid.T, columns []Column) []types.Value {
	row := make([]types.Value, len(columns))
	for i, c := range columns {
		if c.Bound {
			row[i] = types.IntValue(drawInt(t))
		} else {
			row[i] = drawValue(t, c.Type.OID)
		}
	}
	return row
}

// rowsOf makes a batch with the key's columns in reverse, and the list of their indexes.
func rowsOf(columns []Column, rows ...[]types.Value) (b *batch.Batch, cols []int) {
	var list []types.Type
	for i := range columns {
		list = append(list, columns[len(columns)-1-i].Type)
		cols = append(cols, len(columns)-1-i)
	}
	b = batch.New(list...)
	for _, row := range rows {
		reversed := slices.Clone(row)
		slices.Reverse(reversed)
		b.AppendValues(1, reversed...)
	}
	return b, cols
}

func checkOrder(t *rapid.T) {
	columns := drawColumns(t)
	e := NewEncoder(columns...)
	rows := [][]types.Value{drawRow(t, columns), drawRow(t, columns), drawRow(t, columns)}
	if rapid.Bool().Draw(t, "share") { // so that later columns decide
		rows[1][0] = rows[0][0]
	}
	b, cols := rowsOf(columns, rows...)
	var keys Keys
	keys.Append([]byte("before"))
	e.AppendBatch(&keys, b, cols)
	none, _ := rowsOf(columns)
	e.AppendBatch(&keys, none, cols)
	if got := keys.At(0); string(got) != "before" || keys.Len() != 1+len(rows) {
		t.Fatalf("%d keys, the first %q", keys.Len(), got)
	}
	hashes, _ := e.Hash([]uint64{7}, nil, b, cols)
	if hashes[0] != 7 || len(hashes) != 1+len(rows) {
		t.Fatalf("hashes %v", hashes)
	}
	for i, row := range rows {
		single := e.AppendValues([]byte("x"), row...)
		if !bytes.Equal(single[1:], keys.At(1+i)) {
			t.Fatalf("key %x of values, %x of the batch", single[1:], keys.At(1+i))
		}
		checkDecode(t, e, row, keys.At(1+i))
		for j, other := range rows {
			want := 0
			for c := range columns {
				if want = compareValues(columns[c], row[c], other[c]); want != 0 {
					break
				}
			}
			got := keys.Compare(1+i, 1+j)
			if sign(got) != sign(want) {
				t.Fatalf("keys of %v: %v and %v: got %d, want %d\n%x\n%x", columns, row, other, got, want, keys.At(1+i), keys.At(1+j))
			}
			if want == 0 && hashes[1+i] != hashes[1+j] {
				t.Fatalf("equal rows %v and %v have hashes %x and %x", row, other, hashes[1+i], hashes[1+j])
			}
			if i != j && want != 0 && bytes.HasPrefix(keys.At(1+i), keys.At(1+j)) {
				t.Fatalf("key %x begins with key %x", keys.At(1+i), keys.At(1+j))
			}
		}
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

// checkDecode reads a key back: exact values as they were, others as equal ones; with more bytes behind, and passing over.
func checkDecode(t *rapid.T, e *Encoder, row []types.Value, k []byte) {
	vectors := make([]batch.Vec, len(row))
	dst := make([]*batch.Vec, len(row))
	for i, c := range e.Columns() {
		switch c.Type.OID {
		case types.OIDInterval, types.OIDJSONB, oidInt4Array: // do not come back
		default:
			vectors[i] = batch.NewVec(c.Type)
			dst[i] = &vectors[i]
		}
	}
	rest, err := e.DecodeRow(dst, append(slices.Clone(k), "more"...))
	if err != nil || string(rest) != "more" {
		t.Fatalf("decoding %x: %v, rest %q", k, err, rest)
	}
	for i, c := range e.Columns() {
		if dst[i] == nil {
			continue
		}
		got := dst[i].Value(0)
		if c.Exact() || c.Bound {
			if diff := cmp.Diff(normal(row[i]), normal(got)); diff != "" {
				t.Fatalf("column %d came back different: %s", i, diff)
			}
		}
		if compareValues(c, row[i], got) != 0 {
			t.Fatalf("column %d: %v came back as %v", i, row[i], got)
		}
	}
	for cut := range len(k) {
		if rest, err := e.DecodeRow(dst, k[:cut]); err == nil {
			t.Fatalf("the first %d bytes of %x decode, rest %x", cut, k, rest)
		}
	}
}

// normal makes nil and empty bytes the same, and all nulls.
func normal(v types.Value) types.Value {
	if v.Null {
		return types.NullValue
	}
	if len(v.Bytes) == 0 {
		v.Bytes = nil
	}
	return v
}

func TestOrder(t *testing.T) { rapid.Check(t, checkOrder) }

func FuzzOrder(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkOrder)) }

// FuzzDecode holds that bytes from a damaged disk give an error or a value, and no panic, for keys of every type.
func FuzzDecode(f *testing.F) {
	e := NewEncoder(Asc(types.Of(types.OIDInt8)))
	f.Add(e.AppendValues(nil, types.IntValue(5)))
	f.Add([]byte{tagValue, numericPositive, 0x80, 0, 0, 1, 2, 0})
	f.Add([]byte{tagMalformed, 'a', 0, 0xFF, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, oid := range testedTypes {
			for _, c := range []Column{Asc(types.Of(oid)), Desc(types.Of(oid))} {
				v := batch.NewVec(c.Type)
				dst := []*batch.Vec{&v}
				if oid == types.OIDInterval || oid == types.OIDJSONB || oid == oidInt4Array {
					dst[0] = nil
				}
				if rest, err := NewEncoder(c).DecodeRow(dst, data); err == nil && len(rest) >= len(data) {
					t.Fatalf("%d of %d bytes left", len(rest), len(data))
				}
			}
		}
	})
}

// FuzzMalformed holds that values which are no values of their type get keys and hashes without a panic.
func FuzzMalformed(f *testing.F) {
	one := int32(1)
	f.Add(intArray(1, &one, nil))
	f.Add([]byte(`{"a": [1, 2e5, "x\ud83d\ude00"], "bb": null}`))
	f.Add([]byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, oid := range append(testedTypes, types.OIDRecord) {
			if types.Of(oid).Kind() != types.Bytes {
				continue
			}
			e := NewEncoder(Asc(types.Of(oid)))
			b := batch.New(types.Of(oid))
			b.AppendValues(1, types.BytesValue(data))
			k := e.AppendRow(nil, b, []int{0}, 0)
			if rest, err := e.DecodeRow([]*batch.Vec{nil}, k); err != nil || len(rest) > 0 {
				t.Fatalf("type %d: key %x of %x: %v, rest %x", oid, k, data, err, rest)
			}
			e.Hash(nil, nil, b, []int{0})
		}
	})
}

// TestGolden holds the bytes on disk: docs/formats.md shows the same.
func TestGolden(t *testing.T) {
	num := func(s string) types.Value {
		n, err := numeric.Parse(s, -1)
		if err != nil {
			t.Fatal(err)
		}
		return types.BytesValue(n.Append(nil))
	}
	one := int32(1)
	month := append(make([]byte, 12), 0, 0, 0, 1)
	for _, c := range []struct {
		column Column
		value  types.Value
		want   string
	}{
		{Asc(types.Of(types.OIDBool)), types.BoolValue(true), "0201"},
		{Asc(types.Of(types.OIDInt8)), types.IntValue(1), "028000000000000001"},
		{Desc(types.Of(types.OIDInt8)), types.IntValue(1), "fd7ffffffffffffffe"},
		{Bound(types.Of(types.OIDTimestamptz)), types.IntValue(1), "8000000000000001"},
		{Asc(types.Of(types.OIDInt8)), types.NullValue, "04"},
		{Desc(types.Of(types.OIDInt8)), types.NullValue, "fb"},
		{Column{Type: types.Of(types.OIDInt8), NullsFirst: true}, types.NullValue, "01"},
		{Column{Type: types.Of(types.OIDInt8), Desc: true}, types.NullValue, "fe"},
		{Asc(types.Of(types.OIDFloat8)), types.FloatValue(-1.5), "024007ffffffffffff"},
		{Asc(types.Of(types.OIDFloat8)), types.FloatValue(math.NaN()), "02ffffffffffffffff"},
		{Asc(types.Of(types.OIDText)), types.TextValue("a\x00b"), "026100ff620001"},
		{Desc(types.Of(types.OIDText)), types.TextValue("a"), "fd9efffe"},
		{Asc(types.Of(types.OIDBPChar)), types.TextValue("a  "), "02610001"},
		{Asc(types.Of(types.OIDUUID)), types.TextValue("0123456789abcdef"), "0230313233343536373839616263646566"},
		{Asc(types.Of(types.OIDInterval)), types.BytesValue(month), "0280000000025b7f3d4000"},
		{Asc(types.Of(types.OIDTimetz)), types.BytesValue(make([]byte, 12)), "02800000000000000080000000"},
		{Asc(types.Of(types.OIDNumeric)), num("-12.5"), "0220" + "7ffffffd" + "f2cc" + "ff"},
		{Asc(types.Of(types.OIDJSONB)), types.TextValue(`{"a": null}`), "0208" + "00ff00ff00ff01" + "6100ff01" + "02" + "0001"},
		{
			Asc(types.Of(oidInt4Array)), types.BytesValue(intArray(1, &one)),
			"0202" + "8000ff00ff00ff00ff00ff00ff01" + "0101" + "8000ff00ff01" + "8000ff00ff01" + "0001",
		},
		{Asc(types.Of(types.OIDUUID)), types.TextValue("short"), "0373686f72740001"},
	} {
		got := hex.EncodeToString(NewEncoder(c.column).AppendValues(nil, c.value))
		if got != c.want {
			t.Errorf("type %d desc %v %v: got %s, want %s", c.column.Type.OID, c.column.Desc, c.value, got, c.want)
		}
	}
}

// TestHashGolden holds the hash: the shard of a key must not move between versions.
func TestHashGolden(t *testing.T) {
	columns := []Column{Asc(types.Of(types.OIDInt8)), Asc(types.Of(types.OIDText))}
	b, cols := rowsOf(columns, []types.Value{types.IntValue(42), types.TextValue("auction")}, []types.Value{types.NullValue, types.TextValue("")})
	got, _ := NewEncoder(columns...).Hash(nil, nil, b, cols)
	got = append(got, HashInt(42), HashBytes([]byte("a longer text than sixteen bytes")))
	want := []uint64{9774481254020435787, 17562442276237919570, 10031696109907438731, 7409967347590988707}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHashSpreads holds that shards and low bits are even for the keys that users have: small integers, multiples, short texts.
func TestHashSpreads(t *testing.T) {
	const n = 1 << 16
	kinds := map[string]func(i int) uint64{
		"integers":  func(i int) uint64 { return HashInt(int64(i)) },
		"multiples": func(i int) uint64 { return HashInt(int64(i) << 20) },
		"seconds":   func(i int) uint64 { return HashInt(int64(i) * 1_000_000) },
		"texts":     func(i int) uint64 { return finish(mix(hashStart, HashBytes(fmt.Appendf(nil, "user-%d", i)))) },
	}
	for name, hash := range kinds {
		seen := map[uint64]bool{}
		high, low := make([]int, Shards), make([]int, 256)
		for i := range n {
			h := hash(i)
			seen[h] = true
			high[Shard(h)]++
			low[h&255]++
		}
		if len(seen) != n {
			t.Errorf("%s: %d collisions", name, n-len(seen))
		}
		for _, counts := range [][]int{high, low} {
			// 256 counts with mean 256 and deviation 16: chi-squared has mean 255 and deviation 23.
			chi := 0.0
			for _, c := range counts {
				d := float64(c) - n/256
				chi += d * d / (n / 256)
			}
			if chi > 255+8*23 {
				t.Errorf("%s: chi-squared %.0f of 256 parts, expected 255", name, chi)
			}
		}
	}
}

func benchmarkBatch(columns ...Column) (*batch.Batch, []int) {
	rows := make([][]types.Value, batch.Rows)
	for i := range rows {
		for _, c := range columns {
			switch c.Type.Kind() {
			case types.Int64:
				rows[i] = append(rows[i], types.IntValue(int64(i)*7919))
			default:
				rows[i] = append(rows[i], types.TextValue(fmt.Sprintf("channel-%011d", i)))
			}
		}
	}
	return rowsOf(columns, rows...)
}

var benchmarked = map[string][]Column{
	"int8":      {Asc(types.Of(types.OIDInt8))},
	"text":      {Asc(types.Of(types.OIDText))},
	"int8,int8": {Asc(types.Of(types.OIDInt8)), Desc(types.Of(types.OIDInt8))},
	"int8,text": {Asc(types.Of(types.OIDInt8)), Asc(types.Of(types.OIDText))},
}

// TestNoAllocations holds that encoding and hashing batch after batch allocates nothing.
func TestNoAllocations(t *testing.T) {
	columns := []Column{Asc(types.Of(types.OIDInt8)), Asc(types.Of(types.OIDText)), Asc(types.Of(types.OIDInterval)), Asc(types.Of(types.OIDNumeric))}
	five, err := numeric.Parse("123.450", -1)
	if err != nil {
		t.Fatal(err)
	}
	row := []types.Value{types.IntValue(1), types.TextValue("text"), types.BytesValue(make([]byte, 16)), types.BytesValue(five.Append(nil))}
	b, cols := rowsOf(columns, row, row, row)
	e := NewEncoder(columns...)
	var keys Keys
	var hashes []uint64
	var scratch []byte
	if n := testing.AllocsPerRun(100, func() {
		keys.Reset()
		e.AppendBatch(&keys, b, cols)
		hashes, scratch = e.Hash(hashes[:0], scratch, b, cols)
	}); n != 0 {
		t.Errorf("%v allocations per batch", n)
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, columns := range benchmarked {
		b.Run(name, func(b *testing.B) {
			rows, cols := benchmarkBatch(columns...)
			e := NewEncoder(columns...)
			var keys Keys
			b.ReportAllocs()
			for b.Loop() {
				keys.Reset()
				e.AppendBatch(&keys, rows, cols)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch.Rows, "ns/row")
		})
	}
}

func BenchmarkHash(b *testing.B) {
	for name, columns := range benchmarked {
		b.Run(name, func(b *testing.B) {
			rows, cols := benchmarkBatch(columns...)
			e := NewEncoder(columns...)
			var hashes []uint64
			var scratch []byte
			b.ReportAllocs()
			for b.Loop() {
				hashes, scratch = e.Hash(hashes[:0], scratch, rows, cols)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch.Rows, "ns/row")
		})
	}
}
