package types_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// everyType are a text of each type that has values.
var everyType = map[types.OID]string{
	types.OIDBool: "t", types.OIDBytea: `\x00ff`, types.OIDChar: "x", types.OIDName: "pg_class", types.OIDInt8: "-9223372036854775808", types.OIDInt2: "-5",
	types.OIDInt2Vector: "1 2", types.OIDInt4: "42", types.OIDRegproc: "7", types.OIDText: "héllo", types.OIDOID: "4294967295", types.OIDOIDVector: "26 23",
	types.OIDJSON: `{"b":1}`, types.OIDFloat4: "1.5", types.OIDFloat8: "1e+300", types.OIDUnknown: "x", types.OIDBPChar: "ab ", types.OIDVarchar: "ab",
	types.OIDDate: "2024-02-29", types.OIDTime: "24:00:00", types.OIDTimestamp: "2024-02-29 12:00:00.5", types.OIDTimestamptz: "2024-02-29 12:00:00+00",
	types.OIDInterval: "1 mon -2 days +03:00:00", types.OIDTimetz: "12:00:00+05:30", types.OIDNumeric: "-12345.6700", types.OIDRegclass: "1", types.OIDRegtype: "2",
	types.OIDUUID: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", types.OIDJSONB: `{"a": 1, "bb": [1.50, "x"]}`, types.OIDRegnamespace: "3", types.OIDRegrole: "4",
	types.OIDRegprocedure: "5", types.OIDRegoper: "6", types.OIDRegoperator: "7", types.OIDRegconfig: "8", types.OIDRegdict: "9", types.OIDRegcollation: "10",
}

// TestEveryType goes from text to value to text and over the wire for each type and its arrays; reading appends to what is
// there, and no bytes at all, which null rows have, can be written.
func TestEveryType(t *testing.T) {
	s := types.DefaultSettings
	for oid := types.OID(1); oid < 5000; oid++ {
		info, ok := types.Lookup(oid)
		if !ok || strings.HasPrefix(info.Name, "any") || oid == types.OIDRecord || oid == types.OIDVoid || info.Elem == types.OIDRecord {
			continue
		}
		text := everyType[oid]
		if info.Elem != 0 && text == "" {
			v, err := types.Parse(types.Of(info.Elem), everyType[info.Elem], s)
			if err != nil {
				t.Fatal(err)
			}
			if v, err = types.MakeArray(info.Elem, v, types.NullValue, v); err != nil {
				t.Fatal(err)
			}
			text = types.Text(types.Of(oid), v, s)
		}
		c, ok := types.CodecOf(oid)
		if !ok {
			t.Errorf("%s has no codec", info.Name)
			continue
		}
		v, err := c.Parse([]byte("before"), []byte(text), -1, s)
		if err != nil {
			t.Errorf("%s %q: %v", info.Name, text, err)
			continue
		}
		if info.Kind == types.Bytes {
			if !strings.HasPrefix(string(v.Bytes), "before") {
				t.Errorf("%s: Parse does not append", info.Name)
				continue
			}
			v.Bytes = v.Bytes[len("before"):]
		}
		if got := types.Text(types.Of(oid), v, s); got != text {
			t.Errorf("%s %q is written as %q", info.Name, text, got)
		}
		wire := c.AppendBinary(nil, v)
		if info.Size > 0 && oid != types.OIDName && len(wire) != int(info.Size) {
			t.Errorf("%s has %d bytes in binary form, not %d", info.Name, len(wire), info.Size)
		}
		back, err := c.Decode(nil, wire, -1)
		if err != nil || c.Compare(v, back) != 0 || types.Text(types.Of(oid), back, s) != text {
			t.Errorf("%s %q comes back as %+v, %v", info.Name, text, back, err)
		}
		for n := range len(wire) {
			if short, err := c.Decode(nil, wire[:n], -1); err == nil && info.Size > 0 && oid != types.OIDName {
				t.Errorf("%s takes %d of %d bytes: %+v", info.Name, n, len(wire), short)
			}
		}
		if name, ok := types.LookupName(info.Name); !ok || name.OID != oid {
			t.Errorf("LookupName(%q) = %v", info.Name, name)
		}
		_ = c.AppendText(nil, types.Value{}, s)
		_ = c.AppendBinary(nil, types.Value{})
	}
}

