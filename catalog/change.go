package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Change is a set of changes to a snapshot that become the next one together.
type Change struct {
	next    *Snapshot
	created []*Object
	dropped []*Object
}

// Begin starts a change.
func (s *Snapshot) Begin() *Change {
	c := &Change{next: s.clone()}
	c.next.version++
	return c
}

// Snapshot returns the catalog as the change leaves it. The change must not be used any more.
func (c *Change) Snapshot() *Snapshot { return c.next }

// View is the catalog as the change has made it so far.
func (c *Change) View() *Snapshot { return c.next }

// Created and Dropped are what the change adds and takes away, in the order in which that happened.
func (c *Change) Created() []*Object { return c.created }

// Dropped are the objects that the change takes away, dependents before what they depend on.
func (c *Change) Dropped() []*Object { return c.dropped }

// Create adds an object. An ID of 0 gets the next one; others are those of a log that is read again.
func (c *Change) Create(o *Object) error {
	if err := c.checkName(o); err != nil {
		return err
	}
	for _, id := range o.DependsOn {
		if c.next.objects[id] == nil {
			return fmt.Errorf("%s depends on object %d, which does not exist", o.Name, id)
		}
	}
	if o.ID == 0 {
		o.ID = c.next.nextID
	}
	c.next.nextID = max(c.next.nextID, o.ID+1)
	c.put(o)
	c.created = append(c.created, o)
	return nil
}

// checkName refuses a name that is taken.
func (c *Change) checkName(o *Object) error {
	if _, taken := c.next.names[o.key()]; !taken {
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

func (c *Change) put(o *Object) {
	c.next.objects[o.ID] = o
	c.next.names[o.key()] = o.ID
	for _, id := range o.DependsOn {
		// The slices belong to the snapshot before, too.
		c.next.dependents[id] = append(slices.Clone(c.next.dependents[id]), o.ID)
	}
}

func (c *Change) remove(o *Object) {
	delete(c.next.objects, o.ID)
	delete(c.next.names, o.key())
	delete(c.next.dependents, o.ID)
	for _, id := range o.DependsOn {
		rest := slices.DeleteFunc(slices.Clone(c.next.dependents[id]), func(d ID) bool { return d == o.ID })
		if c.next.dependents[id] = rest; len(rest) == 0 {
			delete(c.next.dependents, id)
		}
	}
}

// Replace puts another version of an object in its place: renamed, moved, altered. What depends on it stays.
func (c *Change) Replace(o *Object) error {
	old := c.next.objects[o.ID]
	if old == nil {
		return fmt.Errorf("object %d does not exist", o.ID)
	}
	if old.key() != o.key() {
		if err := c.checkName(o); err != nil {
			return err
		}
	}
	dependents := c.next.dependents[o.ID]
	c.remove(old)
	c.put(o)
	if len(dependents) > 0 {
		c.next.dependents[o.ID] = dependents
	}
	return nil
}

// Swap exchanges the names of two objects of one container.
func (c *Change) Swap(a, b ID) error {
	x, y := *c.next.objects[a], *c.next.objects[b]
	if x.key().in != y.key().in || x.Kind.space() != y.Kind.space() {
		return pgerr.Newf(pgerr.WrongObjectType, "cannot swap %s with %s", c.next.describe(&x), c.next.describe(&y))
	}
	x.Name, y.Name = y.Name, x.Name
	dx, dy := c.next.dependents[a], c.next.dependents[b]
	c.remove(c.next.objects[a])
	c.remove(c.next.objects[b])
	c.put(&x)
	c.put(&y)
	for id, d := range map[ID][]ID{a: dx, b: dy} {
		if len(d) > 0 {
			c.next.dependents[id] = d
		}
	}
	return nil
}

// Drop takes objects away. What depends on them goes with them if cascade is set; otherwise it is an error that names it all,
// unless it is among the objects itself.
func (c *Change) Drop(ids []ID, cascade bool) error {
	all := c.withDependents(ids)
	if !cascade {
		if err := c.refuseDependents(ids, all); err != nil {
			return err
		}
	}
	for _, id := range all {
		o := c.next.objects[id]
		c.remove(o)
		c.dropped = append(c.dropped, o)
	}
	return nil
}

// withDependents lists objects and all that depends on them, dependents first.
func (c *Change) withDependents(ids []ID) []ID {
	var order []ID
	seen := map[ID]bool{}
	var visit func(ID)
	visit = func(id ID) {
		if seen[id] {
			return
		}
		seen[id] = true
		for _, d := range c.next.dependents[id] {
			visit(d)
		}
		order = append(order, id)
	}
	for _, id := range ids {
		visit(id)
	}
	return order
}

// refuseDependents is PostgreSQL's error about what else would have to go.
func (c *Change) refuseDependents(ids, all []ID) error {
	var lines []string
	for _, id := range slices.Backward(all) {
		if slices.Contains(ids, id) {
			continue
		}
		o := c.next.objects[id]
		for _, on := range o.DependsOn {
			if slices.Contains(all, on) {
				lines = append(lines, fmt.Sprintf("%s depends on %s", c.next.describe(o), c.next.describe(c.next.objects[on])))
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	what := c.next.describe(c.next.objects[ids[0]])
	message := fmt.Sprintf("cannot drop %s because other objects depend on it", what)
	if len(ids) > 1 {
		message = "cannot drop desired object(s) because other objects depend on them"
	}
	return pgerr.New(pgerr.DependentObjectsStillExist, message).WithDetail("%s", strings.Join(lines, "\n")).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}
