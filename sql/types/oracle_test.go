package types_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// said writes an error the way wanted writes PostgreSQL's.
func said(err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return "not a user's error: " + err.Error()
	}
	return fmt.Sprintf("ERROR %s %s|%s", e.Code, e.Message, e.Detail)
}

func wanted(a pgoracle.Evaluated) string {
	if a.Code == "" {
		return a.Text
	}
	return fmt.Sprintf("ERROR %s %s|%s", a.Code, a.Message, a.Detail)
}

// questions collects expressions with the answers that this package gives.
type questions struct{ ask, got []string }

func (q *questions) add(got, format string, args ...any) {
	q.ask = append(q.ask, fmt.Sprintf(format, args...))
	q.got = append(q.got, got)
}

func (q *questions) compare(t *testing.T, server *pgoracle.Server, settings ...string) {
	t.Helper()
	eval, err := server.Evaluator(t.Context(), settings...)
	if err != nil {
		t.Fatal(err)
	}
	defer eval.Close(t.Context())
	answers, err := eval.Eval(t.Context(), q.ask)
	if err != nil {
		t.Fatal(err)
	}
	different := 0
	for i, a := range answers {
		if want := wanted(a); q.got[i] != want {
			if different++; different <= 40 {
				t.Errorf("%.400s\n got %.400s\nwant %.400s", q.ask[i], q.got[i], want)
			}
		}
	}
	t.Logf("%d questions, %d different", len(q.ask), different)
}

// value asks how a type reads a text and writes it again, as text and in binary form.
func (q *questions) value(t *testing.T, typ types.Type, text string, s *types.Settings) {
	t.Helper()
	info, ok := types.Lookup(typ.OID)
	if !ok {
		t.Fatalf("no type %d", typ.OID)
	}
	sqlType := types.FormatType(typ)
	v, err := types.Parse(typ, text, s)
	if err != nil {
		q.add(said(err), "%s::%s", pgoracle.Quote(text), sqlType)
		return
	}
	out := types.Text(typ, v, s)
	q.add(out, "%s::%s", pgoracle.Quote(text), sqlType)
	c, _ := types.CodecOf(typ.OID)
	wire := c.AppendBinary(nil, v)
	send := map[types.OID]string{
		types.OIDChar: `"char"send`, types.OIDTimestamp: "timestamp_send", types.OIDTimestamptz: "timestamptz_send", types.OIDDate: "date_send",
		types.OIDTime: "time_send", types.OIDTimetz: "timetz_send", types.OIDInterval: "interval_send", types.OIDNumeric: "numeric_send",
		types.OIDUUID: "uuid_send", types.OIDJSON: "json_send", types.OIDJSONB: "jsonb_send",
	}[typ.OID]
	switch {
	case typ.OID == types.OIDChar:
		send = "charsend"
	case info.Elem != 0 && strings.HasPrefix(info.Name, "_"):
		send = "array_send"
	case send == "":
		send = info.Name + "send"
	}
	q.add(`\x`+hex.EncodeToString(wire), "%s(%s::%s)", send, pgoracle.Quote(text), sqlType)
	again, err := c.Decode(nil, wire, typ.Mod)
	if err != nil {
		t.Errorf("%s %q in binary form: %v", sqlType, text, err)
	} else if back := types.Text(typ, again, s); back != out {
		t.Errorf("%s %q in binary form reads as %q", sqlType, out, back)
	}
}

