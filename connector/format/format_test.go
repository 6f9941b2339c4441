package format

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// ysbLines are events of Yahoo's streaming benchmark, about 245 bytes each.
func ysbLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"user_id":"2f6face5-1b77-4389-9eb7-91a2dbc5363f","page_id":"a02c9493-cd46-4c22-967d-8b0827f89696",`+
			`"ad_id":"36d9a9e6-d391-4ddd-8f85-4a5b79246%03x","ad_type":"sponsored-search","event_type":"%s","event_time":%d,"ip_address":"10.156.164.%d"}`+"\n",
			i%4096, []string{"view", "click", "purchase"}[i%3], 1436918400000+i, i%256)
	}
	return b.Bytes()
}

const ysbColumns = "user_id:text page_id:text ad_id:text ad_type:text event_type:text event_time:timestamptz ip_address:text"

func newDecoder(t testing.TB, encode, columns string, settings []connector.Setting, wanted ...string) (*Decoder, *batch.Batch) {
	t.Helper()
	list := parseColumns(t, columns)
	f, err := New(encode, settings, list)
	if err != nil {
		t.Fatal(err)
	}
	var indexes []int
	var types []types.Type
	for i, c := range list {
		if wanted == nil || slices.Contains(wanted, c.Name) {
			indexes = append(indexes, i)
			types = append(types, c.Type)
		}
	}
	return f.Decoder(connector.Start{Columns: indexes}), batch.New(types...)
}

func decodeChunk(d *Decoder, b *batch.Batch, data []byte) (rows int) {
	for at := 0; at < len(data); {
		b.Reset()
		at += d.Decode(b, nil, Chunk{Partition: "p", Data: data[at:]}, nil)
		rows += b.Len()
	}
	return rows
}

func TestNoAllocation(t *testing.T) {
	csv := bytes.Repeat([]byte("12,\"a \"\"quoted\"\" text\",2026-01-31 12:34:56,1.5\n"), 5000)
	for _, c := range []struct {
		name, encode, columns string
		data                  []byte
	}{
		{"ysb", JSON, ysbColumns, ysbLines(5000)},
		{"kinds", JSON, "a:int4 b:float8 c:bool d:jsonb e:numeric f:timestamp o:offset p:partition", bytes.Repeat([]byte(
			`{"x":[1,{"y":"\""}],"a":12,"b":1.25,"c":true,"e":12.50,"f":"2026-01-31T12:34:56Z"}`+"\n"), 5000)},
		{"escapes", JSON, "a:text", bytes.Repeat([]byte(`{"a":"caf\u00e9 \"x\" é"}`+"\n"), 5000)},
		{"csv", CSV, "a:int8 b:text c:timestamp d:float8", csv},
		{"text", Text, "a:text", csv},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, b := newDecoder(t, c.encode, c.columns, nil)
			if n := decodeChunk(d, b, c.data); n != 5000 {
				t.Fatalf("%d rows", n)
			}
			if n := testing.AllocsPerRun(5, func() { decodeChunk(d, b, c.data) }); n > 0 {
				t.Errorf("%v allocations for 5,000 rows", n)
			}
		})
	}
}

// TestFullBatch: a batch that has rows already is filled up, no further.
func TestFullBatch(t *testing.T) {
	d, b := newDecoder(t, JSON, "a:int4", nil)
	data := bytes.Repeat([]byte("{\"a\":1}\n"), 3*batch.Rows)
	n := d.Decode(b, nil, Chunk{Data: data[:80]}, nil)
	n += d.Decode(b, nil, Chunk{Data: data[n:]}, nil)
	if b.Len() != batch.Rows || n != 8*batch.Rows {
		t.Errorf("%d rows of %d bytes", b.Len(), n)
	}
}

// TestUndo: what a row with an error left behind is gone from all columns, nulls too.
func TestUndo(t *testing.T) {
	d, b := newDecoder(t, JSON, "a:int4 b:text c:bool d:float8 e:int4", nil)
	bad := `{"a":null,"b":"left","c":true,"d":null,"e":"x"}` + "\n"
	good := `{"a":1,"b":"x","c":false,"d":2.5,"e":3}` + "\n"
	faults := 0
	d.Decode(b, nil, Chunk{Data: []byte(strings.Repeat(bad+good+bad, 100))}, func(connector.RowError) { faults++ })
	for i := range b.Len() {
		if got := rowText(b, i); got != `1 | "x" | f | 2.5 | 3` {
			t.Fatalf("row %d is %s", i, got)
		}
	}
	if b.Len() != 100 || faults != 200 {
		t.Errorf("%d rows, %d errors", b.Len(), faults)
	}
}

func TestDecodeMessage(t *testing.T) {
	var faults []connector.RowError
	report := func(e connector.RowError) { faults = append(faults, e) }
	d, b := newDecoder(t, JSON, "a:int4 p:partition o:offset", nil)
	d.DecodeMessage(b, nil, "7", 12, []byte("{\n \"a\": 1\n}\n"), report)
	d.DecodeMessage(b, nil, "7", 13, []byte(" "), report)
	d.DecodeMessage(b, nil, "7", 14, []byte("{\"a\":\"x\"}"), report)
	if b.Len() != 1 || rowText(b, 0) != `1 | "7" | 12` || len(faults) != 2 || faults[0].Offset != 13 || faults[1].Offset != 14 {
		t.Errorf("%d rows, errors %v", b.Len(), faults)
	}
	d, b = newDecoder(t, CSV, "a:text b:text", nil, "b")
	d.DecodeMessage(b, nil, "", 0, []byte("x,\"y\nz\""), report)
	if rowText(b, 0) != `"y\nz"` {
		t.Error(rowText(b, 0))
	}
	d, b = newDecoder(t, Bytes, "a:bytea", nil)
	d.DecodeMessage(b, nil, "", 0, []byte("x\ny"), report)
	if string(b.Cols[0].BytesAt(0)) != "x\ny" {
		t.Error(rowText(b, 0))
	}
}

func BenchmarkDecode(b *testing.B) {
	const n = 20_000
	ysb := ysbLines(n)
	var csv bytes.Buffer
	for i := range n {
		fmt.Fprintf(&csv, "%d,name %d,2026-01-31 12:34:56,%d.5,some more text that nobody wants\n", i, i, i)
	}
	for _, c := range []struct {
		name, encode, columns string
		wanted                []string
		data                  []byte
	}{
		{"json/ysb", JSON, ysbColumns, []string{"ad_id", "event_type", "event_time"}, ysb},
		{"json/ysb/one", JSON, ysbColumns, []string{"event_type"}, ysb},
		{"json/ysb/all", JSON, ysbColumns, nil, ysb},
		{"json/ysb/none", JSON, ysbColumns, []string{}, ysb},
		{"csv/some", CSV, "id:int8 name:text ts:timestamp f:float8 rest:text", []string{"id", "ts"}, csv.Bytes()},
		{"csv/all", CSV, "id:int8 name:text ts:timestamp f:float8 rest:text", nil, csv.Bytes()},
		{"text", Text, "a:text", nil, csv.Bytes()},
	} {
		b.Run(c.name, func(b *testing.B) {
			d, rows := newDecoder(b, c.encode, c.columns, nil, c.wanted...)
			if c.wanted != nil && len(c.wanted) == 0 {
				d, rows = d.format.Decoder(connector.Start{}), batch.New()
			}
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			total := 0
			for b.Loop() {
				total += decodeChunk(d, rows, c.data)
			}
			b.ReportMetric(float64(total)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
