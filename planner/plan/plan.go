// Package plan is the logical plan: what a query means, with names and types resolved, before it is decided how it is computed. bind
// makes it, opt rewrites it, incr lowers it to a flow.Graph.
//
// A column has an id that is unique in the whole plan. Expressions name columns by id, so moving a node never renumbers anything; only
// incr turns ids into places.
package plan

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// ColumnID identifies a column in one plan; 0 is none.
type ColumnID int32

// Column is one column of a node's output.
type Column struct {
	ID   ColumnID
	Name string
	Type types.Type
	// Table and Number say which column of which relation this is, unchanged; 0 for others.
	Table  catalog.ID
	Number int16
	// NotNull tells that it has been proved that no value is null.
	NotNull bool
}

// Node is a relational operator. The set is closed. A node is not changed once it is made; rules make new ones.
//
//sumtype:decl
type Node interface {
	// Columns are the columns of the output. The slice stays the node's.
	Columns() []Column
	node()
}

// The nodes.
type (
	// Scan reads a relation: a table, source, materialized view or system relation. (A view is replaced by its query.)
	Scan struct {
		Relation *catalog.Object
		Cols     []Column // Number says which column of the relation each is
		// Alias is the name in the query, for EXPLAIN.
		Alias string
	}

	// Values is rows of expressions.
	Values struct {
		Cols []Column
		Rows [][]Expr
	}

	// Filter keeps the rows for which Cond is true.
	Filter struct {
		Input Node
		Cond  Expr
	}

	// Project computes expressions. Exprs[i] gives Cols[i]; a column that is handed on keeps its id.
	Project struct {
		Input Node
		Exprs []Expr
		Cols  []Column
	}

	// Join is a join. The output is the left columns, then the right ones; of semi, anti and not-in joins the left ones. Right may use
	// columns of Left only if Lateral is set: decorrelation removes such joins, and subqueries in expressions with them.
	Join struct {
		Kind        JoinKind
		Left, Right Node
		On          Expr // nil: true
		Lateral     bool
		cols        []Column
	}

	// Window adds the bounds of event-time windows.
	Window struct {
		Kind                WindowKind
		Input               Node
		Time                ColumnID
		Partition           []ColumnID // SESSION
		Slide, Size, Offset int64      // microseconds; Slide is CUMULATE's step; Size is SESSION's gap
		Start, End          Column
		// Zone is the time zone in which windows of whole days begin; nil is UTC.
	}

	// Aggregate groups its input by columns and computes aggregates over columns. Its output is the keys, then the calls.
	Aggregate struct {
		Input Node
		Keys  []ColumnID
		Calls []AggCall
	}

	// AggCall is a call of an aggregate; Column is its result.
	AggCall struct {
		Function *fn.Aggregate
		Args     []ColumnID
		Filter   ColumnID // 0: none
		Distinct bool
		Order    []SortKey
		Column   Column
	}

	// Distinct keeps one of equal rows; with On one of those equal there, the first in Order.
	Distinct struct {
		Input Node
		On    []ColumnID
		Order []SortKey
	}

	// Over computes window functions: it adds their columns behind those of the input.
	Over struct {
		Input     Node
		Partition []ColumnID
		Order     []SortKey
		Calls     []OverCall
	}

	// OverCall is one window function. An argument is a column or has no columns at all. Frame is DefaultFrame where the function does not
	// look at it.
	OverCall struct {
		Function  OverFunc
		Aggregate *fn.Aggregate // FuncAggregate
		Args      []Expr
		Filter    ColumnID // 0: none
		Frame     Frame
		Column    Column
	}

	// Frame is which rows around each one a window function sees. DefaultFrame is from the first row of the partition to the last
	// that is equal to it in the order.
	Frame struct {
		Unit       fn.FrameUnit
		Start, End FrameBound
		Exclude    fn.FrameExclusion
	}

	// FrameBound is where a frame begins or ends. Offset has no columns; nil: none. InRange is that of a RANGE with an offset.
	FrameBound struct {
		Kind    fn.BoundKind
		Offset  Expr
		InRange *fn.InRange
	}

	// TopN keeps for each partition the rows from Offset on, at most Limit of them (-1: all). Number, if not nil, is the number of each by
	// Kind, added behind the columns. opt makes it of Limit over Order, of DISTINCT ON, and of conditions on an Over.
	TopN struct {
		Input         Node
		Partition     []ColumnID
		Order         []SortKey
		Offset, Limit int64
		Kind          OverFunc
		Number        *Column
	}

	// Order orders its input, for what is above it.
	Order struct {
		Input Node
		Keys  []SortKey
	}

	// Limit keeps some rows. Limit and Offset hold no columns; nil: none.
	Limit struct {
		Input         Node
		Limit, Offset Expr
		WithTies      bool
	}

	// SortKey is one column of an order.
	SortKey struct {
		Column     ColumnID
		Desc       bool
		NullsFirst bool
	}

	// SetOp is UNION, INTERSECT or EXCEPT. Cols are new; the columns of both sides match them by place.
	SetOp struct {
		Kind        SetOpKind
		All         bool
		Left, Right Node
		Cols        []Column
	}

	// Recursion is a recursive query of WITH: the rows of Init, then those that Step makes of them, then those that it makes of these, until there are
	// no more. Without All a row that was there before is left out. Cols are new; the columns of both inputs match them by place. It is for
	// queries that are read once.
	Recursion struct {
		ID         RecursionID
		All        bool
		Init, Step Node
		Cols       []Column
	}

	// RecursionID tells for a Working which Recursion around it is meant. Copies of one have the same: none is within the Step of another.
	RecursionID int32

	// Working is, within the Step of a Recursion, the rows that its last round has added.
	Working struct {
		ID   RecursionID
		Cols []Column
		// Name is the query's, for EXPLAIN.
		Name string
	}

	// TableFunc calls table functions for each row of its input (nil: once) and adds their columns behind it.
	TableFunc struct {
		Input      Node
		Calls      []TableCall
		Ordinality *Column
		Outer      bool
		cols       []Column
	}

	// TableCall is one call.
	TableCall struct {
		Function *fn.TableFunction
		Args     []Expr
		Cols     []Column
	}

	// Single is error 21000 if two rows of its input agree in Keys.
	Single struct {
		Input Node
		Keys  []ColumnID
	}

	// Emit says when a continuous query gives its results.
	Emit struct {
		Input Node
		// OnClose is EMIT ON WINDOW CLOSE.
		OnClose bool
		// EveryMicros is EMIT EVERY, 0 for none.
		EveryMicros int64
	}
)

