package catalog

import (
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// replayed is an entry of the log while it is replayed.
type replayed struct {
	// entry has the ids that the object is to have: those of the log, or others once it is renewed.
	entry Entry
	// given are those that are still to be given out, in the order in which they are asked for.
	given []ID
	// gone are those of the log that it has no more.
	gone    []ID
	renewed bool
}

// Renewal is an entry of the log that has got other ids while it was replayed.
type Renewal struct {
	// Entry is what the log is to have from now on.
	Entry Entry
	// Gone are the ids that it had and has no more: what is kept under them is nobody's.
	Gone []ID
}

// errOtherTables is the error for a definition that is planned with fewer or more tables than those that are kept of it.
func errOtherTables(how string) error {
	return pgerr.Newf(pgerr.FeatureNotSupported, "this version of Freshet plans it with %s tables than the one that has made it, and cannot go on from what is kept of it", how)
}

// Replay runs an entry of the log: run executes its SQL by the code that executes new statements, and every Allot in it gives
// the ids that the entry has. It is an error if the object that comes out has others, a plan with other operators, say, unless run has called Renew.
func (c *Change) Replay(e Entry, run func() error) error {
	r := &replayed{entry: e, given: slices.Clone(e.IDs)}
	c.replayed = r
	made := len(c.created)
	err := run()
	c.replayed = nil
	if err != nil {
		return err
	}
	if len(r.given) > 0 {
		return errOtherTables("fewer")
	}
	if len(c.created) == made {
		return invariants.Errorf("the definition at place %d of the log made nothing", e.Place)
	}
	root := c.next.objects.Get(c.created[made].ID)
	if ids := c.next.IDs(root); !slices.Equal(ids, r.entry.IDs) {
		return invariants.Errorf("%s %q came out of the log with the ids %d, and had %d", root.Kind, root.Name, ids, r.entry.IDs)
	}
	for _, id := range r.entry.IDs {
		c.next.nextID = max(c.next.nextID, id+1)
	}
	c.next.nextID = max(c.next.nextID, ID(e.Place)+1)
	if r.renewed {
		c.renewed = append(c.renewed, Renewal{r.entry, r.gone})
	}
	return nil
}

// Left are the ids of the entry that is replayed which have not been asked for yet; none while none is.
func (c *Change) Left() []ID {
	if c.replayed == nil {
		return nil
	}
	return slices.Clone(c.replayed.given)
}

// Renew goes back to where an entry that is replayed had the ids left, and gives out others instead, in the order of ids: for each that is 0 a new one.
func (c *Change) Renew(left, ids []ID) error {
	r := c.replayed
	if r == nil || r.renewed {
		return invariants.Errorf("there is no entry of the log to be renewed")
	}
	r.renewed = true
	ids = slices.Clone(ids)
	for i := range ids {
		if ids[i] != 0 {
			continue
		}
		var err error
		if ids[i], err = c.allotNew(); err != nil {
			return err
		}
	}
	for _, id := range left {
		if !slices.Contains(ids, id) {
			r.gone = append(r.gone, id)
		}
	}
	r.given = ids
	r.entry.IDs = append(slices.Clone(r.entry.IDs[:len(r.entry.IDs)-len(left)]), ids...)
	return nil
}

// Renewed are the entries that have got other ids, in the order of the log.
func (c *Change) Renewed() []Renewal { return c.renewed }
