package format

import (
	"bytes"
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
// and by one that has seen none; then all of them at once, with other text behind them in the same memory.
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
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		wanted := r.Perm(4)[:1+r.IntN(4)]
		var kinds []types.Type
		for _, c := range wanted {
			kinds = append(kinds, columns[c].Type)
		}
		decode := func(d *Decoder, text []byte) (rows, errors string) {
			b := batch.New(kinds...)
			n := d.Decode(b, nil, Chunk{Data: text}, func(e connector.RowError) {
				errors += fmt.Sprintf("%d: %s %v %s %q\n", e.Offset, e.Column, e.Err, e.Err.Detail, e.Sample)
			})
			if n != len(text) {
				t.Fatalf("%d bytes decoded of %q", n, text)
			}
			return b.String() + strings.Repeat("\n", min(b.Len(), 1)), errors
		}
		old := f.Decoder(connector.Start{Columns: wanted})
		shape := randomRow(r, nil)
		var all []byte
		var rows, faults []string
		for range 20 {
			row := randomRow(r, shape)
			if r.IntN(5) == 0 {
				shape = randomRow(r, nil)
			}
			text := []byte(strings.Join(row, "") + []string{"\n", "\n", "\r\n", "\n\n"}[r.IntN(4)])
			want, wantErr := decode(f.Decoder(connector.Start{Columns: wanted}), text)
			if got, gotErr := decode(old, text); got != want || gotErr != wantErr {
				t.Fatalf("seed %d, columns %v, row %s:\n%s", seed, wanted, text, cmp.Diff(want+wantErr, got+gotErr))
			}
			rows, faults = append(rows, want), append(faults, strings.Replace(wantErr, "0", fmt.Sprint(len(all)), 1))
			all = append(all, text...)
		}
		size := len(bytes.TrimRight(all, "\r\n"))
		all = append(all[:size:size], `","a":1,"b":"x","c":3}`...)[:size]
		got, gotErr := decode(f.Decoder(connector.Start{Columns: wanted}), all)
		if diff := cmp.Diff(strings.Join(append(rows, faults...), ""), got+gotErr); diff != "" {
			t.Fatalf("seed %d, columns %v, rows\n%s\n%s", seed, wanted, all, diff)
		}
	}
}

// TestShapesHidden: rows that look like the shape where it is compared, and are not so in between.
func TestShapesHidden(t *testing.T) {
	columns := []connector.Column{{Name: "a", Type: types.Of(types.OIDInt8)}, {Name: "b", Type: types.Of(types.OIDText)}}
	f, err := New(JSON, nil, columns)
	if err != nil {
		t.Fatal(err)
	}
	const usual = `{"u":"0123456789abcdef","p":"0123456789abcdef","b":"x","q":"yy","a":1}` + "\n"
	for _, row := range []string{
		`{"u":"0","b":"z","k":"","p":"0123456789abcdef","b":"x","q":"yy","a":1}`,
		`{"u":"0","a":2,"k":"\\","p":"0123456789abcdef","b":"x","q":"yy","a":1}`,
		`{"u":"0123456789abcde\","p":"0123456789abcdef","b":"x","q":"yy","a":1}`,
		`{"u":"0123456789abcdef","p":"0123456789abcde\","b":"x","q":"yy","a":1}`,
		`{"u":"0123456789abcdef","p":"0123456789abcdef","b":"\","q":"yy","a":1}`,
		`{"u":"0123456789abcdef","p":"0123456789abcdef","b":"x","q":"y\","a":1}`,
		"{\"u\":\"0123456\n89abcdef\",\"p\":\"0123456789abcdef\",\"b\":\"x\",\"q\":\"yy\",\"a\":1}",
		"{\"u\":\"0123456789abcdef\",\"p\":\"0123456789abcdef\",\"b\":\"x\n\",\"q\":\"yy\",\"a\":1}",
		"{\"u\":\"0123456789abcdef\",\"p\":\"0123456789abcdef\",\"b\":\"x\",\"q\":\"yy\n\",\"a\":1}",
		"{\"u\":\"0123456789abcdef\",\"p\":\"0123456789abcdef\",\"b\":\"x\",\"q\":\"yy\",\"a\":1\n2}",
		"{\"u\":\"0123456789abcdef\",\"p\":\"0123456789abcdef\",\"b\":\"x\",\"q\":\"yy\",\"a\":\n1}",
		"{\"u\":\"0123456789abcdef\",\"p\":\"0123456789abcdef\",\"b\":\"x\",\"q\":\"yy\",\"a\":{\n}}",
	} {
		want, wantErr := []string{}, 0
		for line := range strings.Lines(usual + usual + row + "\n" + usual) {
			rows, faults := decodeAll(t, f, nil, Chunk{Data: []byte(line)})
			want, wantErr = append(want, rows...), wantErr+len(faults)
		}
		got, gotErr := decodeAll(t, f, nil, Chunk{Data: []byte(usual + usual + row + "\n" + usual)})
		if diff := cmp.Diff(want, got); diff != "" || len(gotErr) != wantErr {
			t.Errorf("%s: %d errors instead of %d, %s", row, len(gotErr), wantErr, diff)
		}
	}
}