// JoinKind is the kind of a join. Right joins have been exchanged to left ones.
type JoinKind uint8

// The kinds of joins. LeftSingle is a left join that is error 21000 if a left row has more than one partner.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	FullJoin
	SemiJoin
	AntiJoin
	NotInJoin
	LeftSingleJoin
)

// WindowKind is the kind of a Window.
type WindowKind uint8

// The kinds of windows.
const (
	Tumble WindowKind = iota
	Hop
	Session
	Cumulate
)

// SetOpKind is the kind of a SetOp.
type SetOpKind uint8

// The set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

// OverFunc is a window function.
type OverFunc uint8

// The window functions.
const (
	FuncRowNumber OverFunc = iota
	FuncRank
	FuncDenseRank
	FuncPercentRank
	FuncCumeDist
	FuncNtile
	FuncLag
	FuncLead
	FuncFirstValue
	FuncLastValue
	FuncNthValue
	FuncAggregate
)

// IsRank tells whether a function is one of the three that number rows, whose results only grow along a partition.
func (f OverFunc) IsRank() bool { return f <= FuncDenseRank }

// IsFramed tells whether a function looks at the frame.
func (f OverFunc) IsFramed() bool { return f >= FuncFirstValue }

// SeesTies tells whether the result depends on how rows are ordered that are equal in the order.
func (f OverFunc) SeesTies() bool {
	switch f {
	case FuncRank, FuncDenseRank, FuncPercentRank, FuncCumeDist:
		return false
	default:
		return true
	}
}

// DefaultFrame is the frame where none is written.
var DefaultFrame = Frame{End: FrameBound{Kind: fn.CurrentRow}}

