package format

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// BenchmarkJSON decodes three of seven fields of lines of 245 bytes, as the Yahoo benchmark has them.
func BenchmarkJSON(b *testing.B) {
	var text bytes.Buffer
	for i := range batch.Rows {
		fmt.Fprintf(&text, `{"user_id":"2f6face5-1b77-4389-9eb7-91a2dbc5363f","page_id":"a02c9493-cd46-4c22-967d-8b0827f89696","ad_id":"36d9a9e6-d391-4ddd-8f85-4a5b79246abd","ad_type":"%s","event_type":"%s","event_time":%d,"ip_address":"10.156.164.165"}`+"\n",
			[]string{"banner", "modal", "sponsored-search", "mail", "mobile"}[i%5], []string{"view", "click", "purchase"}[i*7%3], 1436918400000+i)
	}
	textType := types.Of(types.OIDText)
	f, err := New(JSON, nil, []connector.Column{
		{Name: "ad_id", Type: textType}, {Name: "event_type", Type: textType}, {Name: "event_time", Type: types.Of(types.OIDTimestamptz)},
	})
	if err != nil {
		b.Fatal(err)
	}
	d := f.Decoder(connector.Start{Columns: []int{0, 1, 2}})
	rows := batch.New(textType, textType, types.Of(types.OIDTimestamptz))
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		rows.Reset()
		if d.Decode(rows, nil, Chunk{Data: text.Bytes()}, nil); rows.Len() != batch.Rows {
			b.Fatalf("decoded %d rows", rows.Len())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch.Rows, "ns/row")
}
