package catalog

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/sql/ast"
)

// Quote writes a name as SQL, its parts joined by dots and each in quotes where that is needed.
func Quote(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = ast.QuoteIdent(p)
	}
	return strings.Join(quoted, ".")
}

// FullName gives an object's name as SQL with its schema.
func (s *Snapshot) FullName(o *Object) string {
	if schema := s.Object(o.Schema); schema != nil {
		return Quote(schema.Name, o.Name)
	}
	return Quote(o.Name)
}

// DisplayName gives an object's name as SQL, with its schema only where the name alone would not find it.
func (s *Snapshot) DisplayName(p Path, o *Object) string {
	if s.Visible(p, o) {
		return Quote(o.Name)
	}
	return s.FullName(o)
}

// Visible tells whether an object is found by its name alone.
func (s *Snapshot) Visible(p Path, o *Object) bool {
	if o.Schema == 0 {
		return true
	}
	for _, schema := range p.Schemas {
		if found := s.Lookup(schema, o.Kind, o.Name); found != nil {
			return found.ID == o.ID
		}
	}
	return false
}

// describe names an object for messages.
func (s *Snapshot) describe(p Path, o *Object) string {
	return o.Kind.String() + " " + s.DisplayName(p, o)
}

// String lists the objects that are not the system's, for tests.
func (s *Snapshot) String() string {
	var b strings.Builder
	for _, o := range s.UserObjects() {
		b.WriteString(o.Kind.String() + " " + s.path(o) + "\n")
	}
	return b.String()
}

func (s *Snapshot) path(o *Object) string {
	parts := []string{o.Name}
	for _, id := range []ID{o.Schema, o.Database} {
		if c := s.Object(id); c != nil {
			parts = append(parts, c.Name)
		}
	}
	slices.Reverse(parts)
	return strings.Join(parts, ".")
}
