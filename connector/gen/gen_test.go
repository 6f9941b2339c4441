package gen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/connectortest"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings reads "name=value name=value"; a value may have underscores in place of spaces.
func settings(text string) []connector.Setting {
	var list []connector.Setting
	for _, s := range strings.Fields(text) {
		name, value, _ := strings.Cut(s, "=")
		list = append(list, connector.Setting{Name: name, Value: strings.ReplaceAll(value, "~", " ")})
	}
	return list
}

// open makes a source with the columns that its kind knows, or the given ones.
func open(t testing.TB, k *connector.Kind, text string, columns ...connector.Column) (connector.Source, []connector.Column) {
	t.Helper()
	options, err := k.ParseOptions(settings(text))
	if err != nil {
		t.Fatal(err)
	}
	if columns == nil {
		if columns, err = k.Columns(options); err != nil {
			t.Fatal(err)
		}
	}
	s, err := k.Source(connector.Config{Options: options, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return s, columns
}

// datagenColumns are one of each type that datagen makes.
var datagenColumns = []connector.Column{
	{Name: "id", Type: types.Of(types.OIDInt8)},
	{Name: "small", Type: types.Of(types.OIDInt2)},
	{Name: "f", Type: types.Of(types.OIDFloat8)},
	{Name: "name", Type: types.Of(types.OIDText)},
	{Name: "ok", Type: types.Of(types.OIDBool)},
	{Name: "u", Type: types.Of(types.OIDUUID)},
	{Name: "d", Type: types.Of(types.OIDDate)},
	{Name: "ts", Type: types.Of(types.OIDTimestamptz)},
	{Name: "p", Type: types.Of(types.OIDText), Meta: connector.MetaPartition},
	{Name: "o", Type: types.Of(types.OIDInt8), Meta: connector.MetaOffset},
}

const datagenOptions = "fields.id.kind=sequence fields.id.start=10 fields.small.min=-3 fields.small.max=3 fields.f.min=-1 fields.f.max=1 " +
	"fields.name.length=13 fields.ts.kind=sequence fields.ts.start=2026-01-01 event_gap=1s "

// TestGolden fixes what a seed means. A difference here changes every published figure and every user's stream.
func TestGolden(t *testing.T) {
	datadriven.RunTest(t, "testdata/golden", func(t *testing.T, d *datadriven.TestData) string {
		var from, n int64
		var kind string
		d.ScanArgs(t, "kind", &kind)
		d.ScanArgs(t, "from", &from)
		d.ScanArgs(t, "n", &n)
		k, err := connector.Find([]*connector.Kind{Nexmark, YSB, Datagen}, kind, false)
		if err != nil {
			t.Fatal(err)
		}
		var columns []connector.Column
		if k == Datagen {
			columns = datagenColumns
		}
		s, columns := open(t, k, d.Input, columns...)
		var all []int
		for i := range columns {
			all = append(all, i)
		}
		rows, faults := some(t, s, columns, all, from, n)
		if len(faults) > 0 {
			t.Errorf("errors of rows: %v", faults)
		}
		var out strings.Builder
		for _, r := range rows {
			fmt.Fprintln(&out, strings.Join(r.Values, " "))
		}
		return out.String()
	})
}

// some reads n rows from row number from on.
func some(t *testing.T, s connector.Source, columns []connector.Column, wanted []int, from, n int64) (rows []connectortest.Row, faults []connector.RowError) {
	t.Helper()
	r, err := s.Open(t.Context(), connector.Start{Partition: partition, From: connector.NumberOffset(uint64(from)), Columns: wanted})
	if err != nil {
		t.Fatal(err)
	}
	for int64(len(rows)) < n {
		p, err := r.Fetch(connector.Limit{Rows: int(n) - len(rows)})
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		more, bad := connectortest.Decode(t, p, partition, columns, wanted)
		rows, faults = append(rows, more...), append(faults, bad...)
		p.Release()
	}
	return rows, faults
}

func TestContract(t *testing.T) {
	for _, c := range []struct {
		name, options string
		kind          *connector.Kind
		columns       []connector.Column
	}{
		{"bid", "table=bid events=250 seed=5", Nexmark, nil},
		{"auction", "table=auction events=1500", Nexmark, nil},
		{"person", "table=person events=2222", Nexmark, nil},
		{"ysb", "events=120", YSB, nil},
		{"ysb json", "events=120 format=json", YSB, nil},
		{"ads", "table=ads campaigns=7 ads_per_campaign=3", YSB, nil},
		{"datagen", datagenOptions + "rows=90", Datagen, datagenColumns},
		{"datagen sequence", "fields.id.kind=sequence fields.id.end=99", Datagen, datagenColumns},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, columns := open(t, c.kind, c.options, c.columns...)
			connectortest.Run(t, connectortest.Case{Columns: columns, Make: func(t *testing.T) connector.Source {
				s, _ := open(t, c.kind, c.options, columns...)
				return s
			}})
		})
	}
}

