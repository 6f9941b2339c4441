package catalog

import (
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/internal/persistent"
)

// Snapshot is the catalog at one version. It never changes and may be read by any number of goroutines.
type Snapshot struct {
	version uint64
	// system has the system's objects. All snapshots of a catalog share it; nil in one that has none.
	system  *Snapshot
	objects persistent.Map[ID, *Object]
	names   persistent.Map[name, ID]
	// dependents are the objects that depend on each, and parts those that are part of it.
	dependents, parts persistent.Map[ID, []ID]
	nextID            ID
	// sorted are all objects of a system snapshot, which never changes.
	sorted []*Object
}

// name is where a name is looked up: in a database, in a schema, or at the top.
type name struct {
	in    ID
	space Kind
	name  string
}

// NewSnapshot returns an empty catalog.
func NewSnapshot() *Snapshot {
	return &Snapshot{nextID: FirstID}
}

// NewSystem returns a catalog with the system's objects only, whose ids the caller has chosen.
func NewSystem(objects []*Object) *Snapshot {
	system := NewSnapshot()
	for _, o := range objects {
		system.objects = system.objects.With(o.ID, o)
		system.names = system.names.With(o.key(), o.ID)
	}
	system.sorted = system.UserObjects()
	s := NewSnapshot()
	s.system = system
	return s
}

// Version grows with every change.
func (s *Snapshot) Version() uint64 { return s.version }

// NextID is the next id that will be given out. It must be kept with the log: no id is ever used again.
func (s *Snapshot) NextID() ID { return s.nextID }

// Object returns the object with an id, nil if there is none.
func (s *Snapshot) Object(id ID) *Object {
	if o := s.objects.Get(id); o != nil || s.system == nil {
		return o
	}
	return s.system.objects.Get(id)
}

// Lookup returns the object of a kind by its name in a container: a database or schema, 0 for databases. For relations any
// kind of them finds any other. The system's schemas are in every database.
func (s *Snapshot) Lookup(in ID, kind Kind, n string) *Object {
	if id, ok := s.names.Find(name{in, kind.space(), n}); ok {
		return s.objects.Get(id)
	}
	if s.system == nil {
		return nil
	}
	if kind == Schema {
		in = 0
	}
	return s.system.Lookup(in, kind, n)
}

// Objects returns all objects, the system's first, in the order of their ids.
func (s *Snapshot) Objects() []*Object {
	if s.system == nil {
		return s.UserObjects()
	}
	return append(slices.Clip(s.system.sorted), s.UserObjects()...)
}

// UserObjects returns the objects that are not the system's in the order of their ids.
func (s *Snapshot) UserObjects() []*Object {
	all := make([]*Object, 0, s.objects.Len())
	for _, o := range s.objects.All() {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *Object) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Dependents returns the objects that depend directly on one, in the order of their ids.
func (s *Snapshot) Dependents(id ID) []ID { return s.dependents.Get(id) }

// Parts returns the objects that are part of one, in the order of their ids: its indexes and the sequences of its columns.
func (s *Snapshot) Parts(id ID) []ID { return s.parts.Get(id) }

// Indexes returns the indexes of a relation, that of the primary key too.
func (s *Snapshot) Indexes(relation ID) []*Object {
	var all []*Object
	for _, id := range s.parts.Get(relation) {
		if o := s.objects.Get(id); o.Kind == Index {
			all = append(all, o)
		}
	}
	return all
}

// In returns what is directly in a schema or database, in the order of ids.
func (s *Snapshot) In(container ID) []*Object {
	return slices.DeleteFunc(s.Objects(), func(o *Object) bool { return o.key().in != container || o.ID == container })
}

// key is where an object's name is found.
func (o *Object) key() name {
	in := o.Schema
	if in == 0 {
		in = o.Database
	}
	return name{in, o.Kind.space(), o.Name}
}
