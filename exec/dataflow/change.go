package dataflow

import (
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/meta"
)

// Change is a change of what there is: the effect of a DDL statement. It is applied whole at the boundary of a tick, or not at
// all. Within it the order is: Drop, Abandon, Relations, Rewrites, Indexes, Sources, Graphs; a graph may use what the same Change makes. Connectors and
// sinks belong to the runtime once the Change was made; if it is refused they are still the caller's to close.
type Change struct {
	// Drop takes relations, indexes, sources and graphs away, with their state. What depends on something must go with it.
	Drop []flow.RelationID
	// Abandon takes away what is left of graphs, indexes and tables that Restore was not told of.
	Abandon []Abandoned
	// Relations are tables, and the relations of late rows. Views come with their graphs.
	Relations []RelationDef
	// Truncate takes all rows of tables away, as a DELETE of all of them, but at once where nobody sees them leave.
	Truncate []flow.RelationID
	// Rewrites are other forms of tables that are there. They are computed before the rest of the Change is made, as Indexes are built.
	Rewrites []Rewrite
	// Indexes are new arrangements of relations that are there. They are built before the rest of the Change is made (Runtime.Build).
	Indexes []IndexDef
	Sources []SourceDef
	Graphs  []GraphDef
	// Resume lets failed graphs try again, from the beginning of their inputs, with those that failed because of them.
	Resume []flow.RelationID
	// Advance moves watermarks, for those who know that nothing earlier comes.
	Advance []AdvanceTime
	// Txn is admitted in the same epoch, or the change is refused with the error that Write would answer. It has read what there was before
	// the change. What it has written to relations that Drop takes goes with them.
	Txn *Txn
	// Meta is committed in the same epoch. Its settings must not begin with "dataflow.", which are the runtime's own.
	Meta meta.Changes
	// Canceled is asked before a relation is emptied (Truncate), and after each tick while rows are written anew (Rewrites, Indexes), and while graphs that are to
	// be waited for catch up. It refuses the change with its error, if it has one; graphs that were made before stay. nil: nobody cancels it.
	Canceled func() error
	built    bool // Build has made what it had to
}

// RelationDef is a relation with what the runtime must know of it beside its form.
type RelationDef struct {
	flow.Relation
	// RowID is the column of the hidden key of a table without a primary key, -1 if there is none. It is a bigint; the sequencer
	// allots its values: rows that come in with a null or negative one get the next.
	RowID int
	// Constraints are the names for errors of unique arrangements, by their place in Arrangements.
	Constraints []string
	// RetainMicros is for how long the changes of the relation are kept, for readers of its past; 0: it has none.
	RetainMicros int64
	// Temporary is as in GraphDef.
	Temporary bool
	building
}

// building tells what a temporary relation is built for. The rows may turn out not to fit.
type building struct {
	builtFor flow.RelationID // the relation whose index or other form it is; 0: it is none
	indexOf  *relation       // whose rows are in the order of an index; nil: it is no index
}

// IndexDef is a new arrangement of a relation.
type IndexDef struct {
	Relation    flow.RelationID
	Arrangement flow.Arrangement
	// Constraint is the name for errors; of a unique index its own.
	Constraint string
	built      flow.RelationID // the graph that has built it
}

// SourceDef is a source of rows.
type SourceDef struct {
	ID flow.RelationID
	// Connector belongs to the runtime from then on: it closes it.
	Connector connector.Source
	Columns   []connector.Column
	// IdleTimeoutMicros is for how long a partition without rows holds the watermark back; 0: for ever.
	IdleTimeoutMicros int64
	// MaxFutureMicros is how far past the clock a row may be and still move the watermark; 0: any.
	MaxFutureMicros int64
	// RowsPerSecond limits what is taken; 0: no limit.
	RowsPerSecond float64
}

// OnError says what becomes of a graph when a row cannot be computed.
type OnError uint8

// The ways. With ErrorNull the expression is null and the error is kept (RowErrors); with ErrorSkip the row is left out and the error
// is kept; with ErrorFail the graph fails.
const (
	ErrorNull OnError = iota
	ErrorFail
	ErrorSkip
)

// GraphDef is a running graph: that of a materialized view, whose last node is a flow.Materialize, or of a sink, with a flow.Output.
type GraphDef struct {
	// ID is the id of the view or the sink.
	ID    flow.RelationID
	Graph *flow.Graph
	// Constraints are as in RelationDef, for the view.
	Constraints []string
	// Sink takes the changes of a flow.Output. It belongs to the runtime from then on.
	Sink connector.Sink
	// Replay tells that the sink must be given again after a restart what it has not flushed (connector.Kind.Replay).
	Replay bool
	// LagBytes is how many bytes of changes may wait for such a sink, before it has failed; 0: DefaultLagBytes.
	LagBytes int64
	// RetainMicros is as in RelationDef, for the view.
	RetainMicros int64
	// Temporary tells that Restore will not be told of it: its ID is one of TemporaryID, what it has kept is removed after a restart, and it
	// goes with what it reads.
	Temporary bool
	// OnError says what becomes of errors in rows.
	OnError OnError
	// Settings are those under which the expressions were written; nil: the default.
	Settings *types.Settings
	// Misfit is why what the store has under the id is another plan's, where that is known without its form; else it is empty. It is for Restore.
	Misfit string
	opened bool // Sink was opened by the graph that this one takes the place of
	building
	form *Rewrite // the form that it computes
	// Wait makes Change return only when the graph has caught up, or failed.
	Wait bool
}

// reservedSetting is how names of the runtime's own settings begin.
const reservedSetting = "dataflow."

// materialized answers the relation that a graph keeps, nil if it is a sink's.
func (d *GraphDef) materialized() (*relation, error) {
	for i := range d.Graph.Nodes {
		if _, late := d.Graph.Nodes[i].Spec.(*flow.Materialize); late && i < len(d.Graph.Nodes)-1 {
			return nil, invariants.Errorf("graph %d: node %d keeps a relation and is not the last", d.ID, i)
		}
	}
	switch spec := d.Graph.Output().Spec.(type) {
	case *flow.Materialize:
		if spec.Relation.ID != d.ID {
			return nil, invariants.Errorf("graph %d keeps relation %d", d.ID, spec.Relation.ID)
		}
		return newRelation(RelationDef{
			Relation: spec.Relation, RowID: -1, Constraints: d.Constraints, RetainMicros: d.RetainMicros, building: d.building,
		}), nil
	case *flow.Output:
		if d.Sink == nil {
			return nil, invariants.Errorf("graph %d has no sink", d.ID)
		}
		return nil, nil
	default:
	}
	return nil, invariants.Errorf("graph %d ends in a %T", d.ID, d.Graph.Output().Spec)
}

// undefined is the error for an id that nothing has.
func undefined(id flow.RelationID) error {
	return pgerr.Newf(pgerr.UndefinedTable, "relation with OID %d does not exist", id)
}
