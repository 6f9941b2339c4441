package session

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/storage/meta"
)

// What a block makes is there at once, and goes if the block does not commit: also if the server dies before. So in the epoch in which something comes it is
// noted as uncommitted; the notes of a block go in the epoch of its commit, or in that in which it is taken back. What has a note at start goes then.

// uncommittedPrefix begins the names of settings that are notes; the id follows.
const uncommittedPrefix = "catalog.uncommitted."

func uncommittedName(id catalog.ID) string {
	return uncommittedPrefix + strconv.FormatUint(uint64(id), 10)
}

// made are the objects that a change has made, but for those that go with another one that they are part of.
func (d *ddl) made() (ids []catalog.ID) {
	for _, o := range d.change.Created() {
		if o.PartOf == 0 || o.Kind == catalog.Index && !o.Index.Constraint {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// noteUncommitted notes what a change has made.
func (d *ddl) noteUncommitted() {
	d.noted = append(d.noted, d.made()...)
	for _, id := range d.made() {
		d.runtime.Meta.Settings = append(d.runtime.Meta.Settings, meta.Setting{Name: uncommittedName(id), Value: "1"})
	}
}

// forgetUncommitted takes away the notes of objects.
func (d *ddl) forgetUncommitted(ids ...catalog.ID) {
	d.unnoted = append(d.unnoted, ids...)
	for _, id := range ids {
		d.runtime.Meta.ResetSettings = append(d.runtime.Meta.ResetSettings, uncommittedName(id))
	}
}

// noticed takes notice of what a change that was made has noted.
func (e *Engine) noticed(d *ddl) {
	for _, id := range d.unnoted {
		delete(e.uncommitted, id)
	}
	for _, id := range d.noted {
		e.uncommitted[id] = d.session
	}
}

// keptApart refuses to give a table, or anything that was there before, to what a block of somebody else may take back: it would go with that.
func (d *ddl) keptApart() error {
	for _, entry := range d.change.Edit().Put {
		o := d.change.View().Object(entry.IDs[0])
		if o.Kind != catalog.Table && d.schema.catalog.Object(o.ID) == nil {
			continue
		}
		if of := d.uncommittedBelow(o, map[catalog.ID]bool{}); of != nil {
			return pgerr.Newf(pgerr.ObjectInUse, "%s %q belongs to a transaction that has not committed", of.Kind, of.Name).
				WithHint("Wait until it has. If it is rolled back, what is made of it goes with it.")
		}
	}
	return nil
}

// uncommittedBelow is what somebody else has made and not committed of that which an object depends on; nil if there is nothing.
func (d *ddl) uncommittedBelow(o *catalog.Object, seen map[catalog.ID]bool) *catalog.Object {
	for _, id := range append(slices.Clone(o.DependsOn), o.Schema) {
		below := d.change.View().Object(id)
		if below == nil || seen[id] {
			continue
		}
		seen[id] = true
		if by, ok := d.engine.uncommitted[id]; ok && by != d.session {
			return below
		}
		if found := d.uncommittedBelow(below, seen); found != nil {
			return found
		}
	}
	return nil
}

// takeBack drops what is still there of what was made, with what others have made of it.
func (d *ddl) takeBack(made []catalog.ID) error {
	d.forgetUncommitted(made...)
	var there []catalog.ID
	for _, id := range made {
		if d.change.View().Object(id) != nil {
			there = append(there, id)
		}
	}
	return d.dropAll(there, true)
}

// takeBackUncommitted drops what blocks had made that did not commit before the server ended.
func (e *Engine) takeBackUncommitted(ctx context.Context, settings []meta.Setting) error {
	var made []catalog.ID
	for _, s := range settings {
		text, ok := strings.CutPrefix(s.Name, uncommittedPrefix)
		if !ok {
			continue
		}
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return invariants.Errorf("setting %q: %v", s.Name, err)
		}
		made = append(made, catalog.ID(id))
	}
	if len(made) == 0 {
		return nil
	}
	d := e.newDDL(ctx, e.current.Load())
	if err := d.takeBack(made); err != nil {
		return err
	}
	e.logger.Info("what transactions had defined that did not commit is taken back", "objects", len(made))
	return e.apply(ctx, d)
}
