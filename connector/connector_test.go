package connector_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
)

var table = []connector.Option{
	{Name: "table", Aliases: []string{"nexmark.table.type"}, Type: connector.Word, Required: true, Words: []string{"bid", "person"}, Doc: "Which."},
	{Name: "events", Type: connector.Integer, Max: 1000, Doc: "How many."},
	{Name: "rate", Type: connector.Decimal, Max: 10, Doc: "How fast."},
	{Name: "gap", Type: connector.Duration, Default: "100us", Min: 1, Max: 1e9, Doc: "How far apart."},
	{Name: "start", Type: connector.Timestamp, Doc: "When."},
	{Name: "on", Type: connector.Boolean, Default: "true", Doc: "Whether."},
	{Name: "fields.*.kind", Type: connector.Word, Words: []string{"random", "sequence"}, Doc: "How."},
}

func TestParseOptions(t *testing.T) {
	v, err := connector.ParseOptions("connector x", table, []connector.Setting{
		{Name: "Nexmark.Table.Type", Value: "BID"},
		{Name: "events", Value: "1e3"},
		{Name: "rate", Value: "2.5"},
		{Name: "start", Value: "2026-01-02 03:04:05.5+01:00"},
		{Name: "FIELDS.Abc.KIND", Value: "sequence"},
		{Name: "fields.b.kind", Value: "random"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{
		v.Text("table"), v.Int("events"), v.Float("rate"), v.Micros("gap"), v.Micros("start"), v.Bool("on"), v.Has("start"), v.Has("nosuch"),
		v.Wild("fields.*.kind"), v.Text("fields.Abc.kind"),
	}
	want := []any{"bid", int64(1000), 2.5, int64(100), int64(1767319445500000), true, true, false, []string{"Abc", "b"}, "sequence"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOptionErrors(t *testing.T) {
	table := append([]connector.Option{{Name: "t", Type: connector.Text, Default: "x", Doc: "T."}}, table[1:]...)
	for _, c := range []struct{ name, value, hint string }{
		{"evnts", "1", "events"},
		{"events", "1001", "from 0 to 1000"},
		{"events", "1.5", "integer"},
		{"events", "", "integer"},
		{"rate", "NaN", "number"},
		{"rate", "11", "0 to 10"},
		{"gap", "5", "interval"},
		{"gap", "1 month", "interval"},
		{"gap", "0.5us", "interval"},
		{"gap", "off", "interval"},
		{"start", "yesterday", "time"},
		{"on", "maybe", "boolean"},
		{"fields.a.kind", "constant", "random, sequence"},
		{"fields..kind", "random", "fields.*.kind"},
	} {
		_, err := connector.ParseOptions("connector x", table, []connector.Setting{{Name: c.name, Value: c.value, Position: 17}})
		var e *pgerr.Error
		if !errors.As(err, &e) || e.Code != pgerr.InvalidParameterValue || e.Position != 17 || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%s = %q: %v, hint %q", c.name, c.value, err, e.Hint)
		}
	}
	if _, err := connector.ParseOptions("x", table, []connector.Setting{{Name: "t", Value: "a"}, {Name: "T", Value: "b"}}); pgerr.CodeOf(err) != pgerr.SyntaxError {
		t.Errorf("an option twice: %v", err)
	}
	table[0].Required, table[0].Default = true, ""
	if _, err := connector.ParseOptions("x", table, nil); pgerr.CodeOf(err) != pgerr.InvalidParameterValue {
		t.Errorf("a required option left out: %v", err)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]int64{
		"30s": 30e6, "5 min": 300e6, "1 day 2 hours": 26 * 3600e6, "1h30m": 5400e6, "1.5 s": 1.5e6, "100us": 100, "1000ns": 1,
		"2 weeks": 14 * 86400e6, "off": 0, "OFF": 0, "0": 0,
	} {
		if got, ok := connector.ParseDuration(text); got != want || !ok {
			t.Errorf("%q is %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "s", "5", "-5s", "1 fortnight", "5s5", "999999999999999 weeks", "1ns", "0s"} {
		if got, ok := connector.ParseDuration(text); ok {
			t.Errorf("%q is taken as %d", text, got)
		}
	}
}

// TestBucket: whatever the pattern of calls, no more is granted than the rate and what may be saved up, and one who always asks
// gets the rate.
func TestBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.1, 1e8).Draw(t, "rate")
		b := connector.NewBucket(rate)
		burst := max(1, rate/5)
		now, granted := int64(1e15), 0
		b.Take(now, 0)
		steps := rapid.SliceOfN(rapid.Int64Range(0, 3_000_000), 1, 50).Draw(t, "steps")
		greedy := true
		elapsed := int64(0)
		for _, d := range steps {
			now, elapsed = now+d, elapsed+d
			greedy = greedy && float64(d)*rate/1e6 <= burst-1
			granted += b.Take(now, 1<<40)
			if float64(granted) > float64(elapsed)*rate/1e6+1e-3 {
				t.Fatalf("granted %d rows in %d us at %g a second", granted, elapsed, rate)
			}
		}
		if greedy && float64(granted) < float64(elapsed)*rate/1e6-2 {
			t.Fatalf("granted only %d rows in %d us at %g a second", granted, elapsed, rate)
		}
		if at := b.Ready(now); b.Take(at, 1) != 1 {
			t.Fatalf("no row at the time that was named, %d us from now", at-now)
		}
	})
}

func TestBucketReturnsAndUnlimited(t *testing.T) {
	b := connector.NewBucket(100)
	b.Take(0, 0)
	if n := b.Take(1_000_000, 1000); n != 20 { // a fifth of a second is saved up
		t.Errorf("granted %d", n)
	}
	b.Return(5)
	if n := b.Take(1_000_000, 1000); n != 5 {
		t.Errorf("granted %d of 5 that were given back", n)
	}
	var free connector.Bucket
	if n := free.Take(0, 12345); n != 12345 || free.Ready(7) != 7 {
		t.Errorf("no limit grants %d", n)
	}
}

func TestNumberOffset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		x, y := connector.NumberOffset(a), connector.NumberOffset(b)
		if n, err := x.Number(); n != a || err != nil || (x.Compare(y) < 0) != (a < b) || (x.Compare(y) == 0) != (a == b) {
			t.Fatalf("%d is %x, read as %d (%v)", a, x, n, err)
		}
	})
	if n, err := connector.Offset(nil).Number(); n != 0 || err != nil {
		t.Errorf("no offset is %d, %v", n, err)
	}
	if _, err := (connector.Offset{1}).Number(); err == nil {
		t.Error("a damaged offset was taken")
	}
}

func TestPool(t *testing.T) {
	var p connector.Pool[int]
	x := p.Get()
	*x = 7
	p.Put(x)
	if y := p.Get(); y != x || *y != 7 || *p.Get() != 0 {
		t.Error("the pool does not give back what was put into it")
	}
}
