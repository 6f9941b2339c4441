package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Notice is a message of severity NOTICE that goes with success.
type Notice struct{ Message, Detail string }

// maxReported is how many dependent objects a message names (MAX_REPORTED_DEPS of dependency.c).
const maxReported = 100

// reached is an object that a DROP takes with it.
type reached struct {
	object *Object
	// on describes what it depends on; empty for those that were named.
	on string
	// what describes the object.
	what string
	// silent objects are part of another one that goes.
	silent bool
}

// Drop takes objects away. What depends on them goes with them if cascade is set, and a notice says so; otherwise it is
// an error that names it all, unless it is among the objects itself.
func (c *Change) Drop(p Path, ids []ID, cascade bool) ([]Notice, error) {
	for _, id := range ids {
		if err := c.droppable(p, id, ids); err != nil {
			return nil, err
		}
	}
	w := walk{change: c, path: p, seen: map[ID]bool{}, named: ids}
	for _, id := range ids {
		w.visit(id, "", false)
	}
	lines := w.report(cascade)
	if len(lines) > 0 && !cascade {
		return nil, c.refuseDependents(p, ids, lines)
	}
	if err := keepsDefault(w.order); err != nil {
		return nil, err
	}
	for _, r := range w.order {
		c.remove(r.object)
		c.dropped = append(c.dropped, r.object)
	}
	switch len(lines) {
	case 0:
		return nil, nil
	case 1:
		return []Notice{{Message: lines[0]}}, nil
	default:
		return []Notice{{Message: fmt.Sprintf("drop cascades to %d other objects", len(lines)), Detail: join(lines)}}, nil
	}
}

// droppable refuses system objects, and parts that something else requires.
func (c *Change) droppable(p Path, id ID, all []ID) error {
	o := c.next.Object(id)
	switch {
	case o.System && o.Kind.IsRelation():
		return pgerr.Newf(pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", o.Name)
	case o.System:
		return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop %s because it is required by the database system",
			c.next.describe(p, o))
	case o.PartOf == 0 || slices.Contains(all, o.PartOf):
		return nil
	}
	var part string
	owner := c.next.Object(o.PartOf)
	if o.Kind == Index && o.Index != nil && o.Index.Constraint {
		part = "constraint " + Quote(o.Name) + " on " + c.next.describe(p, owner)
	}
	for _, column := range owner.Columns {
		if column.Sequence == id && column.Identity != 0 {
			part = "column " + Quote(column.Name) + " of " + c.next.describe(p, owner)
		}
	}
	if part == "" {
		return nil
	}
	return pgerr.Newf(pgerr.DependentObjectsStillExist, "cannot drop %s because %s requires it", c.next.describe(p, o), part).
		WithHint("You can drop %s instead.", part)
}

// walk finds what depends on objects, in the order of findDependentObjects of PostgreSQL's dependency.c: the youngest dependent
// first, and each only where it is reached first.
type walk struct {
	change *Change
	path   Path
	named  []ID
	seen   map[ID]bool
	order  []reached // dependents first
}

func (w *walk) visit(id ID, on string, silent bool) {
	if w.seen[id] {
		return
	}
	w.seen[id] = true
	s := w.change.next
	o := s.Object(id)
	what := s.describe(w.path, o)
	parts := s.Parts(id)
	below := append(slices.Clone(s.Dependents(id)), parts...)
	if o.Kind == Schema || o.Kind == Database {
		for _, inside := range s.In(id) {
			if inside.PartOf == 0 { // parts come with their owner, which is in the same schema
				below = append(below, inside.ID)
			}
		}
	}
	slices.SortFunc(below, func(a, b ID) int { return cmp.Compare(b, a) })
	w.defaults(o, what)
	for _, d := range below {
		w.visit(d, what, slices.Contains(parts, d))
	}
	w.order = append(w.order, reached{object: o, on: on, what: what, silent: silent || slices.Contains(w.named, id)})
}

// defaults reports the default of the column that a sequence is for, where the column stays.
func (w *walk) defaults(sequence *Object, what string) {
	if sequence.Kind != Sequence || sequence.PartOf == 0 || w.seen[sequence.PartOf] {
		return
	}
	table := w.change.next.Object(sequence.PartOf)
	for _, column := range table.Columns {
		if column.Sequence == sequence.ID && column.Default != "" {
			of := "default value for column " + Quote(column.Name) + " of " + w.change.next.describe(w.path, table)
			w.order = append(w.order, reached{on: what, what: of})
		}
	}
}

// report has a line for each object that is not named and not silent.
func (w *walk) report(cascade bool) []string {
	var lines []string
	for _, r := range slices.Backward(w.order) {
		switch {
		case r.silent:
		case cascade:
			lines = append(lines, "drop cascades to "+r.what)
		default:
			lines = append(lines, r.what+" depends on "+r.on)
		}
	}
	return lines
}

// refuseDependents is PostgreSQL's error about what else would have to go.
func (c *Change) refuseDependents(p Path, ids []ID, lines []string) error {
	message := "cannot drop desired object(s) because other objects depend on them"
	if len(ids) == 1 {
		message = fmt.Sprintf("cannot drop %s because other objects depend on it", c.next.describe(p, c.next.Object(ids[0])))
	}
	return pgerr.New(pgerr.DependentObjectsStillExist, message).WithDetail("%s", join(lines)).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

func join(lines []string) string {
	if more := len(lines) - maxReported; more > 0 {
		objects := "objects"
		if more == 1 {
			objects = "object"
		}
		lines = append(slices.Clone(lines[:maxReported]), fmt.Sprintf("and %d other %s (see server log for list)", more, objects))
	}
	return strings.Join(lines, "\n")
}

// keepsDefault refuses to take a sequence from a column that stays: the definition of its table would go on to name it.
func keepsDefault(gone []reached) error {
	for _, r := range gone {
		if r.object == nil {
			return pgerr.Newf(pgerr.FeatureNotSupported, "dropping the %s is not supported", r.what).
				WithHint("Drop the table instead.")
		}
	}
	return nil
}

// withDependents lists objects and all that depends on them, dependents first.
func (c *Change) withDependents(ids []ID) []reached {
	w := walk{change: c, seen: map[ID]bool{}}
	for _, id := range ids {
		w.visit(id, "", false)
	}
	return slices.DeleteFunc(w.order, func(r reached) bool { return r.object == nil })
}

func compareLogPlace(a, b *Object) int { return cmp.Compare(a.LogPlace, b.LogPlace) }
