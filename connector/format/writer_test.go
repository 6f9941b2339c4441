package format_test

import (
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// written are values of each kind of column, with the JSON and the CSV that they become.
var written = []struct {
	oid             types.OID
	text, json, csv string
}{
	{types.OIDBool, "t", "true", "t"},
	{types.OIDInt8, "-9223372036854775808", "-9223372036854775808", "-9223372036854775808"},
	{types.OIDFloat8, "0.1", "0.1", "0.1"},
	{types.OIDFloat8, "Infinity", `"Infinity"`, "Infinity"},
	{types.OIDNumeric, "12345678901234567890.10", "12345678901234567890.10", "12345678901234567890.10"},
	{types.OIDNumeric, "NaN", `"NaN"`, "NaN"},
	{types.OIDText, "a \"b\", c\n", `"a \"b\", c\n"`, "\"a \"\"b\"\", c\n\""},
	{types.OIDText, "", `""`, `""`},
	{types.OIDBytea, `\x00ff`, `"\\x00ff"`, `\x00ff`},
	{types.OIDDate, "2026-01-31", `"2026-01-31"`, "2026-01-31"},
	{types.OIDTimestamp, "2026-01-31 12:00:00.5", `"2026-01-31T12:00:00.5"`, "2026-01-31 12:00:00.5"},
	{types.OIDTimestamptz, "2026-01-31 12:00:00+00", `"2026-01-31T12:00:00+00:00"`, "2026-01-31 12:00:00+00"},
	{types.OIDTimestamptz, "infinity", `"infinity"`, "infinity"},
	{types.OIDUUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", `"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	{types.OIDJSONB, `{"a": [1, null]}`, `{"a": [1, null]}`, `"{""a"": [1, null]}"`},
	{types.OIDJSON, "[1,\n2]", "[1, 2]", "\"[1,\n2]\""},
	{1007, `{{1,2},{NULL,4}}`, `[[1,2],[null,4]]`, `"{{1,2},{NULL,4}}"`},
	{1009, `{}`, `[]`, `{}`},
}

func TestWriter(t *testing.T) {
	for _, x := range written {
		kind := types.Of(x.oid)
		v, err := types.Parse(kind, x.text, types.DefaultSettings)
		if err != nil {
			t.Fatal(err)
		}
		b := batch.New(types.Of(types.OIDInt4), kind)
		b.AppendValues(1, types.NullValue, v)
		columns := []connector.Column{{Name: "n", Type: types.Of(types.OIDInt4)}, {Name: `v"`, Type: kind}}
		for encode, want := range map[string]string{format.JSON: `{"n":null,"v\"":` + x.json + "}\n", format.CSV: "," + x.csv + "\n"} {
			w, err := format.NewWriter(encode, nil, columns)
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.Append(nil, b, 0)
			if err != nil || string(got) != want {
				t.Errorf("%s of %s: %q, want %q: %v", encode, x.text, got, want, err)
			}
		}
	}
	for _, encode := range []string{format.Text, format.Bytes, "AVRO"} {
		if _, err := format.NewWriter(encode, nil, nil); pgerr.CodeOf(err) != pgerr.FeatureNotSupported {
			t.Errorf("%s: %v", encode, err)
		}
	}
}

// TestWriterAllocates: rows of plain types are written without allocating.
func TestWriterAllocates(t *testing.T) {
	b := batch.New(types.Of(types.OIDInt8), types.Of(types.OIDText), types.Of(types.OIDTimestamp))
	b.AppendValues(1, types.IntValue(7), types.TextValue("text"), types.IntValue(1))
	for _, encode := range []string{format.JSON, format.CSV} {
		w, err := format.NewWriter(encode, nil, []connector.Column{
			{Name: "n", Type: types.Of(types.OIDInt8)}, {Name: "x", Type: types.Of(types.OIDText)}, {Name: "t", Type: types.Of(types.OIDTimestamp)},
		})
		if err != nil {
			t.Fatal(err)
		}
		var dst []byte
		if n := testing.AllocsPerRun(100, func() { dst, _ = w.Append(dst[:0], b, 0) }); n > 0 {
			t.Errorf("%s: %v allocations a row", encode, n)
		}
	}
}
