package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/invariants"
)

// Entry is one definition in the durable log: what a statement made, with the ids that belong to it. A catalog is rebuilt by
// replaying all entries in the order of their places.
type Entry struct {
	// Place orders the log. No two entries ever have the same.
	Place uint64
	// Database is where the statement runs; 0 for a database itself.
	Database ID
	// IDs are those of Snapshot.IDs.
	IDs []ID
	// SQL is one or more statements, separated by semicolons: the definition and its amendments.
	SQL string
}

// Numbers gives the database and the ids as storage/meta.Statement.Objects keeps them.
func (e Entry) Numbers() []uint64 {
	all := []uint64{uint64(e.Database)}
	for _, id := range e.IDs {
		all = append(all, uint64(id))
	}
	return all
}

// ReadEntry is the inverse of Entry.Numbers.
func ReadEntry(place uint64, numbers []uint64, sql string) (Entry, error) {
	if len(numbers) == 0 {
		return Entry{}, invariants.Errorf("the definition at place %d of the log has no ids", place)
	}
	e := Entry{Place: place, SQL: sql}
	for i, n := range numbers {
		if n > uint64(maxID) {
			return Entry{}, invariants.Errorf("the definition at place %d of the log has id %d, which is none", place, n)
		}
		if i == 0 {
			e.Database = ID(n)
		} else {
			e.IDs = append(e.IDs, ID(n))
		}
	}
	return e, nil
}

// Edit is how a change alters the log.
type Edit struct {
	// Put are entries that are new, or replace those of the same place.
	Put []Entry
	// Forget are the places of entries that are gone.
	Forget []uint64
	// NextID is to be kept beside the log.
	NextID ID
}

// Edit compares the catalog with what it was before the change.
func (c *Change) Edit() Edit {
	e := Edit{NextID: c.next.nextID}
	was := map[uint64]*Entry{}
	for id := range c.touched {
		if o := c.before.objects.Get(id); o != nil && o.Definition != "" {
			entry := c.before.entry(o)
			was[entry.Place] = &entry
		}
	}
	for id := range c.touched {
		o := c.next.objects.Get(id)
		if o == nil || o.Definition == "" {
			continue
		}
		entry := c.next.entry(o)
		if old := was[entry.Place]; old == nil || !old.equal(&entry) {
			e.Put = append(e.Put, entry)
		}
		delete(was, entry.Place)
	}
	for place := range was {
		e.Forget = append(e.Forget, place)
	}
	slices.Sort(e.Forget)
	slices.SortFunc(e.Put, func(a, b Entry) int { return cmp.Compare(a.Place, b.Place) })
	return e
}

func (e *Entry) equal(f *Entry) bool {
	return e.Database == f.Database && e.SQL == f.SQL && slices.Equal(e.IDs, f.IDs)
}

// Entries returns the whole log, in the order of places.
func (s *Snapshot) Entries() []Entry {
	var all []Entry
	for _, o := range s.objects.All() {
		if o.Definition != "" {
			all = append(all, s.entry(o))
		}
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.Place, b.Place) })
	return all
}

func (s *Snapshot) entry(o *Object) Entry {
	sql := o.Definition
	if len(o.Amendments) > 0 {
		sql += "; " + strings.Join(o.Amendments, "; ")
	}
	return Entry{Place: o.LogPlace, Database: o.Database, IDs: s.IDs(o), SQL: sql}
}

// IDs lists the ids that belong to an object with a definition, in the order in which who makes it must ask for them: its own,
// that of its table, those of its operators' tables; then, for each column in order, those of its sequence; for each constraint
// its own or those of its index; and those of any other part that has no definition of its own.
func (s *Snapshot) IDs(o *Object) []ID {
	if o.Given != nil {
		return o.Given
	}
	ids := ownIDs(o)
	done := map[ID]bool{}
	part := func(id ID) {
		if p := s.objects.Get(id); p != nil && !done[id] {
			done[id] = true
			ids = append(ids, s.IDs(p)...)
		}
	}
	for _, c := range o.Columns {
		if c.Sequence != 0 {
			part(c.Sequence)
		}
	}
	for _, c := range o.Constraints {
		if c.ID != 0 {
			ids = append(ids, c.ID)
		}
		if c.Index != 0 {
			part(c.Index)
		}
	}
	for _, id := range s.parts.Get(o.ID) {
		if s.objects.Get(id).Definition == "" {
			part(id)
		}
	}
	return ids
}

func ownIDs(o *Object) []ID {
	ids := []ID{o.ID}
	if o.Table != 0 {
		ids = append(ids, ID(o.Table))
	}
	for _, t := range o.Tables {
		ids = append(ids, ID(t))
	}
	return ids
}

// Reserve makes sure that ids below next are not given out: it takes Edit.NextID from the store at start, before anything is replayed that may be renewed.
func (c *Change) Reserve(next ID) { c.next.nextID = max(c.next.nextID, next) }
