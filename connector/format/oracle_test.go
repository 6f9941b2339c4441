package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

var oracleColumns = []connector.Column{
	{Name: "id", Type: types.Of(types.OIDInt8)},
	{Name: "name", Type: types.Of(types.OIDText)},
	{Name: "Price", Type: types.Of(types.OIDNumeric)},
	{Name: "f", Type: types.Of(types.OIDFloat8)},
	{Name: "doc", Type: types.Of(types.OIDJSONB)},
	{Name: "ok", Type: types.Of(types.OIDBool)},
	{Name: "é \"\\", Type: types.Of(types.OIDText)},
}

// space is some white space, mostly none.
func space(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "", " ", "\t ", "\r"}).Draw(t, "space")
}

// quote writes a string of JSON with one of its several spellings for each character.
func quote(t *rapid.T, s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		how := rapid.IntRange(0, 9).Draw(t, "how")
		switch {
		case how == 0 && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case how == 0:
			fmt.Fprintf(&b, `\u%04X\u%04X`, 0xD800+(r-0x10000)>>10, 0xDC00+(r-0x10000)&0x3FF)
		case how == 1 && r == '/':
			b.WriteString(`\/`)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < 0x20:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

var texts = rapid.StringOf(rapid.OneOf(
	rapid.SampledFrom([]rune("abz/\"\\{}[],: \n\t€😀é\x1f\x7f")), rapid.RuneFrom([]rune("0123456789")),
))

func number(t *rapid.T) string {
	n := strconv.FormatInt(rapid.Int64().Draw(t, "n"), 10)
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		n = strconv.Itoa(rapid.IntRange(-1000, 1000).Draw(t, "small"))
	case 1:
		n += "." + rapid.StringMatching("[0-9]{1,20}").Draw(t, "fraction")
	case 2:
		n = strconv.Itoa(rapid.IntRange(-99, 99).Draw(t, "m")) + rapid.SampledFrom([]string{"e", "E+", "e-", ".5e"}).Draw(t, "e") +
			strconv.Itoa(rapid.IntRange(0, 40).Draw(t, "exponent"))
	}
	return n
}

// value writes any value of JSON.
func value(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	switch {
	case kind == 0:
		return rapid.SampledFrom([]string{"null", "true", "false"}).Draw(t, "word")
	case kind <= 2 || depth > 3:
		return number(t)
	case kind <= 4:
		return quote(t, texts.Draw(t, "text"))
	}
	var parts []string
	for range rapid.IntRange(0, 3).Draw(t, "length") {
		part := space(t) + value(t, depth+1) + space(t)
		if kind == 6 {
			part = space(t) + quote(t, texts.Draw(t, "key")+strconv.Itoa(len(parts))) + space(t) + ":" + part
		}
		parts = append(parts, part)
	}
	if kind == 6 {
		return "{" + strings.Join(parts, ",") + space(t) + "}"
	}
	return "[" + strings.Join(parts, ",") + space(t) + "]"
}

// want is what a column should have for a value, as encoding/json and the types' own text forms say; ok is false if it must be an error.
func want(c connector.Column, raw json.RawMessage) (text string, ok bool) {
	if raw == nil || string(raw) == "null" {
		return "NULL", true
	}
	source := string(raw)
	isString := raw[0] == '"'
	if isString && c.Type.OID != types.OIDJSONB {
		if err := json.Unmarshal(raw, &source); err != nil {
			return "", false
		}
	}
	switch c.Type.OID {
	case types.OIDText:
		return fmt.Sprintf("%q", source), true
	case types.OIDBool:
		if !isString && source != "true" && source != "false" {
			return "", false
		}
	case types.OIDInt8, types.OIDNumeric, types.OIDFloat8:
		if !isString && (raw[0] != '-' && (raw[0] < '0' || raw[0] > '9')) {
			return "", false
		}
		if c.Type.OID == types.OIDInt8 && !isString {
			n, err := types.Parse(types.Of(types.OIDNumeric), source, types.DefaultSettings)
			if err != nil {
				return "", false
			}
			source = types.Text(types.Of(types.OIDNumeric), n, types.DefaultSettings)
			if whole, fraction, _ := strings.Cut(source, "."); strings.Trim(fraction, "0") == "" {
				source = whole
			}
		}
	default:
	}
	v, err := types.Parse(c.Type, source, types.DefaultSettings)
	if err != nil {
		return "", false
	}
	return types.Text(c.Type, v, types.DefaultSettings), true
}

// TestJSONOracle compares with encoding/json, for random documents and projections, and rows that come in one chunk.
func TestJSONOracle(t *testing.T) {
	f, err := New(JSON, nil, oracleColumns)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		wanted := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6}).Draw(t, "wanted")[:rapid.IntRange(0, 7).Draw(t, "how many")]
		var text bytes.Buffer
		var expected []string
		bad := 0
		order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}).Draw(t, "order")
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			if rapid.Bool().Draw(t, "other order") {
				order = rapid.Permutation(order).Draw(t, "order")
			}
			object := map[string]json.RawMessage{}
			var parts []string
			for _, i := range order[:rapid.IntRange(0, 9).Draw(t, "keys")] {
				key := []string{"x", "nested"}[max(i-7, 0)]
				if i < 7 {
					key = oracleColumns[i].Name
				}
				v := value(t, 0)
				object[key] = json.RawMessage(v)
				parts = append(parts, space(t)+quote(t, key)+space(t)+":"+space(t)+v+space(t))
			}
			line := space(t) + "{" + strings.Join(parts, ",") + space(t) + "}" + space(t)
			if !json.Valid([]byte(line)) {
				t.Fatalf("the test made invalid JSON: %q", line)
			}
			text.WriteString(line + "\n")
			row, good := []string{}, true
			for _, i := range wanted {
				v, ok := want(oracleColumns[i], object[oracleColumns[i].Name])
				good = good && ok
				row = append(row, v)
			}
			if good {
				expected = append(expected, strings.Join(row, " | "))
			} else {
				bad++
			}
		}
		rows, faults := decodeAll(t, f, wanted, Chunk{Data: text.Bytes()})
		if !slices.Equal(rows, expected) || len(faults) != bad {
			t.Fatalf("%s\ngot  %q\nwant %q\nerrors %v", text.Bytes(), rows, expected, faults)
		}
	})
}