// TestLength holds what only storing in a column shows: a string that is too long is an error, if not by spaces.
func TestLength(t *testing.T) {
	varchar3, char3 := types.Type{OID: types.OIDVarchar, Mod: 7}, types.Type{OID: types.OIDBPChar, Mod: 7}
	for _, c := range []struct {
		typ        types.Type
		text, want string
	}{
		{varchar3, "abc", "abc"},
		{varchar3, "ab", "ab"},
		{varchar3, "abc  ", "abc"},
		{varchar3, "äöü", "äöü"},
		{char3, "a", "a  "},
		{char3, "äb    ", "äb "},
		{varchar3, "abcd", "value too long for type character varying(3)"},
		{char3, "abcd", "value too long for type character(3)"},
		{varchar3, "abc d", "value too long for type character varying(3)"},
	} {
		v, err := types.Parse(c.typ, c.text, types.DefaultSettings)
		got := string(v.Bytes)
		var e *pgerr.Error
		if errors.As(err, &e) {
			got = e.Message
			if e.Code != pgerr.StringDataRightTruncation {
				t.Errorf("%q: %s", c.text, e.Code)
			}
		}
		if got != c.want {
			t.Errorf("%s %q: %q, want %q", types.FormatType(c.typ), c.text, got, c.want)
		}
	}
}