// TestShapesLong: a byte that strings of one length do not have is seen wherever it stands in one, whether the string is wanted or not.
func TestShapesLong(t *testing.T) {
	columns := []connector.Column{{Name: "a", Type: types.Of(types.OIDInt8)}, {Name: "b", Type: types.Of(types.OIDText)}}
	f, err := New(JSON, nil, columns)
	if err != nil {
		t.Fatal(err)
	}
	line := func(unwanted, wanted string) string {
		return `{"u":"` + unwanted + `","b":"` + wanted + `","p":"x","a":1}` + "\n"
	}
	for _, size := range []int{7, 8, 31, 32, 33, 36, 40, 41, 47, 72, 73, 81} {
		text := strings.Repeat("0123456789abcdef", 8)[:size]
		usual := line(text, text)
		for i := range size {
			for _, bad := range []string{`"`, `\`, "\n", "\x01", "A", " ", "\x80", "\xff"} {
				other := text[:i] + bad + text[i+1:]
				for _, row := range []string{line(other, text), line(text, other)} {
					all := usual + usual + row + usual + usual + usual
					var want []string
					wantErr := 0
					for line := range strings.Lines(all) {
						rows, faults := decodeAll(t, f, nil, Chunk{Data: []byte(line)})
						want, wantErr = append(want, rows...), wantErr+len(faults)
					}
					got, gotErr := decodeAll(t, f, nil, Chunk{Data: []byte(all)})
					if diff := cmp.Diff(want, got); diff != "" || len(gotErr) != wantErr {
						t.Fatalf("%s: %d errors instead of %d, %s", row, len(gotErr), wantErr, diff)
					}
				}
			}
		}
	}
}

// TestShapesCut: what stands behind rows in memory is none of theirs, wherever the last one is cut off.
func TestShapesCut(t *testing.T) {
	f, err := New(JSON, nil, whereColumns)
	if err != nil {
		t.Fatal(err)
	}
	start := connector.Start{Columns: []int{0, 1, 2}}
	d := f.Decoder(start) // which has seen all the shorter ones
	text := bytes.Repeat([]byte(`{"u":"0123456789abcdef","b":"0123456789abcdef","a":1234567890,"c":1436918400000,"z":"y"}`+"\n"), 4)
	for n := len(text) * 3 / 4; n <= len(text); n++ {
		got, want := decodeWhere(t, d, start, text[:n]), decodeWhere(t, f.Decoder(start), start, bytes.Clone(text[:n:n]))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(decoded{})); diff != "" {
			t.Fatalf("cut after %d bytes, %q: %s", n, text[n-20:n], diff)
		}
	}
}

// randomRow writes a row as tokens: with the keys and the white space of another one, mostly, or with its own.
func randomRow(r *rand.Rand, like []string) []string {
	values := []string{
		`"some text that is longer"`, `"#ome text that is longer"`, `"some text that isn't less"`, `"some text that is longe\"`, `"some \"ext that is longer"`, `"some text that is lönger"`,
		"\"some text that\tis longer\"", `1`, `-12`, `1234567890123`, `123456789012345678`, `99999999999999999999`, `"x"`, `""`, `"some text that is longer"`, `"a\"b"`, `"\\"`, `"ü\u0041"`, `"\"`,
		`"2026-01-02T03:04:05Z"`, `{"x":[1,"]"]}`, `[1,{"a":2}]`, `null`, `true`, `1.5e3`, `tru`, "\"\x01\"", "\"\xff\"", ``,
	}
	value := func() string {
		if r.IntN(3) > 0 {
			return values[[]int{0, 7}[r.IntN(2)]+r.IntN(12)]
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

// TestShapesAlternate: lines of which every other has a key more are decoded without learning their shapes again and again.
func TestShapesAlternate(t *testing.T) {
	f, err := New(JSON, nil, whereColumns)
	if err != nil {
		t.Fatal(err)
	}
	start := connector.Start{Columns: []int{0, 1}}
	text := bytes.Repeat([]byte(`{"u":"0123456789abcdef","b":"x","a":1,"z":0}`+"\n"+`{"u":"0123456789abcdef","n":0,"b":"x","a":1,"z":0}`+"\n"), 64)
	d, b := f.Decoder(start), batchOf(start.Columns)
	decode := func() {
		b.Reset()
		if n := d.Decode(b, nil, Chunk{Data: text}, nil); n != len(text) || b.Len() != 128 {
			t.Fatalf("%d rows in %d bytes of %d", b.Len(), n, len(text))
		}
	}
	for range 20 { // in which there are 1280 others, the next of which to be learned is the 2048th
		decode()
	}
	if n := testing.AllocsPerRun(5, decode); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}
