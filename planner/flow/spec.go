package flow

import (
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Spec says what an operator does. The set is closed; exec/operators builds an operator for each, but for the leaves and ends of a
// graph (Scan, Source, Materialize, Output), which the runtime is itself.
//
//sumtype:decl
type Spec interface{ spec() }

// Leaves and ends.
type (
	// Scan gives the rows of a table, a view or a system relation: in a running graph its changes, in a one-shot read its rows in
	// a snapshot.
	Scan struct {
		Relation RelationID
		Name     string // of the relation, for EXPLAIN
		// Columns are the wanted ones, by their place in the relation.
		Columns []int
		// First tells that a running graph is given all rows that were there before it takes any others: they are looked up.
		First bool
		// Access is what a one-shot read wants of it, nil for everything. A running graph has none.
		Access *Access
	}

	// Source gives the rows of a connector. All running graphs on it share one reader.
	Source struct {
		Relation RelationID
		Name     string // of the relation, for EXPLAIN
		// Columns are the wanted ones, by their place in the relation.
		Columns []int
		// Where are predicates that all are true for the rows that it gives. Its time is that of all rows.
		Where []Predicate
		// Watermark is nil if the source has none.
		Watermark *Watermark
	}

	// Watermark says how far the time of a source has come: the maximum of Expr over the rows of each partition, the minimum over the
	// partitions that are not idle.
	Watermark struct {
		// Expr is over the columns of the Source.
		Expr Expr
		// Column is the time column, by its place in Source.Columns.
		Column int
	}

	// Values gives rows of expressions without columns, once. It is on one worker.
	Values struct {
		Columns []types.Type
		Rows    [][]Expr
	}

	// Materialize keeps the rows of its input as a relation in the store and hands their net changes on to those who scan it.
	Materialize struct {
		Relation Relation
		// Net tells that the input has net changes already: no row both comes and goes in a tick.
		Net bool
		// Written tells that an operator writes the primary arrangement itself (GroupsInView).
		Written bool
	}

	// Output hands net changes to a sink (Sink is its id), or the rows of a SELECT to its client (0).
	Output struct {
		Sink RelationID
		// Net is as in Materialize.
		Net bool
	}
)

// Operators without state.
type (
	// Filter lets the rows pass for which Cond is true. Columns are those of its input and output.
	Filter struct {
		Cond    Expr
		Columns []types.Type
	}

	// Project computes the columns of its output from those of its input.
	Project struct{ Exprs []Expr }

	// Hop adds the bounds of every sliding window that a row's time falls into: one row for each, with window_start and
	// window_end behind the columns of the input. Windows start at Offset plus multiples of Slide, and are Size long;
	// all in microseconds. A row without a time is in no window. (Tumbling windows are expressions.)
	Hop struct {
		Columns             []types.Type // of the input
		Time                int
		Slide, Size, Offset int64
		// Cumulate tells that windows begin together at multiples of Size and end one Slide after the other, instead of being Size long.
		Cumulate bool
	}

	// Union hands on the rows of all its inputs, which have the same columns.
	Union struct{ Inputs int }

	// Timeless hands its input on and says that no time need be awaited of it: its output's watermark is complete. It stands before a
	// join whose bounds do not depend on that side, such as a table that a stream is joined with.
	Timeless struct{}

	// Clock hands its input on, which has the time of the tick in a column; the time of its output is that of ticks. Rows keep windows open
	// that are Size long and end at Offset plus multiples of Every, in microseconds: it is woken when one of them ends.
	Clock struct{ Every, Size, Offset int64 }

	// TableFunc calls table functions for each row of its input and adds their columns behind it, once for each row that they give;
	// several in step, the shorter ones filled up with nulls. Outer keeps input rows for which none gives a row.
	TableFunc struct {
		Columns []types.Type // of the input
		Calls   []TableCall
		// Ordinality adds a bigint that counts the rows of each call from 1.
		Ordinality bool
		Outer      bool
	}

	// TableCall is one call of a table function.
	TableCall struct {
		Function *fn.TableFunction
		Args     []Expr
		Result   []types.Type
	}
)

// Operators with state. Bound, where it is not nil, is an expression over the input's columns: the time in microseconds at which the row's group is
// complete. A row whose bound is at most the watermark of the previous epoch is late: it goes to Graph.Late[Late] and nowhere else. When
// the watermark reaches the bound, state under it is dropped; rows that were emitted stay.
type (
	// Aggregate computes aggregate functions over groups. Its output is the keys, then the calls. Without keys there is always one
	// group, on one worker. Without calls it is DISTINCT.
	Aggregate struct {
		Columns []types.Type // of the input
		Keys    []int
		Calls   []AggCall
		// AppendOnly tells that the input never takes a row back, so min and max keep one value.
		AppendOnly bool
		Bound      Expr
		// BoundKeys are places in Keys whose values the bound determines: the start and end of a tumbling window. Groups of one bound
		// that differ there are a fault.
		BoundKeys []int
		// Panes makes the groups sliding windows: the input is put into the panes of its time, and the output has window_start and window_end
		// behind the keys, before the calls. The bound is then the window's end (Bound is nil) if Expires.
		Panes *Panes
		// Sessions makes the groups sessions of rows that agree in Keys: the output has window_start and window_end behind the keys, before the
		// calls. Bound is then when a session of the row alone would be closed. The input is append-only, and the calls need no multisets.
		Sessions *SessionGroups
		// OnClose emits a group once, when it is complete (EMIT ON WINDOW CLOSE).
		OnClose bool
		// Most tells that of the groups of a window, or of all groups where there are no windows, only those with the most rows are wanted: what becomes
		// of another need not be emitted, nor that it is taken back. Groups only grow then.
		Most  bool
		Table int // in Graph.Tables; further tables follow it: one for closed sessions if they are bound, or those of MultisetTables()
		Late  int // in Graph.Late, -1 if Bound is nil
		// View is set if Table is that of the graph's view.
		View *GroupsInView
	}

	// GroupsInView says how groups lie in the table of a view that has a row for each: as the row, and behind it what else the operator must
	// remember. The operator writes the table, and the view's Materialize does not.
	GroupsInView struct {
		// Columns are the view's columns, and Key those of its key, in its order, both as columns of the operator's output. A key tells groups apart.
		Columns, Key []int
		// Windows is the place in Graph.Tables of a table of the windows that have groups and are open, if the aggregate has a Bound; else 0.
		Windows int
	}

	// AggCall is one call of an aggregate function over columns of the input.
	AggCall struct {
		Function *fn.Aggregate
		Args     []int
		// Filter is a boolean column, -1 for none.
		Filter   int
		Distinct bool
		Order    []SortKey
		Result   types.Type
	}

	// Panes are sliding windows over a time column: they start at Offset plus multiples of Slide and are Size long, in microseconds.
	Panes struct {
		Time                int
		Slide, Size, Offset int64
		Expires             bool
	}

	// SessionGroups are sessions over a time column, with the gap and the shift of those of Sessions.
	SessionGroups struct {
		Time       int
		Gap, Shift int64
	}

	// JoinKind is the kind of a join. The right join is a left one with its sides exchanged.
	JoinKind uint8

	// Join joins two inputs. Its output is the left columns and then the right ones; of semi and anti joins the left ones only.
	Join struct {
		Kind        JoinKind
		Left, Right []types.Type
		// LeftKeys and RightKeys are equal pairwise. NullSafe[i] tells that nulls are equal there (IS NOT DISTINCT FROM).
		LeftKeys, RightKeys []int
		NullSafe            []bool
		// Cond must hold too, over the left columns followed by the right ones; nil: nothing more.
		Cond Expr
		// LeftTable and RightTable are places in Graph.Tables.
		LeftTable, RightTable int
		// LeftBound and RightBound drop rows of a side when the join's watermark has reached them.
		LeftBound, RightBound Expr
		// LeftPunctual and RightPunctual are times by which rows of a side that never expires, or later, must have come: when the join's watermark
		// has reached one, the partners that the row may have had are dropped, and it is late.
		LeftPunctual, RightPunctual []Expr
		LeftLate, RightLate         int
		// AppendOnly tells that no input of a running graph ever takes a row back.
		AppendOnly bool
		// Lookup joins left rows as they come with what the right side has before the tick: they are not kept, and changes of the right
		// side change nothing that was emitted. Kind is InnerJoin or LeftJoin.
		Lookup bool
		// Best is an order by columns of one side, of a join that keeps logs. Of the pairs that agree in the keys, or with BestByRow of those of one row of
		// the other side, only the first in it are wanted, with those that are equal to them in its first column; and of what comes later only what is
		// not behind them. Others need not be emitted.
		Best      []SortKey
		BestByRow bool
		// Stays is the side whose rows are the same in every round of the recursion that the join is in the step of: it keeps them from round to round.
		Stays Side
	}

	// MultiJoin is the inner join of two or more inputs on the same keys. No input ever takes a row back, and none expires. Its output is the
	// columns of all inputs, one after the other.
	MultiJoin struct {
		Inputs [][]types.Type
		// Keys are, for each input, columns that are equal to those of the others, place by place. Rows with a null there join nothing.
		Keys  [][]int
		Table int // in Graph.Tables: that of the first input; those of the others follow
		// Shares tells that the output is wanted with values that rows share (batch.Vec.Places), which are not copied for each of them.
		Shares bool
	}

	// RankKind is what a TopN counts.
	RankKind uint8

	// TopN keeps for each partition the rows from Offset on, at most Limit of them, in an order that is completed by the whole row.
	// With Rank it adds their number as a bigint behind the columns.
	TopN struct {
		Columns   []types.Type
		Partition []int
		Order     []SortKey
		// Limit is -1 for no limit.
		Offset, Limit int64
		Kind          RankKind
		Rank          bool
		AppendOnly    bool
		// Rising tells that the input takes a row back only for one in its place that is not behind it in Order, in the same
		// tick and partition: what is behind the first rows once need not be kept. Limit is 1, Offset 0, and Kind not RowNumber.
		Rising  bool
		Bound   Expr
		OnClose bool
		Table   int
		Late    int
		// View tells, if Table is that of the graph's view, which column of the output each column of the view is. The view's key is Partition, in
		// that order, and the number if Limit is above 1: its rows are all that the operator must remember. It may write them into the view's table itself.
		View []int
		// Decided is the time of the input from which on no more rows of a partition are expected, which then need not be in memory if its state is in the view;
		// nil: nothing is known. There may be some after all.
		Decided Expr
	}

	// LocalTop drops rows of which it can tell, from what comes with them, that a TopN behind it would not keep them: it may let others pass.
	// Its input takes no row back. Rows that are late by Bound pass.
	LocalTop struct {
		Columns   []types.Type
		Partition []int
		Order     []SortKey
		// Rows is how many are wanted of a partition: at least 1.
		Rows  int
		Bound Expr
	}

	// LocalAggregate sums rows up that are the same to an Aggregate behind it, before they are dealt to its workers: what it hands on, in the same
	// columns, gives the same groups in fewer rows. Rows that are late, and what cannot be summed up, pass as they are.
	LocalAggregate struct {
		Columns []types.Type
		// Roles say what becomes of each column.
		Roles []LocalRole
		Bound Expr
		// Panes are those of the Aggregate, nil if it has none.
		Panes *Panes
	}

	// LocalRole is what becomes of a column in a LocalAggregate.
	LocalRole uint8

	// OverFunc is a window function.
	OverFunc uint8

	// Over computes window functions over each partition, whose order is completed by the whole row. It adds their results behind the
	// columns. Frame is that of the functions that have none of their own.
	Over struct {
		Columns   []types.Type
		Partition []int
		Order     []SortKey
		Frame     Frame
		Calls     []OverCall
		Bound     Expr
		Table     int
		Late      int
	}

	// OverCall is one window function. Aggregate is set for OverAggregate; Filter is a boolean column, -1 for none. Frame is nil if it is
	// that of the Over; functions with the same one share it.
	OverCall struct {
		Function  OverFunc
		Aggregate *fn.Aggregate
		Args      []Expr
		Filter    int
		Result    types.Type
		Frame     *Frame
	}

	// Frame is which rows around each one a function sees.
	Frame struct {
		Unit       fn.FrameUnit
		Start, End FrameBound
		Exclude    fn.FrameExclusion
	}

	// FrameBound is where a frame begins or ends. Offset has no columns and is nil for bounds without one; InRange is for RANGE.
	FrameBound struct {
		Kind    fn.BoundKind
		Offset  Expr
		InRange *fn.InRange
	}

	// SetOp is INTERSECT or EXCEPT, ALL or not, of two inputs with the same columns.
	SetOp struct {
		Columns []types.Type
		Except  bool
		All     bool
		Table   int
	}

	// Single lets its input pass if no two rows agree in Keys; otherwise that is error 21000 (a subquery used as an expression).
	Single struct {
		Columns []types.Type
		Keys    []int
		Table   int
	}

	// Sessions adds to each row the bounds of its session behind the columns: rows that agree in Partition are in one if they are at most Gap
	// microseconds apart, and it ends a Gap after the last of them. A row without a time is in no session. A session is
	// closed when the watermark is Shift after its end. Bound, if not nil, is when a session of that row alone would be closed.
	Sessions struct {
		Columns   []types.Type
		Partition []int
		Time      int
		Gap       int64
		Shift     int64
		Bound     Expr
		Table     int
		Late      int
	}

	// Hold keeps rows until the watermark has reached their bound, and emits them then, ordered by Order within a tick (EMIT ON WINDOW CLOSE of
	// what is no aggregate).
	Hold struct {
		Columns []types.Type
		Bound   Expr
		Order   []SortKey
		Table   int
		Late    int
	}
)

// The kinds of joins. NotIn is the anti join of NOT IN: nothing passes if the right side has a null key, and a null on the left
// passes only if the right side is empty.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	FullJoin
	SemiJoin
	AntiJoin
	NotInJoin
)

