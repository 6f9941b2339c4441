package types_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// castSamples are texts of values of each type that has casts.
var castSamples = map[types.OID][]string{
	types.OIDBool:        {"t", "f"},
	types.OIDChar:        {"a", "z"},
	types.OIDName:        {"abc", strings.Repeat("x", 63)},
	types.OIDInt2:        {"0", "1", "-1", "32767", "-32768", "100"},
	types.OIDInt4:        {"0", "1", "-1", "127", "128", "32768", "2147483647", "-2147483648", "16777217"},
	types.OIDInt8:        {"0", "-5", "32767", "2147483648", "-2147483649", "4294967295", "4294967296", "9223372036854775807", "-9223372036854775808", "9007199254740993"},
	types.OIDOID:         {"0", "1259", "4294967295"},
	types.OIDFloat4:      {"0", "1.5", "2.5", "-2.5", "32767.4", "32767.5", "1e10", "-1e30", "NaN", "Infinity", "0.1", "123456.7"},
	types.OIDFloat8:      {"0", "0.5", "1.5", "-2.5", "2147483647.5", "2147483647.4", "1e20", "1e39", "1e-46", "NaN", "-Infinity", "0.1", "1234567.891234567891", "9223372036854775807", "1e300"},
	types.OIDNumeric:     {"0", "1.5", "-2.5", "99999.999", "1e20", "1e400", "NaN", "Infinity", "-0.4", "2147483647.5", "123456789.123456789", "1e-400"},
	types.OIDText:        {"abc", "", "12", " 1.5 ", "true", "2024-01-15", "abcdef  ", "äöü"},
	types.OIDVarchar:     {"abc", "12", "abcdef"},
	types.OIDBPChar:      {"abc  ", "12 "},
	types.OIDDate:        {"2024-01-15", "infinity", "-infinity", "1970-01-01", "5000000-01-01", "0001-01-01 BC"},
	types.OIDTime:        {"00:00", "12:34:56.789123", "24:00"},
	types.OIDTimestamp:   {"2024-07-15 10:20:30.456789", "infinity", "2024-03-10 02:30:00", "1969-12-31 23:59:59.9", "0044-03-15 10:00:00 BC"},
	types.OIDTimestamptz: {"2024-07-15 10:20:30.456789+00", "-infinity", "1960-01-01 00:00:00+00"},
	types.OIDInterval:    {"1 day 25:30:00.123456", "-1:30", "3 mons", "0", "1 year 2 mons 3 days 04:05:06.789"},
	types.OIDTimetz:      {"12:34:56.789+05:30", "00:00-08"},
	types.OIDJSON:        {`{"b":1,"a":2}`, "1.50"},
	types.OIDJSONB:       {`{"b":1,"a":2}`, "1.50", "true", "null", `"x"`, "[1]", "100000", "1e20"},
	types.OIDUUID:        {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	types.OIDBytea:       {`\x6162`},
	1007:                 {"{1,2,NULL}", "{}", "{{1,2},{3,70000}}", "[0:1]={5,6}"},
	1009:                 {"{1,2}", "{a,NULL}", "{}"},
	1231:                 {"{1.5,2.5}", "{1e10}"},
}

// TestOracleCasts compares pg_cast with the table, and every cast of some values to every other type, by CAST.
func TestOracleCasts(t *testing.T) {
	server := pgoracle.Start(t)
	recorded := map[string]bool{}
	for _, c := range types.Casts() {
		recorded[fmt.Sprintf("%d|%d|%c|%c", c.From, c.To, "iae"[c.Context], "bfi"[c.Method])] = true
	}
	var all []string
	for oid := types.OID(1); oid < 5000; oid++ {
		if info, ok := types.Lookup(oid); ok && info.Elem == 0 {
			all = append(all, strconv.Itoa(int(oid)))
		}
	}
	list := strings.Join(all, ",")
	rows, err := server.Psql(t.Context(), "postgres", "-At", "-c", `SELECT castsource::int, casttarget::int, castcontext, castmethod FROM pg_cast
		WHERE castsource IN (`+list+`) AND casttarget IN (`+list+`)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range strings.Fields(rows) {
		if !recorded[row] {
			t.Errorf("pg_cast has %s, the table does not", row)
		}
		delete(recorded, row)
	}
	for row := range recorded {
		t.Errorf("the table has %s, pg_cast does not", row)
	}

	location, err := datetime.FindZone("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	s := &types.Settings{ExtraFloatDigits: 1, Location: location, Now: now}
	var q questions
	targets := []types.Type{{OID: types.OIDVarchar, Mod: 4 + 3}, {OID: types.OIDBPChar, Mod: 4 + 5}, {OID: types.OIDTimestamp, Mod: 1}, {OID: types.OIDNumeric, Mod: 5<<16 + 1 + 4}}
	for oid := range castSamples {
		targets = append(targets, types.Of(oid))
	}
	for from, texts := range castSamples {
		for _, to := range targets {
			for _, text := range texts {
				if from == types.OIDTime && to.OID == types.OIDTimetz || to.OID == types.OIDChar && from == types.OIDInt4 {
					continue // depends on today's date; is not always text
				}
				askCast(t, &q, types.Of(from), to, text, s)
			}
		}
	}
	q.compare(t, server, "SET timezone = 'America/New_York'")
}

func askCast(t *testing.T, q *questions, from, to types.Type, text string, s *types.Settings) {
	t.Helper()
	v, err := types.Parse(from, text, s)
	if err != nil {
		t.Fatalf("%s %q: %v", types.FormatType(from), text, err)
	}
	got := ""
	if v, err = types.CastValue(v, from, to, true, s); err != nil {
		got = said(err)
	} else if !v.Null {
		got = types.Text(to, v, s)
	}
	q.add(got, "CAST(%s::%s AS %s)", pgoracle.Quote(text), types.FormatType(from), types.FormatType(to))
}

func TestOracleFormatType(t *testing.T) {
	server := pgoracle.Start(t)
	var q questions
	mods := []int32{-1, 0, 3, 4, 5, 24, 10<<16 + 2 + 4, 10<<16 + 0x7ff + 4}
	for oid := types.OID(1); oid < 5000; oid++ {
		info, ok := types.Lookup(oid)
		if !ok {
			continue
		}
		for _, mod := range mods {
			switch oid {
			case types.OIDInterval, 1187, types.OIDNumeric, 1231, types.OIDVarchar, types.OIDBPChar, types.OIDTimestamp, types.OIDTimestamptz, types.OIDTime, types.OIDTimetz:
				if mod == 0 && info.Kind == types.Bytes && oid != types.OIDTimetz {
					continue // no such modifier
				}
			default:
				if mod >= 0 {
					continue
				}
			}
			if oid == types.OIDInterval || oid == 1187 {
				continue
			}
			q.add(types.FormatType(types.Type{OID: oid, Mod: mod}), "format_type(%d, %d)", oid, mod)
		}
	}
	for fields, precision := range map[int32]int32{
		datetime.FieldYear: -1, datetime.FieldYear | datetime.FieldMonth: -1, datetime.FieldDay | datetime.FieldHour: -1, datetime.FieldSecond: 3, 0: 2,
		datetime.FieldDay | datetime.FieldHour | datetime.FieldMinute | datetime.FieldSecond: 0, datetime.FieldHour | datetime.FieldMinute: -1,
	} {
		mod := datetime.IntervalTypmod(fields, precision)
		q.add(types.FormatType(types.Type{OID: types.OIDInterval, Mod: mod}), "format_type(1186, %d)", mod)
	}
	q.compare(t, server)
}
