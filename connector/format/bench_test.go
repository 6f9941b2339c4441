package format

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// benchmarkLines are lines of 245 bytes, as the Yahoo benchmark has them.
func benchmarkLines() []byte {
	var text bytes.Buffer
	for i := range batch.Rows {
		fmt.Fprintf(&text, `{"user_id":"2f6face5-1b77-4389-9eb7-91a2dbc5363f","page_id":"a02c9493-cd46-4c22-967d-8b0827f89696","ad_id":"36d9a9e6-d391-4ddd-8f85-4a5b79246abd","ad_type":"%s","event_type":"%s","event_time":%d,"ip_address":"10.156.164.165"}`+"\n",
			[]string{"banner", "modal", "sponsored-search", "mail", "mobile"}[i%5], []string{"view", "click", "purchase"}[i*7%3], 1436918400000+i)
	}
	return text.Bytes()
}

// BenchmarkJSON decodes three of seven fields.
func BenchmarkJSON(b *testing.B) {
	benchmarkJSON(b, connector.Start{Columns: []int{0, 1, 2}}, batch.Rows)
}

// BenchmarkJSONWhere leaves two of three rows out.
func BenchmarkJSONWhere(b *testing.B) {
	isView := batch.Predicate{Column: 1, Values: []types.Value{types.TextValue("view")}}
	benchmarkJSON(b, connector.Start{Columns: []int{0, 1, 2}, Left: []int{2}, Where: []batch.Predicate{isView}}, (batch.Rows+2)/3)
}

func benchmarkJSON(b *testing.B, start connector.Start, want int) {
	text, textType, timeType := benchmarkLines(), types.Of(types.OIDText), types.Of(types.OIDTimestamptz)
	f, err := New(JSON, nil, []connector.Column{{Name: "ad_id", Type: textType}, {Name: "event_type", Type: textType}, {Name: "event_time", Type: timeType}})
	if err != nil {
		b.Fatal(err)
	}
	d := f.Decoder(start)
	rows, left := batch.New(textType, textType, timeType), batch.New(timeType)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		rows.Reset()
		left.Reset()
		if d.Decode(rows, left, Chunk{Data: text}, nil); rows.Len() != want {
			b.Fatalf("decoded %d rows", rows.Len())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch.Rows, "ns/row")
}