// TestEventCounts: the tables of one stream share its events, wherever it ends.
func TestEventCounts(t *testing.T) {
	for events := int64(0); events < 170; events++ {
		total := int64(0)
		for _, table := range []string{"person", "auction", "bid"} {
			s, columns := open(t, Nexmark, fmt.Sprintf("table=%s events=%d", table, events))
			rows, _ := some(t, s, columns, nil, 0, 1000)
			total += int64(len(rows))
		}
		if total != events {
			t.Fatalf("%d events give %d rows", events, total)
		}
	}
}

// TestJSONEqualsColumns: ysb has the same rows in both formats.
func TestJSONEqualsColumns(t *testing.T) {
	made, columns := open(t, YSB, "events=5000 seed=9")
	decoded, _ := open(t, YSB, "events=5000 seed=9 format=json")
	all := connectortest.Case{Columns: columns}.All()
	want, _ := some(t, made, columns, all, 0, 5000)
	got, faults := some(t, decoded, columns, all, 0, 5000)
	if diff := cmp.Diff(want, got); diff != "" || len(faults) > 0 {
		t.Errorf("columns and json differ:\n%s\n%v", diff, faults)
	}
}

// numbers reads one column of Nexmark as numbers.
func numbers(t *testing.T, table, name string, from, n int64) []int64 {
	t.Helper()
	return numbersOf(t, "seed=3 table="+table, name, from, n)
}

// numbersOf reads one column of the table that the options ask for.
func numbersOf(t *testing.T, options, name string, from, n int64) []int64 {
	t.Helper()
	s, columns := open(t, Nexmark, options)
	i := slices.IndexFunc(columns, func(c connector.Column) bool { return c.Name == name })
	b := batch.New(columns[i].Type)
	r, err := s.Open(t.Context(), connector.Start{Partition: partition, From: connector.NumberOffset(uint64(from)), Columns: []int{i}})
	if err != nil {
		t.Fatal(err)
	}
	var list []int64
	for int64(len(list)) < n {
		p, err := r.Fetch(connector.Limit{Rows: int(n) - len(list)})
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; b.Reset() {
			if more, err = p.Decode(b, nil, nil); err != nil {
				t.Fatal(err)
			}
			list = append(list, b.Cols[0].Ints...)
		}
		p.Release()
	}
	return list
}

// TestDistributions holds the constants of the standard generator against what comes out.
func TestDistributions(t *testing.T) {
	const n, from = 100_000, 4_600_000
	auctions, bidders := numbers(t, "bid", "auction", from, n), numbers(t, "bid", "bidder", from, n)
	hotA, hotB := 0, 0
	for i := range auctions {
		epoch := (from + int64(i)) / bidShare
		last := epoch*3 + 2
		if auctions[i] == last/100*100+1000 {
			hotA++
		}
		if auctions[i] < last-100+1000 && auctions[i] != last/100*100+1000 || auctions[i] > last+10+1000 {
			t.Fatalf("bid %d is for auction %d, the last one is %d", i, auctions[i], last+1000)
		}
		if bidders[i] == epoch/100*100+1+1000 {
			hotB++
		}
		if bidders[i] <= epoch-1000+1000 || bidders[i] > epoch+10+1000 {
			t.Fatalf("bid %d is of person %d, the last one is %d", i, bidders[i], epoch+1000)
		}
	}
	near(t, "hot auctions", float64(hotA)/n, 0.5+0.5*0.55/111, 0.01)
	near(t, "hot bidders", float64(hotB)/n, 0.75, 0.01)

	prices := numbers(t, "bid", "price", from, n)
	var decades [6]int
	for _, p := range prices {
		if p < 100 || p > 100_000_000 {
			t.Fatalf("price %d", p)
		}
		decades[min(5, int(math.Log10(float64(p)/100)))]++
	}
	for i, c := range decades {
		near(t, fmt.Sprintf("prices in decade %d", i), float64(c)/n, 1.0/6, 0.01)
	}

	const a = 30_000
	start, end := numbers(t, "auction", "date_time", from, a), numbers(t, "auction", "expires", from, a)
	sum := 0.0
	for i := range start {
		if end[i] <= start[i] {
			t.Fatal("an auction ends before it begins")
		}
		sum += float64(end[i] - start[i])
	}
	near(t, "length of auctions, in microseconds", sum/a, 1666*100+1000, 5000) // 1,666 events at 100 us
	sellers, hotS := numbers(t, "auction", "seller", from, a), 0
	for i, s := range sellers {
		if s == (from+int64(i))/3/100*100+1000 {
			hotS++
		}
	}
	near(t, "hot sellers", float64(hotS)/a, 0.75, 0.01)
}

