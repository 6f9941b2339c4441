package catalog

import (
	"maps"
	"slices"
	"strings"
)

// Snapshot is the catalog at one version. It never changes and may be read by any number of goroutines.
type Snapshot struct {
	version uint64
	objects map[ID]*Object
	names   map[name]ID
	// dependents are the objects that depend on each.
	dependents map[ID][]ID
	nextID     ID
}

// name is where a name is looked up: in a database, in a schema, or at the top.
type name struct {
	in    ID
	space Kind
	name  string
}

// NewSnapshot returns an empty catalog.
func NewSnapshot() *Snapshot {
	return &Snapshot{objects: map[ID]*Object{}, names: map[name]ID{}, dependents: map[ID][]ID{}, nextID: FirstID}
}

// Version grows with every change.
func (s *Snapshot) Version() uint64 { return s.version }

// NextID is the id that the next object will have.
func (s *Snapshot) NextID() ID { return s.nextID }

// Object returns the object with an id, nil if there is none.
func (s *Snapshot) Object(id ID) *Object { return s.objects[id] }

// Lookup returns the object of a kind by its name in a container: a database or schema, 0 for databases. For relations any
// kind of them finds any other.
func (s *Snapshot) Lookup(in ID, kind Kind, n string) *Object {
	id, ok := s.names[name{in, kind.space(), n}]
	if !ok {
		return nil
	}
	return s.objects[id]
}

// Objects returns all objects in the order of their ids.
func (s *Snapshot) Objects() []*Object {
	ids := slices.Sorted(maps.Keys(s.objects))
	all := make([]*Object, len(ids))
	for i, id := range ids {
		all[i] = s.objects[id]
	}
	return all
}

// Dependents returns the objects that depend directly on one, in the order of their ids.
func (s *Snapshot) Dependents(id ID) []ID { return s.dependents[id] }

// QualifiedName gives an object's name as messages name it: with its schema unless that is public.
func (s *Snapshot) QualifiedName(o *Object) string {
	if schema := s.objects[o.Schema]; schema != nil && schema.Name != "public" {
		return schema.Name + "." + o.Name
	}
	return o.Name
}

// key is where an object's name is found.
func (o *Object) key() name {
	in := o.Schema
	if in == 0 {
		in = o.Database
	}
	return name{in, o.Kind.space(), o.Name}
}

// describe names an object for messages.
func (s *Snapshot) describe(o *Object) string { return o.Kind.String() + " " + s.QualifiedName(o) }

// clone copies the maps, so that a change does not touch those of its snapshot.
func (s *Snapshot) clone() *Snapshot {
	return &Snapshot{
		version: s.version, objects: maps.Clone(s.objects), names: maps.Clone(s.names),
		dependents: maps.Clone(s.dependents), nextID: s.nextID,
	}
}

// String lists all objects, for tests.
func (s *Snapshot) String() string {
	var b strings.Builder
	for _, o := range s.Objects() {
		b.WriteString(o.Kind.String() + " " + s.path(o) + "\n")
	}
	return b.String()
}

func (s *Snapshot) path(o *Object) string {
	parts := []string{o.Name}
	for _, id := range []ID{o.Schema, o.Database} {
		if c := s.objects[id]; c != nil {
			parts = append(parts, c.Name)
		}
	}
	slices.Reverse(parts)
	return strings.Join(parts, ".")
}
