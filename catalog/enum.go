package catalog

import "github.com/freshetdb/freshet/sql/types"

// Enum finds an enum by its type, with its name as it is seen from a path; ok is false if there is none.
func (s *Snapshot) Enum(p Path, oid types.OID) (e types.Enum, ok bool) {
	o := s.Object(ID(oid))
	if o == nil || o.Kind != TypeObject {
		return types.Enum{}, false
	}
	return types.Enum{Name: s.DisplayName(p, o), Labels: o.Labels}, true
}
