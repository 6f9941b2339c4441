package ast

type (
	// FuncCall is a call of a function, aggregate or window function by name. What SQL spells with keywords
	// (EXTRACT(f FROM x), SUBSTRING(x FROM a FOR b), TRIM, OVERLAY, POSITION, COLLATION FOR) is the call of the function in
	// pg_catalog that PostgreSQL makes of it.
	FuncCall struct {
		Pos
		Name        *Name
		Args        []*Arg
		Star        bool // count(*)
		Distinct    bool
		Variadic    bool // the last argument is VARIADIC
		OrderBy     []*SortItem
		WithinGroup bool // OrderBy is that of WITHIN GROUP
		Filter      Expr
		Nulls       NullTreatment
		Over        *Window
	}

	// Arg is an argument of a call; Name is set for name => value.
	Arg struct {
		Pos
		Name  Ident
		Value Expr
	}

	// NullTreatment is IGNORE NULLS or RESPECT NULLS of a window function.
	NullTreatment uint8

	// Window is a window specification, in OVER or in the WINDOW clause. Name is that of the clause's entry, or in OVER w (then
	// Ref is true and nothing else is set) the entry meant. Base is the entry that a parenthesised one starts from.
	Window struct {
		Pos
		Name        Ident
		Ref         bool
		Base        Ident
		PartitionBy []Expr
		OrderBy     []*SortItem
		Frame       *Frame
	}

	// FrameUnit is what a frame counts in, as SQL writes it.
	FrameUnit string

	// FrameExclusion is what a frame leaves out, as SQL writes it.
	FrameExclusion string

	// Frame is a window frame; End is nil where only a start was written.
	Frame struct {
		Pos
		Unit       FrameUnit
		Start, End *FrameBound
		Exclude    FrameExclusion
	}

	// BoundKind says where a frame begins or ends, as SQL writes it.
	BoundKind string

	// FrameBound is one end of a frame. Offset is set for Preceding and Following.
	FrameBound struct {
		Pos
		Kind   BoundKind
		Offset Expr
	}

	// SortItem is an element of ORDER BY. Using is set for USING operator, which then says the direction too.
	SortItem struct {
		Pos
		X     Expr
		Desc  bool
		Using *Operator
		// UsingAt is where the operator stands, which its errors point at.
		UsingAt Pos
		Nulls   NullsOrder
	}

	// NullsOrder is NULLS FIRST or NULLS LAST.
	NullsOrder uint8

	// JSONFunc is one of SQL/JSON's constructors, which have a grammar of their own (SQL:2016; PostgreSQL 16, 9.16). Kind is
	// its keyword in upper case: JSON_OBJECT, JSON_ARRAY, JSON_OBJECTAGG or JSON_ARRAYAGG.
	JSONFunc struct {
		Pos
		Kind       string
		Keys       []Expr // of JSON_OBJECT and JSON_OBJECTAGG, beside Values
		Values     []*JSONValue
		Query      *Query // JSON_ARRAY(query)
		OrderBy    []*SortItem
		OnNull     string // ABSENT or NULL, empty where not written
		UniqueKeys string // WITH or WITHOUT, empty where not written
		Returning  *TypeName
		Format     string // FORMAT JSON [ENCODING x] after RETURNING
		Filter     Expr
		Over       *Window
	}

	// JSONValue is a value handed to a JSONFunc, with FORMAT JSON [ENCODING x] where written.
	JSONValue struct {
		Pos
		X      Expr
		Format string
	}
)

// The units of frames.
const (
	FrameRows   FrameUnit = "ROWS"
	FrameRange  FrameUnit = "RANGE"
	FrameGroups FrameUnit = "GROUPS"
)

// What a frame leaves out.
const (
	ExcludeNoOthers   FrameExclusion = "" // the default
	ExcludeCurrentRow FrameExclusion = "CURRENT ROW"
	ExcludeGroup      FrameExclusion = "GROUP"
	ExcludeTies       FrameExclusion = "TIES"
)

// Where a frame begins or ends.
const (
	UnboundedPreceding BoundKind = "UNBOUNDED PRECEDING"
	Preceding          BoundKind = "PRECEDING"
	CurrentRow         BoundKind = "CURRENT ROW"
	Following          BoundKind = "FOLLOWING"
	UnboundedFollowing BoundKind = "UNBOUNDED FOLLOWING"
)

// The treatment of nulls by a window function.
const (
	DefaultNulls NullTreatment = iota
	RespectNulls
	IgnoreNulls
)

// Where nulls sort.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)
