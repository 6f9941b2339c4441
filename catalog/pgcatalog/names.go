package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// SplitName takes a name as it is written in SQL apart at its dots: a.b, "A".b. Words without quotes are folded to lower case
// (SplitIdentifierString of PostgreSQL's varlena.c).
func SplitName(name string) ([]string, error) {
	var parts []string
	rest := strings.TrimSpace(name)
	for {
		part, after, ok := cutIdentifier(rest)
		if !ok {
			return nil, pgerr.New(pgerr.InvalidName, "invalid name syntax")
		}
		parts = append(parts, part)
		after = strings.TrimLeft(after, " \t\n\r\f")
		if after == "" {
			return parts, nil
		}
		if after[0] != '.' {
			return nil, pgerr.New(pgerr.InvalidName, "invalid name syntax")
		}
		rest = strings.TrimLeft(after[1:], " \t\n\r\f")
	}
}

func cutIdentifier(s string) (part, after string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ". \t\n\r\f")
		if end < 0 {
			end = len(s)
		}
		return strings.ToLower(s[:end]), s[end:], end > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return b.String(), s[i+1:], b.Len() > 0
	}
	return "", "", false
}

// procName is a function's name as regproc shows it: with its schema where the name alone is not one function's.
func procName(oid types.OID) (string, bool) {
	i, ok := recordedProcs.find(oid)
	if !ok {
		return "", false
	}
	name := string(recordedProcs.all.Cols[1].BytesAt(i))
	if len(recordedProcs.names[name]) > 1 {
		name = "pg_catalog." + name
	}
	return name, true
}

func procOID(name string) (types.OID, error) {
	if _, ok := recordedProcs.findName(name); !ok {
		return 0, pgerr.Newf(pgerr.UndefinedFunction, "function %q does not exist", name)
	}
	found := recordedProcs.names[name]
	if len(found) > 1 {
		return 0, pgerr.Newf(pgerr.AmbiguousFunction, "more than one function named %q", name)
	}
	return types.OID(recordedProcs.all.Cols[0].Ints[found[0]]), nil
}