// TestHotAuctionRatio: of a hundred bids ninety-nine are for the hot auction; with 1 none is, but by chance.
func TestHotAuctionRatio(t *testing.T) {
	const n, from = 100_000, 4_600_000
	for ratio, want := range map[string]float64{"1": 0.55 / 111, "100": 0.99} {
		hot := 0
		for i, id := range numbersOf(t, "seed=3 table=bid hot_auction_ratio="+ratio, "auction", from, n) {
			if last := (from+int64(i))/bidShare*3 + 2; id == last/100*100+1000 {
				hot++
			}
		}
		near(t, "hot auctions with "+ratio, float64(hot)/n, want, 0.01)
	}
}

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.Abs(got-want) > by {
		t.Errorf("%s: %g, want %g", what, got, want)
	}
}

// TestKeysJoin: bids are for auctions, and auctions of people, that the other tables have.
func TestKeysJoin(t *testing.T) {
	ids := numbers(t, "auction", "id", 0, 30_000)
	if ids[0] != 1000 || ids[29_999] != 30_999 {
		t.Errorf("auctions are numbered %d to %d", ids[0], ids[29_999])
	}
	times := numbers(t, "bid", "date_time", 0, 1000)
	if times[0] != nexmarkStart || times[999]/1000-nexmarkStart/1000 != (999/46*50+4+999%46)/10 {
		t.Errorf("bids are at %d and %d", times[0], times[999])
	}
}

func TestEventTimeFollowsRate(t *testing.T) {
	s, columns := open(t, Nexmark, "table=bid rows_per_second=1000")
	at := slices.IndexFunc(columns, func(c connector.Column) bool { return c.Name == "date_time" })
	rows, _ := some(t, s, columns, []int{at}, 46_000, 1)
	if want := fmt.Sprint(int64(nexmarkStart + 46_000_000 + 3680)); s.Traits().RowsPerSecond != 1000 || rows[0].Values[0] > want ||
		rows[0].Values[0] < fmt.Sprint(int64(nexmarkStart+45_990_000)) {
		t.Errorf("after 46,000 rows at 1,000 a second it is %s, want about %s", rows[0].Values[0], want)
	}
}

