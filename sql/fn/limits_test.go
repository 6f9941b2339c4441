package fn

import (
	"strings"
	"testing"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// TestLimits holds that no value gets longer than PostgreSQL's may be, with its errors.
func TestLimits(t *testing.T) {
	defer func(n int) { maxText = n }(maxText)
	maxText = 999
	long, longer := strings.Repeat("x", 500), strings.Repeat("y", 600)
	const enlarge = "out of memory; Cannot enlarge string buffer containing "
	for _, c := range []struct {
		name   string
		kernel Kernel
		args   []any
		want   string
	}{
		{"||", concatText, []any{long, longer}, "XX000 invalid memory alloc request size 1104"},
		{"||", concatText, []any{long, long[:495]}, ""},
		{"repeat", perRow(repeat), []any{long, 2}, "54000 requested length too large"},
		{"lpad", pad(true), []any{long, 249}, "54000 requested length too large"},
		{"replace", perRow(replace), []any{long, "x", "yyy"}, "54000 " + enlarge + "996 bytes by 3 more bytes."},
		{"concat", perRowNulls(concatAll), []any{long, longer}, "54000 " + enlarge + "500 bytes by 600 more bytes."},
		{"concat_ws", perRowNulls(concatWS), []any{"", long, longer}, "54000 " + enlarge + "500 bytes by 600 more bytes."},
		{"format", perRowNulls(format), []any{"%s%s", long, longer}, "54000 " + enlarge + "500 bytes by 600 more bytes."},
		{"overlay", overlay(true), []any{long, longer, 1, 0}, "XX000 invalid memory alloc request size 1104"},
		{"regexp_replace", perRow(regexpReplace), []any{long, "x", "yyy", "g"}, "54000 " + enlarge + "996 bytes by 3 more bytes."},
	} {
		call := &Call{Rows: 1, Errors: &Errors{}}
		for _, a := range c.args {
			v := batch.NewVec(types.Of(types.OIDText))
			if n, ok := a.(int); ok {
				v = batch.NewVec(types.Of(types.OIDInt4))
				v.Append(types.IntValue(int64(n)))
			} else {
				v.AppendString(a.(string))
			}
			call.Args = append(call.Args, Arg{Vec: &v})
		}
		out := batch.NewVec(types.Of(types.OIDText))
		call.Out = &out
		c.kernel(call)
		got := ""
		if call.Errors.Len() > 0 {
			e := call.Errors.Errs[0]
			if got = string(e.Code) + " " + e.Message; e.Detail != "" {
				got += "; " + e.Detail
			}
		}
		if got != c.want || out.Len() != 1 {
			t.Errorf("%s: %q, not %q; %d values", c.name, got, c.want, out.Len())
		}
	}
}
