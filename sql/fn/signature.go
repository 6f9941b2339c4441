package fn

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/sql/types"
)

// Signature writes a function as name(int4, text), with the types' names as pg_type has them.
func (f *Function) Signature() string { return f.Name + signatureArgs(f.Args, f.Variadic) }

// Signature writes a function as name(int4, text), with the types' names as pg_type has them.
func (f *TableFunction) Signature() string { return f.Name + signatureArgs(f.Args, f.Variadic) }

// Signature writes an operator as int4 + int4.
func (o *Operator) Signature() string {
	left := ""
	if o.Left != 0 {
		left = catalogName(o.Left) + " "
	}
	return left + o.Symbol + " " + catalogName(o.Right)
}

func signatureArgs(args []types.OID, variadic bool) string {
	names := make([]string, len(args))
	for i, oid := range args {
		if variadic && i == len(args)-1 && oid != types.OIDAny { // PostgreSQL has the array there
			if array, ok := types.ArrayOf(types.Of(oid)); ok {
				oid = array.OID
			} else if oid == types.OIDAnyCompatible {
				oid = types.OIDAnyCompatibleArray
			}
		}
		names[i] = catalogName(oid)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

func catalogName(oid types.OID) string {
	info, _ := types.Lookup(oid)
	return info.Name
}

// parseOIDs reads the table of OIDs.
func parseOIDs() map[string]uint32 {
	lines := strings.Split(strings.TrimSpace(oidTable), "\n")
	oids := make(map[string]uint32, len(lines))
	for _, line := range lines {
		number, signature, _ := strings.Cut(line, " ")
		n, _ := strconv.ParseUint(number, 10, 32)
		oids[signature] = uint32(n)
	}
	return oids
}
