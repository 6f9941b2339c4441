package flow

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/sql/types"
)

// ExprString writes an expression as text; in are the columns that it is over.
func ExprString(e Expr, in []Field) string {
	switch e := e.(type) {
	case *Column:
		return place(e.Index, in)
	case *Const:
		return constText(e)
	case *Param:
		return "$" + strconv.Itoa(e.Index+1)
	case *Call:
		return callText(e, in)
	case *Logic:
		op := " AND "
		if e.Or {
			op = " OR "
		}
		var s []string
		for _, a := range e.Args {
			s = append(s, ExprString(a, in))
		}
		return "(" + strings.Join(s, op) + ")"
	case *Not:
		return "NOT " + ExprString(e.X, in)
	case *IsNull:
		return ExprString(e.X, in) + " IS" + flag(e.Not, " NOT") + " NULL"
	case *Case:
		s := "CASE"
		for _, w := range e.Whens {
			s += " WHEN " + ExprString(w.Cond, in) + " THEN " + ExprString(w.Result, in)
		}
		return s + " ELSE " + ExprString(e.Else, in) + " END"
	case *Coalesce:
		return "COALESCE(" + exprs(e.Args, in) + ")"
	}
	return fmt.Sprintf("%T", e)
}

func constText(e *Const) string {
	if e.Value.Null {
		return "NULL::" + types.FormatType(e.Typ)
	}
	text := types.Text(e.Typ, e.Value, types.DefaultSettings)
	switch e.Typ.OID {
	case types.OIDInt4:
		return text
	case types.OIDBool:
		return [...]string{"false", "true"}[btoi(e.Value.Bool())]
	case types.OIDText:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	default:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'::" + types.FormatType(e.Typ)
	}
}

func callText(e *Call, in []Field) string {
	name := e.Function.Name
	if name == "" || strings.ContainsAny(name[:1], "+-*/<>=~!@#%^&|`?") {
		switch len(e.Args) {
		case 1:
			return "(" + name + " " + ExprString(e.Args[0], in) + ")"
		case 2:
			return "(" + ExprString(e.Args[0], in) + " " + name + " " + ExprString(e.Args[1], in) + ")"
		}
	}
	if e.Typ.Mod >= 0 {
		name += ":" + types.FormatType(e.Typ)
	}
	return name + "(" + exprs(e.Args, in) + ")"
}

func exprs(list []Expr, in []Field) string {
	var s []string
	for _, e := range list {
		s = append(s, ExprString(e, in))
	}
	return strings.Join(s, ", ")
}

// place names a column: a name need not be unique, so its place goes with it.
func place(i int, in []Field) string {
	if i < 0 || i >= len(in) {
		return "#" + strconv.Itoa(i)
	}
	return fieldName(in[i].Name) + "#" + strconv.Itoa(i)
}

func fieldName(name string) string {
	if name == "" || name == "?column?" {
		return "_"
	}
	return name
}

func places(list []int, in []Field) string {
	var s []string
	for _, i := range list {
		s = append(s, place(i, in))
	}
	return strings.Join(s, ", ")
}

func sortText(keys []SortKey, in []Field) string {
	var s []string
	for _, k := range keys {
		t := place(k.Column, in) + flag(k.Desc, " desc")
		if k.NullsFirst != k.Desc {
			t += [...]string{" nulls last", " nulls first"}[btoi(k.NullsFirst)]
		}
		s = append(s, t)
	}
	return strings.Join(s, ", ")
}

// columnsText names the columns that a leaf gives, with their places in the relation.
func columnsText(columns []int, fields []Field) string {
	var s []string
	for i, c := range columns {
		s = append(s, fieldName(fields[i].Name)+"@"+strconv.Itoa(c))
	}
	return strings.Join(s, ", ")
}

func fieldsText(fields []Field) string {
	var s []string
	for _, f := range fields {
		s = append(s, fieldName(f.Name))
	}
	return strings.Join(s, ", ")
}

func typesText(list []types.Type) string {
	var s []string
	for _, t := range list {
		s = append(s, types.FormatType(t))
	}
	return "(" + strings.Join(s, ", ") + ")"
}

func flag(b bool, text string) string {
	if b {
		return text
	}
	return ""
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
