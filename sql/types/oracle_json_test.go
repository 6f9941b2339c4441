package types_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/types"
)

func randomJSON(r *rand.Rand, depth int) string {
	space := []string{"", "", " ", "\n"}[r.IntN(4)]
	kind := r.IntN(7)
	if depth == 0 {
		kind = r.IntN(5)
	}
	switch kind {
	case 0:
		return space + []string{"true", "false", "null"}[r.IntN(3)]
	case 1, 2:
		return []string{"0", "-0", "1", "1.0", "1.00", "-1.5", "1e2", "1E+2", "1e-3", "12345678901234567890", "0.10", "10"}[r.IntN(12)] + space
	case 3, 4:
		return `"` + []string{"", "a", "ab", `\"`, `\u00e9`, `\ud83d\ude00`, "日本", `\n\t\\\/`, `\u0007`, "b"}[r.IntN(10)] + `"`
	case 5:
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, randomJSON(r, depth-1))
		}
		return "[" + strings.Join(parts, ","+space) + "]"
	default:
		var parts []string
		for range r.IntN(5) {
			parts = append(parts, fmt.Sprintf(`"%s"%s:%s`, []string{"a", "b", "aa", "ab", "", "é", `\u0061`, "B"}[r.IntN(8)], space, randomJSON(r, depth-1)))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
}