// TestCSVOracle compares with encoding/csv, for rows that its writer makes.
func TestCSVOracle(t *testing.T) {
	columns := []connector.Column{
		{Name: "a", Type: types.Of(types.OIDText)}, {Name: "b", Type: types.Of(types.OIDText)}, {Name: "c", Type: types.Of(types.OIDText)},
	}
	cells := rapid.StringOf(rapid.SampledFrom([]rune("ab,;\"\n 'é\\")))
	rapid.Check(t, func(t *rapid.T) {
		comma := rapid.SampledFrom([]string{",", ";"}).Draw(t, "comma")
		f, err := New(CSV, []connector.Setting{{Name: "delimiter", Value: comma}, {Name: "null", Value: "no such text"}}, columns)
		if err != nil {
			t.Fatal(err)
		}
		wanted := rapid.SliceOfNDistinct(rapid.IntRange(0, 2), 0, 3, rapid.ID[int]).Draw(t, "wanted")
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.Comma = rune(comma[0])
		w.UseCRLF = rapid.Bool().Draw(t, "crlf")
		var expected []string
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			row := rapid.SliceOfN(cells, 3, 3).Draw(t, "row")
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, i := range wanted {
				cell := row[i]
				if w.UseCRLF {
					cell = strings.ReplaceAll(cell, "\n", "\r\n") // the writer does so inside quotes, too
				}
				out = append(out, fmt.Sprintf("%q", cell))
			}
			expected = append(expected, strings.Join(out, " | "))
		}
		w.Flush()
		rows, faults := decodeAll(t, f, append([]int{}, wanted...), Chunk{Data: text.Bytes()})
		if !slices.Equal(rows, expected) || len(faults) > 0 {
			t.Fatalf("%q\ngot  %q\nwant %q\nerrors %v", text.Bytes(), rows, expected, faults)
		}
		checkSplits(t, f, text.Bytes(), len(expected))
	})
}

// checkSplits: however a stream is cut, the splitter finds the same rows.
func checkSplits(t *rapid.T, f *Format, data []byte, rows int) {
	maxRows := rapid.IntRange(0, 3).Draw(t, "max rows")
	s := f.Splitter()
	var ends []int
	begin, have := 0, 0
	for have < len(data) {
		have = min(len(data), have+rapid.IntRange(1, 9).Draw(t, "bytes"))
		for {
			n := s.Split(data[begin:have], maxRows)
			if n == 0 {
				break
			}
			begin += n
			ends = append(ends, begin)
		}
	}
	if begin != len(data) {
		t.Fatalf("%q: split to %v, of %d bytes", data, ends, len(data))
	}
	// One at a time, for the true ends.
	one := f.Splitter()
	var all []int
	for at := 0; at < len(data); {
		at += one.Split(data[at:], 1)
		all = append(all, at)
	}
	if len(all) != rows {
		t.Fatalf("%q: %d rows, want %d", data, len(all), rows)
	}
	for _, e := range ends {
		if !slices.Contains(all, e) {
			t.Fatalf("%q: split at %d, rows end at %v", data, e, all)
		}
	}
}