// TestTimestampRange holds where Freshet's timestamps end, 30 years before PostgreSQL's.
func TestTimestampRange(t *testing.T) {
	timestamp := types.Of(types.OIDTimestamp)
	for text, ok := range map[string]bool{
		"294247-01-10 04:00:54.775806": true, "294247-01-10 04:00:54.775807": false, "294247-01-11 00:00": false, "294276-12-31": false,
		"4714-11-24 00:00:00 BC": true, "4714-11-23 23:59:59 BC": false,
	} {
		v, err := types.Parse(timestamp, text, types.DefaultSettings)
		if (err == nil) != ok || ok && types.Text(timestamp, v, types.DefaultSettings) != text {
			t.Errorf("%s: %v, %v", text, v, err)
		}
		if !ok && pgerr.CodeOf(err) != pgerr.DatetimeFieldOverflow {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNow(t *testing.T) {
	location, err := datetime.FindZone("asia/tokyo")
	if err != nil {
		t.Fatal(err)
	}
	s := &types.Settings{ExtraFloatDigits: 1, Location: location, Now: 1_700_000_000_123_456} // 2023-11-14 22:13:20.123456 UTC
	for _, c := range []struct {
		oid        types.OID
		text, want string
	}{
		{types.OIDTimestamptz, "now", "2023-11-15 07:13:20.123456+09"},
		{types.OIDTimestamp, "now", "2023-11-15 07:13:20.123456"},
		{types.OIDDate, "today", "2023-11-15"},
		{types.OIDDate, "tomorrow", "2023-11-16"},
		{types.OIDTimestamptz, "yesterday", "2023-11-14 00:00:00+09"},
		{types.OIDTime, "now", "07:13:20.123456"},
		{types.OIDTimetz, "now", "07:13:20.123456+09"},
		{types.OIDTimestamptz, "today 10:30", "2023-11-15 10:30:00+09"},
	} {
		v, err := types.Parse(types.Of(c.oid), c.text, s)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := types.Text(types.Of(c.oid), v, s); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestCheckText(t *testing.T) {
	for text, want := range map[string]string{
		"héllo": "", "a\x00": `invalid byte sequence for encoding "UTF8": 0x00`, "a\xff": `invalid byte sequence for encoding "UTF8": 0xff`,
		"\xe2\x28\xa1": `invalid byte sequence for encoding "UTF8": 0xe2 0x28 0xa1`,
	} {
		got := ""
		var e *pgerr.Error
		if errors.As(types.CheckText([]byte(text)), &e) {
			got = e.Message
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestEncodersAllocateNothing is for rows that go out, and for the plain forms of those that come in.
func TestEncodersAllocateNothing(t *testing.T) {
	s := types.DefaultSettings
	buf, in := make([]byte, 0, 1024), make([]byte, 0, 1024)
	for oid, text := range everyType {
		c, _ := types.CodecOf(oid)
		v, err := types.Parse(types.Of(oid), text, s)
		if err != nil {
			t.Fatal(err)
		}
		if allocs := testing.AllocsPerRun(20, func() { buf = c.AppendBinary(c.AppendText(buf[:0], v, s), v) }); allocs != 0 && oid != types.OIDInt2Vector && oid != types.OIDOIDVector {
			t.Errorf("%s: %v allocations to write", types.FormatType(types.Of(oid)), allocs)
		}
		switch oid {
		case types.OIDInt8, types.OIDText, types.OIDNumeric, types.OIDTimestamptz, types.OIDTimestamp, types.OIDDate, types.OIDBool, types.OIDUUID, types.OIDFloat8:
			line := []byte(text)
			if allocs := testing.AllocsPerRun(20, func() {
				if _, err := c.Parse(in, line, -1, s); err != nil {
					t.Fatal(err)
				}
			}); allocs != 0 {
				t.Errorf("%s: %v allocations to read", types.FormatType(types.Of(oid)), allocs)
			}
		default:
		}
	}
}

func TestFloatOrder(t *testing.T) {
	c, _ := types.CodecOf(types.OIDFloat8)
	ordered := []float64{math.Inf(-1), -1, 0, 1, math.Inf(1), math.NaN()}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := c.Compare(types.FloatValue(a), types.FloatValue(b)), min(max(i-j, -1), 1); got != want {
				t.Errorf("compare %v, %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

// FuzzCodecs reads arbitrary bytes as every type: nothing panics, and what is accepted is written as something that reads the
// same.
func FuzzCodecs(f *testing.F) {
	s := types.DefaultSettings
	for oid, text := range everyType {
		v, err := types.Parse(types.Of(oid), text, s)
		if err != nil {
			f.Fatal(err)
		}
		c, _ := types.CodecOf(oid)
		f.Add(uint32(oid), []byte(text))
		f.Add(uint32(oid), c.AppendBinary(nil, v))
	}
	f.Add(uint32(1007), []byte("[0:1]={1,NULL}"))
	f.Add(uint32(1009), []byte(`{{a,"b c"},{\d,""}}`))
	f.Fuzz(func(t *testing.T, oid uint32, b []byte) {
		typ := types.Of(types.OID(oid))
		c, ok := types.CodecOf(typ.OID)
		if !ok {
			return
		}
		if types.CheckText(b) == nil {
			if v, err := c.Parse(nil, b, -1, s); err == nil {
				checkSame(t, typ, v)
			} else if pgerr.CodeOf(err) == pgerr.InternalError {
				t.Errorf("%s %q: %v", types.FormatType(typ), b, err)
			}
		}
		if v, err := c.Decode(nil, b, -1); err == nil {
			checkSame(t, typ, v)
		}
	})
}

func checkSame(t *testing.T, typ types.Type, v types.Value) {
	t.Helper()
	c, _ := types.CodecOf(typ.OID)
	if c.Compare(v, v) != 0 {
		t.Errorf("%s: not equal to itself", types.FormatType(typ))
	}
	back, err := c.Decode(nil, c.AppendBinary(nil, v), -1)
	if err != nil || c.Compare(v, back) != 0 {
		t.Errorf("%s: in binary form %x becomes %+v, %v", types.FormatType(typ), c.AppendBinary(nil, v), back, err)
	}
	_ = c.AppendNormal(nil, v.Bytes)
	text := types.Text(typ, v, types.DefaultSettings)
	if typ.OID == types.OIDRecord || typ.OID == types.OIDChar || strings.Contains(types.FormatType(typ), "char") {
		return // rows are not read, and one byte need not be text
	}
	if back, err = types.Parse(typ, text, types.DefaultSettings); err != nil || c.Compare(v, back) != 0 {
		t.Errorf("%s: as text %q becomes %+v, %v", types.FormatType(typ), text, back, err)
	}
}

func BenchmarkCodecs(b *testing.B) {
	s := types.DefaultSettings
	for _, oid := range []types.OID{types.OIDInt8, types.OIDFloat8, types.OIDNumeric, types.OIDTimestamptz, types.OIDDate, types.OIDInterval, types.OIDUUID, types.OIDJSONB} {
		c, _ := types.CodecOf(oid)
		text := []byte(everyType[oid])
		v, err := c.Parse(nil, text, -1, s)
		if err != nil {
			b.Fatal(err)
		}
		name := strings.ReplaceAll(types.FormatType(types.Of(oid)), " ", "_")
		buf := make([]byte, 0, 256)
		b.Run(name+"/text", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buf = c.AppendText(buf[:0], v, s)
			}
		})
		b.Run(name+"/parse", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Parse(buf[:0], text, -1, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
