package types

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Names knows the names of the objects that regclass and its relatives number.
type Names interface {
	// NameOf is the text of an OID as a value of the given reg type; ok is false if there is no such object.
	NameOf(reg, oid OID) (name string, ok bool)
	// OIDOf finds an object by its name as it is written in SQL, qualified or not. The error is 42P01 and its relatives.
	OIDOf(reg OID, name string) (OID, error)
}

// IsReg tells whether a type is regclass or one of its relatives.
func IsReg(oid OID) bool {
	switch oid {
	case OIDRegproc, OIDRegprocedure, OIDRegoper, OIDRegoperator, OIDRegclass, OIDRegtype, OIDRegconfig, OIDRegdict, OIDRegnamespace, OIDRegrole,
		OIDRegcollation:
		return true
	default:
		return false
	}
}

// regCodec is that of a type that is an OID and is written as a name, which only a session's catalog knows. Types that are built in
// need none.
func regCodec(reg OID) *Codec {
	c := *intCodec(parseOID, 4, true)
	c.parse = func(_, text []byte, _ int32, s *Settings) (Value, error) {
		oid, err := parseReg(reg, text, s)
		return Value{Int: int64(oid)}, err
	}
	c.text = func(dst []byte, v Value, s *Settings) []byte {
		oid := OID(v.Int)
		if oid == 0 {
			return append(dst, '-')
		}
		if s != nil && s.Names != nil {
			if name, ok := s.Names.NameOf(reg, oid); ok {
				return append(dst, name...)
			}
		}
		if _, ok := Lookup(oid); ok && reg == OIDRegtype {
			if name := FormatType(Of(oid)); !strings.HasPrefix(name, "???") { // only a catalog has the names of enums
				return append(dst, name...)
			}
		}
		return strconv.AppendInt(dst, v.Int, 10)
	}
	return &c
}

func parseReg(reg OID, text []byte, s *Settings) (OID, error) {
	name := string(text)
	if name == "-" {
		return 0, nil
	}
	if name != "" && strings.Trim(name, "0123456789") == "" {
		n, err := parseOID(text)
		return OID(n), err
	}
	if reg == OIDRegtype {
		if t, ok := lookupSQLName(name); ok {
			return t.OID, nil
		}
	}
	if s != nil && s.Names != nil {
		return s.Names.OIDOf(reg, name)
	}
	if reg == OIDRegtype {
		return 0, pgerr.Newf(pgerr.UndefinedObject, `type "%s" does not exist`, name)
	}
	return 0, pgerr.Newf(pgerr.FeatureNotSupported, "names are not looked up in the catalog here: %s", name).
		WithHint("Write the object's OID.")
}

// lookupSQLName finds a built-in type by the name that SQL has for it, qualified or not, an array's with brackets.
func lookupSQLName(name string) (Type, bool) {
	name = strings.Join(strings.Fields(strings.ToLower(name)), " ")
	name = strings.TrimPrefix(name, "pg_catalog.")
	elem, array := strings.CutSuffix(name, "[]")
	t, ok := LookupName(strings.Trim(elem, `"`))
	for oid, sqlName := range sqlNames {
		if sqlName == elem && oid != OIDChar {
			t, ok = Of(oid), true
		}
	}
	if elem == "char" {
		t = Of(OIDBPChar)
	}
	if ok && array {
		return ArrayOf(t)
	}
	return t, ok
}