func TestWriteJSON(t *testing.T) {
	for _, c := range []struct {
		kind *connector.Kind
		text string
	}{{Nexmark, "table=bid"}, {Nexmark, "table=auction"}, {Nexmark, "table=person"}, {YSB, "seed=2"}, {YSB, "table=ads"}} {
		var out bytes.Buffer
		if err := WriteJSON(&out, c.kind, settings(c.text), 5, 500); err != nil {
			t.Fatal(err)
		}
		s, columns := open(t, c.kind, c.text)
		rows, _ := some(t, s, columns, connectortest.Case{Columns: columns}.All(), 5, 500)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != len(rows) {
			t.Fatalf("%s: %d lines, %d rows", c.text, len(lines), len(rows))
		}
		for i, l := range lines {
			var object map[string]any
			if err := json.Unmarshal([]byte(l), &object); err != nil || len(object) != len(columns) {
				t.Fatalf("%s: %v in %s", c.text, err, l)
			}
			for n, col := range columns {
				if col.Type.OID == types.OIDText && fmt.Sprintf("%q", object[col.Name]) != rows[i].Values[n] {
					t.Errorf("%s: row %d has %v, not %s", c.text, i, object[col.Name], rows[i].Values[n])
				}
			}
		}
		if c.kind == YSB && c.text == "seed=2" {
			if size := out.Len() / 500; size < 220 || size > 260 {
				t.Errorf("an event of ysb has %d bytes", size)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	text := []connector.Column{{Name: "c", Type: types.Of(types.OIDText)}}
	integer := []connector.Column{{Name: "c", Type: types.Of(types.OIDInt4)}}
	for _, c := range []struct {
		kind    *connector.Kind
		options string
		columns []connector.Column
		code    pgerr.Code
	}{
		{Nexmark, "", nil, pgerr.InvalidParameterValue},
		{Nexmark, "table=bids", nil, pgerr.InvalidParameterValue},
		{Nexmark, "table=bid nosuch=1", nil, pgerr.InvalidParameterValue},
		{Nexmark, "table=bid events=-1", nil, pgerr.InvalidParameterValue},
		{Nexmark, "table=bid event_gap=1s nexmark.min.event.gap.in.ns=5", text, pgerr.InvalidParameterValue},
		{Nexmark, "table=bid", text, pgerr.UndefinedColumn},
		{Nexmark, "table=bid", []connector.Column{{Name: "price", Type: types.Of(types.OIDText)}}, pgerr.DatatypeMismatch},
		{Nexmark, "table=bid", []connector.Column{{Name: "k", Type: types.Of(types.OIDText), Meta: connector.MetaKey}}, pgerr.FeatureNotSupported},
		{YSB, "campaigns=0", text, pgerr.InvalidParameterValue},
		{Datagen, "fields.d.kind=random", text, pgerr.UndefinedColumn},
		{Datagen, "fields.c.min=1", text, pgerr.InvalidParameterValue},
		{Datagen, "fields.c.kind=sequence", text, pgerr.FeatureNotSupported},
		{Datagen, "fields.c.start=1", integer, pgerr.InvalidParameterValue},
		{Datagen, "fields.c.max=3000000000", integer, pgerr.InvalidParameterValue},
		{Datagen, "fields.c.min=5 fields.c.max=4", integer, pgerr.InvalidParameterValue},
		{Datagen, "", []connector.Column{{Name: "c", Type: types.Of(types.OIDJSONB)}}, pgerr.FeatureNotSupported},
	} {
		options, err := c.kind.ParseOptions(settings(c.options))
		if err == nil {
			_, err = c.kind.Source(connector.Config{Options: options, Columns: c.columns})
		}
		if pgerr.CodeOf(err) != c.code {
			t.Errorf("%s %s: %v, want %s", c.kind.Name, c.options, err, c.code)
		}
	}
}

// TestNoAllocation: reading in steady state takes no memory.
func TestNoAllocation(t *testing.T) {
	if invariants.Enabled {
		t.Skip("the checks of batches allocate")
	}
	for _, c := range []struct {
		name, options string
		kind          *connector.Kind
	}{
		{"bid", "table=bid", Nexmark},
		{"auction", "table=auction", Nexmark},
		{"person", "table=person", Nexmark},
		{"ysb", "", YSB},
		{"ysb json", "format=json", YSB},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, columns := open(t, c.kind, c.options)
			all := connectortest.Case{Columns: columns}.All()
			r, err := s.Open(t.Context(), connector.Start{Partition: partition, Columns: all})
			if err != nil {
				t.Fatal(err)
			}
			b := connectortest.Batch(columns, all)
			once := func() { readPiece(t, r, b) }
			for range 8 {
				once()
			}
			if n := testing.AllocsPerRun(10, once); n > 0 {
				t.Errorf("%v allocations for a piece", n)
			}
		})
	}
}

// readPiece fetches and decodes one piece, and answers its rows.
func readPiece(t testing.TB, r connector.Reader, b *batch.Batch) (rows int) {
	p, err := r.Fetch(connector.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		b.Reset()
		if more, err = p.Decode(b, nil, nil); err != nil {
			t.Fatal(err)
		}
		rows += b.Len()
	}
	p.Release()
	return rows
}

func BenchmarkGenerate(b *testing.B) {
	for _, c := range []struct {
		name, options string
		kind          *connector.Kind
		columns       []string
	}{
		{"bid/ints", "table=bid", Nexmark, []string{"auction", "bidder", "price", "date_time"}},
		{"bid/q5", "table=bid", Nexmark, []string{"auction", "date_time"}},
		{"bid/channel", "table=bid", Nexmark, []string{"auction", "bidder", "price", "channel", "date_time"}},
		{"bid/all", "table=bid", Nexmark, nil},
		{"auction/all", "table=auction", Nexmark, nil},
		{"person/all", "table=person", Nexmark, nil},
		{"ysb/columns", "", YSB, []string{"ad_id", "event_type", "event_time"}},
		{"ysb/json", "format=json", YSB, []string{"ad_id", "event_type", "event_time"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, columns := open(b, c.kind, c.options)
			var wanted []int
			for i, col := range columns {
				if c.columns == nil || slices.Contains(c.columns, col.Name) {
					wanted = append(wanted, i)
				}
			}
			r, err := s.Open(b.Context(), connector.Start{Partition: partition, Columns: wanted})
			if err != nil {
				b.Fatal(err)
			}
			rows := connectortest.Batch(columns, wanted)
			readPiece(b, r, rows)
			b.ReportAllocs()
			total := 0
			for b.Loop() {
				total += readPiece(b, r, rows)
			}
			b.ReportMetric(float64(total)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
