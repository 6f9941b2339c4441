package flow

import "github.com/freshetdb/freshet/sql/types"

// NodeID is the place of a node in Graph.Nodes.
type NodeID int32

// RelationID identifies a relation: the id of its object in the catalog.
type RelationID uint32

// TableID identifies a table of the store (storage/key.TableID): the rows of a relation, an index, an operator's state.
type TableID uint32

// Graph is one dataflow: that of a view or sink, which runs on, or that of a SELECT, which runs for one tick. Nodes come after
// their inputs; the last one is the output. A graph is not changed once it is made.
type Graph struct {
	Nodes []Node
	// Tables are the state tables that nodes name by their place. Their ids are allotted when the graph becomes durable; in a
	// one-shot read they stay 0 and state is thrown away.
	Tables []StateTable
	// Late are the relations that take late rows; specs name them by their place.
	Late []Late
	// Steps are the graphs that recursions run over and over; specs name them by their place. The last node of each is an Output.
	Steps []*Graph
}

// Each calls f for the graph and all steps within it.
func (g *Graph) Each(f func(*Graph)) {
	f(g)
	for _, s := range g.Steps {
		s.Each(f)
	}
}

// Output is the last node.
func (g *Graph) Output() *Node { return &g.Nodes[len(g.Nodes)-1] }

// Node is one operator of a graph, and what the planner has proved about its output.
type Node struct {
	Spec   Spec
	Inputs []Input
	// Columns are those of the output.
	Columns []Field
	// Key lists columns that identify a row of the output: no two rows agree in them at the end of a tick. Nil: nothing is
	// known, the output is a bag. Empty and not nil: there is at most one row.
	Key []int
	// AppendOnly tells that no row is ever taken back.
	AppendOnly bool
	// Time lists the columns that the output's watermark holds for.
	Time []TimeColumn
	// Consolidate asks the runtime to sum up equal rows of a tick before they are handed on.
	Consolidate bool
}

// Field is one column of a node's output. Names are for EXPLAIN.
type Field struct {
	Name string
	Type types.Type
}

// Input is an edge of a graph.
type Input struct {
	Node NodeID
	// Exchange says how rows are dealt to workers on the way; nil: they stay on the worker where they are.
	Exchange *Exchange
}

// Exchange deals rows to workers by the hash of columns (storage/key); without any, all rows go to one worker.
type Exchange struct{ Keys []int }

// StateTable is a named object: what an operator keeps, in the store.
type StateTable struct {
	// ID is where it is in the store; 0 in a one-shot read.
	ID TableID
	// Name says for EXPLAIN what it holds.
	Name string
	// Bound tells that keys begin with the bound at which a row expires.
	Bound bool
	// Appends tells that each tick only adds keys behind all that are there.
	Appends bool
	// Node is whose state it is.
	Node NodeID
	// View tells that it is the table of the rows of the graph's view, from which the operator reads its state. An Aggregate writes it (GroupsInView); what
	// a TopN puts there are rows of the view.
	View bool
}

// Late is a relation that takes the late rows of one operator: the row that came, the bound that it was late for, the watermark then,
// the time of arrival and the row's multiplicity.
type Late struct {
	Relation RelationID
	Columns  []Field
}

// Relation is how the rows of a table or view lie in the store. It is what the runtime is told of each.
type Relation struct {
	ID      RelationID
	Name    string
	Columns []Field
	// Arrangements are the copies of the rows, each in the order of its key. The first is the primary one; the others are
	// indexes. Each holds whole rows, so that any of them can be read alone.
	Arrangements []Arrangement
	// AppendOnly tells that no row is ever taken back.
	AppendOnly bool
	// Numbered tells that the last column is a number by which the runtime tells the rows of an append-only view apart, which have
	// nothing else for that: a bigint that grows with the epochs and is the key. The node's input does not have it.
	Numbered bool
	// Watermark says how far its time has come, nil if it says nothing: for sources, and tables with WATERMARK FOR. Its Expr is over the
	// relation's columns, and Column their place.
	Watermark *Watermark
	// Times are the columns that the relation's watermark holds for, in the relation's columns.
	Times []TimeColumn
	// Stream tells that rows come for ever: a source, or what is made of one without grouping.
	Stream bool
}

// TimeColumn is a column that a watermark holds for: a row is not late as long as its value there (a timestamp in microseconds, a
// date as the microseconds of its midnight) plus Shift is above the watermark.
type TimeColumn struct {
	Column int
	// Shift is in microseconds: 1 for the time itself, 0 for the end of a window, the window's size for its start.
	Shift int64
}

// Arrangement is a table of the store that holds the rows of a relation ordered by a key.
type Arrangement struct {
	ID    RelationID // of the index; the relation's own for the first
	Table TableID
	// Key are the columns of the order. If it is not Unique the rest of the row follows in the key, and the value has a count.
	Key    []SortKey
	Unique bool
	// Where is the condition of a partial index over the relation's columns; nil: all rows.
	Where Expr
}

// SortKey is one column of an order.
type SortKey struct {
	Column     int
	Desc       bool
	NullsFirst bool
}

// Access says which rows of an arrangement a one-shot read wants. Values may hold parameters, no columns.
type Access struct {
	// Arrangement is its place in Relation.Arrangements. Index is its ID and Key its key, by which a reader finds that another one has that place by now, or
	// that the table has got a primary key; 0: any may.
	Arrangement int
	Index       RelationID
	Key         []SortKey
	// Equal are the values of the first columns of its key.
	Equal []Expr
	// Low and High bound the next column of the key, in the order of the key.
	Low, High *Limit
	// Ordered asks for the rows in the order of the key, on one worker; Reverse from the last to the first.
	Ordered, Reverse bool
}

// Limit is one end of a range.
type Limit struct {
	Value     Expr
	Inclusive bool
}
