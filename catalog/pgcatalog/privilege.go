package pgcatalog

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// privileges are those that exist on each kind of object.
var privileges = map[string]string{
	"table": "INSERT SELECT UPDATE DELETE TRUNCATE REFERENCES TRIGGER RULE", "any_column": "INSERT SELECT UPDATE REFERENCES",
	"column": "INSERT SELECT UPDATE REFERENCES", "schema": "CREATE USAGE", "database": "CREATE TEMPORARY TEMP CONNECT",
	"sequence": "USAGE SELECT UPDATE", "function": "EXECUTE", "type": "USAGE", "language": "USAGE", "tablespace": "CREATE",
	"role": "USAGE MEMBER",
}

// HasPrivilege tells whether a role has one of some privileges. Everyone who is let in acts as the owner, who has all; the role, the
// object and the privilege must exist.
func (l Lookups) HasPrivilege(role string, object fn.PrivilegeObject, privilege string) (bool, error) {
	if _, ok := l.roleOID(role); !ok && role != "public" {
		return false, pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", role)
	}
	for p := range strings.SplitSeq(privilege, ",") {
		p = strings.TrimSpace(p)
		known, _ := strings.CutSuffix(strings.ToUpper(p), " WITH GRANT OPTION")
		known, _ = strings.CutSuffix(known, " WITH ADMIN OPTION")
		if !hasWord(privileges[object.Kind], known) {
			return false, pgerr.Newf(pgerr.InvalidParameterValue, "unrecognized privilege type: %q", p)
		}
	}
	if err := l.checkPrivilegeObject(object); err != nil {
		return false, err
	}
	if owner, ok := l.roleOID(role); ok && owner == oidOwner {
		return true, nil
	}
	return false, nil
}

// checkPrivilegeObject refuses a named object that does not exist. One that is given by its OID need not exist; then PostgreSQL says null.
func (l Lookups) checkPrivilegeObject(object fn.PrivilegeObject) error {
	if object.Name == "" {
		return nil
	}
	switch object.Kind {
	case "table", "any_column", "column", "sequence":
		_, err := l.LookupRelation(object.Name)
		return err
	case "schema":
		_, err := l.OIDOf(types.OIDRegnamespace, catalog.Quote(object.Name))
		return err
	case "database":
		if l.Snapshot.Lookup(0, catalog.Database, object.Name) == nil {
			return pgerr.Newf(pgerr.InvalidCatalogName, "database %q does not exist", object.Name)
		}
	case "role":
		if _, ok := l.roleOID(object.Name); !ok {
			return pgerr.Newf(pgerr.UndefinedObject, "role %q does not exist", object.Name)
		}
	}
	return nil
}
