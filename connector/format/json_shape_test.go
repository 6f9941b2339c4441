package format

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestShapes: what a decoder remembers of rows changes nothing about the next row. Each row is decoded by one that has seen all rows before,
// and by one that has seen none.
func TestShapes(t *testing.T) {
	columns := []connector.Column{
		{Name: "a", Type: types.Of(types.OIDInt8)},
		{Name: "b", Type: types.Of(types.OIDText)},
		{Name: "c", Type: types.Of(types.OIDTimestamptz)},
		{Name: "d", Type: types.Of(types.OIDJSONB)},
	}
	f, err := New(JSON, nil, columns)
	if err != nil {
		t.Fatal(err)
	}
	decode := func(d *Decoder, row string, wanted []int) string {
		var kinds []types.Type
		for _, c := range wanted {
			kinds = append(kinds, columns[c].Type)
		}
		b, text := batch.New(kinds...), ""
		d.Decode(b, Chunk{Data: []byte(row + "\n")}, func(e connector.RowError) { text += fmt.Sprint(e.Column, e.Err, e.Err.Detail) })
		return b.String() + text
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		wanted := r.Perm(4)[:1+r.IntN(4)]
		old := f.Decoder(wanted)
		shape := randomRow(r, nil)
		for range 20 {
			row := randomRow(r, shape)
			if r.IntN(5) == 0 {
				shape = randomRow(r, nil)
			}
			text := strings.Join(row, "")
			if diff := cmp.Diff(decode(f.Decoder(wanted), text, wanted), decode(old, text, wanted)); diff != "" {
				t.Fatalf("seed %d, columns %v, row %s: %s", seed, wanted, text, diff)
			}
		}
	}
}

// randomRow writes a row as tokens: with the keys and the white space of another one, mostly, or with its own.
func randomRow(r *rand.Rand, like []string) []string {
	values := []string{
		`1`, `-12`, `1234567890123`, `123456789012345678`, `99999999999999999999`, `"x"`, `""`, `"some text that is longer"`, `"a\"b"`, `"\\"`, `"ü\u0041"`, `"\"`,
		`"2026-01-02T03:04:05Z"`, `{"x":[1,"]"]}`, `[1,{"a":2}]`, `null`, `true`, `1.5e3`, `tru`, "\"\x01\"", "\"\xff\"", ``,
	}
	value := func() string {
		if r.IntN(3) > 0 {
			return values[r.IntN(12)]
		}
		return values[r.IntN(len(values))]
	}
	if like != nil {
		row := append([]string(nil), like...)
		for i := range row {
			if strings.HasPrefix(row[i], "\x00") || r.IntN(40) == 0 {
				row[i] = "\x00"
			}
		}
		for i := range row {
			if row[i] == "\x00" {
				row[i] = value()
			}
		}
		return row
	}
	row := []string{"{"}
	for i := range r.IntN(7) {
		if i > 0 {
			row = append(row, []string{",", " , ", ",,"}[min(r.IntN(40)/19, 2)])
		}
		row = append(row, fmt.Sprintf("%q", []string{"a", "b", "c", "d", "A", "e", "long_name_of_a_key"}[r.IntN(7)]), []string{":", " : "}[r.IntN(2)], "\x00")
	}
	return append(row, "}", []string{"", " "}[r.IntN(2)])
}