// What becomes of the columns of rows that are summed up. Rows that differ in a column of LocalSame are not summed up, nor those of which one is null
// in a column that is wanted at all and the other is not.
const (
	LocalAny      LocalRole = iota // not wanted: that of any of them
	LocalSame                      // of keys and filters
	LocalWindow                    // of keys that the window determines
	LocalPresent                   // null or not is all that is wanted
	LocalSum                       // integers that are summed up: their sum, and 0 in the other rows
	LocalMin                       // the least of them, and null in the other rows
	LocalMax                       // the greatest
	LocalDistinct                  // integers of which each is wanted once: null, for it has been handed on before
	LocalPane                      // a time of which only the pane is wanted: the pane's start
)

// What a TopN counts: RowNumber numbers rows 1, 2, 3; Rank gives equal rows the number of the first (1, 1, 3), DenseRank leaves no gaps.
const (
	RowNumber RankKind = iota
	Rank
	DenseRank
)

// The window functions.
const (
	OverRowNumber OverFunc = iota
	OverRank
	OverDenseRank
	OverPercentRank
	OverCumeDist
	OverNtile
	OverLag
	OverLead
	OverFirstValue
	OverLastValue
	OverNthValue
	OverAggregate
)

// Operators of one-shot reads.
type (
	// Sort orders all rows. Limit and Offset may hold parameters; nil: none.
	Sort struct {
		Columns       []types.Type
		Order         []SortKey
		Limit, Offset Expr
		WithTies      bool
	}

	// Take lets rows from Offset on pass, at most Limit.
	Take struct {
		Columns       []types.Type
		Limit, Offset Expr
	}

	// Recursion hands its input on, and runs a graph over and over: the first round is over the rows of the input, each other one over those that
	// the round before has given, which are handed on too, until a round gives none. Without All rows are handed on that are not there yet. With Always
	// the first round is run even if the input has no rows: its step may give some all the same. Step is the graph's place in Graph.Steps.
	Recursion struct {
		Columns []types.Type
		All     bool
		Always  bool
		Step    int
	}

	// Working is, in the step of a recursion, what the round before has given. Level counts the recursions between, from the innermost one.
	Working struct {
		Columns []types.Type
		Level   int
	}
)

// Side is an input of a join, or none.
type Side uint8

// The sides.
const (
	NoSide Side = iota
	LeftSide
	RightSide
)

func (*Scan) spec()           {}
func (*Source) spec()         {}
func (*Values) spec()         {}
func (*Materialize) spec()    {}
func (*Output) spec()         {}
func (*Filter) spec()         {}
func (*Project) spec()        {}
func (*Union) spec()          {}
func (*Hop) spec()            {}
func (*Timeless) spec()       {}
func (*Clock) spec()          {}
func (*Sessions) spec()       {}
func (*TableFunc) spec()      {}
func (*Aggregate) spec()      {}
func (*Join) spec()           {}
func (*MultiJoin) spec()      {}
func (*TopN) spec()           {}
func (*LocalTop) spec()       {}
func (*LocalAggregate) spec() {}
func (*Over) spec()           {}
func (*SetOp) spec()          {}
func (*Single) spec()         {}
func (*Hold) spec()           {}
func (*Sort) spec()           {}
func (*Take) spec()           {}
func (*Recursion) spec()      {}
func (*Working) spec()        {}
