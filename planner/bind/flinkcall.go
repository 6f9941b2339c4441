package bind

import (
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// Functions of Flink that are other spellings of PostgreSQL's. They are understood in every dialect, unless there is a function of
// that name.

// flinkFields are the functions that take a field out of a time.
var flinkFields = map[string]string{
	"year": "year", "quarter": "quarter", "month": "month", "week": "week", "dayofyear": "doy", "dayofmonth": "day", "hour": "hour",
	"minute": "minute", "second": "second",
}

// flinkCall is the expression that a call of such a function means; nil if it is none.
func (b *binder) flinkCall(e *ast.FuncCall) (ast.Expr, error) {
	if len(e.Name.Parts) != 1 || e.Star || e.Distinct || e.Variadic || e.WithinGroup || e.Filter != nil || e.Over != nil || len(e.OrderBy) > 0 {
		return nil, nil
	}
	name := string(e.Name.Last())
	field, isField := flinkFields[name]
	if !isField && name != "date_format" || len(b.Functions.Functions(name)) > 0 {
		return nil, nil
	}
	for _, a := range e.Args {
		if a.Name != "" {
			return nil, nil
		}
	}
	builtin := func(name ast.Ident) *ast.Name {
		return &ast.Name{Pos: e.Name.Pos, Parts: []ast.Ident{"pg_catalog", name}}
	}
	if isField {
		if len(e.Args) != 1 {
			return nil, nil
		}
		text := &ast.Literal{Pos: e.Pos, Kind: ast.StringLiteral, Text: field}
		call := &ast.FuncCall{Pos: e.Pos, Name: builtin("extract"), Args: []*ast.Arg{{Pos: e.Pos, Value: text}, e.Args[0]}}
		x := ast.Expr(call)
		if field == "second" { // a bigint without the fraction, not one that is rounded
			x = &ast.FuncCall{Pos: e.Pos, Name: builtin("trunc"), Args: []*ast.Arg{{Pos: e.Pos, Value: call}}}
		}
		return &ast.Cast{Pos: e.Pos, X: x, Type: &ast.TypeName{Pos: e.Pos, Name: builtin("int8")}}, nil
	}
	if len(e.Args) != 2 {
		return nil, nil
	}
	pattern, ok := e.Args[1].Value.(*ast.Literal)
	if !ok || pattern.Kind != ast.StringLiteral {
		return nil, unsupported(int(e.Args[1].Value.At()), "date_format() with a pattern that is no constant is not supported").
			WithHint("Use to_char() and its templates.")
	}
	template, err := charTemplate(pattern)
	if err != nil {
		return nil, err
	}
	text := &ast.Literal{Pos: pattern.Pos, Kind: ast.StringLiteral, Text: template}
	return &ast.FuncCall{Pos: e.Pos, Name: builtin("to_char"), Args: []*ast.Arg{e.Args[0], {Pos: pattern.Pos, Value: text}}}, nil
}

// charFields are the fields of Java's DateTimeFormatter as to_char() has them.
var charFields = map[string]string{
	"yyyy": "YYYY", "yy": "YY", "uuuu": "YYYY", "MM": "MM", "M": "FMMM", "MMM": "Mon", "MMMM": "FMMonth", "dd": "DD", "d": "FMDD", "DDD": "DDD",
	"D": "FMDDD", "EEE": "Dy", "EEEE": "FMDay", "HH": "HH24", "H": "FMHH24", "hh": "HH12", "h": "FMHH12", "mm": "MI", "m": "FMMI", "ss": "SS",
	"s": "FMSS", "SSS": "MS", "SSSSSS": "US", "a": "AM",
}

// charTemplate is the template of to_char() that writes what one of Java's patterns does.
func charTemplate(pattern *ast.Literal) (string, error) {
	var out strings.Builder
	literal := func(s string) {
		if s != "" {
			out.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`)
		}
	}
	for s := pattern.Text; s != ""; {
		n := 1
		switch c := s[0]; {
		case c == '\'':
			end := strings.IndexByte(s[1:], '\'')
			switch {
			case end < 0:
				return "", errAt(int(pattern.Pos), pgerr.InvalidParameterValue, "the quote in the pattern %q has no end", pattern.Text)
			case end == 0:
				literal("'")
			default:
				literal(s[1 : 1+end])
			}
			n = end + 2
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			for n < len(s) && s[n] == c {
				n++
			}
			field, ok := charFields[s[:n]]
			if !ok {
				return "", unsupported(int(pattern.Pos), "the field %s of a date_format() pattern is not supported", s[:n]).
					WithHint("Use to_char() and its templates.")
			}
			out.WriteString(field)
		case strings.IndexByte(` -:/.,;`, c) >= 0:
			out.WriteByte(c)
		default:
			_, n = utf8.DecodeRuneInString(s)
			literal(s[:n])
		}
		s = s[n:]
	}
	return out.String(), nil
}