func TestOracleScalars(t *testing.T) {
	server := pgoracle.Start(t)
	var q questions
	s := types.DefaultSettings
	r := rand.New(rand.NewPCG(1, 2))
	ints := []string{
		"0", "1", "-1", "+5", " 42 ", "\t7\n", "", " ", "abc", "1.5", "1e3", "--1", "+-1", "12abc", "0x1F", "1_000", "-0", "007",
		"32767", "32768", "-32768", "-32769", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "99999999999999999999x", "- 1", "1 2",
		"18446744073709551615", "18446744073709551616", "-4294967295",
	}
	for range 300 {
		ints = append(ints, strconv.FormatInt(r.Int64()>>r.IntN(64), 10))
	}
	for _, text := range ints {
		for _, oid := range []types.OID{types.OIDInt2, types.OIDInt4, types.OIDInt8, types.OIDOID} {
			q.value(t, types.Of(oid), text, s)
		}
	}
	for _, text := range []string{
		"t", "f", "true", "false", "TRUE", "tru", "yes", "y", "no", "n", "on", "off", "o", "of", "1", "0", "10", "", " t ", "truex", "yess", "N", "2",
	} {
		q.value(t, types.Of(types.OIDBool), text, s)
	}
	for _, text := range floatTexts(r) {
		q.value(t, types.Of(types.OIDFloat8), text, s)
		q.value(t, types.Of(types.OIDFloat4), text, s)
	}
	words := []string{
		"", "a", "abc", "abc  ", "  abc", "abcd", "äöü", "äöüß", "日本語", "日本語 ", "a'b", `a\b`, "a\nb", "x" + strings.Repeat("é", 40),
		strings.Repeat("a", 64), strings.Repeat("a", 63), "   ", "a   b", `\303`, `\30`, `\388`,
	}
	for _, text := range words {
		for _, typ := range []types.Type{
			types.Of(types.OIDText), types.Of(types.OIDVarchar), types.Of(types.OIDBPChar), types.Of(types.OIDName),
		} {
			q.value(t, typ, text, s)
		}
		q.value(t, types.Of(types.OIDChar), text, s)
	}
	for _, text := range []string{
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
		"a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}", "", "x", "a0eebc99",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0-eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-", " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	} {
		q.value(t, types.Of(types.OIDUUID), text, s)
	}
	for _, text := range []string{
		"", "abc", `\x`, `\xDEADbeef`, `\x 12 34`, `\x1`, `\x1g`, `\xé`, `a\\b`, `a\142c`, `\400`, `\1`, `\`, `a\`, "\t", "é", `\x12 3`, `\000\377`,
	} {
		q.value(t, types.Of(types.OIDBytea), text, s)
	}
	for _, text := range []string{"", "1", "1 2 3", " 1  2 ", "-5 7"} {
		q.value(t, types.Of(types.OIDInt2Vector), text, s)
	}
	for _, text := range []string{"", "1", "1 2 3", "26 4294967295"} {
		q.value(t, types.Of(types.OIDOIDVector), text, s)
	}
	for range 200 {
		b := make([]byte, 8)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		q.value(t, types.Of(types.OIDBytea), `\x`+hex.EncodeToString(b), s)
	}
	q.compare(t, server)
}

func floatTexts(r *rand.Rand) []string {
	all := []string{
		"0", "-0", "1", "1.5", "-1.5e10", "NaN", "nan", "Infinity", "-Infinity", "inf", "-inf", "+inf", "infinity", "", " ", "abc", "1e400", "-1e400",
		"1e-400", "1e40", "1e-46", "1e39", "3.4028235e38", "3.4028236e38", "1.1754944e-38", "1e-45", "5e-324", "2e-324", "1.7976931348623157e308", "1.8e308",
		"0.1", "0.2", "1e14", "1e15", "1e16", "123456789012345678", "0.0001", "0.00001", "1e5", "1e6", "1234567", "999999", "1e23", "9007199254740993", "1_0",
		" 1.5 ", "1.5x", "0x10", "0x1p3", "0x", "1e", ".5", "5.", ".", "+1", "--1", "1e+5", "0e500", "9.5367431640625e-07", "1e22", "4.35", "0.3", "2.5e-5",
		"+nan", "nanx", "1 2", "8388609", "16777217", "8.5899345928e9", "6.631236846766476e-316",
	}
	for range 2000 {
		all = append(all, strconv.FormatFloat(math.Float64frombits(r.Uint64()), 'g', -1, 64))
	}
	for range 500 {
		all = append(all, strconv.FormatFloat(float64(math.Float32frombits(r.Uint32())), 'g', -1, 32))
		all = append(all, strconv.FormatFloat(r.Float64()*1000, 'f', r.IntN(6), 64))
		all = append(all, strconv.FormatFloat(math.Ldexp(1, r.IntN(400)-200), 'g', -1, 64))
		all = append(all, fmt.Sprintf("%de%d", r.IntN(100), r.IntN(60)-30))
	}
	var kept []string
	for _, text := range all {
		if text != "NaN" || kept == nil {
			kept = append(kept, text)
		}
	}
	return append(kept, "NaN")
}

func TestOracleSettings(t *testing.T) {
	server := pgoracle.Start(t)
	r := rand.New(rand.NewPCG(5, 2))
	for _, digits := range []int{-15, -3, 0, 1, 3} {
		var q questions
		s := &types.Settings{ExtraFloatDigits: digits, ByteaEscape: true}
		for _, text := range floatTexts(r)[:800] {
			for _, oid := range []types.OID{types.OIDFloat8, types.OIDFloat4} {
				v, err := types.Parse(types.Of(oid), text, s)
				if err == nil {
					q.add(types.Text(types.Of(oid), v, s), "'%s'::%s", text, types.FormatType(types.Of(oid)))
				}
			}
		}
		bytea := types.Of(types.OIDBytea)
		v, err := types.Parse(bytea, `\x00015c5c7f80ff41`, s)
		if err != nil {
			t.Fatal(err)
		}
		q.add(types.Text(bytea, v, s), `'\x00015c5c7f80ff41'::bytea`)
		q.compare(t, server, fmt.Sprintf("SET extra_float_digits = %d", digits), "SET bytea_output = 'escape'")
	}
}

// now is a moment for 'now' and 'today'; the tests ask only what does not depend on the clock.
const now = 1_700_000_000_000_000

var dateTexts = []string{
	"2024-01-15", "2024-02-29", "2023-02-29", "2024-13-01", "2024-01-32", "1/2/2003", "13/2/2003", "1-2-03", "99-1-2", "January 8, 1999", "1999-Jan-08",
	"Jan-08-1999", "08-Jan-1999", "99-Jan-08", "08-Jan-99", "19990108", "990108", "1999.008", "J2451187", "January 8, 99 BC", "2000-01-01 BC", "0000-01-01",
	"0001-01-01", "0001-01-01 BC", "4713-01-01 BC", "4714-11-24 BC", "4714-11-23 BC", "5874897-12-31", "5874898-01-01", "epoch", "infinity", "-infinity",
	"  2024-01-15  ", "", " ", "abc", "2024", "2024-01", "2024-1-5", "24-1-5", "2024/01/15", "2024.01.15", "15.01.2024", "20240115", "240115", "2024015", "2024-015",
	"Mon Jan 15 2024", "Tue, 15 Jan 2024", "15 Jan 2024", "Jan 15 2024", "2024 Jan 15", "Jan 2024", "15 January 2024 AD", "2024-01-15T10:00:00", "2024-01-15 10:00",
	"2024-01-15 25:00", "y2024m01d15", "Sept 5 2020", "1997-02-10", "2024-01-15 foo", "2024-01-15 America/New_York", "2024-01-15 Nowhere/Land", "12345678901-01-01",
	"2024-01-15-", "2024--01-15", "2024-01-15 BC", "99999-01-01", "today tomorrow", "May 5", "2024-Feb-30", "January 1, 4714 BC", "1-1-70", "1-1-69",
}

var timeTexts = []string{
	"04:05:06.789", "04:05:06", "04:05", "040506", "040506.789", "0405", "04:05 AM", "04:05 PM", "12:00 AM", "12:00 PM", "13:00 PM", "24:00:00", "24:00:01", "25:00",
	"23:59:60", "23:59:59.9999999", "04:05:06.789-8", "04:05:06-08:00", "04:05-08:00", "040506-08", "040506+0730", "040506+07:30:15", "04:05:06 PST",
	"2003-04-12 04:05:06 America/New_York", "04:05:06 America/New_York", "04:05:06 UTC", "allballs", "", "x", "10", "1000", "100000", "10:61", "10:10:61", "10.5",
	"T04:05:06", "t040506", "4:5:6", "04:05:06.1234564", "04:05:06.1234565", "04:05:06 +16", "04:05:06 +15:59:59", "04:05:06 -15:59", "h04m05s06", "04:05:06 z", "zulu",
	"04:05:06 Etc/UTC", "04:05:06 CET", "12:34:56.7 BC", "1 2 3", "04:05:06 04:05:06", "2024-01-01", "2024-01-01 10:00:00+02", "10:00:00 EST5EDT", "04 : 05", "noon", "04:05:06+",
}

var zoneTexts = []string{
	"", "", "", " UTC", "Z", "z", "+00", "-00", "+05", "+05:30", "-0330", " -3:30", "+15:59:59", "+16", " EST", " EDT", " PST", " CET", " MSK", " America/New_York",
	" europe/berlin", " Asia/Kolkata", " EST5EDT", " FOO+3", " <X>-3", " GMT", " BST", " XYZ", " Nowhere/City", " AM", " PM", " BC", " AD", "+0", " at utc", " MET DST", " dst", " ART", " IST",
}

func timestampTexts(r *rand.Rand) []string {
	all := append([]string(nil), dateTexts...)
	all = append(all,
		"1999-01-08 04:05:06", "1999-01-08 04:05:06 -8:00", "January 8 04:05:06 1999 PST", "Mon Jan 8 04:05:06 1999", "2001-02-16 20:38:40.12345678", "19990108T040506",
		"20240115 040506", "20240115T040506Z", "20240115T040506-0730", "2024-01-15T04:05:06.5+02:00", "J2451187 04:05:06", "J2451187.5", "2024-01-15 24:00:00", "2024-01-15 24:00:01",
		"294247-01-08 04:00:54", "4714-11-24 00:00:00 BC", "4714-11-23 23:59:59.999999 BC", "2024-03-10 02:30:00 America/New_York",
		"2024-11-03 01:30:00 America/New_York", "1900-01-01 00:00:00 Europe/Amsterdam", "2024-01-15 1:2:3", "2024-01-15 4 PM", "2024-01-15 4:00PM", "2024-01-15 04:05:06.",
		"2024-01-15 allballs", "yesterday 25:00", "2024-01-15 04:05:06 04:05", "2024-01-15 zulu", "04:05:06 2024-01-15", "2024-01-15 10:10:10 -infinity", "Jan 15 10:00 2024", "15 10:00 Jan 2024",
		"2024-01-15 10:00:00.999999999", "1997.041 17:32:01", "1997-041 17:32:01", "Feb-10-1997 17:32:01", "1997/02/10 17:32:01-0800", "Feb 10 17:32:01 97", "97FEB10 5:32:01PM UTC",
		"20000929T1", "20011227T040506.789-08", "20011227T040506+08", "2001-12-27 04:05:06.789 MET DST", "12/27/2001 04:05:06.789-08", "December 27, 2001 04:05:06.789-08", "27.12.2001 04:05:06.789+08",
		"X03456-08", "Today is", "2038-01-19 03:14:07", "1969-12-31 23:59:59.999999", "2024-06-31", "2024-01-15 10:00:60", "2024-01-15 10:60", "2024-01-15\t10:00\n", "2024-01-15,10:00",
	)
	for range 1500 {
		year := []int{r.IntN(9999) + 1, 2000 + r.IntN(40), r.IntN(200000) + 1}[r.IntN(3)]
		text := fmt.Sprintf("%04d-%02d-%02d", year, r.IntN(13)+r.IntN(2), r.IntN(31)+1)
		if r.IntN(5) > 0 {
			text += fmt.Sprintf("%s%02d:%02d:%02d", []string{" ", "T", "  "}[r.IntN(3)], r.IntN(25), r.IntN(60), r.IntN(60))
			if r.IntN(2) == 0 {
				text += "." + strconv.Itoa(r.IntN(10000000))
			}
		}
		all = append(all, text+zoneTexts[r.IntN(len(zoneTexts))])
	}
	return all
}

func TestOracleTimes(t *testing.T) {
	server := pgoracle.Start(t)
	for _, c := range []struct {
		zone  string
		order datetime.Order
		style string
	}{{"UTC", datetime.MDY, "ISO, MDY"}, {"America/New_York", datetime.DMY, "ISO, DMY"}, {"Asia/Kolkata", datetime.YMD, "ISO, YMD"}, {"Europe/Moscow", datetime.MDY, "ISO, MDY"}} {
		t.Run(c.zone, func(t *testing.T) {
			location, err := datetime.FindZone(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			s := &types.Settings{ExtraFloatDigits: 1, DateOrder: c.order, Location: location, Now: now}
			r := rand.New(rand.NewPCG(9, 9))
			var q questions
			texts := timestampTexts(r)
			for _, text := range texts {
				q.value(t, types.Of(types.OIDTimestamp), text, s)
				q.value(t, types.Of(types.OIDTimestamptz), text, s)
				q.value(t, types.Type{OID: types.OIDTimestamp, Mod: int32(r.IntN(7))}, text, s)
				q.value(t, types.Of(types.OIDDate), text, s)
			}
			for _, text := range timeTexts {
				q.value(t, types.Of(types.OIDTime), text, s)
				q.value(t, types.Type{OID: types.OIDTime, Mod: int32(r.IntN(7))}, text, s)
				if !strings.ContainsAny(text, ":0123456789") || strings.ContainsAny(text, "+-Z") || c.zone == "UTC" || c.zone == "Asia/Kolkata" {
					q.value(t, types.Of(types.OIDTimetz), text, s)
				}
			}
			q.compare(t, server, "SET timezone = '"+c.zone+"'", "SET datestyle = '"+c.style+"'")
		})
	}
}

func TestOracleIntervals(t *testing.T) {
	server := pgoracle.Start(t)
	var q questions
	s := types.DefaultSettings
	r := rand.New(rand.NewPCG(3, 9))
	texts := []string{
		"1", "1 day", "1 year 2 mons 3 days 04:05:06", "-1 day", "@ 1 minute", "1 day ago", "1 day -2 hours", "P1Y2M3DT4H5M6S", "P0001-02-03T04:05:06", "P00010203T040506", "PT1.5S",
		"P1W", "P-1Y", "P1.5Y", "P0.5M", "PT", "P", "P1", "PT1", "P1YT", "1-2", "-1-2", "1-2 3 4:05:06", "+1-2 -3 +4:05:06", "1:2", "1:2:3", "1:2.5", "12:34:56.789", "-12:34", "1 2:03", "1 +02:03",
		"1.5 months", "1.5 years", "0.1 years", "1.3 weeks", "1 decade", "1 century", "1 millennium", "1 mil", "1.5 days", "1 quarter", "5 qtr", "1 us", "1.5 us", "1 ms", "1.0005 ms",
		"1 microsecond", "1 milliseconds", "", " ", "abc", "1 foo", "1 day 1 day", "1 hour 2:03", "ago", "1 ago", "99999999999 years", "2147483647 months", "2147483648 months", "178956970 years",
		"178956971 years", "9223372036854775807 us", "9223372036854775808 us", "2562047788:00:54.775807", "2562047788:00:54.775808", "-2147483648 days", "2147483648 days", "infinity", "now", "today",
		"1 y 2 m", "1y2m", "1 mon 1 min", "1d", "1 day 5", "5 1 day", "1 day, 2 hours", "1 day 2 hours ago", "-1 year -2 mons +3 days -04:05:06", "1 year -1 mon", ".5", "-.5 day", "1. day", "1 day 00:00:00.0000005",
		"00:00:00.0000004", "00:60", "00:00:60", "00:00:61", "P1Y1Y", "PT1H1H", "P1DT", "PT1M2", "P1-2", "P2024-01", "P2024-01-05T10", "P20240105", "P1e2D", "P1.5W", "P1M2W", "PT-1.5H", "PTH", "P1X", "p1d", "P 1D", "1e3 days",
		"P1.7976931348623157e308Y", "10 timezone", "1 dec", "2 c", "1 hr 2 hrs", "1 w", "-1.5 weeks", "1.999999999 days", "0.0000001 seconds", "-0.0000006 s", "1 day - 2 hours", "- 1 day", "1:2:3:4", "1-13", "1--2",
	}
	units := []string{"us", "ms", "s", "min", "h", "d", "w", "mon", "y", "seconds", "minutes", "hours", "days", "weeks", "months", "years", "decades", "centuries"}
	for range 1500 {
		var parts []string
		for range r.IntN(3) + 1 {
			number := strconv.Itoa(r.IntN(2000) - 1000)
			if r.IntN(3) == 0 {
				number += "." + strconv.Itoa(r.IntN(100000))
			}
			parts = append(parts, number+" "+units[r.IntN(len(units))])
		}
		if r.IntN(3) == 0 {
			parts = append(parts, fmt.Sprintf("%s%d:%02d:%02d.%d", []string{"", "-", "+"}[r.IntN(3)], r.IntN(100), r.IntN(60), r.IntN(60), r.IntN(1000000)))
		}
		texts = append(texts, strings.Join(parts, " "))
	}
	fields := []int32{
		datetime.FieldYear, datetime.FieldMonth, datetime.FieldDay, datetime.FieldHour, datetime.FieldMinute, datetime.FieldSecond,
		datetime.FieldYear | datetime.FieldMonth, datetime.FieldDay | datetime.FieldHour, datetime.FieldDay | datetime.FieldHour | datetime.FieldMinute,
		datetime.FieldDay | datetime.FieldHour | datetime.FieldMinute | datetime.FieldSecond, datetime.FieldHour | datetime.FieldMinute,
		datetime.FieldHour | datetime.FieldMinute | datetime.FieldSecond, datetime.FieldMinute | datetime.FieldSecond,
	}
	for _, text := range texts {
		q.value(t, types.Of(types.OIDInterval), text, s)
		field := fields[r.IntN(len(fields))]
		precision := int32(-1)
		if field&datetime.FieldSecond != 0 {
			precision = int32(r.IntN(7))
		}
		q.value(t, types.Type{OID: types.OIDInterval, Mod: datetime.IntervalTypmod(field, precision)}, text, s)
		if a, err := types.Parse(types.Of(types.OIDInterval), text, s); err == nil {
			other := texts[r.IntN(len(texts))]
			if b, err := types.Parse(types.Of(types.OIDInterval), other, s); err == nil {
				c, _ := types.CodecOf(types.OIDInterval)
				q.add(strconv.Itoa(c.Compare(a, b)), "interval_cmp('%s', '%s')", text, other)
			}
		}
	}
	q.compare(t, server)
}
