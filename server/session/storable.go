package session

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// storable refuses a type that a column of a table cannot have: pseudo-types, which PostgreSQL refuses too, and rows of relations.
func storable(name string, t types.Type, at ast.Node) error {
	element := t.OID
	if e, ok := types.ElemOf(t); ok {
		element = e.OID
	}
	info, known := types.Lookup(element)
	var err *pgerr.Error
	switch {
	case types.IsRecord(element) && t.OID != types.OIDRecord && t.OID != types.OIDRecordArray:
		err = pgerr.Newf(pgerr.FeatureNotSupported, "column %q has the rows of a relation as its type, which is not supported", name).
			WithHint("Give it columns of its own, or a column of type jsonb.")
	case known && info.Category == 'P' && element != types.OIDUnknown:
		err = pgerr.Newf(pgerr.InvalidTableDefinition, "column %q has pseudo-type %s", name, types.FormatType(t))
	default:
		return nil
	}
	if at == nil {
		return err
	}
	return err.At(int(at.At()))
}
