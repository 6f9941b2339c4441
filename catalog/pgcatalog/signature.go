package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// What pg_get_function_arguments and its like say about recorded functions.

// argument is a parameter of a function, or a column of its result.
type argument struct {
	name, mode string // the mode as in proargmodes
	typ        types.OID
}

// FunctionArguments are a function's parameters as SQL, with or without their defaults; ok is false if there is no such function.
func (l Lookups) FunctionArguments(oid types.OID, defaults bool) (sql string, ok bool) {
	i, ok := recordedProcs.find(oid)
	if !ok {
		return "", false
	}
	var values []string
	if v := procColumn("proargdefaults").Value(i); !v.Null && defaults {
		values = strings.Split(string(v.Bytes), ", ")
	}
	arguments := argumentsOf(i)
	inputs := 0
	for _, a := range arguments {
		if isInput(a.mode) {
			inputs++
		}
	}
	orderAt := orderedAt(oid)
	var b strings.Builder
	printed := 0
	for k := 0; k < len(arguments); k++ {
		a := arguments[k]
		if a.mode == "t" {
			continue
		}
		b.WriteString(separator(printed, orderAt))
		part := argumentModes[a.mode]
		if a.name != "" {
			part += catalog.Quote(a.name) + " "
		}
		part += l.typeText(a.typ)
		if isInput(a.mode) {
			// Defaults are those of the last inputs.
			if at := len(values) - inputs; at >= 0 {
				part += " DEFAULT " + values[at]
			}
			inputs--
		}
		b.WriteString(part)
		if printed++; printed == orderAt && k == len(arguments)-1 {
			k-- // a variadic argument is the direct and the ordered one
		}
	}
	return b.String(), true
}

// orderedAt is how many direct arguments stand before the ORDER BY of an ordered-set aggregate; -1 for other functions.
func orderedAt(oid types.OID) int {
	i, ok := recordedAggregates.find(oid)
	r := named("pg_catalog", "pg_aggregate")
	if !ok || recordedAggregates.all.Cols[r.place("aggkind")].BytesAt(i)[0] == 'n' {
		return -1
	}
	return int(recordedAggregates.all.Cols[r.place("aggnumdirectargs")].Ints[i])
}

// separator is what stands before an argument.
func separator(printed, orderAt int) string {
	switch {
	case printed == orderAt && printed > 0:
		return " ORDER BY "
	case printed == orderAt:
		return "ORDER BY "
	case printed > 0:
		return ", "
	default:
		return ""
	}
}

var argumentModes = map[string]string{"o": "OUT ", "b": "INOUT ", "v": "VARIADIC "}

func isInput(mode string) bool { return mode == "i" || mode == "b" || mode == "v" }

// FunctionResult is a function's result as SQL; ok is false if there is no such function.
func (l Lookups) FunctionResult(oid types.OID) (sql string, ok bool) {
	i, ok := recordedProcs.find(oid)
	if !ok || procColumn("prokind").BytesAt(i)[0] == 'p' {
		return "", false
	}
	var columns []string
	for _, a := range argumentsOf(i) {
		if a.mode == "t" {
			columns = append(columns, catalog.Quote(a.name)+" "+l.typeText(a.typ))
		}
	}
	if len(columns) > 0 {
		return "TABLE(" + strings.Join(columns, ", ") + ")", true
	}
	sql = l.typeText(types.OID(procColumn("prorettype").Ints[i]))
	if procColumn("proretset").Bools[i] {
		sql = "SETOF " + sql
	}
	return sql, true
}

func procColumn(name string) *batch.Vec {
	return &recordedProcs.all.Cols[named("pg_catalog", "pg_proc").place(name)]
}

func argumentsOf(i int) []argument {
	args := oids(procColumn("proargtypes").Value(i))
	if all := procColumn("proallargtypes").Value(i); !all.Null {
		args = oids(all)
	}
	names, modes := texts(procColumn("proargnames").Value(i)), texts(procColumn("proargmodes").Value(i))
	list := make([]argument, len(args))
	for k, typ := range args {
		list[k] = argument{mode: "i", typ: typ}
		if k < len(names) {
			list[k].name = names[k]
		}
		if k < len(modes) {
			list[k].mode = modes[k]
		}
	}
	return list
}

// typeText is the name of any recorded type without a modifier: format_type(oid, NULL).
func (l Lookups) typeText(oid types.OID) string {
	if oid == types.OIDBPChar {
		return "character"
	}
	if name, ok := l.TypeName(types.Of(oid)); ok {
		return name
	}
	if name, ok := l.recordedTypeName(oid); ok {
		return name
	}
	return "???"
}
