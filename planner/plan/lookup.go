package plan

// Lookup joins find for each left row, when it comes, what the right side has (FOR SYSTEM_TIME AS OF PROCTIME()): later changes of the
// right side change nothing that was said. They are kinds of their own, so that no rule takes one for a join that it may reorder.
const (
	LookupJoin JoinKind = LeftSingleJoin + 1 + iota
	LeftLookupJoin
)

// IsLookup tells whether a join finds for each left row what the right side has when it comes.
func (k JoinKind) IsLookup() bool { return k == LookupJoin || k == LeftLookupJoin }

// WithoutLookup is the kind of the join that gives the same where nothing changes any more.
func (k JoinKind) WithoutLookup() JoinKind {
	switch k {
	case LookupJoin:
		return InnerJoin
	case LeftLookupJoin:
		return LeftJoin
	default:
		return k
	}
}