func TestOracleJSON(t *testing.T) {
	server := pgoracle.Start(t)
	r := rand.New(rand.NewPCG(1, 4))
	texts := []string{
		"", " ", "1", "01", "-", "1.", ".5", "1e", "1e+", "+1", "--1", "1a", "tru", "trueX", "True", "nul", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", `{"a"}`, `{"a":}`, `{"a":1,}`,
		`{"a" 1}`, `{a:1}`, `{"a":1 "b":2}`, `{1:2}`, `"abc`, `"a\`, `"\q"`, `"\é"`, `"\u12"`, `"\u12g4"`, `"\u0000"`, `"\ud83d"`, `"\ude00"`, `"\ud83d\ud83d"`, `"\ud83dx"`, `"\ud83d\n"`, "\"a\nb\"",
		"1 2", "[] []", "{} x", "'a'", "@", "é", "nan", "Infinity", `["a",]`, `{"a":[1,{"b":]}`, "[1]]", "{,}", `{"a":1}}`, "\t1\r\n", "\f1", `{"a":1,"a":2}`, `{"b":1,"a":2,"aa":0,"":9}`, "1e131072", "1e-16384",
		`"\u00e9\b\f\n\r\t\/\\\""`, "-0", "-0.0", "1E400", `[[[[]]]]`, `{"a":{"b":{}}}`, "nullx", "\x01", `"` + "\x7f" + `"`, "[1,2", `{"a":1`, `{"a":`, `{"a"`, `{"`, `"\`, `"\u`, "12.5.6", "1_0",
	}
	for range 700 {
		text := randomJSON(r, 4)
		if r.IntN(5) == 0 && text != "" {
			at := r.IntN(len(text))
			text = strings.ToValidUTF8(text[:at]+[]string{"", ",", "}", `"`, "x", "]", `\`}[r.IntN(7)]+text[min(len(text), at+r.IntN(2)):], "?")
		}
		texts = append(texts, text)
	}
	var q questions
	s := types.DefaultSettings
	c, _ := types.CodecOf(types.OIDJSONB)
	jsonb := types.Of(types.OIDJSONB)
	for i, text := range texts {
		q.value(t, types.Of(types.OIDJSON), text, s)
		q.value(t, jsonb, text, s)
		a, err := types.Parse(jsonb, text, s)
		if err != nil {
			continue
		}
		for range 3 {
			other := texts[r.IntN(i+1)]
			b, err := types.Parse(jsonb, other, s)
			if err != nil {
				continue
			}
			order := c.Compare(a, b)
			q.add(strconv.Itoa(order), "sign(jsonb_cmp(%s, %s))", pgoracle.Quote(text), pgoracle.Quote(other))
			if same := string(c.AppendNormal(nil, a.Bytes)) == string(c.AppendNormal(nil, b.Bytes)); same != (order == 0) {
				t.Errorf("%s and %s compare as %d, and their normal forms as the same: %v", text, other, order, same)
			}
		}
	}
	q.compare(t, server)
}

func TestOracleArrays(t *testing.T) {
	server := pgoracle.Start(t)
	r := rand.New(rand.NewPCG(8, 4))
	texts := []string{
		"{}", "{1}", "{1,2,3}", "{NULL,1}", "{null}", `{"NULL"}`, `{"null",nUlL}`, "{{1,2},{3,4}}", "{{1},{2}}", "{{{1}}}", "{{1,2},{3}}", "{1,{2}}", "{{1},2}", "[2:3]={1,2}", "[0:0]={7}", "[-1:1]={1,2,3}", "[2]={1,2}",
		"[1:1][0:1]={{1,2}}", "[2:1]={}", "[1:2]={1}", "[1:2]{1,2}", "[1:2] = {1,2}", "[1:2]= {1,2}", "[]={1}", "[a]={1}", "[1:]={1}", "[1={1}", " {1} ", " { 1 , 2 } ", "{1,2", "1,2}", "{1,,2}", "{,1}", "{1,}", "{1}}", "{1}x", "", "x",
		`{"a b",c}`, `{a b}`, `{ a b }`, `{"a\"b","c\\d"}`, `{a\"b}`, `{a"b"}`, `{"a"b}`, `{""}`, `{"",""}`, `{ "" }`, `{a\,b}`, `{\ a\ }`, "{{},{}}", "{{}}", "{1 2}", `{"a","b"} `, `{"a`, `{a\`, "{{{{{{1}}}}}}", "{{{{{{{1}}}}}}}", "[1:1][1:1][1:1][1:1][1:1][1:1][1:1]={1}",
		"{abc}", "{1.5}", "{2024-01-15}", `{"2024-01-15 10:00:00"}`, "{t,f}", `{"{\"a\": 1}"}`, "{1 day}", `{"1 day"}`, "[2147483647:2147483647]={1}", "[1:2147483648]={1}", "{1,\n2}", "{a\tb}", "{(1)}", "{'a'}",
	}
	for range 400 {
		text := strings.Builder{}
		for range r.IntN(12) {
			text.WriteString([]string{"{", "}", ",", "1", "2", "NULL", `"`, " ", "a", `\`, "[1:2]=", "{1,2}"}[r.IntN(12)])
		}
		texts = append(texts, text.String())
	}
	var q questions
	s := types.DefaultSettings
	for _, text := range texts {
		for _, oid := range []types.OID{1000, 1005, 1007, 1009, 1021, 1022, 1115, 1182, 1187, 1231, 3807, 1014} {
			q.value(t, types.Of(oid), text, s)
		}
	}
	orders := []string{"{}", "{1}", "{1,2}", "{1,NULL}", "{NULL}", "{{1,2}}", "{{1},{2}}", "[0:1]={1,2}", "{2}", "{1.0}", "{1.00,2}"}
	for _, oid := range []types.OID{1009, 1231} {
		c, _ := types.CodecOf(oid)
		for _, x := range orders {
			for _, y := range orders {
				a, err1 := types.Parse(types.Of(oid), x, s)
				b, err2 := types.Parse(types.Of(oid), y, s)
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				order := c.Compare(a, b)
				q.add(strconv.Itoa(order), "btarraycmp('%s'::%s, '%s')", x, types.FormatType(types.Of(oid)), y)
				if same := string(c.AppendNormal(nil, a.Bytes)) == string(c.AppendNormal(nil, b.Bytes)); same != (order == 0) {
					t.Errorf("%s and %s compare as %d, and their normal forms as the same: %v", x, y, order, same)
				}
			}
		}
	}
	q.compare(t, server)
}

func TestOracleRecords(t *testing.T) {
	server := pgoracle.Start(t)
	var q questions
	for _, fields := range [][]string{{"a", "b c"}, {"", "x"}, {"NULL"}, {`q"u`, `b\s`}, {"(", ")", ","}, {"a\nb"}, {}} {
		dst := types.AppendRecordHeader(nil, len(fields)+2, nil)
		var sql []string
		for _, field := range fields {
			dst = types.AppendField(dst, types.OIDText, types.TextValue(field))
			sql = append(sql, pgoracle.Quote(field)+"::text")
		}
		dst = types.AppendField(dst, types.OIDInt4, types.NullValue)
		dst = types.AppendField(dst, types.OIDInt8, types.IntValue(-7))
		sql = append(sql, "NULL::int", "'-7'::bigint")
		c, _ := types.CodecOf(types.OIDRecord)
		v, err := c.Decode(nil, dst, -1)
		if err != nil {
			t.Fatal(err)
		}
		q.add(types.Text(types.Of(types.OIDRecord), v, types.DefaultSettings), "ROW(%s)", strings.Join(sql, ", "))
		q.add(fmt.Sprintf(`\x%x`, c.AppendBinary(nil, v)), "record_send(ROW(%s))", strings.Join(sql, ", "))
	}
	q.compare(t, server)
}
