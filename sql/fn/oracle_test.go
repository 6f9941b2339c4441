package fn_test

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/types"
)

// samples are values of each type that arguments are drawn from.
var samples = map[string][]string{
	"bool":         {"t", "f"},
	"int2":         {"0", "1", "-1", "7", "32767", "-32768"},
	"int4":         {"0", "1", "-1", "2", "3", "10", "-5", "65", "100000", "-2147483648"},
	"int8":         {"0", "1", "-1", "12", "4294967296", "9223372036854775807", "-9223372036854775808"},
	"float4":       {"0", "1.5", "-2.25", "1e10", "NaN", "Infinity"},
	"float8":       {"0", "1", "0.5", "-2.25", "100", "1e20", "-1e-5", "NaN", "-Infinity"},
	"numeric":      {"0", "1", "1.50", "-2.25", "100", "123456.789", "1e20", "0.00012", "NaN", "Infinity"},
	"text":         {"", "abc", "Hello World", "a,b,,c", "äöü ß", "  x  ", "b", "12", "a%c", "YYYY-MM-DD", "hour", "UTC", "{a}", `\d+`, "o", "NULL"},
	"bpchar":       {"abc", "ab  ", ""},
	"name":         {"abc", "pg_class", ""},
	"char":         {"a", "z"},
	"bytea":        {`\x`, `\x616263`, `\x00ff10`, `\x62`},
	"date":         {"2024-02-29", "1999-12-31", "0044-03-15 BC", "infinity", "2024-03-10"},
	"time":         {"00:00", "12:34:56.789", "23:59:59.999999"},
	"timetz":       {"12:34:56+05:30", "00:00-08"},
	"timestamp":    {"2024-02-29 12:34:56.789", "1999-12-31 23:59:59.999999", "0044-03-15 10:00:00 BC", "-infinity", "2024-03-10 02:30:00"},
	"timestamptz":  {"2024-02-29 12:34:56.789+00", "1970-01-01 00:00:00+00", "infinity", "2024-11-03 05:30:00+00"},
	"interval":     {"1 day", "-1 mon 2 days 03:04:05.678", "36:00", "0", "1 year 2 mons", "15 minutes"},
	"uuid":         {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"},
	"json":         {`{"a": {"b": [1, 2, "x"]}, "c": null}`, `[1, "two", null, {"d": 1.50}]`, `"text"`, "12", "null", "{}", "[]"},
	"jsonb":        {`{"a": {"b": [1, 2, "x"]}, "c": null}`, `[1, "two", null, {"d": 1.50}]`, `"text"`, "12", "null", "{}", "[]"},
	"text[]":       {"{}", "{a,b}", "{a,NULL,c}", "{{a,b},{c,d}}", "{0,a}"},
	"int4[]":       {"{}", "{1,2,3}", "{2,NULL}", "{{1,2},{3,4}}", "[0:1]={5,6}"},
	"oid":          {"0", "23", "1259", "4294967295"},
	"regclass":     {"0"},
	"oidvector":    {"1 2", ""},
	"anyelement":   {"int4", "text", "numeric"},
	"anyarray":     {"int4[]", "text[]"},
	"anynonarray":  {"int4", "text"},
	"any":          {"int4", "text", "timestamp"},
	"anyenum":      nil,
	"void":         nil,
	"record":       nil,
	"regtype":      {"23"},
	"regnamespace": {"0"},
	"regrole":      {"0"},
}

// pool is the name of the values of a type.
func pool(oid types.OID) string {
	if elem, ok := types.ElemOf(types.Of(oid)); ok && oid != types.OIDOIDVector && oid != types.OIDInt2Vector {
		info, _ := types.Lookup(elem.OID)
		return info.Name + "[]"
	}
	info, _ := types.Lookup(oid)
	return strings.Replace(info.Name, "anycompatible", "any", 1)
}

// drawArgs makes SQL of arguments; ok is false if a type has no values.
func drawArgs(r *rand.Rand, args []types.OID) (list []string, ok bool) {
	element := []string{"int4", "text"}[r.IntN(2)]
	for _, oid := range args {
		name := pool(oid)
		switch name {
		case "anyarray":
			name = element + "[]"
		case "anyelement", "anynonarray", "any":
			if name == "any" && oid == types.OIDAny {
				name = samples["any"][r.IntN(3)]
			} else {
				name = element
			}
		case "anynonarrayarray":
			name = element
		}
		values := samples[name]
		if len(values) == 0 {
			return nil, false
		}
		if name == "char" {
			name = `"char"`
		}
		value := pgoracle.Quote(values[r.IntN(len(values))])
		if r.IntN(25) == 0 {
			value = "NULL"
		}
		list = append(list, value+"::"+name)
	}
	return list, true
}

// skipped are functions whose answers differ for a reason.
var skipped = map[string]string{
	"random": "random", "gen_random_uuid": "random", "now": "a clock", "clock_timestamp": "a clock", "statement_timestamp": "a clock",
	"transaction_timestamp": "a clock", "age": "of today", "pg_sleep": "takes long", "pg_sleep_for": "takes long", "to_regclass": "the catalog's",
	"pg_get_keywords": "testdata/slt asks it", "to_regoper": "the catalog's", "to_regoperator": "the catalog's", "to_regprocedure": "the catalog's", "to_regcollation": "the catalog's",
	"to_regtype": "the catalog's", "to_regproc": "the catalog's", "to_regnamespace": "the catalog's", "to_regrole": "the catalog's",
	"pg_get_expr": "stored as text here", "pg_relation_is_publishable": "the catalog's", "row_security_active": "the catalog's",
	"pg_tablespace_location": "the catalog's", "pg_column_size": "another form", "aclexplode": "the catalog's", "pg_encoding_to_char": "one encoding",
	"pg_char_to_encoding": "one encoding", "pg_my_temp_schema": "the catalog's", "make_interval": "PostgreSQL 15 does not see overflows",
	"pg_jit_available": "the machine's", "pg_blocking_pids": "the session's", "format_type": "types that are not here", "pg_partition_ancestors": "the catalog's",
	"pg_partition_tree": "the catalog's", "convert_from": "one encoding", "convert_to": "one encoding", "pg_typeof": "needs types as written",
	"like": "a keyword", "overlaps": "a keyword", "position": "a keyword", "greatest": "syntax", "least": "syntax", "extract": "syntax",
	"factorial": "takes long", "generate_series": "takes long", "make_date": "names the year -5 as -4", "ts_token_type": "the catalog's",
	"inet_client_addr": "the connection's", "inet_client_port": "the connection's", "inet_server_addr": "the connection's", "inet_server_port": "the connection's", "array_fill": "takes long",
}

// notPostgres are functions that PostgreSQL does not have.
var notPostgres = map[string]bool{"proctime": true, "split_index": true, "regexp_extract": true}

// drawQuestions makes expressions with random arguments.
func drawQuestions(seed uint64) []string {
	var all []string
	var r *rand.Rand
	// Every function has draws of its own, so that a new one does not change those of the others.
	begin := func(signature string) {
		h := fnv.New64()
		_, _ = h.Write([]byte(signature)) // never fails
		r = rand.New(rand.NewPCG(seed, h.Sum64()))
	}
	const each = 6
	for _, f := range registry.All() {
		if reason, ok := skipped[f.Name]; ok && reason != "" || notPostgres[f.Name] {
			continue
		}
		begin(f.Signature())
		for range each {
			if args, ok := drawArgs(r, f.Args); ok {
				all = append(all, f.Name+"("+strings.Join(args, ", ")+")")
			}
			if len(f.Args) == 0 {
				break
			}
		}
	}
	for _, o := range registry.AllOperators() {
		begin(o.Signature())
		for range each / 2 {
			args, ok := drawArgs(r, o.Function.Args)
			switch {
			case !ok:
			case len(args) == 1:
				all = append(all, o.Symbol+" "+args[0])
			default:
				all = append(all, args[0]+" "+o.Symbol+" "+args[1])
			}
		}
	}
	for _, f := range registry.AllTableFunctions() {
		if skipped[f.Name] != "" {
			continue
		}
		begin(f.Signature())
		for range each {
			if args, ok := drawArgs(r, f.Args); ok {
				all = append(all, f.Name+"("+strings.Join(args, ", ")+")")
			}
		}
	}
	return slices.Compact(all)
}

// sameAnswer compares; floats may differ in their last digit, where the libraries of C and Go do.
func sameAnswer(got, want string) bool {
	if got == want {
		return true
	}
	x, err1 := strconv.ParseFloat(got, 64)
	y, err2 := strconv.ParseFloat(want, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= 1e-14*math.Abs(y)
}

// TestOracle asks PostgreSQL about everything, with one server.
func TestOracle(t *testing.T) {
	server := pgoracle.Start(t)
	t.Run("oids", func(t *testing.T) { compareOIDs(t, server) })
	t.Run("examples", func(t *testing.T) { compareExamples(t, server) })
	t.Run("random", func(t *testing.T) { compareRandom(t, server) })
}

func compareRandom(t *testing.T, server *pgoracle.Server) {
	t.Helper()
	for _, zone := range []string{"UTC", "America/New_York"} {
		compareWith(t, server, zone, drawQuestions(uint64(len(zone))))
	}
}

// beyond tells that a difference is one that is known: what PostgreSQL's template and date patterns do that is refused here.
func beyond(got string) bool { return strings.HasPrefix(got, "ERROR 0A000") }

func compareWith(t *testing.T, server *pgoracle.Server, zone string, questions []string) {
	t.Helper()
	eval, err := server.Evaluator(t.Context(), "SET timezone = '"+zone+"'")
	if err != nil {
		t.Fatal(err)
	}
	defer eval.Close(t.Context())
	asked := slices.Clone(questions)
	for i, q := range asked {
		name, _, _ := strings.Cut(q, "(")
		if registry.TableFunctions(name) != nil {
			asked[i] = "SELECT string_agg(coalesce(t::text, 'NULL'), '; ') FROM " + q + " t"
		}
	}
	answers, err := eval.Eval(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	different, compared := 0, 0
	for i, a := range answers {
		if strings.HasPrefix(a.Code, "42") { // what the binder refuses is its affair
			continue
		}
		got := askIn(zone, questions[i])
		if strings.Contains(got, "needs a session") {
			continue
		}
		compared++
		if !sameAnswer(got, a.String()) && !beyond(got) {
			if different++; different <= 200 {
				t.Errorf("%s\n got %.300s\nwant %.300s", questions[i], got, a)
			}
		}
	}
	if t.Failed() || compared < len(answers)/2 {
		t.Errorf("%s: %d questions, %d compared, %d different", zone, len(answers), compared, different)
	}
}
