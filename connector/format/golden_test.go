package format

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// typeNames are the types that tests name.
var typeNames = func() map[string]types.OID {
	m := map[string]types.OID{}
	for oid := types.OID(16); oid < 6000; oid++ {
		if i, ok := types.Lookup(oid); ok {
			m[i.Name] = oid
		}
	}
	return m
}()

// parseColumns reads "a:int4 b:text", with +n for a modifier, and :partition and :offset.
func parseColumns(t testing.TB, text string) []connector.Column {
	t.Helper()
	var list []connector.Column
	for _, word := range strings.Fields(text) {
		name, typ, _ := strings.Cut(word, ":")
		c := connector.Column{Name: name}
		var mod int32 = -1
		if base, number, ok := strings.Cut(typ, "+"); ok {
			typ = base
			if _, err := fmt.Sscan(number, &mod); err != nil {
				t.Fatal(err)
			}
		}
		switch typ {
		case "partition":
			c.Meta, c.Type = connector.MetaPartition, types.Of(types.OIDText)
		case "offset":
			c.Meta, c.Type = connector.MetaOffset, types.Of(types.OIDInt8)
		default:
			oid, ok := typeNames[typ]
			if !ok {
				t.Fatalf("no type %q", typ)
			}
			c.Type = types.Type{OID: oid, Mod: mod}
		}
		list = append(list, c)
	}
	return list
}

// decodeAll decodes rows; wanted nil means all columns.
func decodeAll(t rapid.TB, f *Format, wanted []int, chunk Chunk) (rows []string, faults []connector.RowError) {
	t.Helper()
	if wanted == nil {
		wanted = []int{}
		for i := range f.columns {
			wanted = append(wanted, i)
		}
	}
	d := f.Decoder(connector.Start{Columns: wanted})
	var list []types.Type
	for _, c := range d.columns {
		list = append(list, c.Type)
	}
	b := batch.New(list...)
	for len(chunk.Data) > 0 {
		n := d.Decode(b, nil, chunk, func(e connector.RowError) {
			e.Sample = append([]byte(nil), e.Sample...)
			faults = append(faults, e)
		})
		if n <= 0 {
			t.Fatalf("%d bytes decoded of %q", n, chunk.Data)
		}
		for i := range b.Len() {
			rows = append(rows, rowText(b, i))
		}
		b.Reset()
		chunk.Data, chunk.Offset = chunk.Data[n:], chunk.Offset+int64(n)
	}
	return rows, faults
}

func rowText(b *batch.Batch, i int) string {
	var out []string
	for c := range b.Cols {
		v := &b.Cols[c]
		switch {
		case v.IsNull(i):
			out = append(out, "NULL")
		case v.Type().OID == types.OIDText || v.Type().OID == types.OIDVarchar:
			out = append(out, fmt.Sprintf("%q", v.BytesAt(i)))
		default:
			out = append(out, types.Text(v.Type(), v.Value(i), types.DefaultSettings))
		}
	}
	return strings.Join(out, " | ")
}

// TestGolden decodes the rows of each case. A case is
//
//	decode JSON [(option=value ...)] COLUMNS
//	rows; in them \0 is a zero byte, \xHH a byte, \r a carriage return and $ at the end of the last row that it has no line end
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "fuzz") || strings.Contains(path, "rapid") {
			return
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var settings []connector.Setting
			var columns, wanted []string
			for _, a := range d.CmdArgs {
				switch a.Key {
				case "option":
					for _, v := range a.Vals {
						name, value, _ := strings.Cut(v, ":")
						settings = append(settings, connector.Setting{Name: name, Value: strings.ReplaceAll(value, "backslash", `\`)})
					}
				case "wanted":
					wanted = a.Vals
				default:
					columns = append(columns, a.Key)
				}
			}
			list := parseColumns(t, strings.Join(columns, " "))
			f, err := New(d.Cmd, settings, list)
			if err != nil {
				return err.Error() + "\n"
			}
			var indexes []int
			for _, w := range wanted {
				for i, c := range list {
					if c.Name == w {
						indexes = append(indexes, i)
					}
				}
			}
			text := strings.NewReplacer(`\\`, `\`, `\0`, "\x00", `\r`, "\r", `\xff`, "\xff").Replace(d.Input) + "\n"
			text = strings.TrimSuffix(text, "$\n")
			chunk := Chunk{Partition: "p", Offset: 1000}
			if f.Header() {
				s := f.Splitter()
				n := s.Split([]byte(text), 1)
				chunk.Header, text = []byte(strings.TrimRight(text[:n], "\r\n")), text[n:]
			}
			chunk.Data = []byte(text)
			rows, faults := decodeAll(t, f, indexes, chunk)
			var out strings.Builder
			for _, r := range rows {
				fmt.Fprintln(&out, r)
			}
			for _, e := range faults {
				fmt.Fprintf(&out, "error at %d", e.Offset)
				if e.Column != "" {
					fmt.Fprintf(&out, " in %s", e.Column)
				}
				fmt.Fprintf(&out, ": %v in %q\n", e.Err, e.Sample)
			}
			return out.String()
		})
	})
}
