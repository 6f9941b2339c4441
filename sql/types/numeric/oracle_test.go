package numeric

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
)

// said is a result in the form in which the oracle's answers are compared.
func said(text string, err error) string {
	var e *pgerr.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("ERROR %s %s|%s", e.Code, e.Message, e.Detail)
	}
	if err != nil {
		return err.Error()
	}
	return text
}

func numSaid(n Num, err error) string {
	if err != nil {
		return said("", err)
	}
	return n.String()
}

// TestOracle asks PostgreSQL the same as this package: arithmetic, rounding, comparing, casts and typmods, over edge values
// and random ones.
func TestOracle(t *testing.T) {
	server := pgoracle.Start(t)
	eval, err := server.Evaluator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer eval.Close(t.Context())
	var questions, got []string
	ask := func(answer, format string, args ...any) {
		questions = append(questions, fmt.Sprintf(format, args...))
		got = append(got, answer)
	}
	r := rand.New(rand.NewPCG(7, 7))
	texts := append([]string(nil), edges...)
	for range 400 {
		texts = append(texts, random(r))
	}
	binary := func(a, b string) {
		x, y := mustParse(t, a), mustParse(t, b)
		for op, f := range map[string]func(a, b Num) (Num, error){"+": Add, "-": Sub, "*": Mul, "/": Div, "%": Mod} {
			ask(numSaid(f(x, y)), "'%s'::numeric %s '%s'::numeric", a, op, b)
		}
		ask(numSaid(DivTrunc(x, y)), "div('%s'::numeric, '%s'::numeric)", a, b)
		ask(strconv.Itoa(sign(Compare(x, y))), "numeric_cmp('%s', '%s')", a, b)
	}
	for _, a := range edges {
		for _, b := range edges {
			binary(a, b)
		}
	}
	for range 1500 {
		binary(texts[r.IntN(len(texts))], texts[r.IntN(len(texts))])
	}
	for _, a := range texts {
		unary(t, ask, a, r)
	}
	for _, bad := range []string{
		"", " ", "abc", "1e", "1e5x", "1 2", "--1", "+-1", ".", "-.", "1.2.3", "1e 5", "1e+5", "1E-05", " 12 ", "\t1\n", "+5", "+.5", "5.",
		"1e131071", "1e131072", "1e-16383", "1e-16384", "0e-16384", "0e200000", "0e-200000", "1e2147483647", "1e1073741822", "1e-1073741823",
		"1e99999999999999999999", "naN", "+nan", "inf", "-INF", "+Infinity", "1_000", "0x10", "1e5.5", "１", "1,5",
	} {
		ask(numSaid(Parse(bad, -1)), "%s::numeric", pgoracle.Quote(bad))
		typmod, _ := Typmod(5, 2)
		ask(numSaid(Parse(bad, typmod)), "%s::numeric(5,2)", pgoracle.Quote(bad))
	}
	answers, err := eval.Eval(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	for i, answer := range answers {
		want := answer.Text
		if answer.Code != "" {
			want = fmt.Sprintf("ERROR %s %s|%s", answer.Code, answer.Message, answer.Detail)
		}
		if got[i] != want {
			t.Errorf("%.300s\n got %.300s\nwant %.300s", questions[i], got[i], want)
		}
	}
	t.Logf("%d questions", len(questions))
}

func unary(t *testing.T, ask func(answer, format string, args ...any), a string, r *rand.Rand) {
	x := mustParse(t, a)
	ask(x.String(), "'%s'::numeric", a)
	ask(x.Neg().String(), "-('%s'::numeric)", a)
	ask(x.Abs().String(), "abs('%s'::numeric)", a)
	ask(numSaid(x.Ceil()), "ceil('%s'::numeric)", a)
	ask(numSaid(x.Floor()), "floor('%s'::numeric)", a)
	for _, scale := range []int{0, 2, r.IntN(80) - 40} {
		ask(numSaid(x.Round(scale, HalfAway)), "round('%s'::numeric, %d)", a, scale)
		ask(numSaid(x.Round(scale, Truncate)), "trunc('%s'::numeric, %d)", a, scale)
	}
	if x.Finite() {
		ask(x.Normal().String(), "trim_scale('%s'::numeric)", a)
	}
	for bits, name := range map[int]string{16: "smallint", 32: "integer", 64: "bigint"} {
		v, err := x.Int64(bits, name)
		ask(said(strconv.FormatInt(v, 10), err), "'%s'::numeric::%s", a, name)
	}
	if f, err := x.Float64(64); err != nil {
		ask(said("", err), "'%s'::numeric::float8", a)
	} else if x.Finite() {
		ask(FromFloat64(f).String(), "'%s'::numeric::float8::numeric", a)
	}
	if f, err := x.Float64(32); err != nil {
		ask(said("", err), "'%s'::numeric::float4", a)
	} else if x.Finite() {
		ask(FromFloat32(f).String(), "'%s'::numeric::float4::numeric", a)
	}
	for range 3 {
		precision, scale := 1+r.IntN(30), r.IntN(40)-10
		typmod, err := Typmod(precision, scale)
		if err != nil {
			t.Fatal(err)
		}
		if p, s := SplitTypmod(typmod); p != precision || s != scale {
			t.Errorf("typmod of numeric(%d, %d) is split into %d, %d", precision, scale, p, s)
		}
		ask(numSaid(Parse(a, typmod)), "'%s'::numeric(%d,%d)", a, precision, scale)
	}
	ask(fmt.Sprintf(`\x%x`, x.AppendBinary(nil)), "numeric_send('%s'::numeric)", a)
}
