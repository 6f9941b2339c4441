package catalog

import (
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/persistent"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// Change is a set of changes to a snapshot that become the next one together.
type Change struct {
	before, next *Snapshot
	created      []*Object
	dropped      []*Object
	// touched are the objects that are other than before, and what they are part of: whose entries in the log may change.
	touched map[ID]bool
	// replayed is the entry of the log that is replayed; nil while none is. renewed are those that got other ids.
	replayed *replayed
	renewed  []Renewal
}

// Begin starts a change.
func (s *Snapshot) Begin() *Change {
	next := *s
	next.version++
	c := &Change{before: s, next: &next, touched: map[ID]bool{}}
	return c
}

// Snapshot returns the catalog as the change leaves it. The change must not be used any more.
func (c *Change) Snapshot() *Snapshot { return c.next }

// View is the catalog as the change has made it so far.
func (c *Change) View() *Snapshot { return c.next }

// Created are the objects that the change adds, in the order in which that happened.
func (c *Change) Created() []*Object { return c.created }

// Dropped are the objects that the change takes away, dependents before what they depend on.
func (c *Change) Dropped() []*Object { return c.dropped }

// Allot gives out an id: for an object, a constraint or a state table. Who makes an object takes the ids in the order of
// Snapshot.IDs, since an entry of the log that is replayed gives them out again in that order.
func (c *Change) Allot() (ID, error) {
	if r := c.replayed; r != nil {
		if len(r.given) == 0 {
			return 0, errOtherTables("more")
		}
		id := r.given[0]
		r.given = r.given[1:]
		return id, nil
	}
	return c.allotNew()
}

// allotNew gives out an id that nothing has had.
func (c *Change) allotNew() (ID, error) {
	id := c.next.nextID
	if id > maxID {
		return 0, pgerr.New(pgerr.ProgramLimitExceeded, "the catalog has run out of ids")
	}
	c.next.nextID = id + 1
	return id, nil
}

// Create adds an object. It gets an id if it has none yet.
func (c *Change) Create(o *Object) error {
	if err := c.checkName(o); err != nil {
		return err
	}
	for _, id := range append(slices.Clone(o.DependsOn), o.Schema, o.Database, o.PartOf) {
		if id != 0 && c.next.Object(id) == nil {
			return invariants.Errorf("%s depends on object %d, which does not exist", o.Name, id)
		}
	}
	if o.ID == 0 {
		id, err := c.Allot()
		if err != nil {
			return err
		}
		o.ID = id
	}
	if o.Definition != "" {
		o.LogPlace = uint64(o.ID)
		if c.replayed != nil {
			o.LogPlace = c.replayed.entry.Place
		}
	}
	c.next.nextID = max(c.next.nextID, o.ID+1)
	c.put(o)
	c.created = append(c.created, o)
	return nil
}

// checkName refuses a name that is taken.
func (c *Change) checkName(o *Object) error {
	k := o.key()
	if c.next.Lookup(k.in, o.Kind, o.Name) == nil {
		return nil
	}
	switch {
	case o.Kind == Database:
		return pgerr.Newf(pgerr.DuplicateDatabase, "database %q already exists", o.Name)
	case o.Kind == Schema:
		return pgerr.Newf(pgerr.DuplicateSchema, "schema %q already exists", o.Name)
	case o.Kind.IsRelation():
		return pgerr.Newf(pgerr.DuplicateTable, "relation %q already exists", o.Name)
	default:
		return pgerr.Newf(pgerr.DuplicateObject, "%s %q already exists", o.Kind, o.Name)
	}
}

func (c *Change) touch(o *Object) {
	c.touched[o.ID] = true
	for part := o; part != nil && part.PartOf != 0; part = c.next.objects.Get(part.PartOf) {
		c.touched[part.PartOf] = true
	}
}

func (c *Change) put(o *Object) {
	c.touch(o)
	c.next.objects = c.next.objects.With(o.ID, o)
	c.next.names = c.next.names.With(o.key(), o.ID)
	for _, id := range o.DependsOn {
		addTo(&c.next.dependents, id, o.ID)
	}
	if o.PartOf != 0 {
		addTo(&c.next.parts, o.PartOf, o.ID)
	}
}

func (c *Change) remove(o *Object) {
	c.touch(o)
	c.next.objects = c.next.objects.Without(o.ID)
	c.next.names = c.next.names.Without(o.key())
	for _, id := range o.DependsOn {
		removeFrom(&c.next.dependents, id, o.ID)
	}
	if o.PartOf != 0 {
		removeFrom(&c.next.parts, o.PartOf, o.ID)
	}
}

// addTo adds an id to a sorted list. The lists belong to the snapshot before, too, so they are copied.
func addTo(lists *persistent.Map[ID, []ID], of, id ID) {
	list := lists.Get(of)
	at, found := slices.BinarySearch(list, id)
	if !found {
		*lists = lists.With(of, slices.Insert(slices.Clone(list), at, id))
	}
}

func removeFrom(lists *persistent.Map[ID, []ID], of, id ID) {
	rest := slices.DeleteFunc(slices.Clone(lists.Get(of)), func(x ID) bool { return x == id })
	if *lists = lists.With(of, rest); len(rest) == 0 {
		*lists = lists.Without(of)
	}
}

// Replace puts another version of an object in its place: renamed, moved, altered. What depends on it stays, and so does its
// place in the log; Move changes that.
func (c *Change) Replace(o *Object) error {
	old := c.next.objects.Get(o.ID)
	if old == nil {
		return invariants.Errorf("object %d does not exist", o.ID)
	}
	if old.key() != o.key() {
		if err := c.checkName(o); err != nil {
			return err
		}
	}
	c.remove(old)
	c.put(o)
	return nil
}

// Swap exchanges the names of two objects of one container.
func (c *Change) Swap(p Path, a, b ID) error {
	x, y := *c.next.objects.Get(a), *c.next.objects.Get(b)
	if x.key().in != y.key().in || x.Kind.space() != y.Kind.space() {
		return pgerr.Newf(pgerr.WrongObjectType, "cannot swap %s with %s", c.next.describe(p, &x), c.next.describe(p, &y))
	}
	c.remove(c.next.objects.Get(a))
	c.remove(c.next.objects.Get(b))
	x.Name, y.Name = y.Name, x.Name
	c.put(&x)
	c.put(&y)
	return nil
}

// Move puts an object and all that depends on it at the end of the log, in their order: for an object that has come to depend
// on younger ones.
func (c *Change) Move(id ID) error {
	chain := c.withDependents([]ID{id})
	slices.SortFunc(chain, func(a, b reached) int { return compareLogPlace(a.object, b.object) })
	for _, r := range chain {
		if r.object.Definition == "" {
			continue
		}
		place, err := c.Allot()
		if err != nil {
			return err
		}
		moved := *r.object
		moved.LogPlace = uint64(place)
		c.remove(r.object)
		c.put(&moved)
	}
	return nil
}
