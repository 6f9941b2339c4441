package fn

import (
	"unsafe"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Aggregate is one overload of an aggregate function: what the binder and the planner need to know, and how it is computed.
//
// There are three ways, by what it needs when rows leave: State and Finish; Extreme; Collect. Each computes a function of the
// multiset of the group's rows, never of the order in which they came.
type Aggregate struct {
	Name string
	// Args are the types of the arguments; none for count(*).
	Args     []types.OID
	Variadic bool
	Result   types.OID
	// ResultType computes the result's type where Result is polymorphic or has a modifier; nil: Result without one.
	ResultType func(args []types.Type) types.Type
	// Ordered tells that the result depends on the order of rows (string_agg, array_agg).
	Ordered bool
	// OrderedSet tells that the function is called with WITHIN GROUP (ORDER BY ...): its last arguments are what is ordered by, and the
	// first Direct ones are the same for all rows.
	OrderedSet bool
	Direct     int
	// NullCall tells that rows with null arguments count too (count(*), array_agg).
	NullCall bool
	// NoDistinct tells that DISTINCT changes nothing (min, max, bool_and).
	NoDistinct bool
	// Doc is a sentence for docs/sql; Examples are SQL with its results.
	Doc      string
	Examples []string

	// CountsRows tells that the result is the number of the group's rows, which the operator has anyway; State is for FILTER.
	CountsRows bool
	// State is for what can be added and taken back: a few words for each group. Calls with the same State over the same arguments share it.
	State *AggState
	// Finish computes the results of State.
	Finish func(r *AggResult)
	// Extreme is -1 if the result is the least argument, 1 if it is the greatest. State is then for groups that no row ever leaves; in others
	// the operator keeps all values.
	Extreme int8
	// Collect computes the result from all rows of a group in their order: it appends one value to c.Out. State is nil.
	Collect func(c *AggRows)
}

// ResultOf is the type of a call's result with arguments of these types.
func (a *Aggregate) ResultOf(args []types.Type) types.Type {
	if a.ResultType != nil {
		return a.ResultType(args)
	}
	return resultOf(a.Result, a.Args, args)
}

// AggState is algebraic state: words that begin as 0 and are 0 again when all rows have left, and to which rows are added with signed
// multiplicities in any order.
type AggState struct {
	// Words is how many 8-byte words a group takes.
	Words int
	// Blobs has bit i set where word i, of the first 64, is the reference of a blob: a part of variable length. 0 is none.
	Blobs uint64
	// Update adds rows of a batch. The error is that there is no more memory.
	Update func(u *AggUpdate) error
	// Merge adds states to others, as if their rows had been added.
	Merge func(m *AggMerge) error
}

// AggUpdate is a batch of rows for one call of an aggregate.
type AggUpdate struct {
	// Groups[i] is where the group of row i is kept; the state begins Offset bytes behind.
	Groups []unsafe.Pointer
	Offset uintptr
	Args   []*batch.Vec
	// Diffs are the multiplicities of the rows; nil: all are 1.
	Diffs []int64
	// Sel lists the rows that count; nil: all of Groups. No argument is null there, unless the function has NullCall.
	Sel   []int32
	Blobs Blobs
	// Scratch belongs to the call and stays with it.
	Scratch any
}

// AggMerge is a list of states that are added to others: From[i] to To[i].
type AggMerge struct {
	To, From           []unsafe.Pointer
	Offset, FromOffset uintptr
	Blobs, FromBlobs   Blobs
	// Args are empty vectors of the arguments' types.
	Args    []*batch.Vec
	Scratch any
}

// AggResult asks for the results of groups: one value for each is appended to Out.
type AggResult struct {
	Groups []unsafe.Pointer
	Offset uintptr
	Blobs  Blobs
	Args   []types.Type
	Out    *batch.Vec
	// Errors takes results that cannot be had, by their place in Out; what was appended there is null.
	Errors *Errors
}

// AggRows are all rows of one group in their order.
type AggRows struct {
	Args []*batch.Vec
	// Counts says how often each row is there.
	Counts []int64
	// Same tells of each row whether it equals the one before but looks different, as 1.0 and 1.00.
	Same []bool
	Out  *batch.Vec
	// Errors takes the error of the result, by its place in Out; what was appended there is null.
	Errors   *Errors
	Settings *types.Settings
}

// Blobs keeps the parts of states that have no fixed length. References are never 0.
type Blobs interface {
	// Get returns a blob, to be read and written until it is set or freed, aligned to 8 bytes; nothing for 0.
	Get(ref uint64) []byte
	// Set makes a blob a copy of b, which must not be its own, and returns its reference, which may be new. 0 makes a new one.
	Set(ref uint64, b []byte) (uint64, error)
	Free(ref uint64)
}

// Len is the number of rows that count.
func (u *AggUpdate) Len() int {
	if u.Sel != nil {
		return len(u.Sel)
	}
	return len(u.Groups)
}

// row is the n-th row that counts, and its multiplicity.
func (u *AggUpdate) row(n int) (i int, diff int64) {
	if u.Sel != nil {
		n = int(u.Sel[n])
	}
	if u.Diffs != nil {
		return n, u.Diffs[n]
	}
	return n, 1
}

// plain tells that all rows count, once.
func (u *AggUpdate) plain() bool { return u.Sel == nil && u.Diffs == nil }

func (u *AggUpdate) at(i int) unsafe.Pointer { return unsafe.Add(u.Groups[i], u.Offset) }

func (m *AggMerge) pair(i int) (to, from unsafe.Pointer) {
	return unsafe.Add(m.To[i], m.Offset), unsafe.Add(m.From[i], m.FromOffset)
}

func (r *AggResult) at(i int) unsafe.Pointer { return unsafe.Add(r.Groups[i], r.Offset) }

// fail makes the next result null, with an error.
func (r *AggResult) fail(err error) {
	r.Errors.Add(r.Out.Len(), asError(err))
	r.Out.AppendNull()
}

// fail makes the result null, with an error.
func (c *AggRows) fail(err error) {
	c.Errors.Add(c.Out.Len(), asError(err))
	c.Out.AppendNull()
}

// addWords is the Merge of states whose words are simply counts.
func addWords(words int) func(m *AggMerge) error {
	return func(m *AggMerge) error {
		for i := range m.To {
			to, from := m.pair(i)
			x, y := unsafe.Slice((*uint64)(to), words), unsafe.Slice((*uint64)(from), words)
			for w := range x {
				x[w] += y[w]
			}
		}
		return nil
	}
}