func (*Scan) node()      {}
func (*Values) node()    {}
func (*Filter) node()    {}
func (*Project) node()   {}
func (*Join) node()      {}
func (*Window) node()    {}
func (*Aggregate) node() {}
func (*Distinct) node()  {}
func (*Over) node()      {}
func (*TopN) node()      {}
func (*Order) node()     {}
func (*Limit) node()     {}
func (*SetOp) node()     {}
func (*Recursion) node() {}
func (*Working) node()   {}
func (*TableFunc) node() {}
func (*Single) node()    {}
func (*Emit) node()      {}

// Columns implements Node.
func (n *Scan) Columns() []Column { return n.Cols }

// Columns implements Node.
func (n *Values) Columns() []Column { return n.Cols }

// Columns implements Node.
func (n *Filter) Columns() []Column { return n.Input.Columns() }

// Columns implements Node.
func (n *Project) Columns() []Column { return n.Cols }

// Columns implements Node.
func (n *Join) Columns() []Column {
	switch n.Kind {
	case SemiJoin, AntiJoin, NotInJoin:
		return n.Left.Columns()
	case InnerJoin, LeftJoin, FullJoin, LeftSingleJoin, LookupJoin, LeftLookupJoin:
	}
	if n.cols == nil {
		l, r := n.Left.Columns(), n.Right.Columns()
		left := len(l)
		n.cols = make([]Column, 0, left+len(r)) // not nil, even if empty: joins of joins without columns would double the work at each level
		n.cols = append(append(n.cols, l...), r...)
		if n.Kind == FullJoin {
			nullable(n.cols[:left])
		}
		if n.Kind != InnerJoin {
			nullable(n.cols[left:])
		}
	}
	return n.cols
}

// nullable says that columns may be null: those of the side of an outer join that may be missing.
func nullable(cols []Column) {
	for i := range cols {
		cols[i].NotNull = false
	}
}

// Columns implements Node.
func (n *Window) Columns() []Column {
	in := n.Input.Columns()
	return append(in[:len(in):len(in)], n.Start, n.End)
}

// Columns implements Node.
func (n *Aggregate) Columns() []Column {
	var cols []Column
	for _, id := range n.Keys {
		cols = append(cols, ColumnByID(n.Input.Columns(), id))
	}
	for _, c := range n.Calls {
		cols = append(cols, c.Column)
	}
	return cols
}

// Columns implements Node.
func (n *Distinct) Columns() []Column { return n.Input.Columns() }

// Columns implements Node.
func (n *Over) Columns() []Column {
	in := n.Input.Columns()
	in = in[:len(in):len(in)]
	for _, c := range n.Calls {
		in = append(in, c.Column)
	}
	return in
}

// Columns implements Node.
func (n *TopN) Columns() []Column {
	in := n.Input.Columns()
	if n.Number == nil {
		return in
	}
	return append(in[:len(in):len(in)], *n.Number)
}

// Columns implements Node.
func (n *Order) Columns() []Column { return n.Input.Columns() }

// Columns implements Node.
func (n *Limit) Columns() []Column { return n.Input.Columns() }

// Columns implements Node.
func (n *SetOp) Columns() []Column { return n.Cols }

// Columns implements Node.
func (n *Recursion) Columns() []Column { return n.Cols }

// Columns implements Node.
func (n *Working) Columns() []Column { return n.Cols }

// Columns implements Node.
func (n *TableFunc) Columns() []Column {
	if n.cols == nil {
		if n.Input != nil {
			n.cols = append(n.cols, n.Input.Columns()...)
		}
		for _, c := range n.Calls {
			n.cols = append(n.cols, c.Cols...)
		}
		if n.Ordinality != nil {
			n.cols = append(n.cols, *n.Ordinality)
		}
	}
	return n.cols
}

// Columns implements Node.
func (n *Single) Columns() []Column { return n.Input.Columns() }

// Columns implements Node.
func (n *Emit) Columns() []Column { return n.Input.Columns() }

// ColumnByID finds a column; the zero Column if it is not there.
func ColumnByID(cols []Column, id ColumnID) Column {
	for _, c := range cols {
		if c.ID == id {
			return c
		}
	}
	return Column{}
}
