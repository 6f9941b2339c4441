package dataflow

import (
	"fmt"
	"math"
	"strings"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
)

// Abandoned is what the store has of a graph or an index that Restore was not told of, for there is no plan for it any more.
type Abandoned struct {
	// ID is 0 where the graph is there, and has other tables now.
	ID flow.RelationID
	// Tables are all that may be its own, or have been.
	Tables []flow.TableID
}

// abandon takes away what the store has of graphs and indexes that are no more, as drop does for those that are there.
func (r *Runtime) abandon(t *tickRun, all []Abandoned) error {
	if len(all) == 0 {
		return nil
	}
	contents, err := r.committed.Meta()
	if err != nil {
		return err
	}
	m := &t.changes.Meta
	for _, a := range all {
		for _, table := range a.Tables {
			t.changes.Tables = append(t.changes.Tables, storage.TableChanges{Table: key.TableID(table), Drop: true})
		}
		if a.ID == 0 {
			continue
		}
		t.changes.TrimLog = append(t.changes.TrimLog, storage.LogTrim{Relation: key.TableID(a.ID), Before: math.MaxUint64})
		m.DropGraphs = append(m.DropGraphs, meta.GraphID(a.ID))
		r.stats.errors.drop(&t.changes, a.ID)
		for _, s := range contents.Settings {
			if belongsTo(s.Name, a.ID) {
				m.ResetSettings = append(m.ResetSettings, s.Name)
			}
		}
	}
	for id, s := range r.sources {
		if s.shared == nil { // whoever reads it next begins where it begins
			m.DropGraphs = append(m.DropGraphs, meta.GraphID(id))
		}
	}
	return nil
}

// appendRecords appends the names of all records that the store has of a graph.
func (r *Runtime) appendRecords(names []string, id flow.RelationID) ([]string, error) {
	contents, err := r.committed.Meta()
	if err != nil {
		return nil, err
	}
	for _, s := range contents.Settings {
		if belongsTo(s.Name, id) {
			names = append(names, s.Name)
		}
	}
	return names, nil
}

// belongsTo tells whether a record is the runtime's, of a graph: their names go on with its id.
func belongsTo(name string, id flow.RelationID) bool {
	rest, own := strings.CutPrefix(name, reservedSetting)
	parts := strings.Split(rest, ".")
	return own && len(parts) > 1 && parts[1] == fmt.Sprint(id)
}