// TestTimestampFast: the fast way agrees with the types' own.
func TestTimestampFast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := fmt.Sprintf("%04d-%02d-%02d%s%02d:%02d:%02d", rapid.IntRange(0, 9999).Draw(t, "year"), rapid.IntRange(0, 13).Draw(t, "month"),
			rapid.IntRange(0, 32).Draw(t, "day"), rapid.SampledFrom([]string{"T", " "}).Draw(t, "between"), rapid.IntRange(0, 24).Draw(t, "hour"),
			rapid.IntRange(0, 60).Draw(t, "minute"), rapid.IntRange(0, 60).Draw(t, "second"))
		text += rapid.StringMatching(`(\.[0-9]{0,7})?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?`).Draw(t, "rest")
		for _, oid := range []types.OID{types.OIDTimestamp, types.OIDTimestamptz} {
			got, ok := parseTimestamp([]byte(text), oid == types.OIDTimestamptz)
			if !ok {
				continue
			}
			v, err := types.Parse(types.Of(oid), text, types.DefaultSettings)
			if err != nil || v.Int != got {
				t.Fatalf("%s: %d, the codec says %d, %v", text, got, v.Int, err)
			}
		}
	})
}

// TestNumbersFast: the fast ways agree with the types' own.
func TestNumbersFast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.Custom(number), rapid.StringMatching(`[+-]?[0-9]{0,20}(\.[0-9]{0,20})?`)).Draw(t, "number")
		if n, ok := parseInt([]byte(text)); ok {
			if v, err := types.Parse(types.Of(types.OIDInt8), text, types.DefaultSettings); err != nil || v.Int != n {
				t.Fatalf("%q: %d, the codec says %d, %v", text, n, v.Int, err)
			}
		}
		for _, oid := range []types.OID{types.OIDFloat4, types.OIDFloat8} {
			if x, ok := parseFloat([]byte(text), oid == types.OIDFloat4); ok {
				v, err := types.Parse(types.Of(oid), text, types.DefaultSettings)
				if err != nil || math.Float64bits(v.Float) != math.Float64bits(x) {
					t.Fatalf("%q: %g, the codec says %g, %v", text, x, v.Float, err)
				}
			}
		}
	})
}

// fuzzFormats are what the fuzz targets decode with.
func fuzzFormats(f *testing.F, encode string, settings ...connector.Setting) *Format {
	format, err := New(encode, settings, append(slices.Clone(oracleColumns),
		connector.Column{Name: "ts", Type: types.Of(types.OIDTimestamptz)}, connector.Column{Name: "a", Type: types.Of(1007)}))
	if err != nil {
		f.Fatal(err)
	}
	return format
}

// fuzzDecode decodes any bytes: every byte is decoded, texts are valid, and each row is either there or reported.
func fuzzDecode(t *testing.T, f *Format, data []byte) {
	d := f.Decoder(connector.Start{Columns: []int{0, 1, 2, 3, 4, 5, 6, 7, 8}})
	var list []types.Type
	for _, c := range d.columns {
		list = append(list, c.Type)
	}
	b := batch.New(list...)
	for at := 0; at < len(data); b.Reset() {
		n := d.Decode(b, nil, Chunk{Data: data[at:]}, func(connector.RowError) {})
		if n <= 0 || n > len(data)-at {
			t.Fatalf("%d of %d bytes decoded", n, len(data)-at)
		}
		at += n
		for c := range b.Cols {
			if b.Cols[c].Len() != b.Len() {
				t.Fatalf("column %d has %d values in %d rows", c, b.Cols[c].Len(), b.Len())
			}
		}
		for i := range b.Len() {
			if name := b.Cols[1].BytesAt(i); !utf8.Valid(name) || bytes.IndexByte(name, 0) >= 0 {
				t.Fatalf("%q is no text", name)
			}
		}
	}
}

func FuzzJSON(f *testing.F) {
	format := fuzzFormats(f, JSON)
	for _, seed := range []string{
		`{"id":1,"name":"x","Price":1.50,"f":1e5,"doc":{"a":[1,"\u00e9"]},"ok":true,"ts":1769862896789,"a":[1,null]}`,
		"{\"NAME\":\"\\ud83d\\ude00\",\"x\":[{}]}\r\n\n{\"id\":\"12\"", `{"a":[[1],[2]],"ts":"2026-01-31T12:34:56.789Z"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzDecode(t, format, data)
		// What encoding/json takes as an object, every row of it, is not refused for its form.
		var object map[string]json.RawMessage
		if bytes.ContainsAny(data, "\n\x00") || !utf8.Valid(data) || json.Unmarshal(data, &object) != nil || object == nil ||
			bytes.Contains(data, []byte(`\u`)) {
			return
		}
		rows, faults := decodeAll(t, format, []int{}, Chunk{Data: data})
		if len(rows) != 1 || len(faults) > 0 {
			t.Fatalf("%d rows, errors %v", len(rows), faults)
		}
	})
}

func FuzzCSV(f *testing.F) {
	format := fuzzFormats(f, CSV, connector.Setting{Name: "escape", Value: `\`})
	f.Add([]byte("1,\"a\"\"b\",1.5,2,{},t,x,2026-01-31 12:34:56,\"{1,2}\"\r\n\n,,,,,,,,\n\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzDecode(t, format, data) })
}
