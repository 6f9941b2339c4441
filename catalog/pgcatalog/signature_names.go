package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// Names of functions and operators with the types of their arguments: regprocedure and regoperator, and regoper and regcollation, which
// have the name only.

// procedureName is a function with the types of its arguments (format_procedure of PostgreSQL's regproc.c).
func (l Lookups) procedureName(oid types.OID) (string, bool) {
	i, ok := recordedProcs.find(oid)
	if !ok {
		return "", false
	}
	var args []string
	for _, t := range oids(procColumn("proargtypes").Value(i)) {
		args = append(args, l.typeText(t))
	}
	return catalog.Quote(string(recordedProcs.all.Cols[1].BytesAt(i))) + "(" + strings.Join(args, ",") + ")", true
}

// operatorColumns are the name and the types of the arguments of a recorded operator; the left one of a prefix operator is 0.
func operatorColumns(i int) (name string, left, right types.OID) {
	r := named("pg_catalog", "pg_operator")
	cols := recordedOperators.all.Cols
	return string(cols[1].BytesAt(i)), types.OID(cols[r.place("oprleft")].Ints[i]), types.OID(cols[r.place("oprright")].Ints[i])
}

// operatorName is an operator as regoper has it, or with the types of its arguments as regoperator has it.
func (l Lookups) operatorName(oid types.OID, arguments bool) (string, bool) {
	i, ok := recordedOperators.find(oid)
	if !ok {
		return "", false
	}
	name, left, right := operatorColumns(i)
	if !arguments {
		if len(recordedOperators.names[name]) > 1 {
			name = "pg_catalog." + name
		}
		return name, true
	}
	text := func(t types.OID) string {
		if t == 0 {
			return "NONE"
		}
		return l.typeText(t)
	}
	return name + "(" + text(left) + "," + text(right) + ")", true
}

// splitSignature takes name(type, type) apart (parseNameAndArgTypes of regproc.c). A type NONE is 0 where none is allowed.
func (l Lookups) splitSignature(text string, none bool) (name string, args []types.OID, err error) {
	name, rest, found := strings.Cut(text, "(")
	if !found {
		return "", nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a left parenthesis")
	}
	rest, found = strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !found {
		return "", nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a right parenthesis")
	}
	if strings.TrimSpace(rest) == "" {
		return name, nil, nil
	}
	for arg := range strings.SplitSeq(rest, ",") {
		arg = strings.TrimSpace(arg)
		switch {
		case arg == "":
			return "", nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a type name")
		case none && strings.EqualFold(arg, "none"):
			args = append(args, 0)
			continue
		}
		v, err := types.Parse(types.Of(types.OIDRegtype), arg, &types.Settings{Names: l})
		if err != nil {
			return "", nil, err
		}
		args = append(args, types.OID(v.Int))
	}
	return name, args, nil
}

// procedureOID finds a function by its name and the types of its arguments.
func (l Lookups) procedureOID(text string) (types.OID, error) {
	name, args, err := l.splitSignature(text, false)
	if err != nil {
		return 0, err
	}
	parts, err := SplitName(name)
	if err != nil {
		return 0, err
	}
	if _, err := recordedProcs.load(); err != nil {
		return 0, err
	}
	for _, i := range recordedProcs.names[parts[len(parts)-1]] {
		if sameOIDs(oids(procColumn("proargtypes").Value(i)), args) {
			return types.OID(recordedProcs.all.Cols[0].Ints[i]), nil
		}
	}
	return 0, pgerr.Newf(pgerr.UndefinedFunction, "function %q does not exist", text)
}

func sameOIDs(a, b []types.OID) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// operatorOID finds an operator by its name, and with arguments by the types of its arguments too.
func (l Lookups) operatorOID(text string, arguments bool) (types.OID, error) {
	name := strings.TrimSpace(text)
	var args []types.OID
	if arguments {
		var err error
		if name, args, err = l.splitSignature(text, true); err != nil {
			return 0, err
		}
		if len(args) == 1 {
			return 0, pgerr.New(pgerr.UndefinedParameter, "missing argument").WithHint("Use NONE to denote the missing argument of a unary operator.")
		}
	}
	name = strings.TrimPrefix(strings.TrimSpace(name), "pg_catalog.")
	undefined := pgerr.Newf(pgerr.UndefinedFunction, "operator does not exist: %s", text)
	if _, err := recordedOperators.load(); err != nil {
		return 0, err
	}
	found := recordedOperators.names[name]
	switch {
	case len(found) == 0:
		return 0, undefined
	case !arguments && len(found) > 1:
		return 0, pgerr.Newf(pgerr.AmbiguousFunction, "more than one operator named %s", text)
	}
	for _, i := range found {
		_, left, right := operatorColumns(i)
		if !arguments || sameOIDs(args, []types.OID{left, right}) {
			return types.OID(recordedOperators.all.Cols[0].Ints[i]), nil
		}
	}
	return 0, undefined
}

// collationOID finds a collation by its name.
func collationOID(name string) (types.OID, error) {
	if i, ok := recordedCollations.findName(name); ok {
		return types.OID(recordedCollations.all.Cols[0].Ints[i]), nil
	}
	return 0, pgerr.Newf(pgerr.UndefinedObject, `collation %q for encoding "UTF8" does not exist`, name)
}
