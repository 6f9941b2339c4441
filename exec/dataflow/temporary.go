package dataflow

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/meta"
)

// firstTemporary is where the ids of temporary relations and their state tables begin, far above those of a catalog. They end where owners
// of memory begin that are reads.
const firstTemporary = 1 << 30

// temporaries are relations that nobody will tell the runtime of after a restart: views of subscriptions to queries, and indexes that are being built,
// whose table has an id of the catalog.
type temporaries struct {
	next atomic.Uint32 // id, less firstTemporary
	// leftOver has the records of those of an earlier life, by id: with the next epoch they go.
	leftOver map[flow.RelationID]string
	records  *records
}

// TemporaryID answers an id for a temporary relation or for a state table of one.
func (r *Runtime) TemporaryID() uint32 { return firstTemporary + r.temporary.next.Add(1) }

// temporarySetting is the name of the record of what a temporary relation has in the store.
func temporarySetting(id flow.RelationID) string {
	return fmt.Sprintf("%stemporary.%d", reservedSetting, id)
}

// temporaryRecord lists the tables of a temporary relation.
func (g *graph) temporaryRecord() meta.Setting {
	var value []byte
	for _, id := range g.tablesOf() {
		value = binary.AppendUvarint(value, uint64(id))
	}
	return meta.Setting{Name: temporarySetting(g.id()), Value: string(value)}
}

// findLeftOver notes the temporary relations of an earlier life, and keeps their ids free.
func (r *Runtime) findLeftOver(saved *records) error {
	prefix := reservedSetting + "temporary."
	for name, value := range saved.settings {
		var id flow.RelationID
		if n, _ := fmt.Sscanf(name, prefix+"%d", &id); n != 1 {
			continue
		}
		if r.temporary.leftOver == nil {
			r.temporary.leftOver, r.temporary.records = map[flow.RelationID]string{}, saved
		}
		r.temporary.leftOver[id] = value
		tables, err := readTables(value)
		if err != nil {
			return err
		}
		for _, used := range append(tables, uint32(id)) {
			if used > firstTemporary+r.temporary.next.Load() {
				r.temporary.next.Store(used - firstTemporary)
			}
		}
	}
	return nil
}

func readTables(value string) ([]uint32, error) {
	var out []uint32
	for rest := []byte(value); len(rest) > 0; {
		id, n := binary.Uvarint(rest)
		if n <= 0 || id > math.MaxUint32 {
			return nil, invariants.Errorf("malformed record %q of a temporary relation", value)
		}
		out = append(out, uint32(id))
		rest = rest[n:]
	}
	return out, nil
}

// collectLeftOver removes what the temporary relations of an earlier life have kept.
func (r *Runtime) collectLeftOver(t *tickRun) {
	if len(r.temporary.leftOver) == 0 {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(r.temporary.leftOver)) {
		tables, _ := readTables(r.temporary.leftOver[id]) // it was read before
		for _, table := range tables {
			t.changes.Tables = append(t.changes.Tables, storage.TableChanges{Table: key.TableID(table), Drop: true})
		}
		m := &t.changes.Meta
		m.DropGraphs = append(m.DropGraphs, meta.GraphID(id))
		for name := range r.temporary.records.settings {
			if belongsTo(name, id) {
				m.ResetSettings = append(m.ResetSettings, name)
			}
		}
	}
}

// dropTemporary takes temporary views away whose inputs go.
func (r *Runtime) dropTemporary(t *tickRun) error {
	for _, g := range slices.Clone(r.graphs) {
		if !g.def.Temporary {
			continue
		}
		for _, n := range g.nodes {
			gone := false
			switch spec := n.spec.(type) {
			case *flow.Scan:
				if gone = r.byID[spec.Relation] == nil; gone {
					r.before.reasons[g] = droppedRelation(n.inputs[0].from.graph.relation.def.Name)
				}
			case *flow.Source:
				gone = r.sources[spec.Relation] == nil
			default:
			}
			if gone {
				if err := r.drop(t, g.id()); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}
